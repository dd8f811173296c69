/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* PCI: both configuration mechanisms, masks, moving BARs, INTx, MSI, MSI-X. */
#include "test_vcpu.h"
#include <vmm/pci.h>

struct card {
    struct vmm_pci_function fn;
    unsigned writes;
    uint64_t offset;
};

static bool card_write(struct vmm_pci_function *fn, const struct vmm_access *access)
{
    struct card *card = (struct card *)(void *)fn;
    card->writes++;
    card->offset = access->offset;
    return true;
}

static const struct vmm_device_ops card_device = {.name = "card"};
static const struct vmm_pci_ops card_ops = {.bar_write = card_write};

struct fixture {
    struct test_vcpu *t;
    struct vmm_pci pci;
    struct card card;
    struct vmm_apic_message sent;
    unsigned messages;
};

static void deliver(void *ctx, const struct vmm_apic_message *message)
{
    struct fixture *f = ctx;
    f->sent = *message;
    f->messages++;
}

static bool no_extint(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return false;
}

static const struct vmm_lapic_ops lapic = {.deliver = deliver, .accepts_extint = no_extint};

static struct fixture *setup(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->t = test_vcpu_new();
    vmm_set_lapic(f->t->vm, &lapic, f);
    vmm_pci_create(&f->pci, f->t->vm, true);
    const struct vmm_pci_id id = {.vendor = 0x1af4, .device = 0x1041, .class_code = 0x020000};
    vmm_pci_function_init(&f->card.fn, &card_device, &card_ops, &id);
    vmm_pci_bar_init(&f->card.fn, 0, VMM_PCI_BAR_MEM32, 0x4000);
    vmm_pci_bar_init(&f->card.fn, 2, VMM_PCI_BAR_IO, 0x20);
    vmm_pci_add_intx(&f->card.fn);
    vmm_pci_add_msi(&f->card.fn);
    vmm_pci_add_msix(&f->card.fn, 1, 3);
    assert_int_equal(vmm_pci_add(&f->pci, &f->card.fn, 3, 0), 0);
    assert_int_equal(vmm_pci_add(&f->pci, &f->card.fn, 3, 0), -1);
    return f;
}

static void teardown(struct fixture *f)
{
    test_vcpu_free(f->t);
    free(f);
}

static void write(struct fixture *f, enum vmm_space space, uint64_t at, uint64_t value,
                  unsigned size)
{
    struct vmm_access access = {.size = size, .value = value};
    vmm_bus_write(f->t->vm, space, &access, at);
}

static uint64_t read(struct fixture *f, enum vmm_space space, uint64_t at, unsigned size)
{
    struct vmm_access access = {.size = size};
    vmm_bus_read(f->t->vm, space, &access, at);
    return access.value;
}

#define CONFIG(slot, offset) (VMM_ECAM_BASE + ((slot) << 15) + (offset))

static void test_mechanisms(void **state)
{
    (void)state;
    struct fixture *f = setup();
    write(f, VMM_SPACE_IO, 0xcf8, 0x80001800, 4);
    assert_int_equal(read(f, VMM_SPACE_IO, 0xcfc, 4), 0x10411af4);
    assert_int_equal(read(f, VMM_SPACE_IO, 0xcfe, 2), 0x1041);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(3, 0), 4), 0x10411af4);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(4, 0), 4), 0xffffffff);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(0, 0), 4), 0x00081b36);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(3, 0x200), 4), 0);
    write(f, VMM_SPACE_IO, 0xcf8, 0x00001800, 4); /* not enabled */
    assert_int_equal(read(f, VMM_SPACE_IO, 0xcfc, 4), 0xffffffff);
    write(f, VMM_SPACE_IO, 0xcf8, 0x80011800, 4); /* bus 1 */
    assert_int_equal(read(f, VMM_SPACE_IO, 0xcfc, 4), 0xffffffff);
    /* identity cannot be written */
    write(f, VMM_SPACE_MMIO, CONFIG(3, 0), 0, 4);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(3, 0), 4), 0x10411af4);
    /* the reset control inside the address register */
    write(f, VMM_SPACE_IO, 0xcf9, 0x02, 1);
    write(f, VMM_SPACE_IO, 0xcf9, 0x06, 1);
    const char *why;
    assert_int_equal(vmm_take_request(f->t->vm, &why), VMM_REQUEST_RESET);
    teardown(f);
}

static void test_bars_move(void **state)
{
    (void)state;
    struct fixture *f = setup();
    uint64_t bar = read(f, VMM_SPACE_MMIO, CONFIG(3, 0x10), 4);
    assert_int_equal(bar % 0x4000, 0);
    write(f, VMM_SPACE_MMIO, bar + 0x10, 1, 4);
    assert_int_equal(f->card.writes, 1);
    assert_int_equal(f->card.offset, 0x10);
    write(f, VMM_SPACE_MMIO, CONFIG(3, 0x10), 0xffffffff, 4);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(3, 0x10), 4), 0xffffc000);
    write(f, VMM_SPACE_MMIO, CONFIG(3, 0x10), 0xd0000000, 4);
    write(f, VMM_SPACE_MMIO, bar + 0x10, 1, 4); /* nobody there any more */
    assert_int_equal(f->card.writes, 1);
    write(f, VMM_SPACE_MMIO, 0xd0000020, 1, 4);
    assert_int_equal(f->card.writes, 2);
    write(f, VMM_SPACE_MMIO, CONFIG(3, 4), 0, 2); /* decoding off */
    write(f, VMM_SPACE_MMIO, 0xd0000020, 1, 4);
    assert_int_equal(f->card.writes, 2);
    /* a BAR put on top of another device is not decoded, and harms nobody */
    write(f, VMM_SPACE_MMIO, CONFIG(3, 0x10), VMM_ECAM_BASE, 4);
    write(f, VMM_SPACE_MMIO, CONFIG(3, 4), 3, 2);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(0, 0), 4), 0x00081b36);
    teardown(f);
}

static void test_intx(void **state)
{
    (void)state;
    struct fixture *f = setup();
    vmm_pci_interrupt(&f->card.fn, 0);
    assert_true(f->t->vm->gsi_sources[16 + 3]);
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(3, 6), 2) & 8, 8);
    write(f, VMM_SPACE_MMIO, CONFIG(3, 4), 0x403, 2); /* INTx disable */
    assert_false(f->t->vm->gsi_sources[16 + 3]);
    write(f, VMM_SPACE_MMIO, CONFIG(3, 4), 3, 2);
    assert_true(f->t->vm->gsi_sources[16 + 3]);
    vmm_pci_intx_clear(&f->card.fn);
    assert_false(f->t->vm->gsi_sources[16 + 3]);
    teardown(f);
}

static void test_msi(void **state)
{
    (void)state;
    struct fixture *f = setup();
    unsigned cap = f->card.fn.msi;
    write(f, VMM_SPACE_MMIO, CONFIG(3, cap + 4), 0xfee01000, 4);
    write(f, VMM_SPACE_MMIO, CONFIG(3, cap + 12), 0x4041, 2);
    write(f, VMM_SPACE_MMIO, CONFIG(3, cap + 2), 0x81, 2);
    vmm_pci_interrupt(&f->card.fn, 0);
    assert_int_equal(f->messages, 1);
    assert_int_equal(f->sent.vector, 0x41);
    assert_int_equal(f->sent.destination, 1);
    assert_false(f->card.fn.intx_level);
    teardown(f);
}

static void test_msix(void **state)
{
    (void)state;
    struct fixture *f = setup();
    unsigned cap = f->card.fn.msix;
    uint64_t table = read(f, VMM_SPACE_MMIO, CONFIG(3, 0x14), 4) & ~15ull;
    assert_int_equal(read(f, VMM_SPACE_MMIO, CONFIG(3, cap + 2), 2) & 0x7ff, 2);
    write(f, VMM_SPACE_MMIO, CONFIG(3, cap + 2), 0x8000, 2);
    write(f, VMM_SPACE_MMIO, table + 16, 0xfee00000, 4);
    write(f, VMM_SPACE_MMIO, table + 24, 0x55, 4);
    vmm_pci_interrupt(&f->card.fn, 1); /* masked: becomes pending */
    assert_int_equal(f->messages, 0);
    assert_int_equal(read(f, VMM_SPACE_MMIO, table + 0x800, 4), 2);
    write(f, VMM_SPACE_MMIO, table + 28, 0, 4); /* unmask */
    assert_int_equal(f->messages, 1);
    assert_int_equal(f->sent.vector, 0x55);
    assert_int_equal(read(f, VMM_SPACE_MMIO, table + 0x800, 4), 0);
    vmm_pci_interrupt(&f->card.fn, 77); /* no such vector */
    assert_int_equal(f->messages, 1);
    teardown(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mechanisms), cmocka_unit_test(test_bars_move),
        cmocka_unit_test(test_intx),       cmocka_unit_test(test_msi),
        cmocka_unit_test(test_msix),
    };
    return cmocka_run_group_tests_name("pci", tests, NULL, NULL);
}
