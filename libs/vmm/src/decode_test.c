/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sel4/vcpu.h>
#include "decode.h"
#include "internal.h"
#include "alu.h"

struct example {
    const char *bytes;
    unsigned n, bits;
    struct insn want;
};

#define E(s, b, ...)                                                                               \
    {                                                                                              \
        s, sizeof s - 1, b,                                                                        \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct example examples[] = {
    /* mov eax, [rbx] */
    E("\x8b\x03", 64, .op = INSN_MOV, .size = 4, .rm_size = 4, .dst = OPERAND_REG,
      .src = OPERAND_RM, .reg = VCPU_RAX, .base = VCPU_RBX),
    /* mov [r8+rcx*4+0x10], r9 */
    E("\x4d\x89\x4c\x88\x10", 64, .op = INSN_MOV, .size = 8, .rm_size = 8, .dst = OPERAND_RM,
      .src = OPERAND_REG, .reg = VCPU_R9, .base = VCPU_R8, .index = VCPU_RCX, .scale = 2,
      .displacement = 0x10),
    /* mov dword [rip+0x100], 0x12345678 */
    E("\xc7\x05\x00\x01\x00\x00\x78\x56\x34\x12", 64, .op = INSN_MOV, .size = 4, .rm_size = 4,
      .dst = OPERAND_RM, .src = OPERAND_IMM, .rip_relative = true, .displacement = 0x100,
      .base = INSN_NO_REG, .immediate = 0x12345678),
    /* mov byte [rax], 0x80: sign-extended */
    E("\xc6\x00\x80", 64, .op = INSN_MOV, .size = 1, .rm_size = 1, .dst = OPERAND_RM,
      .src = OPERAND_IMM, .base = VCPU_RAX, .immediate = 0xffffffffffffff80),
    /* movzx ecx, byte [rdx] */
    E("\x0f\xb6\x0a", 64, .op = INSN_MOVZX, .size = 4, .rm_size = 1, .dst = OPERAND_REG,
      .src = OPERAND_RM, .reg = VCPU_RCX, .base = VCPU_RDX),
    /* movsx rcx, word [rdx] */
    E("\x48\x0f\xbf\x0a", 64, .op = INSN_MOVSX, .size = 8, .rm_size = 2, .dst = OPERAND_REG,
      .src = OPERAND_RM, .reg = VCPU_RCX, .base = VCPU_RDX),
    /* movsxd rax, dword [rdi] */
    E("\x48\x63\x07", 64, .op = INSN_MOVSX, .size = 8, .rm_size = 4, .dst = OPERAND_REG,
      .src = OPERAND_RM, .reg = VCPU_RAX, .base = VCPU_RDI),
    /* or dword [rbp+8], 1: SS */
    E("\x83\x4d\x08\x01", 64, .op = INSN_OR, .size = 4, .rm_size = 4, .dst = OPERAND_RM,
      .src = OPERAND_IMM, .reg = 1, .base = VCPU_RBP, .displacement = 8, .immediate = 1),
    /* and [eax], bx in 16-bit operand size */
    E("\x66\x21\x18", 32, .op = INSN_AND, .size = 2, .rm_size = 2, .dst = OPERAND_RM,
      .src = OPERAND_REG, .reg = VCPU_RBX, .base = VCPU_RAX),
    /* 16-bit: mov [bx+si+4], ax */
    E("\x89\x40\x04", 16, .op = INSN_MOV, .size = 2, .rm_size = 2, .dst = OPERAND_RM,
      .src = OPERAND_REG, .base = VCPU_RBX, .index = VCPU_RSI, .displacement = 4),
    /* 16-bit: mov ax, [0xfff0] */
    E("\x8b\x06\xf0\xff", 16, .op = INSN_MOV, .size = 2, .rm_size = 2, .dst = OPERAND_REG,
      .src = OPERAND_RM, .base = INSN_NO_REG, .displacement = 0xfff0),
    /* 32-bit: mov eax, [0xfee00020] (moffs) */
    E("\xa1\x20\x00\xe0\xfe", 32, .op = INSN_MOV, .size = 4, .rm_size = 4, .dst = OPERAND_ACC,
      .src = OPERAND_RM, .base = INSN_NO_REG, .displacement = (int32_t)0xfee00020),
    /* rep movsq, stosb, rep outsb, insw */
    E("\xf3\x48\xa5", 64, .op = INSN_MOVS, .size = 8, .rm_size = 8, .rep = true,
      .base = INSN_NO_REG),
    E("\xaa", 64, .op = INSN_STOS, .size = 1, .rm_size = 1, .base = INSN_NO_REG),
    E("\xf3\x6e", 64, .op = INSN_OUTS, .size = 1, .rm_size = 1, .rep = true, .base = INSN_NO_REG),
    E("\x66\x6d", 64, .op = INSN_INS, .size = 2, .rm_size = 2, .base = INSN_NO_REG),
    /* lock bts dword [rax], 3; test dword [rax], imm; xchg [rax], ecx; lock xadd; cmpxchg */
    E("\xf0\x0f\xba\x28\x03", 64, .op = INSN_BTS, .size = 4, .rm_size = 4, .dst = OPERAND_RM,
      .src = OPERAND_IMM, .reg = 5, .base = VCPU_RAX, .immediate = 3),
    E("\xf7\x00\x01\x00\x00\x00", 64, .op = INSN_TEST, .size = 4, .rm_size = 4, .dst = OPERAND_RM,
      .src = OPERAND_IMM, .base = VCPU_RAX, .immediate = 1),
    E("\x87\x08", 64, .op = INSN_XCHG, .size = 4, .rm_size = 4, .dst = OPERAND_RM,
      .src = OPERAND_REG, .reg = VCPU_RCX, .base = VCPU_RAX),
    E("\xf0\x0f\xc1\x08", 64, .op = INSN_XADD, .size = 4, .rm_size = 4, .dst = OPERAND_RM,
      .src = OPERAND_REG, .reg = VCPU_RCX, .base = VCPU_RAX),
    E("\x0f\xb0\x08", 64, .op = INSN_CMPXCHG, .size = 1, .rm_size = 1, .dst = OPERAND_RM,
      .src = OPERAND_REG, .reg = VCPU_RCX, .base = VCPU_RAX),
    /* cmp word [rsi], 5 (imm8) */
    E("\x66\x83\x3e\x05", 64, .op = INSN_CMP, .size = 2, .rm_size = 2, .dst = OPERAND_RM,
      .src = OPERAND_IMM, .reg = 7, .base = VCPU_RSI, .immediate = 5),
    /* mov r10, [rsp+8] with SIB */
    E("\x4c\x8b\x54\x24\x08", 64, .op = INSN_MOV, .size = 8, .rm_size = 8, .dst = OPERAND_REG,
      .src = OPERAND_RM, .reg = VCPU_R10, .base = VCPU_RSP, .displacement = 8),
};

static void test_examples(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *e = &examples[i];
        struct insn in;
        assert_true(insn_decode((const uint8_t *)e->bytes, e->n, e->bits, &in));
        assert_int_equal(in.length, e->n);
        assert_int_equal(in.op, e->want.op);
        assert_int_equal(in.size, e->want.size);
        assert_int_equal(in.rm_size, e->want.rm_size);
        assert_int_equal(in.dst, e->want.dst);
        assert_int_equal(in.src, e->want.src);
        assert_int_equal(in.base, e->want.base);
        assert_int_equal(in.rep, e->want.rep);
        assert_int_equal(in.rip_relative, e->want.rip_relative);
        assert_int_equal(in.displacement, e->want.displacement);
        assert_int_equal(in.immediate, e->want.immediate);
        if (e->want.dst == OPERAND_REG || e->want.src == OPERAND_REG) {
            assert_int_equal(in.reg, e->want.reg);
        }
        /* every truncation fails */
        for (unsigned n = 0; n < e->n; n++) {
            assert_false(insn_decode((const uint8_t *)e->bytes, n, e->bits, &in));
        }
    }
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        unsigned n;
    } other[] = {{"\x0f\xa2", 2}, {"\xf4", 1},         {"\x0f\x01\xd1", 3},     {"\x0f\x09", 2},
                 {"\x0f\x33", 2}, {"\x0f\x01\xc8", 3}, {"\x44\x0f\x20\xc0", 4}, {"\x0f\x23\xf8", 3},
                 {"\xe6\x80", 2}, {"\xec", 1},         {"\x66\xef", 2}};
    for (unsigned i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct insn in;
        assert_true(insn_decode((const uint8_t *)other[i].bytes, other[i].n, 64, &in));
        assert_int_equal(in.length, other[i].n);
    }
    struct insn in;
    assert_true(insn_decode((const uint8_t *)"\x44\x0f\x20\xc0", 4, 64, &in));
    assert_int_equal(in.op, INSN_MOV_CR);
    assert_int_equal(in.reg, 8);
}

static void test_too_long(void **state)
{
    (void)state;
    uint8_t bytes[20];
    memset(bytes, 0x66, sizeof bytes);
    struct insn in;
    assert_false(insn_decode(bytes, sizeof bytes, 64, &in));
}

/* The processor that runs this test is the reference for flags. */
static void test_flags_against_processor(void **state)
{
    (void)state;
    const uint64_t mask = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF;
    static const uint32_t values[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10, 0xf, 0x1234};
    for (unsigned i = 0; i < 64; i++) {
        const uint64_t operand[2] = {values[i / 8], values[i % 8]};
        uint32_t a = values[i / 8];
        uint64_t f, mine = 2;
        __asm__("addl %2, %0; pushfq; popq %1" : "+r"(a), "=r"(f) : "r"(values[i % 8]) : "cc");
        assert_int_equal(alu(INSN_ADD, 4, operand, &mine), a);
        assert_int_equal(mine & mask, f & mask);
        a = values[i / 8], mine = 2;
        __asm__("subl %2, %0; pushfq; popq %1" : "+r"(a), "=r"(f) : "r"(values[i % 8]) : "cc");
        assert_int_equal(alu(INSN_SUB, 4, operand, &mine), a);
        assert_int_equal(mine & mask, f & mask);
        a = values[i / 8], mine = RFLAGS_CF;
        __asm__("stc; sbbl %2, %0; pushfq; popq %1" : "+r"(a), "=r"(f) : "r"(values[i % 8]) : "cc");
        assert_int_equal(alu(INSN_SBB, 4, operand, &mine), a);
        assert_int_equal(mine & mask, f & mask);
        a = values[i / 8], mine = 2;
        __asm__("andl %2, %0; pushfq; popq %1" : "+r"(a), "=r"(f) : "r"(values[i % 8]) : "cc");
        assert_int_equal(alu(INSN_AND, 4, operand, &mine), a);
        assert_int_equal(mine & (mask & ~RFLAGS_AF), f & (mask & ~RFLAGS_AF));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_flags_against_processor),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
