/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The paravirtual clock: a structure in guest memory tells the guest how to turn its TSC into
 * nanoseconds, so it needs no calibration. Layout and protocol: the Linux kernel's public
 * documentation of the KVM MSRs (virt/kvm/x86/msr.rst). The TSC is stable here, so the structure
 * is written once per registration.
 */
#include "internal.h"

struct clock_page {
    uint32_t version, pad0;
    uint64_t tsc_timestamp, system_time;
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags, pad[2];
};

struct wall_clock {
    uint32_t version, sec, nsec;
};

#define FLAG_STABLE 1u

/* ns = ((ticks << shift) * mul) >> 32, with mul as large as fits 32 bits. */
static void scale(uint64_t hz, uint32_t *mul, int8_t *shift)
{
    int s = 0;
    unsigned __int128 ratio = ((unsigned __int128)1000000000u << 32) / hz;
    while (ratio >> 32) {
        ratio >>= 1;
        s++;
    }
    while (s > -31 && !(ratio >> 31)) {
        s--;
        ratio = s >= 0 ? ((unsigned __int128)1000000000u << 32 >> s) / hz
                       : ((unsigned __int128)1000000000u << (32 - s)) / hz;
    }
    *mul = (uint32_t)ratio;
    *shift = (int8_t)s;
}

void kvmclock_write_system_time(struct vmm_vcpu *v, uint64_t value)
{
    struct vmm *vm = v->vm;
    v->msrs.kvm_system_time = value;
    if (!(value & 1u)) {
        return;
    }
    struct clock_page page = {.version = 2, .flags = FLAG_STABLE};
    page.tsc_timestamp = vmm_guest_tsc(vm, v->id);
    page.system_time = vmm_now(vm);
    scale(vm->host.tsc_hz, &page.tsc_to_system_mul, &page.tsc_shift);
    if (!vmm_memory_write(vm, value & ~1ull, &page, sizeof page)) {
        vmm_log(vm, "paravirtual clock page 0x%llx is not memory", (unsigned long long)value);
    }
}

void kvmclock_write_wall_clock(struct vmm_vcpu *v, uint64_t value)
{
    struct vmm *vm = v->vm;
    v->msrs.kvm_wall_clock = value;
    /* wall time at which the system time was 0 */
    uint64_t now = vmm_now(vm);
    int64_t utc = vm->host.utc ? vm->host.utc(vm->host.ctx) : 0;
    uint64_t boot = (uint64_t)utc * 1000000000u - now;
    struct wall_clock clock = {.version = 2,
                               .sec = (uint32_t)(boot / 1000000000u),
                               .nsec = (uint32_t)(boot % 1000000000u)};
    vmm_memory_write(vm, value, &clock, sizeof clock);
}
