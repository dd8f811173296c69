/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "decode.h"

/** Result of op on a (destination) and b (source) of size bytes; *flags is RFLAGS in and out. For
 * INSN_CMP and INSN_TEST the result is a. Covers ADD..CMP, TEST, NOT, NEG, INC, DEC, BT..BTC. */
uint64_t alu(enum insn_op op, unsigned size, const uint64_t operand[2], uint64_t *flags);

/** Whether a condition code (low four opcode bits of Jcc) holds. */
bool alu_condition(unsigned code, uint64_t flags);
