/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The world switch of VT-x. Intel SDM vol. 3, chapters 26 (VM entries) and 27 (VM exits).
 *
 * bool vmx_world_switch(uint64_t *gpr [rdi], bool launched [sil]);
 *
 * The processor switches everything but the general registers. It comes back at vmx_exit_entry,
 * after an exit as after an entry that failed because of the guest's state; an entry that
 * failed earlier goes on behind the instruction.
 */
#define VMCS_HOST_RSP 0x6c14

#define RAX  0
#define RCX  8
#define RDX  16
#define RBX  24
#define RBP  40
#define RSI  48
#define RDI  56
#define R8   64
#define R9   72
#define R10  80
#define R11  88
#define R12  96
#define R13  104
#define R14  112
#define R15  120

    .text
    .globl vmx_world_switch
    .type vmx_world_switch, @function
    .balign 64
vmx_world_switch:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
    movl $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax

    testb %sil, %sil /* MOV leaves the flags alone */
    movq RAX(%rdi), %rax
    movq RCX(%rdi), %rcx
    movq RDX(%rdi), %rdx
    movq RBX(%rdi), %rbx
    movq RBP(%rdi), %rbp
    movq RSI(%rdi), %rsi
    movq R8(%rdi), %r8
    movq R9(%rdi), %r9
    movq R10(%rdi), %r10
    movq R11(%rdi), %r11
    movq R12(%rdi), %r12
    movq R13(%rdi), %r13
    movq R14(%rdi), %r14
    movq R15(%rdi), %r15
    movq RDI(%rdi), %rdi
    jnz 1f
    vmlaunch
    jmp 2f
1:  vmresume

    /* The instruction failed: the registers are as they were. */
2:  addq $8, %rsp
    xorl %eax, %eax
    jmp 3f

    .globl vmx_exit_entry
    .balign 16
vmx_exit_entry:
    xchgq %rdi, (%rsp)
    movq %rax, RAX(%rdi)
    movq %rcx, RCX(%rdi)
    movq %rdx, RDX(%rdi)
    movq %rbx, RBX(%rdi)
    movq %rbp, RBP(%rdi)
    movq %rsi, RSI(%rdi)
    movq %r8, R8(%rdi)
    movq %r9, R9(%rdi)
    movq %r10, R10(%rdi)
    movq %r11, R11(%rdi)
    movq %r12, R12(%rdi)
    movq %r13, R13(%rdi)
    movq %r14, R14(%rdi)
    movq %r15, R15(%rdi)
    popq %rcx
    movq %rcx, RDI(%rdi)
    movl $1, %eax

3:  popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size vmx_world_switch, . - vmx_world_switch

    .section .note.GNU-stack, "", @progbits
