/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Entry of the root task: rdi is the boot information; the stack is ours to choose. */
    .text
    .globl _start
_start:
    leaq main_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call root_main
    ud2

/* Entry of a test thread: rdi is its struct thread. */
    .globl thread_entry
thread_entry:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call thread_main
    ud2

    .bss
    .balign 16
    .space 65536
main_stack_top:
    .section .note.GNU-stack, "", @progbits
