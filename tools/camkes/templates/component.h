/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local c, idl = use("c.lua"), use("idl.lua")
local attributes = use("attributes.lua").of(me)
local component = me.component
-*/
/*? c.banner("Interfaces and attributes of instance " .. me.name) ?*/
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sel4/sel4.h>
#include <camkes/dataport.h>
/*-
for _, connection in ipairs(me.ends) do
    if connection.connection.connector == "seL4SharedDataWithCaps" then
-*/
#include <camkes/dataport_caps.h>
/*-
        break
    end
end
-*/
#include <camkes/error.h>
#include <camkes/init.h>
#include <camkes/io.h>
#include <utils/util.h>
/*- for _, path in ipairs(component.includes) do -*/
#include /*? path ?*/
/*- end -*/
/*-
local included = {}
for _, interface in ipairs(component.interfaces) do
    for _, path in ipairs(interface.procedure and interface.procedure.includes or {}) do
        if not included[path] then
            included[path] = true
-*/
#include /*? path ?*/
/*-
        end
    end
end
-*/

/* Interfaces may have the names of library functions, such as `log`. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"

/* ---- start-up: define those you need ---- */

void pre_init(void) __attribute__((weak));
void post_init(void) __attribute__((weak));
/*- if component.control then -*/
int run(void);
/*- end -*/

/* ---- attributes ---- */

/*- for _, record in ipairs(attributes.structs) do -*/
/*? record.name ?*/ {
/*- for _, member in ipairs(record.members) do -*/
    /*? member ?*/;
/*- end -*/
};
/*- end -*/
/*- for _, attribute in ipairs(attributes.attributes) do -*/
extern /*? attribute.declaration ?*/;
/*- if attribute.initialiser then -*/
#define /*? attribute.name ?*/_DEF /*? attribute.initialiser ?*/
/*- end -*/
/*- end -*/

/* ---- locks ---- */

/*- for _, sync in ipairs(component.syncs) do -*/
/*- if sync.kind == "mutex" then -*/
int /*? sync.name ?*/_lock(void);
int /*? sync.name ?*/_unlock(void);
/*- else -*/
int /*? sync.name ?*/_wait(void) __attribute__((warn_unused_result));
int /*? sync.name ?*/_post(void) __attribute__((warn_unused_result));
/*- if sync.kind == "semaphore" then -*/
int /*? sync.name ?*/_trywait(void) __attribute__((warn_unused_result));
/*- end -*/
/*- end -*/
/*- end -*/
/*-
for _, interface in ipairs(component.interfaces) do
    local X, connected = interface.name, me.connected[interface.name]
    local weak = interface.optional and not connected
-*/

/* ---- /*? interface.kind ?*/ /*? interface.type ?*/ /*? X ?*/ ---- */

void /*? X ?*/__init(void) __attribute__((weak));
camkes_error_handler_t /*? X ?*/_register_error_handler(camkes_error_handler_t handler);
/*- include("interface-" .. interface.kind .. ".h", interface, connected, weak) -*/
/*- if connected and connected.header then include(connected.header, connected) end -*/
/*- end -*/

#pragma GCC diagnostic pop
