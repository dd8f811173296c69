/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* I/O ports: each port is in at most one family of capabilities. */
#include <kernel/cspace.h>
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/vcpu.h>

static bool io_ports_in_use(unsigned first, unsigned last)
{
    for (unsigned port = first; port <= last; port++) {
        if (kernel.io_ports[port / 64] >> port % 64 & 1) {
            return true;
        }
    }
    return false;
}

static void io_ports_mark(unsigned first, unsigned last, bool in_use)
{
    for (unsigned port = first; port <= last; port++) {
        uint64_t bit = 1ull << port % 64;
        uint64_t *word = &kernel.io_ports[port / 64];
        *word = in_use ? *word | bit : *word & ~bit;
    }
}

static enum invoke_status io_port_control_invoke(struct invocation *inv)
{
    if (inv->label != LABEL_X86IOPortControlIssue) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->length < 4 || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    uint16_t first = (uint16_t)invocation_mr(inv, 0), last = (uint16_t)invocation_mr(inv, 1);
    if (last < first) {
        return invoke_error_argument(1);
    }
    if (io_ports_in_use(first, last)) {
        return invoke_error(ERROR_RevokeFirst);
    }
    struct slot_argument arg = {
        .root = inv->extra[0]->cap, .index = invocation_mr(inv, 2), .depth = invocation_mr(inv, 3)};
    cte_t *slot;
    enum invoke_status status = cspace_lookup_empty(&arg, &slot);
    if (status != INVOKE_DONE) {
        return status;
    }
    io_ports_mark(first, last, true);
    cap_t cap = {.type = CAP_IO_PORT};
    cap.io_port.first = first;
    cap.io_port.last = last;
    mdb_insert(slot, cap, inv->slot);
    return INVOKE_DONE;
}

static enum invoke_status io_port_control_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    *cap = cap_null();
    return INVOKE_DONE;
}

const struct object_ops io_port_control_ops = {.derive = io_port_control_derive,
                                               .invoke = io_port_control_invoke};

/* Bytes moved by a label; 0 for labels that are none of ours. */
static unsigned io_port_label_size(word_t label)
{
    switch (label) {
    case LABEL_X86IOPortIn8:
    case LABEL_X86IOPortOut8:
        return 1;
    case LABEL_X86IOPortIn16:
    case LABEL_X86IOPortOut16:
        return 2;
    case LABEL_X86IOPortIn32:
    case LABEL_X86IOPortOut32:
        return 4;
    default:
        return 0;
    }
}

static enum invoke_status io_port_invoke(struct invocation *inv)
{
    unsigned size = io_port_label_size(inv->label);
    bool is_out = inv->label >= LABEL_X86IOPortOut8;
    if (!size) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->length < (is_out ? 2 : 1)) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    uint16_t port = (uint16_t)invocation_mr(inv, 0);
    if (port < inv->cap.io_port.first || port + size - 1 > inv->cap.io_port.last) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (is_out) {
        arch_port_out(port, size, (uint32_t)invocation_mr(inv, 1));
    } else {
        invocation_set_result(inv, 0, arch_port_in(port, size));
    }
    return INVOKE_DONE;
}

/* Guest access belongs to the very copy that was given to VCPU_EnableIOPort. */
static enum invoke_status io_port_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    cap->io_port.vcpu = 0;
    return INVOKE_DONE;
}

static cap_t io_port_finalise(cap_t cap, bool final)
{
    if (cap.io_port.vcpu) {
        vcpu_revoke_ports(cap.io_port.vcpu, cap.io_port.first, cap.io_port.last);
    }
    if (final) {
        io_ports_mark(cap.io_port.first, cap.io_port.last, false);
    }
    return cap_null();
}

const struct object_ops io_port_ops = {
    .derive = io_port_derive, .finalise = io_port_finalise, .invoke = io_port_invoke};
