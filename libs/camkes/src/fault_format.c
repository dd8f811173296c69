/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "fault_format.h"

void camkes_fault_add_text(struct fault_line *line, const char *text)
{
    while (*text != '\0' && line->length + 1 < sizeof(line->text))
        line->text[line->length++] = *text++;
    line->text[line->length] = '\0';
}

void camkes_fault_add_padded(struct fault_line *line, const char *text, size_t width)
{
    size_t end = line->length + width;
    camkes_fault_add_text(line, text);
    while (line->length < end && line->length + 1 < sizeof(line->text))
        camkes_fault_add_text(line, " ");
}

static void camkes_fault_add_digits(struct fault_line *line, uint64_t value, int digits)
{
    camkes_fault_add_text(line, "0x");
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        char digit[2] = {"0123456789abcdef"[value >> shift & 15], '\0'};
        camkes_fault_add_text(line, digit);
    }
}

void camkes_fault_add_hex(struct fault_line *line, uint64_t value)
{
    int digits = 1;
    while (digits < 16 && value >> (4 * digits) != 0)
        digits++;
    camkes_fault_add_digits(line, value, digits);
}

void camkes_fault_add_hex16(struct fault_line *line, uint64_t value)
{
    camkes_fault_add_digits(line, value, 16);
}

void camkes_fault_add_region(struct fault_line *line, const struct camkes_vma *region)
{
    char rights[5] = {region->read ? 'r' : '-', region->write ? 'w' : '-',
                      region->execute ? 'x' : '-', ' ', '\0'};
    camkes_fault_add_text(line, "  | ");
    camkes_fault_add_hex16(line, (uintptr_t)region->start);
    camkes_fault_add_text(line, " .. ");
    camkes_fault_add_hex16(line, (uintptr_t)region->end);
    camkes_fault_add_text(line, " ");
    camkes_fault_add_text(line, rights);
    camkes_fault_add_text(line, region->name != NULL ? region->name : "");
}

const char *camkes_fault_exception_name(uint64_t vector)
{
    /* AMD APM vol. 2, table 8-1. */
    static const char *const names[] = {
        [0] = "divide error",         [1] = "debug",
        [3] = "breakpoint",           [4] = "overflow",
        [5] = "bound range",          [6] = "invalid opcode",
        [7] = "device not available", [8] = "double fault",
        [10] = "invalid TSS",         [11] = "segment not present",
        [12] = "stack fault",         [13] = "general protection fault",
        [14] = "page fault",          [16] = "x87 floating point",
        [17] = "alignment check",     [19] = "SIMD floating point",
        [21] = "control protection",
    };
    if (vector >= sizeof(names) / sizeof(names[0]) || names[vector] == NULL)
        return "unknown";
    return names[vector];
}
