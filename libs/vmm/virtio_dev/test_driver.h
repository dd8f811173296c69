/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A guest's driver for the tests of virtio devices: finds the capabilities in configuration space,
 * negotiates, lays out queues in guest memory, rings doorbells; modern and legacy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "dev/test_machine.h"
#include <virtio/driver.h>
#include <vmm/virtio.h>

#define TEST_RAM    (8u << 20)
#define TEST_QUEUES 0x100000u /* queue n at TEST_QUEUES + n * 0x10000 */
#define TEST_DATA   0x200000u
#define TEST_SLOT   1u

/** Machine, bus and the driver's view of the device in slot 1. */
struct test_guest {
    struct test_machine *machine;
    struct vmm *vm;
    struct vmm_pci pci;
    uint8_t *ram;
    struct vcpu_run run;
    struct vmm_apic_message sent;
    unsigned messages, vectors[256];
    uint64_t common, isr, device, notify; /* addresses; notify is a port */
    uint64_t io, msix;
    struct virtio_driver queue[3];
    struct virtio_driver_slot slots[3][256];
};

static inline void test_deliver(void *ctx, const struct vmm_apic_message *message)
{
    struct test_guest *g = ctx;
    g->sent = *message;
    g->messages++;
    g->vectors[message->vector]++;
}

static inline bool test_no_extint(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    return false;
}

static inline void guest_write(struct test_guest *g, enum vmm_space space, uint64_t at,
                               uint64_t value, unsigned size)
{
    struct vmm_access access = {.size = size, .value = value};
    vmm_bus_write(g->vm, space, &access, at);
}

static inline uint64_t guest_read(struct test_guest *g, enum vmm_space space, uint64_t at,
                                  unsigned size)
{
    struct vmm_access access = {.size = size};
    vmm_bus_read(g->vm, space, &access, at);
    return access.value;
}

static inline uint64_t guest_config(unsigned offset)
{
    return VMM_ECAM_BASE + (TEST_SLOT << 15) + offset;
}

static inline uint64_t config_read(struct test_guest *g, unsigned offset, unsigned size)
{
    return guest_read(g, VMM_SPACE_MMIO, guest_config(offset), size);
}

/** A machine with RAM and a bus; the caller adds the device, then calls test_guest_find(). */
static inline struct test_guest *test_guest_new(void)
{
    static const struct vmm_lapic_ops lapic = {.deliver = test_deliver,
                                               .accepts_extint = test_no_extint};
    struct test_guest *g = calloc(1, sizeof *g);
    g->machine = test_machine_new(1);
    g->vm = &g->machine->vm;
    g->ram = aligned_alloc(4096, TEST_RAM);
    memset(g->ram, 0, TEST_RAM);
    g->run.version = VCPU_RUN_VERSION;
    g->run.size = sizeof g->run;
    vmm_set_run_page(g->vm, 0, &g->run);
    const struct vmm_region ram = {.gpa = 0, .size = TEST_RAM, .host = g->ram, .writable = true};
    vmm_memory_add(g->vm, &ram);
    vmm_set_lapic(g->vm, &lapic, g);
    vmm_pci_create(&g->pci, g->vm, true);
    return g;
}

static inline void test_guest_free(struct test_guest *g)
{
    free(g->ram);
    free(g->machine);
    free(g);
}

static inline uint64_t guest_bar(struct test_guest *g, unsigned n)
{
    return config_read(g, 0x10 + 4 * n, 4) & (n == 0 ? ~3ull : ~15ull);
}

/** Walk the capability list as a modern driver does: the first of each kind. */
static inline void test_guest_find(struct test_guest *g)
{
    uint64_t *places[5] = {NULL, &g->common, &g->notify, &g->isr, &g->device};
    g->io = guest_bar(g, 0);
    g->msix = guest_bar(g, 1);
    g->common = g->isr = g->device = g->notify = 0;
    for (unsigned at = (unsigned)config_read(g, 0x34, 1); at;
         at = (unsigned)config_read(g, at + 1, 1)) {
        unsigned type = (unsigned)config_read(g, at + 3, 1);
        if (config_read(g, at, 1) == 9 && type < 5 && *places[type] == 0) {
            *places[type] =
                guest_bar(g, (unsigned)config_read(g, at + 4, 1)) + config_read(g, at + 8, 4);
        }
    }
}

static inline void common_write(struct test_guest *g, unsigned at, uint64_t value, unsigned size)
{
    guest_write(g, VMM_SPACE_MMIO, g->common + at, value, size);
}

static inline uint64_t common_read(struct test_guest *g, unsigned at, unsigned size)
{
    return guest_read(g, VMM_SPACE_MMIO, g->common + at, size);
}

static inline uint64_t guest_features(struct test_guest *g)
{
    common_write(g, 0, 0, 4);
    uint64_t low = common_read(g, 4, 4);
    common_write(g, 0, 1, 4);
    return low | common_read(g, 4, 4) << 32;
}

/** Up to FEATURES_OK; returns whether the device keeps that bit. */
static inline bool guest_negotiate(struct test_guest *g, uint64_t features)
{
    common_write(g, 20, 0, 1);
    common_write(g, 20, 1, 1);
    common_write(g, 20, 3, 1);
    for (unsigned i = 0; i < 2; i++) {
        common_write(g, 8, i, 4);
        common_write(g, 12, (uint32_t)(features >> (32 * i)), 4);
    }
    common_write(g, 20, 11, 1);
    return common_read(g, 20, 1) & VMM_VIRTIO_FEATURES_OK;
}

/** Our side of queue n in guest memory at `base`, as the legacy layout wants it (modern drivers may
 * lay it out so, too). Returns the address of the used ring. */
static inline uint64_t guest_queue(struct test_guest *g, unsigned n, unsigned size, bool event)
{
    uint64_t base = TEST_QUEUES + n * 0x10000u, avail = base + 16u * size;
    uint64_t used = (avail + 6 + 2u * size + 4095) & ~4095ull;
    const struct virtio_driver_config config = {.size = (uint16_t)size,
                                                .desc = (void *)(g->ram + base),
                                                .avail = (void *)(g->ram + avail),
                                                .used = (void *)(g->ram + used),
                                                .slots = g->slots[n],
                                                .event_index = event};
    memset(g->ram + base, 0, 0x10000);
    virtio_driver_start(&g->queue[n], &config);
    return used;
}

/** Set up queue n of the modern device with MSI-X vector n + 1. */
static inline void guest_modern_queue(struct test_guest *g, unsigned n, unsigned size, bool event)
{
    uint64_t used = guest_queue(g, n, size, event), base = TEST_QUEUES + n * 0x10000u;
    common_write(g, 22, n, 2);
    common_write(g, 24, size, 2);
    common_write(g, 26, n + 1, 2);
    common_write(g, 32, base, 8);
    common_write(g, 40, (uint32_t)(base + 16u * size), 4);
    common_write(g, 44, 0, 4);
    common_write(g, 48, used, 8);
    common_write(g, 28, 1, 2);
}

/** MSI-X on; vector n sends 0x40 + n. */
static inline void guest_msix(struct test_guest *g, unsigned vectors)
{
    for (unsigned at = (unsigned)config_read(g, 0x34, 1); at;
         at = (unsigned)config_read(g, at + 1, 1)) {
        if (config_read(g, at, 1) == 0x11) {
            guest_write(g, VMM_SPACE_MMIO, guest_config(at + 2), 0x8000, 2);
        }
    }
    for (unsigned i = 0; i < vectors; i++) {
        guest_write(g, VMM_SPACE_MMIO, g->msix + 16 * i, 0xfee00000, 4);
        guest_write(g, VMM_SPACE_MMIO, g->msix + 16 * i + 8, 0x40 + i, 4);
        guest_write(g, VMM_SPACE_MMIO, g->msix + 16 * i + 12, 0, 4);
    }
}

static inline void guest_ring(struct test_guest *g, unsigned n)
{
    virtio_driver_publish(&g->queue[n]);
    if (virtio_driver_should_kick(&g->queue[n])) {
        guest_write(g, VMM_SPACE_IO, g->notify, n, 2);
    }
}

/** Offer one buffer of out + in bytes at TEST_DATA + at. */
static inline int guest_offer(struct test_guest *g, unsigned n, uint32_t at, uint32_t out,
                              uint32_t in)
{
    const struct virtio_piece pieces[2] = {{TEST_DATA + at, out ? out : in},
                                           {TEST_DATA + at + out, in}};
    const struct virtio_offer offer = {
        .pieces = pieces, .num_out = out != 0, .num_in = in != 0, .token = at};
    return virtio_driver_add(&g->queue[n], &offer);
}
