/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Instruction decoder for instructions that can exit: memory operands in device space, string
 * port I/O, and the privileged ones whose length is needed. Intel SDM vol. 2, appendix A.
 * Pure function of its input; never reads beyond the bytes given.
 */
#include <stdbool.h>
#include <stdint.h>

enum insn_op {
    INSN_INVALID,
    /* the order of the first eight is that of the opcode's bits 5:3 */
    INSN_ADD,
    INSN_OR,
    INSN_ADC,
    INSN_SBB,
    INSN_AND,
    INSN_SUB,
    INSN_XOR,
    INSN_CMP,
    INSN_TEST,
    INSN_MOV,
    INSN_MOVZX,
    INSN_MOVSX,
    INSN_XCHG,
    INSN_XADD,
    INSN_CMPXCHG,
    INSN_NOT,
    INSN_NEG,
    INSN_INC,
    INSN_DEC,
    INSN_CMOV,
    INSN_SETCC,
    /* the order of these four is that of 0F BA /4../7 */
    INSN_BT,
    INSN_BTS,
    INSN_BTR,
    INSN_BTC,
    INSN_MOVS,
    INSN_STOS,
    INSN_LODS,
    INSN_CMPS,
    INSN_SCAS,
    INSN_INS,
    INSN_OUTS,
    INSN_IN,
    INSN_OUT,
    INSN_MOV_CR,
    INSN_MOV_DR,
    INSN_OTHER /* length is right, nothing else is described */
};

/** Where an operand is. */
enum insn_operand { OPERAND_NONE, OPERAND_RM, OPERAND_REG, OPERAND_IMM, OPERAND_ACC };

#define INSN_NO_REG 0xffu

struct insn {
    enum insn_op op;
    uint8_t length;
    uint8_t size;         /* operand size: 1, 2, 4, 8 */
    uint8_t rm_size;      /* size of the r/m operand (differs for MOVZX, MOVSX) */
    uint8_t address_size; /* 2, 4, 8 */
    uint8_t segment;      /* effective: VCPU_ES .. VCPU_GS numbering */
    enum insn_operand dst, src;
    uint8_t reg;       /* ModRM.reg with REX.R */
    uint8_t condition; /* CMOVcc, SETcc */
    bool lock, rep, repne;
    bool rex; /* byte registers 4..7 are SPL..DIL instead of AH..BH */
    bool rm_is_memory;
    bool rip_relative;
    bool to_special;            /* MOV to CR/DR */
    uint8_t rm;                 /* register operand when !rm_is_memory */
    uint8_t base, index, scale; /* INSN_NO_REG: none; scale is a shift */
    int64_t displacement;
    uint64_t immediate; /* sign-extended */
};

/** Decode one instruction. bits: 16, 32 or 64 (code size). Returns false for what is not described
 * above or does not fit in n bytes. */
bool insn_decode(const uint8_t *bytes, unsigned n, unsigned bits, struct insn *insn);
