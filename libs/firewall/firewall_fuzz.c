/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Anything as frames: nothing is read outside a frame, nothing malformed passes by being looked at
 * twice, every frame is counted once and the table keeps its books. Bytes of the input become
 * either a raw frame, or changes to a well-formed one, so that the code behind the checksums is
 * reached.
 */
#include <firewall/firewall.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const rules[] = {"allow out any limit 1000/second", "allow in udp",
                                    "allow in tcp to any port 80", "allow any icmp type 8",
                                    "allow any icmpv6"};

static struct firewall *make(bool enforce)
{
    static struct firewall_rule parsed[5];
    static struct firewall_client clients[2] = {{.mac = {2, 0, 0, 0, 0, 1}},
                                                {.mac = {2, 0, 0, 0, 0, 2}}};
    struct firewall_rule_error error;
    size_t name;
    for (size_t i = 0; i < 5; i++) {
        if (!firewall_rule_parse(&parsed[i], rules[i], &error))
            abort();
    }
    if (!firewall_owned_parse(&clients[1].owned, "b 10.0.0.2 fd00::2", &name, &error))
        abort();
    struct firewall_settings settings = {.rules = parsed,
                                         .rule_count = 5,
                                         .enforce = enforce,
                                         .clients = clients,
                                         .client_count = 2,
                                         .connections = 8,
                                         .neighbour_per_second = 10,
                                         .timeouts = firewall_default_timeouts};
    struct firewall *firewall = calloc(1, sizeof *firewall);
    firewall_init(firewall, &settings, calloc(1, firewall_memory(&settings)));
    return firewall;
}

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* The same for IPv6: its transport starts behind the header. */
static void mend_ip6(uint8_t *frame, size_t size)
{
    static const uint8_t protocols[] = {58, 58, 6, 17, 0, 44, 60, 43};
    uint8_t *ip = frame + 14, *data = ip + 40;
    size_t length = size - 54;
    ip[0] = 0x60;
    put16(ip + 4, (uint32_t)length);
    uint8_t protocol = ip[6] = protocols[ip[6] % 8];
    ip[7] = ip[7] & 1 ? 255 : 1;
    ip[8] = ip[8] & 1 ? 0xfe : 0xfd;
    ip[9] = ip[8] == 0xfe ? 0x80 : 0;
    ip[24] = ip[24] & 1 ? 0xff : 0xfd;
    if (protocol == 17)
        put16(data + 4, (uint32_t)length);
    size_t place = protocol == 58 ? 2 : protocol == 6 ? 16 : protocol == 17 ? 6 : 0;
    if (place == 0)
        return;
    put16(data + place, 0);
    uint32_t sum = firewall_checksum_add(protocol + (uint32_t)length, ip + 8, 32);
    put16(data + place, ~firewall_checksum_add(sum, data, length));
}

/* Makes a packet's addresses and checksums right, so that more than its header is judged. */
static void mend(uint8_t *frame, size_t size)
{
    if (size >= 74 && frame[12] == 0x86 && frame[13] == 0xdd)
        mend_ip6(frame, size);
    if (size < 54 || frame[12] != 8 || frame[13] != 0)
        return;
    frame[14] = 0x45;
    frame[20] &= 0x3f;
    frame[22] |= 1;
    put16(frame + 16, (uint32_t)size - 14);
    frame[26] = frame[30] = 10;
    put16(frame + 24, 0);
    put16(frame + 24, ~firewall_checksum_add(0, frame + 14, 20));
    static const uint8_t protocols[] = {1, 6, 17, 17};
    size_t place = frame[23] == 6 ? 16 : frame[23] == 17 ? 6 : 2;
    if (frame[23] != 1 && frame[23] != 6 && frame[23] != 17) {
        frame[23] = protocols[frame[23] % 4];
        return;
    }
    uint32_t sum = frame[23] == 1 ? 0 : frame[23] + (uint32_t)size - 34;
    if (frame[23] != 1)
        sum = firewall_checksum_add(sum, frame + 26, 8);
    if (frame[23] == 17)
        put16(frame + 38, (uint32_t)size - 34);
    put16(frame + 34 + place, 0);
    put16(frame + 34 + place, ~firewall_checksum_add(sum, frame + 34, size - 34));
}

static void check_books(const struct firewall *firewall, uint64_t frames)
{
    uint64_t counted = 0;
    for (int direction = 0; direction < 2; direction++) {
        for (int reason = 0; reason < FIREWALL_REASON_COUNT; reason++)
            counted += firewall->counters[direction][reason];
    }
    uint32_t used = 0;
    for (uint32_t i = 1; i <= firewall->table.size; i++)
        used += firewall->table.items[i].state != FIREWALL_FREE;
    if (counted != frames || used != firewall->table.held[0] + firewall->table.held[1] ||
        firewall->table.held[0] > 8 || firewall->table.held[1] > 8)
        abort();
}

static void judge(struct firewall *firewall, const uint8_t *control, const uint8_t *data,
                  size_t size, uint64_t now)
{
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    if (control[0] & 1 && size >= 14) {
        /* even numbers are IPv4, odd ones IPv6 */
        put16(copy + 12, control[2] & 1 ? FIREWALL_ETHERTYPE_IP6 : FIREWALL_ETHERTYPE_IP4);
        mend(copy, size);
    }
    if (control[0] & 2 && size >= 12) {
        memset(copy, 0, 12);
        copy[0] = copy[6] = 2;
        copy[5] = (uint8_t)(1 + (control[0] >> 3 & 1));
        copy[11] = (uint8_t)(1 + (control[0] >> 4 & 1));
    }
    struct firewall_frame frame = {.data = copy,
                                   .size = size,
                                   .client = control[0] >> 5 & 1,
                                   .direction = control[0] & 4 ? FIREWALL_OUT : FIREWALL_IN,
                                   .offload = {.partial = control[1] & 1,
                                               .verified = control[1] & 2,
                                               .start = control[1] & 4 ? 34 : control[2],
                                               .offset = control[1] & 8 ? 16 : 6,
                                               .gso = control[1] >> 4 & 3,
                                               .gso_size = control[2]},
                                   .now = now};
    enum firewall_reason reason = firewall_check(firewall, &frame);
    char text[120];
    if (frame.packet.size > size || strlen(firewall_describe(&frame, text, sizeof text)) == 0)
        abort();
    struct firewall_packet again;
    if (reason == FIREWALL_PASSED &&
        firewall_parse(&again, copy, frame.packet.size, &frame.offload) != FIREWALL_PASSED)
        abort(); /* what travels on must be well formed by itself */
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct firewall *firewalls[2] = {make(true), make(false)};
    uint64_t frames = 0, now = 1;
    while (size >= 4) {
        size_t length = data[3] < size - 4 ? data[3] : size - 4;
        now += (uint64_t)data[2] * data[2] << 20;
        for (int i = 0; i < 2; i++)
            judge(firewalls[i], data, data + 4, length, now);
        frames++;
        data += 4 + length;
        size -= 4 + length;
    }
    for (int i = 0; i < 2; i++) {
        check_books(firewalls[i], frames);
        free(firewalls[i]->rule_buckets);
        free(firewalls[i]);
    }
    return 0;
}
