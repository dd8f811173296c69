/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X, interface = use("c.lua"), me.interface.name, me.interface
local type = interface.is_buf and "void" or interface.type
-*/
/*? c.banner("Dataport " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

/*- if not interface.is_buf then -*/
_Static_assert(sizeof(/*? type ?*/) <= /*? me.size ?*/,
               "dataport type /*? type ?*/ is larger than the memory of /*? me.connection.name ?*/");
/*- end -*/
volatile /*? type ?*/ */*? X ?*/ = (/*? type ?*/ *)/*? c.hex(me.vaddr) ?*/;

dataport_caps_handle_t /*? X ?*/_handle = {
    .first_frame = /*? me.frame_cap ?*/,
    .num_frames = /*? me.frame_count ?*/,
    .frame_size_bits = /*? me.frame_bits ?*/,
    .size = /*? me.size ?*/,
    .id = /*? me.id ?*/,
    .writable = /*? not me.read_only ?*/,
    .vaddr = /*? c.hex(me.vaddr) ?*/,
};
