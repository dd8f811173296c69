/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The wall clock as the RTC interface passes it. */
#include <stdint.h>

/** A date and time of day. */
typedef struct {
    uint8_t second;
    uint8_t minute;
    uint8_t hour;  /**< 0 .. 23 */
    uint8_t day;   /**< 1 .. 31 */
    uint8_t month; /**< 1 .. 12 */
    uint16_t year; /**< four digits */
} rtc_time_date_t;
