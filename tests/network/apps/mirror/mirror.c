/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Obeys frames of the local experimental type (IEEE 802, 88b5). After the type comes an operation:
 *   'e'  echo: the frame goes back to its sender
 *   's'  send: what follows is a whole frame, sent as it is
 *   'c'  count: answers with the number of frames seen so far, of any type (32 bits)
 *   'p'  print: the driver prints its counters
 *   'l'  link: what follows is a frame to be sent with an unfinished checksum: where it starts and
 *        where the field lies from there (16 bits each), size of segments (16 bits, 0: none), frame
 *   'd'  damage: its ring claims more frames than it has entries, and the driver is told to look
 * All numbers are in network order.
 */
#include <camkes.h>
#include <ethlink/ethlink.h>
#include <stdio.h>
#include <string.h>

enum { HEADER = 15, MAX_FRAME = 65550 };

static struct ethlink link;
static bool linked;
static uint8_t mac[6];
static uint32_t seen;

static void send_page(const uint8_t *frame, size_t size)
{
    memcpy((void *)ethdriver_buf, frame, size);
    for (int tries = 0; tries < 1000 && ethdriver_tx((int)size) == 1; tries++)
        seL4_Yield();
}

static void send_frame(const uint8_t *frame, size_t size, const struct virtio_net_hdr *hdr)
{
    if (!linked) {
        send_page(frame, size);
        return;
    }
    struct virtio_segment segment = {(uint8_t *)frame, size};
    struct virtio_net_frame out = {*hdr, &segment, 1, size};
    while (ethlink_send(&link, &out) == ETHLINK_NO_ROOM) {
        if (!ethlink_arm(&link))
            ethdriver_wait_notification();
    }
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void send_offload(uint8_t *frame, size_t size)
{
    struct virtio_net_hdr hdr = {.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                                 .csum_start = (uint16_t)get16(frame),
                                 .csum_offset = (uint16_t)get16(frame + 2),
                                 .gso_size = (uint16_t)get16(frame + 4)};
    if (hdr.gso_size != 0)
        hdr.gso_type = frame[6 + 12] == 0x86 ? VIRTIO_NET_GSO_TCPV6 : VIRTIO_NET_GSO_TCPV4;
    send_frame(frame + 6, size - 6, &hdr);
}

/* One payload byte repeated makes a frame larger than the line can carry: 'b', size (16 bits),
 * then as 'l' with the headers only. */
static void send_big(uint8_t *order, size_t size)
{
    static uint8_t big[MAX_FRAME + 8];
    size_t whole = get16(order) + size - 2;
    if (size < 8 || whole > sizeof(big))
        return;
    memcpy(big, order + 2, size - 2);
    for (size_t i = size - 2; i < whole; i++)
        big[i] = (uint8_t)(i - (size - 2));
    send_offload(big, whole);
}

static void damage(void)
{
    if (!linked)
        return;
    link.driver_tx.ring.avail->index += 0x4000;
    ethdriver_tx(0);
}

static void obey(uint8_t *frame, size_t size)
{
    const struct virtio_net_hdr plain = {0};
    seen++;
    if (size < HEADER || frame[12] != 0x88 || frame[13] != 0xb5)
        return;
    uint8_t *rest = frame + HEADER;
    size_t left = size - HEADER;
    switch (frame[14]) {
    case 's':
        send_frame(rest, left, &plain);
        return;
    case 'p':
        statistics_emit();
        return;
    case 'd':
        damage();
        return;
    case 'l':
        if (left > 6)
            send_offload(rest, left);
        return;
    case 'b':
        send_big(rest, left);
        return;
    case 'c':
        for (int i = 0; i < 4 && left >= 4; i++)
            rest[i] = (uint8_t)(seen >> (24 - 8 * i));
        break;
    case 'e':
        break;
    default:
        return;
    }
    memcpy(frame, frame + 6, 6);
    memcpy(frame + 6, mac, 6);
    frame[14] = 'r';
    send_frame(frame, size, &plain);
}

static void drain_page(void)
{
    static uint8_t frame[4096];
    for (int more = 1; more == 1;) {
        int size = 0;
        more = ethdriver_rx(&size);
        if (more < 0)
            return;
        memcpy(frame, (const void *)ethdriver_buf, (size_t)size);
        obey(frame, (size_t)size);
    }
}

static void drain_link(void)
{
    static uint8_t frame[MAX_FRAME];
    struct ethlink_rx rx;
    do {
        while (ethlink_receive(&link, &rx)) {
            size_t size = virtio_net_read(&rx.frame, 0, frame, sizeof(frame));
            ethlink_release(&link, &rx);
            obey(frame, size);
        }
    } while (ethlink_arm(&link));
    if (ethlink_should_notify(&link))
        ethdriver_tx(0);
}

/* By instance: page {, ring |, other }. What reads the console waits for these. */
static char started_mark(void)
{
    char first = get_instance_name()[0];
    return first == 'p' ? '{' : first == 'r' ? '|' : '}';
}

int run(void)
{
    size_t size;
    void *memory = ethlink_in_shmem((void *)ethdriver_buf, ethdriver_get_size(), &size);
    ethdriver_mac(&mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]);
    linked = memory != NULL && ethlink_client_init(&link, memory, size) == 0;
    if (linked)
        ethlink_accept(&link, VIRTIO_NET_ACCEPT_ALL, 1500);
    printf("%s: %s at %02x:%02x:%02x:%02x:%02x:%02x\n", get_instance_name(),
           linked ? "link" : "page", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    printf("%c", started_mark());
    for (;;) {
        if (linked)
            drain_link();
        else
            drain_page();
        ethdriver_wait_notification();
    }
}
