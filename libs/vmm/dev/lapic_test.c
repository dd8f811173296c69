/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lapic.h"
#include "test_machine.h"

#define BASE 0xfee00000ull
enum {
    ID = 0x20,
    VERSION = 0x30,
    TPR = 0x80,
    PPR = 0xa0,
    EOI = 0xb0,
    LDR = 0xd0,
    DFR = 0xe0,
    SVR = 0xf0,
    ISR = 0x100,
    TMR = 0x180,
    IRR = 0x200,
    ESR = 0x280,
    ICR = 0x300,
    ICR_HIGH = 0x310,
    LVT_TIMER = 0x320,
    LVT_LINT0 = 0x350,
    LVT_ERROR = 0x370,
    INITIAL = 0x380,
    CURRENT = 0x390,
    DIVIDE = 0x3e0
};

struct fixture {
    struct test_machine *m;
    struct lapic lapic;
    unsigned eois;
    uint8_t last_eoi;
};

static void record_eoi(void *ctx, uint8_t vector)
{
    struct fixture *f = ctx;
    f->eois++;
    f->last_eoi = vector;
}

static const struct vmm_ioapic_ops ioapic = {.eoi = record_eoi};

static uint32_t get(struct fixture *f, unsigned cpu, unsigned reg)
{
    return (uint32_t)test_read(f->m, VMM_SPACE_MMIO, BASE + reg, 4, cpu);
}

static void put(struct fixture *f, unsigned cpu, unsigned reg, uint32_t value)
{
    test_write(f->m, VMM_SPACE_MMIO, BASE + reg, (uint64_t[]){value, 4}, cpu);
}

static uint64_t rdmsr(struct fixture *f, unsigned cpu, uint32_t msr)
{
    return test_read(f->m, VMM_SPACE_MSR, msr, 8, cpu);
}

static bool wrmsr(struct fixture *f, unsigned cpu, uint32_t msr, uint64_t value)
{
    return test_write(f->m, VMM_SPACE_MSR, msr, (uint64_t[]){value, 8}, cpu);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(4);
    lapic_create(&f->lapic, &f->m->vm);
    vmm_set_ioapic(&f->m->vm, &ioapic, f);
    f->m->now = 1000000;
    for (unsigned i = 0; i < 4; i++) {
        put(f, i, SVR, 0x1ff);
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->m);
    free(f);
    return 0;
}

static int pending(struct fixture *f, unsigned cpu)
{
    return f->m->vm.lapic->pending(&f->lapic, cpu);
}

static int acknowledge(struct fixture *f, unsigned cpu)
{
    return f->m->vm.lapic->acknowledge(&f->lapic, cpu);
}

static void send(struct fixture *f, struct vmm_apic_message message)
{
    message.assert_level = true;
    vmm_apic_send(&f->m->vm, &message);
}

static void identification(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, 0, ID), 0);
    assert_int_equal(get(f, 3, ID), 3u << 24);
    assert_int_equal(get(f, 0, VERSION), 0x00050014);
    assert_int_equal(rdmsr(f, 0, 0x1b), 0xfee00900);
    assert_int_equal(rdmsr(f, 1, 0x1b), 0xfee00800);
    assert_int_equal(test_read(f->m, VMM_SPACE_MMIO, BASE + VERSION + 2, 1, 0), 0x05);
    assert_int_equal(test_read(f->m, VMM_SPACE_MMIO, BASE + VERSION + 4, 4, 0), 0);
}

static void priorities_and_eoi(void **state)
{
    struct fixture *f = *state;
    send(f, (struct vmm_apic_message){.vector = 0x31, .destination = 0});
    send(f, (struct vmm_apic_message){.vector = 0x52, .destination = 0, .level = true});
    assert_int_equal(get(f, 0, IRR + 0x10), 1u << 0x11);
    assert_int_equal(get(f, 0, IRR + 0x20), 1u << 0x12);
    assert_int_equal(get(f, 0, TMR + 0x20), 1u << 0x12);
    assert_int_equal(acknowledge(f, 0), 0x52);
    assert_int_equal(get(f, 0, ISR + 0x20), 1u << 0x12);
    assert_int_equal(get(f, 0, PPR), 0x50);
    assert_int_equal(pending(f, 0), -1);
    send(f, (struct vmm_apic_message){.vector = 0x5f, .destination = 0});
    assert_int_equal(pending(f, 0), -1); /* same class waits */
    send(f, (struct vmm_apic_message){.vector = 0x61, .destination = 0});
    assert_int_equal(acknowledge(f, 0), 0x61);
    put(f, 0, EOI, 0);
    assert_int_equal(f->eois, 0); /* edge: no broadcast */
    put(f, 0, EOI, 0);
    assert_int_equal(f->eois, 1);
    assert_int_equal(f->last_eoi, 0x52);
    assert_int_equal(acknowledge(f, 0), 0x5f);
    put(f, 0, EOI, 0);
    assert_int_equal(acknowledge(f, 0), 0x31);
    put(f, 0, EOI, 0);
    put(f, 0, EOI, 0); /* nothing in service */
    assert_int_equal(acknowledge(f, 0), -1);
}

static void task_priority_holds_back(void **state)
{
    struct fixture *f = *state;
    put(f, 0, TPR, 0x45);
    send(f, (struct vmm_apic_message){.vector = 0x4f});
    assert_int_equal(pending(f, 0), -1);
    assert_int_equal(get(f, 0, PPR), 0x45);
    assert_int_equal(f->m->vm.lapic->get_cr8(&f->lapic, 0), 4);
    f->m->vm.lapic->set_cr8(&f->lapic, 0, 3);
    assert_int_equal(get(f, 0, TPR), 0x30);
    assert_int_equal(pending(f, 0), 0x4f);
}

static void disabled_apic_takes_nothing(void **state)
{
    struct fixture *f = *state;
    put(f, 1, LVT_TIMER, 0x40);
    put(f, 1, SVR, 0xff);
    assert_int_equal(get(f, 1, LVT_TIMER), 0x10040);
    put(f, 1, LVT_TIMER, 0x40);
    assert_int_equal(get(f, 1, LVT_TIMER), 0x10040); /* stays masked */
    send(f, (struct vmm_apic_message){.vector = 0x40, .destination = 1});
    put(f, 1, SVR, 0x1ff);
    assert_int_equal(pending(f, 1), -1);
}

static void destinations(void **state)
{
    struct fixture *f = *state;
    send(f, (struct vmm_apic_message){.vector = 0x40, .destination = 2});
    assert_int_equal(pending(f, 2), 0x40);
    assert_int_equal(pending(f, 0), -1);
    send(f, (struct vmm_apic_message){.vector = 0x41, .destination = 0xff});
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pending(f, i), 0x41);
        put(f, i, LDR, 1u << (24 + i));
    }
    send(f, (struct vmm_apic_message){.vector = 0x50, .logical = true, .destination = 0x0a});
    assert_int_equal(pending(f, 0), 0x41);
    assert_int_equal(pending(f, 1), 0x50);
    assert_int_equal(pending(f, 2), 0x41);
    assert_int_equal(pending(f, 3), 0x50);
    for (unsigned i = 0; i < 4; i++) { /* cluster model: two clusters of two */
        put(f, i, DFR, 0x0fffffff);
        put(f, i, LDR, (i / 2 << 4 | 1u << i % 2) << 24);
    }
    send(f, (struct vmm_apic_message){.vector = 0x60, .logical = true, .destination = 0x12});
    assert_int_equal(pending(f, 1), 0x50);
    assert_int_equal(pending(f, 3), 0x60);
}

static void lowest_priority_takes_turns(void **state)
{
    struct fixture *f = *state;
    unsigned hits[4] = {0};
    put(f, 2, TPR, 0x20);
    for (unsigned n = 0; n < 9; n++) {
        send(f, (struct vmm_apic_message){.vector = 0x70, .delivery = 1, .destination = 0xff});
        for (unsigned i = 0; i < 4; i++) {
            if (acknowledge(f, i) == 0x70) {
                hits[i]++;
                put(f, i, EOI, 0);
            }
        }
    }
    assert_int_equal(hits[0], 3);
    assert_int_equal(hits[1], 3);
    assert_int_equal(hits[2], 0); /* its task priority is higher */
    assert_int_equal(hits[3], 3);
}

static void ipis_and_shorthands(void **state)
{
    struct fixture *f = *state;
    put(f, 0, ICR_HIGH, 2u << 24);
    put(f, 0, ICR, 0x4081);
    assert_int_equal(pending(f, 2), 0x81);
    assert_true(f->m->kicks[2] > 0);
    assert_int_equal(get(f, 0, ICR), 0x4081);
    put(f, 1, ICR, 0x44082); /* self */
    assert_int_equal(pending(f, 1), 0x82);
    put(f, 1, ICR, 0xc4083); /* all but self */
    assert_int_equal(pending(f, 0), 0x83);
    assert_int_equal(pending(f, 1), 0x82);
    assert_int_equal(pending(f, 3), 0x83);
    put(f, 3, ICR, 0x84084); /* all */
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pending(f, i), 0x84);
    }
}

static void startup_sequence(void **state)
{
    struct fixture *f = *state;
    put(f, 0, ICR_HIGH, 1u << 24);
    put(f, 0, ICR, 0xc500); /* INIT, level, assert */
    assert_true(f->m->vm.vcpu[1].init_pending);
    f->m->vm.vcpu[1].init_pending = false;
    put(f, 0, ICR, 0x8500); /* de-assert: nothing */
    assert_false(f->m->vm.vcpu[1].init_pending);
    f->m->vm.vcpu[1].state = VMM_VCPU_WAIT_SIPI;
    put(f, 0, ICR, 0x4699);
    assert_true(f->m->vm.vcpu[1].sipi_pending);
    assert_int_equal(f->m->vm.vcpu[1].sipi_vector, 0x99);
    put(f, 0, ICR, 0x4400);
    assert_true(f->m->vm.vcpu[1].nmi_pending);
    put(f, 1, LVT_TIMER, 0x44);
    f->m->vm.lapic->init(&f->lapic, 1);
    assert_int_equal(get(f, 1, LVT_TIMER), 0x10000);
    assert_int_equal(get(f, 1, SVR), 0xff);
}

static void illegal_vectors_are_errors(void **state)
{
    struct fixture *f = *state;
    put(f, 0, LVT_ERROR, 0x33);
    put(f, 0, ICR, 0x44005);
    assert_int_equal(pending(f, 0), 0x33);
    assert_int_equal(get(f, 0, ESR), 0);
    put(f, 0, ESR, 0);
    assert_int_equal(get(f, 0, ESR), 0x20);
    send(f, (struct vmm_apic_message){.vector = 3});
    put(f, 0, 0x7f0, 1); /* no such register */
    put(f, 0, ESR, 0);
    assert_int_equal(get(f, 0, ESR), 0xc0);
    put(f, 0, ESR, 0);
    assert_int_equal(get(f, 0, ESR), 0);
    put(f, 0, LVT_ERROR, 0x02); /* an illegal vector in the error entry itself */
    send(f, (struct vmm_apic_message){.vector = 3});
}

static void one_shot_timer(void **state)
{
    struct fixture *f = *state;
    put(f, 0, DIVIDE, 0x3); /* by 16 */
    put(f, 0, LVT_TIMER, 0x40);
    put(f, 0, INITIAL, 1000);
    test_advance(f->m, 8000);
    assert_int_equal(get(f, 0, CURRENT), 500);
    assert_int_equal(pending(f, 0), -1);
    test_advance(f->m, 7999);
    assert_int_equal(pending(f, 0), -1);
    test_advance(f->m, 1);
    assert_int_equal(acknowledge(f, 0), 0x40);
    assert_int_equal(get(f, 0, CURRENT), 0);
    put(f, 0, EOI, 0);
    test_advance(f->m, 100000);
    assert_int_equal(pending(f, 0), -1);
    put(f, 0, INITIAL, 1000);
    put(f, 0, INITIAL, 0);
    test_advance(f->m, 100000);
    assert_int_equal(pending(f, 0), -1);
}

static void periodic_timer_keeps_its_phase(void **state)
{
    struct fixture *f = *state;
    put(f, 1, DIVIDE, 0xb); /* by 1 */
    put(f, 1, LVT_TIMER, 0x20040);
    put(f, 1, INITIAL, 1000000);
    unsigned n = 0;
    for (unsigned i = 0; i < 100; i++) {
        test_advance(f->m, 100000);
        if (acknowledge(f, 1) == 0x40) {
            put(f, 1, EOI, 0);
            n++;
        }
    }
    assert_int_equal(n, 10);
    test_advance(f->m, 250000);
    assert_int_equal(get(f, 1, CURRENT), 750000);
    f->m->now += 5000000; /* the machine did not run for a while */
    test_run_timers(f->m);
    test_run_timers(f->m);
    assert_int_equal(acknowledge(f, 1), 0x40);
    put(f, 1, EOI, 0);
    assert_int_equal(pending(f, 1), -1);
    assert_int_equal(f->lapic.cpu[1].timer.deadline % 1000000, 0);
    put(f, 1, DIVIDE, 0x0); /* by 2: half speed from here */
    assert_int_equal(get(f, 1, CURRENT), 750000);
    test_advance(f->m, 1000000);
    assert_int_equal(get(f, 1, CURRENT), 250000);
    put(f, 1, LVT_TIMER, 0x30040); /* masked: runs on without interrupting */
    test_advance(f->m, 4000000);
    assert_int_equal(pending(f, 1), -1);
}

static void deadline_timer(void **state)
{
    struct fixture *f = *state;
    assert_true(wrmsr(f, 0, 0x6e0, 2000000)); /* wrong mode: ignored */
    assert_int_equal(rdmsr(f, 0, 0x6e0), 0);
    put(f, 0, LVT_TIMER, 0x40040);
    put(f, 0, INITIAL, 55); /* ignored in this mode */
    assert_int_equal(get(f, 0, INITIAL), 0);
    f->m->vm.vcpu[0].tsc_offset = 500;
    wrmsr(f, 0, 0x6e0, f->m->now + 500 + 3000);
    assert_int_equal(rdmsr(f, 0, 0x6e0), f->m->now + 3500);
    test_advance(f->m, 2999);
    assert_int_equal(pending(f, 0), -1);
    test_advance(f->m, 1);
    assert_int_equal(acknowledge(f, 0), 0x40);
    assert_int_equal(rdmsr(f, 0, 0x6e0), 0);
    put(f, 0, EOI, 0);
    wrmsr(f, 0, 0x6e0, 1); /* in the past: at once */
    test_run_timers(f->m);
    assert_int_equal(acknowledge(f, 0), 0x40);
    put(f, 0, EOI, 0);
    wrmsr(f, 0, 0x6e0, f->m->now + 5000);
    wrmsr(f, 0, 0x6e0, 0);
    test_advance(f->m, 10000);
    assert_int_equal(pending(f, 0), -1);
    wrmsr(f, 0, 0x6e0, f->m->now + 5000);
    put(f, 0, LVT_TIMER, 0x40); /* changing the mode disarms */
    test_advance(f->m, 10000);
    assert_int_equal(pending(f, 0), -1);
}

static void x2apic_mode(void **state)
{
    struct fixture *f = *state;
    assert_false(wrmsr(f, 1, 0x808, 0));
    assert_true(wrmsr(f, 1, 0x1b, 0xfee00c00));
    assert_int_equal(rdmsr(f, 1, 0x802), 1);
    assert_int_equal(rdmsr(f, 1, 0x80d), 0x00000002);
    assert_int_equal(get(f, 1, ID), 0xffffffff); /* the page is gone */
    assert_false(wrmsr(f, 1, 0x80b, 1));         /* reserved bits */
    assert_true(wrmsr(f, 1, 0x80b, 0));
    assert_false(wrmsr(f, 1, 0x80d, 1)); /* read-only */
    assert_false(wrmsr(f, 1, 0x80e, 1)); /* no DFR */
    assert_false(wrmsr(f, 1, 0x831, 1)); /* no ICR high */
    assert_true(wrmsr(f, 1, 0x808, 0x20));
    assert_false(wrmsr(f, 1, 0x808, 0x120));
    assert_int_equal(rdmsr(f, 1, 0x808), 0x20);
    assert_true(wrmsr(f, 1, 0x830, (uint64_t)3 << 32 | 0x4090));
    assert_int_equal(pending(f, 3), 0x90);
    assert_int_equal(rdmsr(f, 1, 0x830), (uint64_t)3 << 32 | 0x4090);
    assert_true(wrmsr(f, 1, 0x83f, 0x91));
    assert_int_equal(pending(f, 1), 0x91);
    send(f, (struct vmm_apic_message){.vector = 0xa0, .logical = true, .destination = 2});
    assert_int_equal(pending(f, 1), 0xa0);
    assert_int_equal(pending(f, 0), -1);
    /* modes: back only by way of disabled */
    assert_false(wrmsr(f, 1, 0x1b, 0xfee00800));
    assert_false(wrmsr(f, 1, 0x1b, 0xfee00400));
    assert_true(wrmsr(f, 1, 0x1b, 0xfee00000));
    assert_false(wrmsr(f, 1, 0x1b, 0xfee00c00));
    assert_true(wrmsr(f, 1, 0x1b, 0xfee00800));
    assert_int_equal(get(f, 1, ID), 1u << 24);
    assert_false(wrmsr(f, 1, 0x1b, 0xfec00800)); /* the page does not move */
}

static void extint_wire(void **state)
{
    struct fixture *f = *state;
    const struct vmm_lapic_ops *ops = f->m->vm.lapic;
    f->lapic.dev.ops->reset(&f->lapic.dev);
    assert_true(ops->accepts_extint(&f->lapic, 0));
    assert_false(ops->accepts_extint(&f->lapic, 1));
    put(f, 0, SVR, 0x1ff);
    put(f, 0, LVT_LINT0, 0x10700);
    assert_false(ops->accepts_extint(&f->lapic, 0));
    put(f, 0, LVT_LINT0, 0x700);
    assert_true(ops->accepts_extint(&f->lapic, 0));
    put(f, 0, LVT_LINT0, 0x30);
    assert_false(ops->accepts_extint(&f->lapic, 0));
    assert_true(wrmsr(f, 0, 0x1b, 0xfee00100));
    assert_true(ops->accepts_extint(&f->lapic, 0));
}

static void odd_sizes_are_harmless(void **state)
{
    struct fixture *f = *state;
    test_write(f->m, VMM_SPACE_MMIO, BASE + TPR, (uint64_t[]){0x70, 1}, 0);
    assert_int_equal(get(f, 0, TPR), 0);
    test_write(f->m, VMM_SPACE_MMIO, BASE + TPR, (uint64_t[]){0xffffffff00000070, 8}, 0);
    assert_int_equal(get(f, 0, TPR), 0x70);
    assert_int_equal(test_read(f->m, VMM_SPACE_MMIO, BASE + TPR, 8, 0), 0x70);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(identification),
        CASE(priorities_and_eoi),
        CASE(task_priority_holds_back),
        CASE(disabled_apic_takes_nothing),
        CASE(destinations),
        CASE(lowest_priority_takes_turns),
        CASE(ipis_and_shorthands),
        CASE(startup_sequence),
        CASE(illegal_vectors_are_errors),
        CASE(one_shot_timer),
        CASE(periodic_timer_keeps_its_phase),
        CASE(deadline_timer),
        CASE(x2apic_mode),
        CASE(extint_wire),
        CASE(odd_sizes_are_harmless),
    };
    return cmocka_run_group_tests_name("lapic", tests, NULL, NULL);
}
