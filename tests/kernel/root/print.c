/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Output through the kernel's debug console. */
#include "test.h"
#include <stdarg.h>

static void put(char c)
{
    seL4_DebugPutChar(c);
}

static void put_padded(const char *s, int length, int width, bool left)
{
    for (int i = length; !left && i < width; i++) {
        put(' ');
    }
    for (int i = 0; i < length; i++) {
        put(s[i]);
    }
    for (int i = length; left && i < width; i++) {
        put(' ');
    }
}

static void put_number(uint64_t v, unsigned base, bool negative, int width, bool zeros)
{
    char digits[24];
    int n = sizeof(digits);
    do {
        digits[--n] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    while (zeros && (int)sizeof(digits) - n < width && n > 1) {
        digits[--n] = '0';
    }
    if (negative) {
        digits[--n] = '-';
    }
    put_padded(digits + n, (int)sizeof(digits) - n, width, false);
}

struct conversion {
    bool left, zeros, wide;
    int width;
    char what;
};

static const char *parse(const char *f, struct conversion *c)
{
    *c = (struct conversion){0};
    for (;; f++) {
        if (*f == '-') {
            c->left = true;
        } else if (*f == '0' && c->width == 0) {
            c->zeros = true;
        } else if (*f >= '0' && *f <= '9') {
            c->width = c->width * 10 + *f - '0';
        } else if (*f == 'l' || *f == 'z') {
            c->wide = true;
        } else {
            break;
        }
    }
    c->what = *f;
    return *f ? f + 1 : f;
}

static void put_signed(int64_t v, const struct conversion *c)
{
    put_number(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0, c->width, c->zeros);
}

void vprint(const char *format, __builtin_va_list args)
{
    while (*format) {
        if (*format != '%') {
            put(*format++);
            continue;
        }
        struct conversion c;
        format = parse(format + 1, &c);
        const char *s;
        switch (c.what) {
        case 's':
            s = va_arg(args, const char *);
            s = s ? s : "(null)";
            put_padded(s, (int)strlen(s), c.width, c.left);
            break;
        case 'c':
            put((char)va_arg(args, int));
            break;
        case 'd':
        case 'i':
            put_signed(c.wide ? va_arg(args, int64_t) : va_arg(args, int), &c);
            break;
        case 'u':
        case 'x':
            put_number(c.wide ? va_arg(args, uint64_t) : va_arg(args, unsigned),
                       c.what == 'x' ? 16 : 10, false, c.width, c.zeros);
            break;
        case 'p':
            put_number(va_arg(args, uint64_t), 16, false, 0, false);
            break;
        default:
            put(c.what);
        }
    }
}

void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
}

void *memset(void *to, int value, size_t size)
{
    void *d = to;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(size) : "a"(value) : "memory");
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *d = to;
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(size) : : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++) {
        if (x[i] != y[i]) {
            return x[i] - y[i];
        }
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n]) {
        n++;
    }
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}
