/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Registers common to the families (data sheet 317694, chapter 10; 320961 and 321027, chapter 8).
 */
#include <ethdrivers/nic.h>

enum intel_register {
    REG_CTRL = 0x0000,
    REG_STATUS = 0x0008,
    REG_EECD = 0x0010,
    REG_CTRL_EXT = 0x0018,
    REG_MDIC = 0x0020,
    REG_ICR = 0x00c0,
    REG_ITR = 0x00c4,
    REG_ICS = 0x00c8,
    REG_IMS = 0x00d0,
    REG_IMC = 0x00d8,
    REG_RCTL = 0x0100,
    REG_TCTL = 0x0400,
    REG_STATISTICS = 0x4000,
    REG_RXCSUM = 0x5000,
    REG_MTA = 0x5200,
    REG_RAL = 0x5400,
    REG_RAH = 0x5404,
    REG_VFTA = 0x5600,
};

enum {
    CTRL_FD = 1u << 0,
    CTRL_MASTER_DISABLE = 1u << 2,
    CTRL_ASDE = 1u << 5,
    CTRL_SLU = 1u << 6,
    CTRL_FRCSPD = 1u << 11,
    CTRL_FRCDPX = 1u << 12,
    CTRL_RST = 1u << 26,
    CTRL_EXT_DRV_LOAD = 1u << 28,
    STATUS_FD = 1u << 0,
    STATUS_LU = 1u << 1,
    STATUS_MASTER = 1u << 19,
    EECD_AUTO_RD = 1u << 9,
    IRQ_TXDW = 1u << 0,
    IRQ_LSC = 1u << 2,
    IRQ_RXDMT0 = 1u << 4,
    IRQ_RXO = 1u << 6,
    IRQ_RXT0 = 1u << 7,
    RCTL_EN = 1u << 1,
    RCTL_UPE = 1u << 3,
    RCTL_MPE = 1u << 4,
    RCTL_LPE = 1u << 5,
    RCTL_BAM = 1u << 15,
    RCTL_SECRC = 1u << 26,
    TCTL_EN = 1u << 1,
    TCTL_PSP = 1u << 3,
    TCTL_CT = 0x0fu << 4,
    TCTL_COLD = 0x40u << 12,
    TCTL_RTLC = 1u << 24,
    RXCSUM_TUOFL = 1u << 9,
    QUEUE_ENABLE = 1u << 25, /* RXDCTL, TXDCTL of the 82576 and 82580 */
};
#define RAH_VALID (1u << 31)

/* Received descriptors: the extended form of the 82574 and the advanced one-buffer form of the
 * others are the same. */
enum {
    RX_DD = 1u << 0,
    RX_EOP = 1u << 1,
    RX_IXSM = 1u << 2, /* 82574: no checksum was looked at */
    RX_UDPCS = 1u << 4,
    RX_TCPCS = 1u << 5,
    RX_CE = 1u << 24,
    RX_SE = 1u << 25,
    RX_SEQ = 1u << 26,
    RX_CXE = 1u << 28,
    RX_TCPE = 1u << 29,
};
#define RX_RXE (1u << 31)

/* What a descriptor of the controller says, read once. */
struct intel_rx {
    uint32_t status; /* RX_* */
    uint32_t length;
};

/* What a context descriptor says of the frame that follows. */
struct intel_context {
    const struct nic_offload *offload;
    uint32_t payload; /* bytes to be segmented */
    unsigned ip;      /* where the IP header begins */
};

/* A data descriptor to be written. */
struct intel_tx {
    uint64_t address;
    uint32_t length;  /* of this buffer */
    uint32_t payload; /* of the frame, without headers if it is to be segmented */
    const struct nic_offload *offload;
    bool last;
};

/* What differs between the families. */
struct nic_ops {
    const char *name;
    uint32_t rx_registers,
        tx_registers;   /* BAL; BAH +4, LEN +8, head +0x10, tail +0x18, DCTL +0x28 */
    unsigned addresses; /* of the unicast filter */
    void (*reset_done)(struct nic *nic); /* waits for what this family does after its reset */
    void (*start)(struct nic *nic);      /* before the rings are enabled */
    void (*enable_rings)(struct nic *nic);
    void (*moderate)(struct nic *nic, unsigned us);
    void (*tx_context)(struct nic *nic, unsigned index, const struct intel_context *context);
    void (*tx_data)(struct nic *nic, unsigned index, const struct intel_tx *data);
};

extern const struct nic_ops intel_82574_ops, intel_82576_ops, intel_82580_ops;

static inline uint32_t intel_read(struct nic *nic, uint32_t reg)
{
    return nic->io.read(nic->io.context, reg);
}

static inline void intel_write(struct nic *nic, uint32_t reg, uint32_t value)
{
    nic->io.write(nic->io.context, reg, value);
}

/* Keeps the compiler from moving accesses to descriptors and buffers across; x86 does not. */
static inline void intel_barrier(void)
{
    __atomic_thread_fence(__ATOMIC_ACQ_REL);
}

/* Waits until the bits of `mask` are `wanted`; false after `ms` milliseconds. */
bool intel_wait(struct nic *nic, uint32_t reg, uint32_t mask, uint32_t wanted, unsigned ms);
/* Wakes the PHY and lets it negotiate, unless it has a link. `phy` is its number, shifted for this
 * family. */
void intel_wake_phy(struct nic *nic, uint32_t phy);
/* Adds the controller's counters, which it clears when they are read. */
void intel_add_statistics(struct nic *nic);
