/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Descriptor rings: buffer i belongs to descriptor i for ever. */
#include "intel.h"

/** Divides the memory of the configuration; false if it is too small or not aligned. */
bool rings_layout(struct nic *nic, const struct nic_config *config);
/** Tells the controller where the rings are; both empty. */
void rings_start(struct nic *nic);
/** Offers all receive buffers but one to the controller. */
void rings_offer(struct nic *nic);
