/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The end: what is printed before the machine stops. */
#include <x86/trap.h>

/** An exception in the kernel that nothing expects. */
_Noreturn void panic_kernel_frame(const struct kernel_frame *frame);
/** A double fault or machine check. */
_Noreturn void panic_ist_frame(const struct ist_frame *frame);
