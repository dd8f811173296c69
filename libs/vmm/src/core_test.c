/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Services to devices: memory accessor, bus, timers, interrupt lines. */
#include "test_vcpu.h"

static void test_memory_bounds(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    uint8_t *second = calloc(1, 0x2000), rom[16] = "read-only";
    const struct vmm_region more = {
        .gpa = TEST_RAM, .size = 0x2000, .host = second, .writable = true};
    const struct vmm_region ro = {.gpa = 0xffff0000, .size = 16, .host = rom};
    assert_int_equal(vmm_memory_add(t->vm, &more), 0);
    assert_int_equal(vmm_memory_add(t->vm, &ro), 0);
    assert_int_equal(vmm_memory_add(t->vm, &more), -1); /* overlap */
    uint8_t in[32], out[32];
    memset(in, 7, sizeof in);
    /* across two regions */
    assert_true(vmm_memory_write(t->vm, TEST_RAM - 16, in, 32));
    assert_int_equal(t->ram[TEST_RAM - 1], 7);
    assert_int_equal(second[15], 7);
    assert_true(vmm_memory_read(t->vm, TEST_RAM - 16, out, 32));
    assert_memory_equal(in, out, 32);
    /* all or nothing */
    memset(second, 0, 0x2000);
    assert_false(vmm_memory_write(t->vm, TEST_RAM + 0x2000 - 4, in, 8));
    assert_int_equal(second[0x1fff], 0);
    assert_false(vmm_memory_read(t->vm, UINT64_MAX - 3, out, 8));
    assert_false(vmm_memory_write(t->vm, 0xffff0000, in, 4));
    assert_true(vmm_memory_read(t->vm, 0xffff0000, out, 4));
    assert_null(vmm_memory_span(t->vm, TEST_RAM - 16, 32));
    assert_null(vmm_memory_span(t->vm, 0xffff0000, 4));
    assert_ptr_equal(vmm_memory_span(t->vm, 0x100, 4), t->ram + 0x100);
    assert_int_equal(vmm_memory_size(t->vm), TEST_RAM + 0x2000);
    assert_int_equal(vmm_memory_low(t->vm), TEST_RAM);
    free(second);
    test_vcpu_free(t);
}

static void test_bus(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct test_device a, b;
    test_device_add(&a, t->vm);
    test_device_add(&b, t->vm);
    assert_int_equal(vmm_bus_claim(&a.dev, VMM_SPACE_IO, 0x60, 1, 1), 0);
    assert_int_equal(vmm_bus_claim(&b.dev, VMM_SPACE_IO, 0x61, 1, 2), 0);
    assert_int_equal(vmm_bus_claim(&a.dev, VMM_SPACE_IO, 0x50, 0x11, 3), -1);
    assert_int_equal(vmm_bus_claim(&a.dev, VMM_SPACE_IO, 0x61, 8, 3), -1);
    assert_int_equal(vmm_bus_claim(&a.dev, VMM_SPACE_MMIO, UINT64_MAX, 2, 3), -1);
    assert_int_equal(vmm_bus_claim(&a.dev, VMM_SPACE_MMIO, UINT64_MAX, 1, 3), 0);
    a.answer = 0xaa;
    b.answer = 0xbb;
    struct vmm_access access = {.size = 2};
    assert_true(vmm_bus_read(t->vm, VMM_SPACE_IO, &access, 0x60)); /* both, byte by byte */
    assert_int_equal(access.value, 0xbbaa);
    access = (struct vmm_access){.size = 4};
    vmm_bus_read(t->vm, VMM_SPACE_IO, &access, 0x5f);
    assert_int_equal(access.value, 0xffbbaaff);
    access = (struct vmm_access){.size = 2};
    assert_false(vmm_bus_read(t->vm, VMM_SPACE_IO, &access, 0x100));
    assert_int_equal(access.value, 0xffff);
    a.refuse = true;
    access = (struct vmm_access){.size = 1};
    assert_false(vmm_bus_read(t->vm, VMM_SPACE_IO, &access, 0x60));
    assert_int_equal(access.value, 0xff);
    vmm_bus_release(&b.dev, VMM_SPACE_IO, 2);
    assert_int_equal(vmm_bus_claim(&a.dev, VMM_SPACE_IO, 0x61, 8, 3), 0);
    test_vcpu_free(t);
}

struct counting_timer {
    struct vmm_timer timer;
    unsigned fired;
    uint64_t again; /* re-arm after this time */
};

static void count(struct vmm_timer *timer)
{
    struct counting_timer *c = VMM_TIMER_OF(struct counting_timer, timer, timer);
    c->fired++;
    if (c->again) {
        vmm_timer_arm(timer->vm, timer, timer->deadline + c->again);
    }
}

static void test_timers(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct counting_timer a = {.timer.fire = count}, b = {.timer.fire = count},
                          storm = {.timer.fire = count, .again = 1};
    vmm_timer_arm(t->vm, &a.timer, 200);
    vmm_timer_arm(t->vm, &b.timer, 100);
    assert_int_equal(vcpu_next_deadline(t->v), 100);
    t->machine->now = 99;
    vcpu_run_timers(t->v);
    assert_int_equal(a.fired + b.fired, 0);
    t->machine->now = 150;
    vcpu_run_timers(t->v);
    assert_int_equal(b.fired, 1);
    vmm_timer_cancel(t->vm, &a.timer);
    assert_int_equal(vcpu_next_deadline(t->v), VCPU_DEADLINE_NONE);
    vmm_timer_arm(t->vm, &storm.timer, 0);
    vcpu_run_timers(t->v); /* comes back, however tiny the period */
    assert_in_range(storm.fired, 1, 100);
    /* the guest gets its slice before the next deadline */
    t->machine->now = 1000000;
    vmm_vcpu_prepare(t->v);
    assert_true(t->run.deadline > t->machine->now);
    test_vcpu_free(t);
}

static void test_time_conversion(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    t->vm->host.tsc_hz = 2294000000ull;
    for (uint64_t ns = 1; ns < 1ull << 60; ns = ns * 3 + 7) {
        uint64_t tsc = vmm_time_to_tsc(t->vm, ns);
        t->machine->now = tsc;
        assert_true(vmm_now(t->vm) >= ns); /* never early */
        assert_true(vmm_now(t->vm) - ns <= 1);
    }
    t->v->tsc_offset = 5000;
    t->machine->now = 1000;
    assert_int_equal(vmm_guest_tsc(t->vm, 0), 6000);
    assert_int_equal(vmm_guest_tsc_to_time(t->vm, 0, 10), 0);
    uint64_t at = vmm_guest_tsc_to_time(t->vm, 0, 6000 + 2294000);
    assert_in_range(at, 1000000, 1000440);
    test_vcpu_free(t);
}

static unsigned pic_pins, ioapic_pins;

static void pic_pin(void *ctx, unsigned pin, bool level)
{
    (void)ctx;
    pic_pins = level ? pic_pins | 1u << pin : pic_pins & ~(1u << pin);
}

static void ioapic_pin(void *ctx, unsigned pin, bool level)
{
    (void)ctx;
    ioapic_pins = level ? ioapic_pins | 1u << pin : ioapic_pins & ~(1u << pin);
}

static void test_lines_are_ored(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    static const struct vmm_pic_ops pic = {.set_pin = pic_pin};
    static const struct vmm_ioapic_ops ioapic = {.set_pin = ioapic_pin};
    vmm_set_pic(t->vm, &pic, NULL);
    vmm_set_ioapic(t->vm, &ioapic, NULL);
    pic_pins = ioapic_pins = 0;
    struct vmm_irq_line timer = vmm_irq_line(t->vm, 0), one = vmm_irq_line(t->vm, 17),
                        two = vmm_irq_line(t->vm, 17), none = vmm_irq_line(t->vm, 24);
    vmm_irq_set(&timer, true);
    assert_int_equal(pic_pins, 1u << 0);
    assert_int_equal(ioapic_pins, 1u << 2); /* override of the MADT */
    vmm_irq_set(&timer, false);
    vmm_irq_set(&one, true);
    vmm_irq_set(&two, true);
    vmm_irq_set(&one, false);
    assert_int_equal(ioapic_pins, 1u << 17);
    assert_int_equal(pic_pins, 1u << 11);
    vmm_irq_set(&two, false);
    assert_int_equal(ioapic_pins | pic_pins, 0);
    vmm_irq_set(&none, true); /* unconnected */
    test_vcpu_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_bounds),  cmocka_unit_test(test_bus),
        cmocka_unit_test(test_timers),         cmocka_unit_test(test_time_conversion),
        cmocka_unit_test(test_lines_are_ored),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
