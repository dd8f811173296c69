/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The guest's view of a connection: registers, events, interrupts, moving dataports. */
#include "test_crossvm.h"

struct fixture {
    struct test_vcpu *t;
    struct vmm_pci pci;
    struct crossvm_device dev[20];
    uint8_t data[3 * 4096];
    uint32_t page[20][1024];
    unsigned maps, unmaps, messages; /* of dataports */
    uint64_t at;
    uint64_t page_at; /* where the guest has the register page; 0: nowhere */
};

static struct fixture *current;
static unsigned emitted;

static void emit(void)
{
    emitted++;
}

static bool map(struct crossvm_device *dev, unsigned bar, uint64_t gpa)
{
    (void)dev;
    if (bar == CROSSVM_BAR_REGISTERS) {
        assert_int_equal(current->page_at, 0);
        current->page_at = gpa;
        return true;
    }
    current->maps++;
    current->at = gpa;
    return gpa != 0xd8000000;
}

static void unmap(struct crossvm_device *dev, unsigned bar, uint64_t gpa)
{
    (void)dev;
    if (bar == CROSSVM_BAR_REGISTERS) {
        assert_int_equal(gpa, current->page_at);
        current->page_at = 0;
        return;
    }
    assert_int_equal(gpa, current->at);
    current->unmaps++;
}

static const struct crossvm_map_ops ops = {.map = map, .unmap = unmap};

static void deliver(void *ctx, const struct vmm_apic_message *message)
{
    (void)ctx, (void)message;
    current->messages++;
}

static bool no_extint(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return false;
}

static const struct vmm_lapic_ops lapic = {.deliver = deliver, .accepts_extint = no_extint};

static struct fixture *setup(void)
{
    struct fixture *f = current = calloc(1, sizeof *f);
    emitted = 0;
    f->t = test_vcpu_new();
    vmm_set_lapic(f->t->vm, &lapic, f);
    vmm_pci_create(&f->pci, f->t->vm, true);
    const struct crossvm_config config = {.name = "words",
                                          .emit = emit,
                                          .consumes = true,
                                          .size = 5 * 4096,
                                          .writable = true,
                                          .page = f->page[0],
                                          .ops = &ops};
    assert_null(crossvm_device_create(&f->dev[0], &f->pci, 0, &config));
    return f;
}

static void teardown(struct fixture *f)
{
    test_vcpu_free(f->t);
    free(f);
}

static void write(struct fixture *f, uint64_t at, uint64_t value, unsigned size)
{
    struct vmm_access access = {.size = size, .value = value};
    vmm_bus_write(f->t->vm, VMM_SPACE_MMIO, &access, at);
}

static uint64_t read(struct fixture *f, uint64_t at, unsigned size)
{
    struct vmm_access access = {.size = size};
    vmm_bus_read(f->t->vm, VMM_SPACE_MMIO, &access, at);
    return access.value;
}

#define CONFIG(offset) (VMM_ECAM_BASE + (CROSSVM_FIRST_SLOT << 15) + (offset))

static uint64_t registers(struct fixture *f)
{
    return read(f, CONFIG(0x10), 4) & ~15ull;
}

static void signal(struct fixture *f, unsigned n)
{
    while (n--) {
        crossvm_device_signal(&f->dev[0]);
    }
    vmm_poll_devices(f->t->vm);
}

static bool interrupt(struct fixture *f)
{
    return f->t->vm->gsi_sources[16] != 0;
}

static void test_identity(void **state)
{
    (void)state;
    struct fixture *f = setup();
    uint64_t at = registers(f);
    assert_int_equal(read(f, CONFIG(0), 4), 0xa1111af4);
    assert_int_equal(read(f, CONFIG(8), 4), 0x05000001);
    assert_int_equal(read(f, at + 8, 8), 0x7364726f77); /* "words" */
    assert_int_equal(read(f, at + 9, 1), 'o');
    assert_int_equal(read(f, at + 0x34, 4), 0);
    assert_int_equal(read(f, at + CROSSVM_REG_MAGIC, 4), CROSSVM_MAGIC);
    assert_int_equal(read(f, at + CROSSVM_REG_FLAGS, 4), 15);
    assert_int_equal(read(f, at + CROSSVM_REG_SIZE_LOW, 8), 5 * 4096);
    assert_int_equal(f->dev[0].fn.bar[1].size, 8 * 4096);
    assert_int_equal(f->at % (8 * 4096), 0);
    teardown(f);
}

static void test_emit(void **state)
{
    (void)state;
    struct fixture *f = setup();
    write(f, registers(f), 1, 1);
    write(f, registers(f), 0, 4);
    write(f, registers(f) + 2, 7, 2);
    assert_int_equal(emitted, 3);
    write(f, registers(f) + 0x100, 7, 2); /* nothing there */
    assert_int_equal(emitted, 3);
    teardown(f);
}

static void test_no_event_is_lost(void **state)
{
    (void)state;
    struct fixture *f = setup();
    read(f, registers(f), 4);
    uint64_t events = registers(f) + CROSSVM_REG_EVENTS;
    signal(f, 3);
    assert_true(interrupt(f));
    assert_int_equal(read(f, events, 4), 3);
    signal(f, 2); /* between the guest's read and its acknowledgement */
    write(f, events, 3, 4);
    assert_int_equal(read(f, events, 4), 2);
    assert_true(interrupt(f));
    write(f, events, 77, 4); /* more than there are */
    assert_int_equal(read(f, events, 4), 0);
    assert_false(interrupt(f));
    signal(f, 1);
    write(f, events, 0, 4);
    assert_false(interrupt(f));
    assert_int_equal(read(f, registers(f) + CROSSVM_REG_TOTAL, 4), 6);
    teardown(f);
}

static void test_silent_without_a_driver(void **state)
{
    (void)state;
    struct fixture *f = setup();
    signal(f, 3);
    assert_false(interrupt(f));
    assert_int_equal(read(f, registers(f) + CROSSVM_REG_EVENTS, 4), 3);
    assert_true(interrupt(f));
    write(f, CONFIG(4), 0x006, 2);
    assert_true(interrupt(f));
    write(f, CONFIG(4), 0x002, 2); /* a driver says good-bye */
    assert_false(interrupt(f));
    signal(f, 1);
    assert_false(interrupt(f));
    read(f, registers(f), 4); /* and another comes */
    assert_true(interrupt(f));
    vmm_reset(f->t->vm);
    signal(f, 1);
    assert_false(interrupt(f));
    teardown(f);
}

static void test_intx_disable(void **state)
{
    (void)state;
    struct fixture *f = setup();
    read(f, registers(f), 4);
    write(f, CONFIG(4), 0x402, 2);
    signal(f, 1);
    assert_false(interrupt(f));
    assert_int_equal(read(f, CONFIG(6), 2) & 8, 8);
    write(f, CONFIG(4), 0x002, 2);
    assert_true(interrupt(f));
    teardown(f);
}

static void test_msi(void **state)
{
    (void)state;
    struct fixture *f = setup();
    unsigned cap = f->dev[0].fn.msi;
    read(f, registers(f), 4);
    signal(f, 1);
    assert_true(interrupt(f));
    write(f, CONFIG(cap + 4), 0xfee00000, 4);
    write(f, CONFIG(cap + 12), 0x4041, 2);
    write(f, CONFIG(cap + 2), 0x81, 2); /* what waits is sent at once */
    assert_false(interrupt(f));
    assert_int_equal(f->messages, 1);
    signal(f, 1); /* still not acknowledged */
    assert_int_equal(f->messages, 1);
    write(f, registers(f) + CROSSVM_REG_EVENTS, 1, 4);
    assert_int_equal(f->messages, 2);
    write(f, registers(f) + CROSSVM_REG_EVENTS, 1, 4);
    signal(f, 1);
    assert_int_equal(f->messages, 3);
    teardown(f);
}

static void test_dataport_follows_its_bar(void **state)
{
    (void)state;
    struct fixture *f = setup();
    assert_int_equal(f->maps, 1);
    write(f, CONFIG(0x14), 0xffffffff, 4);
    assert_int_equal(read(f, CONFIG(0x14), 4), 0xffff8000);
    assert_int_equal(f->unmaps, 1);
    write(f, CONFIG(0x14), 0xd0000000, 4);
    assert_int_equal(f->at, 0xd0000000);
    write(f, CONFIG(4), 0, 2); /* decoding off */
    assert_int_equal(f->unmaps, f->maps);
    write(f, CONFIG(4), 2, 2);
    assert_int_equal(f->at, 0xd0000000);
    unsigned maps = f->maps;
    write(f, CONFIG(0x14), 0x8000, 4); /* on top of RAM: not mapped */
    assert_int_equal(f->maps, maps);
    assert_int_equal(f->unmaps, f->maps);
    write(f, CONFIG(0x14), 0xd8000000, 4); /* refused by the kernel: harmless */
    assert_int_equal(f->maps, maps + 1);
    assert_int_equal(f->unmaps, maps);
    vmm_reset(f->t->vm);
    assert_true(f->dev[0].place[CROSSVM_BAR_DATAPORT].mapped);
    teardown(f);
}

/* What the guest reads without an exit is what it would read with one. */
static void assert_page_shows(struct fixture *f)
{
    for (unsigned at = 0; at < CROSSVM_REGISTER_PAGE; at += 4) {
        assert_int_equal(f->page[0][at / 4], read(f, registers(f) + at, 4));
    }
}

static void test_registers_are_read_without_exits(void **state)
{
    (void)state;
    struct fixture *f = setup();
    assert_int_equal(f->page_at, 0); /* the first access is noticed */
    read(f, registers(f), 4);
    assert_int_equal(f->page_at, registers(f));
    signal(f, 5);
    assert_int_equal(f->page[0][CROSSVM_REG_EVENTS / 4], 5);
    assert_int_equal(f->page[0][CROSSVM_REG_TOTAL / 4], 5);
    assert_int_equal(f->page[0][CROSSVM_REG_TAKEN / 4], 0);
    write(f, registers(f) + CROSSVM_REG_EVENTS, 2, 4);
    assert_int_equal(f->page[0][CROSSVM_REG_EVENTS / 4], 3);
    assert_int_equal(f->page[0][CROSSVM_REG_TOTAL / 4], 5);
    assert_int_equal(f->page[0][CROSSVM_REG_TAKEN / 4], 2);
    write(f, registers(f) + CROSSVM_REG_MAGIC, 0, 4); /* not for writing */
    assert_int_equal(read(f, registers(f) + CROSSVM_REG_MAGIC, 4), CROSSVM_MAGIC);
    assert_page_shows(f);
    write(f, CONFIG(0x10), 0xd0000000, 4); /* follows its BAR, and decoding */
    assert_int_equal(f->page_at, 0xd0000000);
    write(f, CONFIG(4), 0, 2);
    assert_int_equal(f->page_at, 0);
    write(f, CONFIG(4), 6, 2);
    assert_int_equal(f->page_at, 0xd0000000);
    write(f, CONFIG(4), 2, 2); /* a driver says good-bye: the next one is noticed */
    assert_int_equal(f->page_at, 0);
    write(f, 0xd0000000 + CROSSVM_REG_MAGIC, 0, 4);
    assert_int_equal(f->page_at, 0xd0000000);
    vmm_reset(f->t->vm);
    assert_int_equal(f->page_at, 0);
    assert_int_equal(f->page[0][CROSSVM_REG_TOTAL / 4], 0);
    assert_page_shows(f);
    teardown(f);
}

/* One write may move both BARs, one to where the other was. */
static void test_both_bars_at_once(void **state)
{
    (void)state;
    struct fixture *f = setup();
    const uint64_t first = 0xd0000000, second = 0xd4000000;
    write(f, CONFIG(0x10), first, 4);
    read(f, first, 4);
    assert_int_equal(f->page_at, first);
    write(f, CONFIG(0x10), first << 32 | second, 8);
    assert_int_equal(f->page_at, second);
    assert_int_equal(f->at, first);
    teardown(f);
}

static void test_dataport_without_mapping(void **state)
{
    (void)state;
    struct fixture *f = setup();
    const struct crossvm_config config = {.name = "data",
                                          .size = sizeof f->data,
                                          .writable = false,
                                          .data = f->data,
                                          .page = f->page[1],
                                          .ops = &ops};
    const uint64_t last = sizeof f->data - 1;
    assert_null(crossvm_device_create(&f->dev[1], &f->pci, 1, &config));
    uint64_t at = f->dev[1].fn.bar[1].address;
    f->data[last] = 7;
    assert_int_equal(read(f, at + last, 1), 7);
    write(f, at + last, 1, 1); /* read-only */
    assert_int_equal(f->data[last], 7);
    f->dev[1].config.writable = true;
    write(f, at + last - 7, 0x1122334455667788, 8);
    assert_int_equal(f->data[last], 0x11);
    /* the rest of the BAR is nobody's memory; neither is an access that begins before it */
    assert_int_equal(f->dev[1].fn.bar[1].size, 4 * 4096);
    assert_int_equal(read(f, at + last + 1, 4), 0xffffffff);
    assert_int_equal(read(f, at + last, 2), 0xffff);
    write(f, at + last, 0, 2);
    write(f, at + 4 * 4096 - 8, 0, 8);
    assert_int_equal(f->data[last], 0x11);
    teardown(f);
}

static void test_many_and_wrong_ones(void **state)
{
    (void)state;
    struct fixture *f = setup();
    struct crossvm_config config = {.name = "bell", .emit = emit, .ops = &ops};
    for (unsigned i = 1; i < 20; i++) { /* beyond 16: further functions of the same slots */
        config.page = f->page[i];
        assert_null(crossvm_device_create(&f->dev[i], &f->pci, i, &config));
    }
    assert_int_equal(read(f, CONFIG(0x0c), 4) >> 16 & 0x80, 0x80);
    assert_int_equal(read(f, CONFIG(1 << 12), 4), 0xa1111af4);
    struct crossvm_device dev;
    assert_non_null(crossvm_device_create(&dev, &f->pci, CROSSVM_MAX_DEVICES, &config));
    assert_non_null(crossvm_device_create(&dev, &f->pci, 0, &config));
    config.emit = NULL;
    assert_non_null(crossvm_device_create(&dev, &f->pci, 20, &config));
    config.size = 100;
    assert_non_null(crossvm_device_create(&dev, &f->pci, 20, &config));
    config.size = 4096;
    config.ops = NULL;
    assert_non_null(crossvm_device_create(&dev, &f->pci, 20, &config));
    config.ops = &ops;
    config.page = NULL;
    assert_non_null(crossvm_device_create(&dev, &f->pci, 20, &config));
    config.page = f->page[19];
    config.name = NULL;
    assert_non_null(crossvm_device_create(&dev, &f->pci, 20, &config));
    config.name = "a name that is longer than the forty-seven bytes it may have";
    assert_non_null(crossvm_device_create(&dev, &f->pci, 20, &config));
    teardown(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_emit),
        cmocka_unit_test(test_no_event_is_lost),
        cmocka_unit_test(test_silent_without_a_driver),
        cmocka_unit_test(test_intx_disable),
        cmocka_unit_test(test_msi),
        cmocka_unit_test(test_dataport_follows_its_bar),
        cmocka_unit_test(test_registers_are_read_without_exits),
        cmocka_unit_test(test_both_bars_at_once),
        cmocka_unit_test(test_dataport_without_mapping),
        cmocka_unit_test(test_many_and_wrong_ones),
    };
    return cmocka_run_group_tests_name("crossvm device", tests, NULL, NULL);
}
