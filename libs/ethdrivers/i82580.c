/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Intel 82576 (data sheet 320961) and 82580 (321027): advanced descriptors, one queue pair of the
 * many, no virtual functions. They differ in reset, PHY access and the size of their registers.
 */
#include "intel.h"

enum {
    REG_MDICNFG = 0x0e04,
    REG_EEMNGCTL = 0x1010,
    REG_EIMC = 0x1528,
    REG_EIAM = 0x1530,
    REG_GPIE = 0x1514,
    REG_EITR0 = 0x1680,
    REG_IVAR0 = 0x1700,
    REG_RLPML = 0x5004,
    REG_VT_CTL = 0x581c,
    REG_MRQC = 0x5818,
    REG_RX = 0xc000,
    REG_SRRCTL = 0xc00c,
    REG_RXDCTL = 0xc028,
    REG_TX = 0xe000,
    REG_TXDCTL = 0xe028,
};

enum {
    SRRCTL_2K = 2,
    SRRCTL_ADVANCED = 1u << 25, /* one buffer per descriptor */
    DCTL_THRESHOLDS = 8 | 8 << 8,
    RXDCTL_WRITE_BACK_1 = 1u << 16,
    CONFIGURED = 1u << 18, /* of port 0 */
    STATUS_PORT = 3u << 2,
    STATUS_DEVICE_RESET = 1u << 20, /* 82580; cleared by writing one */
    STATUS_RESET_DONE = 1u << 21,   /* 82580: this port has left its reset */
    MDICNFG_EXTERNAL = 1u << 31,
    PHY_82576 = 1u << 21,
    IVAR_QUEUE0 = 0x8080, /* receive and transmit cause 0, both valid */
    QUEUE_MS = 10,
    PORT_MS = 100,
};

/* Words 2 and 3 of transmit descriptors, section 7.2.2. */
enum {
    TX_CONTEXT = 2u << 20,
    TX_DATA = 3u << 20,
    TX_EOP = 1u << 24,
    TX_IFCS = 1u << 25,
    TX_RS = 1u << 27,
    TX_DEXT = 1u << 29,
    CONTEXT_IP4 = 1u << 10,
    CONTEXT_TCP = 1u << 11,
    OLINFO_IXSM = 1u << 8,
    OLINFO_TXSM = 2u << 8,
};
#define TX_TSE (1u << 31)

static void wait_for_port(struct nic *nic)
{
    unsigned port = (intel_read(nic, REG_STATUS) & STATUS_PORT) >> 2;
    intel_wait(nic, REG_EEMNGCTL, CONFIGURED << port, CONFIGURED << port, PORT_MS);
}

static void reset_done_82576(struct nic *nic)
{
    wait_for_port(nic);
    intel_wake_phy(nic, PHY_82576);
}

static void reset_done_82580(struct nic *nic)
{
    intel_wait(nic, REG_STATUS, STATUS_RESET_DONE, STATUS_RESET_DONE, PORT_MS);
    wait_for_port(nic);
    intel_write(nic, REG_STATUS, STATUS_DEVICE_RESET);
    /* Here the number of the PHY is a register of its own, loaded by the reset. An external one
     * may not be behind this port's pins: it is left as the firmware set it up. */
    if ((intel_read(nic, REG_MDICNFG) & MDICNFG_EXTERNAL) == 0)
        intel_wake_phy(nic, 0);
}

static void start(struct nic *nic)
{
    /* interrupts through ICR, not per queue */
    intel_write(nic, REG_EIMC, UINT32_MAX);
    intel_write(nic, REG_EIAM, 0);
    intel_write(nic, REG_GPIE, 0);
    /* with messages too, queue 0 is tied to cause 0 and so to its throttle */
    intel_write(nic, REG_IVAR0, IVAR_QUEUE0);
    intel_write(nic, REG_MRQC, 0);
    intel_write(nic, REG_VT_CTL, 0);
    intel_write(nic, REG_RLPML, nic->mtu + NIC_FRAME_BASE + 4);
    intel_write(nic, REG_SRRCTL, SRRCTL_2K | SRRCTL_ADVANCED);
}

static void enable_rings(struct nic *nic)
{
    intel_write(nic, REG_RXDCTL, QUEUE_ENABLE | DCTL_THRESHOLDS | RXDCTL_WRITE_BACK_1);
    intel_wait(nic, REG_RXDCTL, QUEUE_ENABLE, QUEUE_ENABLE, QUEUE_MS);
    intel_write(nic, REG_TXDCTL, QUEUE_ENABLE | DCTL_THRESHOLDS);
    intel_wait(nic, REG_TXDCTL, QUEUE_ENABLE, QUEUE_ENABLE, QUEUE_MS);
}

/* Microseconds in bits 2 to 14. */
static void moderate(struct nic *nic, unsigned us)
{
    intel_write(nic, REG_EITR0, (us > 0x1fff ? 0x1fff : us) << 2);
}

static void tx_context(struct nic *nic, unsigned index, const struct intel_context *c)
{
    const struct nic_offload *o = c->offload;
    volatile uint32_t *d = nic->tx.descriptor[index];
    uint32_t type = TX_CONTEXT | TX_DEXT;
    if (o->csum_offset == NIC_TCP_CHECKSUM)
        type |= CONTEXT_TCP;
    if (!o->ipv6)
        type |= CONTEXT_IP4;
    d[0] = c->ip << 9 | (o->csum_start - c->ip);
    d[1] = 0;
    d[2] = type;
    d[3] = 0;
    if (o->mss != 0)
        d[3] = (uint32_t)(o->header_size - o->csum_start) << 8 | (uint32_t)o->mss << 16;
}

static void tx_data(struct nic *nic, unsigned index, const struct intel_tx *t)
{
    volatile uint32_t *d = nic->tx.descriptor[index];
    uint32_t command = TX_DEXT | TX_DATA | TX_IFCS;
    uint32_t info = t->payload << 14;
    if (t->last)
        command |= TX_EOP | TX_RS;
    if (t->offload->csum_start != 0)
        info |= OLINFO_TXSM;
    if (t->offload->mss != 0) {
        command |= TX_TSE;
        info |= t->offload->ipv6 ? 0 : OLINFO_IXSM;
    }
    d[0] = (uint32_t)t->address;
    d[1] = (uint32_t)(t->address >> 32);
    d[3] = info;
    d[2] = command | t->length;
}

#define COMMON                                                                                     \
    .rx_registers = REG_RX, .tx_registers = REG_TX, .addresses = 24, .start = start,               \
    .enable_rings = enable_rings, .moderate = moderate, .tx_context = tx_context,                  \
    .tx_data = tx_data

const struct nic_ops intel_82576_ops = {
    .name = "Intel 82576", .reset_done = reset_done_82576, COMMON};
const struct nic_ops intel_82580_ops = {
    .name = "Intel 82580", .reset_done = reset_done_82580, COMMON};
