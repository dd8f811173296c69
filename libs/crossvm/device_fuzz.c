/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A hostile guest writes configuration space and registers of three connections while events come
 * in and the machine resets. The pretended kernel counts what the real one would refuse.
 */
#include "test_crossvm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct crossvm_nested nested;
static struct crossvm_table tables[TEST_TABLES];
static const struct crossvm_frames frames[TEST_DEVICES] = {
    {.first = 0, .count = 1, .bits = 12},
    {.first = 8, .count = 3, .bits = 12},
    {.first = 16, .count = 520, .bits = 12, .writable = true}};
static const struct crossvm_frames page_frames[TEST_DEVICES] = {
    {.first = 540, .count = 1, .bits = 12},
    {.first = 541, .count = 1, .bits = 12},
    {.first = 542, .count = 1, .bits = 12}};
static uint32_t pages[TEST_DEVICES][CROSSVM_REGISTER_PAGE / 4];

static const struct crossvm_frames *frames_of(const struct crossvm_device *dev, unsigned bar)
{
    return bar == CROSSVM_BAR_REGISTERS ? &page_frames[dev->index] : &frames[dev->index];
}

static bool map(struct crossvm_device *dev, unsigned bar, uint64_t gpa)
{
    return crossvm_nested_map(&nested, frames_of(dev, bar), gpa);
}

static void unmap(struct crossvm_device *dev, unsigned bar, uint64_t gpa)
{
    crossvm_nested_unmap(&nested, frames_of(dev, bar), gpa);
}

static const struct crossvm_map_ops ops = {.map = map, .unmap = unmap};

static void emit(void) {}

/* Every mapped frame belongs to a mapped BAR that the guest has there. */
static void check_bar(const struct crossvm_device *dev, unsigned bar)
{
    const struct crossvm_frames *f = frames_of(dev, bar);
    const struct crossvm_place *place = &dev->place[bar];
    uint64_t first = test_kernel.frame_at[f->first];
    uint64_t last = test_kernel.frame_at[f->first + f->count - 1];
    uint64_t at = place->mapped ? place->gpa : 0;
    if (first != at || (at && last != at + ((uint64_t)f->count - 1) * 4096)) {
        abort();
    }
    if (at && (!dev->fn.bar[bar].claimed || dev->fn.bar[bar].address != at)) {
        abort();
    }
}

static void check(const struct crossvm_device *dev)
{
    for (unsigned i = 0; i < TEST_DEVICES; i++) {
        check_bar(&dev[i], CROSSVM_BAR_REGISTERS);
        check_bar(&dev[i], CROSSVM_BAR_DATAPORT);
    }
    if (test_kernel.errors) {
        abort();
    }
}

static void put(struct test_machine *m, uint64_t at, uint64_t value, unsigned size)
{
    uint64_t pair[2] = {value, size};
    test_write(m, VMM_SPACE_MMIO, at, pair, 0);
}

static void step(struct test_machine *m, struct crossvm_device *dev, const uint8_t *in)
{
    unsigned which = in[1] % TEST_DEVICES, offset = in[2];
    uint32_t value;
    memcpy(&value, in + 3, sizeof value);
    uint64_t config = VMM_ECAM_BASE + ((uint64_t)(CROSSVM_FIRST_SLOT + which) << 15);
    switch (in[0] % 8) {
    case 0:
        crossvm_device_signal(&dev[which]);
        vmm_poll_devices(&m->vm);
        break;
    case 1:
        put(m, dev[which].fn.bar[0].address + offset, value, 4);
        break;
    case 2:
        test_read(m, VMM_SPACE_MMIO, dev[which].fn.bar[0].address + offset, 1u << (value & 3), 0);
        break;
    case 3:
        put(m, config + 4, value, 2);
        break;
    case 4: /* BARs close to each other */
        put(m, config + 0x10 + (in[2] & 4u), 0xc0000000u + (value & 0xfffff000u) % 0x1000000u, 4);
        break;
    case 5:
        put(m, config + (offset & 0xfcu), value, 4);
        break;
    case 6:
        if (in[1] > 240) {
            vmm_reset(&m->vm);
        }
        break;
    default:
        put(m, dev[which].fn.bar[1].address + (value & 0x1fffffu), value, 8);
    }
    check(dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct test_vcpu *t = test_vcpu_new();
    struct vmm_pci pci = {0};
    struct crossvm_device dev[TEST_DEVICES];
    memset(&test_kernel, 0, sizeof test_kernel);
    memset(tables, 0, sizeof tables);
    nested = (struct crossvm_nested){
        .ops = &test_nested_ops, .num_tables = TEST_TABLES, .tables = tables};
    memset(pages, 0, sizeof pages);
    vmm_pci_create(&pci, t->vm, true);
    for (unsigned i = 0; i < TEST_DEVICES; i++) {
        const struct crossvm_config config = {.name = "fuzz",
                                              .emit = emit,
                                              .consumes = true,
                                              .size = (uint64_t)frames[i].count * 4096,
                                              .writable = frames[i].writable,
                                              .page = pages[i],
                                              .ops = &ops};
        if (crossvm_device_create(&dev[i], &pci, i, &config)) {
            abort();
        }
    }
    for (; n >= 7; data += 7, n -= 7) {
        step(t->machine, dev, data);
    }
    test_vcpu_free(t);
    return 0;
}
