/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Nested page faults: the guest touched an address without memory. The instruction is fetched
 * through the guest's page tables, decoded and carried out against the bus. Addresses nobody
 * claims read all ones and drop writes, like an empty bus.
 *
 * Not done: SSE/AVX moves, PUSH/POP/CALL/JMP with a device operand, CMPXCHG8B/16B. They get #UD
 * and a line in the log.
 */
#include "emulate.h"
#include "alu.h"

static unsigned code_bits(const struct vmm_vcpu *v)
{
    switch (v->run->mode) {
    case VCPU_MODE_LONG64:
        return 64;
    case VCPU_MODE_PROT32:
    case VCPU_MODE_COMPAT32:
        return 32;
    default:
        return 16;
    }
}

bool vcpu_decode(struct vmm_vcpu *v, struct insn *in)
{
    uint8_t bytes[15];
    unsigned n = vcpu_fetch(v, bytes, sizeof bytes);
    if (insn_decode(bytes, n, code_bits(v), in)) {
        return true;
    }
    char text[3 * sizeof bytes + 1] = "";
    for (unsigned i = 0; i < n && i < 8; i++) {
        static const char hex[] = "0123456789abcdef";
        text[3 * i] = ' ', text[3 * i + 1] = hex[bytes[i] >> 4],
                 text[3 * i + 2] = hex[bytes[i] & 15];
        text[3 * i + 3] = 0;
    }
    vmm_log(v->vm, "instruction at 0x%llx not understood:%s", (unsigned long long)v->run->rip,
            n ? text : " (not readable)");
    return false;
}

void vcpu_skip(struct vmm_vcpu *v)
{
    struct insn in;
    if (v->run->next_rip != 0) {
        vcpu_advance(v, 0);
    } else if (vcpu_decode(v, &in)) {
        vcpu_advance(v, in.length);
    } else {
        vcpu_raise(v, X86_UD);
    }
}

uint64_t phys_read(struct vmm_vcpu *v, uint64_t gpa, unsigned size)
{
    uint64_t value = 0;
    if (vmm_memory_read(v->vm, gpa, &value, size)) {
        return value;
    }
    struct vmm_access access = {.vcpu = v->id, .size = size};
    if (!vmm_bus_read(v->vm, VMM_SPACE_MMIO, &access, gpa)) {
        v->unclaimed++;
    }
    return access.value;
}

void phys_write(struct vmm_vcpu *v, uint64_t gpa, unsigned size, uint64_t value)
{
    if (vmm_memory_write(v->vm, gpa, &value, size)) {
        return;
    }
    struct vmm_access access = {.vcpu = v->id, .size = size, .value = value};
    if (!vmm_bus_write(v->vm, VMM_SPACE_MMIO, &access, gpa)) {
        v->unclaimed++;
    }
}

/* AH..BH are registers 4..7 of a byte operand without REX. */
static bool high_byte(const struct insn *in, unsigned reg, unsigned size)
{
    return size == 1 && !in->rex && reg >= 4 && reg < 8;
}

static uint64_t read_register(const struct vmm_vcpu *v, const struct insn *in, unsigned reg,
                              unsigned size)
{
    if (high_byte(in, reg, size)) {
        return (vcpu_gpr(v, reg - 4) >> 8) & 0xff;
    }
    return vcpu_gpr(v, reg) & size_mask(size);
}

static void write_register(struct vmm_vcpu *v, const struct insn *in, unsigned reg, uint64_t value)
{
    if (high_byte(in, reg, in->size)) {
        uint64_t old = vcpu_gpr(v, reg - 4);
        vcpu_set_gpr(v, reg - 4, 8, (old & ~0xff00ull) | (value & 0xff) << 8);
    } else {
        vcpu_set_gpr(v, reg, in->size, value);
    }
}

static uint64_t load(struct vmm_vcpu *v, const struct insn *in, enum insn_operand which,
                     uint64_t gpa)
{
    switch (which) {
    case OPERAND_RM:
        return in->rm_is_memory ? phys_read(v, gpa, in->rm_size)
                                : read_register(v, in, in->rm, in->rm_size);
    case OPERAND_REG:
        return read_register(v, in, in->reg, in->size);
    case OPERAND_ACC:
        return vcpu_gpr(v, VCPU_RAX) & size_mask(in->size);
    default:
        return in->immediate & size_mask(in->size);
    }
}

static void store(struct vmm_vcpu *v, const struct insn *in, uint64_t gpa, uint64_t value)
{
    if (in->dst == OPERAND_RM && in->rm_is_memory) {
        phys_write(v, gpa, in->rm_size, value);
    } else if (in->dst == OPERAND_ACC) {
        vcpu_set_gpr(v, VCPU_RAX, in->size, value);
    } else {
        write_register(v, in, in->dst == OPERAND_RM ? in->rm : in->reg, value);
    }
}

static void set_flags(struct vmm_vcpu *v, uint64_t flags)
{
    v->run->rflags = flags;
    v->run->commit |= VCPU_COMMIT_RFLAGS;
}

static void do_exchange(struct vmm_vcpu *v, const struct insn *in, uint64_t gpa)
{
    uint64_t memory = load(v, in, OPERAND_RM, gpa);
    uint64_t reg = read_register(v, in, in->reg, in->size);
    if (in->op == INSN_XADD) {
        uint64_t flags = v->run->rflags;
        const uint64_t operand[2] = {memory, reg};
        reg = alu(INSN_ADD, in->size, operand, &flags);
        set_flags(v, flags);
    }
    phys_write(v, gpa, in->size, reg);
    write_register(v, in, in->reg, memory);
}

static void do_compare_exchange(struct vmm_vcpu *v, const struct insn *in, uint64_t gpa)
{
    uint64_t flags = v->run->rflags, memory = load(v, in, OPERAND_RM, gpa);
    const uint64_t operand[2] = {vcpu_gpr(v, VCPU_RAX), memory};
    alu(INSN_CMP, in->size, operand, &flags);
    set_flags(v, flags);
    if (flags & RFLAGS_ZF) {
        phys_write(v, gpa, in->size, read_register(v, in, in->reg, in->size));
    } else {
        phys_write(v, gpa, in->size, memory);
        vcpu_set_gpr(v, VCPU_RAX, in->size, memory);
    }
}

static void do_move(struct vmm_vcpu *v, const struct insn *in, uint64_t gpa)
{
    uint64_t value = load(v, in, in->src, gpa);
    if (in->op == INSN_MOVSX) {
        unsigned shift = 64 - 8u * in->rm_size;
        value = (uint64_t)((int64_t)(value << shift) >> shift);
    } else if (in->op == INSN_CMOV && !alu_condition(in->condition, v->run->rflags)) {
        value = read_register(v, in, in->reg, in->size); /* a 4-byte CMOV zero-extends anyway */
    }
    store(v, in, gpa, value);
}

static void do_arithmetic(struct vmm_vcpu *v, const struct insn *in, uint64_t gpa)
{
    uint64_t flags = v->run->rflags;
    const uint64_t operand[2] = {load(v, in, in->dst, gpa), load(v, in, in->src, gpa)};
    uint64_t result = alu(in->op, in->size, operand, &flags);
    if (in->op != INSN_CMP && in->op != INSN_TEST && in->op != INSN_BT) {
        store(v, in, gpa, result);
    }
    set_flags(v, flags);
}

/* Carry out a decoded instruction whose memory operand is at gpa. false: not one we can do. */
static bool perform(struct vmm_vcpu *v, const struct insn *in, uint64_t gpa)
{
    switch (in->op) {
    case INSN_MOV:
    case INSN_MOVZX:
    case INSN_MOVSX:
    case INSN_CMOV:
        do_move(v, in, gpa);
        return true;
    case INSN_SETCC:
        phys_write(v, gpa, 1, alu_condition(in->condition, v->run->rflags));
        return true;
    case INSN_XCHG:
    case INSN_XADD:
        do_exchange(v, in, gpa);
        return true;
    case INSN_CMPXCHG:
        do_compare_exchange(v, in, gpa);
        return true;
    default:
        if (in->op > INSN_BTC) {
            return false;
        }
        do_arithmetic(v, in, gpa);
        return true;
    }
}

static bool is_string(enum insn_op op)
{
    return op >= INSN_MOVS && op <= INSN_OUTS;
}

void exit_memory(struct vmm_vcpu *v)
{
    struct vcpu_run *run = v->run;
    uint64_t gpa = run->u.memory.gpa;
    if (run->u.memory.table_walk) {
        /* Page tables outside memory read as all ones on a real bus: a reserved-bit fault whose
         * handler most likely is unreachable too. Nothing sensible can follow. */
        vmm_log(v->vm, "page tables at 0x%llx are not in memory", (unsigned long long)gpa);
        vmm_request(v->vm, VMM_REQUEST_RESET, "page tables outside memory");
        return;
    }
    if (run->u.memory.access & VCPU_ACCESS_FETCH) {
        /* An empty bus delivers ff ff: an undefined opcode. */
        vmm_log(v->vm, "execution at 0x%llx, which is not memory", (unsigned long long)gpa);
        vcpu_raise(v, X86_UD);
        return;
    }
    struct insn in;
    v->emulated++;
    if (!vcpu_decode(v, &in)) {
        vcpu_raise(v, X86_UD);
    } else if (is_string(in.op)) {
        emulate_string(v, &in);
    } else if (in.rm_is_memory && perform(v, &in, gpa)) {
        vcpu_advance(v, in.length);
    } else {
        vmm_log(v->vm, "instruction at 0x%llx cannot access a device",
                (unsigned long long)run->rip);
        vcpu_raise(v, X86_UD);
    }
}
