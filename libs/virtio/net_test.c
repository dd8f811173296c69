/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Frames: which headers are true; checksums and segmentation in software. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <virtio/net.h>

#define MAX_PIECES 64u

struct out {
    uint8_t bytes[MAX_PIECES][VIRTIO_NET_MAX_PLAIN];
    size_t size[MAX_PIECES];
    struct virtio_net_hdr hdr[MAX_PIECES];
    unsigned count, stop_after;
};

static struct out out;
static uint8_t frame_bytes[VIRTIO_NET_MAX_FRAME];

static bool collect(void *ctx, const struct virtio_net_frame *frame)
{
    struct out *o = ctx;
    assert_true(o->count < MAX_PIECES);
    assert_true(frame->size <= VIRTIO_NET_MAX_PLAIN);
    o->size[o->count] = virtio_net_read(frame, 0, o->bytes[o->count], VIRTIO_NET_MAX_PLAIN);
    assert_int_equal(o->size[o->count], frame->size);
    o->hdr[o->count++] = frame->hdr;
    return o->count != o->stop_after;
}

static unsigned word(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* The plain definition (RFC 1071), to judge the fast one by. */
static unsigned slow_sum(const uint8_t *p, size_t n, unsigned sum)
{
    for (size_t i = 0; i < n; i++) {
        sum += i % 2 ? p[i] : (unsigned)p[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

struct layout {
    bool v6;
    unsigned tags, options, payload, mss;
    uint8_t flags;
};

static unsigned l3_of(const struct layout *l)
{
    return 14 + 4 * l->tags;
}
static unsigned l4_of(const struct layout *l)
{
    return l3_of(l) + (l->v6 ? 40 : 20);
}

/* A TCP frame as a guest's stack hands it over: the checksum field holds the pseudo header sum. */
static struct virtio_net_frame build(const struct layout *l, struct virtio_segment *segments)
{
    uint8_t *p = frame_bytes;
    unsigned l3 = l3_of(l), l4 = l4_of(l), doff = 20 + l->options;
    unsigned size = l4 + doff + l->payload;
    memset(p, 0, size);
    memset(p, 0x52, 12);
    for (unsigned i = 0; i < l->tags; i++) {
        p[12 + 4 * i] = 0x81;
    }
    p[l3 - 2] = l->v6 ? 0x86 : 0x08;
    p[l3 - 1] = l->v6 ? 0xdd : 0x00;
    if (l->v6) {
        p[l3] = 0x60;
        p[l3 + 6] = 6;
        memset(p + l3 + 8, 0x3e, 32);
    } else {
        p[l3] = 0x45;
        p[l3 + 4] = 0x12;
        p[l3 + 5] = 0xff;
        p[l3 + 9] = 6;
        memset(p + l3 + 12, 0x0a, 8);
    }
    p[l4 + 4] = 0xff;
    memset(p + l4 + 5, 0xff, 3);
    p[l4 + 12] = (uint8_t)(doff / 4 << 4);
    p[l4 + 13] = l->flags;
    for (unsigned i = 0; i < l->payload; i++) {
        p[l4 + doff + i] = (uint8_t)(i * 7 + i / 251);
    }
    unsigned pseudo = slow_sum(p + l3 + (l->v6 ? 8 : 12), l->v6 ? 32 : 8, 6 + size - l4);
    p[l4 + 16] = (uint8_t)(pseudo >> 8);
    p[l4 + 17] = (uint8_t)pseudo;
    segments[0] = (struct virtio_segment){p, 33}; /* odd, in the middle of a header */
    segments[1] = (struct virtio_segment){p + 33, 40};
    segments[2] = (struct virtio_segment){p + 73, size - 73};
    return (struct virtio_net_frame){
        .hdr = {.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                .gso_type = l->mss ? (l->v6 ? VIRTIO_NET_GSO_TCPV6 : VIRTIO_NET_GSO_TCPV4) : 0,
                .gso_size = (uint16_t)l->mss,
                .csum_start = (uint16_t)l4,
                .csum_offset = 16},
        .segments = segments,
        .count = 3,
        .size = size};
}

/* A piece is right: lengths, sequence number, both checksums, flags, payload. */
static void check_piece(const struct layout *l, unsigned index, unsigned count)
{
    const uint8_t *p = out.bytes[index];
    unsigned l3 = l3_of(l), l4 = l4_of(l), doff = 20 + l->options;
    size_t size = out.size[index], n = size - l4 - doff, offset = (size_t)index * l->mss;
    if (l->v6) {
        assert_int_equal(word(p + l3 + 4), size - l3 - 40);
    } else {
        assert_int_equal(word(p + l3 + 2), size - l3);
        assert_int_equal(word(p + l3 + 4), (0x12ff + index) & 0xffff);
        assert_int_equal(slow_sum(p + l3, 20, 0), 0xffff);
    }
    unsigned pseudo =
        slow_sum(p + l3 + (l->v6 ? 8 : 12), l->v6 ? 32 : 8, (unsigned)(6 + size - l4));
    if (out.hdr[index].flags & VIRTIO_NET_HDR_NEEDS_CSUM) {
        assert_int_equal(word(p + l4 + 16), pseudo);
    } else {
        assert_int_equal(slow_sum(p + l4, size - l4, pseudo), 0xffff);
    }
    assert_int_equal(word(p + l4 + 4) << 16 | word(p + l4 + 6), (uint32_t)(0xffffffffu + offset));
    bool last = index + 1 == count;
    assert_int_equal(p[l4 + 13] & 9, last ? l->flags & 9 : 0);
    assert_int_equal(p[l4 + 13] & 0x80, index ? 0 : l->flags & 0x80);
    assert_memory_equal(p + l4 + doff, frame_bytes + l4 + doff + offset, n);
    assert_int_equal(out.hdr[index].gso_type, VIRTIO_NET_GSO_NONE);
}

static void cut(const struct layout *l, unsigned accepts)
{
    struct virtio_segment segments[3];
    struct virtio_net_frame frame = build(l, segments);
    unsigned expected = (l->payload + l->mss - 1) / l->mss;
    memset(&out, 0, sizeof out);
    assert_true(virtio_net_valid(&frame.hdr, frame.size));
    assert_int_equal(virtio_net_pieces(&frame, accepts), expected);
    assert_int_equal(virtio_net_finish(&frame, accepts, collect, &out), 0);
    assert_int_equal(out.count, expected);
    size_t total = 0;
    for (unsigned i = 0; i < out.count; i++) {
        check_piece(l, i, expected);
        total += out.size[i] - l4_of(l) - 20 - l->options;
    }
    assert_int_equal(total, l->payload);
}

static void test_segmentation(void **state)
{
    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        for (unsigned accepts = 0; accepts < 2; accepts++) {
            cut(&(struct layout){v6, 0, 12, 60000, 1448, 0x99}, accepts);
            cut(&(struct layout){v6, 1, 0, 8921, 8920, 0x18}, accepts);
            cut(&(struct layout){v6, 2, 40, 999, 333, 0x11}, accepts);
            cut(&(struct layout){v6, 0, 12, 1001, 501, 0x10}, accepts); /* odd pieces */
        }
    }
}

static void test_ecn_alone(void **state)
{
    (void)state;
    struct virtio_segment segments[3];
    const struct layout l = {false, 0, 0, 3000, 1000, 0x98};
    struct virtio_net_frame frame = build(&l, segments);
    frame.hdr.gso_type |= VIRTIO_NET_GSO_ECN;
    unsigned most = VIRTIO_NET_ACCEPT_CSUM | VIRTIO_NET_ACCEPT_TSO4;
    assert_false(virtio_net_accepted(&frame.hdr, most));
    assert_true(virtio_net_accepted(&frame.hdr, VIRTIO_NET_ACCEPT_ALL));
    assert_int_equal(virtio_net_pieces(&frame, most), 3);
    assert_int_equal(virtio_net_pieces(&frame, VIRTIO_NET_ACCEPT_ALL), 1);
}

static void test_checksum(void **state)
{
    (void)state;
    for (unsigned payload = 0; payload < 70; payload++) {
        struct virtio_segment segments[3];
        const struct layout l = {payload & 1, payload % 3, 20, payload, 0, 0x18};
        struct virtio_net_frame frame = build(&l, segments);
        memset(&out, 0, sizeof out);
        assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), 0);
        assert_int_equal(out.count, 1);
        assert_int_equal(out.hdr[0].flags, 0);
        unsigned l3 = l3_of(&l), l4 = l4_of(&l);
        unsigned pseudo = slow_sum(frame_bytes + l3 + (l.v6 ? 8 : 12), l.v6 ? 32 : 8,
                                   (unsigned)(6 + frame.size - l4));
        assert_int_equal(slow_sum(out.bytes[0] + l4, frame.size - l4, pseudo), 0xffff);
        assert_int_equal(virtio_net_finish(&frame, 1, collect, &out), 0); /* taken as it is */
        assert_memory_equal(out.bytes[1], frame_bytes, frame.size);
    }
}

static void test_zero_checksum_is_written_as_ones(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    const struct virtio_segment s = {bytes, sizeof bytes};
    memset(bytes + 40, 0xff, 2);
    const struct virtio_net_frame frame = {
        .hdr = {.flags = VIRTIO_NET_HDR_NEEDS_CSUM, .csum_start = 34, .csum_offset = 6},
        .segments = &s,
        .count = 1,
        .size = sizeof bytes};
    memset(&out, 0, sizeof out);
    assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), 0);
    assert_int_equal(word(out.bytes[0] + 40), 0xffff);
}

static void test_valid(void **state)
{
    (void)state;
    const struct virtio_net_hdr plain = {0};
    assert_true(virtio_net_valid(&plain, 14));
    assert_true(virtio_net_valid(&plain, VIRTIO_NET_MAX_PLAIN));
    assert_false(virtio_net_valid(&plain, 13));
    assert_false(virtio_net_valid(&plain, 0));
    assert_false(virtio_net_valid(&plain, VIRTIO_NET_MAX_PLAIN + 1));
    struct virtio_net_hdr csum = {.flags = 1, .csum_start = 34, .csum_offset = 16};
    assert_true(virtio_net_valid(&csum, 52));
    assert_false(virtio_net_valid(&csum, 51));
    csum.csum_start = csum.csum_offset = 0xffff;
    assert_false(virtio_net_valid(&csum, 1500));
    csum.csum_start = 13;
    csum.csum_offset = 0;
    assert_false(virtio_net_valid(&csum, 1500));
    struct virtio_net_hdr gso = {
        .flags = 1, .gso_type = 1, .gso_size = 1000, .csum_start = 34, .csum_offset = 16};
    assert_true(virtio_net_valid(&gso, VIRTIO_NET_MAX_FRAME));
    assert_false(virtio_net_valid(&gso, VIRTIO_NET_MAX_FRAME + 1));
    gso.gso_size = 47;
    assert_false(virtio_net_valid(&gso, 1500));
    gso.gso_size = 1000;
    gso.flags = 0; /* segmentation without a checksum makes no sense */
    assert_false(virtio_net_valid(&gso, 1500));
    gso.flags = 1;
    gso.gso_type = 3; /* UDP: not offered */
    assert_false(virtio_net_valid(&gso, 1500));
    gso.gso_type = VIRTIO_NET_GSO_ECN;
    assert_false(virtio_net_valid(&gso, 1500));
}

/* Frames that are not what their header says are refused, whatever their bytes are. */
static void refuse(const struct layout *l, unsigned at, uint8_t value)
{
    struct virtio_segment segments[3];
    struct virtio_net_frame frame = build(l, segments);
    frame_bytes[at] = value;
    memset(&out, 0, sizeof out);
    assert_int_equal(virtio_net_pieces(&frame, 0), 0);
    assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), -1);
    assert_int_equal(out.count, 0);
}

static void test_lies(void **state)
{
    (void)state;
    const struct layout v4 = {false, 0, 0, 3000, 1000, 0x10};
    const struct layout v6 = {true, 0, 0, 3000, 1000, 0x10};
    refuse(&v4, 12, 0x86); /* another type */
    refuse(&v4, 14, 0x65); /* another version */
    refuse(&v4, 14, 0x46); /* options that are not there */
    refuse(&v4, 23, 17);   /* UDP */
    refuse(&v4, 46, 0x40); /* TCP header too short */
    refuse(&v6, 14, 0x40);
    const struct layout tiny = {false, 0, 0, 20, 1000, 0x10};
    refuse(&tiny, 46, 0xf0); /* TCP header beyond the frame */
    struct virtio_segment segments[3];
    struct virtio_net_frame frame = build(&v4, segments);
    frame.hdr.csum_start = 16; /* the TCP header inside the IP header */
    assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), -1);
    frame = build(&v4, segments);
    frame.hdr.csum_start = 300; /* beyond any header we know */
    assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), -1);
    frame = build(&v4, segments);
    frame.hdr.csum_offset = 6;
    assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), -1);
}

static void test_stop(void **state)
{
    (void)state;
    struct virtio_segment segments[3];
    const struct layout l = {false, 0, 0, 3000, 1000, 0x10};
    struct virtio_net_frame frame = build(&l, segments);
    memset(&out, 0, sizeof out);
    out.stop_after = 2;
    assert_int_equal(virtio_net_finish(&frame, 0, collect, &out), -1);
    assert_int_equal(out.count, 2);
}

static void test_read(void **state)
{
    (void)state;
    uint8_t a[3] = {1, 2, 3}, b[2] = {4, 5}, to[8];
    const struct virtio_segment s[2] = {{a, 3}, {b, 2}};
    const struct virtio_net_frame frame = {.segments = s, .count = 2, .size = 5};
    assert_int_equal(virtio_net_read(&frame, 1, to, 3), 3);
    assert_memory_equal(to, ((uint8_t[]){2, 3, 4}), 3);
    assert_int_equal(virtio_net_read(&frame, 3, to, 8), 2);
    assert_int_equal(virtio_net_read(&frame, 5, to, 8), 0);
}

static void test_copy(void **state)
{
    (void)state;
    uint8_t a[3] = {1, 2, 3}, b[2] = {4, 5}, to[8];
    const struct virtio_segment s[3] = {{a, 3}, {a, 0}, {b, 2}};
    const struct virtio_net_frame frame = {.segments = s, .count = 3, .size = 5};
    struct virtio_net_cursor from = {.frame = &frame, .left = frame.size};
    assert_int_equal(virtio_net_copy(&from, to, 2), 2);
    assert_int_equal(virtio_net_copy(&from, to + 2, 0), 0);
    assert_int_equal(virtio_net_copy(&from, to + 2, 2), 2);
    assert_int_equal(virtio_net_copy(&from, to + 4, 4), 1);
    assert_int_equal(from.left, 0);
    assert_memory_equal(to, ((uint8_t[]){1, 2, 3, 4, 5}), 5);
}

static void test_slice(void **state)
{
    (void)state;
    uint8_t bytes[9];
    struct virtio_segment s[3] = {{bytes, 3}, {bytes + 3, 2}, {bytes + 5, 4}}, to[3];
    const struct virtio_net_frame frame = {.segments = s, .count = 3, .size = 9};
    assert_int_equal(virtio_net_slice(&frame, 0, SIZE_MAX, to), 3);
    assert_memory_equal(to, s, sizeof s);
    assert_int_equal(virtio_net_slice(&frame, 1, 3, to), 2);
    assert_true(to[0].data == bytes + 1 && to[0].size == 2);
    assert_true(to[1].data == bytes + 3 && to[1].size == 1);
    assert_int_equal(virtio_net_slice(&frame, 9, 1, to), 0);
    assert_int_equal(virtio_net_slice(&frame, 2, 0, to), 0);
    assert_int_equal(virtio_net_slice(&frame, 4, SIZE_MAX, s), 2); /* in place */
    assert_true(s[0].data == bytes + 4 && s[0].size == 1);
    assert_true(s[1].data == bytes + 5 && s[1].size == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segmentation),
        cmocka_unit_test(test_ecn_alone),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_zero_checksum_is_written_as_ones),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_slice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
