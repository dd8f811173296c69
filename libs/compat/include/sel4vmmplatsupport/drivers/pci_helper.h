/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The PCI bus of the guest as application sources name it. */

/** Opaque: handed from an application's hook to the library functions. */
typedef struct vmm_pci vmm_pci_space_t;
