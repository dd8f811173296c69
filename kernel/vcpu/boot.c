/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Choosing the virtualization extension. */
#include "vcpu.h"
#include <kernel/vcpu.h>

static const struct hv_ops *const candidates[] = {&hv_svm, &hv_vmx};

void vcpu_init_boot(void)
{
    for (unsigned i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        const char *why = "";
        if (candidates[i]->probe(&why)) {
            hv = candidates[i];
            kprintf("vcpu: %s\n", hv->name);
            return;
        }
        kprintf("vcpu: no %s: %s\n", candidates[i]->name, why);
    }
    kprintf("vcpu: this machine cannot run guests\n");
}

void vcpu_init_cpu(void)
{
    hv->init_cpu();
}

bool vcpu_available(void)
{
    return hv != &hv_none;
}
