/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The kernel and the machine as libs/vmm wants to see them. */
#include <camkes.h>
#include <sel4/sel4.h>
#include "init.h"

static uint64_t host_tsc(void *ctx)
{
    (void)ctx;
    return __builtin_ia32_rdtsc();
}

static void host_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)ctx;
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(subleaf));
}

/* What the kernel saves for user programs is what it saves for guests. */
static uint64_t host_xcr0(void)
{
    uint32_t r[4], low, high;
    host_cpuid(NULL, 1, 0, r);
    if (!(r[2] & 1u << 27)) { /* OSXSAVE */
        return 0;
    }
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static void host_log(void *ctx, const char *text, size_t n)
{
    init_console_log(ctx, text, n);
}

static int64_t host_utc(void *ctx)
{
    struct init *init = ctx;
    return init->utc_base + (int64_t)(vmm_now(&init->vm) / 1000000000u);
}

static void host_kick(void *ctx, unsigned vcpu)
{
    (void)ctx;
    seL4_Signal(vm_resources.vcpu[vcpu].notification);
}

static void host_lock(void *ctx)
{
    (void)ctx;
    vm_lock_lock();
}

static void host_unlock(void *ctx)
{
    (void)ctx;
    vm_lock_unlock();
}

static void host_yield(void *ctx)
{
    (void)ctx;
    seL4_Yield();
}

static int host_get(void *ctx, unsigned vcpu, unsigned groups)
{
    (void)ctx;
    return (int)seL4_X86_VCPU_GetState(vm_resources.vcpu[vcpu].vcpu, groups);
}

static int host_set(void *ctx, unsigned vcpu, unsigned groups)
{
    (void)ctx;
    return (int)seL4_X86_VCPU_SetState(vm_resources.vcpu[vcpu].vcpu, groups);
}

static int host_reset(void *ctx, unsigned vcpu)
{
    (void)ctx;
    return (int)seL4_X86_VCPU_Reset(vm_resources.vcpu[vcpu].vcpu);
}

const char *init_host(struct init *init, struct vmm_host *host)
{
    if (vm_resources.version != VM_RESOURCES_VERSION) {
        return "the generated code is for another version of the monitor";
    }
    uint64_t hz = vm_resources.tsc_hz ? vm_resources.tsc_hz : init_timer_tsc_frequency();
    if (hz == 0) {
        return "the frequency of the time-stamp counter is not known";
    }
    *host = (struct vmm_host){.version = VMM_DEVICE_VERSION,
                              .ctx = init,
                              .tsc_hz = hz,
                              .tsc = host_tsc,
                              .cpuid = host_cpuid,
                              .xcr0_mask = host_xcr0(),
                              .log = host_log,
                              .utc = host_utc,
                              .vcpu_get = host_get,
                              .vcpu_set = host_set,
                              .vcpu_reset = host_reset};
    if (vm_resources.num_vcpus > 1) { /* one thread alone needs none of these */
        host->kick = host_kick;
        host->lock = host_lock;
        host->unlock = host_unlock;
        host->yield = host_yield;
    }
    return NULL;
}

/* Days from 1970-01-01 to a civil date (proleptic Gregorian calendar): March is month 0, so that
 * the leap day is the last day of the year. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void init_clock_start(struct init *init)
{
    rtc_time_date_t t = system_rtc_time_date();
    init->utc_base = days_from_date(t.year, t.month, t.day) * 86400 + t.hour * 3600 +
                     t.minute * 60 + t.second - (int64_t)(vmm_now(&init->vm) / 1000000000u);
    init_print(init, "Starting VM %s at: %04d:%02d:%02d %02d:%02d:%02d\n", vm_resources.name,
               (int)t.year, (int)t.month, (int)t.day, (int)t.hour, (int)t.minute, (int)t.second);
}

static int64_t clock_utc(void *ctx)
{
    return host_utc(ctx);
}

const struct vmm_clock_ops init_clock_ops = {.utc = clock_utc};
