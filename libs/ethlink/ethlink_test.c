/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Client against server over one region, and both against hostile peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <ethlink/ethlink.h>

struct fixture {
    uint8_t *memory;
    size_t size;
    struct ethlink client, server;
    struct ethlink_rx rx;
};

static struct fixture *setup(size_t size)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->size = size;
    f->memory = aligned_alloc(4096, (size + 4095) & ~(size_t)4095);
    memset(f->memory, 0, size);
    assert_int_equal(ethlink_server_init(&f->server, f->memory, size), 0);
    assert_int_equal(ethlink_client_init(&f->client, f->memory, size), 0);
    return f;
}

static void teardown(struct fixture *f)
{
    free(f->memory);
    free(f);
}

static uint8_t bytes[VIRTIO_NET_MAX_FRAME], copy[VIRTIO_NET_MAX_FRAME];

/* A frame of n bytes that is not a TCP frame; different for each seed. */
static enum ethlink_result send_plain(struct ethlink *link, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
    }
    const struct virtio_segment s[2] = {{bytes, n / 3}, {bytes + n / 3, n - n / 3}};
    const struct virtio_net_frame frame = {.segments = s, .count = 2, .size = n};
    return ethlink_send(link, &frame);
}

/* The next frame of `link` is the one that send_plain() made last. */
static void expect_frame(struct fixture *f, struct ethlink *link, size_t n)
{
    assert_true(ethlink_receive(link, &f->rx));
    assert_int_equal(f->rx.frame.size, n);
    assert_int_equal(virtio_net_read(&f->rx.frame, 0, copy, sizeof copy), n);
    assert_memory_equal(copy, bytes, n);
    ethlink_release(link, &f->rx);
}

static void test_sizes(void **state)
{
    (void)state;
    struct ethlink link;
    static uint8_t small[4096] __attribute__((aligned(64)));
    assert_int_equal(ethlink_client_init(&link, small, sizeof small), -1);
    assert_true(ethlink_broken(&link));
    assert_int_equal(ethlink_server_init(&link, small, 0), -1);
    size_t size;
    assert_null(ethlink_in_shmem(small, sizeof small, &size));
    struct fixture *f = setup(ETHLINK_MIN_SHMEM);
    assert_ptr_equal(ethlink_in_shmem(f->memory, f->size, &size), f->memory + ETHLINK_OFFSET);
    assert_int_equal(ethlink_client_init(&link, f->memory + ETHLINK_OFFSET, size), 0);
    assert_true(link.buffers >= ETHLINK_MIN_BUFFERS);
    teardown(f);
    f = setup(ETHLINK_GOOD_SHMEM);
    assert_true(f->client.buffers >= 240);
    teardown(f);
    f = setup(16 << 20);
    assert_int_equal(f->client.buffers, ETHLINK_MAX_BUFFERS);
    teardown(f);
}

/* All sizes in both directions, through several wraps of every ring. */
static void traffic(size_t region)
{
    struct fixture *f = setup(region);
    for (unsigned i = 0; i < 3000; i++) {
        size_t n = 14 + (i * 97) % (VIRTIO_NET_MAX_PLAIN - 13);
        assert_int_equal(send_plain(&f->client, n, i), ETHLINK_SENT);
        expect_frame(f, &f->server, n);
        assert_int_equal(send_plain(&f->server, n, i + 1), ETHLINK_SENT);
        expect_frame(f, &f->client, n);
    }
    assert_int_equal(f->client.stats.sent, 3000);
    assert_int_equal(f->client.stats.received, 3000);
    assert_int_equal(f->client.stats.malformed + f->server.stats.malformed, 0);
    assert_false(ethlink_broken(&f->client) || ethlink_broken(&f->server));
    teardown(f);
}

static void test_traffic(void **state)
{
    (void)state;
    traffic(ETHLINK_MIN_SHMEM - ETHLINK_OFFSET);
    traffic(200000);
    traffic(ETHLINK_GOOD_SHMEM);
}

/* Nothing is lost: a full link says so, and after the peer has taken frames there is room. */
static void full(struct fixture *f, struct ethlink *from, struct ethlink *to)
{
    unsigned sent = 0, got = 0;
    uint64_t before = from->stats.no_room;
    while (send_plain(from, 1514, sent) == ETHLINK_SENT) {
        sent++;
    }
    assert_int_equal(sent, from->buffers);
    assert_false(ethlink_has_room(from, 60));
    assert_false(ethlink_arm(from));
    while (ethlink_should_notify(from)) {
    }
    bool told = false;
    while (ethlink_receive(to, &f->rx)) {
        got++;
        ethlink_release(to, &f->rx);
        told |= ethlink_should_notify(to);
    }
    assert_int_equal(got, sent);
    assert_true(told); /* the sender asked for it */
    assert_true(ethlink_has_room(from, 60));
    assert_true(ethlink_arm(from)); /* once: a sender may have dropped its frame */
    assert_false(ethlink_arm(from));
    assert_int_equal(send_plain(from, 1514, 0), ETHLINK_SENT);
    assert_int_equal(from->stats.no_room, before + 1);
    expect_frame(f, to, 1514);
}

static void test_full(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    full(f, &f->client, &f->server);
    full(f, &f->server, &f->client);
    full(f, &f->client, &f->server);
    teardown(f);
}

/* A notification is sent for the first frame after arming, and not for those after it. */
static void notifications(struct fixture *f, struct ethlink *from, struct ethlink *to)
{
    while (ethlink_should_notify(from) || ethlink_should_notify(to)) {
    }
    assert_false(ethlink_arm(to));
    send_plain(from, 60, 1);
    assert_true(ethlink_should_notify(from));
    send_plain(from, 60, 1);
    assert_false(ethlink_should_notify(from));
    assert_true(ethlink_arm(to));
    expect_frame(f, to, 60);
    expect_frame(f, to, 60);
    assert_false(ethlink_arm(to));
    assert_false(ethlink_should_notify(to)); /* nobody waits for room */
}

static void test_notifications(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    for (unsigned i = 0; i < 50000; i++) {
        notifications(f, &f->client, &f->server);
        notifications(f, &f->server, &f->client);
    }
    teardown(f);
}

static void test_sides(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    struct ethlink_side side;
    assert_true(ethlink_peer(&f->client, &side));
    assert_int_equal(side.mtu, 1500);
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    while (ethlink_should_notify(&f->server)) {
    }
    ethlink_publish(&f->server, false, mac);
    ethlink_accept(&f->server, ~0u, 9000);
    assert_true(ethlink_should_notify(&f->server));
    assert_false(ethlink_should_notify(&f->server));
    assert_true(ethlink_peer(&f->client, &side));
    assert_int_equal(side.up, 0);
    assert_int_equal(side.mtu, 9000);
    assert_int_equal(side.accepts, VIRTIO_NET_ACCEPT_ALL);
    assert_memory_equal(side.mac, mac, 6);
    f->client.header->server.mtu = 65535;
    f->client.header->server.up = 77;
    assert_true(ethlink_peer(&f->client, &side));
    assert_int_equal(side.mtu, VIRTIO_NET_MAX_MTU);
    assert_int_equal(side.up, 0);
    f->client.header->server.version = 2;
    assert_false(ethlink_peer(&f->client, &side));
    teardown(f);
}

/* A TCP/IPv4 frame with offloads; only what the software path looks at is filled in. */
static struct virtio_net_frame tcp_frame(struct virtio_segment *segment, size_t payload)
{
    memset(bytes, 0x11, sizeof bytes);
    memcpy(bytes + 12, "\x08\x00\x45", 3);
    bytes[23] = 6;
    bytes[46] = 0x50;
    *segment = (struct virtio_segment){bytes, 54 + payload};
    return (struct virtio_net_frame){.hdr = {.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                                             .gso_type = VIRTIO_NET_GSO_TCPV4,
                                             .gso_size = 1460,
                                             .csum_start = 34,
                                             .csum_offset = 16},
                                     .segments = segment,
                                     .count = 1,
                                     .size = 54 + payload};
}

static unsigned drain(struct fixture *f, struct ethlink *link, size_t *total)
{
    unsigned n = 0;
    for (*total = 0; ethlink_receive(link, &f->rx); n++) {
        *total += f->rx.frame.size;
        ethlink_release(link, &f->rx);
    }
    return n;
}

static void offloads(struct fixture *f, struct ethlink *from, struct ethlink *to)
{
    struct virtio_segment s;
    struct virtio_net_frame frame = tcp_frame(&s, 60000);
    size_t total;
    ethlink_accept(to, 0, 1500);
    assert_int_equal(ethlink_send(from, &frame), ETHLINK_SENT);
    assert_int_equal(drain(f, to, &total), 42);
    assert_int_equal(total, 60000 + 42 * 54);
    ethlink_accept(to, VIRTIO_NET_ACCEPT_ALL, 1500);
    assert_int_equal(ethlink_send(from, &frame), ETHLINK_SENT);
    assert_true(ethlink_receive(to, &f->rx));
    assert_int_equal(f->rx.frame.hdr.gso_type, VIRTIO_NET_GSO_TCPV4);
    assert_int_equal(f->rx.frame.hdr.gso_size, 1460);
    assert_int_equal(virtio_net_read(&f->rx.frame, 0, copy, sizeof copy), frame.size);
    assert_memory_equal(copy, bytes, frame.size);
    ethlink_release(to, &f->rx);
    /* a frame that is not what it says is refused by the side that would have to cut it */
    ethlink_accept(to, 0, 1500);
    bytes[23] = 17;
    assert_int_equal(ethlink_send(from, &frame), ETHLINK_DROPPED);
    assert_int_equal(drain(f, to, &total), 0);
}

static void test_offloads(void **state)
{
    (void)state;
    struct fixture *f = setup(ETHLINK_GOOD_SHMEM);
    for (unsigned i = 0; i < 40; i++) {
        offloads(f, &f->client, &f->server);
        offloads(f, &f->server, &f->client);
    }
    teardown(f);
}

/* Who vouches for a checksum: the server, which knows what a controller has found. */
static void test_checksum_found_right(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    const struct virtio_segment s = {bytes, 100};
    const struct virtio_net_frame frame = {
        .hdr.flags = VIRTIO_NET_HDR_DATA_VALID, .segments = &s, .count = 1, .size = 100};
    assert_int_equal(ethlink_send(&f->client, &frame), ETHLINK_SENT);
    assert_true(ethlink_receive(&f->server, &f->rx));
    assert_int_equal(f->rx.frame.hdr.flags, 0);
    assert_int_equal(ethlink_send(&f->server, &frame), ETHLINK_SENT);
    assert_true(ethlink_receive(&f->client, &f->rx));
    assert_int_equal(f->rx.frame.hdr.flags, VIRTIO_NET_HDR_DATA_VALID);
    teardown(f);
}

/* A long frame over a small link: cut although the peer would take it, and what fits arrives. */
static void test_long_frame_small_link(void **state)
{
    (void)state;
    struct fixture *f = setup(ETHLINK_MIN_SHMEM - ETHLINK_OFFSET);
    struct virtio_segment s;
    struct virtio_net_frame frame = tcp_frame(&s, 60000);
    size_t total;
    ethlink_accept(&f->server, VIRTIO_NET_ACCEPT_ALL, 1500);
    assert_int_equal(ethlink_send(&f->client, &frame), ETHLINK_DROPPED);
    assert_int_equal(drain(f, &f->server, &total), f->client.buffers);
    frame = tcp_frame(&s, 8000);
    assert_int_equal(ethlink_send(&f->client, &frame), ETHLINK_SENT);
    assert_true(drain(f, &f->server, &total) == 1);
    teardown(f);
}

static void test_one_way(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    struct ethlink *sender = &f->client, *receiver = &f->server;
    memset(f->memory, 0, f->size);
    assert_int_equal(ethlink_sender_init(sender, f->memory, f->size), 0);
    for (unsigned i = 0; i < 5; i++) { /* before the receiver has started */
        assert_int_equal(send_plain(sender, 1000, i), ETHLINK_SENT);
    }
    assert_int_equal(ethlink_receiver_init(receiver, f->memory, f->size), 0);
    assert_true(sender->buffers > 90);
    assert_int_equal(sender->buffers, receiver->buffers);
    size_t total;
    assert_int_equal(drain(f, receiver, &total), 5);
    full(f, sender, receiver);
    assert_int_equal(send_plain(receiver, 100, 0), ETHLINK_DROPPED);
    assert_false(ethlink_receive(sender, &f->rx));
    assert_false(ethlink_arm(sender));
    teardown(f);
}

static void test_several_held(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    static struct ethlink_rx held[4];
    for (unsigned k = 0; k < 100; k++) {
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(send_plain(&f->server, 3000 + i, i), ETHLINK_SENT);
            assert_true(ethlink_receive(&f->client, &held[i]));
        }
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(held[i ^ 1].frame.size, 3000 + (i ^ 1));
            ethlink_release(&f->client, &held[i ^ 1]);
        }
    }
    assert_false(ethlink_broken(&f->client) || ethlink_broken(&f->server));
    teardown(f);
}

/* Frames whose header does not fit them never reach the caller. */
static void test_malformed_frames(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    for (unsigned i = 0; i < 4; i++) {
        send_plain(&f->client, 100, i);
    }
    struct virtio_net_hdr bad = {.flags = 1, .csum_start = 99, .csum_offset = 50};
    for (unsigned i = 0; i < 3; i++) {
        memcpy(f->memory + f->client.data_tx + (size_t)i * ETHLINK_BUFFER, &bad, sizeof bad);
    }
    expect_frame(f, &f->server, 100);
    assert_int_equal(f->server.stats.malformed, 3);
    /* so many at once only end a visit */
    for (unsigned i = 0; i < 40; i++) {
        send_plain(&f->client, 100, i);
    }
    for (unsigned i = 0; i < f->client.buffers; i++) {
        memcpy(f->memory + f->client.data_tx + (size_t)i * ETHLINK_BUFFER, &bad, sizeof bad);
    }
    assert_false(ethlink_receive(&f->server, &f->rx));
    assert_in_range(f->server.stats.malformed, 4, 42);
    while (ethlink_arm(&f->server)) {
        assert_false(ethlink_receive(&f->server, &f->rx));
    }
    assert_int_equal(f->server.stats.malformed, 43);
    assert_int_equal(send_plain(&f->client, 13, 0), ETHLINK_DROPPED);
    assert_int_equal(send_plain(&f->client, VIRTIO_NET_MAX_PLAIN + 1, 0), ETHLINK_DROPPED);
    teardown(f);
}

static void expect_dead(struct fixture *f, struct ethlink *link)
{
    assert_false(ethlink_receive(link, &f->rx));
    assert_true(ethlink_broken(link));
    assert_int_equal(send_plain(link, 100, 0), ETHLINK_DROPPED);
    assert_false(ethlink_arm(link));
    struct ethlink_side side;
    assert_false(ethlink_peer(link, &side));
    assert_int_equal(ethlink_waiting(link), 0);
    teardown(f);
}

static void test_hostile_client(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    f->server.queue_rx.avail->index = 0x7fff;
    expect_dead(f, &f->server);
    f = setup(200000); /* a buffer beyond the region */
    send_plain(&f->client, 100, 0);
    f->client.driver_tx.ring.desc[0].address = f->size - 50;
    expect_dead(f, &f->server);
    f = setup(200000); /* too short for a header */
    send_plain(&f->client, 100, 0);
    f->client.driver_tx.ring.desc[0].size = 5;
    expect_dead(f, &f->server);
    f = setup(200000); /* a receive buffer that cannot be written */
    f->client.driver_rx.ring.desc[0].flags = 0;
    send_plain(&f->server, 100, 0);
    expect_dead(f, &f->server);
    f = setup(200000); /* receive buffers of a few bytes: a frame would take too many */
    for (unsigned i = 0; i < f->client.buffers; i++) {
        f->client.driver_rx.ring.desc[i].size = 12;
    }
    assert_int_equal(send_plain(&f->server, 600, 0), ETHLINK_DROPPED);
    assert_false(ethlink_broken(&f->server));
    teardown(f);
}

static void test_hostile_server(void **state)
{
    (void)state;
    struct fixture *f = setup(200000);
    f->client.driver_rx.ring.used->index = 0x7fff;
    expect_dead(f, &f->client);
    f = setup(200000); /* more merged buffers than there are */
    send_plain(&f->server, 100, 0);
    ((struct virtio_net_hdr *)(void *)(f->memory + f->client.data_rx))->num_buffers = 2;
    expect_dead(f, &f->client);
    f = setup(200000);
    send_plain(&f->server, 100, 0);
    ((struct virtio_net_hdr *)(void *)(f->memory + f->client.data_rx))->num_buffers = 0xffff;
    expect_dead(f, &f->client);
    f = setup(200000); /* more bytes than a buffer has */
    send_plain(&f->server, 100, 0);
    f->client.driver_rx.ring.used->ring[0].written = ETHLINK_BUFFER + 1;
    expect_dead(f, &f->client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_notifications),
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_offloads),
        cmocka_unit_test(test_checksum_found_right),
        cmocka_unit_test(test_long_frame_small_link),
        cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_several_held),
        cmocka_unit_test(test_malformed_frames),
        cmocka_unit_test(test_hostile_client),
        cmocka_unit_test(test_hostile_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
