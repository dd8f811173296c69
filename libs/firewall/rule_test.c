/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Every rule of the language and every complaint; texts of addresses. */
#include "test_frames.h"

static void test_example(void **state)
{
    (void)state;
    struct firewall_rule rule;
    struct firewall_rule_error error;
    assert_true(
        firewall_rule_parse(&rule, "allow in udp from 10.0.2.0/24 to any port 7,8", &error));
    assert_true(rule.allow && !rule.log);
    assert_int_equal(rule.direction, FIREWALL_IN);
    assert_int_equal(rule.protocol, 17);
    assert_int_equal(rule.from.family, 4);
    assert_int_equal(rule.from.length, 120);
    assert_int_equal(rule.to.family, 0);
    assert_int_equal(rule.to_ports.count, 2);
    assert_int_equal(rule.to_ports.items[0].first, 7);
    assert_int_equal(rule.to_ports.items[1].last, 8);
    struct test_frame frame;
    struct firewall_packet packet;
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 8);
    assert_int_equal(firewall_parse(&packet, frame.bytes, frame.size, NULL), FIREWALL_PASSED);
    assert_true(firewall_rule_matches(&rule, &packet, FIREWALL_IN));
    assert_false(firewall_rule_matches(&rule, &packet, FIREWALL_OUT));
    packet.destination_port = 9;
    assert_false(firewall_rule_matches(&rule, &packet, FIREWALL_IN));
    packet.destination_port = 7;
    packet.source.bytes[14] = 3;
    assert_false(firewall_rule_matches(&rule, &packet, FIREWALL_IN));
}

static void test_all_parts(void **state)
{
    (void)state;
    static const char *const good[] = {
        "allow out any",
        "deny log in any",
        "allow any 47 from 10.0.0.1 to 10.0.0.2",
        "allow in tcp to 10.0.2.15 port 80, 443,8000-8080 limit 10/second burst 20",
        "allow out icmpv6 from fd00::/8 to any type echo-request,3/0",
        "allow in icmp type 8 limit 100/hour",
        "allow\tout udp  from any port 68 to 255.255.255.255 port 67",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct firewall_rule rule;
        struct firewall_rule_error error;
        if (!firewall_rule_parse(&rule, good[i], &error))
            fail_msg("%s: %s", good[i], error.expected);
    }
    struct firewall_rule rule;
    struct firewall_rule_error error;
    assert_true(firewall_rule_parse(&rule, good[3], &error));
    assert_int_equal(rule.to_ports.count, 3);
    assert_int_equal(rule.to_ports.items[2].last, 8080);
    assert_int_equal(rule.cost, SECOND / 10);
    assert_int_equal(rule.burst, 20);
    assert_true(firewall_rule_parse(&rule, good[4], &error));
    assert_int_equal(rule.types.items[0].type, 128);
    assert_int_equal(rule.types.items[0].code, -1);
    assert_int_equal(rule.types.items[1].code, 0);
}

static void test_complaints(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word, *expected;
    } bad[] = {
        {"", "", "allow or deny"},
        {"pass in tcp", "pass", "allow or deny"},
        {"allow", "", "a direction"},
        {"allow inwards tcp", "inwards", "a direction"},
        {"allow in tcpp", "tcpp", "a protocol"},
        {"allow in 256", "256", "a protocol"},
        {"allow in tcp from", "", "an address"},
        {"allow in tcp from 10.0.2", "10.0.2", "an address"},
        {"allow in tcp from 10.0.02.1", "10.0.02.1", "an address"},
        {"allow in tcp from 10.0.2.256", "10.0.2.256", "an address"},
        {"allow in tcp from 1::2::3", "1::2::3", "an address"},
        {"allow in tcp from 10.0.2.0/33", "10.0.2.0/33", "a prefix length"},
        {"allow in tcp from 10.0.2.0/", "10.0.2.0/", "a prefix length"},
        {"allow in tcp from 10.0.2.1/24", "10.0.2.1/24", "bits behind its prefix"},
        {"allow in tcp from any port", "", "a port"},
        {"allow in tcp from any port 80x", "80x", "commas"},
        {"allow in tcp from any port 65536", "65536", "a port"},
        {"allow in tcp from any port 9-7", "9-7", "a range"},
        {"allow in tcp from any port 1,2,", "", "a port"},
        {"allow in tcp to any port 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
         "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "at most 16"},
        {"allow in icmp to any port 7", "port", "no ports"},
        {"allow in tcp type 8", "type", "no message types"},
        {"allow in icmp type ping", "ping", "a message type"},
        {"allow in icmp type too-big", "too-big", "a message type"},
        {"allow in icmp type 8/256", "8/256", "a code"},
        {"allow in icmp from fd00::1", "fd00::1", "an IPv4 address"},
        {"allow in icmpv6 from 10.0.0.1", "10.0.0.1", "an IPv6 address"},
        {"allow in udp from 10.0.0.1 to fd00::1", "fd00::1", "an IPv4 address"},
        {"allow in udp limit 10", "10", "a rate"},
        {"allow in udp limit 0/second", "0/second", "a rate"},
        {"allow in udp limit 1/day", "1/day", "a rate"},
        {"allow in udp limit 1/second burst x", "x", "the number of packets"},
        {"allow in udp to any from any", "from", "the end of the rule"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct firewall_rule rule;
        struct firewall_rule_error error;
        if (firewall_rule_parse(&rule, bad[i].text, &error))
            fail_msg("accepted: %s", bad[i].text);
        if (!strstr(error.expected, bad[i].expected))
            fail_msg("%s: expected %s, not %s", bad[i].text, error.expected, bad[i].expected);
        assert_int_equal(error.length, strlen(bad[i].word));
        assert_memory_equal(bad[i].text + error.at, bad[i].word, error.length);
    }
}

static void test_owned(void **state)
{
    (void)state;
    struct firewall_owned owned;
    struct firewall_rule_error error;
    size_t name;
    assert_true(firewall_owned_parse(&owned, "vm0 10.0.2.15 fd00::/64", &name, &error));
    assert_int_equal(name, 3);
    assert_int_equal(owned.count, 2);
    assert_false(firewall_owned_parse(&owned, "", &name, &error));
    assert_false(firewall_owned_parse(&owned, "vm0", &name, &error));
    assert_false(firewall_owned_parse(&owned, "vm0 any", &name, &error));
    assert_false(firewall_owned_parse(&owned, "vm0 10.0.2.15 x", &name, &error));
    assert_int_equal(error.at, 14);
}

static void test_address_texts(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"10.0.2.15", "10.0.2.15"},
        {"::", "::"},
        {"::1", "::1"},
        {"FE80::A:0:0:1", "fe80::a:0:0:1"},
        {"1::", "1::"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:0:0:2::3", "1:0:0:2::3"},
        {"::ffff:1.2.3.4", "1.2.3.4"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
        {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct firewall_address address = test_address(texts[i][0]);
        char text[FIREWALL_ADDRESS_TEXT];
        assert_string_equal(firewall_address_format(&address, text), texts[i][1]);
    }
    static const char *const wrong[] = {
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":1",      "1:", "12345::", "1::2:3:4:5:6:7:8",
        ":::",           "1.2.3.4::",         "::1.2.3", "g::"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct firewall_prefix prefix;
        if (firewall_prefix_parse(&prefix, wrong[i], strlen(wrong[i])) == FIREWALL_PREFIX_OK)
            fail_msg("accepted: %s", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),       cmocka_unit_test(test_all_parts),
        cmocka_unit_test(test_complaints),    cmocka_unit_test(test_owned),
        cmocka_unit_test(test_address_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
