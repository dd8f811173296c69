/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** Boot information of x86: all in one header here. */
#include <sel4/bootinfo_types.h>
