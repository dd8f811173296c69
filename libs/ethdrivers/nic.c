/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Start, stop, interrupts, link and address filter: the same registers in all families. */
#include <string.h>
#include "intel.h"
#include "rings.h"

enum { MTA_WORDS = 128, VFTA_WORDS = 128, FIRST_ADDRESSES = 16 };
enum { RESET_MS = 20, MASTER_MS = 100, NVM_MS = 100 };
/* Addresses 16 and up lie elsewhere. */
enum { REG_RAL_HIGH = 0x54e0 };
enum { MDIC_READ = 2u << 26, MDIC_WRITE = 1u << 26, MDIC_READY = 1u << 28, MDIC_ERROR = 1u << 30 };
enum { BMCR_RESTART = 1u << 9, BMCR_ISOLATE = 1u << 10, BMCR_POWER_DOWN = 1u << 11 };
enum { BMCR_AUTONEGOTIATE = 1u << 12 };

bool nic_identify(uint16_t device, enum nic_model *model)
{
    static const struct {
        uint16_t device, model;
    } known[] = {
        {0x10d3, NIC_82574}, {0x10f6, NIC_82574}, {0x10c9, NIC_82576}, {0x10e6, NIC_82576},
        {0x10e7, NIC_82576}, {0x10e8, NIC_82576}, {0x150a, NIC_82576}, {0x150d, NIC_82576},
        {0x1518, NIC_82576}, {0x1526, NIC_82576}, {0x150e, NIC_82580}, {0x150f, NIC_82580},
        {0x1510, NIC_82580}, {0x1511, NIC_82580}, {0x1516, NIC_82580}, {0x1527, NIC_82580},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].device == device) {
            *model = (enum nic_model)known[i].model;
            return true;
        }
    }
    return false;
}

bool intel_wait(struct nic *nic, uint32_t reg, uint32_t mask, uint32_t wanted, unsigned ms)
{
    for (unsigned i = 0; i < 10 * ms; i++) {
        if ((intel_read(nic, reg) & mask) == wanted)
            return true;
        nic->io.delay(nic->io.context, 100);
    }
    return false;
}

static bool mdic(struct nic *nic, uint32_t command, uint16_t *data)
{
    intel_write(nic, REG_MDIC, command);
    if (!intel_wait(nic, REG_MDIC, MDIC_READY, MDIC_READY, 10))
        return false;
    uint32_t value = intel_read(nic, REG_MDIC);
    *data = (uint16_t)value;
    return (value & MDIC_ERROR) == 0;
}

/* IEEE 802.3, 22.2.4.1: register 0 is the control register of every PHY. */
void intel_wake_phy(struct nic *nic, uint32_t phy)
{
    uint16_t control;
    if (!mdic(nic, MDIC_READ | phy, &control) || control == 0xffff)
        return;
    bool awake = (control & (BMCR_POWER_DOWN | BMCR_ISOLATE)) == 0;
    bool up = (intel_read(nic, REG_STATUS) & STATUS_LU) != 0;
    if (awake && up && (control & BMCR_AUTONEGOTIATE) != 0)
        return;
    uint32_t wanted = (control & ~(uint32_t)(BMCR_POWER_DOWN | BMCR_ISOLATE) & 0xffff) |
                      BMCR_AUTONEGOTIATE | BMCR_RESTART;
    mdic(nic, MDIC_WRITE | phy | wanted, &control);
}

/* Stops bus mastering first: a reset in the middle of a transfer can hang the bus. */
static bool reset(struct nic *nic)
{
    nic_stop(nic);
    intel_write(nic, REG_CTRL, intel_read(nic, REG_CTRL) | CTRL_RST);
    nic->io.delay(nic->io.context, 1000);
    if (!intel_wait(nic, REG_CTRL, CTRL_RST, 0, RESET_MS))
        return false;
    /* a machine that has lost its controller reads ones */
    if (intel_read(nic, REG_STATUS) == UINT32_MAX)
        return false;
    intel_wait(nic, REG_EECD, EECD_AUTO_RD, EECD_AUTO_RD, NVM_MS);
    nic->ops->reset_done(nic);
    intel_write(nic, REG_IMC, UINT32_MAX);
    intel_read(nic, REG_ICR);
    return true;
}

/* Of an address of the filter: its low half; the high one follows. */
static uint32_t address_register(unsigned index)
{
    return index < FIRST_ADDRESSES ? REG_RAL + 8 * index
                                   : REG_RAL_HIGH + 8 * (index - FIRST_ADDRESSES);
}

static void write_address(struct nic *nic, unsigned index, const uint8_t mac[6])
{
    uint32_t low = mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    uint32_t high = mac[4] | (uint32_t)mac[5] << 8 | RAH_VALID;
    intel_write(nic, address_register(index), low);
    intel_write(nic, address_register(index) + 4, high);
}

/* The reset has loaded the address of this function from the controller's memory. */
static bool read_address(struct nic *nic)
{
    uint32_t low = intel_read(nic, REG_RAL), high = intel_read(nic, REG_RAH);
    for (unsigned i = 0; i < 4; i++)
        nic->mac[i] = (uint8_t)(low >> 8 * i);
    nic->mac[4] = (uint8_t)high;
    nic->mac[5] = (uint8_t)(high >> 8);
    bool zero = low == 0 && (high & 0xffff) == 0;
    return !zero && (nic->mac[0] & 1) == 0;
}

static void clear_filters(struct nic *nic)
{
    for (unsigned i = 0; i < MTA_WORDS; i++)
        intel_write(nic, REG_MTA + 4 * i, 0);
    for (unsigned i = 0; i < VFTA_WORDS; i++)
        intel_write(nic, REG_VFTA + 4 * i, 0);
    for (unsigned i = 1; i < nic->ops->addresses; i++) {
        intel_write(nic, address_register(i) + 4, 0);
        intel_write(nic, address_register(i), 0);
    }
    nic->addresses = 1;
}

static uint32_t receive_control(const struct nic *nic)
{
    /* Group addresses are all taken: which client wants which is not the controller's to know. */
    uint32_t value = RCTL_EN | RCTL_MPE | RCTL_BAM | RCTL_SECRC;
    if (nic->promiscuous)
        value |= RCTL_UPE;
    if (nic->mtu > 1500)
        value |= RCTL_LPE;
    return value;
}

static void start(struct nic *nic, unsigned moderation_us)
{
    uint32_t control = intel_read(nic, REG_CTRL);
    control &= ~(uint32_t)(CTRL_FRCSPD | CTRL_FRCDPX);
    intel_write(nic, REG_CTRL, control | CTRL_SLU | CTRL_ASDE);
    intel_write(nic, REG_CTRL_EXT, intel_read(nic, REG_CTRL_EXT) | CTRL_EXT_DRV_LOAD);
    clear_filters(nic);
    write_address(nic, 0, nic->mac);
    intel_write(nic, REG_RXCSUM, RXCSUM_TUOFL);
    nic->ops->start(nic);
    nic->ops->moderate(nic, moderation_us);
    rings_start(nic);
    intel_write(nic, REG_RCTL, receive_control(nic));
    intel_write(nic, REG_TCTL, TCTL_EN | TCTL_PSP | TCTL_CT | TCTL_COLD | TCTL_RTLC);
    nic->ops->enable_rings(nic);
    rings_offer(nic);
    nic_flush(nic);
    intel_add_statistics(nic);
    memset(&nic->statistics, 0, sizeof(nic->statistics));
}

enum nic_status nic_init(struct nic *nic, const struct nic_config *config)
{
    static const struct nic_ops *const families[] = {[NIC_82574] = &intel_82574_ops,
                                                     [NIC_82576] = &intel_82576_ops,
                                                     [NIC_82580] = &intel_82580_ops};
    memset(nic, 0, sizeof(*nic));
    nic->model = config->model;
    nic->ops = families[config->model];
    nic->io = config->io;
    nic->promiscuous = config->promiscuous;
    nic->mtu = config->mtu < 68 ? 68 : config->mtu > NIC_MAX_MTU ? NIC_MAX_MTU : config->mtu;
    if (!rings_layout(nic, config))
        return NIC_NO_MEMORY;
    if (!reset(nic))
        return NIC_DEAD;
    if (!read_address(nic))
        return NIC_NO_ADDRESS;
    start(nic, config->moderation_us);
    return NIC_OK;
}

void nic_stop(struct nic *nic)
{
    intel_write(nic, REG_IMC, UINT32_MAX);
    intel_write(nic, REG_RCTL, 0);
    intel_write(nic, REG_TCTL, TCTL_PSP);
    intel_write(nic, REG_CTRL, intel_read(nic, REG_CTRL) | CTRL_MASTER_DISABLE);
    intel_wait(nic, REG_STATUS, STATUS_MASTER, 0, MASTER_MS);
}

void nic_interrupts(struct nic *nic, bool on, bool space)
{
    nic->tx_wait = space ? IRQ_TXDW : 0;
    if (!on) {
        intel_write(nic, REG_IMC, UINT32_MAX);
        return;
    }
    intel_write(nic, REG_IMC, IRQ_TXDW & ~nic->tx_wait);
    intel_write(nic, REG_IMS, IRQ_RXT0 | IRQ_RXDMT0 | IRQ_RXO | IRQ_LSC | nic->tx_wait);
}

unsigned nic_interrupt(struct nic *nic)
{
    uint32_t causes = intel_read(nic, REG_ICR);
    unsigned events = 0;
    if (causes == UINT32_MAX) /* the controller is gone */
        return 0;
    /* Not every mode clears on reading. What comes now is seen in the rings anyway. */
    intel_write(nic, REG_ICR, causes);
    if ((causes & (IRQ_RXT0 | IRQ_RXDMT0 | IRQ_RXO)) != 0)
        events |= NIC_EVENT_RX;
    if ((causes & IRQ_TXDW) != 0)
        events |= NIC_EVENT_TX;
    if ((causes & IRQ_LSC) != 0)
        events |= NIC_EVENT_LINK;
    nic->statistics.interrupts++;
    return events;
}

void nic_interrupt_again(struct nic *nic)
{
    intel_write(nic, REG_ICS, IRQ_RXT0);
}

struct nic_link nic_link(struct nic *nic)
{
    static const unsigned speeds[4] = {10, 100, 1000, 1000};
    uint32_t status = intel_read(nic, REG_STATUS);
    struct nic_link link = {0};
    if (status == UINT32_MAX || (status & STATUS_LU) == 0)
        return link;
    link.up = true;
    link.full_duplex = (status & STATUS_FD) != 0;
    link.mbps = speeds[status >> 6 & 3];
    return link;
}

bool nic_add_address(struct nic *nic, const uint8_t mac[6])
{
    if (memcmp(mac, nic->mac, 6) == 0)
        return true;
    if (nic->addresses == nic->ops->addresses)
        return false;
    write_address(nic, nic->addresses++, mac);
    return true;
}

void nic_set_promiscuous(struct nic *nic, bool on)
{
    nic->promiscuous = on;
    intel_write(nic, REG_RCTL, receive_control(nic));
}

const struct nic_statistics *nic_statistics(struct nic *nic)
{
    intel_add_statistics(nic);
    return &nic->statistics;
}
