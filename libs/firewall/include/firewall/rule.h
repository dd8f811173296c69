/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The language of rules:
 *
 *   rule      = action ["log"] direction protocol ["from" end] ["to" end] ["type" types] [limit]
 *   action    = "allow" | "deny"
 *   direction = "in" | "out" | "any"          in: to a client, out: from a client
 *   protocol  = "tcp" | "udp" | "icmp" | "icmpv6" | "any" | 0 to 255
 *   end       = address ["port" ports]
 *   address   = "any" | IPv4 address | IPv6 address, the latter two with or without "/" length
 *   ports     = port | port "-" port | several of these with commas
 *   types     = type | type "/" code | several of these with commas; types are numbers or names
 *   limit     = "limit" number "/" ("second" | "minute" | "hour") ["burst" number]
 */
#include "firewall/packet.h"

/** Direction of a frame, and of rules. */
enum firewall_direction { FIREWALL_IN, FIREWALL_OUT, FIREWALL_BOTH };

#define FIREWALL_MAX_LIST 16

/** Ports first to last; none: every port. */
struct firewall_ports {
    unsigned count;
    struct {
        uint16_t first, last;
    } items[FIREWALL_MAX_LIST];
};

/** ICMP types; code -1: every code; none: every type. */
struct firewall_types {
    unsigned count;
    struct {
        uint8_t type;
        int16_t code;
    } items[FIREWALL_MAX_LIST];
};

/** One rule. */
struct firewall_rule {
    bool allow, log;
    enum firewall_direction direction;
    int protocol; /**< -1: any */
    struct firewall_prefix from, to;
    struct firewall_ports from_ports, to_ports;
    struct firewall_types types;
    uint64_t cost;  /**< nanoseconds per packet; 0: no limit */
    uint32_t burst; /**< packets that may come at once */
};

/** Where a rule is wrong. */
struct firewall_rule_error {
    size_t at, length; /**< the word in the text */
    char expected[120];
};

/** Reads one rule; false: `error` says what was expected where. */
bool firewall_rule_parse(struct firewall_rule *rule, const char *text,
                         struct firewall_rule_error *error);

/** Whether a packet is one the rule is about. */
bool firewall_rule_matches(const struct firewall_rule *rule, const struct firewall_packet *packet,
                           enum firewall_direction direction);

/** Addresses that a client may use. */
struct firewall_owned {
    unsigned count;
    struct firewall_prefix items[FIREWALL_MAX_LIST];
};

/**
 * Reads "NAME ADDRESS…", a client's name and the addresses it may use, from `text`. `name` is set
 * to its length. False: `error` says what was expected where.
 */
bool firewall_owned_parse(struct firewall_owned *owned, const char *text, size_t *name,
                          struct firewall_rule_error *error);
