/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name
local range = me.instance.plan.ioports[me.table_index + 1]
-*/
/*? c.banner("I/O ports " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>
#include <camkes/generated.h>

#define CAMKES_FIRST /*? range.first ?*/
#define CAMKES_LAST  /*? range.last ?*/

/*- for _, bits in ipairs({8, 16, 32}) do
    local type = "uint" .. bits .. "_t"
-*/
/*? type ?*/ /*? X ?*/_in/*? bits ?*/_offset(uint16_t offset)
{
    return (/*? type ?*/)camkes_ioport_in(/*? me.table_index ?*/, offset, /*? bits // 8 ?*/);
}

void /*? X ?*/_out/*? bits ?*/_offset(uint16_t offset, /*? type ?*/ value)
{
    camkes_ioport_out(/*? me.table_index ?*/, offset, /*? bits // 8 ?*/, value);
}

/*? type ?*/ /*? X ?*/_in/*? bits ?*/(uint16_t port)
{
    return /*? X ?*/_in/*? bits ?*/_offset((uint16_t)(port - CAMKES_FIRST));
}

void /*? X ?*/_out/*? bits ?*/(uint16_t port, /*? type ?*/ value)
{
    /*? X ?*/_out/*? bits ?*/_offset((uint16_t)(port - CAMKES_FIRST), value);
}

/*- end -*/
int /*? X ?*/_in_range(unsigned int port)
{
    return port >= CAMKES_FIRST && port <= CAMKES_LAST;
}
