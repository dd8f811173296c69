/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ioapic.h"
#include "test_machine.h"

struct fixture {
    struct test_machine *m;
    struct ioapic io;
    struct vmm_apic_message last;
    unsigned sent, eois;
};

static void record(void *ctx, const struct vmm_apic_message *message)
{
    struct fixture *f = ctx;
    f->last = *message;
    f->sent++;
}

static const struct vmm_lapic_ops lapic = {.deliver = record};

static void count_eoi(void *ctx, unsigned pin)
{
    (void)pin;
    ((struct fixture *)ctx)->eois++;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(2);
    ioapic_create(&f->io, &f->m->vm);
    ioapic_on_eoi(&f->io, count_eoi, f);
    vmm_set_lapic(&f->m->vm, &lapic, f);
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

static void put(struct fixture *f, uint64_t offset, uint32_t value)
{
    test_write(f->m, VMM_SPACE_MMIO, VMM_IOAPIC_BASE + offset, (uint64_t[]){value, 4}, 0);
}

static void put_reg(struct fixture *f, uint8_t index, uint32_t value)
{
    put(f, 0, index);
    put(f, 0x10, value);
}

static uint32_t get_reg(struct fixture *f, uint8_t index)
{
    put(f, 0, index);
    return (uint32_t)test_read(f->m, VMM_SPACE_MMIO, VMM_IOAPIC_BASE + 0x10, 4, 0);
}

static void route(struct fixture *f, unsigned pin, uint64_t entry)
{
    put_reg(f, (uint8_t)(0x11 + 2 * pin), (uint32_t)(entry >> 32));
    put_reg(f, (uint8_t)(0x10 + 2 * pin), (uint32_t)entry);
}

static void pin(struct fixture *f, unsigned n, bool level)
{
    f->m->vm.ioapic->set_pin(&f->io, n, level);
}

static void identification(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get_reg(f, 1), 0x00170020);
    assert_int_equal(get_reg(f, 0), VMM_IOAPIC_ID << 24);
    put_reg(f, 0, 0x05000000);
    assert_int_equal(get_reg(f, 0), 0x05000000);
    assert_int_equal(get_reg(f, 0x10), 0x00010000);
    assert_int_equal(get_reg(f, 0x40), 0);
    assert_int_equal(test_read(f->m, VMM_SPACE_MMIO, VMM_IOAPIC_BASE, 4, 0), 0x40);
    assert_int_equal(test_read(f->m, VMM_SPACE_MMIO, VMM_IOAPIC_BASE + 0x800, 4, 0), 0);
}

static void edge_goes_out_once(void **state)
{
    struct fixture *f = *state;
    route(f, 4, 0x0100000000000824 | 1 << 8); /* logical, lowest priority, to set 1 */
    pin(f, 4, true);
    assert_int_equal(f->sent, 1);
    assert_int_equal(f->last.vector, 0x24);
    assert_int_equal(f->last.delivery, 1);
    assert_true(f->last.logical);
    assert_false(f->last.level);
    assert_int_equal(f->last.destination, 1);
    pin(f, 4, true);
    assert_int_equal(f->sent, 1);
    pin(f, 4, false);
    pin(f, 4, true);
    assert_int_equal(f->sent, 2);
    assert_int_equal(get_reg(f, 0x18) & 0x4000, 0); /* no remote IRR for edges */
}

static void masked_edge_is_ignored(void **state)
{
    struct fixture *f = *state;
    pin(f, 4, true);
    route(f, 4, 0x24);
    assert_int_equal(f->sent, 0);
}

static void level_waits_for_eoi(void **state)
{
    struct fixture *f = *state;
    route(f, 20, 0x8055);
    pin(f, 20, true);
    assert_int_equal(f->sent, 1);
    assert_true(f->last.level);
    assert_int_equal(get_reg(f, 0x38) & 0x4000, 0x4000);
    pin(f, 20, false);
    pin(f, 20, true);
    assert_int_equal(f->sent, 1);
    f->m->vm.ioapic->eoi(&f->io, 0x55);
    assert_int_equal(f->eois, 1);
    assert_int_equal(f->sent, 2); /* still asserted */
    pin(f, 20, false);
    f->m->vm.ioapic->eoi(&f->io, 0x55);
    assert_int_equal(f->sent, 2);
    assert_int_equal(get_reg(f, 0x38) & 0x4000, 0);
    f->m->vm.ioapic->eoi(&f->io, 0x66);
    assert_int_equal(f->eois, 2);
}

static void masked_level_is_delivered_when_unmasked(void **state)
{
    struct fixture *f = *state;
    route(f, 20, 0x18055);
    pin(f, 20, true);
    assert_int_equal(f->sent, 0);
    route(f, 20, 0x8055);
    assert_int_equal(f->sent, 1);
}

static void eoi_register(void **state)
{
    struct fixture *f = *state;
    route(f, 20, 0x8055);
    pin(f, 20, true);
    pin(f, 20, false);
    put(f, 0x40, 0x55);
    assert_int_equal(f->eois, 1);
}

static void switching_to_edge_clears_remote_irr(void **state)
{
    struct fixture *f = *state;
    route(f, 20, 0x8055);
    pin(f, 20, true);
    pin(f, 20, false);
    route(f, 20, 0x10055);
    route(f, 20, 0x8055);
    assert_int_equal(get_reg(f, 0x38) & 0x4000, 0);
    route(f, 20, 0xffffffffffffffff); /* read-only bits stay */
    assert_int_equal(get_reg(f, 0x38), 0x1afff);
    assert_int_equal(get_reg(f, 0x39), 0xff000000);
}

static void narrow_accesses(void **state)
{
    struct fixture *f = *state;
    route(f, 1, 0x0300000000000044);
    put(f, 0, 0x12);
    test_write(f->m, VMM_SPACE_MMIO, VMM_IOAPIC_BASE + 0x10, (uint64_t[]){0x77, 1}, 0);
    assert_int_equal(get_reg(f, 0x12), 0x77);
    put(f, 0, 0x13);
    assert_int_equal(test_read(f->m, VMM_SPACE_MMIO, VMM_IOAPIC_BASE + 0x13, 1, 0), 0x03);
}

static void pins_out_of_range_do_nothing(void **state)
{
    struct fixture *f = *state;
    pin(f, 24, true);
    pin(f, 4000000000u, true);
    assert_int_equal(f->io.lines, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(identification),
        CASE(edge_goes_out_once),
        CASE(masked_edge_is_ignored),
        CASE(level_waits_for_eoi),
        CASE(masked_level_is_delivered_when_unmasked),
        CASE(eoi_register),
        CASE(switching_to_edge_clears_remote_irr),
        CASE(narrow_accesses),
        CASE(pins_out_of_range_do_nothing),
    };
    return cmocka_run_group_tests_name("ioapic", tests, NULL, NULL);
}
