/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Who gets which frame, with clients on links and on pages and a line that can be full. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "hub.h"

enum { REGION = 0x40000, LINE_FRAMES = 128, A = 1, B = 2, P = 3, Q = 4 };

static struct hub hub;
static struct ethlink client[2]; /* A and B */
static void *region[2];
static struct {
    size_t size;
    struct nic_offload offload;
    uint8_t data[70000];
} line[LINE_FRAMES];
static unsigned line_count, signals[8];
static bool line_full;

static enum nic_status line_send(void *context, const struct nic_frame *frame)
{
    (void)context;
    size_t at = 0;
    if (line_full)
        return NIC_FULL;
    assert_true(line_count < LINE_FRAMES);
    for (size_t i = 0; i < frame->count; i++) {
        memcpy(line[line_count].data + at, frame->pieces[i].data, frame->pieces[i].size);
        at += frame->pieces[i].size;
    }
    line[line_count].offload = frame->offload;
    line[line_count++].size = at;
    return NIC_OK;
}

static enum nic_status line_room(void *context, unsigned frames)
{
    (void)context;
    return line_full ? NIC_FULL : frames < LINE_FRAMES ? NIC_OK : NIC_BAD_REQUEST;
}

static void on_signal(void *context, unsigned id)
{
    (void)context;
    signals[id]++;
}

static int setup_mode(bool segments, bool check)
{
    struct hub_ops ops = {NULL, line_send, line_room, segments, on_signal};
    hub_init(&hub, &ops, check, 1500);
    hub.coalesces = true;
    for (unsigned i = 0; i < 2; i++) {
        struct hub_member m = {
            .id = A + i, .name = "link", .mac = {2, 0, 0, 0, 0, (uint8_t)(A + i)}};
        region[i] = aligned_alloc(4096, REGION);
        memset(region[i], 0, REGION);
        m.memory = region[i];
        m.size = REGION;
        assert_non_null(hub_add(&hub, &m));
        assert_int_equal(ethlink_client_init(&client[i], region[i], REGION), 0);
        ethlink_accept(&client[i], 0, 1500);
    }
    for (unsigned id = P; id <= Q; id++) {
        struct hub_member m = {.id = id, .name = "page", .mac = {2, 0, 0, 0, 0, (uint8_t)id}};
        assert_non_null(hub_add(&hub, &m));
    }
    hub_start(&hub);
    line_count = 0;
    line_full = false;
    memset(signals, 0, sizeof(signals));
    return 0;
}

static int setup(void **state)
{
    (void)state;
    return setup_mode(true, true);
}

static int teardown(void **state)
{
    (void)state;
    free(region[0]);
    free(region[1]);
    return 0;
}

static size_t make(uint8_t *frame, const char *to, unsigned from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        frame[i] = (uint8_t)(i * 3);
    memcpy(frame, to, 6);
    memcpy(frame + 6, "\x02\0\0\0\0", 5);
    frame[11] = (uint8_t)from;
    frame[12] = 0x88, frame[13] = 0xb5;
    return size;
}

/* A client on a link sends; the hub takes it. */
static void link_send(unsigned id, uint8_t *frame, size_t size, const struct virtio_net_hdr *hdr)
{
    static const struct virtio_net_hdr plain;
    struct virtio_segment s = {frame, size};
    struct virtio_net_frame f = {hdr ? *hdr : plain, &s, 1, size};
    assert_int_equal(ethlink_send(&client[id - A], &f), ETHLINK_SENT);
    hub_service(&hub, hub_find(&hub, id));
}

/* What waits for a client: size of the frame, 0 if there is none. */
static size_t fetch(unsigned id, uint8_t *to)
{
    if (id >= P) {
        int size;
        hub_receive_page(hub_find(&hub, id), to, 4096, &size);
        return (size_t)size;
    }
    struct ethlink_rx rx;
    if (!ethlink_receive(&client[id - A], &rx))
        return 0;
    size_t size = virtio_net_read(&rx.frame, 0, to, 70000);
    ethlink_release(&client[id - A], &rx);
    return size;
}

static void expect_only(unsigned id, const uint8_t *frame, size_t size)
{
    static uint8_t got[70000];
    for (unsigned i = A; i <= Q; i++) {
        if (i != id) {
            assert_int_equal(fetch(i, got), 0);
            continue;
        }
        assert_int_equal(fetch(i, got), size);
        assert_memory_equal(got, frame, size);
        assert_int_equal(fetch(i, got), 0);
    }
}

static void from_line(const uint8_t *frame, size_t size)
{
    struct nic_received r = {.piece = {{frame, size / 2}, {frame + size / 2, size - size / 2}},
                             .count = 2,
                             .size = size};
    hub_from_line(&hub, &r);
}

static void test_unicast_from_line(void **state)
{
    (void)state;
    uint8_t frame[300];
    for (unsigned id = A; id <= Q; id++) {
        make(frame, "\x02\0\0\0\0\0", 9, sizeof(frame));
        frame[5] = (uint8_t)id;
        from_line(frame, sizeof(frame));
        expect_only(id, frame, sizeof(frame));
    }
    frame[5] = 77;
    from_line(frame, sizeof(frame));
    expect_only(0, frame, 0);
    assert_int_equal(hub.unwanted, 1);
    assert_int_equal(line_count, 0);
}

static void test_groups(void **state)
{
    (void)state;
    static uint8_t frame[100], got[70000];
    make(frame, "\x01\0\x5e\1\2\3", 9, sizeof(frame));
    from_line(frame, sizeof(frame));
    for (unsigned id = A; id <= Q; id++)
        assert_int_equal(fetch(id, got), sizeof(frame));
    assert_int_equal(line_count, 0);
    make(frame, "\xff\xff\xff\xff\xff\xff", B, sizeof(frame));
    link_send(B, frame, sizeof(frame), NULL);
    for (unsigned id = A; id <= Q; id++)
        assert_int_equal(fetch(id, got), id == B ? 0 : sizeof(frame));
    assert_int_equal(line_count, 1);
    /* the bridge group stays on its link */
    make(frame, "\x01\x80\xc2\0\0\0", B, sizeof(frame));
    link_send(B, frame, sizeof(frame), NULL);
    expect_only(0, frame, 0);
    assert_int_equal(line_count, 2);
}

static void test_between_clients(void **state)
{
    (void)state;
    uint8_t frame[200];
    make(frame, "\x02\0\0\0\0\x02", A, sizeof(frame));
    link_send(A, frame, sizeof(frame), NULL);
    expect_only(B, frame, sizeof(frame));
    frame[5] = P;
    link_send(A, frame, sizeof(frame), NULL);
    expect_only(P, frame, sizeof(frame));
    make(frame, "\x02\0\0\0\0\x01", Q, sizeof(frame));
    assert_int_equal(hub_send_page(&hub, hub_find(&hub, Q), frame, sizeof(frame)), 0);
    expect_only(A, frame, sizeof(frame));
    frame[5] = Q; /* to itself: nobody */
    assert_int_equal(hub_send_page(&hub, hub_find(&hub, Q), frame, sizeof(frame)), 0);
    expect_only(0, frame, 0);
    assert_int_equal(line_count, 0);
}

static void test_forged(void **state)
{
    (void)state;
    uint8_t frame[200];
    make(frame, "\x02\0\0\0\0\x09", B, sizeof(frame));
    link_send(A, frame, sizeof(frame), NULL);
    assert_int_equal(line_count, 0);
    assert_int_equal(hub_find(&hub, A)->counters.forged, 1);
    assert_int_equal(hub_send_page(&hub, hub_find(&hub, P), frame, sizeof(frame)), 0);
    assert_int_equal(line_count, 1);
    assert_int_equal(line[0].data[11], P);
    assert_int_equal(frame[11], B); /* the client's memory is not written */
    assert_int_equal(hub_find(&hub, P)->counters.forged, 1);
    teardown(NULL);
    setup_mode(true, false);
    link_send(A, frame, sizeof(frame), NULL);
    assert_int_equal(line_count, 1);
    assert_int_equal(line[0].data[11], B);
}

static void test_bad_pages(void **state)
{
    (void)state;
    static uint8_t frame[4096];
    struct hub_client *p = hub_find(&hub, P);
    make(frame, "\x02\0\0\0\0\x09", P, sizeof(frame));
    static const int sizes[] = {-1, 0, 1, 13, 1519, 2049, 4096, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        assert_int_equal(hub_send_page(&hub, p, frame, sizes[i]), -1);
    assert_int_equal(line_count, 0);
    assert_int_equal(p->counters.malformed, 9);
    assert_int_equal(hub_send_page(&hub, p, frame, 1518), 0);
    line_full = true;
    assert_int_equal(hub_send_page(&hub, p, frame, 100), 1);
}

static void test_members(void **state)
{
    (void)state;
    struct hub_member m = {.id = 20, .name = "twin", .mac = {2, 0, 0, 0, 0, B}};
    assert_null(hub_add(&hub, &m));
    m.mac[5] = 50;
    m.memory = region;
    m.size = 100;
    assert_null(hub_add(&hub, &m)); /* no link fits */
    m.memory = NULL;
    for (unsigned i = 4; i < HUB_CLIENTS; i++, m.mac[5]++)
        assert_non_null(hub_add(&hub, &m));
    assert_null(hub_add(&hub, &m));
    hub_start(&hub);
    assert_true(hub.clients[HUB_CLIENTS - 1].page.count >= 8);
}

static void test_slow_page_client(void **state)
{
    (void)state;
    static uint8_t frame[100], got[4096];
    struct hub_client *p = hub_find(&hub, P);
    for (unsigned i = 0; i < 300; i++) {
        make(frame, "\x02\0\0\0\0\x03", 9, sizeof(frame));
        frame[20] = (uint8_t)i;
        from_line(frame, sizeof(frame));
        hub_notify(&hub);
    }
    assert_int_equal(signals[P], 1); /* and silence until the client has seen the end */
    assert_int_equal(p->counters.received, HUB_CLIENT_SLOTS);
    assert_int_equal(p->counters.no_room, 300 - HUB_CLIENT_SLOTS);
    int size, more;
    for (unsigned i = 0; i < HUB_CLIENT_SLOTS; i++) {
        more = hub_receive_page(p, got, 60, &size);
        assert_int_equal(size, 60); /* no more than the caller has room for */
        assert_int_equal(got[20], i);
        assert_int_equal(more, i + 1 < HUB_CLIENT_SLOTS ? PAGE_MORE : PAGE_LAST);
    }
    assert_int_equal(hub_receive_page(p, got, 60, &size), PAGE_NONE);
    from_line(frame, sizeof(frame));
    hub_notify(&hub);
    assert_int_equal(signals[P], 2);
}

static void test_full_line(void **state)
{
    (void)state;
    uint8_t frame[200];
    make(frame, "\x02\0\0\0\0\x09", A, sizeof(frame));
    line_full = true;
    for (unsigned i = 0; i < 10; i++)
        link_send(A, frame, sizeof(frame), NULL);
    assert_true(hub_holds(&hub));
    hub_continue(&hub);
    assert_true(hub_holds(&hub));
    assert_int_equal(line_count, 0);
    line_full = false;
    hub_continue(&hub);
    assert_false(hub_holds(&hub));
    assert_int_equal(line_count, 10);
    hub_notify(&hub);
}

static void test_broken_client(void **state)
{
    (void)state;
    uint8_t frame[200];
    srand(3);
    for (size_t i = 4096; i < REGION; i++)
        ((uint8_t *)region[0])[i] = (uint8_t)rand();
    for (unsigned i = 0; i < 100; i++)
        hub_service(&hub, hub_find(&hub, A));
    make(frame, "\xff\xff\xff\xff\xff\xff", 9, sizeof(frame));
    from_line(frame, sizeof(frame));
    make(frame, "\x02\0\0\0\0\x03", B, sizeof(frame));
    link_send(B, frame, sizeof(frame), NULL); /* the others go on */
    uint8_t got[4096];
    assert_int_equal(fetch(P, got), sizeof(frame)); /* the broadcast */
    assert_int_equal(fetch(P, got), sizeof(frame));
    assert_int_equal(fetch(B, got), sizeof(frame));
}

/* Headers of a TCP segment over IPv4 with `payload` bytes. */
static size_t make_tcp(uint8_t *frame, const char *to, size_t payload)
{
    size_t size = make(frame, to, A, 54 + payload);
    memset(frame + 12, 0, 42);
    frame[12] = 8;
    frame[14] = 0x45, frame[16] = (uint8_t)((payload + 40) >> 8);
    frame[17] = (uint8_t)(payload + 40), frame[22] = 64, frame[23] = 6;
    frame[46] = 0x50;
    return size;
}

static const struct virtio_net_hdr big_hdr = {.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                                              .gso_type = VIRTIO_NET_GSO_TCPV4,
                                              .gso_size = 1000,
                                              .csum_start = 34,
                                              .csum_offset = 16};

static void test_segmentation(void **state)
{
    (void)state;
    static uint8_t frame[70000];
    size_t size = make_tcp(frame, "\x02\0\0\0\0\x09", 20000);
    link_send(A, frame, size, &big_hdr);
    assert_int_equal(line_count, 1); /* the controller's work */
    assert_int_equal(line[0].size, size);
    assert_int_equal(line[0].offload.mss, 1000);
    assert_int_equal(line[0].offload.header_size, 54);
    teardown(NULL);
    setup_mode(false, true);
    line_full = true;
    link_send(A, frame, size, &big_hdr);
    assert_true(hub_holds(&hub));
    line_full = false;
    hub_continue(&hub);
    assert_int_equal(line_count, 20); /* software's */
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(line[i].size, 1054);
        assert_int_equal(line[i].offload.csum_start, 34);
        assert_memory_equal(line[i].data + 54, frame + 54 + 1000 * i, 1000);
    }
    /* a client without a ring gets segments too */
    frame[5] = P;
    link_send(A, frame, size, &big_hdr);
    uint8_t got[4096];
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(fetch(P, got), 1054);
        assert_memory_equal(got + 54, frame + 54 + 1000 * i, 1000);
    }
}

/* A segment of `payload` bytes at `sequence`, as the controller hands it over. */
static struct nic_received segment(uint8_t *frame, const char *to, unsigned sequence,
                                   size_t payload)
{
    size_t size = make_tcp(frame, to, payload);
    memset(frame + 54, (int)sequence, payload);
    frame[40] = (uint8_t)(sequence >> 8), frame[41] = (uint8_t)sequence;
    frame[47] = 0x10;
    return (struct nic_received){
        .piece = {{frame, size}}, .count = 1, .size = size, .checked = true};
}

static void test_coalescing(void **state)
{
    (void)state;
    static uint8_t data[5][2048], got[70000];
    static struct nic_received r[5];
    ethlink_accept(&client[0], VIRTIO_NET_ACCEPT_ALL, 1500);
    for (unsigned i = 0; i < 5; i++) {
        r[i] = segment(data[i], "\x02\0\0\0\0\x01", i * 1000, 1000);
        if (i == 3) /* another client's in between */
            data[3][5] = B;
        hub_from_line(&hub, &r[i]);
    }
    assert_int_equal(fetch(A, got), 3054);
    assert_memory_equal(got + 54, data[0] + 54, 1000);
    assert_memory_equal(got + 2054, data[2] + 54, 1000);
    assert_int_equal(fetch(A, got), 0);
    assert_int_equal(fetch(B, got), 1054);
    hub_line_end(&hub);
    assert_int_equal(fetch(A, got), 1054);
    /* B does not accept large frames: it gets each as it is, and at once */
    for (unsigned i = 0; i < 3; i++) {
        r[i] = segment(data[i], "\x02\0\0\0\0\x02", i * 1000, 1000);
        hub_from_line(&hub, &r[i]);
        assert_int_equal(fetch(B, got), 1054);
    }
    /* a frame of another kind does not overtake */
    r[0] = segment(data[0], "\x02\0\0\0\0\x01", 0, 1000);
    hub_from_line(&hub, &r[0]);
    make(data[1], "\xff\xff\xff\xff\xff\xff", 9, 100);
    from_line(data[1], 100);
    assert_int_equal(fetch(A, got), 1054);
    assert_int_equal(fetch(A, got), 100);
}

static void test_link_state(void **state)
{
    (void)state;
    struct ethlink_side side;
    hub_line(&hub, true);
    assert_int_equal(signals[A], 1);
    assert_int_equal(signals[P], 0);
    assert_true(ethlink_peer(&client[0], &side));
    assert_true(side.up);
    assert_int_equal(side.mac[5], A);
    hub_line(&hub, false);
    assert_true(ethlink_peer(&client[0], &side));
    assert_false(side.up);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unicast_from_line), TEST(test_groups),
        TEST(test_between_clients),   TEST(test_forged),
        TEST(test_bad_pages),         TEST(test_members),
        TEST(test_slow_page_client),  TEST(test_full_line),
        TEST(test_broken_client),     TEST(test_segmentation),
        TEST(test_link_state),        TEST(test_coalescing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
