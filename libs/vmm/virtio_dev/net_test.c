/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The network card with a driver of the tests in front and a back end of the tests behind. */
#include "test_driver.h"
#include "net.h"

#define MAX_FRAMES 8u

/* Frames sent by the guest, frames for the guest, and how much room there is. */
struct back {
    uint8_t sent[MAX_FRAMES][VIRTIO_NET_MAX_FRAME];
    struct virtio_net_frame sent_frame[MAX_FRAMES];
    unsigned num_sent, room, dropped, flushes, arms, accepts;
    struct virtio_net_frame in[MAX_FRAMES];
    struct virtio_segment segment[MAX_FRAMES];
    unsigned in_head, in_tail;
    bool up;
};

static enum vmm_net_result back_send(void *ctx, const struct virtio_net_frame *frame, bool last_try)
{
    struct back *b = ctx;
    if (b->num_sent >= b->room) {
        b->dropped += last_try;
        return last_try ? VMM_NET_TAKEN : VMM_NET_BUSY;
    }
    unsigned n = b->num_sent++ % MAX_FRAMES;
    b->sent_frame[n] = *frame;
    assert_int_equal(virtio_net_read(frame, 0, b->sent[n], sizeof b->sent[n]), frame->size);
    return VMM_NET_TAKEN;
}

static const struct virtio_net_frame *back_receive(void *ctx)
{
    struct back *b = ctx;
    return b->in_head == b->in_tail ? NULL : &b->in[b->in_head % MAX_FRAMES];
}

static void back_release(void *ctx)
{
    ((struct back *)ctx)->in_head++;
}

static void back_flush(void *ctx)
{
    ((struct back *)ctx)->flushes++;
}

static bool back_arm(void *ctx)
{
    struct back *b = ctx;
    b->arms++;
    return b->in_head != b->in_tail;
}

static void back_accept(void *ctx, unsigned accepts)
{
    ((struct back *)ctx)->accepts = accepts;
}

static struct vmm_net_link back_link(void *ctx)
{
    return (struct vmm_net_link){.up = ((struct back *)ctx)->up, .mtu = 9000};
}

static const struct vmm_net_ops back_ops = {.send = back_send,
                                            .receive = back_receive,
                                            .release = back_release,
                                            .flush = back_flush,
                                            .arm = back_arm,
                                            .accept = back_accept,
                                            .link = back_link};

struct fixture {
    struct test_guest *g;
    struct vmm_net net;
    struct back back;
};

static uint8_t payload[VIRTIO_NET_MAX_FRAME];

static struct fixture *setup(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    const struct vmm_net_config config = {
        .id = "net0", .mac = {2, 0, 0, 1, 2, 3}, .ops = &back_ops, .ctx = &f->back};
    f->back.up = true;
    f->back.room = 1000;
    f->g = test_guest_new();
    assert_int_equal(vmm_net_create(&f->net, &f->g->pci, &config), 0);
    test_guest_find(f->g);
    for (unsigned i = 0; i < sizeof payload; i++) {
        payload[i] = (uint8_t)(i * 13 + (i >> 8));
    }
    return f;
}

static void teardown(struct fixture *f)
{
    test_guest_free(f->g);
    free(f);
}

#define RING (VMM_VIRTIO_F_VERSION_1 | VMM_VIRTIO_F_EVENT_IDX | VMM_VIRTIO_F_INDIRECT)
#define FULL                                                                                       \
    (RING | VMM_NET_F_CSUM | VMM_NET_F_GUEST_CSUM | VMM_NET_F_GUEST_TSO4 | VMM_NET_F_GUEST_TSO6 |  \
     VMM_NET_F_MRG_RXBUF | VMM_NET_F_STATUS | VMM_NET_F_CTRL_VQ | VMM_NET_F_ANNOUNCE |             \
     VMM_NET_F_GUEST_OFFLOADS)

static void up(struct fixture *f, uint64_t features)
{
    assert_true(guest_negotiate(f->g, features));
    guest_msix(f->g, 4);
    common_write(f->g, 16, 0, 2);
    for (unsigned i = 0; i < 3; i++) {
        guest_modern_queue(f->g, i, i == 2 ? 16 : 32, true);
    }
    common_write(f->g, 20, 15, 1);
}

/* Queue a frame of n bytes for transmission at TEST_DATA + at. */
static void transmit(struct fixture *f, uint32_t at, struct virtio_net_hdr hdr, uint32_t n)
{
    memcpy(f->g->ram + TEST_DATA + at, &hdr, sizeof hdr);
    memcpy(f->g->ram + TEST_DATA + at + sizeof hdr, payload, n);
    assert_int_equal(guest_offer(f->g, VMM_NET_TX, at, (uint32_t)sizeof hdr + n, 0), 0);
    guest_ring(f->g, VMM_NET_TX);
    vmm_net_idle(&f->net);
}

static const struct virtio_net_hdr plain = {0};

static void test_config(void **state)
{
    (void)state;
    struct fixture *f = setup();
    assert_int_equal(guest_features(f->g) & (FULL | VMM_NET_F_MTU), FULL | VMM_NET_F_MTU);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device, 8), 0x0001030201000002);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 10, 2), 9000);
    teardown(f);
}

static void test_transmit(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    uint32_t token, written;
    transmit(f, 0, plain, 60);
    assert_int_equal(f->back.num_sent, 1);
    assert_int_equal(f->back.sent_frame[0].size, 60);
    assert_memory_equal(f->back.sent[0], payload, 60);
    assert_int_equal(virtio_driver_take(&f->g->queue[1], &token, &written), 1);
    assert_int_equal(f->back.flushes >= 1, 1);
    /* offloads go through */
    struct virtio_net_hdr tso = {
        .flags = 1, .gso_type = 1, .gso_size = 1448, .csum_start = 34, .csum_offset = 16};
    transmit(f, 0x1000, tso, 60000);
    assert_int_equal(f->back.num_sent, 2);
    assert_int_equal(f->back.sent_frame[1].hdr.gso_size, 1448);
    assert_int_equal(f->back.sent_frame[1].size, 60000);
    /* what is no frame comes back at once and is counted */
    transmit(f, 0, plain, 13);
    transmit(f, 0, (struct virtio_net_hdr){.flags = 1, .csum_start = 60}, 60);
    assert_int_equal(guest_offer(f->g, VMM_NET_TX, 0, 5, 0), 0);
    guest_ring(f->g, VMM_NET_TX);
    vmm_net_idle(&f->net);
    assert_int_equal(f->back.num_sent, 2);
    assert_int_equal(f->net.stats.tx_malformed, 3);
    while (virtio_driver_take(&f->g->queue[1], &token, &written) == 1) {
    }
    assert_int_equal(f->g->queue[1].in_flight, 0);
    teardown(f);
}

/* A full back end loses nothing: frames wait in the guest's queue and go out in order. */
static void test_held(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    f->back.room = 2;
    for (unsigned i = 0; i < 5; i++) {
        transmit(f, 0x1000 * i, plain, 60 + i);
    }
    assert_int_equal(f->back.num_sent, 2);
    assert_true(f->net.tx_held);
    f->back.room = 4;
    vmm_poll_devices(f->g->vm);
    assert_int_equal(f->back.num_sent, 4);
    f->back.room = 1000;
    vmm_poll_devices(f->g->vm);
    assert_int_equal(f->back.num_sent, 5);
    assert_int_equal(f->back.sent_frame[4].size, 64);
    assert_false(f->net.tx_held);
    transmit(f, 0, plain, 99); /* doorbells work again */
    assert_int_equal(f->back.num_sent, 6);
    /* one that never has room gets its chance to drop after a while */
    f->back.room = 0;
    transmit(f, 0, plain, 60);
    test_advance(f->g->machine, NET_PATIENCE_NS - 1);
    assert_int_equal(f->back.dropped, 0);
    test_advance(f->g->machine, 1);
    assert_int_equal(f->back.dropped, 1);
    teardown(f);
}

/* A busy guest rings once for many frames; they go out together, at the latest after the delay. */
static void test_doorbells(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    uint64_t before = f->net.v.notifications;
    for (unsigned i = 0; i < 5; i++) {
        guest_offer(f->g, VMM_NET_TX, 0x1000 * i, 72, 0);
        guest_ring(f->g, VMM_NET_TX);
    }
    assert_int_equal(f->net.v.notifications, before + 1);
    assert_int_equal(f->back.num_sent, 0);
    virtio_driver_enable_interrupt(&f->g->queue[1]);
    test_advance(f->g->machine, NET_DELAY_NS);
    assert_int_equal(f->back.num_sent, 5);
    assert_int_equal(f->g->vectors[0x42], 1);
    transmit(f, 0, plain, 60); /* and asleep it does not wait */
    assert_int_equal(f->back.num_sent, 6);
    guest_offer(f->g, VMM_NET_TX, 0, 72, 0);
    guest_ring(f->g, VMM_NET_TX);
    common_write(f->g, 20, 0, 1); /* reset in between */
    test_advance(f->g->machine, 1000000);
    assert_int_equal(f->back.num_sent, 6);
    teardown(f);
}

/* Frames for the guest; n bytes each. */
static void arrive(struct fixture *f, struct virtio_net_hdr hdr, size_t n)
{
    unsigned i = f->back.in_tail++ % MAX_FRAMES;
    f->back.segment[i] = (struct virtio_segment){payload, n};
    f->back.in[i] = (struct virtio_net_frame){
        .hdr = hdr, .segments = &f->back.segment[i], .count = 1, .size = n};
    vmm_poll_devices(f->g->vm);
}

static void offer_rx(struct fixture *f, unsigned count, uint32_t size)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(guest_offer(f->g, VMM_NET_RX, 0x10000 + i * 0x10000, 0, size), 0);
    }
    guest_ring(f->g, VMM_NET_RX);
}

static void test_receive(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    assert_int_equal(f->back.accepts,
                     VIRTIO_NET_ACCEPT_CSUM | VIRTIO_NET_ACCEPT_TSO4 | VIRTIO_NET_ACCEPT_TSO6);
    uint32_t token, written;
    offer_rx(f, 2, 2048);
    virtio_driver_enable_interrupt(&f->g->queue[0]);
    arrive(f, plain, 100);
    assert_int_equal(f->g->vectors[0x41], 1);
    assert_int_equal(virtio_driver_take(&f->g->queue[0], &token, &written), 1);
    assert_int_equal(written, 112);
    assert_memory_equal(f->g->ram + TEST_DATA + token + 12, payload, 100);
    struct virtio_net_hdr hdr;
    memcpy(&hdr, f->g->ram + TEST_DATA + token, sizeof hdr);
    assert_int_equal(hdr.num_buffers, 1);
    teardown(f);
}

static void test_merge(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    uint32_t token, written, total = 0;
    struct virtio_net_hdr hdr;
    offer_rx(f, 3, 4096);
    arrive(f, plain, 9000);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(virtio_driver_take(&f->g->queue[0], &token, &written), 1);
        if (i == 0) {
            memcpy(&hdr, f->g->ram + TEST_DATA + token, sizeof hdr);
            assert_int_equal(hdr.num_buffers, 3);
        }
        unsigned skip = i ? 0 : 12;
        assert_memory_equal(f->g->ram + TEST_DATA + token + skip, payload + total, written - skip);
        total += written - skip;
    }
    assert_int_equal(total, 9000);
    teardown(f);
}

/* Too few buffers: nothing is lost and nothing delivered in part; they come and it goes on. */
static void test_starved(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    offer_rx(f, 2, 2048);
    arrive(f, plain, 9000);
    arrive(f, plain, 60);
    assert_true(f->net.rx_starved);
    assert_int_equal(virtio_driver_waiting(&f->g->queue[0]), 0);
    assert_int_equal(f->back.in_head, 0);
    uint64_t before = f->net.stats.rx_no_buffer;
    test_advance(f->g->machine, 1000000000); /* and nobody spins meanwhile */
    assert_int_equal(f->net.stats.rx_no_buffer, before);
    offer_rx(f, 4, 2048);
    assert_int_equal(virtio_driver_waiting(&f->g->queue[0]), 6);
    assert_int_equal(f->back.in_head, 2);
    assert_int_equal(f->net.stats.rx_dropped, 0);
    teardown(f);
}

/* All buffers of the guest together are too small: that frame can only be dropped. */
static void test_hopeless(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    offer_rx(f, 32, 100);
    arrive(f, plain, 9000);
    assert_int_equal(f->net.stats.rx_dropped, 1);
    arrive(f, plain, 60);
    assert_int_equal(virtio_driver_waiting(&f->g->queue[0]), 1);
    teardown(f);
    f = setup();
    up(f, RING); /* without merging one buffer must do */
    offer_rx(f, 4, 1526);
    arrive(f, plain, 1515);
    assert_int_equal(f->net.stats.rx_dropped, 1);
    arrive(f, plain, 1514);
    assert_int_equal(virtio_driver_waiting(&f->g->queue[0]), 1);
    teardown(f);
}

static void tcp_payload(size_t n)
{
    memset(payload, 0, n);
    memcpy(payload + 12, "\x08\x00\x45", 3);
    payload[23] = 6;
    payload[46] = 0x50;
}

/* A guest that takes no offloads gets finished frames. */
static void test_finished_for_the_guest(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, RING | VMM_NET_F_MRG_RXBUF);
    assert_int_equal(f->back.accepts, 0);
    const struct virtio_net_hdr tso = {
        .flags = 1, .gso_type = 1, .gso_size = 1000, .csum_start = 34, .csum_offset = 16};
    tcp_payload(54 + 3500);
    offer_rx(f, 8, 2048);
    arrive(f, tso, 54 + 3500);
    uint32_t token, written, total = 0;
    while (virtio_driver_take(&f->g->queue[0], &token, &written) == 1) {
        struct virtio_net_hdr hdr;
        memcpy(&hdr, f->g->ram + TEST_DATA + token, sizeof hdr);
        assert_int_equal(hdr.flags | hdr.gso_type, 0);
        total += written - 12 - 54;
    }
    assert_int_equal(total, 3500);
    assert_int_equal(f->net.stats.rx_frames, 4);
    payload[23] = 17; /* not what its header says */
    arrive(f, tso, 54 + 3500);
    assert_int_equal(f->net.stats.rx_dropped, 1);
    teardown(f);
}

static uint8_t command(struct fixture *f, const void *bytes, uint32_t n)
{
    uint32_t token, written;
    memcpy(f->g->ram + TEST_DATA + 0x80000, bytes, n);
    f->g->ram[TEST_DATA + 0x80000 + n] = 0x77;
    assert_int_equal(guest_offer(f->g, VMM_NET_CONTROL, 0x80000, n, 1), 0);
    guest_ring(f->g, VMM_NET_CONTROL);
    assert_int_equal(virtio_driver_take(&f->g->queue[2], &token, &written), 1);
    assert_int_equal(written, 1);
    return f->g->ram[TEST_DATA + 0x80000 + n];
}

static void test_control(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    assert_int_equal(command(f, "\x00\x00\x01", 3), 0); /* promiscuous */
    assert_int_equal(command(f, "\x00\x05\x01", 3), 1);
    assert_int_equal(command(f, "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", 10), 0);
    assert_int_equal(command(f, "\x01\x01\x02\x00\x00\x00\x00\x01", 8), 1); /* own address */
    assert_int_equal(command(f, "\x04\x00\x01", 3), 1); /* several queue pairs */
    assert_int_equal(command(f, "\x00", 1), 1);
    uint8_t offloads[10] = {5, 0, 2}; /* checksum only */
    assert_int_equal(command(f, offloads, 10), 0);
    assert_int_equal(f->back.accepts, VIRTIO_NET_ACCEPT_CSUM);
    memset(offloads + 2, 0xff, 8); /* no more than was negotiated */
    assert_int_equal(command(f, offloads, 10), 0);
    assert_int_equal(f->back.accepts & VIRTIO_NET_ACCEPT_ECN, 0);
    assert_int_equal(command(f, offloads, 9), 1);
    teardown(f);
}

static void test_link_and_announce(void **state)
{
    (void)state;
    struct fixture *f = setup();
    up(f, FULL);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 6, 2), 1);
    f->back.up = false;
    vmm_poll_devices(f->g->vm);
    assert_int_equal(f->g->vectors[0x40], 1);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 6, 2), 0);
    f->back.up = true;
    vmm_poll_devices(f->g->vm);
    assert_int_equal(f->g->vectors[0x40], 2);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 6, 2), 3);
    assert_int_equal(command(f, "\x03\x00", 2), 0);
    assert_int_equal(guest_read(f->g, VMM_SPACE_MMIO, f->g->device + 6, 2), 1);
    teardown(f);
}

/* Without a driver frames are taken and dropped: a sender must not hang on a guest that is off. */
static void test_no_driver(void **state)
{
    (void)state;
    struct fixture *f = setup();
    arrive(f, plain, 60);
    assert_int_equal(f->back.in_head, 1);
    assert_int_equal(f->net.stats.rx_no_driver, 1);
    up(f, FULL);
    offer_rx(f, 4, 2048);
    arrive(f, plain, 60);
    assert_int_equal(f->net.stats.rx_frames, 1);
    common_write(f->g, 20, 0, 1);
    assert_int_equal(f->back.accepts, 0);
    arrive(f, plain, 60);
    assert_int_equal(f->net.stats.rx_no_driver, 2);
    up(f, FULL);
    f->g->queue[0].ring.avail->index = 999; /* and one whose driver went mad */
    arrive(f, plain, 60);
    assert_false(f->net.v.started);
    arrive(f, plain, 60);
    assert_int_equal(f->back.in_head, 5);
    teardown(f);
}

/* A driver of before 1.0: ports, 10-byte header, no merging. */
static void test_legacy(void **state)
{
    (void)state;
    struct fixture *f = setup();
    struct test_guest *g = f->g;
    g->notify = g->io + 16;
    guest_write(g, VMM_SPACE_IO, g->io + 18, 3, 1);
    guest_write(g, VMM_SPACE_IO, g->io + 4, VMM_NET_F_MAC, 4);
    for (unsigned i = 0; i < 2; i++) {
        guest_write(g, VMM_SPACE_IO, g->io + 14, i, 2);
        guest_queue(g, i, 256, false);
        guest_write(g, VMM_SPACE_IO, g->io + 8, (TEST_QUEUES + i * 0x10000) / 4096, 4);
    }
    guest_write(g, VMM_SPACE_IO, g->io + 18, 7, 1);
    uint32_t token, written;
    guest_offer(g, VMM_NET_RX, 0x10000, 0, 1524);
    guest_ring(g, VMM_NET_RX);
    arrive(f, plain, 1514);
    assert_int_equal(virtio_driver_take(&g->queue[0], &token, &written), 1);
    assert_int_equal(written, 1524);
    assert_memory_equal(g->ram + TEST_DATA + 0x10000 + 10, payload, 1514);
    memset(g->ram + TEST_DATA, 0, 10);
    memcpy(g->ram + TEST_DATA + 10, payload, 60);
    guest_offer(g, VMM_NET_TX, 0, 70, 0);
    guest_ring(g, VMM_NET_TX);
    vmm_net_idle(&f->net);
    assert_int_equal(f->back.sent_frame[0].size, 60);
    assert_memory_equal(f->back.sent[0], payload, 60);
    teardown(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_transmit),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_doorbells),
        cmocka_unit_test(test_receive),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_starved),
        cmocka_unit_test(test_hopeless),
        cmocka_unit_test(test_finished_for_the_guest),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_link_and_announce),
        cmocka_unit_test(test_no_driver),
        cmocka_unit_test(test_legacy),
    };
    return cmocka_run_group_tests_name("virtio net", tests, NULL, NULL);
}
