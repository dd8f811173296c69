/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Messages of the loader: they go to the kernel log. */
#include "loader.h"

#include <stdarg.h>
#include <sel4/api_table.h>

static void put_string(const char *s)
{
    while (*s)
        sys_put_char(*s++);
}

static void put_number(uint64_t n, unsigned base)
{
    char digits[20];
    unsigned count = 0;
    do
        digits[count++] = "0123456789abcdef"[n % base];
    while (n /= base);
    while (count)
        sys_put_char(digits[--count]);
}

static void print_list(const char *format, va_list *args)
{
    for (; *format; format++) {
        if (*format != '%') {
            sys_put_char(*format);
            continue;
        }
        bool wide = *++format == 'l';
        if (wide)
            format++;
        if (*format == 's')
            put_string(va_arg(*args, const char *));
        else if (*format == 'c')
            sys_put_char((char)va_arg(*args, int));
        else
            put_number(wide ? va_arg(*args, unsigned long) : va_arg(*args, unsigned),
                       *format == 'x' ? 16 : 10);
    }
}

void loader_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_list(format, &args);
    va_end(args);
}

void loader_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_string("loader: ");
    print_list(format, &args);
    put_string("\nloader: the system was not started\n");
    va_end(args);
    sys_stop();
}

void loader_check(int error, const char *operation, const char *object)
{
    static const char *const names[] = {
#define X(n, name) [n] = #name,
        SEL4_ERROR_LIST(X)
#undef X
    };
    if (!error)
        return;
    bool known = error > 0 && (size_t)error < sizeof names / sizeof *names;
    loader_fail("%s '%s': %s", operation, object, known ? names[error] : "unknown error");
}
