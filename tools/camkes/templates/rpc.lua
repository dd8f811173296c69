-- SPDX-License-Identifier: BSD-2-Clause
-- Copyright 2026, the CAmkES VMM for x86 authors
--
-- Statements that pack and unpack one parameter. `value` is a C expression of the parameter's
-- type (a pointer for strings and arrays), `size` of its element count.
local idl = use("idl.lua")
local rpc = {}

-- Where the arguments travel: a C expression for the start and one for the bytes available.
-- The setting `buffer` of a connection names a shared-memory connection used instead of the IPC
-- buffer.
function rpc.transport(me)
    if me.transport then
        if me.side == "to" then -- each client has its own: the service asks for it
            return {buffer = "camkes_client_buffer()", size = "camkes_client_bytes()", ipc = false,
                    per_client = true}
        end
        return {buffer = string.format("((void *)0x%xul)", me.buffer),
                size = string.format("%dul", me.buffer_size), ipc = false}
    end
    local name = setting(me.connection.name, "buffer")
    if not name then
        return {buffer = "CAMKES_RPC_IPC_BUFFER", size = "CAMKES_RPC_IPC_BYTES", ipc = true}
    end
    for _, other in ipairs(me.instance.ends) do
        if other.connection.name == name and other.vaddr ~= 0 then
            return {buffer = string.format("((void *)0x%xul)", other.vaddr),
                    size = string.format("%dul", other.size), ipc = false,
                    vaddr = other.vaddr, bytes = other.size}
        end
    end
    error("connection '" .. me.connection.name .. "': its buffer '" .. name ..
          "' is no dataport connection of '" .. me.instance.name .. "'", 0)
end

function rpc.put(param, value, size, cursor)
    local shape = idl.shape(param)
    if shape == "scalar" then
        return string.format("camkes_put_bytes(%s, &%s, sizeof %s)", cursor, value, value)
    elseif shape == "string" then
        return string.format("camkes_put_string(%s, %s)", cursor, value)
    elseif shape == "array" then
        return string.format("camkes_put_array(%s, %s, %s, sizeof(%s))", cursor, value, size,
                             param.type.c)
    end
    return string.format("camkes_put_strings(%s, %s, %s)", cursor, value, size)
end

-- `value` and `size` are variables of the non-pointer kind: T, char *, T *, char **.
function rpc.get(param, value, size)
    local shape = idl.shape(param)
    if shape == "scalar" then
        return string.format("camkes_get_bytes(c, &%s, sizeof %s)", value, value)
    elseif shape == "string" then
        return string.format("camkes_get_string(c, &%s)", value)
    elseif shape == "array" then
        return string.format("camkes_get_array(c, (void **)&%s, &%s, sizeof(%s))", value, size,
                             param.type.c)
    end
    return string.format("camkes_get_strings(c, &%s, &%s)", value, size)
end

-- Declarations of local variables that hold one parameter.
function rpc.locals(param, prefix)
    local shape, name = idl.shape(param), prefix .. param.name
    if shape == "scalar" then
        return string.format("%s %s;\n    memset(&%s, 0, sizeof %s);", param.type.c, name, name,
                             name)
    elseif shape == "string" then
        return string.format("char *%s = NULL;", name)
    elseif shape == "array" then
        return string.format("%s *%s = NULL;\n    size_t %s_sz = 0;", param.type.c, name, name)
    end
    return string.format("char **%s = NULL;\n    size_t %s_sz = 0;", name, name)
end

-- Statement that frees them, or nil.
function rpc.free(param, prefix)
    local shape, name = idl.shape(param), prefix .. param.name
    if shape == "scalar" then
        return nil
    elseif shape == "strings" then
        return string.format("camkes_free_strings(%s, %s_sz);", name, name)
    end
    return string.format("free(%s);", name)
end

-- How a server passes its locals to the user's function.
function rpc.server_arguments(method, prefix)
    local out = {}
    for _, param in ipairs(method.params) do
        local by_value = param.direction == "in"
        local mark = by_value and "" or "&"
        if param.is_array then
            out[#out + 1] = mark .. prefix .. param.name .. "_sz"
        end
        out[#out + 1] = mark .. prefix .. param.name
    end
    return table.concat(out, ", ")
end

-- A result treated like a parameter.
function rpc.result_param(method)
    return {name = "result", type = method.result, is_array = false, direction = "out"}
end

return rpc
