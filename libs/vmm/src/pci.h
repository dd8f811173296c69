/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <vmm/pci.h>
#include "internal.h"

/* The guest changed configuration bytes: BARs, command, MSI follow. */
void pci_config_written(struct vmm_pci_function *fn, unsigned offset, unsigned size);
/* Header to power-on state, BARs placed. */
void pci_function_reset(struct vmm_pci_function *fn);
