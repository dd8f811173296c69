/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The world switch of SVM. AMD APM vol. 2, 15.5 (VMRUN), 15.17 (global interrupt flag).
 *
 * void svm_world_switch(uint64_t *gpr [rdi], paddr_t vmcb [rsi], paddr_t host_page [rdx]);
 *
 * VMRUN keeps rip, rsp, rax and the control registers of the host in its host save area;
 * VMLOAD/VMSAVE move FS, GS, TR, LDTR and the system call registers. The host's part of those
 * never changes but for the user's FS and GS bases, which the caller tells the kernel to
 * write again: so the host is only loaded, never saved.
 */
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
    .globl svm_world_switch
    .type svm_world_switch, @function
    .balign 64
svm_world_switch:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdx
    pushq %rdi

    clgi
    movq %rsi, %rax
    vmload %rax
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

    /*
     * The host's IF must be 1 for physical interrupts to leave the guest (V_INTR_MASKING);
     * GIF is 0, so none is taken here. The instruction between STI and VMRUN keeps the
     * shadow of STI out of the guest.
     */
    sti
    movq RDI(%rdi), %rdi
    vmrun %rax
    cli

    /* rax is the VMCB again, rsp ours. */
    vmsave %rax
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
    popq %rax
    vmload %rax
    stgi

    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size svm_world_switch, . - svm_world_switch

    .section .note.GNU-stack, "", @progbits
