/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <stdint.h>

/** A structure passed by value. */
struct sample {
    int32_t number;
    double weight;
};
