/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** Levels that a failed mapping call reports. */
#include <sel4/constants.h>
