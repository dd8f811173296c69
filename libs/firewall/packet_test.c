/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Well-formed frames of every kind, and each way to be malformed. */
#include "test_frames.h"

static struct firewall_packet packet;

static enum firewall_reason parse(const struct test_frame *frame)
{
    /* A copy of exactly the frame's size, so that the sanitizer sees every byte read behind it. */
    uint8_t *copy = malloc(frame->size ? frame->size : 1);
    memcpy(copy, frame->bytes, frame->size);
    enum firewall_reason reason = firewall_parse(&packet, copy, frame->size, NULL);
    free(copy);
    return reason;
}

#define EXPECT(frame, reason)                                                                      \
    assert_string_equal(firewall_reason_name(parse(frame)), firewall_reason_name(FIREWALL_##reason))

static const struct test_segment syn = {.flags = FIREWALL_TCP_SYN, .window = 1000, .scale = 7};

static void test_good(void **state)
{
    (void)state;
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    frame.size = 80; /* padded: what lies behind the datagram does not travel on */
    EXPECT(&frame, PASSED);
    assert_int_equal(packet.size, 14 + 20 + 8 + 32);
    assert_int_equal(packet.source_port, 5000);
    test_udp(&frame, "fd00::2", 5000, "fd00::15", 7);
    EXPECT(&frame, PASSED);
    assert_int_equal(packet.version, 6);
    test_tcp(&frame, SERVER_IP, 80, CLIENT_IP, 1234, &syn);
    EXPECT(&frame, PASSED);
    assert_int_equal(packet.scale, 7);
    assert_int_equal(packet.payload_size, 0);
    test_tcp(&frame, "fd00::2", 80, "fd00::15", 1234, &syn);
    EXPECT(&frame, PASSED);
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 8, 77);
    EXPECT(&frame, PASSED);
    assert_int_equal(packet.source_port, 77);
    test_icmp(&frame, "fd00::2", "fd00::15", 128, 77);
    EXPECT(&frame, PASSED);
    test_arp(&frame, SERVER_IP, CLIENT_IP, 1);
    EXPECT(&frame, PASSED);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 47, 20);
    test_finish(&frame);
    EXPECT(&frame, PASSED);
    test_udp(&frame, "0.0.0.0", 68, "255.255.255.255", 67);
    EXPECT(&frame, PASSED);
    test_udp(&frame, SERVER_IP, 1, CLIENT_IP, 7);
    frame.bytes[40] = frame.bytes[41] = 0; /* UDP over IPv4 without a checksum */
    EXPECT(&frame, PASSED);
}

/* A frame whose byte `at` becomes `value`, checksums right again if `again`. */
struct change {
    size_t at;
    uint8_t value;
    bool again;
    enum firewall_reason reason;
};

static void expect_changes(const struct test_frame *good, const struct change *changes,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct test_frame frame = *good;
        frame.bytes[changes[i].at] = changes[i].value;
        if (changes[i].again)
            test_finish(&frame);
        enum firewall_reason reason = parse(&frame);
        if (reason != changes[i].reason)
            fail_msg("change %zu: %s", i, firewall_reason_name(reason));
    }
}

static void test_ethernet_frames(void **state)
{
    (void)state;
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    frame.size = 13;
    EXPECT(&frame, ETHERNET_LENGTH);
    frame.size = FIREWALL_MAX_FRAME + 1;
    EXPECT(&frame, ETHERNET_LENGTH);
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    frame.bytes[6] |= 1;
    EXPECT(&frame, ETHERNET_SOURCE);
    memset(frame.bytes + 6, 0, 6);
    EXPECT(&frame, ETHERNET_SOURCE);
    test_arp(&frame, SERVER_IP, CLIENT_IP, 1);
    static const struct change changes[] = {
        {15, 6, false, FIREWALL_ARP}, {17, 1, false, FIREWALL_ARP}, {18, 5, false, FIREWALL_ARP},
        {19, 6, false, FIREWALL_ARP}, {21, 3, false, FIREWALL_ARP}, {28, 224, false, FIREWALL_ARP},
        {22, 1, false, FIREWALL_ARP},
    };
    expect_changes(&frame, changes, sizeof changes / sizeof *changes);
    frame.size = 41;
    EXPECT(&frame, ARP);
}

static void test_ip4_headers(void **state)
{
    (void)state;
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    static const struct change changes[] = {
        {14, 0x55, true, FIREWALL_IP_HEADER}, /* version */
        {14, 0x44, true, FIREWALL_IP_HEADER}, /* header too short */
        {22, 0, true, FIREWALL_IP_HEADER},    /* no time to live */
        {20, 0x80, true, FIREWALL_IP_HEADER}, /* the bit that must be 0 */
        {17, 19, false, FIREWALL_IP_LENGTH},  /* shorter than its header */
        {17, 61, false, FIREWALL_IP_LENGTH},  /* longer than the frame */
        {24, 0x12, false, FIREWALL_IP_CHECKSUM}, {26, 127, true, FIREWALL_IP_ADDRESS},
        {26, 224, true, FIREWALL_IP_ADDRESS},    {26, 0, true, FIREWALL_IP_ADDRESS},
        {30, 127, true, FIREWALL_IP_ADDRESS},    {20, 0x20, true, FIREWALL_UDP_HEADER},
    };
    expect_changes(&frame, changes, sizeof changes / sizeof *changes);
    memcpy(frame.bytes + 26, frame.bytes + 30, 4); /* from itself */
    test_finish(&frame);
    EXPECT(&frame, IP_ADDRESS);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 47, 20);
    frame.bytes[14] = 0x4f;
    EXPECT(&frame, IP_HEADER);
}

/* Options in 4 bytes behind the header. */
static void test_ip4_options(void **state)
{
    (void)state;
    static const struct {
        uint8_t option[4];
        enum firewall_reason reason;
    } cases[] = {
        {{1, 1, 1, 0}, FIREWALL_PASSED},       {{148, 4, 0, 0}, FIREWALL_PASSED},
        {{148, 1, 0, 0}, FIREWALL_IP_OPTIONS}, {{148, 5, 0, 0}, FIREWALL_IP_OPTIONS},
        {{1, 1, 1, 148}, FIREWALL_IP_OPTIONS}, {{131, 3, 4, 0}, FIREWALL_IP_OPTIONS},
        {{137, 3, 4, 0}, FIREWALL_IP_OPTIONS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_frame frame;
        test_ip(&frame, SERVER_IP, CLIENT_IP, 47, 24);
        frame.bytes[14] = 0x46;
        memcpy(frame.bytes + 34, cases[i].option, 4);
        test_finish(&frame);
        assert_int_equal(parse(&frame), cases[i].reason);
    }
}

static void set_fragment(struct test_frame *frame, unsigned offset, bool more)
{
    frame->bytes[20] = (uint8_t)((more ? 0x20 : 0) | offset / 8 >> 8);
    frame->bytes[21] = (uint8_t)(offset / 8);
    test_finish(frame);
}

static void test_fragments(void **state)
{
    (void)state;
    struct test_frame frame;
    test_ip(&frame, SERVER_IP, CLIENT_IP, 17, 32);
    set_fragment(&frame, 64, true);
    EXPECT(&frame, PASSED);
    assert_true(packet.fragment && packet.more);
    assert_int_equal(packet.fragment_offset, 64);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 17, 31); /* a part in the middle of odd length */
    set_fragment(&frame, 64, true);
    EXPECT(&frame, FRAGMENT);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 17, 64); /* ends behind 65535 */
    set_fragment(&frame, 65528, false);
    EXPECT(&frame, FRAGMENT);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 6, 16); /* the TCP header is not all there */
    set_fragment(&frame, 0, true);
    EXPECT(&frame, FRAGMENT);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 17, 0);
    set_fragment(&frame, 8, false);
    EXPECT(&frame, FRAGMENT);
}

static void test_tcp_headers(void **state)
{
    (void)state;
    struct test_frame frame;
    test_tcp(&frame, SERVER_IP, 80, CLIENT_IP, 1234, &syn);
    static const struct change changes[] = {
        {46, 0x40, true, FIREWALL_TCP_HEADER}, /* header too short */
        {46, 0x70, true, FIREWALL_TCP_HEADER}, /* longer than the segment */
        {35, 0, true, FIREWALL_TCP_HEADER},    /* port 0 */
        {56, 4, true, FIREWALL_TCP_HEADER},    /* length of an option */
        {56, 0, true, FIREWALL_TCP_HEADER},    {47, 0, true, FIREWALL_TCP_FLAGS},
        {47, 3, true, FIREWALL_TCP_FLAGS},     {47, 6, true, FIREWALL_TCP_FLAGS},
        {47, 1, true, FIREWALL_TCP_FLAGS},     {47, 0x29, true, FIREWALL_TCP_FLAGS},
        {47, 0x3f, true, FIREWALL_TCP_FLAGS},  {38, 1, false, FIREWALL_TCP_CHECKSUM},
    };
    expect_changes(&frame, changes, sizeof changes / sizeof *changes);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 6, 19);
    test_finish(&frame);
    EXPECT(&frame, TCP_HEADER);
}

static void test_udp_headers(void **state)
{
    (void)state;
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    static const struct change changes[] = {
        {39, 39, true, FIREWALL_UDP_HEADER},   {39, 41, true, FIREWALL_UDP_HEADER},
        {39, 7, true, FIREWALL_UDP_HEADER},    {37, 0, true, FIREWALL_UDP_HEADER},
        {50, 9, false, FIREWALL_UDP_CHECKSUM},
    };
    expect_changes(&frame, changes, sizeof changes / sizeof *changes);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 17, 7);
    test_finish(&frame);
    EXPECT(&frame, UDP_HEADER);
    test_udp(&frame, "fd00::2", 5000, "fd00::15", 7);
    frame.bytes[60] = frame.bytes[61] = 0;
    EXPECT(&frame, UDP_CHECKSUM);
}

static void test_icmp_headers(void **state)
{
    (void)state;
    struct test_frame frame;
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 8, 77);
    frame.bytes[50] ^= 1;
    EXPECT(&frame, ICMP_CHECKSUM);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 1, 7);
    test_finish(&frame);
    EXPECT(&frame, ICMP_HEADER);
    test_ip(&frame, SERVER_IP, CLIENT_IP, 58, 16); /* of the other version */
    test_finish(&frame);
    EXPECT(&frame, IP_HEADER);
    test_icmp(&frame, "fd00::2", "fd00::15", 128, 77);
    frame.bytes[60] ^= 1;
    EXPECT(&frame, ICMP_CHECKSUM);
    test_icmp(&frame, "fd00::2", "fd00::15", 135, 0); /* option of length 0 behind the target */
    EXPECT(&frame, NEIGHBOUR);
    test_icmp(&frame, "fd00::2", "fd00::15", 133, 0);
    frame.bytes[21] = 64; /* came through a router */
    test_finish(&frame);
    EXPECT(&frame, NEIGHBOUR);
}

/* What RFC 4861 says of each message beyond its lengths; a message with one option. */
static void test_discovery_headers(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *target;
        uint8_t type, flags, option;
        enum firewall_reason reason;
    } cases[] = {
        {"fe80::2", "ff02::1", "::", 134, 0, 1, FIREWALL_PASSED},
        {"fd00::2", "ff02::1", "::", 134, 0, 1, FIREWALL_NEIGHBOUR}, /* routers: link-local */
        {"fe80::2", "ff02::1", "fe80::2", 137, 0, 2, FIREWALL_PASSED},
        {"fd00::2", "ff02::1", "fe80::2", 137, 0, 2, FIREWALL_NEIGHBOUR},
        {"::", "ff02::2", "::", 133, 0, 14, FIREWALL_PASSED},
        {"::", "ff02::2", "::", 133, 0, 1, FIREWALL_NEIGHBOUR}, /* no address, but a MAC */
        {"fe80::2", "ff02::2", "::", 133, 0, 1, FIREWALL_PASSED},
        {"::", "ff02::1:ff00:15", "fd00::15", 135, 0, 14, FIREWALL_PASSED},
        {"::", "ff02::1:ff00:15", "fd00::15", 135, 0, 1, FIREWALL_NEIGHBOUR},
        {"::", "fd00::15", "fd00::15", 135, 0, 14, FIREWALL_NEIGHBOUR}, /* not to the group */
        {"fd00::2", "fd00::15", "fd00::15", 135, 0, 1, FIREWALL_PASSED},
        {"fd00::2", "fd00::15", "ff02::1", 135, 0, 1, FIREWALL_NEIGHBOUR},
        {"fd00::2", "fd00::15", "fd00::2", 136, 0x60, 2, FIREWALL_PASSED},
        {"fd00::2", "ff02::1", "fd00::2", 136, 0x20, 2, FIREWALL_PASSED},
        {"fd00::2", "ff02::1", "fd00::2", 136, 0x60, 2, FIREWALL_NEIGHBOUR}, /* nobody asked */
        {"fd00::2", "ff02::1", "ff02::1", 136, 0x20, 2, FIREWALL_NEIGHBOUR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_frame frame;
        size_t fixed = cases[i].type == 133   ? 8
                       : cases[i].type == 134 ? 16
                       : cases[i].type == 137 ? 40
                                              : 24;
        struct firewall_address target = test_address(cases[i].target);
        uint8_t *message = test_ip(&frame, cases[i].from, cases[i].to, 58, fixed + 8);
        message[0] = cases[i].type;
        message[4] = cases[i].flags;
        if (fixed >= 24)
            memcpy(message + 8, target.bytes, 16);
        message[fixed] = cases[i].option;
        message[fixed + 1] = 1;
        test_finish(&frame);
        enum firewall_reason reason = parse(&frame);
        if (reason != cases[i].reason)
            fail_msg("case %zu: %s", i, firewall_reason_name(reason));
    }
}

/* They concern one link: no other hop limit, and nobody from elsewhere. */
static void test_listener_headers(void **state)
{
    (void)state;
    struct test_frame frame;
    test_listener(&frame, "fe80::2", 130, 1);
    EXPECT(&frame, PASSED);
    test_listener(&frame, "fe80::2", 130, 255);
    EXPECT(&frame, NEIGHBOUR);
    test_listener(&frame, "fd00::2", 143, 1);
    EXPECT(&frame, NEIGHBOUR);
    test_listener(&frame, "::", 130, 1);
    EXPECT(&frame, NEIGHBOUR);
    test_listener(&frame, "::", 143, 1);
    EXPECT(&frame, PASSED);
    test_ip(&frame, "fe80::2", "ff02::1", 58, 8)[0] = 131; /* without the group */
    frame.bytes[21] = 1;
    test_finish(&frame);
    EXPECT(&frame, NEIGHBOUR);
}

/* An IPv6 packet whose chain of extension headers is `chain`, first one of type `first`. */
static enum firewall_reason parse_chain(uint8_t first, const uint8_t *chain, size_t size)
{
    struct test_frame frame;
    uint8_t *data = test_ip(&frame, "fd00::2", "fd00::15", first, size);
    memcpy(data, chain, size);
    return parse(&frame);
}

static void test_extensions(void **state)
{
    (void)state;
    enum { ANY = 59 };
    const uint8_t options[] = {60, 0, 1, 4, 0, 0, 0, 0, ANY, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(parse_chain(0, options, 16), FIREWALL_PASSED);
    assert_int_equal(packet.protocol, ANY);
    assert_int_equal(parse_chain(0, options, 12), FIREWALL_IP_EXTENSION);
    const uint8_t late[] = {0, 0, 1, 4, 0, 0, 0, 0, ANY, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(parse_chain(60, late, 16), FIREWALL_IP_EXTENSION);
    const uint8_t route[] = {ANY, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(parse_chain(43, route, 8), FIREWALL_IP_EXTENSION);
    const uint8_t bad_option[] = {ANY, 0, 1, 5, 0, 0, 0, 0};
    assert_int_equal(parse_chain(60, bad_option, 8), FIREWALL_IP_EXTENSION);
    const uint8_t fragment[] = {ANY, 0, 0, 9, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8};
    assert_int_equal(parse_chain(44, fragment, 16), FIREWALL_PASSED);
    assert_true(packet.fragment);
    assert_int_equal(packet.fragment_id, 7);
    assert_int_equal(packet.fragment_offset, 8);
    assert_int_equal(parse_chain(44, fragment, 15), FIREWALL_FRAGMENT);
    const uint8_t twice[] = {44, 0, 0, 1, 0, 0, 0, 7, ANY, 0, 0, 1,
                             0,  0, 0, 7, 0, 0, 0, 0, 0,   0, 0, 0};
    assert_int_equal(parse_chain(44, twice, 24), FIREWALL_IP_EXTENSION);
    uint8_t many[9 * 8] = {0};
    for (size_t i = 0; i < sizeof many; i += 8)
        many[i] = 60;
    assert_int_equal(parse_chain(60, many, sizeof many), FIREWALL_IP_EXTENSION);
    struct test_frame frame;
    test_udp(&frame, "fd00::2", 1, "fd00::15", 2);
    frame.bytes[19]++; /* longer than the frame */
    EXPECT(&frame, IP_LENGTH);
    test_udp(&frame, "::1", 1, "fd00::15", 2);
    EXPECT(&frame, IP_ADDRESS);
    test_udp(&frame, "ff02::1", 1, "fd00::15", 2);
    frame.bytes[6] = 2;
    EXPECT(&frame, IP_ADDRESS);
}

static void test_offload(void **state)
{
    (void)state;
    struct test_frame frame;
    test_tcp(&frame, CLIENT_IP, 1234, SERVER_IP, 80, &syn);
    frame.bytes[50] ^= 0xff; /* the checksum is still to come */
    struct firewall_offload partial = {.partial = true, .start = 34, .offset = 16};
    struct firewall_offload wrong[] = {partial, partial, partial, partial, partial};
    wrong[0].start = 33;
    wrong[1].offset = 6;
    wrong[2].gso = FIREWALL_GSO_TCP6;
    wrong[2].gso_size = 1448;
    wrong[3].gso = FIREWALL_GSO_TCP4; /* of nothing */
    wrong[4].start = 60000;
    assert_int_equal(firewall_parse(&packet, frame.bytes, frame.size, &partial), FIREWALL_PASSED);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(firewall_parse(&packet, frame.bytes, frame.size, &wrong[i]),
                         FIREWALL_OFFLOAD);
    struct firewall_offload verified = {.verified = true};
    assert_int_equal(firewall_parse(&packet, frame.bytes, frame.size, &verified), FIREWALL_PASSED);
    test_icmp(&frame, CLIENT_IP, SERVER_IP, 8, 1);
    assert_int_equal(firewall_parse(&packet, frame.bytes, frame.size, &partial), FIREWALL_OFFLOAD);
    /* A segment of 20 KiB passes only as one that will be cut. */
    static uint8_t large[20000];
    struct test_segment data = {.flags = FIREWALL_TCP_ACK, .window = 1};
    test_tcp(&frame, CLIENT_IP, 1234, SERVER_IP, 80, &data);
    memcpy(large, frame.bytes, frame.size);
    large[16] = (sizeof large - 14) >> 8;
    large[17] = (sizeof large - 14) & 0xff;
    large[24] = large[25] = 0;
    uint32_t sum = firewall_checksum_add(0, large + 14, 20);
    large[24] = (uint8_t)(~sum >> 8);
    large[25] = (uint8_t)~sum;
    struct firewall_offload segment = partial;
    segment.gso = FIREWALL_GSO_TCP4;
    segment.gso_size = 1448;
    assert_int_equal(firewall_parse(&packet, large, sizeof large, &segment), FIREWALL_PASSED);
    assert_int_equal(packet.payload_size, sizeof large - 54);
    assert_int_equal(firewall_parse(&packet, large, sizeof large, &partial),
                     FIREWALL_ETHERNET_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_ethernet_frames),
        cmocka_unit_test(test_ip4_headers),
        cmocka_unit_test(test_ip4_options),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_tcp_headers),
        cmocka_unit_test(test_udp_headers),
        cmocka_unit_test(test_icmp_headers),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_offload),
        cmocka_unit_test(test_discovery_headers),
        cmocka_unit_test(test_listener_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
