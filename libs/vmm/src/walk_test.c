/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Guest page tables in every paging mode. */
#include "test_vcpu.h"

static void put(struct test_vcpu *t, uint64_t gpa, uint64_t value, unsigned size)
{
    memcpy(t->ram + gpa, &value, size);
}

static uint64_t get(struct test_vcpu *t, uint64_t gpa)
{
    uint64_t value;
    memcpy(&value, t->ram + gpa, 8);
    return value;
}

static int walk(struct test_vcpu *t, uint64_t linear, unsigned access, uint64_t *result)
{
    struct vmm_walk at = {0};
    int r = vcpu_walk(t->v, linear, access, &at);
    *result = r == 0 ? at.gpa : at.code;
    return r;
}

static void test_no_paging(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    uint64_t r;
    assert_int_equal(walk(t, 0x123456789, PF_WRITE, &r), 0);
    assert_int_equal(r, 0x23456789);
    test_vcpu_free(t);
}

static void test_32bit(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    t->run.cr0 = CR0_PG | CR0_PE;
    t->run.cr3 = 0x10000;
    put(t, 0x10000 + 4 * 1, 0x11007, 4);               /* table for 4..8 MiB */
    put(t, 0x11000 + 4 * 2, 0x55007, 4);               /* page at 0x402000 */
    put(t, 0x10000 + 4 * 3, 0x00800087u | 0x2000u, 4); /* 4 MiB page, PSE-36 bit 32 */
    uint64_t r;
    assert_int_equal(walk(t, 0x402abc, 0, &r), 0);
    assert_int_equal(r, 0x55abc);
    assert_int_equal(walk(t, 0x403000, PF_WRITE, &r), -1);
    assert_int_equal(r, PF_WRITE);
    assert_int_equal(walk(t, 0xc00123, 0, &r), -1); /* PS needs CR4.PSE: a table at 0x802000 */
    t->run.cr4 = CR4_PSE;
    assert_int_equal(walk(t, 0xc00123, 0, &r), 0);
    assert_int_equal(r, 0x100800123);
    test_vcpu_free(t);
}

static void test_pae(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    t->run.cr0 = CR0_PG | CR0_PE;
    t->run.cr4 = CR4_PAE;
    t->run.efer = EFER_NXE;
    t->run.cr3 = 0x10020;
    put(t, 0x10020 + 8 * 3, 0x11001, 8);
    put(t, 0x11000 + 8 * 1, 0x8000000000200083ull, 8); /* 2 MiB, no execute, supervisor */
    uint64_t r;
    assert_int_equal(walk(t, 0xc0200010, PF_WRITE, &r), 0);
    assert_int_equal(r, 0x200010);
    assert_int_equal(walk(t, 0xc0200010, PF_FETCH, &r), -1);
    assert_int_equal(r, PF_PRESENT | PF_FETCH);
    assert_int_equal(walk(t, 0xc0200010, PF_USER, &r), -1);
    assert_int_equal(r, PF_PRESENT | PF_USER);
    test_vcpu_free(t);
}

static void long_mode(struct test_vcpu *t)
{
    t->run.cr0 = CR0_PG | CR0_PE;
    t->run.cr4 = CR4_PAE;
    t->run.efer = EFER_LMA | EFER_LME | EFER_NXE;
    t->run.cr3 = 0x10000;
    put(t, 0x10000, 0x11007, 8);
    put(t, 0x11000, 0x12007, 8);
    put(t, 0x11008, 0x40000083, 8); /* 1 GiB page */
    put(t, 0x12000, 0x13007, 8);
    put(t, 0x13000 + 8 * 5, 0x77005, 8); /* user, read-only */
}

static void test_long(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    long_mode(t);
    uint64_t r;
    assert_int_equal(walk(t, 0x40000123, 0, &r), 0);
    assert_int_equal(r, 0x40000123);
    assert_int_equal(walk(t, 0x5010, PF_USER, &r), 0);
    assert_int_equal(r, 0x77010);
    assert_int_equal(get(t, 0x13000 + 40) & 0x60, 0x20); /* accessed, not dirty */
    assert_int_equal(walk(t, 0x5010, PF_WRITE, &r), 0);  /* supervisor, CR0.WP = 0 */
    assert_int_equal(get(t, 0x13000 + 40) & 0x60, 0x60);
    t->run.cr0 |= CR0_WP;
    assert_int_equal(walk(t, 0x5010, PF_WRITE, &r), -1);
    assert_int_equal(r, PF_PRESENT | PF_WRITE);
    t->run.cr4 |= CR4_SMAP | CR4_SMEP;
    assert_int_equal(walk(t, 0x5010, 0, &r), -1);
    assert_int_equal(r, PF_PRESENT);
    t->run.rflags |= RFLAGS_AC;
    assert_int_equal(walk(t, 0x5010, 0, &r), 0);
    assert_int_equal(walk(t, 0x5010, PF_FETCH, &r), -1);
    test_vcpu_free(t);
}

static void test_five_levels_and_bad_tables(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    long_mode(t);
    t->run.cr4 |= CR4_LA57;
    t->run.cr3 = 0x20000;
    put(t, 0x20000, 0x10007, 8);
    uint64_t r;
    assert_int_equal(walk(t, 0x5010, PF_USER, &r), 0);
    assert_int_equal(r, 0x77010);
    put(t, 0x20000, 0xfffffffff007ull, 8); /* next table outside memory */
    assert_int_equal(walk(t, 0x5010, PF_USER, &r), -1);
    test_vcpu_free(t);
}

static void test_fetch(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    long_mode(t);
    put(t, 0x13000 + 8 * 6, 0x99005, 8);
    memset(t->ram + 0x77ffa, 1, 6);
    memset(t->ram + 0x99000, 2, 16);
    t->run.rip = 0x5ffa;
    t->run.cpl = 3;
    uint8_t bytes[15];
    assert_int_equal(vcpu_fetch(t->v, bytes, 15), 15);
    assert_int_equal(bytes[5], 1);
    assert_int_equal(bytes[6], 2);
    put(t, 0x13000 + 8 * 6, 0, 8);
    assert_int_equal(vcpu_fetch(t->v, bytes, 15), 6);
    test_vcpu_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_paging),
        cmocka_unit_test(test_32bit),
        cmocka_unit_test(test_pae),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_five_levels_and_bad_tables),
        cmocka_unit_test(test_fetch),
    };
    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
