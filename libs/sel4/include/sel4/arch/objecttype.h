/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** Object types of x86-64: all in one header here. */
#include <sel4/objecttype.h>
