/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Request loops of provided interfaces, the client's call, and reply protection. */
#include <camkes/generated.h>
#include <camkes/tls.h>
#include "runtime.h"

int camkes_declare_reply_cap(seL4_CPtr slot)
{
    camkes_tls.reply_cap_slot = slot;
    camkes_tls.reply_cap_in_tcb = true;
    camkes_tls.reply_cap_save_error = seL4_NoError;
    return 0;
}

void camkes_protect_reply_cap(void)
{
    if (!camkes_tls.reply_cap_in_tcb)
        return;
    if (camkes_tls.cnode_cap == 0 || camkes_tls.reply_cap_slot == 0) {
        camkes_tls.reply_cap_save_error = seL4_InvalidCapability;
        return;
    }
    camkes_tls.reply_cap_in_tcb = false;
    camkes_tls.reply_cap_save_error = seL4_CNode_SaveCaller(
        camkes_tls.cnode_cap, camkes_tls.reply_cap_slot, (seL4_Uint8)camkes_instance.cnode_depth);
}

seL4_Error camkes_unprotect_reply_cap(void)
{
    camkes_tls.reply_cap_in_tcb = false;
    return camkes_tls.reply_cap_save_error;
}

static size_t rpc_words(size_t bytes)
{
    return (bytes + sizeof(seL4_Word) - 1) / sizeof(seL4_Word);
}

/* Runs the user's method; the result is the reply's description, its body is in the buffer. */
static seL4_MessageInfo_t rpc_dispatch(struct camkes_rpc_server *server, seL4_MessageInfo_t info,
                                       seL4_Word badge)
{
    bool ipc_buffer = server->buffer == NULL && !server->many_senders_buffer;
    size_t length = seL4_MessageInfo_get_length(info) * sizeof(seL4_Word);
    if (length > CAMKES_RPC_IPC_BYTES)
        length = CAMKES_RPC_IPC_BYTES;
    server->sender = badge;
    camkes_declare_reply_cap(camkes_self->reply_slot);
    void *buffer = ipc_buffer ? CAMKES_RPC_IPC_BUFFER : server->buffer;
    unsigned error = server->dispatch(buffer, &length);
    if (error != CAMKES_RPC_OK || !ipc_buffer)
        length = 0;
    return seL4_MessageInfo_new(error, 0, 0, rpc_words(length));
}

/* Sends the reply if its capability was moved out of the TCB meanwhile. */
static bool rpc_reply_saved(seL4_MessageInfo_t reply)
{
    if (camkes_tls.reply_cap_in_tcb)
        return false;
    seL4_Send(camkes_tls.reply_cap_slot, reply);
    return true;
}

void camkes_rpc_handle(struct camkes_rpc_server *server, seL4_MessageInfo_t info, seL4_Word badge)
{
    seL4_MessageInfo_t reply = rpc_dispatch(server, info, badge);
    if (!rpc_reply_saved(reply))
        seL4_Reply(reply);
    camkes_unprotect_reply_cap();
}

void camkes_rpc_serve(struct camkes_rpc_server *server)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(server->endpoint, &badge);
    for (;;) {
        seL4_MessageInfo_t reply = rpc_dispatch(server, info, badge);
        if (rpc_reply_saved(reply))
            info = seL4_Recv(server->endpoint, &badge);
        else
            info = seL4_ReplyRecv(server->endpoint, reply, &badge);
        camkes_unprotect_reply_cap();
    }
}

unsigned camkes_rpc_call(seL4_CPtr endpoint, size_t length, size_t *reply_length)
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(0, 0, 0, rpc_words(length));
    info = seL4_Call(endpoint, info);
    *reply_length = seL4_MessageInfo_get_length(info) * sizeof(seL4_Word);
    return (unsigned)seL4_MessageInfo_get_label(info);
}
