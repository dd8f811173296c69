/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include "decode.h"
#include "internal.h"

/* Fetch and decode the instruction at RIP; false (and a log line) when that is impossible. */
bool vcpu_decode(struct vmm_vcpu *v, struct insn *in);

/* Memory or bus at a guest-physical address; all ones / dropped where nothing is. */
uint64_t phys_read(struct vmm_vcpu *v, uint64_t gpa, unsigned size);
void phys_write(struct vmm_vcpu *v, uint64_t gpa, unsigned size, uint64_t value);

/* MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS with their repeat prefixes. */
void emulate_string(struct vmm_vcpu *v, const struct insn *in);
