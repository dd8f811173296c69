/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** The name under which existing drivers know the wall clock type. */
#include <rtc/rtc.h>
