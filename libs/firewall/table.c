/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The table of connections: chains of a keyed hash over a fixed number of items. */
#include <firewall/track.h>
#include <string.h>

#define NS 1000000000ull

const struct firewall_timeouts firewall_default_timeouts = {
    .tcp_opening = 30 * NS,
    .tcp_open = 7200 * NS,
    .tcp_closing = 60 * NS,
    .udp = 30 * NS,
    .udp_stream = 120 * NS,
    .icmp = 10 * NS,
    .other = 60 * NS,
    .fragment = 30 * NS,
};

static uint32_t bucket_count(uint32_t items)
{
    uint32_t count = 16;
    while (count < items && count < 1u << 30)
        count *= 2;
    return count;
}

size_t firewall_table_memory(uint32_t clients, uint32_t share)
{
    size_t items = (size_t)clients * share + 1;
    return items * sizeof(struct firewall_connection) +
           bucket_count((uint32_t)items) * sizeof(uint32_t) + clients * sizeof(uint32_t) + 8;
}

void firewall_table_init(struct firewall_table *table, uint32_t clients, uint32_t share,
                         void *memory)
{
    table->clients = clients;
    table->share = share;
    table->size = clients * share;
    table->bucket_count = bucket_count(table->size + 1);
    table->items = memory;
    table->buckets = (uint32_t *)(table->items + table->size + 1);
    table->held = table->buckets + table->bucket_count;
    table->free = table->size ? 1 : 0;
    for (uint32_t i = 1; i <= table->size; i++)
        table->items[i].next = i < table->size ? i + 1 : 0;
}

/* ---- hash ----------------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* A round of SipHash (Aumasson and Bernstein, 2012). */
static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

/* SipHash-1-3 of the key, so that nobody outside can aim at one chain. */
static uint32_t hash(const struct firewall_table *table, const struct firewall_key *key)
{
    uint64_t v[4] = {table->seed[0] ^ 0x736f6d6570736575ull, table->seed[1] ^ 0x646f72616e646f6dull,
                     table->seed[0] ^ 0x6c7967656e657261ull,
                     table->seed[1] ^ 0x7465646279746573ull};
    uint64_t words[6];
    memcpy(words, key->local.bytes, 16);
    memcpy(words + 2, key->remote.bytes, 16);
    words[4] = (uint64_t)key->local_port << 48 | (uint64_t)key->remote_port << 32 |
               (uint64_t)key->client << 16 | (uint64_t)key->protocol << 8 |
               (unsigned)(key->fragment << 1 | key->inbound);
    words[5] = (uint64_t)sizeof words << 56 | key->fragment_id;
    for (unsigned i = 0; i < 6; i++)
        sip_word(v, words[i]);
    v[2] ^= 0xff;
    for (unsigned i = 0; i < 3; i++)
        sip_round(v);
    return (uint32_t)((v[0] ^ v[1] ^ v[2] ^ v[3]) & (table->bucket_count - 1));
}

static bool key_equal(const struct firewall_key *a, const struct firewall_key *b)
{
    return a->local_port == b->local_port && a->remote_port == b->remote_port &&
           a->protocol == b->protocol && a->fragment == b->fragment && a->inbound == b->inbound &&
           a->fragment_id == b->fragment_id && a->client == b->client &&
           firewall_address_equal(&a->local, &b->local) &&
           firewall_address_equal(&a->remote, &b->remote);
}

/* ---- items ---------------------------------------------------------------------------------- */

void firewall_table_remove(struct firewall_table *table, struct firewall_connection *connection)
{
    uint32_t number = (uint32_t)(connection - table->items);
    uint32_t *link = &table->buckets[hash(table, &connection->key)];
    while (*link != number && *link != 0)
        link = &table->items[*link].next;
    *link = connection->next;
    table->held[connection->key.client]--;
    connection->state = FIREWALL_FREE;
    connection->next = table->free;
    table->free = number;
}

struct firewall_connection *firewall_table_find(struct firewall_table *table,
                                                const struct firewall_key *key, uint64_t now)
{
    uint32_t number = table->buckets[hash(table, key)];
    while (number != 0 && !key_equal(&table->items[number].key, key))
        number = table->items[number].next;
    if (number == 0)
        return NULL;
    if (table->items[number].expires > now)
        return &table->items[number];
    firewall_table_remove(table, &table->items[number]);
    return NULL;
}

void firewall_table_sweep(struct firewall_table *table, uint64_t now)
{
    table->swept = now;
    for (uint32_t i = 1; i <= table->size; i++) {
        struct firewall_connection *connection = &table->items[i];
        if (connection->state != FIREWALL_FREE && connection->expires <= now)
            firewall_table_remove(table, connection);
    }
}

/* A sweep for a place costs time, so a flood gets one every tenth of a second only. */
static void make_room(struct firewall_table *table, uint64_t now)
{
    if (now - table->swept >= NS / 10)
        firewall_table_sweep(table, now);
}

struct firewall_connection *firewall_table_add(struct firewall_table *table,
                                               const struct firewall_key *key, uint64_t now)
{
    if (key->client >= table->clients)
        return NULL;
    if (table->held[key->client] >= table->share)
        make_room(table, now);
    if (table->held[key->client] >= table->share || table->free == 0)
        return NULL;
    uint32_t number = table->free, *bucket = &table->buckets[hash(table, key)];
    struct firewall_connection *connection = &table->items[number];
    table->free = connection->next;
    *connection = (struct firewall_connection){
        .key = *key, .next = *bucket, .state = FIREWALL_OPENING, .expires = now};
    *bucket = number;
    table->held[key->client]++;
    return connection;
}
