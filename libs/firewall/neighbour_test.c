/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Verdicts about ARP, neighbour discovery and multicast listeners. */
#include "test_frames.h"

static const char *const nothing[] = {NULL};

static void test_arp_messages(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    test_arp(&frame, CLIENT_IP, SERVER_IP, 1);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_arp(&frame, "0.0.0.0", CLIENT_IP, 1); /* a probe */
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_arp(&frame, "0.0.0.0", OTHER_IP, 1); /* it must not give its address up */
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
    test_arp(&frame, "0.0.0.0", CLIENT_IP, 1);
    memcpy(frame.bytes + 6, server_mac, 6);
    memcpy(frame.bytes + 22, server_mac, 6);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    test_arp(&frame, OTHER_IP, SERVER_IP, 2);
    memcpy(frame.bytes + 6, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR); /* MAC inside is another one */
    memcpy(frame.bytes + 22, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR); /* address of another client */
    test_arp(&frame, CLIENT_IP, OTHER_IP, 2);
    memcpy(frame.bytes + 6, server_mac, 6);
    memcpy(frame.bytes + 22, server_mac, 6);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR); /* our address claimed outside */
    test_arp(&frame, SERVER_IP, CLIENT_IP, 1);
    for (int i = 0; i < 50; i++)
        EXPECT_VERDICT(&frame, IN, SECOND, PASSED);
    EXPECT_VERDICT(&frame, IN, SECOND, NEIGHBOUR_RATE);
    EXPECT_VERDICT(&frame, IN, SECOND + SECOND / 50, PASSED);
    EXPECT_VERDICT(&frame, IN, SECOND + SECOND / 50, NEIGHBOUR_RATE);
    test_firewall_free(firewall);
}

/* A discovery message with a link-layer option. */
static void discovery(struct test_frame *frame, const char *from, uint8_t type, const char *target,
                      const uint8_t *link)
{
    size_t fixed = type == 133 ? 8 : type == 134 ? 16 : type == 137 ? 40 : 24;
    struct firewall_address address = test_address(target);
    uint8_t *message = test_ip(frame, from, "ff02::1", 58, fixed + 8);
    message[0] = type;
    if (fixed >= 24)
        memcpy(message + 8, address.bytes, 16);
    message[fixed] = type == 136 ? 2 : 1;
    message[fixed + 1] = 1;
    memcpy(message + fixed + 2, link, 6);
    test_finish(frame);
}

static void test_discovery(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    discovery(&frame, "fd00::15", 135, "fd00::2", client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    discovery(&frame, "fd00::15", 135, "fd00::2", other_mac);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
    discovery(&frame, "fd00::15", 136, "fd00::15", client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    discovery(&frame, "fd00::15", 136, "fd00::2", client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
    discovery(&frame, CLIENT_LINK_LOCAL, 134, "::", client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, ROUTER);
    discovery(&frame, "fe80::2", 134, "::", server_mac);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    discovery(&frame, "fe80::2", 137, "fd00::2", server_mac);
    EXPECT_VERDICT(&frame, IN, 1, ROUTER);
    discovery(&frame, "fd00::2", 136, "fd00::15", server_mac); /* claims our address */
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    discovery(&frame, "fd00::2", 136, "fd00::2", client_mac); /* gives our MAC away */
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    discovery(&frame, "fd00::15", 136, "fe80::1", client_mac); /* perhaps a router's */
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
    discovery(&frame, CLIENT_LINK_LOCAL, 136, CLIENT_LINK_LOCAL, client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    discovery(&frame, "fd00::2", 136, CLIENT_LINK_LOCAL, server_mac);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    test_firewall_free(firewall);
}

/* Who is about to take an address makes its owner give way, if that one is not quite sure yet. */
static void test_first_claims(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    test_claim(&frame, "fd00::15", client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_claim(&frame, CLIENT_LINK_LOCAL, client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_claim(&frame, "fd00::16", client_mac);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
    test_claim(&frame, "fd00::15", server_mac);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    test_claim(&frame, CLIENT_LINK_LOCAL, server_mac);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    test_claim(&frame, "fd00::99", server_mac);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    test_firewall_free(firewall);
}

/* Receivers differ in which of two options they believe. */
static void test_two_options(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        uint8_t *message = test_ip(&frame, "fd00::15", "ff02::1", 58, 24 + 16);
        struct firewall_address target = test_address("fd00::15");
        message[0] = 136;
        memcpy(message + 8, target.bytes, 16);
        for (unsigned i = 0; i < 2; i++) {
            message[24 + 8 * i] = 2;
            message[25 + 8 * i] = 1;
            memcpy(message + 26 + 8 * i, i + 1 == wrong ? other_mac : client_mac, 6);
        }
        test_finish(&frame);
        if (wrong)
            EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
        else
            EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    }
    test_firewall_free(firewall);
}

/* Reports of groups pass without a rule, but only such as stay on the link; who asks for them is a
 * router. */
static void test_listeners(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    test_listener(&frame, CLIENT_LINK_LOCAL, 143, 1);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_listener(&frame, "::", 131, 1);
    EXPECT_VERDICT(&frame, OUT, 1, PASSED);
    test_listener(&frame, CLIENT_LINK_LOCAL, 130, 1);
    EXPECT_VERDICT(&frame, OUT, 1, ROUTER);
    test_listener(&frame, "fe80::2", 130, 1);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    test_listener(&frame, CLIENT_LINK_LOCAL, 143, 64); /* a way out for anything */
    EXPECT_VERDICT(&frame, OUT, 1, NEIGHBOUR);
    test_firewall_free(firewall);
}

/* Without rules, a firewall that has addresses sees to it that nobody else uses them. */
static void test_addresses_only(void **state)
{
    (void)state;
    struct firewall *firewall = test_firewall(nothing, 4);
    struct test_frame frame;
    firewall->settings.enforce = false;
    discovery(&frame, "fd00::2", 136, "fd00::15", server_mac);
    EXPECT_VERDICT(&frame, IN, 1, SPOOFED_NEIGHBOUR);
    discovery(&frame, "fd00::2", 136, "fd00::2", server_mac);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    test_arp(&frame, OTHER_IP, SERVER_IP, 2);
    memcpy(frame.bytes + 6, client_mac, 6);
    memcpy(frame.bytes + 22, client_mac, 6);
    EXPECT_VERDICT(&frame, OUT, 1, SPOOFED_NEIGHBOUR);
    test_udp(&frame, SERVER_IP, 5000, CLIENT_IP, 7);
    EXPECT_VERDICT(&frame, IN, 1, PASSED);
    test_firewall_free(firewall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arp_messages), cmocka_unit_test(test_discovery),
        cmocka_unit_test(test_first_claims), cmocka_unit_test(test_two_options),
        cmocka_unit_test(test_listeners),    cmocka_unit_test(test_addresses_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
