/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "controller.h"
#include <camkes.h>
#include <camkes/dma.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PCI_COMMAND = 4, PCI_MEMORY_AND_MASTER = 6, DMA_ALIGN = 4096, MIN_RING = 16 };

extern uint64_t camkes_tsc_hz; /* generated code; written by the loader */

/* Optional connection. */
extern uint16_t pci_config_read16(uint8_t, uint8_t, uint8_t, unsigned) __attribute__((weak));
extern void pci_config_write16(uint8_t, uint8_t, uint8_t, unsigned, uint16_t) __attribute__((weak));

static uint32_t read_register(void *context, uint32_t offset)
{
    (void)context;
    if (offset > EthDriver_get_size() - 4)
        return UINT32_MAX;
    return *(volatile uint32_t *)((volatile char *)EthDriver + offset);
}

static void write_register(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    if (offset <= EthDriver_get_size() - 4)
        *(volatile uint32_t *)((volatile char *)EthDriver + offset) = value;
}

static void wait_microseconds(void *context, unsigned us)
{
    (void)context;
    uint64_t hz = camkes_tsc_hz != 0 ? camkes_tsc_hz : 4000000000u;
    uint64_t end = __builtin_ia32_rdtsc() + hz / 1000000 * us;
    while (__builtin_ia32_rdtsc() < end)
        __builtin_ia32_pause();
}

/* With PCIConfigIO connected and the attribute pci_bdf set: lets the controller master the bus.
 * The loader has done so if its interrupt is message-signalled. */
static void enable_on_bus(void)
{
    unsigned bus, device, function;
    char rest;
    if (pci_config_write16 == NULL || pci_bdf[0] == '\0')
        return;
    if (sscanf(pci_bdf, "%x:%x.%u%c", &bus, &device, &function, &rest) != 3) {
        printf("pci_bdf \"%s\" is not bus:device.function\n", pci_bdf);
        return;
    }
    uint8_t b = (uint8_t)bus, d = (uint8_t)device, f = (uint8_t)function;
    enum nic_model model;
    if (pci_config_read16(b, d, f, 0) != 0x8086 ||
        !nic_identify(pci_config_read16(b, d, f, 2), &model) || model != ETHDRIVER_MODEL) {
        printf("at %s is no controller of this driver, or PCIConfigIO does not allow it\n",
               pci_bdf);
        return;
    }
    uint16_t command = pci_config_read16(b, d, f, PCI_COMMAND);
    pci_config_write16(b, d, f, PCI_COMMAND, command | PCI_MEMORY_AND_MASTER);
}

/* The largest ring that fits into the instance's pool. */
static void *take_memory(struct nic_config *config)
{
    for (unsigned count = 1024; count >= MIN_RING; count /= 2) {
        size_t size = nic_memory(count);
        void *memory = camkes_dma_alloc(size, DMA_ALIGN, true);
        if (memory == NULL)
            memory = camkes_dma_alloc(size, DMA_ALIGN, false);
        if (memory == NULL)
            continue;
        config->memory = memory;
        config->memory_size = size;
        config->address = camkes_dma_get_paddr(memory);
        return memory;
    }
    return NULL;
}

bool controller_start(struct nic *nic)
{
    static const char *const reasons[] = {
        [NIC_NO_MEMORY] = "dma_pool is too small",
        [NIC_DEAD] = "it does not come out of its reset",
        [NIC_NO_ADDRESS] = "it has no valid address",
    };
    struct nic_config config = {
        .model = ETHDRIVER_MODEL,
        .io = {NULL, read_register, write_register, wait_microseconds},
        .mtu = (unsigned)mtu,
        .promiscuous = promiscuous_mode != 0,
        .moderation_us = (unsigned)interrupt_interval_us,
    };
    enable_on_bus();
    enum nic_status status = NIC_NO_MEMORY;
    if (take_memory(&config) != NULL)
        status = nic_init(nic, &config);
    if (status != NIC_OK) {
        printf("the network controller cannot be used: %s\n", reasons[status]);
        return false;
    }
    const uint8_t *m = nic->mac;
    printf("network controller at %02x:%02x:%02x:%02x:%02x:%02x, %u receive buffers\n", m[0], m[1],
           m[2], m[3], m[4], m[5], nic->rx.count - 1);
    printf("warning: no IOMMU confines its DMA: who controls this component reaches all memory\n");
    return true;
}

void controller_print(struct nic *nic)
{
    struct nic_link link = nic_link(nic);
    const struct nic_statistics *s = nic_statistics(nic);
    if (link.up)
        printf("link up, %u Mbit/s, %s duplex\n", link.mbps, link.full_duplex ? "full" : "half");
    else
        printf("link down\n");
    printf("line: received %" PRIu64 " frames, %" PRIu64 " bytes; sent %" PRIu64 " frames, %" PRIu64
           " bytes; %" PRIu64 " interrupts\n",
           s->rx_frames, s->rx_bytes, s->tx_frames, s->tx_bytes, s->interrupts);
    printf("line: lost %" PRIu64 " (no room in the controller), %" PRIu64
           " (driver late), damaged %" PRIu64 ", refused %" PRIu64 ", transmit ring full %" PRIu64
           " times\n",
           s->rx_missed, s->rx_no_buffers,
           s->rx_crc_errors + s->rx_length_errors + s->rx_other_errors, s->rx_rejected, s->tx_full);
}
