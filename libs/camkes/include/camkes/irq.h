/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Interrupts; see camkes/io.h for registration. */
#include <camkes/io.h>
