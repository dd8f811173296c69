/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A machine with memory and one vCPU for the tests of the core. The "kernel" is a copy of the state
 * area: Get and Set move it, Reset clears it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>
#include "dev/test_machine.h"

#define TEST_RAM (4u << 20)

/** test_machine plus run page and RAM. */
struct test_vcpu {
    struct test_machine *machine;
    struct vmm *vm;
    struct vmm_vcpu *v;
    struct vcpu_run run;
    struct vcpu_state kernel_state;
    uint8_t *ram;
    unsigned resets;
};

/* The host callbacks get the test_machine; this finds the test_vcpu again. One at a time. */
static struct test_vcpu *current_test;

static inline int test_vcpu_get(void *ctx, unsigned vcpu, unsigned groups)
{
    (void)ctx, (void)vcpu, (void)groups;
    current_test->run.state = current_test->kernel_state;
    return 0;
}

static inline int test_vcpu_set(void *ctx, unsigned vcpu, unsigned groups)
{
    (void)ctx, (void)vcpu, (void)groups;
    current_test->kernel_state = current_test->run.state;
    return 0;
}

static inline int test_vcpu_reset_state(void *ctx, unsigned vcpu)
{
    (void)ctx, (void)vcpu;
    memset(&current_test->kernel_state, 0, sizeof current_test->kernel_state);
    current_test->resets++;
    return 0;
}

/** 64-bit mode without paging surprises: identity by CR0.PG = 0, mode long for the decoder. */
static inline struct test_vcpu *test_vcpu_new(void)
{
    struct test_vcpu *t = calloc(1, sizeof *t);
    current_test = t;
    t->machine = test_machine_new(1);
    t->vm = &t->machine->vm;
    t->vm->host.vcpu_get = test_vcpu_get;
    t->vm->host.vcpu_set = test_vcpu_set;
    t->vm->host.vcpu_reset = test_vcpu_reset_state;
    t->v = &t->vm->vcpu[0];
    t->run.version = VCPU_RUN_VERSION;
    t->run.size = sizeof t->run;
    t->run.mode = VCPU_MODE_LONG64;
    t->run.rflags = 2;
    assert_int_equal(vmm_set_run_page(t->vm, 0, &t->run), 0);
    t->ram = calloc(1, TEST_RAM);
    const struct vmm_region ram = {.gpa = 0, .size = TEST_RAM, .host = t->ram, .writable = true};
    assert_int_equal(vmm_memory_add(t->vm, &ram), 0);
    return t;
}

static inline void test_vcpu_free(struct test_vcpu *t)
{
    free(t->ram);
    free(t->machine);
    free(t);
}

/** A device that records accesses and answers reads with a pattern. */
struct test_device {
    struct vmm_device dev;
    unsigned reads, writes;
    struct vmm_access last;
    uint64_t answer;
    bool refuse;
};

static inline bool test_device_read(struct vmm_device *dev, struct vmm_access *access)
{
    struct test_device *d = VMM_CHIP(struct test_device, dev);
    d->reads++;
    access->value = d->answer;
    d->last = *access;
    return !d->refuse;
}

static inline bool test_device_write(struct vmm_device *dev, const struct vmm_access *access)
{
    struct test_device *d = VMM_CHIP(struct test_device, dev);
    d->writes++;
    d->last = *access;
    return !d->refuse;
}

static inline void test_device_add(struct test_device *d, struct vmm *vm)
{
    static const struct vmm_device_ops ops = {
        .name = "test", .read = test_device_read, .write = test_device_write};
    memset(d, 0, sizeof *d);
    d->dev.ops = &ops;
    vmm_device_add(vm, &d->dev);
}

/** Put code at 0x1000 and RIP on it. */
static inline void test_code(struct test_vcpu *t, const void *code, size_t n)
{
    memset(t->ram + 0x1000, 0x90, 32);
    memcpy(t->ram + 0x1000, code, n);
    t->run.rip = 0x1000;
    t->run.next_rip = 0;
    t->run.commit = 0;
}
