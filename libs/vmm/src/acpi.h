/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <vmm/acpi.h>
#include <vmm/aml.h>
#include "internal.h"

/* The body of the DSDT. */
void acpi_dsdt(struct vmm *vm, const struct vmm_acpi_options *options, struct aml *aml);
