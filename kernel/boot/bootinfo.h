/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The extra records behind the boot information page. */
#include <sel4/bootinfo_types.h>
#include <stdint.h>

#define BOOTINFO_EXTRA_MAX 16384

/** Writes all records that exist, in the published order; returns their bytes. */
uint64_t bootinfo_write_extra(uint8_t *to);
