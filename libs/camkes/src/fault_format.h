/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Text of fault reports, built without the C library's stdio. */
#include <stddef.h>
#include <stdint.h>
#include <camkes/vma.h>

/** A line under construction; always NUL-terminated, silently cut when full. */
struct fault_line {
    size_t length;
    char text[200];
};

/** Appends text. */
void camkes_fault_add_text(struct fault_line *line, const char *text);
/** Appends text, then blanks up to `width` characters. */
void camkes_fault_add_padded(struct fault_line *line, const char *text, size_t width);
/** Appends 0x and the digits of value without leading zeros. */
void camkes_fault_add_hex(struct fault_line *line, uint64_t value);
/** Appends 0x and 16 digits. */
void camkes_fault_add_hex16(struct fault_line *line, uint64_t value);
/** Appends a range of the address space: bounds, rights, name. */
void camkes_fault_add_region(struct fault_line *line, const struct camkes_vma *region);
/** Name of a processor exception. */
const char *camkes_fault_exception_name(uint64_t vector);
