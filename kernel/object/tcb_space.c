/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What a thread runs in: capability space, address space, IPC buffer, guest. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/tcb.h>

/** A capability checked and ready to be stored in a TCB slot. */
struct tcb_root {
    cap_t cap;
    cte_t *source;
};

/* Deleting what the slot holds must not take long, as nothing here can be preempted. */
static void tcb_install(struct tcb *t, enum tcb_slot slot, const struct tcb_root *root)
{
    slot_delete_simple(&t->slots[slot]);
    /* The deletion may have changed the source if that was the same object's other end. */
    if (root->source && root->cap.type != CAP_NULL &&
        cap_same_object(root->cap, root->source->cap)) {
        mdb_insert(&t->slots[slot], root->cap, root->source);
    }
}

static enum invoke_status tcb_decode_buffer(cte_t *source, word_t address, struct tcb_root *root)
{
    *root = (struct tcb_root){.source = NULL};
    if (address == 0) {
        return INVOKE_DONE;
    }
    root->source = source;
    root->cap = source->cap;
    enum invoke_status status = cap_derive(source, &root->cap);
    if (status != INVOKE_DONE) {
        return status;
    }
    if (root->cap.type != CAP_FRAME || root->cap.frame.is_device) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (address & ((1u << IPC_BUFFER_SIZE_BITS) - 1)) {
        return invoke_error(ERROR_AlignmentError);
    }
    return INVOKE_DONE;
}

/* A root capability with its CapData applied, of the given type. */
static enum invoke_status tcb_decode_root(cte_t *source, word_t data, enum cap_type type,
                                          struct tcb_root *root)
{
    root->source = source;
    root->cap = data ? cap_update_data(source->cap, data, false) : source->cap;
    enum invoke_status status = cap_derive(source, &root->cap);
    if (status != INVOKE_DONE) {
        return status;
    }
    if (root->cap.type != type || (type == CAP_PML4 && !root->cap.table.is_mapped)) {
        return invoke_error(ERROR_IllegalOperation);
    }
    return INVOKE_DONE;
}

/** The arguments that Configure and SetSpace share. */
struct tcb_spaces {
    word_t fault_handler;
    struct tcb_root cspace, vspace;
};

static enum invoke_status tcb_decode_spaces(struct invocation *inv, struct tcb_spaces *s)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (mdb_is_long_running_delete(&t->slots[TCB_CSPACE]) ||
        mdb_is_long_running_delete(&t->slots[TCB_VSPACE])) {
        return invoke_error(ERROR_IllegalOperation);
    }
    s->fault_handler = invocation_mr(inv, 0);
    enum invoke_status status =
        tcb_decode_root(inv->extra[0], invocation_mr(inv, 1), CAP_CNODE, &s->cspace);
    if (status == INVOKE_DONE) {
        status = tcb_decode_root(inv->extra[1], invocation_mr(inv, 2), CAP_PML4, &s->vspace);
    }
    return status;
}

static void tcb_commit_spaces(struct tcb *t, const struct tcb_spaces *s)
{
    t->fault_handler = s->fault_handler;
    tcb_install(t, TCB_CSPACE, &s->cspace);
    tcb_install(t, TCB_VSPACE, &s->vspace);
}

static void tcb_commit_buffer(struct tcb *t, word_t address, const struct tcb_root *root)
{
    tcb_install(t, TCB_BUFFER, root);
    t->ipc_buffer = address;
}

enum invoke_status tcb_configure(struct invocation *inv)
{
    if (inv->length < 4 || !inv->extra[0] || !inv->extra[1] || !inv->extra[2]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t address = invocation_mr(inv, 3);
    struct tcb_root buffer = {.source = NULL};
    struct tcb_spaces spaces = {.fault_handler = 0};
    enum invoke_status status = tcb_decode_buffer(inv->extra[2], address, &buffer);
    if (status == INVOKE_DONE) {
        status = tcb_decode_spaces(inv, &spaces);
    }
    if (status == INVOKE_DONE) {
        tcb_commit_spaces(cap_tcb(inv->cap), &spaces);
        tcb_commit_buffer(cap_tcb(inv->cap), address, &buffer);
    }
    return status;
}

enum invoke_status tcb_set_space(struct invocation *inv)
{
    if (inv->length < 3 || !inv->extra[0] || !inv->extra[1]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    struct tcb_spaces spaces = {.fault_handler = 0};
    enum invoke_status status = tcb_decode_spaces(inv, &spaces);
    if (status == INVOKE_DONE) {
        tcb_commit_spaces(cap_tcb(inv->cap), &spaces);
    }
    return status;
}

enum invoke_status tcb_set_ipc_buffer(struct invocation *inv)
{
    if (inv->length < 1 || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t address = invocation_mr(inv, 0);
    struct tcb_root buffer = {.source = NULL};
    enum invoke_status status = tcb_decode_buffer(inv->extra[0], address, &buffer);
    if (status == INVOKE_DONE) {
        tcb_commit_buffer(cap_tcb(inv->cap), address, &buffer);
    }
    return status;
}

enum invoke_status tcb_set_ept_root(struct invocation *inv)
{
    if (!inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    struct tcb_root root = {.source = inv->extra[0], .cap = inv->extra[0]->cap};
    if (root.cap.type != CAP_EPT_PML4) {
        return invoke_error(ERROR_IllegalOperation);
    }
    enum invoke_status status = cap_derive(root.source, &root.cap);
    if (status == INVOKE_DONE && root.cap.type != CAP_EPT_PML4) {
        status = invoke_error(ERROR_IllegalOperation);
    }
    if (status == INVOKE_DONE) {
        tcb_install(cap_tcb(inv->cap), TCB_EPT_ROOT, &root);
    }
    return status;
}

enum invoke_status tcb_set_run_page(struct invocation *inv)
{
    if (!inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    struct tcb_root root = {.source = inv->extra[0], .cap = inv->extra[0]->cap};
    enum invoke_status status = cap_derive(root.source, &root.cap);
    if (status == INVOKE_DONE) {
        status = vcpu_check_run_page(root.cap);
    }
    if (status == INVOKE_DONE) {
        struct tcb *t = cap_tcb(inv->cap);
        tcb_install(t, TCB_RUN_PAGE, &root);
        vcpu_bind_run_page(t);
    }
    return status;
}
