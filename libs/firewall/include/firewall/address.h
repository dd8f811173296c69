/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* IP addresses of both versions as one type: IPv4 lies in ::ffff:0:0/96 (RFC 4291, 2.5.5.2). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An address, most significant byte first. */
struct firewall_address {
    uint8_t bytes[16];
};

/** Addresses with the same first `length` bits; `family` is 4, 6, or 0 for every address. */
struct firewall_prefix {
    struct firewall_address address;
    uint8_t length; /**< 0 to 128, IPv4 prefixes counted from bit 96 */
    uint8_t family;
};

/** Length of the longest text firewall_address_format() writes, with the final NUL. */
#define FIREWALL_ADDRESS_TEXT 40

/** The address with four bytes of IPv4. */
struct firewall_address firewall_address_ip4(const uint8_t *bytes);

/** The address with sixteen bytes of IPv6. */
struct firewall_address firewall_address_ip6(const uint8_t *bytes);

/** Whether it is an IPv4 address. */
bool firewall_address_is_ip4(const struct firewall_address *address);

/** Whether two are the same. */
bool firewall_address_equal(const struct firewall_address *a, const struct firewall_address *b);

/** Whether it is a multicast address, or IPv4's 255.255.255.255. */
bool firewall_address_is_group(const struct firewall_address *address);

/** Whether it is 0.0.0.0 or ::. */
bool firewall_address_is_unspecified(const struct firewall_address *address);

/** Whether it is an IPv6 address of fe80::/10. */
bool firewall_address_is_link_local(const struct firewall_address *address);

/** Whether `prefix` holds the address. */
bool firewall_prefix_holds(const struct firewall_prefix *prefix,
                           const struct firewall_address *address);

/** What firewall_prefix_parse() found. */
enum firewall_prefix_error {
    FIREWALL_PREFIX_OK,
    FIREWALL_PREFIX_ADDRESS, /**< no address */
    FIREWALL_PREFIX_LENGTH,  /**< length of the prefix is no number or too large */
    FIREWALL_PREFIX_BITS,    /**< bits behind the prefix are set */
};

/**
 * Reads `any`, an IPv4 address (four decimal numbers) or an IPv6 address (RFC 4291, 2.2), with or
 * without `/length`, of `size` characters.
 */
enum firewall_prefix_error firewall_prefix_parse(struct firewall_prefix *prefix, const char *text,
                                                 size_t size);

/** Writes the address as text; returns `text`. */
char *firewall_address_format(const struct firewall_address *address,
                              char text[FIREWALL_ADDRESS_TEXT]);
