/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A client and a server while a third party writes into their region: neither may touch a byte
 * outside it, and every received frame must be in bounds and as long as it says.
 */
#include <stdlib.h>
#include <string.h>
#include <ethlink/ethlink.h>

#define SIZE 0x10000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void receive_all(struct ethlink *link, const uint8_t *memory, unsigned budget)
{
    static struct ethlink_rx rx;
    static uint8_t copy[VIRTIO_NET_MAX_FRAME];
    while (budget-- && ethlink_receive(link, &rx)) {
        size_t sum = 0;
        for (unsigned i = 0; i < rx.frame.count; i++) {
            const struct virtio_segment *s = &rx.frame.segments[i];
            if (s->data < memory || s->data + s->size > memory + SIZE) {
                abort();
            }
            sum += s->size;
        }
        if (sum != rx.frame.size || virtio_net_read(&rx.frame, 0, copy, sizeof copy) != sum) {
            abort();
        }
        ethlink_release(link, &rx);
    }
    ethlink_arm(link);
    ethlink_should_notify(link);
}

static void send_one(struct ethlink *link, const uint8_t *d)
{
    static uint8_t frame_bytes[VIRTIO_NET_MAX_FRAME];
    size_t size = (size_t)(d[2] | d[3] << 8) % VIRTIO_NET_MAX_FRAME;
    const struct virtio_segment s = {frame_bytes, size};
    struct virtio_net_frame frame = {.segments = &s, .count = 1, .size = size};
    memcpy(frame_bytes + 12, "\x08\x00\x45", 3);
    frame_bytes[23] = 6;
    frame_bytes[46] = 0x50;
    if (d[4] & 1u) {
        frame.hdr = (struct virtio_net_hdr){.flags = 1,
                                            .gso_type = d[4] & 2u,
                                            .gso_size = (uint16_t)(d[5] * 16),
                                            .csum_start = 34,
                                            .csum_offset = 16};
        frame.hdr.gso_type = d[4] & 2u ? VIRTIO_NET_GSO_TCPV4 : 0;
    }
    ethlink_send(link, &frame);
}

static void poke(uint8_t *memory, const struct ethlink *client, const uint8_t *d)
{
    /* the rings are more interesting than the payload */
    size_t span = d[1] & 8u ? SIZE : client->data_tx;
    size_t at = (d[2] | (size_t)d[3] << 8) % span & ~(size_t)1;
    uint16_t value = (uint16_t)(d[4] | (d[5] & d[6]) << 8);
    memcpy(memory + at, &value, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ethlink client, server;
    uint8_t *memory = aligned_alloc(4096, SIZE);
    memset(memory, 0, SIZE);
    ethlink_server_init(&server, memory, SIZE);
    ethlink_client_init(&client, memory, SIZE);
    for (size_t i = 0; i + 8 <= n; i += 8) {
        const uint8_t *d = data + i;
        struct ethlink *link = d[1] & 1u ? &client : &server;
        switch (d[0] & 7u) {
        case 0:
        case 1:
            receive_all(link, memory, 64);
            break;
        case 2:
        case 3:
        case 4:
            send_one(link, d);
            break;
        case 5:
            ethlink_accept(link, d[2], d[3]);
            break;
        default:
            poke(memory, &client, d);
        }
        if (ethlink_broken(&client) && ethlink_broken(&server)) {
            memset(memory, 0, SIZE);
            ethlink_server_init(&server, memory, SIZE);
            ethlink_client_init(&client, memory, SIZE);
        }
    }
    free(memory);
    return 0;
}
