/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <stdint.h>

/** A structure passed by value. */
struct pair {
    int32_t first;
    int64_t second;
};
