/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What belongs to a connection. TCP segments are judged by the four bounds of van Rooij, "Real
 * Stateful TCP Packet Filtering in IP Filter" (2000): data lies within what the receiver allowed
 * and not before what it has, acknowledgements are neither ahead of what was sent nor far behind.
 */
#include <firewall/track.h>

enum { SLACK = 66000, NO_SCALE = 255 };

enum { DHCP_SERVER = 67, DHCP_CLIENT = 68, DHCP6_CLIENT = 546, DHCP6_SERVER = 547 };

/*
 * Requests for an address go to everybody and are answered by somebody, so that their connection is
 * known by its ports alone.
 */
static bool is_address_request(const struct firewall_key *key)
{
    return key->protocol == FIREWALL_UDP &&
           ((key->local_port == DHCP_CLIENT && key->remote_port == DHCP_SERVER) ||
            (key->local_port == DHCP6_CLIENT && key->remote_port == DHCP6_SERVER));
}

/* 1: an echo request, -1: an echo reply, 0: neither. */
static int echo_kind(const struct firewall_packet *packet)
{
    if (packet->version == 4 && packet->protocol == FIREWALL_ICMP)
        return packet->type == 8 ? 1 : packet->type == 0 ? -1 : 0;
    if (packet->version == 6 && packet->protocol == FIREWALL_ICMPV6)
        return packet->type == 128 ? 1 : packet->type == 129 ? -1 : 0;
    return 0;
}

bool firewall_opens(const struct firewall_packet *packet)
{
    const uint8_t kinds = FIREWALL_TCP_SYN | FIREWALL_TCP_ACK | FIREWALL_TCP_RST;
    struct firewall_key key = firewall_key_of(packet, 0, FIREWALL_OUT);
    switch (packet->protocol) {
    case FIREWALL_TCP:
        return (packet->flags & kinds) == FIREWALL_TCP_SYN;
    case FIREWALL_ICMP:
    case FIREWALL_ICMPV6:
        return echo_kind(packet) == 1;
    default:
        return !firewall_address_is_group(&packet->destination) || is_address_request(&key);
    }
}

struct firewall_key firewall_key_of(const struct firewall_packet *packet, unsigned client,
                                    enum firewall_direction direction)
{
    bool out = direction == FIREWALL_OUT;
    struct firewall_key key = {
        .local = out ? packet->source : packet->destination,
        .remote = out ? packet->destination : packet->source,
        .local_port = out ? packet->source_port : packet->destination_port,
        .remote_port = out ? packet->destination_port : packet->source_port,
        .protocol = packet->protocol,
        .client = (uint16_t)client,
    };
    /* Requests of one side and of the other are different conversations. */
    int echo = echo_kind(packet);
    key.inbound = echo != 0 && (echo == 1) != out;
    if (is_address_request(&key))
        key.local = key.remote = (struct firewall_address){{packet->version}};
    return key;
}

/* ---- TCP ------------------------------------------------------------------------------------ */

/* Sequence numbers count modulo 2^32 (RFC 9293, 3.4). */
static bool after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static uint32_t segment_end(const struct firewall_packet *packet)
{
    uint32_t controls =
        ((packet->flags & FIREWALL_TCP_SYN) != 0) + ((packet->flags & FIREWALL_TCP_FIN) != 0);
    return packet->sequence + (uint32_t)packet->payload_size + controls;
}

/* The window a segment offers; at least 1, so that a closed window can be probed. */
static uint32_t offered(const struct firewall_half *half, const struct firewall_packet *packet)
{
    uint32_t window = packet->window;
    if (!(packet->flags & FIREWALL_TCP_SYN) && half->scale != NO_SCALE)
        window <<= half->scale;
    return window ? window : 1;
}

static void open_half(struct firewall_half *half, const struct firewall_packet *packet)
{
    *half = (struct firewall_half){.end = segment_end(packet),
                                   .limit = segment_end(packet),
                                   .max_window = packet->window ? packet->window : 1,
                                   .scale = packet->scale};
}

static uint64_t tcp_timeout(const struct firewall_table *table, uint8_t state)
{
    switch (state) {
    case FIREWALL_OPEN:
        return table->timeouts.tcp_open;
    case FIREWALL_CLOSING:
        return table->timeouts.tcp_closing;
    default:
        return table->timeouts.tcp_opening;
    }
}

/* Before both sides have spoken: the same SYN again, the answer, or a refusal. */
static enum firewall_reason track_opening(struct firewall_connection *c,
                                          const struct firewall_packet *packet, bool from_opener)
{
    const uint8_t answer = FIREWALL_TCP_SYN | FIREWALL_TCP_ACK;
    uint8_t flags = packet->flags & (answer | FIREWALL_TCP_RST | FIREWALL_TCP_FIN);
    if (from_opener) {
        if (flags != FIREWALL_TCP_SYN)
            return FIREWALL_TCP_STATE;
        open_half(&c->half[0], packet);
        return FIREWALL_PASSED;
    }
    uint32_t acknowledged = packet->acknowledgement;
    bool known = !after(acknowledged, c->half[0].end) &&
                 after(acknowledged, c->half[0].end - 1 - c->half[0].max_window);
    if (!(flags & FIREWALL_TCP_ACK) || !known)
        return flags & FIREWALL_TCP_ACK ? FIREWALL_TCP_WINDOW : FIREWALL_TCP_STATE;
    if (flags & FIREWALL_TCP_RST) {
        c->state = FIREWALL_CLOSING;
        return FIREWALL_PASSED;
    }
    if (flags != answer)
        return FIREWALL_TCP_STATE;
    open_half(&c->half[1], packet);
    /* Scaling is used only if both offer it (RFC 7323, 2.2). */
    if (c->half[0].scale == NO_SCALE || c->half[1].scale == NO_SCALE)
        c->half[0].scale = c->half[1].scale = NO_SCALE;
    c->half[1].limit = c->half[1].end + c->half[0].max_window;
    c->half[0].limit = acknowledged + c->half[1].max_window;
    c->state = FIREWALL_ANSWERED;
    return FIREWALL_PASSED;
}

static bool in_window(const struct firewall_half *sender, const struct firewall_half *receiver,
                      const struct firewall_packet *packet)
{
    uint32_t end = segment_end(packet);
    if (after(packet->sequence, sender->limit) || after(sender->end - receiver->max_window, end))
        return false;
    if (after(end, sender->limit + SLACK)) /* a peer may shrink its window: RFC 9293, 3.8.6 */
        return false;
    if (!(packet->flags & FIREWALL_TCP_ACK))
        return true;
    return !after(packet->acknowledgement, receiver->end) &&
           !after(receiver->end - sender->max_window - SLACK, packet->acknowledgement);
}

static void record(struct firewall_half *sender, struct firewall_half *receiver,
                   const struct firewall_packet *packet)
{
    uint32_t end = segment_end(packet), window = offered(sender, packet);
    if (after(end, sender->end))
        sender->end = end;
    if (window > sender->max_window)
        sender->max_window = window;
    if ((packet->flags & FIREWALL_TCP_ACK) &&
        after(packet->acknowledgement + window, receiver->limit))
        receiver->limit = packet->acknowledgement + window;
    if (packet->flags & FIREWALL_TCP_FIN)
        sender->finished = true;
}

static enum firewall_reason track_tcp(struct firewall_connection *c,
                                      const struct firewall_packet *packet, bool from_opener)
{
    if (c->state == FIREWALL_OPENING)
        return track_opening(c, packet, from_opener);
    struct firewall_half *sender = &c->half[from_opener ? 0 : 1];
    struct firewall_half *receiver = &c->half[from_opener ? 1 : 0];
    if (packet->flags & FIREWALL_TCP_SYN) {
        /* Only the answer may come again, while the opener has not taken it. */
        bool again = !from_opener && c->state == FIREWALL_ANSWERED &&
                     (packet->flags & FIREWALL_TCP_ACK) && segment_end(packet) == sender->end;
        return again ? FIREWALL_PASSED : FIREWALL_TCP_STATE;
    }
    if (!in_window(sender, receiver, packet))
        return FIREWALL_TCP_WINDOW;
    if (packet->flags & FIREWALL_TCP_RST) {
        c->state = FIREWALL_CLOSING;
        return FIREWALL_PASSED;
    }
    if (!(packet->flags & FIREWALL_TCP_ACK))
        return FIREWALL_TCP_STATE;
    record(sender, receiver, packet);
    if (c->state == FIREWALL_ANSWERED && from_opener)
        c->state = FIREWALL_OPEN;
    if (c->half[0].finished && c->half[1].finished)
        c->state = FIREWALL_CLOSING;
    return FIREWALL_PASSED;
}

/* ---- all protocols -------------------------------------------------------------------------- */

static uint64_t plain_timeout(const struct firewall_table *table,
                              const struct firewall_connection *c)
{
    switch (c->key.protocol) {
    case FIREWALL_UDP:
        return c->state == FIREWALL_OPEN ? table->timeouts.udp_stream : table->timeouts.udp;
    case FIREWALL_ICMP:
    case FIREWALL_ICMPV6:
        return table->timeouts.icmp;
    default:
        return table->timeouts.other;
    }
}

void firewall_track_open(struct firewall_table *table, struct firewall_connection *c,
                         const struct firewall_packet *packet, enum firewall_direction direction,
                         uint64_t now)
{
    c->opener = (uint8_t)direction;
    if (c->key.fragment) {
        c->first_end = packet->fragment_offset + packet->transport_size;
        c->expires = now + table->timeouts.fragment;
        return;
    }
    if (packet->protocol == FIREWALL_TCP) {
        open_half(&c->half[0], packet);
        c->expires = now + tcp_timeout(table, c->state);
        return;
    }
    c->expires = now + plain_timeout(table, c);
}

enum firewall_reason firewall_track(struct firewall_table *table, struct firewall_connection *c,
                                    const struct firewall_packet *packet,
                                    enum firewall_direction direction, uint64_t now)
{
    bool from_opener = c->opener == direction;
    if (packet->protocol == FIREWALL_TCP) {
        uint8_t before = c->state;
        enum firewall_reason reason = track_tcp(c, packet, from_opener);
        /* What repeats in a closing connection does not keep it. */
        if (reason == FIREWALL_PASSED &&
            (c->state != FIREWALL_CLOSING || before != FIREWALL_CLOSING))
            c->expires = now + tcp_timeout(table, c->state);
        return reason;
    }
    if (!from_opener)
        c->state = FIREWALL_OPEN;
    c->expires = now + plain_timeout(table, c);
    return FIREWALL_PASSED;
}
