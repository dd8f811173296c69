/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Messages: registers, IPC buffers, and the transfer of words, badges and capabilities. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>

enum user_register msg_register(unsigned n)
{
    static const enum user_register registers[NUM_MSG_REGISTERS] = MSG_REGISTERS;
    return registers[n];
}

word_t *ipc_buffer(const struct tcb *t, bool write)
{
    cap_t cap = t->slots[TCB_BUFFER].cap;
    if (cap.type != CAP_FRAME || cap.frame.is_device || !cap.frame.can_read ||
        (write && !cap.frame.can_write)) {
        return NULL;
    }
    /* The address is aligned to the buffer's size, so the buffer lies inside the frame. */
    return phys_to_virt(cap.paddr + (t->ipc_buffer & (cap_size(cap) - 1)));
}

word_t ipc_get_mr(const struct tcb *t, const word_t *buffer, unsigned n)
{
    if (n < NUM_MSG_REGISTERS) {
        return t->regs[msg_register(n)];
    }
    return buffer ? buffer[BUFFER_MSG + n] : 0;
}

void ipc_set_mr(struct tcb *t, word_t *buffer, unsigned n, word_t value)
{
    if (n < NUM_MSG_REGISTERS) {
        t->regs[msg_register(n)] = value;
    } else if (buffer) {
        buffer[BUFFER_MSG + n] = value;
    }
}

bool ipc_lookup_extra(struct tcb *t, word_t info, cte_t *extra[MSG_MAX_EXTRA_CAPS], word_t *bad,
                      struct lookup_fault *fault)
{
    const word_t *buffer = ipc_buffer(t, false);
    for (unsigned i = 0; i < MSG_MAX_EXTRA_CAPS; i++) {
        extra[i] = NULL;
    }
    for (unsigned i = 0; buffer && i < msg_info_extra_caps(info); i++) {
        word_t cptr = buffer[BUFFER_CAPS + i];
        struct resolved r = cspace_lookup(t, cptr);
        if (!r.slot) {
            *bad = cptr;
            *fault = r.fault;
            return false;
        }
        extra[i] = r.slot;
    }
    return true;
}

/* The empty slot that the receiver's buffer names for one capability; NULL if unusable. */
static cte_t *ipc_receive_slot(struct tcb *t, const word_t *buffer)
{
    if (!buffer) {
        return NULL;
    }
    struct resolved root = cspace_lookup(t, buffer[BUFFER_RECEIVE_CNODE]);
    word_t depth = buffer[BUFFER_RECEIVE_DEPTH];
    if (!root.slot || depth < 1 || depth > 64) {
        return NULL;
    }
    struct resolved r =
        cspace_resolve(root.slot->cap, buffer[BUFFER_RECEIVE_INDEX], (unsigned)depth);
    return r.slot && r.bits_left == 0 && r.slot->cap.type == CAP_NULL ? r.slot : NULL;
}

/* Puts a copy of a sender's capability in the receive slot; false: not possible. */
static bool ipc_insert_cap(cte_t *dest, cte_t *src)
{
    cap_t cap = src->cap;
    if (!dest || cap_derive(src, &cap) != INVOKE_DONE || cap.type == CAP_NULL) {
        return false;
    }
    mdb_insert(dest, cap, src);
    return true;
}

/*
 * Moves the extra capabilities. A capability of the endpoint that carries the message shows
 * only its badge; the first other one is copied to the receive slot; anything further, or
 * anything that cannot be done, ends the transfer.
 */
static word_t ipc_transfer_caps(const struct ipc_transfer *x, word_t info, word_t *buffer)
{
    cte_t *extra[MSG_MAX_EXTRA_CAPS];
    word_t bad, unwrapped = 0, length = msg_info_length(info);
    struct lookup_fault fault;
    unsigned done = 0;
    if (!ipc_lookup_extra(x->from, info, extra, &bad, &fault)) {
        extra[0] = NULL;
    }
    bool may_insert = true;
    for (; buffer && done < MSG_MAX_EXTRA_CAPS && extra[done]; done++) {
        cap_t cap = extra[done]->cap;
        if (cap.type == CAP_ENDPOINT && x->endpoint && cap.paddr == virt_to_phys(x->endpoint)) {
            buffer[BUFFER_CAPS + done] = cap.endpoint.badge;
            unwrapped |= 1u << done;
        } else if (may_insert && ipc_insert_cap(ipc_receive_slot(x->to, buffer), extra[done])) {
            may_insert = false;
        } else {
            break;
        }
    }
    return msg_info(msg_info_label(info), unwrapped, done, length);
}

void ipc_transfer(const struct ipc_transfer *x)
{
    word_t info, length;
    word_t *to_buffer = ipc_buffer(x->to, true);
    if (x->from->fault.type != FAULT_NONE) {
        info = fault_write_message(x->from, x->to);
    } else {
        const word_t *from_buffer = ipc_buffer(x->from, false);
        info = x->from->regs[REG_RSI];
        length = msg_info_length(info);
        if (length > NUM_MSG_REGISTERS && (!from_buffer || !to_buffer)) {
            length = NUM_MSG_REGISTERS;
        }
        for (unsigned i = 0; i < length; i++) {
            ipc_set_mr(x->to, to_buffer, i, ipc_get_mr(x->from, from_buffer, i));
        }
        word_t extra = x->can_grant ? msg_info_extra_caps(info) : 0;
        info = msg_info(msg_info_label(info), 0, extra, length);
        if (extra) {
            info = ipc_transfer_caps(x, info, to_buffer);
        }
    }
    x->to->regs[REG_RDI] = x->badge;
    x->to->regs[REG_RSI] = info;
}
