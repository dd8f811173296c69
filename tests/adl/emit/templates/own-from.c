/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
#include <camkes.h>

/*- for number, method in ipairs(me.interface.procedure.methods) do -*/
void /*? me.interface.name ?*/_/*? method.name ?*/(void)
{
    seL4_Call(/*? me.endpoint ?*/, seL4_MessageInfo_new(/*? number ?*/, 0, 0, 0));
}
/*- end -*/
