/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Back ends of the network cards: the virtual switch, the ring, the page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "network.h"

#define NODES  3u
#define REGION 0x20000u

static unsigned signals;

static void count_signal(void)
{
    signals++;
}

/* ---- the switch: three nodes, a region for each ordered pair ------------------------------------
 */

struct lan {
    struct vm_switch node[NODES];
    struct vm_port port[NODES][NODES - 1];
    uint8_t *region[NODES][NODES];
};

static void mac_of(unsigned n, uint8_t mac[6])
{
    memcpy(mac, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)(n + 1)}, 6);
}

static void connect(struct lan *lan, unsigned from, unsigned k, unsigned to)
{
    struct vm_port *port = &lan->port[from][k];
    mac_of(to, port->mac);
    port->notify_send = port->notify_recv = count_signal;
    assert_int_equal(ethlink_sender_init(&port->send, lan->region[from][to], REGION), 0);
    assert_int_equal(ethlink_receiver_init(&port->recv, lan->region[to][from], REGION), 0);
}

static struct lan *setup(void)
{
    struct lan *lan = calloc(1, sizeof *lan);
    for (unsigned a = 0; a < NODES; a++) {
        for (unsigned b = 0; b < NODES; b++) {
            lan->region[a][b] = aligned_alloc(4096, REGION);
            memset(lan->region[a][b], 0, REGION);
        }
    }
    for (unsigned a = 0; a < NODES; a++) {
        mac_of(a, lan->node[a].mac);
        lan->node[a].num_ports = NODES - 1;
        lan->node[a].ports = lan->port[a];
        for (unsigned b = 0, k = 0; b < NODES; b++) {
            if (b != a) {
                connect(lan, a, k++, b);
            }
        }
        network_switch_ops.accept(&lan->node[a], VIRTIO_NET_ACCEPT_ALL);
    }
    return lan;
}

static void teardown(struct lan *lan)
{
    for (unsigned a = 0; a < NODES; a++) {
        for (unsigned b = 0; b < NODES; b++) {
            free(lan->region[a][b]);
        }
    }
    free(lan);
}

static uint8_t bytes[VIRTIO_NET_MAX_PLAIN];

static enum vmm_net_result send_raw(struct vm_switch *s, const uint8_t *to, const uint8_t *from,
                                    bool last_try)
{
    memcpy(bytes, to, 6);
    memcpy(bytes + 6, from, 6);
    memset(bytes + 12, 0x88, 1000);
    const struct virtio_segment segment = {bytes, 1012};
    const struct virtio_net_frame frame = {.segments = &segment, .count = 1, .size = 1012};
    return network_switch_ops.send(s, &frame, last_try);
}

static enum vmm_net_result send_to(struct lan *lan, unsigned from, unsigned to, bool last_try)
{
    uint8_t a[6], b[6];
    mac_of(from, a);
    mac_of(to, b);
    return send_raw(&lan->node[from], b, a, last_try);
}

/* Frames that wait for a node; all are taken. */
static unsigned drain(struct lan *lan, unsigned n)
{
    unsigned count = 0;
    const struct virtio_net_frame *frame;
    while ((frame = network_switch_ops.receive(&lan->node[n]))) {
        assert_int_equal(frame->size, 1012);
        assert_ptr_equal(frame->segments[0].data, lan->node[n].header);
        uint8_t copy[1012];
        assert_int_equal(virtio_net_read(frame, 0, copy, sizeof copy), 1012);
        assert_int_equal(copy[1011], 0x88);
        network_switch_ops.release(&lan->node[n]);
        count++;
    }
    return count;
}

static void test_unicast(void **state)
{
    (void)state;
    struct lan *lan = setup();
    assert_int_equal(send_to(lan, 0, 2, false), VMM_NET_TAKEN);
    assert_int_equal(drain(lan, 1), 0);
    assert_int_equal(drain(lan, 2), 1);
    assert_int_equal(send_to(lan, 0, 7, false), VMM_NET_TAKEN); /* nobody */
    assert_int_equal(lan->node[0].unknown, 1);
    assert_int_equal(drain(lan, 1) + drain(lan, 2), 0);
    teardown(lan);
}

static void test_groups(void **state)
{
    (void)state;
    static const uint8_t groups[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                        {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01},
                                        {0x33, 0x33, 0x00, 0x00, 0x00, 0x01}};
    struct lan *lan = setup();
    for (unsigned i = 0; i < 3; i++) {
        send_raw(&lan->node[1], groups[i], lan->node[1].mac, false);
        assert_int_equal(drain(lan, 0), 1);
        assert_int_equal(drain(lan, 2), 1);
        assert_int_equal(drain(lan, 1), 0);
    }
    const struct vm_port *to_first = &lan->port[1][0], *from_second = &lan->port[0][0];
    assert_int_equal(to_first->sent, 3);
    assert_int_equal(from_second->received, 3);
    assert_int_equal(to_first->received + from_second->sent, 0);
    teardown(lan);
}

static char shown[1000];

static void show(void *ctx, const char *text, size_t n)
{
    (void)ctx;
    strncat(shown, text, n);
}

/* Whether a back end shows this line among its counters. */
static bool shows(const struct vmm_net_ops *ops, void *ctx, const char *line)
{
    const struct vmm_text out = {.put = show};
    shown[0] = 0;
    ops->stats(ctx, "card", &out);
    return strstr(shown, line) != NULL;
}

/* What a hostile sender's monitor could put into its link never reaches the guest. */
static void test_forged(void **state)
{
    (void)state;
    struct lan *lan = setup();
    uint8_t two[6];
    mac_of(2, two);
    send_raw(&lan->node[0], lan->node[1].mac, two, false); /* 0 says it is 2 */
    assert_int_equal(drain(lan, 1), 0);
    assert_int_equal(lan->port[1][0].forged, 1);
    memcpy(lan->port[0][0].mac, two, 6); /* 0 sends to 1 what is for 2 */
    send_raw(&lan->node[0], two, lan->node[0].mac, false);
    assert_int_equal(drain(lan, 1), 0);
    assert_int_equal(lan->port[1][0].misdirected, 1);
    send_to(lan, 0, 7, false); /* nobody */
    char line[64];
    const uint8_t *m = lan->node[0].mac;
    snprintf(line, sizeof line, "card_%02x:%02x:%02x:%02x:%02x:%02x_forged 1\n", m[0], m[1], m[2],
             m[3], m[4], m[5]);
    assert_true(shows(&network_switch_ops, &lan->node[1], line));
    assert_true(shows(&network_switch_ops, &lan->node[1], "_misdirected 1\n"));
    assert_true(shows(&network_switch_ops, &lan->node[0], "card_unknown 1\n"));
    teardown(lan);
}

/* The header is checked on a copy; changing it in the link afterwards changes nothing. */
static void test_change_after_check(void **state)
{
    (void)state;
    struct lan *lan = setup();
    send_to(lan, 0, 1, false);
    const struct virtio_net_frame *frame = network_switch_ops.receive(&lan->node[1]);
    assert_non_null(frame);
    struct vm_port *port = &lan->port[0][0];
    memset(port->send.base + port->send.data_tx + sizeof(struct virtio_net_hdr), 0xee, 12);
    uint8_t addresses[12];
    virtio_net_read(frame, 0, addresses, sizeof addresses);
    assert_memory_equal(addresses, lan->node[1].mac, 6);
    assert_memory_equal(addresses + 6, lan->node[0].mac, 6);
    teardown(lan);
}

/* A peer that takes nothing holds others up until the last try, and not again. */
static void test_stalled_peer(void **state)
{
    (void)state;
    struct lan *lan = setup();
    unsigned sent = 0;
    while (send_to(lan, 0, 1, false) == VMM_NET_TAKEN) {
        sent++;
    }
    assert_true(sent > 20);
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_int_equal(send_raw(&lan->node[0], all, lan->node[0].mac, false), VMM_NET_BUSY);
    assert_int_equal(drain(lan, 2), 0);
    assert_int_equal(send_to(lan, 0, 2, false), VMM_NET_TAKEN);
    assert_int_equal(send_to(lan, 0, 1, true), VMM_NET_TAKEN);
    assert_int_equal(lan->port[0][0].dropped, 1);
    assert_int_equal(send_to(lan, 0, 1, false), VMM_NET_TAKEN); /* does not wait any more */
    assert_int_equal(send_raw(&lan->node[0], all, lan->node[0].mac, false), VMM_NET_TAKEN);
    assert_int_equal(drain(lan, 2), 2);
    assert_int_equal(drain(lan, 1), sent); /* nothing of what was taken is lost */
    assert_int_equal(send_to(lan, 0, 1, false), VMM_NET_TAKEN);
    assert_int_equal(drain(lan, 1), 1);
    assert_false(lan->port[0][0].stalled);
    teardown(lan);
}

static void test_signals_and_turns(void **state)
{
    (void)state;
    struct lan *lan = setup();
    for (unsigned n = 0; n < NODES; n++) {
        network_switch_ops.flush(&lan->node[n]);
        assert_false(network_switch_ops.arm(&lan->node[n]));
    }
    signals = 0;
    send_to(lan, 0, 2, false);
    send_to(lan, 0, 2, false);
    network_switch_ops.flush(&lan->node[0]);
    assert_int_equal(signals, 1); /* one for the batch, to the one it is for */
    send_to(lan, 1, 2, false);
    assert_true(network_switch_ops.arm(&lan->node[2]));
    const uint8_t order[3] = {1, 2, 1}; /* one of each in turn */
    for (unsigned i = 0; i < 3; i++) {
        assert_non_null(network_switch_ops.receive(&lan->node[2]));
        assert_int_equal(lan->node[2].header[11], order[i]);
        network_switch_ops.release(&lan->node[2]);
    }
    teardown(lan);
}

/* ---- the page and the ring
 * ------------------------------------------------------------------------ */

static uint8_t page[4096], *shmem;
static int tx_result, tx_lengths[64], rx_lengths[8];
static unsigned num_tx, num_rx, next_rx;

static int fake_tx(int length)
{
    tx_lengths[num_tx++ % 64] = length;
    return tx_result;
}

static int fake_rx(int *length)
{
    if (next_rx == num_rx) {
        return -1;
    }
    *length = rx_lengths[next_rx++];
    memset(page, 0x40 + (int)next_rx, sizeof page);
    return next_rx < num_rx;
}

static const struct vm_ethernet one_page = {
    .tx = fake_tx, .rx = fake_rx, .shmem = page, .shmem_size = sizeof page};

static enum vmm_net_result send_page(struct vm_page *p, struct virtio_net_hdr hdr, size_t size,
                                     bool last_try)
{
    static uint8_t data[VIRTIO_NET_MAX_FRAME];
    memcpy(data + 12, "\x08\x00\x45", 3);
    data[23] = 6;
    data[46] = 0x50;
    const struct virtio_segment s = {data, size};
    const struct virtio_net_frame frame = {.hdr = hdr, .segments = &s, .count = 1, .size = size};
    return network_page_ops.send(p, &frame, last_try);
}

static void test_page_send(void **state)
{
    (void)state;
    struct vm_page p;
    const struct virtio_net_hdr plain = {0};
    const struct virtio_net_hdr tso = {
        .flags = 1, .gso_type = 1, .gso_size = 1000, .csum_start = 34, .csum_offset = 16};
    network_page_start(&p, &one_page);
    num_tx = 0;
    tx_result = 0;
    assert_int_equal(send_page(&p, plain, 60, false), VMM_NET_TAKEN);
    assert_int_equal(tx_lengths[0], 60);
    assert_int_equal(send_page(&p, tso, 54 + 2500, false), VMM_NET_TAKEN);
    assert_int_equal(num_tx, 4);
    assert_int_equal(tx_lengths[3], 54 + 500);
    assert_int_equal(send_page(&p, plain, 5000, false), VMM_NET_TAKEN); /* longer than the page */
    assert_int_equal(p.dropped, 1);
    tx_result = 1;
    assert_int_equal(send_page(&p, plain, 60, false), VMM_NET_BUSY);
    assert_int_equal(send_page(&p, plain, 60, true), VMM_NET_TAKEN);
    assert_int_equal(send_page(&p, plain, 60, false), VMM_NET_TAKEN);
    assert_int_equal(p.dropped, 3);
    assert_true(shows(&network_page_ops, &p, "card_page_dropped 3\n"));
    tx_result = 0;
    assert_int_equal(send_page(&p, plain, 60, false), VMM_NET_TAKEN);
    assert_false(p.stalled);
}

static void test_page_receive(void **state)
{
    (void)state;
    struct vm_page p;
    network_page_start(&p, &one_page);
    next_rx = 0;
    num_rx = 3;
    rx_lengths[0] = 60;
    rx_lengths[1] = 5000; /* nonsense */
    rx_lengths[2] = 1514;
    const struct virtio_net_frame *frame = network_page_ops.receive(&p);
    assert_non_null(frame);
    assert_int_equal(frame->size, 60);
    memset(page, 0, sizeof page); /* the page is free for sending at once */
    assert_int_equal(frame->segments[0].data[0], 0x41);
    assert_ptr_equal(network_page_ops.receive(&p), frame);
    network_page_ops.release(&p);
    assert_null(network_page_ops.receive(&p));
    assert_true(network_page_ops.arm(&p)); /* the server has more */
    frame = network_page_ops.receive(&p);
    assert_int_equal(frame->size, 1514);
    network_page_ops.release(&p);
    assert_false(network_page_ops.arm(&p)); /* it said: the last one; it will signal */
    assert_null(network_page_ops.receive(&p));
    assert_int_equal(next_rx, 3);
    network_page_notified(&p);
    assert_null(network_page_ops.receive(&p));
    assert_false(network_page_ops.arm(&p));
}

static void test_ring(void **state)
{
    (void)state;
    static struct vm_ring ring;
    static struct ethlink server;
    static struct ethlink_rx rx;
    assert_int_equal(network_ring_start(&ring, &one_page), -1);
    shmem = aligned_alloc(4096, ETHLINK_MIN_SHMEM);
    memset(shmem, 0, ETHLINK_MIN_SHMEM);
    const struct vm_ethernet ethernet = {
        .tx = fake_tx, .shmem = shmem, .shmem_size = ETHLINK_MIN_SHMEM};
    assert_int_equal(network_ring_start(&ring, &ethernet), 0);
    assert_false(network_ring_ops.link(&ring).up); /* nobody there yet */
    size_t size;
    void *memory = ethlink_in_shmem(shmem, ETHLINK_MIN_SHMEM, &size);
    assert_int_equal(ethlink_server_init(&server, memory, size), 0);
    assert_true(network_ring_ops.link(&ring).up);
    ethlink_arm(&server);
    const struct virtio_segment s = {page, 100};
    const struct virtio_net_frame frame = {.segments = &s, .count = 1, .size = 100};
    num_tx = 0;
    assert_int_equal(network_ring_ops.send(&ring, &frame, false), VMM_NET_TAKEN);
    network_ring_ops.flush(&ring);
    assert_int_equal(num_tx, 1);
    assert_int_equal(tx_lengths[0], 0); /* the doorbell */
    assert_true(ethlink_receive(&server, &rx));
    ethlink_release(&server, &rx);
    assert_int_equal(ethlink_send(&server, &frame), ETHLINK_SENT);
    assert_non_null(network_ring_ops.receive(&ring));
    assert_true(network_ring_ops.arm(&ring));
    network_ring_ops.release(&ring);
    assert_null(network_ring_ops.receive(&ring));
    while (network_ring_ops.send(&ring, &frame, false) == VMM_NET_TAKEN) {
    }
    assert_int_equal(network_ring_ops.send(&ring, &frame, true), VMM_NET_TAKEN);
    assert_int_equal(network_ring_ops.send(&ring, &frame, false), VMM_NET_TAKEN);
    assert_int_equal(ring.dropped, 2);
    assert_true(shows(&network_ring_ops, &ring, "card_link_dropped 2\n"));
    server.header->server.version = 9;
    assert_false(network_ring_ops.link(&ring).up);
    free(shmem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unicast),      cmocka_unit_test(test_groups),
        cmocka_unit_test(test_forged),       cmocka_unit_test(test_change_after_check),
        cmocka_unit_test(test_stalled_peer), cmocka_unit_test(test_signals_and_turns),
        cmocka_unit_test(test_page_send),    cmocka_unit_test(test_page_receive),
        cmocka_unit_test(test_ring),
    };
    return cmocka_run_group_tests_name("network back ends", tests, NULL, NULL);
}
