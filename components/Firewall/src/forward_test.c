/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The firewall between a pretended driver below and clients above, with links and with calls: what
 * passes arrives unchanged, what does not is gone, frames that find no room below wait.
 */
#include "forward.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MEMORY = 0x20000, UDP_FRAME = 14 + 20 + 8 + 18 };

static const uint8_t client_mac[6] = {6, 0, 0, 11, 12, 13}, server_mac[6] = {2, 0, 0, 0, 0, 1};

/* ---- the pretended driver: calls, and a link ------------------------------------------------ */

static uint8_t below[MEMORY] __attribute__((aligned(4096)));
static uint8_t above[MEMORY] __attribute__((aligned(4096)));
static uint8_t line[4096]; /* the last frame that the driver was given by call */
static int line_frames, tx_result, rx_waiting;
static uint8_t rx_frame[UDP_FRAME];

static int driver_tx(int len)
{
    if (len == 0 || tx_result != 0)
        return tx_result;
    memcpy(line, below, (size_t)len);
    line_frames++;
    return 0;
}

static int driver_rx(int *len)
{
    *len = UDP_FRAME;
    if (rx_waiting == 0)
        return -1;
    memcpy(below, rx_frame, UDP_FRAME);
    return --rx_waiting > 0;
}

static void driver_mac(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6)
{
    *b1 = client_mac[0], *b2 = client_mac[1], *b3 = client_mac[2];
    *b4 = client_mac[3], *b5 = client_mac[4], *b6 = client_mac[5];
}

/* ---- the firewall --------------------------------------------------------------------------- */

static struct firewall firewall;
static struct firewall_client member;
static struct forward forward;
static struct forward_client *client;
static int verdicts;

static uint64_t now(void)
{
    return 1000000000;
}

static void on_verdict(const struct forward_client *from, const struct firewall_frame *frame,
                       enum firewall_reason reason)
{
    (void)frame;
    (void)reason;
    assert_ptr_equal(from, client);
    verdicts++;
}

/* Sizes of the memory shared below and above decide between links and calls. */
static void setup(size_t size_below, size_t size_above)
{
    static struct firewall_rule rules[2];
    struct firewall_rule_error error;
    assert_true(firewall_rule_parse(&rules[0], "allow out udp to any port 7", &error));
    assert_true(firewall_rule_parse(&rules[1], "allow in udp to any port 9", &error));
    memset(below, 0, sizeof below);
    memset(above, 0, sizeof above);
    line_frames = tx_result = rx_waiting = verdicts = 0;
    forward = (struct forward){.firewall = &firewall, .now = now, .verdict = on_verdict};
    forward.buffer = malloc(VIRTIO_NET_MAX_FRAME);
    struct forward_member new = {.id = 5,
                                 .name = "vm0",
                                 .calls = {driver_tx, driver_rx, driver_mac, below, size_below},
                                 .memory = above,
                                 .size = size_above};
    client = forward_add(&forward, &new);
    assert_non_null(client);
    assert_ptr_equal(forward_find(&forward, 5), client);
    assert_null(forward_find(&forward, 6));
    memcpy(member.mac, client->mac, 6);
    struct firewall_settings settings = {.rules = rules,
                                         .rule_count = 2,
                                         .enforce = true,
                                         .clients = &member,
                                         .client_count = 1,
                                         .connections = 100,
                                         .timeouts = firewall_default_timeouts};
    firewall_init(&firewall, &settings, calloc(1, firewall_memory(&settings)));
}

static void teardown(void)
{
    free(firewall.rule_buckets);
    free(forward.buffer);
    free(client->frame);
    free(client->slots);
}

static void put_checksum(uint8_t *place, uint32_t sum)
{
    place[0] = (uint8_t)(~sum >> 8);
    place[1] = (uint8_t)~sum;
}

/* UDP without a checksum, from or to the client. */
static void make_udp(uint8_t *frame, bool out, uint8_t port)
{
    memset(frame, 0, UDP_FRAME);
    memcpy(frame, out ? server_mac : client_mac, 6);
    memcpy(frame + 6, out ? client_mac : server_mac, 6);
    const uint8_t ip[] = {8, 0, 0x45, 0, 0, UDP_FRAME - 14, 0,  0, 0, 0,           64, 17,
                          0, 0, 10,   0, 2, out ? 15 : 2,   10, 0, 2, out ? 2 : 15};
    memcpy(frame + 12, ip, sizeof ip);
    const uint8_t udp[] = {1, 0, 0, port, 0, UDP_FRAME - 34};
    memcpy(frame + 34, udp, sizeof udp);
    put_checksum(frame + 24, firewall_checksum_add(0, frame + 14, 20));
}

static void test_calls(void **state)
{
    (void)state;
    uint8_t frame[UDP_FRAME], page[4096];
    int size;
    setup(4096, 4096);
    make_udp(frame, true, 7);
    assert_int_equal(forward_page_put(&forward, client, frame, sizeof frame), 0);
    assert_int_equal(line_frames, 1);
    assert_memory_equal(line, frame, sizeof frame);
    make_udp(frame, true, 8);
    assert_int_equal(forward_page_put(&forward, client, frame, sizeof frame), 0);
    assert_int_equal(line_frames, 1);
    assert_int_equal(forward_page_put(&forward, client, frame, 13), -1);
    assert_int_equal(forward_page_put(&forward, client, page, 2049), -1);
    assert_int_equal(verdicts, 2);
    make_udp(rx_frame, false, 9);
    rx_waiting = 3;
    assert_false(forward_from_network(&forward, client));
    assert_true(forward_should_notify(client));
    assert_false(forward_should_notify(client));
    assert_int_equal(forward_page_get(client, page, sizeof page, &size), FORWARD_MORE);
    assert_int_equal(size, UDP_FRAME);
    assert_memory_equal(page, rx_frame, UDP_FRAME);
    assert_int_equal(forward_page_get(client, page, 10, &size), FORWARD_MORE);
    assert_int_equal(size, 10);
    assert_int_equal(forward_page_get(client, page, sizeof page, &size), FORWARD_LAST);
    assert_int_equal(forward_page_get(client, page, sizeof page, &size), FORWARD_NONE);
    make_udp(rx_frame, false, 10); /* no rule */
    rx_waiting = 1;
    ethport_notified(&client->port);
    forward_from_network(&forward, client);
    assert_false(forward_should_notify(client));
    make_udp(rx_frame, false, 9); /* more than a client that never asks can have */
    rx_waiting = 200;
    ethport_notified(&client->port);
    forward_from_network(&forward, client);
    assert_int_equal(client->no_room, 200 - FORWARD_PAGE_SLOTS);
    teardown();
}

static void test_no_room_below(void **state)
{
    (void)state;
    uint8_t frame[UDP_FRAME];
    setup(4096, 4096);
    make_udp(frame, true, 7);
    tx_result = 1;
    assert_int_equal(forward_page_put(&forward, client, frame, sizeof frame), 0); /* it waits */
    assert_int_equal(forward_page_put(&forward, client, frame, sizeof frame), 1);
    assert_int_equal(verdicts, 1);
    tx_result = 0;
    forward_from_client(&forward, client);
    assert_int_equal(line_frames, 1);
    assert_int_equal(forward_page_put(&forward, client, frame, sizeof frame), 0);
    assert_int_equal(line_frames, 2);
    teardown();
}

static bool send(struct ethlink *link, const uint8_t *data, size_t size)
{
    struct virtio_segment whole = {(uint8_t *)data, size};
    struct virtio_net_frame frame = {.segments = &whole, .count = 1, .size = size};
    return ethlink_send(link, &frame) == ETHLINK_SENT;
}

/* Takes a frame that must be equal to `data`. */
static void expect(struct ethlink *link, struct ethlink_rx *rx, const uint8_t *data, size_t size)
{
    uint8_t got[2048];
    assert_true(ethlink_receive(link, rx));
    assert_int_equal(rx->frame.size, size);
    assert_int_equal(virtio_net_read(&rx->frame, 0, got, size), size);
    assert_memory_equal(got, data, size);
    ethlink_release(link, rx);
}

/* Calls below never say that there is room again: nothing may wait for that. */
static void test_link_above_calls(void **state)
{
    (void)state;
    struct ethlink *guest = calloc(1, sizeof *guest);
    uint8_t frame[UDP_FRAME];
    size_t size;
    setup(4096, MEMORY);
    void *memory = ethlink_in_shmem(above, MEMORY, &size);
    assert_int_equal(ethlink_client_init(guest, memory, size), 0);
    make_udp(frame, true, 7);
    tx_result = 1;
    for (int i = 0; i < 3; i++)
        assert_true(send(guest, frame, sizeof frame));
    assert_false(forward_from_client(&forward, client));
    assert_int_equal(client->held, 0);
    assert_int_equal(client->no_room, 3);
    tx_result = 0;
    assert_true(send(guest, frame, sizeof frame));
    assert_true(ethlink_should_notify(guest)); /* the firewall waits for frames, not for room */
    assert_false(forward_from_client(&forward, client));
    assert_int_equal(line_frames, 1);
    teardown();
    free(guest);
}

static void test_links(void **state)
{
    (void)state;
    struct ethlink *driver = calloc(1, sizeof *driver), *guest = calloc(1, sizeof *guest);
    struct ethlink_rx *rx = calloc(1, sizeof *rx);
    uint8_t frame[UDP_FRAME], padded[UDP_FRAME + 20] = {0};
    size_t size;
    setup(MEMORY, MEMORY);
    void *memory = ethlink_in_shmem(below, MEMORY, &size);
    assert_int_equal(ethlink_server_init(driver, memory, size), 0);
    ethlink_publish(driver, true, client_mac);
    memory = ethlink_in_shmem(above, MEMORY, &size);
    assert_int_equal(ethlink_client_init(guest, memory, size), 0);
    make_udp(frame, true, 7);
    memcpy(padded, frame, sizeof frame);
    assert_true(send(guest, padded, sizeof padded));
    make_udp(frame, true, 8);
    assert_true(send(guest, frame, sizeof frame));
    assert_false(forward_from_client(&forward, client));
    assert_int_equal(verdicts, 2);
    make_udp(frame, true, 7);
    expect(driver, rx, frame, sizeof frame); /* without what was behind the datagram */
    assert_false(ethlink_receive(driver, rx));
    make_udp(frame, false, 9);
    assert_true(send(driver, frame, sizeof frame));
    forward_from_network(&forward, client);
    assert_true(forward_should_notify(client)); /* also about the line's state */
    struct ethlink_side side;
    assert_true(ethlink_peer(guest, &side));
    assert_int_equal(side.up, 1);
    assert_memory_equal(side.mac, client_mac, 6);
    expect(guest, rx, frame, sizeof frame);
    /* A driver that takes nothing: frames wait in the guest's ring, none is lost. */
    make_udp(frame, true, 7);
    int sent = 0, arrived = 0;
    while (send(guest, frame, sizeof frame))
        sent++;
    for (int i = 0; i < 1000 && arrived < sent; i++) {
        forward_from_client(&forward, client);
        while (ethlink_receive(driver, rx)) {
            arrived++;
            ethlink_release(driver, rx);
        }
        while (send(guest, frame, sizeof frame))
            sent++;
        if (sent > 500)
            break;
    }
    forward_from_client(&forward, client);
    while (arrived < sent && ethlink_receive(driver, rx)) {
        arrived++;
        ethlink_release(driver, rx);
        forward_from_client(&forward, client);
    }
    assert_int_equal(arrived, sent);
    teardown();
    free(driver);
    free(guest);
    free(rx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_no_room_below),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_link_above_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
