/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A firewall between clients, each with one link, and a network. Pure: frames, configuration and
 * the time go in, verdicts come out. Not thread-safe.
 *
 * Order of a verdict: is the frame well formed; is it who it says it is; neighbour discovery and
 * ARP; parts of a datagram whose first part passed; known connections; rules, the first that
 * matches; no rule: dropped. Without rules everything well formed passes.
 */
#include "firewall/track.h"

/** A client. */
struct firewall_client {
    uint8_t mac[6];
    struct firewall_owned owned; /**< none: every address nobody else owns */
};

/** Tokens that come with time. */
struct firewall_bucket {
    uint64_t level; /**< nanoseconds saved up */
    uint64_t last;
};

/** What a firewall is made from; nothing is changed or freed. */
struct firewall_settings {
    const struct firewall_rule *rules;
    size_t rule_count;
    bool enforce; /**< false: without rules, everything well formed passes */
    const struct firewall_client *clients;
    uint32_t client_count;
    uint32_t connections;          /**< of each client */
    uint32_t neighbour_per_second; /**< ARP and discovery messages, per client and direction */
    struct firewall_timeouts timeouts;
    uint64_t seed[2]; /**< secret */
};

/** A firewall. */
struct firewall {
    struct firewall_settings settings;
    bool check_addresses; /**< rules or owned addresses were given */
    struct firewall_table table;
    struct firewall_bucket *rule_buckets;
    struct firewall_bucket *neighbour_buckets; /**< client * 2 + direction */
    uint64_t counters[2][FIREWALL_REASON_COUNT];
};

/** A frame to judge; the data must not change meanwhile. */
struct firewall_frame {
    const uint8_t *data;
    size_t size;
    struct firewall_offload offload;
    unsigned client;
    enum firewall_direction direction; /**< in or out */
    uint64_t now;                      /**< nanoseconds */
    /* results */
    struct firewall_packet packet; /**< packet.size: the bytes to pass on */
    size_t rule;                   /**< number of the rule that decided; SIZE_MAX: none */
    bool log;                      /**< that rule wants a log line */
};

/** Bytes of memory firewall_init() needs for these settings. */
size_t firewall_memory(const struct firewall_settings *settings);

/** Makes a firewall in zeroed memory of firewall_memory() bytes, aligned for uint64_t. */
void firewall_init(struct firewall *firewall, const struct firewall_settings *settings,
                   void *memory);

/** Judges one frame and counts it; only with FIREWALL_PASSED it may go on. */
enum firewall_reason firewall_check(struct firewall *firewall, struct firewall_frame *frame);

/** Frames of a class in one direction so far. */
uint64_t firewall_count(const struct firewall *firewall, enum firewall_direction direction,
                        enum firewall_class class);

/** Whether a bucket allows one more packet, which it then takes. */
bool firewall_bucket_take(struct firewall_bucket *bucket, uint64_t cost, uint32_t burst,
                          uint64_t now);

/** Describes a frame for a log line ("udp 10.0.2.2:53 > 10.0.2.15:4000 …"); returns `text`. */
char *firewall_describe(const struct firewall_frame *frame, char *text, size_t size);

/* Steps of firewall_check(), for its parts. */

/** Whether source MAC, addresses and what ARP or neighbour discovery claim are the sender's own. */
enum firewall_reason firewall_check_sender(const struct firewall *firewall,
                                           const struct firewall_frame *frame);

/** Whether an ARP or discovery message, whose claims were checked, may pass: kind and rate. */
enum firewall_reason firewall_check_neighbour(struct firewall *firewall,
                                              const struct firewall_frame *frame);
