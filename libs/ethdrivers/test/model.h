/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A controller as its data sheet describes it, for tests: registers, both descriptor formats,
 * address filter, checksum and segmentation. Anything the data sheet forbids fails the test.
 */
#include <ethdrivers/nic.h>

enum { MODEL_FRAMES = 256, MODEL_FRAME_MAX = 16384, MODEL_REGISTERS = 0x80000 };

struct model_frame {
    size_t size;
    uint8_t data[MODEL_FRAME_MAX];
};

struct model {
    enum nic_model kind;
    uint32_t bar_size;
    uint32_t reg[MODEL_REGISTERS / 4];
    uint8_t *memory; /* what the controller can reach */
    uint64_t address;
    size_t memory_size;
    uint8_t nvm_mac[6];
    struct model_frame sent[MODEL_FRAMES];
    unsigned num_sent;
    bool dead;         /* the reset never ends */
    bool hold_sent;    /* takes frames, but does not say that they are sent */
    bool link_down;    /* until the PHY negotiates */
    bool checksum_bad; /* reports a wrong TCP checksum */
    uint16_t phy_control;
    unsigned delays, resets, interrupts;
    uint32_t context[4]; /* the last context descriptor */
};

/** A controller fresh from the power button. */
void model_init(struct model *m, enum nic_model kind);
/** What CTRL.RST does. */
void model_reset(struct model *m);
void model_free(struct model *m);
/** Registers, for nic_config. */
struct nic_io model_io(struct model *m);
/** A frame from the line. False if the filter or the lack of buffers loses it. */
bool model_line(struct model *m, const uint8_t *frame, size_t size);
/** True while the interrupt is asserted. */
bool model_interrupt(const struct model *m);
/** Sum of 16-bit words in network order, folded. */
uint32_t model_sum(const uint8_t *data, size_t size, uint32_t sum);
