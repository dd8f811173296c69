/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*? c.banner("Consumer " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

void /*? X ?*/_wait(void)
{
    seL4_Wait(/*? me.notification ?*/, NULL);
}

int /*? X ?*/_poll(void)
{
    seL4_Word badge = 0;
    seL4_Poll(/*? me.notification ?*/, &badge);
    return badge != 0;
}

/* The waiting thread is the component's own, so there is nobody to call back. */
int /*? X ?*/_reg_callback(void (*callback)(void *), void *arg)
{
    (void)callback;
    (void)arg;
    return -1;
}
