/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * String instructions on ports and device memory. Each element is translated first and moved only
 * when both sides are possible, so a page fault in the middle leaves registers that restart the
 * instruction exactly. A REP run is cut after a bounded number of elements: the guest re-executes
 * the rest, and interrupts get their turn.
 */
#include "emulate.h"
#include "alu.h"

#define MAX_ELEMENTS 1024

/* One string instruction in progress. */
struct string_op {
    struct vmm_vcpu *v;
    const struct insn *in;
    uint64_t source_base, dest_base; /* segment bases */
    int64_t step;
    uint64_t address_mask;
};

static bool segment_bases(struct string_op *s)
{
    struct vmm_vcpu *v = s->v;
    if (v->run->mode == VCPU_MODE_LONG64 && s->in->segment < VCPU_FS) {
        return true; /* all bases are 0 */
    }
    const struct vcpu_state *state = vcpu_state(v, VCPU_STATE_SEGMENTS);
    if (!state) {
        return false;
    }
    s->source_base = state->seg[s->in->segment].base;
    s->dest_base = v->run->mode == VCPU_MODE_LONG64 ? 0 : state->seg[VCPU_ES].base;
    return true;
}

/* Translate all bytes of one element; elements across a page are split by the caller's size 1
 * accesses. Returns false with the fault raised. */
static bool translate(struct string_op *s, uint64_t linear, bool write, uint64_t gpa[2])
{
    struct vmm_vcpu *v = s->v;
    unsigned access = (write ? PF_WRITE : 0) | (v->run->cpl == 3 ? PF_USER : 0);
    uint64_t mask = v->run->mode == VCPU_MODE_LONG64 ? UINT64_MAX : 0xffffffffu;
    struct vmm_walk at;
    uint64_t last = linear + s->in->size - 1;
    if (vcpu_walk(v, linear & mask, access, &at) != 0) {
        vcpu_raise_pf(v, linear & mask, at.code);
        return false;
    }
    gpa[0] = at.gpa;
    gpa[1] = at.gpa + s->in->size; /* contiguous unless the element crosses a page */
    if ((linear ^ last) >> 12) {
        uint64_t page = last & ~0xfffull & mask;
        if (vcpu_walk(v, page, access, &at) != 0) {
            vcpu_raise_pf(v, page, at.code);
            return false;
        }
        gpa[1] = at.gpa;
    }
    return true;
}

/* Bytes of an element that lie in its first page. */
static unsigned first_part(uint64_t gpa, unsigned size)
{
    unsigned left = 0x1000 - (unsigned)(gpa & 0xfff);
    return left < size ? left : size;
}

static uint64_t element_read(struct string_op *s, const uint64_t gpa[2])
{
    unsigned size = s->in->size, part = first_part(gpa[0], size);
    if (part == size) {
        return phys_read(s->v, gpa[0], size);
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        uint64_t at = i < part ? gpa[0] + i : gpa[1] + (i - part);
        value |= phys_read(s->v, at, 1) << (8 * i);
    }
    return value;
}

static void element_write(struct string_op *s, const uint64_t gpa[2], uint64_t value)
{
    unsigned size = s->in->size, part = first_part(gpa[0], size);
    if (part == size) {
        phys_write(s->v, gpa[0], size, value);
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        uint64_t at = i < part ? gpa[0] + i : gpa[1] + (i - part);
        phys_write(s->v, at, 1, (value >> (8 * i)) & 0xff);
    }
}

static uint64_t port_read(struct string_op *s)
{
    struct vmm_access access = {.vcpu = s->v->id, .size = s->in->size};
    vmm_bus_read(s->v->vm, VMM_SPACE_IO, &access, vcpu_gpr(s->v, VCPU_RDX) & 0xffff);
    return access.value;
}

static void port_write(struct string_op *s, uint64_t value)
{
    struct vmm_access access = {.vcpu = s->v->id, .size = s->in->size, .value = value};
    vmm_bus_write(s->v->vm, VMM_SPACE_IO, &access, vcpu_gpr(s->v, VCPU_RDX) & 0xffff);
}

static void compare(struct string_op *s, uint64_t a, uint64_t b)
{
    const uint64_t operand[2] = {a, b};
    uint64_t flags = s->v->run->rflags;
    alu(INSN_CMP, s->in->size, operand, &flags);
    s->v->run->rflags = flags;
    s->v->run->commit |= VCPU_COMMIT_RFLAGS;
}

static void step_register(struct string_op *s, unsigned reg)
{
    uint64_t old = vcpu_gpr(s->v, reg);
    uint64_t value = (old + (uint64_t)s->step) & s->address_mask;
    vcpu_set_gpr(s->v, reg, s->in->address_size, value);
}

/* One element. false: a fault was raised and nothing happened. */
static bool element(struct string_op *s)
{
    struct vmm_vcpu *v = s->v;
    enum insn_op op = s->in->op;
    bool uses_source = op == INSN_MOVS || op == INSN_LODS || op == INSN_CMPS || op == INSN_OUTS;
    bool uses_dest = op != INSN_LODS && op != INSN_OUTS;
    bool writes = op == INSN_MOVS || op == INSN_STOS || op == INSN_INS;
    uint64_t source[2], dest[2], value = vcpu_gpr(v, VCPU_RAX) & size_mask(s->in->size);
    uint64_t si = s->source_base + (vcpu_gpr(v, VCPU_RSI) & s->address_mask);
    uint64_t di = s->dest_base + (vcpu_gpr(v, VCPU_RDI) & s->address_mask);
    if ((uses_source && !translate(s, si, false, source)) ||
        (uses_dest && !translate(s, di, writes, dest))) {
        return false;
    }
    if (uses_source) {
        value = element_read(s, source);
    } else if (op == INSN_INS) {
        value = port_read(s);
    }
    if (writes) {
        element_write(s, dest, value);
    } else if (op == INSN_LODS) {
        vcpu_set_gpr(v, VCPU_RAX, s->in->size, value);
    } else if (op == INSN_OUTS) {
        port_write(s, value);
    } else {
        compare(s, value, element_read(s, dest));
    }
    if (uses_source) {
        step_register(s, VCPU_RSI);
    }
    if (uses_dest) {
        step_register(s, VCPU_RDI);
    }
    return true;
}

/* After an element of CMPS/SCAS: does the repeat condition end the run? */
static bool condition_ends(const struct string_op *s)
{
    bool equal = s->v->run->rflags & RFLAGS_ZF;
    bool compares = s->in->op == INSN_CMPS || s->in->op == INSN_SCAS;
    return compares && ((s->in->rep && !equal) || (s->in->repne && equal));
}

void emulate_string(struct vmm_vcpu *v, const struct insn *in)
{
    struct string_op s = {.v = v, .in = in, .address_mask = size_mask(in->address_size)};
    s.step = v->run->rflags & RFLAGS_DF ? -(int64_t)in->size : in->size;
    if (!segment_bases(&s)) {
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    if (!in->rep && !in->repne) {
        if (element(&s)) {
            vcpu_advance(v, in->length);
        }
        return;
    }
    for (unsigned i = 0; i < MAX_ELEMENTS; i++) {
        uint64_t count = vcpu_gpr(v, VCPU_RCX) & s.address_mask;
        if (count == 0) {
            vcpu_advance(v, in->length);
            return;
        }
        if (!element(&s)) {
            return;
        }
        vcpu_set_gpr(v, VCPU_RCX, in->address_size, count - 1);
        if (count == 1 || condition_ends(&s)) {
            vcpu_advance(v, in->length);
            return;
        }
    }
    /* RIP stays: the guest executes the rest again */
}
