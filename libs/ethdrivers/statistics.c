/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The controller's counters: offsets from 0x4000, the same in all families. */
#include "intel.h"

enum {
    CRCERRS = 0x00,
    ALGNERRC = 0x04,
    RXERRC = 0x0c,
    MPC = 0x10,
    SEC = 0x38,
    RLEC = 0x40,
    GPRC = 0x74,
    BPRC = 0x78,
    MPRC = 0x7c,
    GPTC = 0x80,
    GORCL = 0x88,
    GORCH = 0x8c,
    GOTCL = 0x90,
    GOTCH = 0x94,
    RNBC = 0xa0,
    RUC = 0xa4,
    RFC = 0xa8,
    ROC = 0xac,
    RJC = 0xb0,
};

static uint64_t counter(struct nic *nic, uint32_t offset)
{
    return intel_read(nic, REG_STATISTICS + offset);
}

void intel_add_statistics(struct nic *nic)
{
    struct nic_statistics *s = &nic->statistics;
    s->rx_frames += counter(nic, GPRC);
    s->rx_broadcast += counter(nic, BPRC);
    s->rx_multicast += counter(nic, MPRC);
    s->tx_frames += counter(nic, GPTC);
    /* reading the high half clears both */
    uint64_t low = counter(nic, GORCL);
    s->rx_bytes += low | counter(nic, GORCH) << 32;
    low = counter(nic, GOTCL);
    s->tx_bytes += low | counter(nic, GOTCH) << 32;
    s->rx_crc_errors += counter(nic, CRCERRS);
    s->rx_length_errors += counter(nic, RLEC) + counter(nic, RUC) + counter(nic, ROC);
    s->rx_other_errors += counter(nic, ALGNERRC) + counter(nic, RXERRC) + counter(nic, SEC) +
                          counter(nic, RFC) + counter(nic, RJC);
    s->rx_missed += counter(nic, MPC);
    s->rx_no_buffers += counter(nic, RNBC);
}
