/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Formatted output to the debug console, and the panic report. */
#include <stdbool.h>
#include <stdint.h>

#include <kernel/ipc.h>
#include <kernel/kernel.h>

struct format {
    bool zero, left, alternate;
    unsigned width;
    int precision; /* -1: none */
    bool is_long;
};

static void put_padding(char c, unsigned have, unsigned width)
{
    for (; have < width; have++) {
        arch_debug_putchar(c);
    }
}

static void put_string(const char *s, const struct format *f)
{
    unsigned length = 0;
    s = s ? s : "(null)";
    while (s[length] && (f->precision < 0 || length < (unsigned)f->precision)) {
        length++;
    }
    if (!f->left) {
        put_padding(' ', length, f->width);
    }
    for (unsigned i = 0; i < length; i++) {
        arch_debug_putchar(s[i]);
    }
    if (f->left) {
        put_padding(' ', length, f->width);
    }
}

static void put_number(uint64_t value, unsigned base, bool negative, const struct format *f)
{
    char text[24];
    unsigned n = sizeof(text);
    text[--n] = 0;
    do {
        text[--n] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (f->zero && !f->left) {
        unsigned have = sizeof(text) - 1 - n + negative + (f->alternate ? 2 : 0);
        if (negative) {
            arch_debug_putchar('-');
        }
        if (f->alternate) {
            arch_debug_putchar('0');
            arch_debug_putchar('x');
        }
        put_padding('0', have, f->width);
        put_string(&text[n], &(struct format){.precision = -1});
        return;
    }
    if (f->alternate) {
        text[--n] = 'x';
        text[--n] = '0';
    }
    if (negative) {
        text[--n] = '-';
    }
    put_string(&text[n], &(struct format){.left = f->left, .width = f->width, .precision = -1});
}

static unsigned parse_number(const char **s)
{
    unsigned value = 0;
    while (**s >= '0' && **s <= '9') {
        value = value * 10 + (unsigned)(*(*s)++ - '0');
    }
    return value;
}

static struct format parse_format(const char **s)
{
    struct format f = {.precision = -1};
    for (;; (*s)++) {
        if (**s == '0') {
            f.zero = true;
        } else if (**s == '-') {
            f.left = true;
        } else if (**s == '#') {
            f.alternate = true;
        } else {
            break;
        }
    }
    f.width = parse_number(s);
    if (**s == '.') {
        (*s)++;
        f.precision = (int)parse_number(s);
    }
    for (; **s == 'l' || **s == 'z'; (*s)++) {
        f.is_long = true;
    }
    return f;
}

/* One conversion; *s is at its last character. */
static void put_conversion(char conversion, struct format *f, va_list *args)
{
    switch (conversion) {
    case 's':
        put_string(va_arg(*args, const char *), f);
        break;
    case 'c':
        arch_debug_putchar((char)va_arg(*args, int));
        break;
    case 'd':
    case 'i': {
        int64_t value = f->is_long ? va_arg(*args, int64_t) : va_arg(*args, int);
        put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, value < 0, f);
        break;
    }
    case 'p':
        f->alternate = f->is_long = true;
        put_number((uint64_t)va_arg(*args, void *), 16, false, f);
        break;
    case 'x':
    case 'u':
        put_number(f->is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned),
                   conversion == 'x' ? 16 : 10, false, f);
        break;
    default:
        arch_debug_putchar(conversion);
    }
}

void kvprintf(const char *format, va_list args)
{
    va_list copy;
    va_copy(copy, args);
    for (const char *s = format; *s; s++) {
        if (*s != '%') {
            arch_debug_putchar(*s);
            continue;
        }
        s++;
        struct format f = parse_format(&s);
        if (!*s) {
            break;
        }
        put_conversion(*s, &f, &copy);
    }
    va_end(copy);
}

void kprintf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    kvprintf(format, args);
    va_end(args);
}

__attribute__((weak)) _Noreturn void kernel_panic(const char *file, int line, const char *format,
                                                  ...)
{
    va_list args;
    kprintf("\nkernel panic at %s:%d: ", file, line);
    va_start(args, format);
    kvprintf(format, args);
    va_end(args);
    const struct cpu *cpu = this_cpu();
    kprintf("\n");
    if (cpu && cpu->current) {
        const struct tcb *t = cpu->current;
        kprintf("cpu %u, thread %p %s: rip %#lx rsp %#lx rdx %#lx rdi %#lx rsi %#lx\n", cpu->id,
                (const void *)t, t->name, t->regs[REG_RIP], t->regs[REG_RSP], t->regs[REG_RDX],
                t->regs[REG_RDI], t->regs[REG_RSI]);
    }
    arch_halt();
}
