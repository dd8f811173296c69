/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** This kernel has no benchmark records; the header exists for programs that include it. */
#include <sel4/types.h>
