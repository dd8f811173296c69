/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X, interface = use("c.lua"), me.interface.name, me.interface
local type = interface.is_buf and "void" or interface.type
-*/
/*? c.banner("Device memory " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

/*- if not interface.is_buf then -*/
_Static_assert(sizeof(/*? type ?*/) == /*? me.size ?*/,
               "dataport type /*? type ?*/ has not the size of the device memory");
/*- end -*/
volatile /*? type ?*/ */*? X ?*/ = (volatile /*? type ?*/ *)/*? c.hex(me.vaddr) ?*/;

void */*? X ?*/_translate_paddr(uintptr_t paddr, size_t size)
{
    return camkes_mmio_translate(/*? me.table_index ?*/, paddr, size);
}

int /*? X ?*/_flush_cache(size_t start, size_t size, dma_cache_op_t op)
{
    return camkes_dataport_flush_cache(start, size, /*? c.hex(me.vaddr) ?*/, /*? me.size ?*/, op);
}
