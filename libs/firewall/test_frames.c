/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "test_frames.h"

const uint8_t client_mac[6] = {6, 0, 0, 11, 12, 13};
const uint8_t other_mac[6] = {6, 0, 0, 11, 12, 14};
const uint8_t server_mac[6] = {0x52, 0x55, 10, 0, 2, 2};

struct firewall_address test_address(const char *text)
{
    struct firewall_prefix prefix;
    assert_int_equal(firewall_prefix_parse(&prefix, text, strlen(text)), FIREWALL_PREFIX_OK);
    return prefix.address;
}

const uint8_t *test_mac(const char *address)
{
    static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};
    struct firewall_address parsed = test_address(address);
    if (firewall_address_is_group(&parsed))
        return broadcast;
    static const char *const own[] = {CLIENT_IP, "fd00::15", "0.0.0.0", "::", CLIENT_LINK_LOCAL};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (!strcmp(address, own[i]))
            return client_mac;
    }
    return !strcmp(address, OTHER_IP) ? other_mac : server_mac;
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

void test_ethernet(struct test_frame *frame, const uint8_t *to, const uint8_t *from, uint16_t type)
{
    memset(frame->bytes, 0, sizeof frame->bytes);
    memcpy(frame->bytes, to, 6);
    memcpy(frame->bytes + 6, from, 6);
    put16(frame->bytes + 12, type);
    frame->size = 14;
}

uint8_t *test_ip(struct test_frame *frame, const char *from, const char *to, uint8_t protocol,
                 size_t size)
{
    struct firewall_address source = test_address(from), destination = test_address(to);
    bool ip4 = firewall_address_is_ip4(&source);
    test_ethernet(frame, test_mac(to), test_mac(from), ip4 ? 0x0800 : 0x86dd);
    uint8_t *ip = frame->bytes + 14;
    size_t header = ip4 ? 20 : 40;
    if (ip4) {
        ip[0] = 0x45;
        put16(ip + 2, (unsigned)(header + size));
        ip[8] = 64;
        ip[9] = protocol;
        memcpy(ip + 12, source.bytes + 12, 4);
        memcpy(ip + 16, destination.bytes + 12, 4);
    } else {
        ip[0] = 0x60;
        put16(ip + 4, (unsigned)size);
        ip[6] = protocol;
        ip[7] = 255;
        memcpy(ip + 8, source.bytes, 16);
        memcpy(ip + 24, destination.bytes, 16);
    }
    frame->size = 14 + header + size;
    return ip + header;
}

static unsigned complement(uint32_t sum)
{
    return ~firewall_checksum_add(sum, NULL, 0) & 0xffff;
}

void test_finish(struct test_frame *frame)
{
    uint8_t *ip = frame->bytes + 14;
    bool ip4 = frame->bytes[12] == 8;
    size_t header = ip4 ? (size_t)(ip[0] & 15) * 4 : 40, size = frame->size - 14 - header;
    uint8_t protocol = ip4 ? ip[9] : ip[6], *data = ip + header;
    if (ip4) {
        put16(ip + 10, 0);
        put16(ip + 10, complement(firewall_checksum_add(0, ip, header)));
    }
    size_t place = protocol == 6                     ? 16
                   : protocol == 17                  ? 6
                   : protocol == 1 || protocol == 58 ? 2
                                                     : 0;
    if (place == 0)
        return;
    put16(data + place, 0);
    uint32_t sum = 0;
    if (protocol != 1) {
        sum = firewall_checksum_add((uint32_t)(protocol + size), ip + (ip4 ? 12 : 8), ip4 ? 8 : 32);
    }
    put16(data + place, complement(firewall_checksum_add(sum, data, size)));
}

void test_udp(struct test_frame *frame, const char *from, uint16_t from_port, const char *to,
              uint16_t to_port)
{
    uint8_t *udp = test_ip(frame, from, to, 17, 8 + 32);
    put16(udp, from_port);
    put16(udp + 2, to_port);
    put16(udp + 4, 8 + 32);
    memset(udp + 8, 'x', 32);
    test_finish(frame);
}

void test_tcp(struct test_frame *frame, const char *from, uint16_t from_port, const char *to,
              uint16_t to_port, const struct test_segment *segment)
{
    size_t options = segment->scale ? 4 : 0;
    uint8_t *tcp = test_ip(frame, from, to, 6, 20 + options + segment->payload);
    put16(tcp, from_port);
    put16(tcp + 2, to_port);
    put32(tcp + 4, segment->sequence);
    put32(tcp + 8, segment->acknowledgement);
    tcp[12] = (uint8_t)((20 + options) / 4 << 4);
    tcp[13] = segment->flags;
    put16(tcp + 14, segment->window);
    if (options) {
        const uint8_t scale[] = {1, 3, 3, (uint8_t)segment->scale};
        memcpy(tcp + 20, scale, 4);
    }
    test_finish(frame);
}

void test_icmp(struct test_frame *frame, const char *from, const char *to, uint8_t type,
               uint16_t id)
{
    bool ip6 = strchr(from, ':');
    uint8_t *icmp = test_ip(frame, from, to, ip6 ? 58 : 1, 32);
    icmp[0] = type;
    put16(icmp + 4, id);
    test_finish(frame);
}

void test_arp(struct test_frame *frame, const char *from, const char *to, uint8_t type)
{
    struct firewall_address source = test_address(from), destination = test_address(to);
    static const uint8_t everybody[6] = {255, 255, 255, 255, 255, 255};
    test_ethernet(frame, everybody, test_mac(from), 0x0806);
    uint8_t *arp = frame->bytes + 14;
    const uint8_t fixed[] = {0, 1, 8, 0, 6, 4, 0, type};
    memcpy(arp, fixed, 8);
    memcpy(arp + 8, test_mac(from), 6);
    memcpy(arp + 14, source.bytes + 12, 4);
    memcpy(arp + 24, destination.bytes + 12, 4);
    frame->size = 60;
}

void test_claim(struct test_frame *frame, const char *address, const uint8_t *mac)
{
    struct firewall_address target = test_address(address);
    uint8_t *message = test_ip(frame, "::", "ff02::1:ff00:1", 58, 24);
    memcpy(frame->bytes + 6, mac, 6);
    memcpy(frame->bytes + 14 + 24 + 13, target.bytes + 13, 3); /* the solicited-node group */
    message[0] = 135;
    memcpy(message + 8, target.bytes, 16);
    test_finish(frame);
}

void test_listener(struct test_frame *frame, const char *from, uint8_t type, uint8_t hops)
{
    uint8_t *message = test_ip(frame, from, "ff02::1", 58, 24);
    message[0] = type;
    frame->bytes[14 + 7] = hops;
    test_finish(frame);
}

struct firewall *test_firewall(const char *const *rules, uint32_t connections)
{
    static struct firewall_rule parsed[16];
    static struct firewall_client clients[2];
    struct firewall_rule_error error;
    size_t count = 0, name;
    for (; rules && rules[count]; count++)
        assert_true(firewall_rule_parse(&parsed[count], rules[count], &error));
    memcpy(clients[0].mac, client_mac, 6);
    memcpy(clients[1].mac, other_mac, 6);
    assert_true(firewall_owned_parse(&clients[0].owned, "vm0 10.0.2.15 fd00::15", &name, &error));
    assert_true(firewall_owned_parse(&clients[1].owned, "vm1 10.0.2.16", &name, &error));
    struct firewall_settings settings = {.rules = parsed,
                                         .rule_count = count,
                                         .enforce = rules != NULL,
                                         .clients = clients,
                                         .client_count = 2,
                                         .connections = connections,
                                         .neighbour_per_second = 50,
                                         .timeouts = firewall_default_timeouts,
                                         .seed = {1, 2}};
    if (!rules)
        clients[0].owned.count = clients[1].owned.count = 0;
    struct firewall *firewall = calloc(1, sizeof *firewall);
    void *memory = calloc(1, firewall_memory(&settings));
    firewall_init(firewall, &settings, memory);
    return firewall;
}

void test_firewall_free(struct firewall *firewall)
{
    free(firewall->rule_buckets);
    free(firewall);
}

enum firewall_reason test_check(struct firewall *firewall, const struct test_frame *frame,
                                enum firewall_direction direction, uint64_t now)
{
    struct firewall_frame judged = {
        .data = frame->bytes, .size = frame->size, .direction = direction, .now = now};
    return firewall_check(firewall, &judged);
}
