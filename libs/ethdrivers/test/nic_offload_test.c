/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Checksums and segmentation by each controller. */
#include "bench.h"

/* A TCP segment of `payload` bytes with the pseudo header's sum in its checksum field. */
static size_t make_tcp(uint8_t *frame, size_t payload, bool v6)
{
    unsigned ip = v6 ? 40 : 20;
    size_t size = 14 + ip + 20 + payload;
    fill(frame, size, "\x02\0\0\0\0\1", 9);
    uint8_t *h = frame + 14;
    memset(h, 0, ip + 20);
    if (v6) {
        frame[12] = 0x86, frame[13] = 0xdd;
        h[0] = 0x60, h[4] = (uint8_t)((payload + 20) >> 8), h[5] = (uint8_t)(payload + 20);
        h[6] = 6, h[7] = 64, h[8] = 0xfe, h[9] = 0x80, h[23] = 1, h[24] = 0xfe, h[25] = 0x80;
        h[39] = 2;
    } else {
        h[0] = 0x45, h[2] = (uint8_t)((payload + 40) >> 8), h[3] = (uint8_t)(payload + 40);
        h[5] = 77, h[8] = 64, h[9] = 6;
        memcpy(h + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
    }
    uint8_t *tcp = h + ip;
    tcp[1] = 80, tcp[3] = 81, tcp[7] = 200, tcp[12] = 0x50, tcp[13] = 0x19;
    uint32_t sum = model_sum(h + (v6 ? 8 : 12), v6 ? 32 : 8, 6 + (uint32_t)payload + 20);
    tcp[16] = (uint8_t)(sum >> 8), tcp[17] = (uint8_t)sum;
    return size;
}

/* Right checksums add up to all ones, pseudo header included. */
static void check_tcp(const struct model_frame *f, bool v6)
{
    unsigned ip = v6 ? 40 : 20;
    const uint8_t *h = f->data + 14;
    uint32_t length = (uint32_t)f->size - 14 - ip;
    uint32_t sum = model_sum(h + (v6 ? 8 : 12), v6 ? 32 : 8, 6 + length);
    assert_int_equal(model_sum(h + ip, length, sum), 0xffff);
    if (v6)
        assert_int_equal((unsigned)h[4] << 8 | h[5], length);
    else
        assert_int_equal(model_sum(h, 20, 0), 0xffff);
}

static void test_checksum(void **state)
{
    struct bench *b = start(state, RX_COUNT);
    uint8_t frame[1514];
    for (int v6 = 0; v6 < 2; v6++) {
        size_t size = make_tcp(frame, 333, v6);
        struct nic_piece piece = {frame, size};
        struct nic_frame f = {
            .pieces = &piece,
            .count = 1,
            .offload = {.csum_start = v6 ? 54 : 34, .csum_offset = 16, .ipv6 = v6}};
        if (!v6) { /* this one without segmentation: the IP checksum is the sender's */
            uint32_t sum = ~model_sum(frame + 14, 20, 0) & 0xffff;
            frame[24] = (uint8_t)(sum >> 8), frame[25] = (uint8_t)sum;
        }
        assert_int_equal(nic_send(&b->nic, &f), NIC_OK);
        nic_flush(&b->nic);
        check_tcp(&b->m->sent[v6], v6);
    }
    /* a frame without checksum afterwards is left alone */
    fill(frame, 100, "\x02\0\0\0\0\1", 1);
    assert_int_equal(send(b, frame, 100), NIC_OK);
    nic_flush(&b->nic);
    assert_memory_equal(b->m->sent[2].data, frame, 100);
    finish(b);
}

static void test_segmentation(void **state)
{
    struct bench *b = start(state, 128);
    static uint8_t frame[65536];
    for (int v6 = 0; v6 < 2; v6++) {
        uint16_t header = v6 ? 74 : 54, mss = v6 ? 1440 : 1460;
        size_t payload = 60000, size = make_tcp(frame, payload, v6), seen = 0;
        struct nic_piece pieces[] = {{frame, 90}, {frame + 90, size - 90}};
        struct nic_frame f = {.pieces = pieces,
                              .count = 2,
                              .offload = {.csum_start = header - 20,
                                          .csum_offset = 16,
                                          .mss = mss,
                                          .header_size = header,
                                          .ipv6 = v6}};
        b->m->num_sent = 0;
        assert_int_equal(nic_send(&b->nic, &f), NIC_OK);
        nic_flush(&b->nic);
        assert_int_equal(b->m->num_sent, (payload + mss - 1) / mss);
        for (unsigned i = 0; i < b->m->num_sent; i++) {
            const struct model_frame *s = &b->m->sent[i];
            check_tcp(s, v6);
            assert_memory_equal(s->data + header, frame + header + seen, s->size - header);
            seen += s->size - header;
        }
        assert_int_equal(seen, payload);
    }
    finish(b);
}

/* A request to cut what is not such a TCP segment: the controller does not get it. */
static void test_not_a_segment(void **state)
{
    static const struct {
        bool v6;
        unsigned at;
        uint8_t value;
    } lies[] = {
        {false, 12, 0x86}, {false, 14, 0x65}, {false, 14, 0x44}, {false, 14, 0x46}, {false, 23, 17},
        {false, 46, 0x60}, {false, 46, 0x40}, {true, 13, 0},     {true, 14, 0x45},  {true, 66, 0},
    };
    struct bench *b = start(state, 128);
    static uint8_t frame[4096];
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        bool v6 = lies[i].v6;
        struct nic_piece piece = {frame, make_tcp(frame, 3000, v6)};
        struct nic_frame f = {.pieces = &piece,
                              .count = 1,
                              .offload = {.csum_start = v6 ? 54 : 34,
                                          .csum_offset = 16,
                                          .mss = 1000,
                                          .header_size = v6 ? 74 : 54,
                                          .ipv6 = v6}};
        uint8_t truth = frame[lies[i].at];
        frame[lies[i].at] = lies[i].value;
        assert_int_equal(nic_send(&b->nic, &f), NIC_BAD_REQUEST);
        frame[lies[i].at] = truth;
        f.offload.csum_offset = 6;
        assert_int_equal(nic_send(&b->nic, &f), NIC_BAD_REQUEST);
        nic_flush(&b->nic);
        assert_int_equal(b->m->num_sent, 0);
        f.offload.csum_offset = 16;
        assert_int_equal(nic_send(&b->nic, &f), NIC_OK);
        nic_flush(&b->nic);
        assert_int_equal(b->m->num_sent, 3);
        b->m->num_sent = 0;
    }
    finish(b);
}

int main(void)
{
    static const enum nic_model kinds[] = {NIC_82574, NIC_82576, NIC_82580};
    const struct CMUnitTest tests[] = {
        ALL(test_checksum),
        ALL(test_segmentation),
        ALL(test_not_a_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
