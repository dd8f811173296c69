/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Virtqueues of components: a driver and a device over one piece of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <camkes/virtqueue.h>

#define SIZE 8192u

static uint8_t memory[SIZE] __attribute__((aligned(4096)));
static unsigned notified;

static void count_notify(void)
{
    notified++;
}

static struct camkes_virtqueue_channel ends[] = {
    {.id = 3,
     .name = "send",
     .role = CAMKES_VIRTQUEUE_DRIVER,
     .queue_length = 32,
     .buffer = memory,
     .size = SIZE,
     .notify = count_notify,
     .notification = 7,
     .badge = 9},
    {.id = 4,
     .name = "recv",
     .role = CAMKES_VIRTQUEUE_DEVICE,
     .queue_length = 32,
     .buffer = memory,
     .size = SIZE,
     .notify = count_notify},
    {.id = 5,
     .name = "small",
     .role = CAMKES_VIRTQUEUE_DRIVER,
     .queue_length = 512,
     .buffer = memory,
     .size = SIZE,
     .notify = count_notify},
};

static virtqueue_driver_t driver;
static virtqueue_device_t device;
static virtqueue_ring_object_t object;

static int setup(void **state)
{
    (void)state;
    memset(memory, 0, sizeof memory);
    return camkes_virtqueue_driver_init(&driver, 3) | camkes_virtqueue_device_init(&device, 4);
}

static int teardown(void **state)
{
    (void)state;
    free(driver.blocks);
    free(driver.slots);
    free(device.chain);
    return 0;
}

static void test_channels(void **state)
{
    (void)state;
    virtqueue_driver_t other;
    virtqueue_device_t wrong;
    seL4_CPtr notification, badge;
    assert_int_equal(camkes_virtqueue_channel_num(), 3);
    assert_int_equal(camkes_virtqueue_get_id_from_name("recv"), 4);
    assert_int_equal(camkes_virtqueue_get_id_from_name("nobody"), -1);
    assert_int_equal(camkes_virtqueue_driver_init(&other, 99), -1);
    assert_int_equal(camkes_virtqueue_driver_init(&other, 4), -1); /* the other role */
    assert_int_equal(camkes_virtqueue_device_init(&wrong, 3), -1);
    assert_int_equal(camkes_virtqueue_driver_init(&other, 5), -1); /* rings do not fit */
    assert_int_equal(camkes_virtqueue_driver_scatter_send_buffer(&other, "x", 1), -1);
    teardown(state);
    assert_int_equal(camkes_virtqueue_driver_init_with_recv(&driver, 3, &notification, &badge), 0);
    assert_int_equal(notification, 7);
    assert_int_equal(badge, 9);
    assert_int_equal(camkes_virtqueue_device_init(&device, 4), 0);
}

/* An allocated buffer goes to the device, is overwritten and comes back. */
static void test_buffer(void **state)
{
    (void)state;
    char text[64];
    void *buffer;
    uint32_t written;
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buffer, 300), 0);
    memcpy(buffer, "question", 9);
    assert_int_equal(camkes_virtqueue_driver_send_buffer(&driver, buffer, 400), -1); /* 3 blocks */
    assert_false(VQ_DEV_POLL(&device));
    assert_int_equal(camkes_virtqueue_driver_send_buffer(&driver, buffer, 300), 0);
    assert_true(VQ_DEV_POLL(&device));
    assert_int_equal(virtqueue_get_available_buf(&device, &object), 1);
    assert_int_equal(virtqueue_scattered_available_size(&device, &object), 300);
    assert_int_equal(camkes_virtqueue_device_scatter_copy_buffer(&device, &object, text, 301), -1);
    assert_int_equal(camkes_virtqueue_device_scatter_copy_buffer(&device, &object, "answer", 7), 0);
    assert_int_equal(virtqueue_get_available_buf(&device, &object), 0);
    assert_true(VQ_DRV_POLL(&driver));
    assert_int_equal(virtqueue_get_used_buf(&driver, &object, &written), 1);
    assert_int_equal(written, 7);
    assert_int_equal(camkes_virtqueue_driver_gather_copy_buffer(&driver, &object, text, 7), 0);
    assert_string_equal(text, "answer");
    assert_int_equal(virtqueue_get_used_buf(&driver, &object, &written), 0);
}

/* Many rounds of scattered messages of all lengths: contents right, no block lost. */
static void test_scatter(void **state)
{
    (void)state;
    static uint8_t in[2000], out[2000];
    uint32_t written;
    for (unsigned round = 0; round < 5000; round++) {
        size_t n = 1 + (round * 37) % sizeof in;
        for (size_t i = 0; i < n; i++) {
            in[i] = (uint8_t)(round + i * 3);
        }
        assert_int_equal(camkes_virtqueue_driver_scatter_send_buffer(&driver, in, n), 0);
        assert_int_equal(virtqueue_get_available_buf(&device, &object), 1);
        assert_int_equal(virtqueue_scattered_available_size(&device, &object), n);
        memset(out, 0, sizeof out);
        assert_int_equal(camkes_virtqueue_device_gather_copy_buffer(&device, &object, out, n), 0);
        assert_memory_equal(in, out, n);
        assert_int_equal(virtqueue_get_used_buf(&driver, &object, &written), 1);
        assert_int_equal(camkes_virtqueue_driver_gather_copy_buffer(&driver, &object, out, n), 0);
        assert_memory_equal(in, out, n);
    }
    for (unsigned i = 0; i < driver.num_blocks; i++) {
        assert_false(driver.blocks[i].taken);
    }
}

/* Full: nothing half sent, and all blocks of what failed are free again. */
static void test_full(void **state)
{
    (void)state;
    static uint8_t data[128];
    unsigned sent = 0;
    void *buffer;
    while (camkes_virtqueue_driver_scatter_send_buffer(&driver, data, sizeof data) == 0) {
        sent++;
    }
    assert_int_equal(sent, 32);
    unsigned taken = 0;
    for (unsigned i = 0; i < driver.num_blocks; i++) {
        taken += driver.blocks[i].taken;
    }
    assert_int_equal(taken, 32);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buffer, SIZE), -1);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buffer, 1), 0);
    camkes_virtqueue_buffer_free(&driver, (uint8_t *)buffer + 1); /* not its beginning */
    camkes_virtqueue_buffer_free(&driver, data);
    camkes_virtqueue_buffer_free(&driver, buffer);
    camkes_virtqueue_buffer_free(&driver, buffer);
    assert_int_equal(camkes_virtqueue_driver_send_buffer(&driver, buffer, 1), -1);
}

static void test_hostile(void **state)
{
    (void)state;
    uint32_t written;
    camkes_virtqueue_driver_scatter_send_buffer(&driver, "abc", 3);
    driver.ring.ring.desc[0].address = SIZE - 1; /* beyond the memory */
    assert_int_equal(virtqueue_get_available_buf(&device, &object), 0);
    assert_int_equal(virtqueue_add_used_buf(&device, &object, 0), 0);
    driver.ring.ring.used->index = 17;
    assert_int_equal(virtqueue_get_used_buf(&driver, &object, &written), 0);
    assert_int_equal(camkes_virtqueue_driver_scatter_send_buffer(&driver, "abc", 3), -1);
    assert_null(camkes_virtqueue_device_offset_to_buffer(&device, SIZE));
    assert_null(camkes_virtqueue_driver_offset_to_buffer(&driver, SIZE));
    assert_ptr_equal(camkes_virtqueue_device_offset_to_buffer(&device, 128), memory + 128);
    object.first = object.cur = 1000000;
    assert_int_equal(camkes_virtqueue_driver_gather_copy_buffer(&driver, &object, &written, 1), -1);
    assert_int_equal(camkes_virtqueue_device_gather_copy_buffer(&device, &object, &written, 1), -1);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        camkes_virtqueue_channel_register(&ends[i]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scatter, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
