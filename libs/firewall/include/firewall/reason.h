/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Why a frame passes or not. Malformed frames are never passed on; the other classes apply when a
 * firewall has rules (spoofed ones also when it only has addresses).
 */

/** What kind of reason it is. */
enum firewall_class { FIREWALL_PASS, FIREWALL_MALFORMED, FIREWALL_SPOOFED, FIREWALL_POLICY };

/** name, class, the word used in logs and statistics */
#define FIREWALL_REASONS(X)                                                                        \
    X(PASSED, PASS, "passed")                                                                      \
    X(ETHERNET_LENGTH, MALFORMED, "frame-length")                                                  \
    X(ETHERNET_SOURCE, MALFORMED, "group-source")                                                  \
    X(OFFLOAD, MALFORMED, "offload")                                                               \
    X(ARP, MALFORMED, "arp")                                                                       \
    X(IP_HEADER, MALFORMED, "ip-header")                                                           \
    X(IP_LENGTH, MALFORMED, "ip-length")                                                           \
    X(IP_CHECKSUM, MALFORMED, "ip-checksum")                                                       \
    X(IP_OPTIONS, MALFORMED, "ip-options")                                                         \
    X(IP_ADDRESS, MALFORMED, "ip-address")                                                         \
    X(IP_EXTENSION, MALFORMED, "ip-extension")                                                     \
    X(FRAGMENT, MALFORMED, "fragment")                                                             \
    X(TCP_HEADER, MALFORMED, "tcp-header")                                                         \
    X(TCP_FLAGS, MALFORMED, "tcp-flags")                                                           \
    X(TCP_CHECKSUM, MALFORMED, "tcp-checksum")                                                     \
    X(UDP_HEADER, MALFORMED, "udp-header")                                                         \
    X(UDP_CHECKSUM, MALFORMED, "udp-checksum")                                                     \
    X(ICMP_HEADER, MALFORMED, "icmp-header")                                                       \
    X(ICMP_CHECKSUM, MALFORMED, "icmp-checksum")                                                   \
    X(NEIGHBOUR, MALFORMED, "neighbour")                                                           \
    X(SPOOFED_MAC, SPOOFED, "spoofed-mac")                                                         \
    X(SPOOFED_ADDRESS, SPOOFED, "spoofed-address")                                                 \
    X(SPOOFED_NEIGHBOUR, SPOOFED, "spoofed-neighbour")                                             \
    X(OTHER_MAC, POLICY, "other-mac")                                                              \
    X(VLAN, POLICY, "vlan")                                                                        \
    X(ETHERTYPE, POLICY, "ethertype")                                                              \
    X(ROUTER, POLICY, "router-message")                                                            \
    X(NEIGHBOUR_RATE, POLICY, "neighbour-rate")                                                    \
    X(NO_RULE, POLICY, "no-rule")                                                                  \
    X(DENIED, POLICY, "denied")                                                                    \
    X(RATE, POLICY, "rate")                                                                        \
    X(TCP_STATE, POLICY, "tcp-state")                                                              \
    X(TCP_WINDOW, POLICY, "tcp-window")                                                            \
    X(TABLE_FULL, POLICY, "table-full")                                                            \
    X(FRAGMENT_ORPHAN, POLICY, "fragment-orphan")

#define FIREWALL_REASON_ENUM(name, class, word) FIREWALL_##name,
/** Every reason; FIREWALL_PASSED is the only one with which a frame goes on. */
enum firewall_reason { FIREWALL_REASONS(FIREWALL_REASON_ENUM) FIREWALL_REASON_COUNT };
#undef FIREWALL_REASON_ENUM

/** The word for a reason. */
const char *firewall_reason_name(enum firewall_reason reason);

/** The class of a reason. */
enum firewall_class firewall_reason_class(enum firewall_reason reason);
