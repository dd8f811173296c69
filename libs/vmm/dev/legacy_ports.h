/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Ports every PC has and few programs need: POST code, system control port A, keyboard controller.
 */
#include <vmm/device.h>

/** The ports. */
struct legacy_ports {
    struct vmm_device dev;
    uint8_t post_code; /* last byte written to port 0x80 */
    uint8_t port92;
};

/** Put them on the bus. Zero *ports before. */
void legacy_ports_create(struct legacy_ports *ports, struct vmm *vm);
