/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** Old names: all in one header here. */
#include <sel4/deprecated.h>
