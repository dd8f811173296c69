/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c = use("c.lua") -*/
/*? c.banner("Emitter " .. me.interface.name .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

void /*? me.interface.name ?*/_emit_underlying(void)
{
/*- for _, target in ipairs(me.targets) do -*/
    seL4_Signal(/*? target ?*/);
/*- end -*/
}
