/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*- include("event-global-to.c") -*/
#include <camkes/generated.h>

int /*? X ?*/_acknowledge(void)
{
    return camkes_irq_acknowledge(/*? me.table_index ?*/);
}
