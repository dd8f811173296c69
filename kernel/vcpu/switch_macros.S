/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What both world switches do with general registers. The guest's are in an array of enum vcpu_gpr
 * at rdi; rax and rsp are not here: each extension has its own place for them.
 */
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

/* The registers that a C function keeps for its caller. */
.macro push_host_registers
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm
.macro pop_host_registers
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
.endm

/* The guest's registers but rdi, which the last instruction before the guest loads. No flags. */
.macro load_guest_registers
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
.endm

/* Back from the guest: the array's address is on the stack and goes from there to rdi. */
.macro save_guest_registers
    xchgq %rdi, (%rsp)
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
.endm
