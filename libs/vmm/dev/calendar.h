/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Proleptic Gregorian calendar, without time zones. */
#include <stdint.h>

/** A date and time of day. Members may be out of range on the way in. */
struct calendar {
    int year;    /* 1970 */
    int month;   /* 1..12 */
    int day;     /* 1..31 */
    int weekday; /* 1 = Sunday */
    int hour, minute, second;
};

/** From seconds since 1970-01-01 00:00. */
void calendar_from_seconds(int64_t seconds, struct calendar *out);

/** To seconds since 1970-01-01 00:00; the weekday is ignored. */
int64_t calendar_to_seconds(const struct calendar *date);
