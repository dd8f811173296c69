/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Connections that passed the rules, in a table of fixed size. A connection belongs to one client,
 * and each client has its own share of the table, so nobody fills it for the others. The table is a
 * hash with a secret seed; times are nanoseconds of a clock that never goes back.
 */
#include "firewall/rule.h"

/** How long a connection without traffic stays, in nanoseconds. */
struct firewall_timeouts {
    uint64_t tcp_opening, tcp_open, tcp_closing;
    uint64_t udp;        /**< until the first answer */
    uint64_t udp_stream; /**< after an answer */
    uint64_t icmp, other, fragment;
};

/** Usual times: TCP 30 s, 2 h, 60 s; UDP 30 s, 120 s; ICMP 10 s, others 60 s, fragments 30 s. */
extern const struct firewall_timeouts firewall_default_timeouts;

/** What identifies a connection, as its client sees it. */
struct firewall_key {
    struct firewall_address local, remote;
    uint16_t local_port, remote_port;
    uint8_t protocol;
    bool fragment; /**< the parts of one datagram instead of a connection */
    bool inbound;  /**< fragments: their direction; echo: of the requests */
    uint32_t fragment_id;
    uint16_t client;
};

/** One direction of a TCP connection. */
struct firewall_half {
    uint32_t end;        /**< behind the last byte sent */
    uint32_t limit;      /**< behind the last byte the peer allowed */
    uint32_t max_window; /**< largest window offered */
    uint8_t scale;       /**< 255: no scaling */
    bool finished;
};

/** States of a connection. */
enum firewall_state {
    FIREWALL_FREE,
    FIREWALL_OPENING,  /**< TCP: SYN seen; others: no answer yet */
    FIREWALL_ANSWERED, /**< TCP: SYN and ACK seen */
    FIREWALL_OPEN,
    FIREWALL_CLOSING, /**< TCP: both sides finished, or a reset */
};

/** A connection. */
struct firewall_connection {
    struct firewall_key key;
    uint64_t expires;
    uint32_t next; /**< in its chain or the free list; 0: last */
    uint8_t state;
    uint8_t opener;               /**< enum firewall_direction of its first packet */
    size_t first_end;             /**< fragments: where the first part ends */
    struct firewall_half half[2]; /**< of the opener, of the other */
};

/** The table. */
struct firewall_table {
    struct firewall_connection *items; /**< 1 … size; number 0 means none */
    uint32_t *buckets;
    uint32_t *held; /**< connections of each client */
    uint32_t size, bucket_count, clients, share;
    uint32_t free;
    uint64_t seed[2];
    uint64_t swept;
    struct firewall_timeouts timeouts;
};

/** Bytes of memory for a table. */
size_t firewall_table_memory(uint32_t clients, uint32_t share);

/** Makes an empty table of `share` connections for each client in zeroed memory. */
void firewall_table_init(struct firewall_table *table, uint32_t clients, uint32_t share,
                         void *memory);

/** Finds a connection that has not expired; NULL: none. */
struct firewall_connection *firewall_table_find(struct firewall_table *table,
                                                const struct firewall_key *key, uint64_t now);

/** Adds a connection that is not there; NULL when the client's share is used up. */
struct firewall_connection *firewall_table_add(struct firewall_table *table,
                                               const struct firewall_key *key, uint64_t now);

/** Removes one. */
void firewall_table_remove(struct firewall_table *table, struct firewall_connection *connection);

/** Removes all that expired. */
void firewall_table_sweep(struct firewall_table *table, uint64_t now);

/** The key of a packet's connection. */
struct firewall_key firewall_key_of(const struct firewall_packet *packet, unsigned client,
                                    enum firewall_direction direction);

/**
 * Whether a packet that no connection knows may open one. Others pass by rules alone, and segments
 * of TCP do not pass.
 */
bool firewall_opens(const struct firewall_packet *packet);

/** Records the packet that opens a connection. */
void firewall_track_open(struct firewall_table *table, struct firewall_connection *connection,
                         const struct firewall_packet *packet, enum firewall_direction direction,
                         uint64_t now);

/**
 * Judges and records a further packet of a connection: FIREWALL_PASSED, FIREWALL_TCP_STATE or
 * FIREWALL_TCP_WINDOW.
 */
enum firewall_reason firewall_track(struct firewall_table *table,
                                    struct firewall_connection *connection,
                                    const struct firewall_packet *packet,
                                    enum firewall_direction direction, uint64_t now);
