/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local c, idl, rpc = use("c.lua"), use("idl.lua"), use("rpc.lua")
local X, procedure = me.interface.name, me.interface.procedure
local transport, index_type = rpc.transport(me), idl.index_type(procedure)

-- C expressions for the value and the element count a caller passed in.
local function passed(param)
    local shape, by_value = idl.shape(param), param.direction == "in"
    local value = by_value and param.name or "*" .. param.name
    local size = (by_value and "" or "*") .. param.name .. "_sz"
    if shape == "scalar" and not by_value then
        value = "(" .. value .. ")"
    end
    return value, size
end
-*/
/*? c.banner("Calls of " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <stdlib.h>
#include <string.h>
#include <camkes.h>
#include <camkes/generated.h>
#include <libc/lock.h>

#define CAMKES_ENDPOINT /*? me.endpoint ?*/
#define CAMKES_BUFFER   /*? transport.buffer ?*/
#define CAMKES_BYTES    /*? transport.size ?*/

/*- include("marshal.h") -*/

extern camkes_error_handler_t camkes_/*? X ?*/_error_handler;

/* Asks what to do about an error. The call is given up if this returns at all. */
static CAMKES_UNUSED void camkes_fail(unsigned type, const char *method, size_t length)
{
    camkes_error_t error = {
        .type = (camkes_error_type_t)type,
        .instance = /*? c.quote(me.instance.name) ?*/,
        .interface = /*? c.quote(X) ?*/,
        .filename = __FILE__,
        .description = method,
    };
    if (type == CE_BUFFER_LENGTH_EXCEEDED) {
        error.current_length = (unsigned)length;
        error.target_length = (unsigned)CAMKES_BYTES;
    } else if (type == CE_MALFORMED_RPC_PAYLOAD) {
        error.length = (unsigned)length;
    }
    (void)camkes_error_raise(camkes_/*? X ?*/_error_handler, &error);
}
/*- if not transport.ipc then -*/

/* Several threads of this component may call, of any priority; the shared buffer takes one call at a
 * time. */
static struct __lock camkes_buffer_lock;
/*- end -*/

/* Sends what lies before `at` and sets the cursor on the reply. */
static CAMKES_UNUSED unsigned camkes_call(struct camkes_cursor *c)
{
    size_t reply = 0;
    size_t length = (size_t)(c->at - (char *)CAMKES_BUFFER);
    unsigned error = camkes_rpc_call(CAMKES_ENDPOINT, /*? transport.ipc and "length" or "0 * length" ?*/, &reply);
    c->at = CAMKES_BUFFER;
    c->end = c->at + /*? transport.ipc and "reply" or "CAMKES_BYTES" ?*/;
    return error;
}

/*- for number, method in ipairs(procedure.methods) do
    local result = method.result.kind ~= "void" and rpc.result_param(method) or nil
    local outputs = {}
    for _, param in ipairs(method.params) do
        if idl.is_output(param) then
            outputs[#outputs + 1] = param
        end
    end
-*/
/*- if result or #outputs > 0 then -*/
/* Results of /*? method.name ?*/ before they are handed over. */
struct camkes_results_/*? method.name ?*/ {
/*- for _, param in ipairs(outputs) do
    local shape = idl.shape(param)
    local star = shape == "scalar" and param.type.c .. " " or shape == "array" and param.type.c .. " *"
        or shape == "string" and "char *" or "char **"
-*/
    /*? star ?*/out_/*? param.name ?*/;
/*- if param.is_array then -*/
    size_t out_/*? param.name ?*/_sz;
/*- end -*/
/*- end -*/
/*- if result then -*/
    /*? result.type.c ?*/ result;
/*- end -*/
};

static unsigned camkes_unpack_/*? method.name ?*/(struct camkes_cursor *c, struct camkes_results_/*? method.name ?*/ *r)
{
    unsigned error = CE_NO_ERROR;
/*- if result then -*/
    error = /*? rpc.get(result, "r->result") ?*/;
/*- end -*/
/*- for _, param in ipairs(outputs) do -*/
    if (error == CE_NO_ERROR)
        error = /*? rpc.get(param, "r->out_" .. param.name, "r->out_" .. param.name .. "_sz") ?*/;
/*- end -*/
/*- if transport.ipc then -*/
    if (error == CE_NO_ERROR && (size_t)(c->end - c->at) >= sizeof(seL4_Word))
        error = CE_MALFORMED_RPC_PAYLOAD;
/*- end -*/
    if (error == CE_NO_ERROR)
        return error;
/*- if result and result.type.kind == "string" then -*/
    free(r->result);
/*- end -*/
/*- for _, param in ipairs(outputs) do
    local free = rpc.free(param, "r->out_")
    if free then
-*/
    /*? free ?*/
/*- end
end -*/
    return error;
}
/*- end -*/

/*? idl.prototype(X, method) ?*/
{
/*- if result or #outputs > 0 then -*/
    struct camkes_results_/*? method.name ?*/ _r;
    memset(&_r, 0, sizeof _r);
/*- end -*/
/*- if not transport.ipc then -*/
    libc_lock_acquire(&camkes_buffer_lock);
/*- end -*/
    struct camkes_cursor _c = {CAMKES_BUFFER, (char *)CAMKES_BUFFER + CAMKES_BYTES};
    unsigned _error = CE_NO_ERROR;
    bool _fits = true;
/*- if index_type then -*/
    /*? index_type ?*/ _index = /*? number - 1 ?*/;
    _fits = camkes_put_bytes(&_c, &_index, sizeof _index);
/*- end -*/
/*- for _, param in ipairs(method.params) do
    if idl.is_input(param) then
        local value, size = passed(param)
-*/
    _fits = _fits && /*? rpc.put(param, value, size, "&_c") ?*/;
/*- end
end -*/
    size_t _length = (size_t)(_c.at - (char *)CAMKES_BUFFER);
    _error = _fits ? camkes_call(&_c) : CE_BUFFER_LENGTH_EXCEEDED;
/*- if result or #outputs > 0 then -*/
    if (_error == CE_NO_ERROR)
        _error = camkes_unpack_/*? method.name ?*/(&_c, &_r);
/*- end -*/
/*- if not transport.ipc then -*/
    libc_lock_release(&camkes_buffer_lock);
/*- end -*/
    if (_error != CE_NO_ERROR) {
        camkes_fail(_error, /*? c.quote("call of " .. X .. "_" .. method.name) ?*/, _length);
/*- if result then -*/
        memset(&_r.result, 0, sizeof _r.result);
        return _r.result;
/*- else -*/
        return;
/*- end -*/
    }
/*- for _, param in ipairs(outputs) do
    local shape, name = idl.shape(param), param.name
    if param.direction == "inout" and shape == "strings" then -*/
    camkes_free_strings(*/*? name ?*/, */*? name ?*/_sz);
/*- elseif param.direction == "inout" and shape ~= "scalar" then -*/
    free(*/*? name ?*/);
/*- end -*/
    */*? name ?*/ = _r.out_/*? name ?*/;
/*- if param.is_array then -*/
    */*? name ?*/_sz = _r.out_/*? name ?*/_sz;
/*- end -*/
/*- end -*/
/*- if result then -*/
    return _r.result;
/*- end -*/
}

/*- end -*/
/*- if me.signal then -*/
seL4_CPtr /*? X ?*/_notification(void)
{
    return /*? me.notification ?*/;
}

seL4_Word /*? X ?*/_notification_badge(void)
{
    return /*? c.hex(me.notification_badge) ?*/;
}

void /*? X ?*/_wait_notification(void)
{
    seL4_Wait(/*? me.notification ?*/, NULL);
}
/*- end -*/
/*- if me.dataport then -*/

volatile void *const /*? X ?*/_buf = (volatile void *)/*? c.hex(me.buffer) ?*/;

volatile void */*? X ?*/_get_buf(void)
{
    return /*? X ?*/_buf;
}

size_t /*? X ?*/_get_size(void)
{
    return /*? me.buffer_size ?*/;
}
/*- end -*/
