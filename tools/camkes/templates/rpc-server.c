/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local c, idl, rpc = use("c.lua"), use("idl.lua"), use("rpc.lua")
local X, procedure = me.interface.name, me.interface.procedure
local transport, index_type = rpc.transport(me), idl.index_type(procedure)
-*/
/*? c.banner("Service of " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <stdlib.h>
#include <string.h>
#include <camkes.h>
#include <camkes/generated.h>

#define CAMKES_BYTES /*? transport.size ?*/

/*- include("marshal.h") -*/

/* ---- clients ---- */

static const struct camkes_client {
    seL4_Word badge;
    const char *name;
    seL4_CPtr emit;
    void *buffer;
    size_t buffer_size;
    bool has_mac;
    uint8_t mac[6];
    uint16_t source_port, dest_port;
} camkes_clients[] = {
/*- for _, client in ipairs(me.clients) do -*/
    {/*? client.badge ?*/, /*? c.quote(client["end"].instance.name) ?*/, /*? client.emit ?*/, (void *)/*? c.hex(client.buffer) ?*/, /*? client.buffer_size ?*/, /*? client.mac ~= nil ?*/, {/*? c.join(client.mac or {0}, ", ") ?*/}, /*? client.source_port ?*/, /*? client.dest_port ?*/},
/*- end -*/
};

#define CAMKES_CLIENT_COUNT (sizeof camkes_clients / sizeof *camkes_clients)

static const struct camkes_client *camkes_find_client(seL4_Word badge)
{
    for (size_t i = 0; i < CAMKES_CLIENT_COUNT; i++) {
        if (camkes_clients[i].badge == badge)
            return &camkes_clients[i];
    }
    return NULL;
}
/*- if transport.per_client then -*/

static struct camkes_rpc_server camkes_server;

static void *camkes_client_buffer(void)
{
    return camkes_find_client(camkes_server.sender)->buffer;
}

static size_t camkes_client_bytes(void)
{
    return camkes_find_client(camkes_server.sender)->buffer_size;
}
/*- end -*/

/*
 * Errors of a request become the label of the reply: the client is told, this server goes on.
 * The component's own error handler is not asked, so no client can stop a server.
 */

/*- for _, method in ipairs(procedure.methods) do
    local result = method.result.kind ~= "void" and rpc.result_param(method) or nil
    local arguments = rpc.server_arguments(method, "p_")
-*/
static unsigned camkes_serve_/*? method.name ?*/(struct camkes_cursor *c, char *buffer, size_t *length)
{
    unsigned error = CE_NO_ERROR;
/*- for _, param in ipairs(method.params) do -*/
    /*? rpc.locals(param, "p_") ?*/
/*- end -*/
/*- if result then -*/
    /*? rpc.locals(result, "") ?*/
/*- end -*/
/*- for _, param in ipairs(method.params) do
    if idl.is_input(param) then -*/
    if (error == CE_NO_ERROR)
        error = /*? rpc.get(param, "p_" .. param.name, "p_" .. param.name .. "_sz") ?*/;
/*- end
end -*/
/*- if transport.ipc then -*/
    if (error == CE_NO_ERROR && (size_t)(c->end - c->at) >= sizeof(seL4_Word))
        error = CE_MALFORMED_RPC_PAYLOAD;
/*- else -*/
    (void)c;
/*- end -*/
    if (error == CE_NO_ERROR) {
/*- if result then -*/
        result = /*? X ?*/_/*? method.name ?*/(/*? arguments ?*/);
/*- else -*/
        /*? X ?*/_/*? method.name ?*/(/*? arguments ?*/);
/*- end -*/
        struct camkes_cursor out = {buffer, buffer + CAMKES_BYTES};
        bool fits = true;
/*- if result then -*/
        fits = fits && /*? rpc.put(result, "result", nil, "&out") ?*/;
/*- end -*/
/*- for _, param in ipairs(method.params) do
    if idl.is_output(param) then
        local put = rpc.put(param, "p_" .. param.name, "p_" .. param.name .. "_sz", "&out")
-*/
        fits = fits && /*? put ?*/;
/*- end
end -*/
        *length = (size_t)(out.at - buffer);
        error = fits ? CE_NO_ERROR : CE_BUFFER_LENGTH_EXCEEDED;
    }
/*- if result and result.type.kind == "string" then -*/
    free(result);
/*- end -*/
/*- for _, param in ipairs(method.params) do
    local free = rpc.free(param, "p_")
    if free then -*/
    /*? free ?*/
/*- end
end -*/
    return error;
}

/*- end -*/
static unsigned camkes_dispatch(void *buffer, size_t *length)
{
/*- if transport.per_client then -*/
    buffer = camkes_client_buffer();
/*- end -*/
    struct camkes_cursor c = {buffer, (char *)buffer + /*? transport.ipc and "*length" or "CAMKES_BYTES" ?*/};
/*- if #procedure.methods == 0 then -*/
    (void)c;
    *length = 0;
    return CE_NO_ERROR;
/*- elseif not index_type then -*/
    return camkes_serve_/*? procedure.methods[1].name ?*/(&c, buffer, length);
/*- else -*/
    /*? index_type ?*/ index;
    unsigned error = camkes_get_bytes(&c, &index, sizeof index);
    if (error != CE_NO_ERROR)
        return error;
    switch (index) {
/*- for number, method in ipairs(procedure.methods) do -*/
    case /*? number - 1 ?*/:
        return camkes_serve_/*? method.name ?*/(&c, buffer, length);
/*- end -*/
    default:
        return CE_INVALID_METHOD_INDEX;
    }
/*- end -*/
}

static struct camkes_rpc_server camkes_server = {
    .interface = /*? c.quote(X) ?*/,
    .endpoint = /*? me.endpoint ?*/,
/*- if transport.per_client then -*/
    .many_senders_buffer = true,
/*- elseif not transport.ipc then -*/
    .buffer = /*? transport.buffer ?*/,
    .buffer_size = CAMKES_BYTES,
/*- end -*/
    .dispatch = camkes_dispatch,
};

/*- if me.global_rpc then -*/
int /*? X ?*/_handle_message(seL4_MessageInfo_t *info, seL4_Word badge)
{
    camkes_rpc_handle(&camkes_server, *info, badge);
    return 0;
}
/*- else -*/
void /*? X ?*/__run(void);
void /*? X ?*/__run(void)
{
    camkes_rpc_serve(&camkes_server);
}
/*- end -*/

seL4_Word /*? X ?*/_get_sender_id(void)
{
    return camkes_server.sender;
}

unsigned /*? X ?*/_num_badges(void)
{
    return CAMKES_CLIENT_COUNT;
}

seL4_Word /*? X ?*/_enumerate_badge(unsigned index)
{
    return index < CAMKES_CLIENT_COUNT ? camkes_clients[index].badge : 0;
}

int /*? X ?*/_largest_badge(void)
{
    seL4_Word largest = 0;
    for (size_t i = 0; i < CAMKES_CLIENT_COUNT; i++)
        largest = camkes_clients[i].badge > largest ? camkes_clients[i].badge : largest;
    return (int)largest;
}

const char */*? X ?*/_get_client_name(seL4_Word badge)
{
    const struct camkes_client *client = camkes_find_client(badge);
    return client ? client->name : NULL;
}

void /*? X ?*/_emit(unsigned badge)
{
    const struct camkes_client *client = camkes_find_client(badge);
    if (client && client->emit)
        seL4_Signal(client->emit);
}

void */*? X ?*/_buf(seL4_Word badge)
{
    const struct camkes_client *client = camkes_find_client(badge);
    return client ? client->buffer : NULL;
}

size_t /*? X ?*/_buf_size(seL4_Word badge)
{
    const struct camkes_client *client = camkes_find_client(badge);
    return client ? client->buffer_size : 0;
}
/*- if me.mac then -*/

bool /*? X ?*/_has_mac(seL4_Word badge)
{
    const struct camkes_client *client = camkes_find_client(badge);
    return client && client->has_mac;
}

void /*? X ?*/_get_mac(seL4_Word badge, uint8_t *mac)
{
    const struct camkes_client *client = camkes_find_client(badge);
    if (client && client->has_mac)
        memcpy(mac, client->mac, sizeof client->mac);
}
/*- end -*/
/*- if me.ports then -*/

uint16_t /*? X ?*/_get_port(seL4_Word badge)
{
    const struct camkes_client *client = camkes_find_client(badge);
    return client ? client->source_port : 0;
}

void /*? X ?*/_get_ports(seL4_Word badge, uint16_t *source, uint16_t *dest)
{
    const struct camkes_client *client = camkes_find_client(badge);
    *source = client ? client->source_port : 0;
    *dest = client ? client->dest_port : 0;
}
/*- end -*/
