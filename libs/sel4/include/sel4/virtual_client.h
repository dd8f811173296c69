/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** No paravirtual calls on this kernel; kept for programs that include it. */
#include <sel4/syscalls.h>
