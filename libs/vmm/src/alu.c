/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Arithmetic with flags, for instructions emulated on device memory. Intel SDM vol. 1, 3.4.3. */
#include "alu.h"
#include "internal.h"

#define ARITHMETIC_FLAGS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

static uint64_t result_flags(uint64_t result, unsigned size)
{
    uint64_t flags = 0;
    if ((result & size_mask(size)) == 0) {
        flags |= RFLAGS_ZF;
    }
    if ((result >> (size * 8 - 1)) & 1u) {
        flags |= RFLAGS_SF;
    }
    if (!__builtin_parity((unsigned)(result & 0xff))) {
        flags |= RFLAGS_PF;
    }
    return flags;
}

static uint64_t add(unsigned size, const uint64_t operand[2], uint64_t carry, uint64_t *flags)
{
    uint64_t mask = size_mask(size), a = operand[0] & mask, b = operand[1] & mask;
    unsigned __int128 wide = (unsigned __int128)a + b + carry;
    uint64_t result = (uint64_t)wide & mask;
    uint64_t f = result_flags(result, size);
    f |= wide > mask ? RFLAGS_CF : 0;
    f |= (a ^ b ^ result) & 0x10 ? RFLAGS_AF : 0;
    f |= ((a ^ result) & (b ^ result)) >> (size * 8 - 1) & 1u ? RFLAGS_OF : 0;
    *flags = (*flags & ~(uint64_t)ARITHMETIC_FLAGS) | f;
    return result;
}

static uint64_t subtract(unsigned size, const uint64_t operand[2], uint64_t borrow, uint64_t *flags)
{
    uint64_t mask = size_mask(size), a = operand[0] & mask, b = operand[1] & mask;
    uint64_t result = (a - b - borrow) & mask;
    uint64_t f = result_flags(result, size);
    f |= (unsigned __int128)a < (unsigned __int128)b + borrow ? RFLAGS_CF : 0;
    f |= (a ^ b ^ result) & 0x10 ? RFLAGS_AF : 0;
    f |= ((a ^ b) & (a ^ result)) >> (size * 8 - 1) & 1u ? RFLAGS_OF : 0;
    *flags = (*flags & ~(uint64_t)ARITHMETIC_FLAGS) | f;
    return result;
}

static uint64_t logic(unsigned size, uint64_t result, uint64_t *flags)
{
    *flags = (*flags & ~(uint64_t)ARITHMETIC_FLAGS) | result_flags(result, size);
    return result & size_mask(size);
}

static uint64_t bit_op(enum insn_op op, unsigned size, const uint64_t operand[2], uint64_t *flags)
{
    uint64_t bit = 1ull << (operand[1] & (size * 8 - 1));
    *flags = operand[0] & bit ? *flags | RFLAGS_CF : *flags & ~(uint64_t)RFLAGS_CF;
    switch (op) {
    case INSN_BTS:
        return operand[0] | bit;
    case INSN_BTR:
        return operand[0] & ~bit;
    case INSN_BTC:
        return operand[0] ^ bit;
    default:
        return operand[0];
    }
}

/* INC and DEC leave CF alone. */
static uint64_t step(enum insn_op op, unsigned size, uint64_t a, uint64_t *flags)
{
    uint64_t carry = *flags & RFLAGS_CF;
    const uint64_t operand[2] = {a, 1};
    uint64_t result =
        op == INSN_INC ? add(size, operand, 0, flags) : subtract(size, operand, 0, flags);
    *flags = (*flags & ~(uint64_t)RFLAGS_CF) | carry;
    return result;
}

uint64_t alu(enum insn_op op, unsigned size, const uint64_t operand[2], uint64_t *flags)
{
    const uint64_t negate[2] = {0, operand[0]};
    uint64_t carry = *flags & RFLAGS_CF;
    switch (op) {
    case INSN_ADD:
        return add(size, operand, 0, flags);
    case INSN_ADC:
        return add(size, operand, carry, flags);
    case INSN_SUB:
        return subtract(size, operand, 0, flags);
    case INSN_SBB:
        return subtract(size, operand, carry, flags);
    case INSN_CMP:
        subtract(size, operand, 0, flags);
        return operand[0];
    case INSN_AND:
        return logic(size, operand[0] & operand[1], flags);
    case INSN_OR:
        return logic(size, operand[0] | operand[1], flags);
    case INSN_XOR:
        return logic(size, operand[0] ^ operand[1], flags);
    case INSN_TEST:
        logic(size, operand[0] & operand[1], flags);
        return operand[0];
    case INSN_NOT:
        return ~operand[0] & size_mask(size);
    case INSN_NEG:
        return subtract(size, negate, 0, flags);
    case INSN_INC:
    case INSN_DEC:
        return step(op, size, operand[0], flags);
    default:
        return bit_op(op, size, operand, flags);
    }
}

bool alu_condition(unsigned code, uint64_t flags)
{
    bool cf = flags & RFLAGS_CF, zf = flags & RFLAGS_ZF, sf = flags & RFLAGS_SF;
    bool of = flags & RFLAGS_OF, pf = flags & RFLAGS_PF;
    const bool base[8] = {of, cf, zf, cf || zf, sf, pf, sf != of, zf || sf != of};
    return base[(code >> 1) & 7u] != (bool)(code & 1u);
}
