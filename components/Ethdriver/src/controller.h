/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The controller of this component: its registers, its memory, its place on the PCI bus. */
#include <ethdrivers/nic.h>

/** Starts the controller; false, with a message, if that is impossible. Interrupts stay off. */
bool controller_start(struct nic *nic);
/** Prints the state of the line and the controller's counters. */
void controller_print(struct nic *nic);
