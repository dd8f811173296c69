/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Frames for tests, well formed unless a test changes bytes afterwards. */
#include <firewall/firewall.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ull

/** Addresses of the test network. */
#define CLIENT_IP "10.0.2.15"
#define SERVER_IP "10.0.2.2"
#define OTHER_IP  "10.0.2.16"
/** The link-local address that follows from client_mac. */
#define CLIENT_LINK_LOCAL "fe80::400:ff:fe0b:c0d"

/** MACs: the first client, the second, and a station of the network. */
extern const uint8_t client_mac[6], other_mac[6], server_mac[6];

/** A frame under construction. */
struct test_frame {
    uint8_t bytes[FIREWALL_MAX_FRAME + 64];
    size_t size;
};

/** What a TCP segment says. */
struct test_segment {
    uint8_t flags;
    uint32_t sequence, acknowledgement;
    uint16_t window;
    size_t payload;
    int scale; /**< 0: no option */
};

/** Ethernet header; the frame is then 14 bytes long. */
void test_ethernet(struct test_frame *frame, const uint8_t *to, const uint8_t *from, uint16_t type);

/** An IP packet with `size` bytes of transport; the returned place of them is zeroed. */
uint8_t *test_ip(struct test_frame *frame, const char *from, const char *to, uint8_t protocol,
                 size_t size);

/** Fills the checksums of IP and transport in. */
void test_finish(struct test_frame *frame);

/** From and to are addresses; MACs follow from them. */
void test_udp(struct test_frame *frame, const char *from, uint16_t from_port, const char *to,
              uint16_t to_port);
/** A TCP segment. */
void test_tcp(struct test_frame *frame, const char *from, uint16_t from_port, const char *to,
              uint16_t to_port, const struct test_segment *segment);
/** An ICMP or, with IPv6 addresses, ICMPv6 message of 8 bytes and a payload of 24. */
void test_icmp(struct test_frame *frame, const char *from, const char *to, uint8_t type,
               uint16_t id);
/** An ARP message of type 1 or 2. */
void test_arp(struct test_frame *frame, const char *from, const char *to, uint8_t type);

/** A neighbour solicitation of who is about to take an address (RFC 4862, 5.4.2). */
void test_claim(struct test_frame *frame, const char *address, const uint8_t *mac);
/** A message about multicast listeners, of that type and hop limit, to all nodes. */
void test_listener(struct test_frame *frame, const char *from, uint8_t type, uint8_t hops);

/** The MAC that belongs to an address of the test network. */
const uint8_t *test_mac(const char *address);

/** Address from text. */
struct firewall_address test_address(const char *text);

/** A firewall of two clients with these rules; `connections` for each. */
struct firewall *test_firewall(const char *const *rules, uint32_t connections);

/** Frees it. */
void test_firewall_free(struct firewall *firewall);

/** Judges a frame of client 0. */
enum firewall_reason test_check(struct firewall *firewall, const struct test_frame *frame,
                                enum firewall_direction direction, uint64_t now);

/** Checks the verdict on a frame of client 0 in a direction (IN, OUT) at a time. */
#define EXPECT_VERDICT(frame, direction, now, reason)                                              \
    assert_string_equal(                                                                           \
        firewall_reason_name(test_check(firewall, frame, FIREWALL_##direction, now)),              \
        firewall_reason_name(FIREWALL_##reason))
