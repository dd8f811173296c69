/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*? c.banner("Consumer " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

seL4_CPtr /*? X ?*/_notification(void)
{
    return /*? me.notification ?*/;
}

seL4_Word /*? X ?*/_notification_badge(void)
{
    return /*? c.hex(me.notification_badge) ?*/;
}

void /*? X ?*/_wait(void)
{
    seL4_Wait(/*? me.notification ?*/, NULL);
}
