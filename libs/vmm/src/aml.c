/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <vmm/aml.h>
#include <string.h>

void aml_bytes(struct aml *aml, const void *bytes, size_t n)
{
    if (aml->failed || aml->size - aml->used < n) {
        aml->failed = true;
        return;
    }
    memcpy(aml->data + aml->used, bytes, n);
    aml->used += n;
}

static void byte(struct aml *aml, unsigned value)
{
    uint8_t b = (uint8_t)value;
    aml_bytes(aml, &b, 1);
}

/* A block is written without its PkgLength; aml_end() moves the body and inserts it. */
void aml_end(struct aml *aml, size_t mark)
{
    size_t body = aml->used - mark;
    unsigned n = body + 1 < 0x40 ? 1 : body + 2 < 0x1000 ? 2 : body + 3 < 0x100000 ? 3 : 4;
    size_t length = body + n;
    uint8_t encoded[4] = {(uint8_t)length};
    if (n > 1) {
        encoded[0] = (uint8_t)((n - 1) << 6 | (length & 0xf));
        for (unsigned i = 1; i < n; i++) {
            encoded[i] = (uint8_t)(length >> (4 + 8 * (i - 1)));
        }
    }
    if (aml->failed || aml->size - aml->used < n) {
        aml->failed = true;
        return;
    }
    memmove(aml->data + mark + n, aml->data + mark, body);
    memcpy(aml->data + mark, encoded, n);
    aml->used += n;
}

static void name_segment(struct aml *aml, const char *name, size_t n)
{
    char segment[4] = {'_', '_', '_', '_'};
    memcpy(segment, name, n < 4 ? n : 4);
    aml_bytes(aml, segment, 4);
}

void aml_path(struct aml *aml, const char *path)
{
    if (*path == '\\') {
        byte(aml, '\\');
        path++;
    }
    unsigned segments = *path ? 1 : 0;
    for (const char *p = path; *p; p++) {
        segments += *p == '.';
    }
    if (segments == 0) {
        byte(aml, 0); /* NullName */
    } else if (segments == 2) {
        byte(aml, 0x2e);
    } else if (segments > 2) {
        byte(aml, 0x2f);
        byte(aml, segments);
    }
    while (segments--) {
        size_t n = strcspn(path, ".");
        name_segment(aml, path, n);
        path += n + 1;
    }
}

size_t aml_scope(struct aml *aml, const char *path)
{
    byte(aml, 0x10);
    size_t mark = aml->used;
    aml_path(aml, path);
    return mark;
}

size_t aml_device(struct aml *aml, const char *name)
{
    byte(aml, 0x5b);
    byte(aml, 0x82);
    size_t mark = aml->used;
    aml_path(aml, name);
    return mark;
}

size_t aml_method(struct aml *aml, const char *name, unsigned args)
{
    byte(aml, 0x14);
    size_t mark = aml->used;
    aml_path(aml, name);
    byte(aml, args & 7u);
    return mark;
}

size_t aml_if(struct aml *aml)
{
    byte(aml, 0xa0);
    return aml->used;
}

size_t aml_package(struct aml *aml, unsigned n)
{
    byte(aml, 0x12);
    size_t mark = aml->used;
    byte(aml, n);
    return mark;
}

void aml_name(struct aml *aml, const char *name)
{
    byte(aml, 0x08);
    aml_path(aml, name);
}

void aml_integer(struct aml *aml, uint64_t value)
{
    if (value < 2) {
        byte(aml, (unsigned)value);
        return;
    }
    unsigned size = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffffu ? 4 : 8;
    byte(aml, size == 1 ? 0x0a : size == 2 ? 0x0b : size == 4 ? 0x0c : 0x0e);
    aml_bytes(aml, &value, size);
}

void aml_string(struct aml *aml, const char *text)
{
    byte(aml, 0x0d);
    aml_bytes(aml, text, strlen(text) + 1);
}

static unsigned hex(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* Compressed EISA id: three letters of five bits, four hex digits, big-endian. */
void aml_eisa_id(struct aml *aml, const char *id)
{
    uint32_t value = (uint32_t)(id[0] - '@') << 26 | (uint32_t)(id[1] - '@') << 21 |
                     (uint32_t)(id[2] - '@') << 16 | hex(id[3]) << 12 | hex(id[4]) << 8 |
                     hex(id[5]) << 4 | hex(id[6]);
    value = __builtin_bswap32(value);
    byte(aml, 0x0c);
    aml_bytes(aml, &value, 4);
}

void aml_return(struct aml *aml)
{
    byte(aml, 0xa4);
}

void aml_store_arg0(struct aml *aml, const char *name)
{
    byte(aml, 0x70);
    byte(aml, 0x68);
    aml_path(aml, name);
}

/* Resource descriptors: two bytes are kept free for the end tag. */
static void resource(struct aml_resources *r, const void *bytes, size_t n)
{
    if (r->used + n + 2 <= sizeof r->data) {
        memcpy(r->data + r->used, bytes, n);
        r->used += n;
    }
}

void aml_io(struct aml_resources *r, uint16_t base, uint8_t size)
{
    const uint8_t d[8] = {
        0x47, 1, (uint8_t)base, (uint8_t)(base >> 8), (uint8_t)base, (uint8_t)(base >> 8), 1, size};
    resource(r, d, sizeof d);
}

void aml_irq(struct aml_resources *r, unsigned irq)
{
    uint16_t mask = (uint16_t)(1u << (irq & 15u));
    const uint8_t d[3] = {0x22, (uint8_t)mask, (uint8_t)(mask >> 8)};
    resource(r, d, sizeof d);
}

void aml_memory(struct aml_resources *r, uint32_t base, uint32_t size)
{
    uint8_t d[12] = {0x86, 9, 0, 1};
    memcpy(d + 4, &base, 4);
    memcpy(d + 8, &size, 4);
    resource(r, d, sizeof d);
}

/* Word address space: kind 0 memory, 1 I/O, 2 buses. */
static void word_window(struct aml_resources *r, const uint8_t head[3], uint16_t first,
                        uint16_t last)
{
    uint16_t words[5] = {0, first, last, 0, (uint16_t)(last - first + 1)};
    uint8_t d[16] = {0x88, 13, 0, head[0], head[1], head[2]};
    memcpy(d + 6, words, sizeof words);
    resource(r, d, sizeof d);
}

void aml_bus_window(struct aml_resources *r, uint16_t first, uint16_t last)
{
    word_window(r, (const uint8_t[3]){2, 0x0c, 0}, first, last);
}

void aml_io_window(struct aml_resources *r, uint16_t first, uint16_t last)
{
    word_window(r, (const uint8_t[3]){1, 0x0c, 3}, first, last);
}

void aml_memory_window(struct aml_resources *r, uint32_t first, uint32_t last)
{
    uint32_t words[5] = {0, first, last, 0, last - first + 1};
    uint8_t d[26] = {0x87, 23, 0, 0, 0x0c, 1};
    memcpy(d + 6, words, sizeof words);
    resource(r, d, sizeof d);
}

void aml_resources(struct aml *aml, const struct aml_resources *r)
{
    byte(aml, 0x11);
    size_t mark = aml->used;
    aml_integer(aml, r->used + 2);
    aml_bytes(aml, r->data, r->used);
    byte(aml, 0x79); /* end tag */
    byte(aml, 0);    /* checksum 0: not checked */
    aml_end(aml, mark);
}
