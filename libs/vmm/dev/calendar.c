/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Days and dates. Years are counted from March, so that the leap day comes last and the length of
 * the months before any date is the same every year: (153 m + 2) / 5 days before month m.
 */
#include "calendar.h"

#define DAYS_PER_ERA    146097 /* 400 years */
#define DAYS_TO_1970    719468 /* from 1 March of year 0 */
#define SECONDS_PER_DAY 86400

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void calendar_from_seconds(int64_t seconds, struct calendar *out)
{
    int64_t days = floor_div(seconds, SECONDS_PER_DAY);
    int of_day = (int)(seconds - days * SECONDS_PER_DAY);
    out->hour = of_day / 3600;
    out->minute = of_day / 60 % 60;
    out->second = of_day % 60;
    out->weekday = (int)((days % 7 + 11) % 7) + 1; /* 1970-01-01 was a Thursday */

    days += DAYS_TO_1970;
    int64_t era = floor_div(days, DAYS_PER_ERA);
    int of_era = (int)(days - era * DAYS_PER_ERA);
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153;
    out->day = of_year - (153 * month + 2) / 5 + 1;
    out->month = month < 10 ? month + 3 : month - 9;
    out->year = (int)(year + era * 400) + (out->month <= 2);
}

int64_t calendar_to_seconds(const struct calendar *date)
{
    int64_t month = (int64_t)date->month - 1;
    int64_t year = date->year + floor_div(month, 12);
    month -= floor_div(month, 12) * 12;
    int64_t from_march = (month + 10) % 12;
    year -= month < 2;
    int64_t era = floor_div(year, 400);
    int64_t of_era = year - era * 400;
    int64_t days = era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 +
                   (153 * from_march + 2) / 5 + date->day - 1 - DAYS_TO_1970;
    return days * SECONDS_PER_DAY + date->hour * 3600ll + date->minute * 60ll + date->second;
}
