/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Kernel objects an instance was given at build time (tcb_pool, ep_pool, untypedN_pool, …). */
#include <stddef.h>
#include <sel4/sel4.h>

/** Adds an object to the pool. size: size_bits of an untyped, otherwise ignored. 0, or -1. */
int camkes_provide(seL4_ObjectType type, seL4_CPtr cap, size_t size, unsigned attributes);

/** Takes an object of that type (untyped: at least 2^size bytes) with these attributes; 0: none. */
seL4_CPtr camkes_alloc(seL4_ObjectType type, size_t size, unsigned flags);

/** Gives it back; the caller has put it into its initial state. */
void camkes_free(seL4_CPtr cap);
