/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The paravirtual panic port: a guest kernel reports that it crashed. */
#include <vmm/device.h>

/** The port. */
struct pvpanic {
    struct vmm_device dev;
    uint64_t panics;
};

/** Put it at VMM_PVPANIC_PORT. Zero *panic before. */
void pvpanic_create(struct pvpanic *panic, struct vmm *vm);
