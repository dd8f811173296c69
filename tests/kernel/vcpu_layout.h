/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Guest-physical addresses of the vCPU tests; for C and assembly. */
#define GUEST_CODE     0x1000
#define GUEST_HANDLERS 0x4000 /* GUEST_HANDLER_BYTES of code per vector */
#define GUEST_STACK    0x9000
#define GUEST_IDT      0xa000 /* 32-bit gates; the 64-bit ones are at GUEST_IDT64 */
#define GUEST_GDT      0xb000
#define GUEST_COUNT    0xc000 /* u32 per vector: how often its handler ran */
#define GUEST_CODES    0xc400 /* u32 per vector: the last error code */
#define GUEST_DATA     0xd000 /* for the test */
#define GUEST_PML4     0x10000
#define GUEST_HOLE     0x200000 /* nothing is mapped from here on */
#define GUEST_GIGABYTE 0x40000000
#define GUEST_LAST     0x7ffffffc /* the last word of it */

#define GUEST_HANDLER_BYTES 64

/** EAX of the hypercall that ends a guest of test_vcpu_records.c. */
#define GUEST_RECORDS_END 0x00dd00dd

#define GUEST_CS32 0x08
#define GUEST_DS32 0x10
#define GUEST_CS64 0x18
