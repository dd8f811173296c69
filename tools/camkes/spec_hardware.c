/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Symbolic hardware: the text form `kind(arguments).part` and its record. The text says what
 * is meant ("the first 8086:100e"); the loader finds where it is on the machine at hand.
 */
#include "spec.h"
#include "spec_internal.h"
#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 6

/* "isa(4,vector=20)" taken apart: head "isa", words "4" and "vector=20", tail after ")". */
struct hw_text {
    char copy[128];
    char *head, *tail;
    char *word[MAX_WORDS];
    unsigned num_words;
};

static bool hw_split(struct hw_text *t, const char *text)
{
    memset(t, 0, sizeof *t);
    if (strlen(text) >= sizeof t->copy)
        return false;
    strcpy(t->copy, text);
    t->head = t->copy;
    t->tail = "";
    char *open = strchr(t->copy, '(');
    if (!open)
        return true;
    char *close = strchr(open, ')');
    if (!close)
        return false;
    *open = *close = 0;
    t->tail = close + 1;
    char *save = NULL;
    for (char *w = strtok_r(open + 1, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        if (t->num_words == MAX_WORDS)
            return false;
        t->word[t->num_words++] = w;
    }
    return true;
}

static bool hw_number(const char *text, uint32_t *value)
{
    char *end;
    unsigned long long v = strtoull(text, &end, 0);
    *value = (uint32_t)v;
    return end != text && !*end && v <= UINT32_MAX;
}

/* Finds "key=number" among the words; absent leaves *value alone. */
static bool hw_option(const struct hw_text *t, const char *key, uint32_t *value)
{
    size_t n = strlen(key);
    for (unsigned i = 0; i < t->num_words; i++)
        if (!strncmp(t->word[i], key, n) && t->word[i][n] == '=')
            return hw_number(t->word[i] + n + 1, value);
    return true;
}

static bool hw_has(const struct hw_text *t, const char *word)
{
    for (unsigned i = 0; i < t->num_words; i++)
        if (!strcmp(t->word[i], word))
            return true;
    return false;
}

/* bus:device.function, bus:device.function=vendor:device, or vendor:device; all hexadecimal. */
static bool hw_pci(const struct hw_text *t, struct capspec_hardware *hw)
{
    unsigned b, d, f, vendor, device;
    char rest;
    if (!t->num_words)
        return false;
    if (sscanf(t->word[0], "%x:%x.%x=%x:%x%c", &b, &d, &f, &vendor, &device, &rest) == 5) {
        hw->arg[0] = CAPSPEC_PCI_BDF(b, d, f);
        hw->arg[3] = vendor << 16 | device;
        return b < 256 && d < 32 && f < 8 && vendor && vendor < 0xffff && device <= 0xffff;
    }
    if (sscanf(t->word[0], "%x:%x.%x%c", &b, &d, &f, &rest) == 3) {
        hw->arg[0] = CAPSPEC_PCI_BDF(b, d, f);
        return b < 256 && d < 32 && f < 8;
    }
    if (sscanf(t->word[0], "%x:%x%c", &b, &d, &rest) != 2 || b > 0xffff || d > 0xffff)
        return false;
    hw->pci_id = b << 16 | d;
    return hw->pci_id != 0;
}

static bool hw_parse_pci(const struct hw_text *t, struct capspec_hardware *hw)
{
    unsigned n;
    char rest;
    if (!hw_pci(t, hw))
        return false;
    if (sscanf(t->tail, ".bar%u%c", &n, &rest) == 1)
        hw->kind = CAPSPEC_HW_PCI_BAR;
    else if (sscanf(t->tail, ".io%u%c", &n, &rest) == 1)
        hw->kind = CAPSPEC_HW_PCI_PORTS;
    else
        return false;
    hw->arg[1] = n;
    return n < 6;
}

static bool hw_parse_irq(const struct hw_text *t, struct capspec_hardware *hw)
{
    hw->arg[1] = CAPSPEC_VECTOR_ANY;
    if (!t->num_words || !hw_option(t, "vector", &hw->arg[1]))
        return false;
    if (!strcmp(t->head, "msi")) {
        hw->kind = CAPSPEC_HW_IRQ_MSI;
        return hw_pci(t, hw) && hw_option(t, "handle", &hw->arg[2]);
    }
    if (!hw_number(t->word[0], &hw->arg[0]))
        return false;
    hw->arg[2] = hw_has(t, "level");
    hw->arg[3] = hw_has(t, "low");
    if (!strcmp(t->head, "isa")) {
        hw->kind = CAPSPEC_HW_IRQ_ISA;
        return hw->arg[0] < 16;
    }
    if (!strcmp(t->head, "gsi")) {
        hw->kind = CAPSPEC_HW_IRQ_GSI;
        return true;
    }
    hw->kind = CAPSPEC_HW_IRQ_IOAPIC;
    return t->num_words > 1 && hw_number(t->word[1], &hw->arg[4]);
}

static bool hw_parse_ports(const struct hw_text *t, struct capspec_hardware *hw)
{
    char *end;
    if (t->num_words != 1)
        return false;
    hw->kind = CAPSPEC_HW_PORTS;
    hw->arg[0] = hw->arg[1] = (uint32_t)strtoul(t->word[0], &end, 0);
    if (*end == '-')
        hw->arg[1] = (uint32_t)strtoul(end + 1, &end, 0);
    return !*end && hw->arg[0] <= hw->arg[1] && hw->arg[1] <= 0xffff;
}

static bool hw_parse(const struct hw_text *t, struct capspec_hardware *hw)
{
    if (!strcmp(t->head, "pci"))
        return hw_parse_pci(t, hw);
    if (*t->tail)
        return false;
    if (!strcmp(t->head, "kernel_log")) {
        hw->kind = CAPSPEC_HW_KERNEL_LOG;
        return t->num_words == 0;
    }
    if (!strcmp(t->head, "payload")) {
        hw->kind = CAPSPEC_HW_PAYLOAD;
        return t->num_words == 1 && strlen(t->word[0]) < 16;
    }
    if (!strcmp(t->head, "ports"))
        return hw_parse_ports(t, hw);
    if (!strcmp(t->head, "iospace")) {
        hw->kind = CAPSPEC_HW_IOSPACE;
        return hw_pci(t, hw) && hw_option(t, "domain", &hw->arg[1]);
    }
    if (!strcmp(t->head, "isa") || !strcmp(t->head, "gsi") || !strcmp(t->head, "ioapic") ||
        !strcmp(t->head, "msi"))
        return hw_parse_irq(t, hw);
    return false;
}

bool spec_hardware_parse(const char *text, struct capspec_hardware *hw)
{
    struct hw_text parts;
    return hw_split(&parts, text) && hw_parse(&parts, hw);
}

struct spec_hardware *spec_hardware(struct spec *spec, const char *text)
{
    for (uint32_t i = 0; i < spec->num_hardware; i++)
        if (!strcmp(spec->hardware[i]->name, text))
            return spec->hardware[i];
    struct spec_hardware *h = arena_new(spec->arena, struct spec_hardware);
    h->name = arena_printf(spec->arena, "%s", text);
    h->number = spec->num_hardware;
    if (!spec_hardware_parse(text, &h->hw))
        spec_error(spec,
                   "hardware '%s': expected pci(bus:dev.fn).barN, pci(vendor:device).ioN, "
                   "kernel_log, payload(name), isa(n), gsi(n,level,low), ioapic(n,pin), "
                   "msi(bus:dev.fn,handle=n), ports(first-last) or iospace(bus:dev.fn,domain=n)",
                   text);
    struct spec_hardware **grown = arena_alloc(spec->arena, (h->number + 1) * sizeof *grown);
    if (h->number)
        memcpy(grown, spec->hardware, h->number * sizeof *grown);
    grown[h->number] = h;
    spec->hardware = grown;
    spec->num_hardware++;
    return h;
}
