/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The wall clock in an MC146818: registers to a date. Data sheet: registers 0 to 9, A, B; the
 * century byte at 0x32 is a convention of PC firmware. Pure. */
#include <rtc/rtc.h>
#include <stdbool.h>

/** Reads a register. */
typedef uint8_t (*cmos_read_t)(uint8_t index);

/** Reads the time; false: the clock never held still, or holds no valid date. */
bool cmos_read_time(cmos_read_t read, rtc_time_date_t *time);
