/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Ways into and out of the kernel. Registers of the interrupted thread go straight into its TCB
 * (struct tcb.regs, order of enum user_register), so the kernel stack is empty at each exit.
 * Interrupts are off in the kernel but for the instruction windows at the end of this file.
 * AMD APM vol. 2, 6.1 (SYSCALL/SYSRET), 8.9 (long-mode interrupts); Intel SDM vol. 3, 6.14.
 */
#include <x86/layout.h>

#define R_RIP      (TCB_REGS + 0 * 8)
#define R_RSP      (TCB_REGS + 1 * 8)
#define R_RFLAGS   (TCB_REGS + 2 * 8)
#define R_RAX      (TCB_REGS + 3 * 8)
#define R_RBX      (TCB_REGS + 4 * 8)
#define R_RCX      (TCB_REGS + 5 * 8)
#define R_RDX      (TCB_REGS + 6 * 8)
#define R_RSI      (TCB_REGS + 7 * 8)
#define R_RDI      (TCB_REGS + 8 * 8)
#define R_RBP      (TCB_REGS + 9 * 8)
#define R_R8       (TCB_REGS + 10 * 8)
#define R_R9       (TCB_REGS + 11 * 8)
#define R_R10      (TCB_REGS + 12 * 8)
#define R_R11      (TCB_REGS + 13 * 8)
#define R_R12      (TCB_REGS + 14 * 8)
#define R_R13      (TCB_REGS + 15 * 8)
#define R_R14      (TCB_REGS + 16 * 8)
#define R_R15      (TCB_REGS + 17 * 8)
#define R_FAULT_IP (TCB_REGS + 20 * 8)
#define R_ERROR    (TCB_REGS + 21 * 8)

/* Saves all but rax, rcx, rip, rsp, rflags into the TCB at \base. */
.macro save_common base
    movq %rbx, R_RBX(\base)
    movq %rdx, R_RDX(\base)
    movq %rsi, R_RSI(\base)
    movq %rdi, R_RDI(\base)
    movq %rbp, R_RBP(\base)
    movq %r8, R_R8(\base)
    movq %r9, R_R9(\base)
    movq %r10, R_R10(\base)
    movq %r11, R_R11(\base)
    movq %r12, R_R12(\base)
    movq %r13, R_R13(\base)
    movq %r14, R_R14(\base)
    movq %r15, R_R15(\base)
.endm

/* Loads all but rcx, r11, rdi, rip, rsp, rflags from the TCB at rdi. */
.macro load_common
    movq R_RAX(%rdi), %rax
    movq R_RBX(%rdi), %rbx
    movq R_RDX(%rdi), %rdx
    movq R_RSI(%rdi), %rsi
    movq R_RBP(%rdi), %rbp
    movq R_R8(%rdi), %r8
    movq R_R9(%rdi), %r9
    movq R_R10(%rdi), %r10
    movq R_R12(%rdi), %r12
    movq R_R13(%rdi), %r13
    movq R_R14(%rdi), %r14
    movq R_R15(%rdi), %r15
.endm

    .text

/* SYSCALL: rcx = next instruction, r11 = flags; the stack is still the user's. */
    .globl entry_syscall
    .balign 64
entry_syscall:
    swapgs
    movq %rsp, %gs:CPU_SCRATCH
    movq %gs:CPU_CURRENT, %rsp
    movq %rax, R_RAX(%rsp)
    movq %rcx, R_RIP(%rsp)
    movq %rcx, R_RCX(%rsp)
    movq %r11, R_RFLAGS(%rsp)
    save_common %rsp
    subq $2, %rcx
    movq %rcx, R_FAULT_IP(%rsp)
    movq $-1, R_ERROR(%rsp)
    movq %gs:CPU_SCRATCH, %rax
    movq %rax, R_RSP(%rsp)
    movq %gs:CPU_STACK, %rsp
    call trap_syscall
    ud2

/* SYSCALL from 32-bit code: there is none; make it an unknown call with a wrong number. */
    .globl entry_syscall32
entry_syscall32:
    movq $0, %rdx
    jmp entry_syscall

/* Exceptions and interrupts. Stack: vector, error code, rip, cs, rflags, rsp, ss. */
    .balign 64
entry_common:
    testb $3, 24(%rsp)
    jz entry_from_kernel
    swapgs
    pushq %rax
    movq %gs:CPU_CURRENT, %rax
    movq %rcx, R_RCX(%rax)
    save_common %rax
    popq %rcx
    movq %rcx, R_RAX(%rax)
    popq %rdi /* vector */
    popq %rsi /* error code */
    popq %rcx
    movq %rcx, R_RIP(%rax)
    movq %rcx, R_FAULT_IP(%rax)
    popq %rcx
    popq %rcx
    movq %rcx, R_RFLAGS(%rax)
    popq %rcx
    movq %rcx, R_RSP(%rax)
    movq %rsi, R_ERROR(%rax)
    movq %gs:CPU_STACK, %rsp
    cld
    call trap_user
    ud2

/* From the kernel: an interrupt in one of the windows below, or a bug. */
entry_from_kernel:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi
    movq %rsp, %rbp
    andq $-16, %rsp
    call trap_kernel
    movq %rbp, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    iretq

/*
 * NMI, #DF, #MC: on their own stacks, at any instruction, so GS may be the user's even in ring 0.
 * The kernel's GS base is an address in the upper half: its sign tells.
 */
entry_ist:
    pushq %rax
    pushq %rcx
    pushq %rdx
    movl $0xc0000101, %ecx
    rdmsr
    testl %edx, %edx
    js 1f
    swapgs
    pushq $1
    jmp 2f
1:  pushq $0
2:  pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    cld
    leaq 96(%rsp), %rdi /* vector, error code, frame */
    movq %rsp, %rbp
    andq $-16, %rsp
    call trap_ist
    movq %rbp, %rsp
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rax
    testl %eax, %eax
    jz 3f
    swapgs
3:  popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    iretq

/* 256 stubs of 16 bytes; exceptions with an error code: 8, 10-14, 17, 21, 29, 30. */
    .globl entry_stubs
    .balign 16
entry_stubs:
.set vector, 0
.rept 256
    .balign 16
    .if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30))
    pushq $0
    .endif
    pushq $vector
    .if (vector == 2) || (vector == 8) || (vector == 18)
    jmp entry_ist
    .else
    jmp entry_common
    .endif
.set vector, vector + 1
.endr

/* Leave to the thread rdi that entered by SYSCALL: rcx and r11 are dead by convention. */
    .globl exit_sysret
    .balign 64
exit_sysret:
    load_common
    movq R_RIP(%rdi), %rcx
    movq R_RFLAGS(%rdi), %r11
    movq R_RSP(%rdi), %rsp
    movq R_RDI(%rdi), %rdi
    swapgs
    sysretq

/* Leave to the thread rdi with all registers. */
    .globl exit_iret
    .balign 64
exit_iret:
    pushq $SEL_USER_DATA
    pushq R_RSP(%rdi)
    pushq R_RFLAGS(%rdi)
    pushq $SEL_USER_CODE
    pushq R_RIP(%rdi)
    load_common
    movq R_R11(%rdi), %r11
    movq R_RCX(%rdi), %rcx
    movq R_RDI(%rdi), %rdi
    swapgs
    iretq

/* The two places of the kernel where interrupts are on. trap_kernel returns with them off. */

/* Sleeps until an interrupt comes. STI holds it off until HLT waits. */
    .globl entry_window_halt
entry_window_halt:
    sti
    hlt
    cli
    ret

/* Takes one interrupt if one waits. */
    .globl entry_window_short
entry_window_short:
    sti
    nop
    cli
    ret
    .section .note.GNU-stack, "", @progbits
