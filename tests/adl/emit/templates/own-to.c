/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
#include <camkes.h>

void /*? me.interface.name ?*/__run(void);
void /*? me.interface.name ?*/__run(void)
{
    for (;;) {
        seL4_Word badge;
        seL4_Recv(/*? me.endpoint ?*/, &badge);
        holder = badge;
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
}
