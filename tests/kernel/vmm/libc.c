/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What libs/vmm needs of a C library and the harness does not have. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memmove(void *to, const void *from, size_t size);
size_t strcspn(const char *s, const char *stop);
int vsnprintf(char *out, size_t size, const char *format, va_list args);

void *memmove(void *to, const void *from, size_t size)
{
    char *d = to;
    const char *s = from;
    if ((uintptr_t)d - (uintptr_t)s >= size) {
        for (size_t i = 0; i < size; i++) {
            d[i] = s[i];
        }
    } else {
        while (size--) {
            d[size] = s[size];
        }
    }
    return to;
}

size_t strcspn(const char *s, const char *stop)
{
    size_t n = 0;
    for (; s[n]; n++) {
        for (const char *c = stop; *c; c++) {
            if (*c == s[n]) {
                return n;
            }
        }
    }
    return n;
}

/* Where formatted text goes. */
struct sink {
    char *out;
    size_t size, used;
};

static void put(struct sink *s, char c)
{
    if (s->used + 1 < s->size) {
        s->out[s->used] = c;
    }
    s->used++;
}

struct field {
    bool zeros, minus;
    int width;
};

static void put_number(struct sink *s, uint64_t v, unsigned base, const struct field *f)
{
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    for (int i = n; i < f->width; i++) {
        put(s, f->zeros ? '0' : ' ');
    }
    while (n) {
        put(s, digits[--n]);
    }
}

static void put_text(struct sink *s, const char *text, const struct field *f)
{
    int n = 0;
    for (; text[n]; n++) {
        put(s, text[n]);
    }
    for (; f->minus && n < f->width; n++) {
        put(s, ' ');
    }
}

/* %s %c %d %u %x with l, ll, z, 0, - and width: what the library uses. */
int vsnprintf(char *out, size_t size, const char *format, va_list args)
{
    struct sink s = {.out = out, .size = size};
    while (*format) {
        if (*format != '%') {
            put(&s, *format++);
            continue;
        }
        struct field f = {0};
        bool wide = false;
        for (format++; *format == '0' || *format == '-'; format++) {
            f.zeros |= *format == '0';
            f.minus |= *format == '-';
        }
        for (; *format >= '0' && *format <= '9'; format++) {
            f.width = f.width * 10 + *format - '0';
        }
        for (; *format == 'l' || *format == 'z'; format++) {
            wide = true;
        }
        if (*format == 's') {
            put_text(&s, va_arg(args, const char *), &f);
        } else if (*format == 'c') {
            put(&s, (char)va_arg(args, int));
        } else if (*format == 'd') {
            int64_t v = wide ? va_arg(args, int64_t) : va_arg(args, int);
            if (v < 0) {
                put(&s, '-');
            }
            put_number(&s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, &f);
        } else if (*format == 'u' || *format == 'x') {
            uint64_t v = wide ? va_arg(args, uint64_t) : va_arg(args, unsigned);
            put_number(&s, v, *format == 'u' ? 10 : 16, &f);
        } else {
            put(&s, *format);
        }
        format += *format != 0;
    }
    if (size) {
        out[s.used < size ? s.used : size - 1] = 0;
    }
    return (int)s.used;
}
