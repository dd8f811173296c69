-- SPDX-License-Identifier: BSD-2-Clause
-- Copyright 2026, the CAmkES VMM for x86 authors
--
-- Attributes of an instance as C: struct types, declarations, initialisers. Array members have
-- the size of the configured values, so a struct's layout belongs to one instance.
local c = use("c.lua")
local attributes = {}

-- The values a struct type takes in this instance, to size its array members.
local function member_value(member, value)
    local own = type(value) == "table" and value[member.name]
    if own == nil or own == false then
        return member.initial
    end
    return own
end

-- Calls visit(value) for each single value of an attribute.
local function each(attribute, value, visit)
    if value == nil then
        return
    end
    if attribute.is_array then
        for _, item in ipairs(value) do
            visit(item)
        end
    else
        visit(value)
    end
end

-- Name of the C type of a struct attribute; anonymous ones are named after their place.
local function struct_name(attribute, path)
    return "struct " .. (attribute.type.name or path .. "_t")
end

-- Records, innermost first, every struct type used by an attribute.
local function collect(attribute, path, value, found)
    local type = attribute.type
    if type.kind ~= "struct" then
        return
    end
    local name = struct_name(attribute, path)
    local entry = found[name]
    if not entry then
        entry = {name = name, record = type.record, path = path, lengths = {}}
    end
    for _, member in ipairs(type.record.members) do
        local inner = path .. "_" .. member.name
        local visited = false
        local function visit(item)
            visited = true
            local own = member_value(member, item)
            if member.is_array then
                local length = own and #own or 0
                entry.lengths[member.name] = math.max(entry.lengths[member.name] or 0, length)
            end
            collect(member, inner, own, found)
        end
        each(attribute, value, visit)
        if not visited then
            collect(member, inner, member.initial, found)
        end
    end
    if not found[name] then
        found[name] = entry
        found[#found + 1] = entry
    end
end

-- "const char *" or the C type, ready for a name behind it.
local function base_type(attribute, path)
    local type = attribute.type
    if type.kind == "string" then
        return "const char *"
    end
    if type.kind == "struct" then
        return struct_name(attribute, path) .. " "
    end
    return type.c .. " "
end

local function scalar(attribute, value)
    if attribute.type.kind == "string" then
        return c.quote(tostring(value))
    end
    if math.type(value) == "integer" and (value > 0x7fffffff or value < -0x7fffffff) then
        return string.format("%dll", value)
    end
    return tostring(value)
end

local initialiser

local function struct_initialiser(attribute, value)
    local parts = {}
    for _, member in ipairs(attribute.type.record.members) do
        local own = member_value(member, value)
        if own ~= nil then
            parts[#parts + 1] = "." .. member.name .. " = " .. initialiser(member, own)
        end
    end
    return "{" .. table.concat(parts, ", ") .. "}"
end

local function single(attribute, value)
    if attribute.type.kind == "struct" then
        return struct_initialiser(attribute, value)
    end
    return scalar(attribute, value)
end

function initialiser(attribute, value)
    if not attribute.is_array then
        return single(attribute, value)
    end
    local items = c.map(value, function(item) return single(attribute, item) end)
    return "{" .. table.concat(items, ", ") .. "}"
end

-- Everything about the attributes of an instance:
--   structs: {name, members = {declarations}}, attributes: {name, declaration, initialiser}
function attributes.of(instance)
    local found, out = {}, {structs = {}, attributes = {}}
    for _, attribute in ipairs(instance.component.attributes) do
        local value = setting(instance.name, attribute.name)
        collect(attribute, attribute.name, value, found)
        local qualifier = attribute.type.kind == "string" and "const char *const "
            or "const " .. base_type(attribute, attribute.name)
        local length = attribute.is_array and "[" .. (value and #value or 0) .. "]" or ""
        out.attributes[#out.attributes + 1] = {
            name = attribute.name,
            declaration = qualifier .. attribute.name .. length,
            initialiser = value ~= nil and initialiser(attribute, value) or nil,
        }
    end
    for _, entry in ipairs(found) do
        local members = {}
        for _, member in ipairs(entry.record.members) do
            local length = member.is_array and "[" .. (entry.lengths[member.name] or 0) .. "]" or ""
            members[#members + 1] = base_type(member, entry.path .. "_" .. member.name) ..
                                    member.name .. length
        end
        out.structs[#out.structs + 1] = {name = entry.name, members = members}
    end
    return out
end

return attributes
