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
/*? type ?*/ */*? X ?*/ = (/*? type ?*/ *)/*? c.hex(me.vaddr) ?*/;
