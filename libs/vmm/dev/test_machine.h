/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A machine without a kernel for the tests and fuzzers of the chip models: a clock that moves only
 * when told to (one TSC tick is one nanosecond), and the accesses a guest would make.
 */
#include <stdlib.h>
#include <vmm/vmm.h>
#include "../src/internal.h"

/** The machine and what was asked of its host. */
struct test_machine {
    struct vmm vm;
    uint64_t now;  /* ns */
    uint64_t jump; /* ns that pass each time the clock is read: a VMM that is preempted */
    int64_t utc;   /* seconds since 1970 */
    unsigned kicks[VMM_MAX_VCPUS];
};

static inline uint64_t test_tsc(void *ctx)
{
    struct test_machine *m = ctx;
    uint64_t now = m->now;
    m->now += m->jump;
    return now;
}

static inline void test_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)ctx;
    (void)leaf;
    (void)subleaf;
    memset(out, 0, 4 * sizeof out[0]);
}

static inline void test_log(void *ctx, const char *text, size_t n)
{
    (void)ctx;
    (void)text;
    (void)n;
}

static inline int64_t test_utc(void *ctx)
{
    return ((struct test_machine *)ctx)->utc;
}

static inline void test_kick(void *ctx, unsigned vcpu)
{
    ((struct test_machine *)ctx)->kicks[vcpu]++;
}

static inline int test_state(void *ctx, unsigned vcpu, unsigned groups)
{
    (void)ctx;
    (void)vcpu;
    (void)groups;
    return 0;
}

static inline int test_vcpu_reset(void *ctx, unsigned vcpu)
{
    return test_state(ctx, vcpu, 0);
}

/** A machine with n processors and nothing on its bus. Free it with free(). */
static inline struct test_machine *test_machine_new(unsigned n)
{
    struct test_machine *m = calloc(1, sizeof *m);
    struct vmm_host host = {.version = VMM_DEVICE_VERSION,
                            .ctx = m,
                            .tsc_hz = 1000000000,
                            .tsc = test_tsc,
                            .cpuid = test_cpuid,
                            .log = test_log,
                            .utc = test_utc,
                            .kick = test_kick,
                            .vcpu_get = test_state,
                            .vcpu_set = test_state,
                            .vcpu_reset = test_vcpu_reset};
    if (vmm_init(&m->vm, "test", &host, n) != 0) {
        abort();
    }
    return m;
}

/** Fire what is due on every vCPU. */
static inline void test_run_timers(struct test_machine *m)
{
    for (unsigned i = 0; i < m->vm.num_vcpus; i++) {
        vcpu_run_timers(&m->vm.vcpu[i]);
    }
}

/** Let time pass, stopping at each deadline on the way. */
static inline void test_advance(struct test_machine *m, uint64_t ns)
{
    uint64_t end = m->now + ns;
    for (;;) {
        uint64_t next = end;
        for (unsigned i = 0; i < m->vm.num_vcpus; i++) {
            const struct vmm_timer *t = m->vm.vcpu[i].timers;
            next = t && t->deadline < next ? t->deadline : next;
        }
        m->now = next > m->now ? next : m->now;
        test_run_timers(m);
        if (m->now >= end) {
            return;
        }
    }
}

/** Read n bytes of a space as vCPU cpu. */
static inline uint64_t test_read(struct test_machine *m, enum vmm_space space, uint64_t addr,
                                 unsigned n, unsigned cpu)
{
    struct vmm_access access = {.vcpu = cpu, .size = n};
    m->vm.current = (int)cpu;
    vmm_bus_read(&m->vm, space, &access, addr);
    m->vm.current = -1;
    return access.value;
}

/** Write n bytes of a space as vCPU cpu; false when refused. */
static inline bool test_write(struct test_machine *m, enum vmm_space space, uint64_t addr,
                              uint64_t value_and_size[2], unsigned cpu)
{
    struct vmm_access access = {
        .vcpu = cpu, .size = (unsigned)value_and_size[1], .value = value_and_size[0]};
    m->vm.current = (int)cpu;
    bool ok = vmm_bus_write(&m->vm, space, &access, addr);
    m->vm.current = -1;
    return ok;
}

/** Port input and output of one byte. */
static inline uint8_t test_in(struct test_machine *m, uint16_t port)
{
    return (uint8_t)test_read(m, VMM_SPACE_IO, port, 1, 0);
}

static inline void test_out(struct test_machine *m, uint16_t port, uint8_t value)
{
    test_write(m, VMM_SPACE_IO, port, (uint64_t[]){value, 1}, 0);
}

/** An interrupt line that remembers. */
struct test_line {
    bool level;
    unsigned rises;
};

static inline void test_line_set(void *ctx, unsigned pin, bool level)
{
    struct test_line *line = ctx;
    (void)pin;
    line->rises += level && !line->level;
    line->level = level;
}

/** A wire into such a line. */
static inline struct vmm_irq_line test_line_wire(struct test_line *line)
{
    return (struct vmm_irq_line){.set = test_line_set, .ctx = line};
}

/** Drive a device with what a fuzzer made up: operations of 4 + n bytes on the given ranges of one
 * space, with time passing in between. */
struct test_fuzz_range {
    enum vmm_space space;
    uint64_t base, size;
};

static inline void test_fuzz(struct test_machine *m, const struct test_fuzz_range *ranges,
                             size_t num_ranges, const uint8_t *data, size_t n)
{
    while (n >= 8) {
        const struct test_fuzz_range *r = &ranges[data[0] % num_ranges];
        unsigned size = r->space == VMM_SPACE_MSR ? 8 : 1u << (data[1] & 3);
        unsigned cpu = (data[1] >> 4) % m->vm.num_vcpus;
        uint64_t addr = r->base + ((data[2] | (uint64_t)data[3] << 8) % r->size);
        uint64_t value =
            data[4] | (uint64_t)data[5] << 8 | (uint64_t)data[6] << 24 | (uint64_t)data[7] << 56;
        if (data[1] & 4) {
            test_write(m, r->space, addr, (uint64_t[]){value, size}, cpu);
        } else {
            test_read(m, r->space, addr, size, cpu);
        }
        if (data[1] & 8) {
            m->now += (uint64_t)1 << (data[7] & 63) >> 16;
            test_run_timers(m);
        }
        data += 8;
        n -= 8;
    }
}
