-- SPDX-License-Identifier: BSD-2-Clause
-- Copyright 2026, the CAmkES VMM for x86 authors
--
-- Methods of procedures as C: prototypes, and what a parameter looks like on each side.
local idl = {}

local function c_type(type)
    return type.c
end

-- How a parameter appears in a prototype, as a list of C parameters.
function idl.param_decls(param)
    local name, direction = param.name, param.direction
    local string, array = param.type.kind == "string", param.is_array
    local type = string and "char *" or c_type(param.type) .. " "
    if array then
        local size = name .. "_sz"
        if direction == "in" then
            local const = string and "" or "const "
            return {"size_t " .. size, const .. type .. "*" .. name}
        end
        local const = direction == "refin" and "const " or ""
        return {const .. "size_t *" .. size, type .. "**" .. name}
    end
    if direction == "in" then
        return {(string and "const " or "") .. type .. name}
    end
    local const = direction == "refin" and not string and "const " or ""
    return {const .. type .. "*" .. name}
end

-- The parameter list between the parentheses.
function idl.params(method)
    local decls = {}
    for _, param in ipairs(method.params) do
        for _, decl in ipairs(idl.param_decls(param)) do
            decls[#decls + 1] = decl
        end
    end
    return #decls > 0 and table.concat(decls, ", ") or "void"
end

-- "int a_get(const char *key)"
function idl.prototype(interface, method)
    local result = method.result.c
    local space = result:sub(-1) == "*" and "" or " "
    return string.format("%s%s%s_%s(%s)", result, space, interface, method.name,
                         idl.params(method))
end

-- Names of all C parameters, to pass them on.
function idl.arguments(method)
    local names = {}
    for _, param in ipairs(method.params) do
        if param.is_array then
            names[#names + 1] = param.name .. "_sz"
        end
        names[#names + 1] = param.name
    end
    return table.concat(names, ", ")
end

local function has_pointers(method)
    for _, param in ipairs(method.params) do
        if param.direction ~= "in" or param.is_array or param.type.kind == "string" then
            return true
        end
    end
    return false
end

-- Attributes behind a prototype.
function idl.attributes(method, weak)
    local list = {}
    if has_pointers(method) then
        list[#list + 1] = "nonnull"
    end
    if weak then
        list[#list + 1] = "weak"
    end
    return #list > 0 and " __attribute__((" .. table.concat(list, ", ") .. "))" or ""
end

function idl.is_input(param)
    return param.direction ~= "out"
end

function idl.is_output(param)
    return param.direction == "out" or param.direction == "inout"
end

-- The smallest unsigned type that can number all methods; nil when there is only one.
function idl.index_type(procedure)
    local count = #procedure.methods
    if count <= 1 then
        return nil
    end
    return count <= 256 and "uint8_t" or "uint16_t"
end

-- "scalar", "string", "array" or "strings"
function idl.shape(param)
    if param.type.kind == "string" then
        return param.is_array and "strings" or "string"
    end
    return param.is_array and "array" or "scalar"
end

return idl
