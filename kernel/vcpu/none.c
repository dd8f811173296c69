/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* A machine without virtualization: vCPUs exist, keep no state, and every entry fails. */
#include "vcpu.h"
#include <string.h>

static bool none_probe(const char **why)
{
    (void)why;
    return true;
}

static void none_init_cpu(void) {}

static void none_vcpu(struct vcpu *v)
{
    (void)v;
}

static void none_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s)
{
    (void)v;
    (void)groups;
    memset(s, 0, sizeof(*s));
}

static void none_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s)
{
    (void)v;
    (void)groups;
    (void)s;
}

static void none_set_ports(struct vcpu *v, unsigned first, unsigned last, bool direct)
{
    (void)v;
    (void)first;
    (void)last;
    (void)direct;
}

static enum hv_result none_run(struct vcpu *v, const struct nested_space_ref *space)
{
    (void)space;
    vcpu_set_exit(v, VCPU_EXIT_ENTRY_FAILED, 0);
    return HV_EXIT;
}

static void none_record(struct vcpu *v, struct vcpu_run *run)
{
    (void)v;
    run->cr0 = run->cr2 = run->cr3 = run->cr4 = run->efer = run->cs_base = 0;
    run->cpl = 0;
    run->mode = VCPU_MODE_REAL;
}

const struct hv_ops hv_none = {
    .name = "none",
    .probe = none_probe,
    .init_cpu = none_init_cpu,
    .create = none_vcpu,
    .reset = none_vcpu,
    .get_state = none_get_state,
    .set_state = none_set_state,
    .set_ports = none_set_ports,
    .run = none_run,
    .record = none_record,
    .leave = none_vcpu,
};
