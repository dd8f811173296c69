/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, idl, X = use("c.lua"), use("idl.lua"), me.interface.name -*/
/*? c.banner("Direct calls of " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>

/*- for _, method in ipairs(me.interface.procedure.methods) do
    local name = "camkes_direct_" .. me.connection.symbol
    local call = string.format("%s_%s(%s)", name, method.name, idl.arguments(method))
-*/
/*? idl.prototype(name, method) ?*/;
/*? idl.prototype(X, method) ?*/
{
    /*? method.result.kind == "void" and "" or "return " ?*//*? call ?*/;
}
/*- end -*/
