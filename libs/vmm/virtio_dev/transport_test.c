/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Virtio over PCI: both register layouts, negotiation, queues, interrupts, access window. */
#include "test_driver.h"

struct echo {
    struct vmm_virtio v;
    unsigned started, stopped, notified, written;
    uint8_t byte;
    struct virtio_chain chain;
};

static struct echo *echo_of(struct vmm_virtio *v)
{
    return (struct echo *)(void *)v;
}

static void echo_config(struct vmm_virtio *v, uint8_t *image)
{
    for (unsigned i = 0; i < 12; i++) {
        image[i] = (uint8_t)(0xa0 + i);
    }
    image[3] = echo_of(v)->byte;
}

static void echo_config_written(struct vmm_virtio *v, unsigned offset, const uint8_t *bytes,
                                unsigned n)
{
    echo_of(v)->written++;
    if (offset == 3 && n == 1) {
        echo_of(v)->byte = bytes[0];
    }
}

static void echo_started(struct vmm_virtio *v)
{
    echo_of(v)->started++;
}

static void echo_stopped(struct vmm_virtio *v)
{
    echo_of(v)->stopped++;
}

/* Gives every buffer back, with as many bytes written as it has room for. */
static void echo_notified(struct vmm_virtio *v, unsigned queue)
{
    struct echo *e = echo_of(v);
    e->notified++;
    while (vmm_virtio_pop(v, queue, &e->chain)) {
        virtio_queue_push(&v->queue[queue].ring, e->chain.head, (uint32_t)e->chain.in_bytes);
    }
    vmm_virtio_complete(v, queue);
    virtio_queue_enable_notify(&v->queue[queue].ring);
}

static const struct vmm_virtio_ops echo_ops = {.name = "echo",
                                               .config = echo_config,
                                               .config_written = echo_config_written,
                                               .started = echo_started,
                                               .stopped = echo_stopped,
                                               .notified = echo_notified};

struct fixture {
    struct test_guest *g;
    struct echo echo;
};

#define FEATURE (1ull << 3)
#define ALL     (FEATURE | VMM_VIRTIO_F_INDIRECT | VMM_VIRTIO_F_EVENT_IDX | VMM_VIRTIO_F_VERSION_1)

static struct fixture *setup(enum vmm_virtio_kind kind)
{
    struct fixture *f = calloc(1, sizeof *f);
    const struct vmm_virtio_config config = {.id = "echo0",
                                             .kind = kind,
                                             .type = 1,
                                             .class_code = 0x020000,
                                             .features = FEATURE,
                                             .num_queues = 2,
                                             .queue_size = {64, 16},
                                             .config_size = 12};
    f->g = test_guest_new();
    assert_int_equal(vmm_virtio_init(&f->echo.v, &echo_ops, &config), 0);
    assert_int_equal(vmm_virtio_add(&f->g->pci, &f->echo.v), 0);
    test_guest_find(f->g);
    return f;
}

static void teardown(struct fixture *f)
{
    test_guest_free(f->g);
    free(f);
}

static void test_identity(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    assert_int_equal(config_read(f->g, 0, 4), 0x10001af4);
    assert_int_equal(config_read(f->g, 8, 4), 0x02000000);
    assert_int_equal(config_read(f->g, 0x2e, 2), 1);
    assert_true(f->g->common && f->g->isr && f->g->device);
    assert_int_equal(f->g->notify, f->g->io + 16);
    teardown(f);
    f = setup(VMM_VIRTIO_MODERN);
    assert_int_equal(config_read(f->g, 0, 4), 0x10411af4);
    assert_int_equal(config_read(f->g, 8, 1), 1);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io, 4), 0); /* no legacy registers */
    teardown(f);
    f = setup(VMM_VIRTIO_LEGACY);
    assert_int_equal(config_read(f->g, 0, 4), 0x10001af4);
    assert_int_equal(config_read(f->g, 0x34, 1), 0);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io, 4) & FEATURE, FEATURE);
    teardown(f);
}

static void test_impossible(void **state)
{
    (void)state;
    struct echo e;
    struct vmm_virtio_config c = {.type = 1, .num_queues = 0};
    assert_int_equal(vmm_virtio_init(&e.v, &echo_ops, &c), -1);
    c.num_queues = 1;
    c.queue_size[0] = 12;
    assert_int_equal(vmm_virtio_init(&e.v, &echo_ops, &c), -1);
    c.queue_size[0] = 16;
    c.config_size = 65;
    assert_int_equal(vmm_virtio_init(&e.v, &echo_ops, &c), -1);
    c.config_size = 0;
    c.type = 16; /* a GPU has no old number */
    assert_int_equal(vmm_virtio_init(&e.v, &echo_ops, &c), -1);
}

static void test_negotiation(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    assert_int_equal(guest_features(f->g) & ALL, ALL);
    assert_int_equal(common_read(f->g, 18, 2), 2);
    assert_true(guest_negotiate(f->g, ALL));
    assert_true(vmm_virtio_has(&f->echo.v, ALL));
    common_write(f->g, 8, 0, 4); /* too late */
    common_write(f->g, 12, 0, 4);
    assert_true(vmm_virtio_has(&f->echo.v, ALL));
    assert_false(guest_negotiate(f->g, ALL & ~VMM_VIRTIO_F_VERSION_1));
    assert_false(guest_negotiate(f->g, ALL | 1ull << 40));
    assert_false(guest_negotiate(f->g, ALL | 1ull << 4));
    common_write(f->g, 8, 7, 4); /* no such half */
    common_write(f->g, 12, ~0u, 4);
    common_write(f->g, 0, 9, 4);
    assert_int_equal(common_read(f->g, 4, 4), 0);
    teardown(f);
}

static void modern_up(struct fixture *f, bool msix)
{
    assert_true(guest_negotiate(f->g, ALL));
    if (msix) {
        guest_msix(f->g, 3);
        common_write(f->g, 16, 0, 2);
    }
    guest_modern_queue(f->g, 0, 32, true);
    guest_modern_queue(f->g, 1, 16, true);
    common_write(f->g, 20, 15, 1);
    assert_int_equal(f->echo.started, 1);
}

static void test_modern_queue(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    modern_up(f, true);
    uint32_t token, written;
    common_write(f->g, 22, 1, 2);
    assert_int_equal(common_read(f->g, 24, 2), 16);
    assert_int_equal(common_read(f->g, 28, 2), 1);
    guest_offer(f->g, 1, 0x100, 40, 60);
    guest_ring(f->g, 1);
    assert_int_equal(f->echo.notified, 1);
    assert_int_equal(virtio_driver_take(&f->g->queue[1], &token, &written), 1);
    assert_int_equal(written, 60);
    assert_int_equal(f->g->vectors[0x42], 1);
    /* the doorbell in memory does the same */
    guest_offer(f->g, 0, 0x100, 40, 0);
    virtio_driver_publish(&f->g->queue[0]);
    guest_write(f->g, VMM_SPACE_MMIO, f->g->common + 0x3000, 0, 2);
    assert_int_equal(f->echo.notified, 2);
    assert_int_equal(f->g->vectors[0x41], 1);
    guest_write(f->g, VMM_SPACE_IO, f->g->notify, 2, 2); /* no such queue */
    assert_int_equal(f->echo.notified, 2);
    common_write(f->g, 20, 0, 1);
    assert_int_equal(f->echo.stopped, 1);
    assert_int_equal(common_read(f->g, 20, 1), 0);
    guest_write(f->g, VMM_SPACE_IO, f->g->notify, 1, 2);
    assert_int_equal(f->echo.notified, 2);
    teardown(f);
}

static void test_intx_and_isr(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    modern_up(f, false);
    guest_offer(f->g, 0, 0, 10, 0);
    guest_ring(f->g, 0);
    assert_true(f->echo.v.fn.intx_level);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->isr, 1), 1);
    assert_false(f->echo.v.fn.intx_level);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->isr, 1), 0);
    uint64_t before = common_read(f->g, 21, 1);
    vmm_virtio_config_changed(&f->echo.v);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->isr, 1), 2);
    assert_int_not_equal(common_read(f->g, 21, 1), before);
    teardown(f);
}

static void test_vectors(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    assert_int_equal(common_read(f->g, 16, 2), 0xffff);
    common_write(f->g, 16, 2, 2);
    assert_int_equal(common_read(f->g, 16, 2), 2);
    common_write(f->g, 16, 3, 2); /* there are three */
    assert_int_equal(common_read(f->g, 16, 2), 0xffff);
    modern_up(f, true);
    common_write(f->g, 16, 0xffff, 2);
    vmm_virtio_config_changed(&f->echo.v);
    assert_int_equal(f->g->messages, 0);
    teardown(f);
}

static void test_device_config(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 4, 4), 0xa7a6a5a4);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 10, 8), 0xabaa);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 12, 4), 0);
    guest_write(f->g, VMM_SPACE_MMIO, f->g->device + 3, 0x5c, 1);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 3, 1), 0x5c);
    guest_write(f->g, VMM_SPACE_MMIO, f->g->device + 11, 0, 2); /* beyond the end */
    assert_int_equal(f->echo.written, 1);
    /* legacy: behind the registers, and further behind when MSI-X is on */
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 20, 1), 0xa0);
    guest_msix(f->g, 0);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 24, 1), 0xa0);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 20, 2), 0xffff);
    teardown(f);
}

static void io(struct fixture *f, unsigned at, uint64_t value, unsigned size)
{
    guest_write(f->g, VMM_SPACE_IO, f->g->io + at, value, size);
}

static void test_legacy_queue(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    f->g->notify = f->g->io + 16;
    io(f, 18, 0, 1);
    io(f, 18, 3, 1);
    io(f, 4, FEATURE | 1u << 6, 4); /* a bit that was not offered is ignored */
    assert_int_equal(f->echo.v.features, FEATURE);
    io(f, 14, 0, 2);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 12, 2), 64);
    guest_queue(f->g, 0, 64, false);
    io(f, 8, TEST_QUEUES / 4096, 4);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 8, 4), TEST_QUEUES / 4096);
    io(f, 18, 7, 1);
    assert_int_equal(f->echo.started, 1);
    guest_offer(f->g, 0, 0, 10, 20);
    guest_ring(f->g, 0);
    uint32_t token, written;
    assert_int_equal(virtio_driver_take(&f->g->queue[0], &token, &written), 1);
    assert_int_equal(written, 20);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 19, 1), 1);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 18, 1), 7);
    io(f, 14, 9, 2); /* no such queue */
    io(f, 8, 5, 4);
    assert_int_equal(guest_read(f->g, VMM_SPACE_IO, f->g->io + 12, 2), 0);
    io(f, 14, 0, 2);
    io(f, 8, 0, 4); /* queue off */
    guest_offer(f->g, 0, 0, 10, 20);
    io(f, 16, 0, 2);
    assert_int_equal(virtio_driver_take(&f->g->queue[0], &token, &written), 0);
    teardown(f);
}

/* A driver that breaks a queue stops the device, not the monitor; a reset mends it. */
static void test_damage(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    modern_up(f, true);
    f->g->queue[0].ring.avail->index = 1000;
    guest_write(f->g, VMM_SPACE_IO, f->g->notify, 0, 2);
    assert_int_equal(common_read(f->g, 20, 1) & VMM_VIRTIO_NEEDS_RESET, VMM_VIRTIO_NEEDS_RESET);
    assert_int_equal(f->echo.stopped, 1);
    assert_int_equal(f->g->vectors[0x40], 1); /* told about it */
    guest_write(f->g, VMM_SPACE_IO, f->g->notify, 1, 2);
    assert_int_equal(f->echo.notified, 1);
    f->echo.started = 0;
    modern_up(f, true);
    guest_offer(f->g, 0, 0, 10, 0);
    guest_ring(f->g, 0);
    assert_int_equal(f->echo.notified, 2);
    /* a queue outside of memory */
    assert_true(guest_negotiate(f->g, ALL));
    common_write(f->g, 22, 0, 2);
    common_write(f->g, 32, TEST_RAM - 16, 8);
    common_write(f->g, 28, 1, 2);
    assert_int_equal(common_read(f->g, 20, 1) & VMM_VIRTIO_NEEDS_RESET, VMM_VIRTIO_NEEDS_RESET);
    teardown(f);
}

static void test_machine_reset(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    modern_up(f, true);
    vmm_reset(f->g->vm);
    assert_int_equal(f->echo.stopped, 1);
    test_guest_find(f->g);
    assert_int_equal(common_read(f->g, 20, 1), 0);
    f->echo.started = 0;
    modern_up(f, true);
    teardown(f);
}

/* The capability through which configuration space reaches the BARs. */
static void test_window(void **state)
{
    (void)state;
    struct fixture *f = setup(VMM_VIRTIO_TRANSITIONAL);
    unsigned cap = f->echo.v.window;
    assert_int_not_equal(cap, 0);
    guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 4), 4, 1);
    guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 8), 0x2004, 4);
    guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 12), 4, 4);
    assert_int_equal(config_read(f->g, cap + 16, 4), 0xa7a6a5a4);
    guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 8), 20, 4); /* status */
    guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 12), 1, 4);
    guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 16), 1, 4);
    assert_int_equal(common_read(f->g, 20, 1), 1);
    /* impossible accesses do nothing */
    const uint32_t bad[][3] = {{4, 0x4000, 4}, {4, 0x3ffe, 4}, {1, 0, 4},         {9, 0, 4},
                               {4, 0, 3},      {4, 0, 0},      {4, 0xffffffff, 1}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 4), bad[i][0], 1);
        guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 8), bad[i][1], 4);
        guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 12), bad[i][2], 4);
        guest_write(f->g, VMM_SPACE_MMIO, guest_config(cap + 16), 0, 4);
        config_read(f->g, cap + 16, 4);
    }
    assert_int_equal(common_read(f->g, 20, 1), 1);
    teardown(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),      cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_negotiation),   cmocka_unit_test(test_modern_queue),
        cmocka_unit_test(test_intx_and_isr),  cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_device_config), cmocka_unit_test(test_legacy_queue),
        cmocka_unit_test(test_damage),        cmocka_unit_test(test_machine_reset),
        cmocka_unit_test(test_window),
    };
    return cmocka_run_group_tests_name("virtio transport", tests, NULL, NULL);
}
