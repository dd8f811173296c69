/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, idl, X = use("c.lua"), use("idl.lua"), me.interface.name -*/
/*? c.banner("Direct calls to " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

/*- for _, method in ipairs(me.interface.procedure.methods) do
    local name = "camkes_direct_" .. me.connection.symbol
    local call = string.format("%s_%s(%s)", X, method.name, idl.arguments(method))
-*/
/*? idl.prototype(name, method) ?*/;
/*? idl.prototype(name, method) ?*/
{
    /*? method.result.kind == "void" and "" or "return " ?*//*? call ?*/;
}
/*- end -*/

seL4_Word /*? X ?*/_get_sender_id(void)
{
    return 0;
}
