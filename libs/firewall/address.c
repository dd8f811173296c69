/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Addresses: RFC 4291 section 2.2 for the text of IPv6, RFC 5952 for what is written. */
#include <firewall/address.h>
#include <stdio.h>
#include <string.h>

static const uint8_t ip4_prefix[12] = {[10] = 0xff, [11] = 0xff};

struct firewall_address firewall_address_ip4(const uint8_t *bytes)
{
    struct firewall_address address;
    memcpy(address.bytes, ip4_prefix, 12);
    memcpy(address.bytes + 12, bytes, 4);
    return address;
}

struct firewall_address firewall_address_ip6(const uint8_t *bytes)
{
    struct firewall_address address;
    memcpy(address.bytes, bytes, 16);
    return address;
}

bool firewall_address_is_ip4(const struct firewall_address *address)
{
    return memcmp(address->bytes, ip4_prefix, 12) == 0;
}

bool firewall_address_equal(const struct firewall_address *a, const struct firewall_address *b)
{
    return memcmp(a->bytes, b->bytes, 16) == 0;
}

bool firewall_address_is_group(const struct firewall_address *address)
{
    if (!firewall_address_is_ip4(address))
        return address->bytes[0] == 0xff;
    const uint8_t *ip4 = address->bytes + 12;
    return (ip4[0] & 0xf0) == 0xe0 || (ip4[0] & ip4[1] & ip4[2] & ip4[3]) == 0xff;
}

bool firewall_address_is_unspecified(const struct firewall_address *address)
{
    static const uint8_t zero[16];
    return memcmp(address->bytes + 12, zero, 4) == 0 &&
           (firewall_address_is_ip4(address) || memcmp(address->bytes, zero, 12) == 0);
}

bool firewall_address_is_link_local(const struct firewall_address *address)
{
    return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

/* Whether the first `length` bits are those of `prefix`. */
static bool same_bits(const uint8_t *prefix, const uint8_t *bytes, unsigned length)
{
    unsigned whole = length / 8, rest = length % 8;
    if (memcmp(prefix, bytes, whole) != 0)
        return false;
    return rest == 0 || ((prefix[whole] ^ bytes[whole]) & (uint8_t)(0xff00u >> rest)) == 0;
}

bool firewall_prefix_holds(const struct firewall_prefix *prefix,
                           const struct firewall_address *address)
{
    if (prefix->family == 0)
        return true;
    if ((prefix->family == 4) != firewall_address_is_ip4(address))
        return false;
    return same_bits(prefix->address.bytes, address->bytes, prefix->length);
}

/* ---- text ----------------------------------------------------------------------------------- */

/* A decimal number up to `max` at the start; the digits read, 0: none or too large. */
static size_t read_decimal(const char *text, size_t size, unsigned max, unsigned *value)
{
    size_t at = 0;
    *value = 0;
    while (at < size && text[at] >= '0' && text[at] <= '9') {
        *value = *value * 10 + (unsigned)(text[at] - '0');
        if (*value > max)
            return 0;
        at++;
    }
    return at > 1 && text[0] == '0' ? 0 : at; /* 010 means different things to people */
}

static bool read_ip4(const char *text, size_t size, uint8_t *bytes)
{
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        unsigned value;
        size_t digits = read_decimal(text + at, size - at, 255, &value);
        if (digits == 0)
            return false;
        bytes[i] = (uint8_t)value;
        at += digits;
        if (i < 3 && (at == size || text[at++] != '.'))
            return false;
    }
    return at == size;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to four hexadecimal digits; the digits read. */
static size_t read_group(const char *text, size_t size, unsigned *value)
{
    size_t at = 0;
    *value = 0;
    while (at < size && at < 4 && hex_digit(text[at]) >= 0)
        *value = *value << 4 | (unsigned)hex_digit(text[at++]);
    return at;
}

/* Groups between colons into `bytes`; their number of bytes, -1: wrong. `gap`: place of "::". */
static int read_groups(const char *text, size_t size, uint8_t *bytes, int *gap)
{
    int filled = 0;
    size_t at = 0;
    *gap = -1;
    if (size >= 2 && text[0] == ':' && text[1] == ':') {
        *gap = 0;
        at = 2;
    }
    while (at < size) {
        unsigned value;
        size_t digits = read_group(text + at, size - at, &value);
        if (digits == 0 || filled > 14)
            return -1;
        if (at + digits < size && text[at + digits] == '.') {
            if (filled > 12 || !read_ip4(text + at, size - at, bytes + filled))
                return -1;
            return filled + 4;
        }
        bytes[filled++] = (uint8_t)(value >> 8);
        bytes[filled++] = (uint8_t)value;
        at += digits;
        if (at == size)
            break;
        if (text[at++] != ':' || at == size)
            return -1;
        if (text[at] == ':') {
            if (*gap >= 0)
                return -1;
            *gap = filled;
            at++;
        }
    }
    return filled;
}

static bool read_ip6(const char *text, size_t size, uint8_t *bytes)
{
    uint8_t found[16] = {0};
    int gap, filled = read_groups(text, size, found, &gap);
    if (filled < 0 || (gap < 0 ? filled != 16 : filled > 14))
        return false;
    int head = gap < 0 ? 16 : gap;
    memset(bytes, 0, 16);
    memcpy(bytes, found, (size_t)head);
    if (gap >= 0)
        memcpy(bytes + 16 - (filled - gap), found + gap, (size_t)(filled - gap));
    return true;
}

enum firewall_prefix_error firewall_prefix_parse(struct firewall_prefix *prefix, const char *text,
                                                 size_t size)
{
    uint8_t bytes[16];
    *prefix = (struct firewall_prefix){0};
    if (size == 3 && memcmp(text, "any", 3) == 0)
        return FIREWALL_PREFIX_OK;
    const char *slash = memchr(text, '/', size);
    size_t length = slash ? (size_t)(slash - text) : size;
    if (read_ip4(text, length, bytes)) {
        prefix->family = 4;
        prefix->address = firewall_address_ip4(bytes);
    } else if (read_ip6(text, length, bytes)) {
        prefix->address = firewall_address_ip6(bytes);
        prefix->family = firewall_address_is_ip4(&prefix->address) ? 4 : 6;
    } else {
        return FIREWALL_PREFIX_ADDRESS;
    }
    unsigned bits = prefix->family == 4 ? 32 : 128, given = bits;
    if (slash && (read_decimal(slash + 1, size - length - 1, bits, &given) != size - length - 1 ||
                  size == length + 1))
        return FIREWALL_PREFIX_LENGTH;
    prefix->length = (uint8_t)(given + 128 - bits);
    for (unsigned bit = prefix->length; bit < 128; bit++) {
        if (prefix->address.bytes[bit / 8] >> (7 - bit % 8) & 1)
            return FIREWALL_PREFIX_BITS;
    }
    return FIREWALL_PREFIX_OK;
}

/* The longest run of at least two zero groups; its first group, 8: none. */
static unsigned longest_zeros(const uint8_t *b, unsigned *length)
{
    unsigned best = 8;
    *length = 1;
    for (unsigned first = 0; first < 8; first++) {
        unsigned run = 0;
        while (first + run < 8 && (b[2 * (first + run)] | b[2 * (first + run) + 1]) == 0)
            run++;
        if (run > *length) {
            *length = run;
            best = first;
        }
    }
    return best;
}

char *firewall_address_format(const struct firewall_address *address,
                              char text[FIREWALL_ADDRESS_TEXT])
{
    const uint8_t *b = address->bytes;
    if (firewall_address_is_ip4(address)) {
        snprintf(text, FIREWALL_ADDRESS_TEXT, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
        return text;
    }
    unsigned length, gap = longest_zeros(b, &length);
    size_t at = 0;
    for (unsigned group = 0; group < 8; group++) {
        if (group == gap) {
            at += (size_t)snprintf(text + at, FIREWALL_ADDRESS_TEXT - at, "::");
            group += length - 1;
            continue;
        }
        const char *colon = group == 0 || group == gap + length ? "" : ":";
        at += (size_t)snprintf(text + at, FIREWALL_ADDRESS_TEXT - at, "%s%x", colon,
                               (unsigned)b[2 * group] << 8 | b[2 * group + 1]);
    }
    return text;
}
