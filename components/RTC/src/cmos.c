/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "cmos.h"
#include <string.h>

enum { REG_SECOND = 0, REG_MINUTE = 2, REG_HOUR = 4, REG_DAY = 7, REG_MONTH = 8, REG_YEAR = 9 };
enum { REG_A = 10, REG_B = 11, REG_CENTURY = 0x32 };
enum { A_UPDATE_IN_PROGRESS = 0x80, B_BINARY = 4, B_24_HOURS = 2, HOUR_PM = 0x80 };
/* An update takes 2 ms at most; a read is at least a microsecond. */
enum { UPDATE_TRIES = 100000, READ_TRIES = 10 };

struct cmos_raw {
    uint8_t second, minute, hour, day, month, year, century;
};

static bool cmos_wait_update(cmos_read_t read)
{
    for (int i = 0; i < UPDATE_TRIES; i++)
        if ((read(REG_A) & A_UPDATE_IN_PROGRESS) == 0)
            return true;
    return false;
}

static struct cmos_raw cmos_read_raw(cmos_read_t read)
{
    return (struct cmos_raw){read(REG_SECOND), read(REG_MINUTE), read(REG_HOUR),   read(REG_DAY),
                             read(REG_MONTH),  read(REG_YEAR),   read(REG_CENTURY)};
}

static unsigned cmos_decode(uint8_t value, bool binary)
{
    return binary ? value : (value >> 4) * 10u + (value & 15u);
}

static unsigned cmos_hour(uint8_t hour, uint8_t mode)
{
    bool binary = (mode & B_BINARY) != 0;
    if ((mode & B_24_HOURS) != 0)
        return cmos_decode(hour, binary);
    unsigned h = cmos_decode(hour & (uint8_t)~HOUR_PM, binary) % 12;
    return (hour & HOUR_PM) != 0 ? h + 12 : h;
}

static bool cmos_convert(const struct cmos_raw *raw, uint8_t mode, rtc_time_date_t *time)
{
    bool binary = (mode & B_BINARY) != 0;
    unsigned century = cmos_decode(raw->century, binary);
    if (century < 19 || century > 29)
        century = 20; /* machines without that byte */
    *time = (rtc_time_date_t){.second = (uint8_t)cmos_decode(raw->second, binary),
                              .minute = (uint8_t)cmos_decode(raw->minute, binary),
                              .hour = (uint8_t)cmos_hour(raw->hour, mode),
                              .day = (uint8_t)cmos_decode(raw->day, binary),
                              .month = (uint8_t)cmos_decode(raw->month, binary),
                              .year = (uint16_t)(century * 100 + cmos_decode(raw->year, binary))};
    return time->second < 60 && time->minute < 60 && time->hour < 24 && time->day >= 1 &&
           time->day <= 31 && time->month >= 1 && time->month <= 12;
}

bool cmos_read_time(cmos_read_t read, rtc_time_date_t *time)
{
    struct cmos_raw before, after;
    memset(time, 0, sizeof(*time));
    /* An update may begin between two registers: two equal readings are one moment. */
    for (int i = 0; i < READ_TRIES; i++) {
        if (!cmos_wait_update(read))
            return false;
        before = cmos_read_raw(read);
        after = cmos_read_raw(read);
        if (memcmp(&before, &after, sizeof(before)) == 0)
            return cmos_convert(&before, read(REG_B), time);
    }
    return false;
}
