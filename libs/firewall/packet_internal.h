/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Inside the parser: the steps behind the Ethernet header. */
#include <firewall/packet.h>

/* Messages of ICMPv6: multicast listeners (RFC 2710, RFC 3810), neighbour discovery (RFC 4861), and
 * options of the latter that name a MAC. */
enum {
    LISTENER_QUERY = 130,
    LISTENER_DONE = 132,
    LISTENER_REPORT_2 = 143,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOUR_SOLICITATION = 135,
    NEIGHBOUR_ADVERTISEMENT = 136,
    REDIRECT = 137,
    OPTION_SOURCE_LINK = 1,
    OPTION_TARGET_LINK = 2,
};

static inline uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

/** IPv4 header at `at`; sets transport and transport_size. */
enum firewall_reason parse_ip4(struct firewall_packet *packet, size_t at);

/** IPv6 header and its extension headers at `at`; sets transport and transport_size. */
enum firewall_reason parse_ip6(struct firewall_packet *packet, size_t at);

/** TCP and UDP, and ICMP by check_icmp(). */
enum firewall_reason parse_transport(struct firewall_packet *packet,
                                     const struct firewall_offload *offload);

/** ICMP and ICMPv6, of their own version of IP; checksums, and all that RFC 4861 and RFC 3810 ask
 * of discovery and listener messages. */
enum firewall_reason check_icmp(struct firewall_packet *packet,
                                const struct firewall_offload *offload);

/** Whether the checksum with the pseudo header is right, or is left to somebody else. */
bool transport_checksum_fits(const struct firewall_packet *packet,
                             const struct firewall_offload *offload);
