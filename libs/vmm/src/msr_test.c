/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Model-specific registers, the TSC and the paravirtual clock. */
#include "test_vcpu.h"

static uint64_t rd(struct test_vcpu *t, uint32_t index)
{
    uint64_t value = 0xbad;
    assert_true(vcpu_msr_read(t->v, index, &value));
    return value;
}

static void test_tsc_and_adjust(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    t->machine->now = 1000;
    assert_int_equal(rd(t, 0x10), 1000);
    assert_true(vcpu_msr_write(t->v, 0x10, 5000));
    assert_int_equal(rd(t, 0x10), 5000);
    assert_int_equal(rd(t, 0x3b), 4000); /* TSC_ADJUST follows */
    assert_int_equal(t->run.state.tsc_offset, 4000);
    assert_true(t->v->groups_dirty & VCPU_STATE_TSC);
    assert_true(vcpu_msr_write(t->v, 0x3b, 0));
    assert_int_equal(rd(t, 0x10), 1000);
    test_vcpu_free(t);
}

static void test_checks(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    uint64_t value;
    assert_false(vcpu_msr_read(t->v, 0x12345678, &value));
    assert_false(vcpu_msr_write(t->v, 0x12345678, 0));
    assert_false(vcpu_msr_read(t->v, 0xc0010117, &value)); /* VM_HSAVE_PA: no nested guests */
    assert_true(vcpu_msr_write(t->v, 0xc0000082, 0xffffffff81000000ull));
    assert_int_equal(t->run.state.lstar, 0xffffffff81000000ull);
    assert_false(vcpu_msr_write(t->v, 0xc0000082, 0x8000000000000000ull)); /* not canonical */
    assert_true(vcpu_msr_write(t->v, 0x277, 0x0007040600070406ull));
    assert_false(vcpu_msr_write(t->v, 0x277, 0x02)); /* no such memory type */
    assert_true(vcpu_msr_write(t->v, 0x174, 0x10));
    assert_int_equal(t->run.state.sysenter_cs, 0x10);
    assert_true(vcpu_msr_write(t->v, 0xc0000080, EFER_SCE | EFER_NXE));
    assert_false(vcpu_msr_write(t->v, 0xc0000080, 1u << 12)); /* SVME */
    t->run.cr0 = CR0_PG;
    assert_false(vcpu_msr_write(t->v, 0xc0000080, EFER_LME)); /* not under paging */
    assert_int_equal(rd(t, 0xfe), 0x508);
    assert_true(vcpu_msr_write(t->v, 0x2ff, 0x800));
    assert_int_equal(rd(t, 0x2ff), 0x800);
    assert_int_equal(rd(t, 0x8b), 1ull << 32);
    test_vcpu_free(t);
}

struct clock_page {
    uint32_t version, pad0;
    uint64_t tsc_timestamp, system_time;
    uint32_t mul;
    int8_t shift;
    uint8_t flags, pad[2];
};

/* The structure a guest computes with gives the machine's time, at all frequencies. */
static void test_clock(void **state)
{
    (void)state;
    static const uint64_t frequencies[] = {400000000, 1000000000, 2294608000, 5000000000};
    for (unsigned i = 0; i < 4; i++) {
        struct test_vcpu *t = test_vcpu_new();
        uint64_t hz = t->vm->host.tsc_hz = frequencies[i];
        t->machine->now = 12345678;
        assert_true(vcpu_msr_write(t->v, 0x4b564d01, 0x3001));
        struct clock_page page;
        memcpy(&page, t->ram + 0x3000, sizeof page);
        assert_int_equal(page.version & 1, 0);
        assert_int_equal(page.flags & 1, 1);
        t->machine->now += 10 * hz;
        uint64_t delta = t->machine->now - page.tsc_timestamp;
        delta = page.shift >= 0 ? delta << page.shift : delta >> -page.shift;
        uint64_t time = page.system_time + (uint64_t)((unsigned __int128)delta * page.mul >> 32);
        uint64_t now = vmm_now(t->vm);
        assert_in_range(time, now - 20, now + 20);
        test_vcpu_free(t);
    }
}

static void test_wall_clock(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    t->machine->utc = 1700000000;
    t->machine->now = 2500000000u; /* 2.5 s after start */
    assert_true(vcpu_msr_write(t->v, 0x4b564d00, 0x3000));
    uint32_t clock[3];
    memcpy(clock, t->ram + 0x3000, sizeof clock);
    assert_int_equal(clock[1], 1700000000 - 3);
    assert_int_equal(clock[2], 500000000);
    assert_true(vcpu_msr_write(t->v, 0x4b564d01, 0xffffffff001ull | 1)); /* not memory: nothing */
    test_vcpu_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tsc_and_adjust),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_wall_clock),
    };
    return cmocka_run_group_tests_name("msrs", tests, NULL, NULL);
}
