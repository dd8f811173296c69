/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component. One mutex guards everything; the thread of the clients' calls, the control thread
 * and the callback of older assemblies take it. Signals to clients never block.
 */
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "forward.h"
#include "report.h"

#define NS_PER_SECOND 1000000000ull

/* Optional connections. */
extern void putchar_putchar(int c) __attribute__((weak));
extern int timeout_periodic(int tid, uint64_t ns) __attribute__((weak));
extern unsigned timeout_completed(void) __attribute__((weak));

/* The ports; those that are not connected are null. */
#define PORT(name)                                                                                 \
    extern int name##_tx(int len) __attribute__((weak));                                           \
    extern int name##_rx(int *len) __attribute__((weak));                                          \
    extern void name##_mac(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5,        \
                           uint8_t *b6) __attribute__((weak));                                     \
    extern volatile void *name##_get_buf(void) __attribute__((weak));                              \
    extern size_t name##_get_size(void) __attribute__((weak));
#define PORT_CALLS(name) {name##_tx, name##_rx, name##_mac, name##_get_buf, name##_get_size},
#define PORTS(X)                                                                                   \
    X(ethdriver)                                                                                   \
    X(ethdriver1)                                                                                  \
    X(ethdriver2)                                                                                  \
    X(ethdriver3)                                                                                  \
    X(ethdriver4)                                                                                  \
    X(ethdriver5)                                                                                  \
    X(ethdriver6)                                                                                  \
    X(ethdriver7)

PORTS(PORT)

static const struct {
    int (*tx)(int len);
    int (*rx)(int *len);
    void (*mac)(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6);
    volatile void *(*buf)(void);
    size_t (*size)(void);
} ports[] = {PORTS(PORT_CALLS)};

/* Frequency of the TSC, stored by the loader. */
extern uint64_t camkes_tsc_hz __attribute__((weak));

static struct firewall firewall;
static struct forward forward;
static struct report report;
static struct firewall_client members[FORWARD_CLIENTS];
static bool running;
static uint64_t swept, printed;

static uint64_t now_ns(void)
{
    uint64_t hz = &camkes_tsc_hz != NULL && camkes_tsc_hz ? camkes_tsc_hz : NS_PER_SECOND;
    return (uint64_t)((unsigned __int128)__builtin_ia32_rdtsc() * NS_PER_SECOND / hz);
}

static void on_verdict(const struct forward_client *client, const struct firewall_frame *frame,
                       enum firewall_reason reason)
{
    report_verdict(&report, client->name, frame, reason);
}

static void notify_clients(void)
{
    for (unsigned i = 0; i < forward.count; i++) {
        if (forward_should_notify(&forward.clients[i]))
            client_emit(forward.clients[i].id);
    }
}

/* Once a second at most, with the mutex. */
static void housekeeping(void)
{
    uint64_t now = now_ns();
    if (now - swept < NS_PER_SECOND)
        return;
    swept = now;
    firewall_table_sweep(&firewall.table, now);
    report_hidden(&report);
    if (statistics_seconds <= 0 || now - printed < (uint64_t)statistics_seconds * NS_PER_SECOND)
        return;
    printed = now;
    report_counters(&report, &firewall);
    report_lost(&report, &forward);
}

/* Everything that waits below and above; between batches others get their turn. */
static void service(void)
{
    bool more = true;
    lock_lock();
    for (unsigned i = 0; i < forward.count; i++)
        ethport_notified(&forward.clients[i].port);
    lock_unlock();
    while (running && more) {
        more = false;
        lock_lock();
        for (unsigned i = 0; i < forward.count; i++) {
            more |= forward_from_network(&forward, &forward.clients[i]);
            more |= forward_from_client(&forward, &forward.clients[i]);
        }
        notify_clients();
        housekeeping();
        lock_unlock();
    }
}

/* ---- calls of clients ----------------------------------------------------------------------- */

/* A client's own calls take a bounded share; the rest is for its next call or the network's event.
 */
enum { ROUNDS_PER_CALL = 16 };

int client_tx(int len)
{
    unsigned id = (unsigned)client_get_sender_id();
    int result = -1;
    bool more = true;
    for (int i = 0; i < ROUNDS_PER_CALL && more; i++) {
        lock_lock();
        more = false;
        struct forward_client *client = running ? forward_find(&forward, id) : NULL;
        if (client && client->is_link && len == 0) {
            more = forward_from_client(&forward, client);
            result = 0;
        } else if (client && len > 0 && (size_t)len <= client_buf_size(id)) {
            result = forward_page_put(&forward, client, client_buf(id), (size_t)len);
        }
        notify_clients();
        lock_unlock();
    }
    return result;
}

int client_rx(int *len)
{
    unsigned id = (unsigned)client_get_sender_id();
    int result = FORWARD_NONE;
    *len = 0;
    lock_lock();
    struct forward_client *client = running ? forward_find(&forward, id) : NULL;
    if (client)
        result = forward_page_get(client, client_buf(id), client_buf_size(id), len);
    lock_unlock();
    return result;
}

void client_mac(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6)
{
    uint8_t mac[6] = {0};
    const struct forward_client *client = forward_find(&forward, (unsigned)client_get_sender_id());
    if (client)
        memcpy(mac, client->mac, sizeof mac);
    *b1 = mac[0], *b2 = mac[1], *b3 = mac[2], *b4 = mac[3], *b5 = mac[4], *b6 = mac[5];
}

/* ---- start ---------------------------------------------------------------------------------- */

static bool read_rules(struct firewall_rule *parsed)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct firewall_rule_error error;
        if (firewall_rule_parse(&parsed[i], rules[i], &error))
            continue;
        printf("rule %zu, \"%s\": expected %s\n", i + 1, rules[i], error.expected);
        return false;
    }
    return true;
}

/* Several lines for one client add up. */
static void read_addresses(struct firewall_client *member, const char *name)
{
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct firewall_owned owned;
        struct firewall_rule_error error;
        size_t length;
        if (!firewall_owned_parse(&owned, addresses[i], &length, &error) ||
            strlen(name) != length || strncmp(name, addresses[i], length) != 0)
            continue;
        for (unsigned k = 0; k < owned.count && member->owned.count < FIREWALL_MAX_LIST; k++)
            member->owned.items[member->owned.count++] = owned.items[k];
    }
}

static uint64_t seconds(int value)
{
    return value > 0 ? (uint64_t)value * NS_PER_SECOND : 1;
}

/* The port of a client is the one in the same place. */
static void add_client(unsigned index)
{
    seL4_Word id = client_enumerate_badge(index);
    const char *name = client_get_client_name(id);
    if (index >= sizeof ports / sizeof *ports || ports[index].tx == NULL) {
        printf("%s has no network: connect ethdriver%u to a driver\n", name, index);
        return;
    }
    struct forward_member member = {.id = (unsigned)id,
                                    .name = name,
                                    .calls = {.tx = ports[index].tx,
                                              .rx = ports[index].rx,
                                              .mac = ports[index].mac,
                                              .memory = ports[index].buf(),
                                              .size = ports[index].size()},
                                    .memory = client_buf(id),
                                    .size = client_buf_size(id)};
    struct forward_client *client = forward_add(&forward, &member);
    if (client == NULL) {
        printf("%s has no network: no memory, raise heap_size\n", name);
        return;
    }
    uint8_t wanted[6];
    memcpy(wanted, client->mac, 6);
    if (client_has_mac(id))
        client_get_mac(id, wanted);
    if (memcmp(wanted, client->mac, 6) != 0)
        printf("warning: %s_mac differs from that of its port; the port's is used\n", name);
    struct firewall_client *entry = &members[forward.count - 1];
    memcpy(entry->mac, client->mac, 6);
    read_addresses(entry, name);
}

static bool make_firewall(struct firewall_rule *parsed)
{
    uint64_t tsc = __builtin_ia32_rdtsc();
    struct firewall_settings settings = {
        .rules = parsed,
        .rule_count = sizeof rules / sizeof *rules,
        .enforce = sizeof rules / sizeof *rules != 0,
        .clients = members,
        .client_count = forward.count,
        .connections = max_connections > 0 ? (uint32_t)max_connections : 1,
        .neighbour_per_second = neighbour_limit > 0 ? (uint32_t)neighbour_limit : 0,
        .timeouts = firewall_default_timeouts,
        .seed = {tsc * 0x9e3779b97f4a7c15ull, (tsc ^ (uintptr_t)&forward) * 0xbf58476d1ce4e5b9ull},
    };
    settings.timeouts.udp = seconds(udp_timeout);
    settings.timeouts.udp_stream = seconds(udp_stream_timeout);
    settings.timeouts.tcp_open = seconds(tcp_timeout);
    void *memory = calloc(1, firewall_memory(&settings));
    if (memory)
        firewall_init(&firewall, &settings, memory);
    return memory != NULL;
}

static void start(void)
{
    struct firewall_rule *parsed = calloc(sizeof rules / sizeof *rules + 1, sizeof *parsed);
    forward.firewall = &firewall;
    forward.now = now_ns;
    forward.verdict = on_verdict;
    forward.buffer = malloc(VIRTIO_NET_MAX_FRAME);
    report.per_second = log_limit > 0 ? (unsigned)log_limit : 0;
    if (!parsed || !forward.buffer || !read_rules(parsed))
        return;
    for (unsigned i = 0; i < client_num_badges(); i++)
        add_client(i);
    if (!make_firewall(parsed)) {
        printf("no memory for %d connections: raise heap_size\n", max_connections);
        return;
    }
    if (sizeof rules / sizeof *rules == 0)
        printf("warning: no rules: all well-formed frames pass\n");
    else
        printf("%zu rules, all else is dropped\n", sizeof rules / sizeof *rules);
    running = true;
}

/* Clients' calls are served once this has returned: they see their addresses from the beginning. */
void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
    start();
}

/* Assemblies that connect the event of the driver to it get their frames through this, too. */
void ethdriver_has_data_callback(seL4_Word badge)
{
    (void)badge;
    service();
}

int run(void)
{
    if (timeout_periodic != NULL)
        timeout_periodic(0, NS_PER_SECOND);
    for (;;) {
        service();
        seL4_Wait(ethdriver_notification(), NULL);
        if (timeout_completed != NULL)
            timeout_completed();
    }
    return 0;
}
