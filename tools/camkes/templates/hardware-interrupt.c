/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*? c.banner("Interrupt " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>
#include <camkes/generated.h>

int /*? X ?*/_acknowledge(void)
{
    return camkes_irq_acknowledge(/*? me.table_index ?*/);
}

void /*? X ?*/__run(void);
void /*? X ?*/__run(void)
{
    camkes_irq_run(/*? me.table_index ?*/);
}
