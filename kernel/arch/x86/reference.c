/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The 8254 counts at 1.193182 MHz, its channel 2 is gated by port 0x61: Intel 8254 data sheet. The
 * HPET tells its own period: IA-PC HPET Specification 1.0a, 2.3.4 to 2.3.7.
 */
#include <kernel/arch.h>
#include <x86/acpi.h>
#include <x86/instr.h>
#include <x86/paging.h>
#include <x86/reference.h>

#define PIT_HZ          1193182ull
#define PIT_CHANNEL2    0x42
#define PIT_COMMAND     0x43
#define PIT_MODE0       0xb0 /* channel 2, low then high byte, mode 0 */
#define PIT_LATCH2      0x80
#define PORT_61         0x61
#define PORT_61_GATE2   1
#define PORT_61_SPEAKER 2
#define PORT_61_OUT2    0x20

/* In 32-bit words. */
enum { HPET_PERIOD = 1, HPET_CONFIG = 4, HPET_COUNTER = 60 };
#define HPET_ENABLE     1u
#define FS_PER_SECOND   1000000000000000ull
#define HPET_MAX_PERIOD 100000000u /* femtoseconds: the specification's limit */

static void pit_start(void)
{
    uint8_t port = x86_in8(PORT_61) & (uint8_t)~PORT_61_SPEAKER;
    x86_out8(PORT_61, port & (uint8_t)~PORT_61_GATE2);
    x86_out8(PIT_COMMAND, PIT_MODE0);
    x86_out8(PIT_CHANNEL2, 0xff);
    x86_out8(PIT_CHANNEL2, 0xff);
    x86_out8(PORT_61, port | PORT_61_GATE2);
}

static uint64_t pit_elapsed(void)
{
    x86_out8(PIT_COMMAND, PIT_LATCH2);
    uint32_t low = x86_in8(PIT_CHANNEL2);
    uint32_t high = x86_in8(PIT_CHANNEL2);
    return 0xffff - (high << 8 | low);
}

static bool pit_ran_out(void)
{
    return x86_in8(PORT_61) & PORT_61_OUT2;
}

const struct reference reference_pit = {"8254", PIT_HZ, pit_start, pit_elapsed, pit_ran_out};

static volatile uint32_t *hpet;
static uint32_t hpet_first;

static void hpet_start(void)
{
    hpet[HPET_CONFIG] |= HPET_ENABLE;
    hpet_first = hpet[HPET_COUNTER];
}

/* 32 bits are enough: they last for seconds at any period. */
static uint64_t hpet_elapsed(void)
{
    return hpet[HPET_COUNTER] - hpet_first;
}

static bool hpet_ran_out(void)
{
    return false;
}

const struct reference *reference_hpet(void)
{
    static struct reference clock = {"HPET", 0, hpet_start, hpet_elapsed, hpet_ran_out};
    if (!acpi_info.hpet) {
        return NULL;
    }
    if (!hpet) {
        hpet = paging_map_device(acpi_info.hpet);
    }
    uint32_t period = hpet[HPET_PERIOD];
    if (period == 0 || period > HPET_MAX_PERIOD) {
        return NULL;
    }
    clock.hz = FS_PER_SECOND / period;
    return &clock;
}
