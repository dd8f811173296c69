/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* A port against a pretended server: calls, and a link whose other side is in the same program. */
#include <ethport/ethport.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint8_t page[4096], sent[4096];
static int sent_size, calls_of_tx, tx_result;
static int waiting;       /* frames the pretended server holds */
static int answered_size; /* what it says their size is */

static int fake_tx(int len)
{
    calls_of_tx++;
    if (len > 0)
        memcpy(sent, page, (size_t)len);
    sent_size = len;
    return tx_result;
}

static int fake_rx(int *len)
{
    *len = answered_size;
    if (waiting == 0)
        return -1;
    page[0] = (uint8_t)waiting;
    return --waiting > 0;
}

static void fake_mac(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6)
{
    *b1 = 6, *b2 = 5, *b3 = 4, *b4 = 3, *b5 = 2, *b6 = 1;
}

static struct ethport_calls calls_with(void *memory, size_t size)
{
    calls_of_tx = tx_result = waiting = 0;
    answered_size = 60;
    return (struct ethport_calls){fake_tx, fake_rx, fake_mac, memory, size};
}

static void test_calls(void **state)
{
    (void)state;
    struct ethport port;
    struct ethport_calls calls = calls_with(page, sizeof page);
    struct virtio_net_hdr hdr = {0};
    uint8_t frame[2048] = {[0] = 9}, mac[6];
    ethport_open(&port, &calls, VIRTIO_NET_ACCEPT_ALL, 1500);
    assert_false(port.is_link);
    ethport_mac(&port, mac);
    assert_int_equal(mac[5], 1);
    assert_int_equal(ethport_send(&port, &hdr, frame, 100), ETHLINK_SENT);
    assert_int_equal(sent_size, 100);
    assert_int_equal(sent[0], 9);
    tx_result = 1;
    assert_int_equal(ethport_send(&port, &hdr, frame, 100), ETHLINK_NO_ROOM);
    tx_result = -1;
    assert_int_equal(ethport_send(&port, &hdr, frame, 100), ETHLINK_DROPPED);
    waiting = 2;
    assert_int_equal(ethport_receive(&port, frame, sizeof frame, &hdr), 60);
    assert_int_equal(frame[0], 2);
    assert_true(ethport_finish(&port));
    assert_int_equal(ethport_receive(&port, frame, sizeof frame, &hdr), 60);
    assert_int_equal(frame[0], 1);
    assert_false(ethport_finish(&port));
    waiting = 1; /* nobody has said so yet */
    assert_int_equal(ethport_receive(&port, frame, sizeof frame, &hdr), 0);
    ethport_notified(&port);
    assert_int_equal(ethport_receive(&port, frame, sizeof frame, &hdr), 60);
}

static void test_lying_server(void **state)
{
    (void)state;
    static const int sizes[] = {-1, 0, 13, 4097, 2049, 0x7fffffff};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ethport port;
        struct ethport_calls calls = calls_with(page, sizeof page);
        struct virtio_net_hdr hdr;
        uint8_t frame[2048];
        ethport_open(&port, &calls, 0, 1500);
        answered_size = sizes[i];
        waiting = 1000; /* its end is not waited for */
        assert_int_equal(ethport_receive(&port, frame, sizeof frame, &hdr), 0);
        assert_true(waiting > 0);
    }
}

/* A TCP segment that is to be cut and finished goes over calls in pieces. */
static void test_offload_by_calls(void **state)
{
    (void)state;
    struct ethport port;
    struct ethport_calls calls = calls_with(page, sizeof page);
    uint8_t frame[54 + 3000] = {[12] = 8, [14] = 0x45, [22] = 64, [23] = 6, [46] = 0x50};
    frame[16] = (sizeof frame - 14) >> 8;
    frame[17] = (sizeof frame - 14) & 0xff;
    struct virtio_net_hdr hdr = {.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                                 .gso_type = VIRTIO_NET_GSO_TCPV4,
                                 .gso_size = 1000,
                                 .csum_start = 34,
                                 .csum_offset = 16};
    ethport_open(&port, &calls, 0, 1500);
    assert_int_equal(ethport_send(&port, &hdr, frame, sizeof frame), ETHLINK_SENT);
    assert_int_equal(calls_of_tx, 3);
    assert_int_equal(sent_size, 1054);
    hdr.csum_start = 5000;
    assert_int_equal(ethport_send(&port, &hdr, frame, sizeof frame), ETHLINK_DROPPED);
}

static void test_link(void **state)
{
    (void)state;
    static uint8_t memory[0x20000] __attribute__((aligned(4096)));
    struct ethport *port = calloc(1, sizeof *port);
    struct ethlink *server = calloc(1, sizeof *server);
    struct ethlink_rx *rx = calloc(1, sizeof *rx);
    struct ethport_calls calls = calls_with(memory, sizeof memory);
    size_t size;
    void *inside = ethlink_in_shmem(memory, sizeof memory, &size);
    assert_int_equal(ethlink_server_init(server, inside, size), 0);
    ethport_open(port, &calls, 0, 1500);
    assert_true(port->is_link);
    struct virtio_net_hdr hdr = {0};
    uint8_t frame[100] = {[0] = 9}, got[200];
    ethlink_arm(server);
    assert_int_equal(ethport_send(port, &hdr, frame, sizeof frame), ETHLINK_SENT);
    assert_int_equal(calls_of_tx, 0);
    ethport_finish(port);
    assert_int_equal(calls_of_tx, 1); /* the doorbell, once per batch */
    assert_int_equal(sent_size, 0);
    assert_true(ethlink_receive(server, rx));
    assert_int_equal(rx->frame.size, sizeof frame);
    ethlink_release(server, rx);
    struct virtio_segment whole = {frame, sizeof frame};
    struct virtio_net_frame up = {.segments = &whole, .count = 1, .size = sizeof frame};
    assert_int_equal(ethlink_send(server, &up), ETHLINK_SENT);
    assert_int_equal(ethlink_send(server, &up), ETHLINK_SENT);
    assert_int_equal(ethport_receive(port, got, 99, &hdr), 0); /* both too large: skipped */
    assert_int_equal(ethlink_send(server, &up), ETHLINK_SENT);
    assert_int_equal(ethport_receive(port, got, sizeof got, &hdr), sizeof frame);
    assert_int_equal(got[0], 9);
    free(port);
    free(server);
    free(rx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_lying_server),
        cmocka_unit_test(test_offload_by_calls),
        cmocka_unit_test(test_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
