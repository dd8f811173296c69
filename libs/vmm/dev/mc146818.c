/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Motorola MC146818A real-time clock, data sheet ADI1025, with the PC's CMOS bytes: century at
 * 0x32 and memory sizes where firmware puts them. Ports 0x72 and 0x73 reach the upper 128 bytes.
 *
 * The time is computed from an offset to the machine's clock; nothing ticks. Interrupt flags are
 * computed when looked at, and timers run only for flags that are enabled and not yet set.
 * An update takes no time; UIP still announces it 244 us before, as drivers expect.
 * Not modelled: square wave, daylight saving (DSE is kept), the 1.048 and 4.194 MHz time bases.
 */
#include "mc146818.h"
#include "bytewise.h"
#include "calendar.h"
#include <vmm/aml.h>
#include <vmm/platform.h>
#include <string.h>

#define SECOND_NS 1000000000ull
#define UIP_NS    244000u

enum {
    SECONDS,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D
};

#define A_UIP       0x80u
#define A_DIVIDER   0x70u
#define A_RATE      0x0fu
#define DIVIDER_RUN 0x20u /* 32.768 kHz time base */
#define B_SET       0x80u
#define B_PIE       0x40u
#define B_AIE       0x20u
#define B_UIE       0x10u
#define B_BINARY    0x04u
#define B_24H       0x02u
#define C_IRQF      0x80u
#define C_PF        0x40u
#define C_AF        0x20u
#define C_UF        0x10u
#define D_VALID     0x80u
#define HOUR_PM     0x80u
#define ANY         0xc0u /* alarm byte: 11xxxxxx matches everything */

/* A stopped clock keeps the bytes the guest writes; a running one computes them. */
static bool running(const struct mc146818 *r)
{
    return !(r->b & B_SET) && (r->a & A_DIVIDER) == DIVIDER_RUN;
}

static uint8_t encode(const struct mc146818 *r, int n)
{
    return (uint8_t)(r->b & B_BINARY ? n : n / 10 << 4 | n % 10);
}

static int decode(const struct mc146818 *r, uint8_t byte)
{
    return r->b & B_BINARY ? byte : (byte >> 4) * 10 + (byte & 15);
}

static uint8_t encode_hour(const struct mc146818 *r, int hour)
{
    if (r->b & B_24H) {
        return encode(r, hour);
    }
    uint8_t byte = encode(r, hour % 12 == 0 ? 12 : hour % 12);
    return hour >= 12 ? byte | HOUR_PM : byte;
}

static int decode_hour(const struct mc146818 *r, uint8_t byte)
{
    if (r->b & B_24H) {
        return decode(r, byte);
    }
    int hour = decode(r, byte & (uint8_t)~HOUR_PM) % 12;
    return byte & HOUR_PM ? hour + 12 : hour;
}

/* Calendar second at a vmm_now() time not before base_ns. */
static int64_t second_at(const struct mc146818 *r, uint64_t ns)
{
    return r->base_seconds + (int64_t)((ns - r->base_ns) / SECOND_NS);
}

/* Fill the time bytes from the running clock. */
static void materialise(struct mc146818 *r)
{
    struct calendar date;
    calendar_from_seconds(second_at(r, vmm_now(r->dev.vm)), &date);
    r->time[SECONDS] = encode(r, date.second);
    r->time[MINUTES] = encode(r, date.minute);
    r->time[HOURS] = encode_hour(r, date.hour);
    r->time[WEEKDAY] = encode(r, date.weekday);
    r->time[DAY] = encode(r, date.day);
    r->time[MONTH] = encode(r, date.month);
    r->time[YEAR] = encode(r, date.year % 100);
    r->century = encode(r, date.year / 100 % 100);
}

/* Start the clock from the time bytes; the next update is after_ns away. */
static void restart(struct mc146818 *r, uint64_t after_ns)
{
    struct calendar date = {
        .second = decode(r, r->time[SECONDS]),
        .minute = decode(r, r->time[MINUTES]),
        .hour = decode_hour(r, r->time[HOURS]),
        .day = decode(r, r->time[DAY]),
        .month = decode(r, r->time[MONTH]),
        .year = decode(r, r->century) * 100 + decode(r, r->time[YEAR]),
    };
    uint64_t now = vmm_now(r->dev.vm);
    uint64_t before = SECOND_NS - after_ns; /* how much of the current second has passed */
    r->base_seconds = calendar_to_seconds(&date);
    r->base_ns = now;
    if (before <= now) {
        r->base_ns = now - before;
    }
    r->looked_ns = now;
}

static bool alarm_matches(const struct mc146818 *r, unsigned alarm, int n)
{
    uint8_t byte = r->time[alarm];
    if ((byte & ANY) == ANY) {
        return true;
    }
    return (alarm == HOURS_ALARM ? decode_hour(r, byte) : decode(r, byte)) == n;
}

/* The first second after `second` at which the alarm rings, or INT64_MAX for bytes that match no
 * time. Goes in whole hours and minutes, so 24 + 60 + 60 steps find it; twice that for a wrap. */
static int64_t next_alarm(const struct mc146818 *r, int64_t second)
{
    int64_t t = second + 1;
    for (unsigned steps = 0; steps < 300; steps++) {
        struct calendar date;
        calendar_from_seconds(t, &date);
        if (!alarm_matches(r, HOURS_ALARM, date.hour)) {
            t += 3600 - date.minute * 60 - date.second;
        } else if (!alarm_matches(r, MINUTES_ALARM, date.minute)) {
            t += 60 - date.second;
        } else if (!alarm_matches(r, SECONDS_ALARM, date.second)) {
            t++;
        } else {
            return t;
        }
    }
    return INT64_MAX;
}

/* Periodic rate (data sheet table 5): register A bits 3:0, in ticks of 32768 Hz; 0 = off. */
static unsigned rate_ticks(const struct mc146818 *r)
{
    unsigned rate = r->a & A_RATE;
    if (rate == 0 || (r->a & A_DIVIDER) != DIVIDER_RUN) {
        return 0;
    }
    return 1u << (rate < 3 ? rate + 6 : rate - 1);
}

static uint64_t periods(const struct mc146818 *r, uint64_t ns)
{
    return vmm_ns_to_ticks(ns, 32768) / rate_ticks(r);
}

/* Set the flags for what happened since the last look. */
static void settle(struct mc146818 *r)
{
    uint64_t now = vmm_now(r->dev.vm);
    if (rate_ticks(r) && periods(r, now) != periods(r, r->looked_ns)) {
        r->c |= C_PF;
    }
    if (running(r)) {
        uint64_t from = r->looked_ns > r->base_ns ? r->looked_ns : r->base_ns;
        int64_t before = second_at(r, from), after = second_at(r, now);
        if (after != before) {
            r->c |= C_UF;
            if (!(r->c & C_AF) && next_alarm(r, before) <= after) {
                r->c |= C_AF;
            }
        }
    }
    r->looked_ns = now;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When the next flag that is enabled and not yet set will be set. */
static uint64_t next_event(const struct mc146818 *r)
{
    uint64_t at = UINT64_MAX;
    uint8_t want = r->b & (uint8_t)~r->c; /* enables and flags share their bit positions */
    uint64_t now = r->looked_ns;
    if ((want & B_PIE) && rate_ticks(r)) {
        at = vmm_ticks_to_ns((periods(r, now) + 1) * rate_ticks(r), 32768);
    }
    if (!running(r) || now < r->base_ns) {
        return at;
    }
    uint64_t done = (now - r->base_ns) / SECOND_NS;
    if (want & B_UIE) {
        at = earlier(at, r->base_ns + (done + 1) * SECOND_NS);
    }
    if (want & B_AIE) {
        int64_t alarm = next_alarm(r, r->base_seconds + (int64_t)done);
        if (alarm != INT64_MAX) {
            at = earlier(at, r->base_ns + (uint64_t)(alarm - r->base_seconds) * SECOND_NS);
        }
    }
    return at;
}

/* After any change: the interrupt line and the timer. settle() came before the change. */
static void update(struct mc146818 *r)
{
    bool level = r->b & r->c & (B_PIE | B_AIE | B_UIE);
    if (level && !(r->c & C_IRQF)) {
        r->interrupts++;
    }
    r->c = level ? r->c | C_IRQF : r->c & (uint8_t)~C_IRQF;
    vmm_irq_set(&r->irq, level && !r->disconnected);
    uint64_t at = next_event(r);
    if (at == UINT64_MAX) {
        vmm_timer_cancel(r->dev.vm, &r->timer);
    } else {
        vmm_timer_arm(r->dev.vm, &r->timer, at);
    }
}

static void timer_fire(struct vmm_timer *timer)
{
    struct mc146818 *r = VMM_TIMER_OF(struct mc146818, timer, timer);
    settle(r);
    update(r);
}

static uint8_t read_a(const struct mc146818 *r)
{
    if (!running(r)) {
        return r->a;
    }
    uint64_t into = (vmm_now(r->dev.vm) - r->base_ns) % SECOND_NS;
    return into >= SECOND_NS - UIP_NS ? r->a | A_UIP : r->a;
}

static uint8_t read_c(struct mc146818 *r)
{
    settle(r);
    update(r);
    uint8_t flags = r->c;
    r->c = 0;
    update(r);
    return flags;
}

static uint8_t read_cmos(struct mc146818 *r, unsigned index)
{
    switch (index) {
    case REG_A:
        return read_a(r);
    case REG_B:
        return r->b;
    case REG_C:
        return read_c(r);
    case REG_D:
        return D_VALID;
    default:
        break;
    }
    if (index != MC146818_CENTURY && index > YEAR) {
        return r->ram[index];
    }
    if (running(r)) {
        materialise(r);
    }
    return index == MC146818_CENTURY ? r->century : r->time[index];
}

/* Registers A and B: the clock stops or starts. */
static void write_control(struct mc146818 *r, unsigned index, uint8_t value)
{
    bool was_running = running(r);
    bool was_set = r->b & B_SET;
    if (was_running) {
        materialise(r);
    }
    uint64_t into = was_running ? (vmm_now(r->dev.vm) - r->base_ns) % SECOND_NS : 0;
    if (index == REG_A) {
        r->a = value & (uint8_t)~A_UIP;
    } else {
        r->b = value & B_SET ? value & (uint8_t)~B_UIE : value; /* SET clears UIE */
        if (was_running && running(r)) {
            return; /* the same second goes on, perhaps shown in another format */
        }
    }
    if (!running(r) || was_running) {
        return;
    }
    /* SET only inhibits updates; a divider leaving reset makes the first one come half a second
     * later (data sheet, "Divider Control"). Either way the bytes written are the new time. */
    restart(r, was_set || index == REG_B ? SECOND_NS - into : SECOND_NS / 2);
}

static void write_time(struct mc146818 *r, unsigned index, uint8_t value)
{
    bool live = running(r);
    uint64_t into = live ? (vmm_now(r->dev.vm) - r->base_ns) % SECOND_NS : 0;
    if (live) {
        materialise(r);
    }
    if (index == MC146818_CENTURY) {
        r->century = value;
    } else {
        r->time[index] = value;
    }
    bool alarm = index == SECONDS_ALARM || index == MINUTES_ALARM || index == HOURS_ALARM;
    if (live && !alarm && index != WEEKDAY) {
        restart(r, SECOND_NS - into);
    }
}

static void write_cmos(struct mc146818 *r, unsigned index, uint8_t value)
{
    if (index == MC146818_CENTURY || index <= REG_B) {
        settle(r);
        if (index == REG_A || index == REG_B) {
            write_control(r, index, value);
        } else {
            write_time(r, index, value);
        }
        update(r);
    } else if (index != REG_C && index != REG_D) {
        r->ram[index] = value;
    }
}

/* Even ports hold the index, odd ones the data; the second pair reaches the upper half. */
static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct mc146818 *r = VMM_CHIP(struct mc146818, dev);
    if (!(at->offset & 1)) {
        return 0xff; /* write-only */
    }
    return read_cmos(r, at->offset == 1 ? r->index : r->index_high);
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct mc146818 *r = VMM_CHIP(struct mc146818, dev);
    uint8_t value = (uint8_t)at->value;
    switch (at->offset) {
    case 0:
        r->index = value & 0x7fu; /* bit 7 masks NMI on a PC */
        break;
    case 2:
        r->index_high = value | 0x80u;
        break;
    default:
        write_cmos(r, at->offset == 1 ? r->index : r->index_high, value);
        break;
    }
}

static bool mc146818_read(struct vmm_device *dev, struct vmm_access *access)
{
    return bytewise_read(dev, access, read_byte);
}

static bool mc146818_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

/* The battery keeps time and memory; RESET clears the enables and flags. */
static void mc146818_reset(struct vmm_device *dev)
{
    struct mc146818 *r = VMM_CHIP(struct mc146818, dev);
    if (!running(r) && r->b) {
        r->b &= (uint8_t)~B_SET; /* a clock the last system left stopped goes on */
        r->a = DIVIDER_RUN | 6;
        restart(r, SECOND_NS);
    }
    r->a = DIVIDER_RUN | 6; /* 1024 Hz, as firmware sets it */
    r->b = B_24H;
    r->c = 0;
    r->index = REG_D;
    r->index_high = 0x80;
    r->looked_ns = vmm_now(dev->vm);
    update(r);
}

static void mc146818_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    struct mc146818 *r = VMM_CHIP(struct mc146818, dev);
    struct calendar d;
    calendar_from_seconds(second_at(r, vmm_now(dev->vm)), &d);
    vmm_text_printf(out, "%04d-%02d-%02d %02d:%02d:%02d a %02x b %02x c %02x%s\n", d.year, d.month,
                    d.day, d.hour, d.minute, d.second, r->a, r->b, r->c,
                    running(r) ? "" : " stopped");
}

static void mc146818_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct mc146818 *r = VMM_CHIP(struct mc146818, dev);
    vmm_text_printf(out, "interrupts %llu\n", (unsigned long long)r->interrupts);
}

static void mc146818_acpi(struct vmm_device *dev, struct aml *aml)
{
    (void)dev;
    size_t mark = aml_device(aml, "RTC");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0B00");
    struct aml_resources resources = {0};
    aml_io(&resources, 0x70, 4);
    aml_irq(&resources, VMM_IRQ_RTC);
    aml_name(aml, "_CRS");
    aml_resources(aml, &resources);
    aml_end(aml, mark);
}

static const struct vmm_device_ops mc146818_ops = {
    .name = "mc146818",
    .read = mc146818_read,
    .write = mc146818_write,
    .reset = mc146818_reset,
    .dump = mc146818_dump,
    .stats = mc146818_stats,
    .acpi = mc146818_acpi,
};

static void store_le(uint8_t *bytes, uint64_t value, unsigned n)
{
    uint64_t most = (1ull << (8 * n)) - 1;
    value = value < most ? value : most;
    for (unsigned i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

/* Memory sizes as PC firmware leaves them in CMOS. */
static void store_memory_sizes(struct mc146818 *r, const struct mc146818_config *config)
{
    uint64_t mib = 1u << 20, low = config->low_memory;
    store_le(&r->ram[0x15], 640, 2);                               /* base, KiB */
    store_le(&r->ram[0x17], low > mib ? (low - mib) >> 10 : 0, 2); /* from 1 MiB, KiB */
    store_le(&r->ram[0x30], low > mib ? (low - mib) >> 10 : 0, 2);
    store_le(&r->ram[0x34], low > 16 * mib ? (low - 16 * mib) >> 16 : 0,
             2);                                           /* from 16 MiB, 64 KiB */
    store_le(&r->ram[0x5b], config->high_memory >> 16, 3); /* from 4 GiB, 64 KiB */
}

void mc146818_create(struct mc146818 *rtc, struct vmm *vm, const struct mc146818_config *config)
{
    const int64_t year_2000 = 946684800;
    rtc->dev.ops = &mc146818_ops;
    rtc->clock = config->clock;
    rtc->clock_ctx = config->clock_ctx;
    rtc->timer.fire = timer_fire;
    rtc->irq = vmm_irq_line(vm, VMM_IRQ_RTC);
    rtc->base_seconds = config->clock ? config->clock->utc(config->clock_ctx) : year_2000;
    rtc->base_ns = vmm_now(vm);
    store_memory_sizes(rtc, config);
    vmm_device_add(vm, &rtc->dev);
    vmm_bus_claim(&rtc->dev, VMM_SPACE_IO, 0x70, 4, 0);
}

void mc146818_disconnect(struct mc146818 *rtc, bool cut)
{
    settle(rtc);
    rtc->disconnected = cut;
    update(rtc);
}
