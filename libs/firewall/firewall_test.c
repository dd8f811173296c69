/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Verdicts about everything but TCP and neighbours: senders, fragments, limits, errors, counters.
 */
#include "test_frames.h"

static const char *const everything[] = {"allow any any", NULL};
static const char *const nothing[] = {NULL};

static void test_no_rules(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(NULL, 4);
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    frame.bytes[50] ^= 1;
    EXPECT_VERDICT(&frame, IN, 1, UDP_CHECKSUM);
    test_ethernet(&frame, client_mac, server_mac, 0x8100);
    frame.size = 60;
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    assert_int_equal(firewall_count(firewall, FIREWALL_IN, FIREWALL_PASS), 3);
    assert_int_equal(firewall_count(firewall, FIREWALL_IN, FIREWALL_MALFORMED), 1);
    assert_int_equal(firewall_count(firewall, FIREWALL_OUT, FIREWALL_MALFORMED), 0);
    test_firewall_free(firewall);
}

static void test_default_deny(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    EXPECT_VERDICT(&frame, IN, 1, NO_RULE);
    test_udp(&frame, CLIENT_IP, 5000, SERVER_IP, 7);
    EXPECT_VERDICT(&frame, OUT, 1, NO_RULE);
    test_ethernet(&frame, client_mac, server_mac, 0x8100);
    frame.size = 60;
    EXPECT_VERDICT(&frame, IN, 1, VLAN);
    test_ethernet(&frame, client_mac, server_mac, 0x88cc);
    EXPECT_VERDICT(&frame, IN, 1, ETHERTYPE);
    test_udp(&frame, SERVER_IP, 5000, OTHER_IP, 7);
    EXPECT_VERDICT(&frame, IN, 1, OTHER_MAC);
    test_arp(&frame, SERVER_IP, CLIENT_IP, 1);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    test_firewall_free(firewall);
}

static void test_first_match(void **state)
{
    (void)state;
    static const char *const rules[] = {"deny log in udp to any port 9", "allow in udp", NULL};
    struct firewall *firewall = test_firewall(rules, 4);
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 9);
    struct firewall_frame judged = {
        .data = frame.bytes, .size = frame.size, .direction = FIREWALL_IN, .now = 1};
    assert_int_equal(firewall_check(firewall, &judged), FIREWALL_DENIED);
    assert_int_equal(judged.rule, 0);
    assert_true(judged.log);
    char text[100];
    assert_string_equal(firewall_describe(&judged, text, sizeof text),
                        "udp 10.0.2.2 port 5000 to 10.0.2.15 port 9");
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 10);
    assert_int_equal(firewall_check(firewall, &judged), FIREWALL_PASSED);
    assert_int_equal(judged.rule, 1);
    test_firewall_free(firewall);
}

static void test_senders(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(everything, 16);
    struct test_frame frame;
    test_udp(&frame, CLIENT_IP, 5000, SERVER_IP, 7);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_MAC); /* our own MAC from outside */
    frame.bytes[11] ^= 1;
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_MAC);
    test_udp(&frame, "10.0.2.17", 5000, SERVER_IP, 7);
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_ADDRESS);
    test_udp(&frame, OTHER_IP, 5000, SERVER_IP, 7);
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_ADDRESS);
    test_udp(&frame, CLIENT_IP, 5000, "10.0.2.9", 7); /* our address from another station */
    memcpy(frame.bytes, client_mac, 6);
    memcpy(frame.bytes + 6, server_mac, 6);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_ADDRESS);
    test_udp(&frame, OTHER_IP, 5000, CLIENT_IP, 7); /* the other client itself */
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    test_udp(&frame, CLIENT_LINK_LOCAL, 5000, "fd00::2", 7);
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    memcpy(frame.bytes + 6, server_mac, 6); /* the same from another station */
    memcpy(frame.bytes, client_mac, 6);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_ADDRESS);
    test_udp(&frame, "fe80::1", 5000, "fd00::2", 7); /* may be the router's */
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_ADDRESS);
    test_udp(&frame, "fd00::16", 5000, "fd00::2", 7);
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_ADDRESS);
    test_firewall_free(firewall);
}

static void test_address_requests(void **state)
{
    (void)state;
    static const char *const rules[] = {"allow out udp from any port 68 to any port 67", NULL};
    struct firewall *firewall = test_firewall(rules, 4);
    struct test_frame frame;
    test_udp(&frame, SERVER_IP, 67, "255.255.255.255", 68);
    EXPECT_VERDICT(&frame, IN, 1, NO_RULE);
    test_udp(&frame, "0.0.0.0", 68, "255.255.255.255", 67);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_udp(&frame, SERVER_IP, 67, "255.255.255.255", 68);
    EXPECT_VERDICT(&frame, IN, SECOND, PASSED);
    test_udp(&frame, SERVER_IP, 67, CLIENT_IP, 68);
    EXPECT_VERDICT(&frame, IN, SECOND, PASSED);
    test_udp(&frame, SERVER_IP, 67, CLIENT_IP, 69);
    EXPECT_VERDICT(&frame, IN, SECOND, NO_RULE);
    test_firewall_free(firewall);
}

/* Part of a UDP datagram with id 7 to port 7. */
static void part(struct test_frame *frame, unsigned offset, bool more)
{
    uint8_t *udp = test_ip(frame, SERVER_IP, CLIENT_IP, 17, 64);
    if (offset == 0) {
        const uint8_t header[] = {1, 0, 0, 7, 1, 0, 0, 0};
        memcpy(udp, header, sizeof header);
    }
    frame->bytes[19] = 7;
    frame->bytes[20] = more ? 0x20 : 0;
    frame->bytes[21] = (uint8_t)(offset / 8);
    /* the header's checksum only: test_finish() would fill the transport's in */
    frame->bytes[23] = 99;
    test_finish(frame);
    uint32_t sum = (uint32_t)(frame->bytes[24] << 8 | frame->bytes[25]) + 99 - 17;
    sum = firewall_checksum_add(sum, NULL, 0);
    frame->bytes[23] = 17;
    frame->bytes[24] = (uint8_t)(sum >> 8);
    frame->bytes[25] = (uint8_t)sum;
}

static void test_fragments(void **state)
{
    (void)state;
    static const char *const rules[] = {"allow in udp to any port 7", NULL};
    struct firewall *firewall = test_firewall(rules, 4);
    struct test_frame frame;
    part(&frame, 64, true);
    EXPECT_VERDICT(&frame, IN, 1, FRAGMENT_ORPHAN);
    part(&frame, 0, true);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    EXPECT_VERDICT(&frame, IN, 1, FRAGMENT);
    part(&frame, 64, true);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    part(&frame, 56, false); /* would overwrite the end of the first part */
    EXPECT_VERDICT(&frame, IN, 1, FRAGMENT);
    part(&frame, 128, false);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    part(&frame, 128, false);
    EXPECT_VERDICT(&frame, IN, 31 * SECOND, FRAGMENT_ORPHAN);
    part(&frame, 0, true);
    frame.bytes[37] = 8; /* another port */
    EXPECT_VERDICT(&frame, IN, 60 * SECOND, NO_RULE);
    part(&frame, 64, false);
    EXPECT_VERDICT(&frame, IN, 60 * SECOND, FRAGMENT_ORPHAN);
    test_firewall_free(firewall);
}

static void test_limits(void **state)
{
    (void)state;
    static const char *const rules[] = {"allow in icmp type 8 limit 2/second burst 3", NULL};
    struct firewall *firewall = test_firewall(rules, 100);
    struct test_frame frame;
    uint16_t id = 1;
    for (int i = 0; i < 3; i++) {
        test_icmp(&frame, SERVER_IP, CLIENT_IP, 8, id++);
        EXPECT_VERDICT(&frame, IN, SECOND, PASSED);
    }
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 8, id++);
    EXPECT_VERDICT(&frame, IN, SECOND, RATE);
    EXPECT_VERDICT(&frame, IN, SECOND + SECOND / 2 - 1, RATE);
    EXPECT_VERDICT(&frame, IN, SECOND + SECOND / 2, PASSED);
    test_icmp(&frame, SERVER_IP, CLIENT_IP, 8, id++);
    EXPECT_VERDICT(&frame, IN, SECOND + SECOND / 2, RATE);
    test_firewall_free(firewall);
}

/* Quotes a datagram of the client's in an error message from the server. */
static void unreachable(struct test_frame *frame, uint16_t port)
{
    struct test_frame inner;
    test_udp(&inner, CLIENT_IP, port, SERVER_IP, 53);
    uint8_t *icmp = test_ip(frame, SERVER_IP, CLIENT_IP, 1, 8 + 28);
    icmp[0] = 3;
    icmp[1] = 3;
    memcpy(icmp + 8, inner.bytes + 14, 28);
    test_finish(frame);
}

static void test_errors(void **state)
{
    (void)state;
    static const char *const rules[] = {"allow out udp", NULL};
    struct firewall *firewall = test_firewall(rules, 4);
    struct test_frame frame;
    test_udp(&frame, CLIENT_IP, 9, SERVER_IP, 53);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    unreachable(&frame, 9);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    unreachable(&frame, 10);
    EXPECT_VERDICT(&frame, IN, 1, NO_RULE);
    unreachable(&frame, 9);
    frame.bytes[14 + 20 + 8 + 15] ^= 1; /* quotes a packet from somebody else */
    test_finish(&frame);
    EXPECT_VERDICT(&frame, IN, 1, NO_RULE);
    test_firewall_free(firewall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rules),         cmocka_unit_test(test_default_deny),
        cmocka_unit_test(test_first_match),      cmocka_unit_test(test_senders),
        cmocka_unit_test(test_address_requests), cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_limits),           cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
