/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What is injected, when a window is asked for, when the vCPU may sleep. */
#include "test_vcpu.h"

/* A local APIC with at most one vector. */
static int vector;
static bool extint;

static int lapic_pending(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return vector;
}

static int lapic_acknowledge(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    int v = vector;
    vector = -1;
    return v;
}

static bool lapic_accepts(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return extint;
}

static uint64_t lapic_base(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return 0xfee00900;
}

static const struct vmm_lapic_ops lapic = {.pending = lapic_pending,
                                           .acknowledge = lapic_acknowledge,
                                           .accepts_extint = lapic_accepts,
                                           .apic_base = lapic_base};

static struct test_vcpu *setup(void)
{
    struct test_vcpu *t = test_vcpu_new();
    vmm_set_lapic(t->vm, &lapic, NULL);
    vector = -1;
    extint = false;
    return t;
}

static void prepare(struct test_vcpu *t)
{
    t->run.commit = 0;
    vmm_vcpu_prepare(t->v);
}

#define EXTERNAL(n) (VCPU_EVENT_VALID | VCPU_EVENT_INTR | (n))

static void test_interrupt(void **state)
{
    (void)state;
    struct test_vcpu *t = setup();
    vector = 0x31;
    prepare(t); /* IF = 0 */
    assert_false(t->run.commit & VCPU_COMMIT_EVENT);
    assert_true(t->run.commit & VCPU_COMMIT_WINDOW);
    assert_int_equal(t->run.window, VCPU_WINDOW_IRQ);
    t->run.rflags |= RFLAGS_IF;
    t->run.interruptibility = VCPU_SHADOW_STI;
    prepare(t); /* shadow */
    assert_false(t->run.commit & VCPU_COMMIT_EVENT);
    t->run.interruptibility = 0;
    t->run.pending_event = EXTERNAL(0x20);
    prepare(t); /* another one is on its way */
    assert_false(t->run.commit & VCPU_COMMIT_EVENT);
    assert_true(t->run.commit & VCPU_COMMIT_WINDOW);
    assert_int_equal(vector, 0x31);
    t->run.pending_event = 0;
    prepare(t);
    assert_true(t->run.commit & VCPU_COMMIT_EVENT);
    assert_int_equal(t->run.event, EXTERNAL(0x31));
    assert_false(t->run.commit & VCPU_COMMIT_WINDOW);
    assert_int_equal(vector, -1);
    test_vcpu_free(t);
}

static void test_nmi(void **state)
{
    (void)state;
    struct test_vcpu *t = setup();
    vmm_cpu_signal(t->vm, 0, VMM_CPU_NMI, 0);
    t->run.interruptibility = VCPU_NMI_BLOCKED;
    prepare(t);
    assert_false(t->run.commit & VCPU_COMMIT_EVENT);
    assert_int_equal(t->run.window, VCPU_WINDOW_NMI);
    t->run.interruptibility = VCPU_SHADOW_STI; /* does not hold an NMI back */
    prepare(t);
    assert_int_equal(t->run.event, VCPU_EVENT_VALID | VCPU_EVENT_NMI | 2);
    prepare(t);
    assert_false(t->run.commit & VCPU_COMMIT_EVENT); /* once */
    test_vcpu_free(t);
}

static void test_exceptions(void **state)
{
    (void)state;
    struct test_vcpu *t = setup();
    vector = 0x40;
    t->run.rflags |= RFLAGS_IF;
    vcpu_raise_code(t->v, X86_GP, 0x18);
    prepare(t);
    assert_int_equal(t->run.event, VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | VCPU_EVENT_ERROR_CODE |
                                       X86_GP | 0x1800000000ull);
    assert_true(t->run.commit & VCPU_COMMIT_WINDOW); /* the interrupt waits behind it */
    assert_int_equal(vector, 0x40);
    /* a fault while a fault is delivered */
    t->run.pending_event = VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | X86_PF;
    vcpu_raise_code(t->v, X86_GP, 0);
    prepare(t);
    assert_int_equal(t->run.event & 0xff, X86_DF);
    t->run.pending_event = VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | X86_DF;
    vcpu_raise(t->v, X86_UD);
    const char *why;
    assert_int_equal(vmm_take_request(t->vm, &why), VMM_REQUEST_RESET);
    test_vcpu_free(t);
}

static void test_halt(void **state)
{
    (void)state;
    struct test_vcpu *t = setup();
    t->run.reason = VCPU_EXIT_HLT;
    t->run.rip = 0x1000;
    t->run.next_rip = 0x1001;
    t->run.rflags |= RFLAGS_IF;
    t->run.interruptibility = VCPU_SHADOW_STI; /* sti; hlt */
    vmm_vcpu_exit(t->v);
    assert_int_equal(t->run.rip, 0x1001);
    assert_true(t->run.commit & VCPU_COMMIT_SHADOW);
    assert_int_equal(t->run.interruptibility, 0);
    assert_int_equal(t->v->state, VMM_VCPU_HALTED);
    prepare(t);
    assert_true(t->run.commit & VCPU_COMMIT_HALT);
    vector = 0x55;
    prepare(t);
    assert_false(t->run.commit & VCPU_COMMIT_HALT);
    assert_int_equal(t->run.event, EXTERNAL(0x55));
    assert_int_equal(t->v->state, VMM_VCPU_RUNNING);
    /* with IF = 0 only an NMI wakes */
    t->run.rflags = 2;
    t->run.reason = VCPU_EXIT_HLT;
    vmm_vcpu_exit(t->v);
    vector = 0x55;
    prepare(t);
    assert_true(t->run.commit & VCPU_COMMIT_HALT);
    vmm_cpu_signal(t->vm, 0, VMM_CPU_NMI, 0);
    prepare(t);
    assert_false(t->run.commit & VCPU_COMMIT_HALT);
    test_vcpu_free(t);
}

static void test_stop_and_reset(void **state)
{
    (void)state;
    struct test_vcpu *t = setup();
    vmm_stop(t->vm);
    vector = 0x55;
    t->run.rflags |= RFLAGS_IF;
    prepare(t);
    assert_true(t->run.commit & VCPU_COMMIT_HALT);
    assert_false(t->run.commit & VCPU_COMMIT_EVENT);
    assert_int_equal(t->run.deadline, VCPU_DEADLINE_NONE);
    vmm_reset(t->vm);
    assert_int_equal(t->resets, 1);
    assert_int_equal(t->v->state, VMM_VCPU_RUNNING);
    test_vcpu_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupt),      cmocka_unit_test(test_nmi),
        cmocka_unit_test(test_exceptions),     cmocka_unit_test(test_halt),
        cmocka_unit_test(test_stop_and_reset),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
