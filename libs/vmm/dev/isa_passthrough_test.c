/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Real ports and interrupts in a whole PC; the real machine is a table of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <camkes/guest_pc.h>
#include <vmm/pc.h>
#include <vmm/isa_passthrough.h>
#include "test_machine.h"

enum { EDGE, LEVEL };

struct fixture {
    struct test_machine *m;
    struct vmm_pc pc;
    void *chips;
    struct isa_passthrough device;
    uint8_t port[0x10000]; /* the real machine */
    unsigned ins, outs, acks[2];
    bool up_at_ack; /* was the guest's line up when the edge was acknowledged? */
};

static uint32_t fake_in(void *ctx, unsigned range, unsigned port, unsigned size)
{
    struct fixture *f = ctx;
    uint32_t value = 0;
    (void)range;
    f->ins++;
    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)f->port[port + i] << 8 * i;
    }
    return value;
}

static void fake_out(void *ctx, unsigned range, unsigned port, unsigned size, uint32_t value)
{
    struct fixture *f = ctx;
    (void)range;
    f->outs++;
    for (unsigned i = 0; i < size; i++) {
        f->port[port + i] = (uint8_t)(value >> 8 * i);
    }
}

static void fake_acknowledge(void *ctx, unsigned line)
{
    struct fixture *f = ctx;
    f->acks[line]++;
    f->up_at_ack = f->m->vm.gsi_sources[line == EDGE ? 3 : 11] != 0;
}

static const struct isa_passthrough_ops fake_ops = {
    .in = fake_in, .out = fake_out, .acknowledge = fake_acknowledge};
static const struct isa_ports ports[] = {{0x2f8, 0x2ff}, {0x162e, 0x162f}};
static const struct isa_line lines[] = {[EDGE] = {3, false}, [LEVEL] = {11, true}};

static void ended(void *ctx, unsigned line)
{
    isa_passthrough_ended(&((struct fixture *)ctx)->device, line);
}

static struct isa_passthrough_config config_of(struct fixture *f)
{
    return (struct isa_passthrough_config){
        .ports = ports, .num_ports = 2, .lines = lines, .num_lines = 2, .ops = &fake_ops, .ctx = f};
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    f->chips = malloc(vmm_pc_chips_size());
    const struct isa_passthrough_config config = config_of(f);
    const struct vmm_pc_config pc = {
        .level_lines = isa_passthrough_levels(&config), .eoi = ended, .eoi_ctx = f};
    vmm_pc_create(&f->pc, &f->m->vm, &pc, f->chips);
    assert_null(isa_passthrough_create(&f->device, &f->m->vm, &config));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->chips);
    free(f->m);
    free(f);
    return 0;
}

static uint32_t in(struct fixture *f, unsigned port, unsigned size)
{
    struct vmm_access access = {.size = size};
    vmm_bus_read(&f->m->vm, VMM_SPACE_IO, &access, port);
    return (uint32_t)access.value;
}

static void out(struct fixture *f, unsigned port, unsigned size, uint32_t value)
{
    struct vmm_access access = {.size = size, .value = value};
    vmm_bus_write(&f->m->vm, VMM_SPACE_IO, &access, port);
}

static void test_ports(void **state)
{
    struct fixture *f = *state;
    f->port[0x2f8] = 0x11, f->port[0x2ff] = 0x22, f->port[0x300] = 0x33;
    assert_int_equal(in(f, 0x2f8, 1), 0x11);
    assert_int_equal(in(f, 0x2ff, 1), 0x22);
    assert_int_equal(in(f, 0x300, 1), 0xff);   /* nobody's */
    assert_int_equal(in(f, 0x2ff, 2), 0xff22); /* the part that is the guest's */
    assert_int_equal(in(f, 0x2f7, 1), 0xff);
    out(f, 0x162e, 2, 0xbeef);
    assert_int_equal(f->port[0x162e], 0xef);
    assert_int_equal(f->port[0x162f], 0xbe);
    assert_int_equal(f->outs, 1);
    out(f, 0x162f, 4, 0x44332211);
    assert_int_equal(f->port[0x162f], 0x11);
    assert_int_equal(f->port[0x1630], 0); /* not past the end */
}

/* Linux's sequence for the pair, all lines unmasked. */
static void use_pic(struct fixture *f)
{
    static const uint8_t words[] = {0x11, 0x30, 0x04, 0x01, 0x00};
    for (unsigned i = 0; i < 5; i++) {
        out(f, i ? 0x21 : 0x20, 1, words[i]);
        out(f, i ? 0xa1 : 0xa0, 1, i == 1 ? 0x38 : i == 2 ? 0x02 : words[i]);
    }
}

static int acknowledge(struct fixture *f)
{
    struct vmm *vm = &f->m->vm;
    return vm->pic->pending(vm->pic_ctx) ? vm->pic->acknowledge(vm->pic_ctx) : -1;
}

static void test_edge(void **state)
{
    struct fixture *f = *state;
    use_pic(f);
    isa_passthrough_raise(&f->device, EDGE);
    assert_int_equal(f->acks[EDGE], 1); /* at once: the next edge must not be lost */
    assert_false(f->up_at_ack);
    assert_int_equal(acknowledge(f), 0x33);
    isa_passthrough_raise(&f->device, EDGE); /* while the guest serves the first */
    assert_int_equal(acknowledge(f), -1);
    out(f, 0x20, 1, 0x20);
    assert_int_equal(acknowledge(f), 0x33);
    out(f, 0x20, 1, 0x20);
    assert_int_equal(acknowledge(f), -1);
    assert_int_equal(f->acks[EDGE], 2);
    /* one that comes while the guest masks the line is remembered, as the chip does */
    out(f, 0x21, 1, 0x08);
    isa_passthrough_raise(&f->device, EDGE);
    assert_int_equal(acknowledge(f), -1);
    out(f, 0x21, 1, 0x00);
    assert_int_equal(acknowledge(f), 0x33);
}

static void test_level_pic(void **state)
{
    struct fixture *f = *state;
    use_pic(f);
    assert_int_equal(in(f, 0x4d1, 1), 0x08); /* as firmware leaves it */
    isa_passthrough_raise(&f->device, LEVEL);
    assert_int_equal(f->acks[LEVEL], 0);
    assert_int_equal(acknowledge(f), 0x3b);
    assert_int_equal(f->acks[LEVEL], 0); /* the guest serves it */
    out(f, 0xa0, 1, 0x63);
    out(f, 0x20, 1, 0x62);
    assert_int_equal(f->acks[LEVEL], 1);
    assert_int_equal(acknowledge(f), -1);
    isa_passthrough_ended(&f->device, 11); /* nothing is waiting */
    isa_passthrough_ended(&f->device, 7);
    assert_int_equal(f->acks[LEVEL], 1);
}

static void ioapic_write(struct fixture *f, unsigned index, uint32_t value)
{
    struct vmm_access select = {.size = 4, .value = index}, data = {.size = 4, .value = value};
    vmm_bus_write(&f->m->vm, VMM_SPACE_MMIO, &select, VMM_IOAPIC_BASE);
    vmm_bus_write(&f->m->vm, VMM_SPACE_MMIO, &data, VMM_IOAPIC_BASE + 0x10);
}

static void test_level_ioapic(void **state)
{
    struct fixture *f = *state;
    struct vmm *vm = &f->m->vm;
    struct vmm_access enable = {.size = 4, .value = 0x1ff};
    vmm_bus_write(vm, VMM_SPACE_MMIO, &enable, VMM_LAPIC_BASE + 0xf0);
    ioapic_write(f, 0x10 + 2 * 11, 0x8000 | 0x51); /* level, vector 0x51 */
    for (unsigned i = 1; i <= 3; i++) {
        isa_passthrough_raise(&f->device, LEVEL);
        assert_int_equal(vm->lapic->pending(vm->lapic_ctx, 0), 0x51);
        assert_int_equal(vm->lapic->acknowledge(vm->lapic_ctx, 0), 0x51);
        assert_int_equal(f->acks[LEVEL], i - 1);
        struct vmm_access eoi = {.size = 4};
        vmm_bus_write(vm, VMM_SPACE_MMIO, &eoi, VMM_LAPIC_BASE + 0xb0);
        assert_int_equal(f->acks[LEVEL], i);
        assert_int_equal(vm->lapic->pending(vm->lapic_ctx, 0), -1);
    }
    /* masked by the guest: stays asserted, is delivered when it unmasks */
    ioapic_write(f, 0x10 + 2 * 11, 0x18000 | 0x51);
    isa_passthrough_raise(&f->device, LEVEL);
    assert_int_equal(vm->lapic->pending(vm->lapic_ctx, 0), -1);
    assert_int_equal(f->acks[LEVEL], 3);
    ioapic_write(f, 0x10 + 2 * 11, 0x8000 | 0x51);
    assert_int_equal(vm->lapic->pending(vm->lapic_ctx, 0), 0x51);
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    isa_passthrough_raise(&f->device, LEVEL);
    assert_true(f->m->vm.gsi_sources[11] != 0);
    f->device.dev.ops->reset(&f->device.dev);
    assert_int_equal(f->m->vm.gsi_sources[11], 0);
    assert_int_equal(f->acks[LEVEL], 1);  /* what still asks comes again */
    isa_passthrough_raise(&f->device, 7); /* no such line */
}

static void test_refusals(void **state)
{
    struct fixture *f = *state;
    struct isa_passthrough other = {0};
    struct isa_passthrough_config config = config_of(f);
    const struct isa_ports com1[] = {{0x3f0, 0x3f8}}, backwards[] = {{0x301, 0x300}};
    config.num_ports = 1;
    config.ports = com1;
    assert_non_null(isa_passthrough_create(&other, &f->m->vm, &config));
    memset(&other, 0, sizeof other);
    config.ports = backwards;
    assert_non_null(isa_passthrough_create(&other, &f->m->vm, &config));
    memset(&other, 0, sizeof other);
    config.num_ports = ISA_PASSTHROUGH_MAX_PORTS + 1;
    assert_non_null(isa_passthrough_create(&other, &f->m->vm, &config));
    const struct isa_line high[] = {{16, true}};
    memset(&other, 0, sizeof other);
    config.num_ports = 0;
    config.lines = high;
    config.num_lines = 1;
    assert_non_null(isa_passthrough_create(&other, &f->m->vm, &config));
    assert_int_equal(isa_passthrough_levels(&config), 0);
}

/* What the ADL compiler believes of this machine is true: every claimed port is in its table, and
 * nothing else below the window of PCI devices. */
static void test_compilers_table(void **state)
{
    (void)state;
    struct test_machine *m = test_machine_new(1);
    struct vmm_pc pc;
    void *chips = malloc(vmm_pc_chips_size());
    const struct vmm_pc_config config = {.hpet = true};
    vmm_pc_create(&pc, &m->vm, &config, chips);
    for (unsigned port = 0; port < VMM_PCI_IO_BASE; port++) {
        bool claimed = false, known = false;
        for (unsigned i = 0; i < m->vm.num_ranges[VMM_SPACE_IO]; i++) {
            const struct vmm_range *r = &m->vm.range[VMM_SPACE_IO][i];
            claimed |= port >= r->base && port - r->base < r->size;
        }
        for (size_t i = 0; i < sizeof guest_pc_ports / sizeof *guest_pc_ports; i++) {
            known |= port >= guest_pc_ports[i].first && port <= guest_pc_ports[i].last;
        }
        if (claimed != known) {
            fail_msg("port %#x: claimed %d, known %d", port, claimed, known);
        }
    }
    for (unsigned line = 0; line < 16; line++) {
        bool used = m->vm.gsi_used[line] != 0 || line == 2; /* 2: the cascade */
        if (used != (guest_pc_lines[line] != NULL)) {
            fail_msg("line %u: used %d", line, used);
        }
    }
    free(chips);
    free(m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ports),
        TEST(test_edge),
        TEST(test_level_pic),
        TEST(test_level_ioapic),
        TEST(test_reset),
        TEST(test_refusals),
        cmocka_unit_test(test_compilers_table),
    };
    return cmocka_run_group_tests_name("isa_passthrough", tests, NULL, NULL);
}
