/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Inside the parser: the steps behind the Ethernet header. */
#include <firewall/packet.h>

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

/** TCP, UDP, ICMP and ICMPv6. */
enum firewall_reason parse_transport(struct firewall_packet *packet,
                                     const struct firewall_offload *offload);

/** ICMP and ICMPv6, lengths only. */
enum firewall_reason parse_icmp(struct firewall_packet *packet);
