/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Intel 82574 (data sheet 317694): one queue, extended descriptors. */
#include "intel.h"

enum {
    REG_TIPG = 0x0410,
    REG_RX = 0x2800,
    REG_RDTR = 0x2820,
    REG_RXDCTL = 0x2828,
    REG_RADV = 0x282c,
    REG_TX = 0x3800,
    REG_TIDV = 0x3820,
    REG_TXDCTL = 0x3828,
    REG_TADV = 0x382c,
    REG_RFCTL = 0x5008,
    REG_GCR = 0x5b00,
};

enum {
    TIPG_COPPER = 8 | 8 << 10 | 6 << 20,
    RFCTL_EXTENDED = 1u << 15,
    DCTL_GRANULARITY = 1u << 24, /* thresholds count descriptors */
    DCTL_WRITE_BACK_1 = 1u << 16,
    TXDCTL_ONE = 1u << 22, /* reserved, must be one */
    GCR_ONE = 1u << 22,    /* the same */
    PHY = 1u << 21,
};

/* Words 2 and 3 of transmit descriptors, section 7.2. */
enum {
    TX_EOP = 1u << 24,
    TX_IFCS = 1u << 25,
    TX_TSE = 1u << 26,
    TX_RS = 1u << 27,
    TX_DEXT = 1u << 29,
    TX_DATA = 1u << 20,
    TX_TXSM = 2u << 8,
    TX_IXSM = 1u << 8,
    CONTEXT_TCP = 1u << 24,
    CONTEXT_IP4 = 1u << 25,
};

static void reset_done(struct nic *nic)
{
    intel_wake_phy(nic, PHY);
}

static void start(struct nic *nic)
{
    intel_write(nic, REG_GCR, intel_read(nic, REG_GCR) | GCR_ONE);
    intel_write(nic, REG_TIPG, TIPG_COPPER);
    intel_write(nic, REG_RFCTL, RFCTL_EXTENDED);
    /* no delays beside the interrupt throttle, each descriptor written back at once */
    intel_write(nic, REG_RDTR, 0);
    intel_write(nic, REG_RADV, 0);
    intel_write(nic, REG_TIDV, 0);
    intel_write(nic, REG_TADV, 0);
    intel_write(nic, REG_RXDCTL, DCTL_GRANULARITY | DCTL_WRITE_BACK_1);
    intel_write(nic, REG_TXDCTL, DCTL_GRANULARITY | DCTL_WRITE_BACK_1 | TXDCTL_ONE | 1u << 8 | 31);
}

static void enable_rings(struct nic *nic)
{
    (void)nic; /* RCTL and TCTL are enough */
}

/* Units of 256 ns. */
static void moderate(struct nic *nic, unsigned us)
{
    uint64_t units = (uint64_t)us * 1000 / 256;
    intel_write(nic, REG_ITR, units > 0xffff ? 0xffff : (uint32_t)units);
}

static void tx_context(struct nic *nic, unsigned index, const struct intel_context *c)
{
    const struct nic_offload *o = c->offload;
    volatile uint32_t *d = nic->tx.descriptor[index];
    d[0] = d[2] = d[3] = 0;
    /* where the bytes begin that are summed up to the frame's end, and where the sum goes */
    d[1] = o->csum_start | (uint32_t)(o->csum_start + o->csum_offset) << 8;
    if (o->mss != 0) {
        d[0] = c->ip | (c->ip + 10) << 8 | (uint32_t)(o->csum_start - 1) << 16;
        d[2] = TX_TSE | CONTEXT_TCP | (o->ipv6 ? 0 : CONTEXT_IP4) | c->payload;
        d[3] = (uint32_t)o->header_size << 8 | (uint32_t)o->mss << 16;
    }
    d[2] |= TX_DEXT;
}

static void tx_data(struct nic *nic, unsigned index, const struct intel_tx *t)
{
    volatile uint32_t *d = nic->tx.descriptor[index];
    uint32_t command = TX_DEXT | TX_DATA | TX_IFCS;
    uint32_t options = t->offload->csum_start != 0 ? TX_TXSM : 0;
    if (t->last)
        command |= TX_EOP | TX_RS;
    if (t->offload->mss != 0) {
        command |= TX_TSE;
        options |= t->offload->ipv6 ? 0 : TX_IXSM;
    }
    d[0] = (uint32_t)t->address;
    d[1] = (uint32_t)(t->address >> 32);
    d[3] = options;
    d[2] = command | t->length;
}

const struct nic_ops intel_82574_ops = {.name = "Intel 82574",
                                        .rx_registers = REG_RX,
                                        .tx_registers = REG_TX,
                                        .addresses = 15, /* the 16th is the firmware's */
                                        .reset_done = reset_done,
                                        .start = start,
                                        .enable_rings = enable_rings,
                                        .moderate = moderate,
                                        .tx_context = tx_context,
                                        .tx_data = tx_data};
