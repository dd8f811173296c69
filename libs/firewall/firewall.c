/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The order of a verdict (firewall.h). */
#include <firewall/firewall.h>
#include <string.h>

static size_t round_up(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

size_t firewall_memory(const struct firewall_settings *settings)
{
    size_t buckets = settings->rule_count + 2 * (size_t)settings->client_count;
    return round_up(buckets * sizeof(struct firewall_bucket)) +
           firewall_table_memory(settings->client_count, settings->connections);
}

void firewall_init(struct firewall *firewall, const struct firewall_settings *settings,
                   void *memory)
{
    *firewall = (struct firewall){.settings = *settings};
    firewall->rule_buckets = memory;
    firewall->neighbour_buckets = firewall->rule_buckets + settings->rule_count;
    size_t buckets = settings->rule_count + 2 * (size_t)settings->client_count;
    firewall_table_init(&firewall->table, settings->client_count, settings->connections,
                        (char *)memory + round_up(buckets * sizeof(struct firewall_bucket)));
    memcpy(firewall->table.seed, settings->seed, sizeof settings->seed);
    firewall->table.timeouts = settings->timeouts;
    firewall->check_addresses = settings->enforce;
    for (uint32_t i = 0; i < settings->client_count; i++)
        firewall->check_addresses |= settings->clients[i].owned.count != 0;
}

bool firewall_bucket_take(struct firewall_bucket *bucket, uint64_t cost, uint32_t burst,
                          uint64_t now)
{
    uint64_t full = cost * burst, gained = now - bucket->last;
    if (bucket->last == 0 || gained >= full || bucket->level + gained >= full)
        bucket->level = full;
    else
        bucket->level += gained;
    bucket->last = now ? now : 1;
    if (bucket->level < cost)
        return false;
    bucket->level -= cost;
    return true;
}

/* ---- rules ---------------------------------------------------------------------------------- */

/* The first rule that matches decides. */
static enum firewall_reason ask_rules(struct firewall *firewall, struct firewall_frame *frame)
{
    const struct firewall_settings *settings = &firewall->settings;
    for (size_t i = 0; i < settings->rule_count; i++) {
        const struct firewall_rule *rule = &settings->rules[i];
        if (!firewall_rule_matches(rule, &frame->packet, frame->direction))
            continue;
        frame->rule = i;
        frame->log = rule->log;
        if (!rule->allow)
            return FIREWALL_DENIED;
        if (rule->cost &&
            !firewall_bucket_take(&firewall->rule_buckets[i], rule->cost, rule->burst, frame->now))
            return FIREWALL_RATE;
        return FIREWALL_PASSED;
    }
    return FIREWALL_NO_RULE;
}

/* A packet no connection knows. */
static enum firewall_reason judge_new(struct firewall *firewall, struct firewall_frame *frame,
                                      const struct firewall_key *key)
{
    bool opens = firewall_opens(&frame->packet);
    if (frame->packet.protocol == FIREWALL_TCP && !opens)
        return FIREWALL_TCP_STATE;
    enum firewall_reason reason = ask_rules(firewall, frame);
    if (reason != FIREWALL_PASSED || !opens)
        return reason;
    struct firewall_connection *connection = firewall_table_add(&firewall->table, key, frame->now);
    if (!connection)
        return FIREWALL_TABLE_FULL;
    firewall_track_open(&firewall->table, connection, &frame->packet, frame->direction, frame->now);
    return FIREWALL_PASSED;
}

/* ---- connections ---------------------------------------------------------------------------- */

/* An error about a packet of a known connection, sent to the one who sent that packet. */
static bool is_related(struct firewall *firewall, const struct firewall_frame *frame)
{
    struct firewall_packet quoted;
    if (!firewall_parse_quoted(&quoted, &frame->packet) ||
        !firewall_address_equal(&quoted.source, &frame->packet.destination))
        return false;
    enum firewall_direction back = frame->direction == FIREWALL_IN ? FIREWALL_OUT : FIREWALL_IN;
    struct firewall_key key = firewall_key_of(&quoted, frame->client, back);
    return firewall_table_find(&firewall->table, &key, frame->now) != NULL;
}

static enum firewall_reason judge_whole(struct firewall *firewall, struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    struct firewall_key key = firewall_key_of(packet, frame->client, frame->direction);
    struct firewall_connection *known = firewall_table_find(&firewall->table, &key, frame->now);
    /* Ports may be used again once a connection has ended. */
    if (known && known->state == FIREWALL_CLOSING && firewall_opens(packet)) {
        firewall_table_remove(&firewall->table, known);
        known = NULL;
    }
    if (known)
        return firewall_track(&firewall->table, known, packet, frame->direction, frame->now);
    if (is_related(firewall, frame))
        return FIREWALL_PASSED;
    return judge_new(firewall, frame, &key);
}

static enum firewall_reason judge_fragment(struct firewall *firewall, struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    struct firewall_packet portless = *packet;
    portless.source_port = portless.destination_port = 0;
    struct firewall_key key = firewall_key_of(&portless, frame->client, frame->direction);
    key.protocol = packet->version == 4 ? packet->protocol : 0;
    key.fragment = true;
    key.inbound = frame->direction == FIREWALL_IN;
    key.fragment_id = packet->fragment_id;
    struct firewall_connection *known = firewall_table_find(&firewall->table, &key, frame->now);
    if (packet->fragment_offset != 0) {
        if (!known)
            return FIREWALL_FRAGMENT_ORPHAN;
        /* Nothing may be written over what was judged (RFC 1858, RFC 5722). */
        return packet->fragment_offset < known->first_end ? FIREWALL_FRAGMENT : FIREWALL_PASSED;
    }
    if (known)
        return FIREWALL_FRAGMENT;
    enum firewall_reason reason = judge_whole(firewall, frame);
    if (reason != FIREWALL_PASSED)
        return reason;
    known = firewall_table_add(&firewall->table, &key, frame->now);
    if (!known)
        return FIREWALL_TABLE_FULL;
    firewall_track_open(&firewall->table, known, packet, frame->direction, frame->now);
    return FIREWALL_PASSED;
}

/* ---- all ------------------------------------------------------------------------------------ */

static enum firewall_reason judge_enforced(struct firewall *firewall, struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    const uint8_t *own = firewall->settings.clients[frame->client].mac;
    if (frame->direction == FIREWALL_IN && !(packet->destination_mac[0] & 1) &&
        memcmp(packet->destination_mac, own, 6) != 0)
        return FIREWALL_OTHER_MAC;
    if (packet->ethertype == FIREWALL_ETHERTYPE_ARP || firewall_is_neighbour(packet))
        return firewall_check_neighbour(firewall, frame);
    if (packet->version == 0)
        return FIREWALL_ETHERTYPE;
    return packet->fragment ? judge_fragment(firewall, frame) : judge_whole(firewall, frame);
}

static enum firewall_reason judge(struct firewall *firewall, struct firewall_frame *frame)
{
    enum firewall_reason reason =
        firewall_parse(&frame->packet, frame->data, frame->size, &frame->offload);
    if (reason != FIREWALL_PASSED || !firewall->check_addresses)
        return reason;
    uint16_t type = frame->packet.ethertype;
    if (type == FIREWALL_ETHERTYPE_VLAN || type == FIREWALL_ETHERTYPE_QINQ)
        return FIREWALL_VLAN;
    reason = firewall_check_sender(firewall, frame);
    if (reason != FIREWALL_PASSED || !firewall->settings.enforce)
        return reason;
    return judge_enforced(firewall, frame);
}

enum firewall_reason firewall_check(struct firewall *firewall, struct firewall_frame *frame)
{
    frame->rule = SIZE_MAX;
    frame->log = false;
    enum firewall_reason reason = frame->client < firewall->settings.client_count
                                      ? judge(firewall, frame)
                                      : FIREWALL_OTHER_MAC;
    firewall->counters[frame->direction == FIREWALL_OUT][reason]++;
    return reason;
}

uint64_t firewall_count(const struct firewall *firewall, enum firewall_direction direction,
                        enum firewall_class class)
{
    uint64_t sum = 0;
    for (enum firewall_reason i = 0; i < FIREWALL_REASON_COUNT; i++) {
        if (firewall_reason_class(i) == class)
            sum += firewall->counters[direction == FIREWALL_OUT][i];
    }
    return sum;
}
