/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component: configuration mechanism #1 (PCI Local Bus Specification 3.0, section 3.2.2.3.2).
 * Address and data are two accesses, so a mutex holds them together.
 */
#include <camkes.h>
#include <stdio.h>
#include <string.h>
#include "filter.h"

/* Optional connection. */
extern void putchar_putchar(int c) __attribute__((weak));

enum { MAX_PERMISSIONS = 64, ADDRESS_ENABLE = 1u << 31 };

static struct pci_permission permissions[MAX_PERMISSIONS];
static size_t permission_count;

extern const char *pci_config_get_client_name(seL4_Word badge) __attribute__((weak));

static bool function_allowed(const struct pci_function *f)
{
    seL4_Word badge = pci_config_get_sender_id();
    const char *name =
        pci_config_get_client_name != NULL ? pci_config_get_client_name(badge) : NULL;
    for (size_t i = 0; name != NULL && i < permission_count; i++) {
        const struct pci_permission *p = &permissions[i];
        if (strcmp(p->client, name) == 0 && memcmp(&p->function, f, sizeof(*f)) == 0)
            return true;
    }
    return false;
}

static void select_register(const struct pci_function *f, unsigned offset)
{
    config_address_out32_offset(0, ADDRESS_ENABLE | (uint32_t)f->bus << 16 |
                                       (uint32_t)f->dev << 11 | (uint32_t)f->fun << 8 |
                                       (offset & 0xfc));
}

/* With the mutex held. */
static uint32_t read_register(void *context, unsigned offset)
{
    select_register(context, offset);
    return config_data_in32_offset(0);
}

static uint32_t config_read(struct pci_function f, unsigned offset, unsigned size)
{
    uint32_t all_ones = UINT32_MAX >> (32 - 8 * size);
    if (!filter_access_valid(offset, size) || !function_allowed(&f))
        return all_ones; /* as a bus without that function answers */
    lock_lock();
    uint32_t value = read_register(&f, offset) >> (8 * (offset & 3)) & all_ones;
    lock_unlock();
    return value;
}

static void config_write(struct pci_function f, unsigned offset, unsigned size, uint32_t value)
{
    if (!filter_access_valid(offset, size) || !function_allowed(&f))
        return;
    unsigned shift = 8 * (offset & 3);
    uint32_t lanes = UINT32_MAX >> (32 - 8 * size) << shift;
    lock_lock();
    uint32_t writable = filter_writable(offset & 0xfc, read_register, &f) & lanes;
    if (writable != 0) {
        uint32_t old = read_register(&f, offset & 0xfc);
        /* Status bits are cleared by ones: what the client does not write must be zero there. */
        if ((offset & 0xfc) == 0x04)
            old &= 0xffff;
        select_register(&f, offset);
        config_data_out32_offset(0, (old & ~writable) | (value << shift & writable));
    }
    lock_unlock();
}

#define FUNCTION                                                                                   \
    (struct pci_function)                                                                          \
    {                                                                                              \
        bus, dev, fun                                                                              \
    }

uint8_t pci_config_read8(uint8_t bus, uint8_t dev, uint8_t fun, unsigned int offset)
{
    return (uint8_t)config_read(FUNCTION, offset, 1);
}

uint16_t pci_config_read16(uint8_t bus, uint8_t dev, uint8_t fun, unsigned int offset)
{
    return (uint16_t)config_read(FUNCTION, offset, 2);
}

uint32_t pci_config_read32(uint8_t bus, uint8_t dev, uint8_t fun, unsigned int offset)
{
    return config_read(FUNCTION, offset, 4);
}

void pci_config_write8(uint8_t bus, uint8_t dev, uint8_t fun, unsigned int offset, uint8_t val)
{
    config_write(FUNCTION, offset, 1, val);
}

void pci_config_write16(uint8_t bus, uint8_t dev, uint8_t fun, unsigned int offset, uint16_t val)
{
    config_write(FUNCTION, offset, 2, val);
}

void pci_config_write32(uint8_t bus, uint8_t dev, uint8_t fun, unsigned int offset, uint32_t val)
{
    config_write(FUNCTION, offset, 4, val);
}

/* The attribute is one string: "client bus:dev.fun, client bus:dev.fun, …". */
void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
    for (const char *at = allowed; *at != '\0';) {
        char entry[96];
        size_t length = strcspn(at, ",");
        snprintf(entry, sizeof(entry), "%.*s", (int)length, at);
        if (permission_count == MAX_PERMISSIONS ||
            !filter_parse(entry, &permissions[permission_count]))
            printf("cannot use '%s' of the attribute 'allowed'\n", entry);
        else
            permission_count++;
        at += length + (at[length] == ',');
    }
}
