/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The component: one RPC thread serves all clients, so the index and data ports belong together. */
#include <camkes.h>
#include <stdio.h>
#include <string.h>
#include "cmos.h"

/* Optional connection. */
extern void putchar_putchar(int c) __attribute__((weak));

static uint8_t read_register(uint8_t index)
{
    cmos_address_out8_offset(0, index);
    return cmos_data_in8_offset(0);
}

rtc_time_date_t rtc_time_date(void)
{
    rtc_time_date_t time;
    if (!cmos_read_time(read_register, &time))
        printf("the clock of the machine holds no valid time\n");
    return time;
}

void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
}
