/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* A stable text dump of all capability spaces. */
#include <kernel/kernel.h>

void kernel_snapshot(void) {}
