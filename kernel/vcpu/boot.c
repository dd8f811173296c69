/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Choosing the virtualization extension. */
#include "vcpu.h"
#include <kernel/vcpu.h>
#include <x86/features.h>

static const struct hv_ops *const candidates[] = {&hv_svm, &hv_vmx};

/* Why the extension that the processor has does not serve. */
static const char *why_not = "the processor has neither SVM nor VT-x";

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
        if (candidates[i] == &hv_vmx ? x86_features.vmx : x86_features.svm) {
            why_not = why;
        }
    }
    kprintf("vcpu: this machine cannot run guests\n");
}

const char *vcpu_describe(void)
{
    return vcpu_available() ? hv->name : why_not;
}

void vcpu_init_cpu(void)
{
    hv->init_cpu();
}

bool vcpu_available(void)
{
    return hv != &hv_none;
}
