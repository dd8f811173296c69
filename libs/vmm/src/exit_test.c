/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Exits: memory, ports, strings, and what must not be able to stop the VMM. */
#include "test_vcpu.h"

#define DEVICE 0xfec00000u

static void memory_exit(struct test_vcpu *t, uint64_t gpa, unsigned access)
{
    t->run.reason = VCPU_EXIT_MEMORY;
    t->run.u.memory.gpa = gpa;
    t->run.u.memory.access = access;
    t->run.u.memory.table_walk = 0;
    vmm_vcpu_exit(t->v);
}

static void test_mmio_read_write(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct test_device d;
    test_device_add(&d, t->vm);
    assert_int_equal(vmm_bus_claim(&d.dev, VMM_SPACE_MMIO, DEVICE, 0x1000, 7), 0);
    test_code(t, "\x8b\x0b", 2); /* mov ecx, [rbx] */
    t->run.gpr[VCPU_RCX] = UINT64_MAX;
    d.answer = 0x11223344;
    memory_exit(t, DEVICE + 0x20, VCPU_ACCESS_READ);
    assert_int_equal(t->run.gpr[VCPU_RCX], 0x11223344);
    assert_int_equal(t->run.rip, 0x1002);
    assert_int_equal(d.last.offset, 0x20);
    assert_int_equal(d.last.range, 7);
    assert_int_equal(d.last.size, 4);
    test_code(t, "\x88\x23", 2); /* mov [rbx], ah */
    t->run.gpr[VCPU_RAX] = 0xabcd;
    memory_exit(t, DEVICE + 1, VCPU_ACCESS_WRITE);
    assert_int_equal(d.last.value, 0xab);
    test_code(t, "\x0f\xbe\x03", 3); /* movsx eax, byte [rbx] */
    d.answer = 0x80;
    memory_exit(t, DEVICE, VCPU_ACCESS_READ);
    assert_int_equal(t->run.gpr[VCPU_RAX], 0xffffff80);
    test_code(t, "\xf0\x83\x0b\x01", 4); /* lock or dword [rbx], 1 */
    d.answer = 0x10;
    memory_exit(t, DEVICE, VCPU_ACCESS_WRITE);
    assert_int_equal(d.last.value, 0x11);
    test_code(t, "\x87\x0b", 2); /* xchg [rbx], ecx */
    t->run.gpr[VCPU_RCX] = 5;
    d.answer = 6;
    memory_exit(t, DEVICE, VCPU_ACCESS_WRITE);
    assert_int_equal(d.last.value, 5);
    assert_int_equal(t->run.gpr[VCPU_RCX], 6);
    test_vcpu_free(t);
}

static void test_unclaimed(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    test_code(t, "\x66\x8b\x0b", 3); /* mov cx, [rbx] */
    t->run.gpr[VCPU_RCX] = 0x120000;
    memory_exit(t, 0xd0000000, VCPU_ACCESS_READ);
    assert_int_equal(t->run.gpr[VCPU_RCX], 0x12ffff);
    t->run.reason = VCPU_EXIT_IO;
    t->run.u.io.port = 0x1234;
    t->run.u.io.size = 4;
    t->run.u.io.flags = VCPU_IO_IN;
    t->run.next_rip = 0x1001;
    vmm_vcpu_exit(t->v);
    assert_int_equal(t->run.gpr[VCPU_RAX], 0xffffffff);
    assert_int_equal(t->run.rip, 0x1001);
    test_vcpu_free(t);
}

static void test_contained(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    test_code(t, "\x0f\x10\x03", 3); /* movups xmm0, [rbx]: not done */
    memory_exit(t, 0xd0000000, VCPU_ACCESS_READ);
    assert_true(t->v->exception.valid);
    assert_int_equal(t->v->exception.vector, X86_UD);
    t->v->exception.valid = false;
    memory_exit(t, 0xd0000000, VCPU_ACCESS_FETCH);
    assert_int_equal(t->v->exception.vector, X86_UD);
    t->v->exception.valid = false;
    t->run.reason = 12345;
    vmm_vcpu_exit(t->v);
    assert_int_equal(t->v->exception.vector, X86_UD);
    t->run.reason = VCPU_EXIT_TRIPLE_FAULT;
    vmm_vcpu_exit(t->v);
    const char *why;
    assert_int_equal(vmm_take_request(t->vm, &why), VMM_REQUEST_RESET);
    t->run.reason = VCPU_EXIT_RDMSR;
    t->run.u.msr.index = 0xdeadbeef;
    vmm_vcpu_exit(t->v);
    assert_int_equal(t->v->exception.vector, X86_GP);
    test_vcpu_free(t);
}

static void test_string_io(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct test_device d;
    test_device_add(&d, t->vm);
    vmm_bus_claim(&d.dev, VMM_SPACE_IO, 0x3f8, 8, 0);
    test_code(t, "\xf3\x6e", 2); /* rep outsb */
    memcpy(t->ram + 0x2000, "hello", 5);
    t->run.gpr[VCPU_RSI] = 0x2000;
    t->run.gpr[VCPU_RCX] = 5;
    t->run.gpr[VCPU_RDX] = 0x3f8;
    t->run.reason = VCPU_EXIT_IO;
    t->run.u.io.flags = VCPU_IO_STRING | VCPU_IO_REP;
    t->run.u.io.size = 1;
    t->run.u.io.port = 0x3f8;
    vmm_vcpu_exit(t->v);
    assert_int_equal(d.writes, 5);
    assert_int_equal(d.last.value, 'o');
    assert_int_equal(t->run.gpr[VCPU_RCX], 0);
    assert_int_equal(t->run.gpr[VCPU_RSI], 0x2005);
    assert_int_equal(t->run.rip, 0x1002);
    test_code(t, "\x66\xf3\x6d", 3); /* rep insw, downwards */
    t->run.rflags |= RFLAGS_DF;
    t->run.gpr[VCPU_RDI] = 0x2010;
    t->run.gpr[VCPU_RCX] = 2;
    d.answer = 0x4142;
    vmm_vcpu_exit(t->v);
    assert_memory_equal(t->ram + 0x200e, "BABA", 4);
    assert_int_equal(t->run.gpr[VCPU_RDI], 0x200c);
    test_vcpu_free(t);
}

static void test_movs_between_device_and_ram(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct test_device d;
    test_device_add(&d, t->vm);
    vmm_bus_claim(&d.dev, VMM_SPACE_MMIO, DEVICE, 0x1000, 0);
    test_code(t, "\xf3\xa5", 2); /* rep movsd, from device */
    d.answer = 0x64636261;
    t->run.gpr[VCPU_RSI] = DEVICE;
    t->run.gpr[VCPU_RDI] = 0x3000;
    t->run.gpr[VCPU_RCX] = 2;
    memory_exit(t, DEVICE, VCPU_ACCESS_READ);
    assert_memory_equal(t->ram + 0x3000, "abcdabcd", 8);
    assert_int_equal(d.reads, 2);
    assert_int_equal(d.last.offset, 4);
    test_vcpu_free(t);
}

/* A page fault in the middle of REP leaves a restartable state. */
static void test_string_fault(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    struct test_device d;
    test_device_add(&d, t->vm);
    vmm_bus_claim(&d.dev, VMM_SPACE_IO, 0x80, 1, 0);
    /* 4-level tables at 0x10000: identity for the first two pages but page 3 not present */
    uint64_t *level = (uint64_t *)(void *)(t->ram + 0x10000);
    level[0] = 0x11003, level[512] = 0x12003, level[1024] = 0x13003;
    for (unsigned i = 0; i < 512; i++) {
        level[1536 + i] = i == 3 ? 0 : i * 0x1000u + 3;
    }
    t->run.cr0 = CR0_PG | CR0_PE;
    t->run.cr3 = 0x10000;
    t->run.cr4 = CR4_PAE;
    t->run.efer = EFER_LMA | EFER_LME;
    test_code(t, "\xf3\x6e", 2);
    t->run.gpr[VCPU_RSI] = 0x2ffe;
    t->run.gpr[VCPU_RCX] = 4;
    t->run.gpr[VCPU_RDX] = 0x80;
    t->run.reason = VCPU_EXIT_IO;
    t->run.u.io.flags = VCPU_IO_STRING | VCPU_IO_REP;
    t->run.u.io.size = 1;
    vmm_vcpu_exit(t->v);
    assert_int_equal(d.writes, 2);
    assert_int_equal(t->run.gpr[VCPU_RCX], 2);
    assert_int_equal(t->run.gpr[VCPU_RSI], 0x3000);
    assert_int_equal(t->run.rip, 0x1000);
    assert_true(t->v->exception.valid);
    assert_int_equal(t->v->exception.vector, X86_PF);
    assert_int_equal(t->v->exception.code, 0);
    assert_int_equal(t->run.state.cr2, 0x3000);
    /* accessed bits were set on the way */
    assert_true(level[1536 + 2] & 0x20);
    test_vcpu_free(t);
}

static void modern_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)ctx, (void)subleaf;
    memset(out, 0, 16);
    out[0] = (leaf & 0x7fffffff) == 0 ? leaf | 0x20 : UINT32_MAX;
    out[1] = out[2] = out[3] = UINT32_MAX;
}

static void test_cpuid_leaves(void **state)
{
    (void)state;
    struct test_vcpu *t = test_vcpu_new();
    uint32_t out[4];
    t->vm->host.cpuid = modern_cpuid;
    vcpu_cpuid(t->v, 0x40000000, 0, out);
    assert_memory_equal(&out[1], "KVMKVMKVM\0\0\0", 12);
    vcpu_cpuid(t->v, 1, 0, out);
    assert_true(out[2] & 0x80000000u);
    vcpu_cpuid(t->v, 0x15, 0, out);
    assert_int_equal((uint64_t)out[2] * out[1] / out[0], t->vm->host.tsc_hz);
    /* leaves that killed other monitors */
    static const uint32_t leaves[] = {0xd, 0x14, 0x8000001e, 0x80000019, 0x4fffffff, 0xffffffff};
    for (unsigned i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        vcpu_cpuid(t->v, leaves[i], 0, out);
        assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
    }
    test_vcpu_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mmio_read_write),
        cmocka_unit_test(test_unclaimed),
        cmocka_unit_test(test_contained),
        cmocka_unit_test(test_string_io),
        cmocka_unit_test(test_movs_between_device_and_ram),
        cmocka_unit_test(test_string_fault),
        cmocka_unit_test(test_cpuid_leaves),
    };
    return cmocka_run_group_tests_name("exits", tests, NULL, NULL);
}
