/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Capabilities of a processor, for the tests of what the kernel makes of them. */
#include "vmx_caps.h"

/** A capability word: controls that must be 1, controls that may be 1. */
#define ALLOW(must, may) ((uint64_t)(may) << 32 | (must))

/** A recent processor: everything may be 1, only reserved bits must. */
static inline struct vmx_capabilities recent_processor(void)
{
    return (struct vmx_capabilities){
        .basic = VMX_BASIC_TRUE_CONTROLS | 0x12,
        .pin = ALLOW(0x16, 0xff),
        .proc = ALLOW(0x04006172, 0xfff9fffe),
        .proc2 = ALLOW(0, 0x00ffffff),
        .exit = ALLOW(0x36dfb, 0x1ffffff),
        .entry = ALLOW(0x11fb, 0x3ffff),
        .misc = 5,
        .cr0_fixed0 = 0x80000021,
        .cr4_fixed0 = 0x2000,
        .ept_vpid = 0xf0106734141,
    };
}
