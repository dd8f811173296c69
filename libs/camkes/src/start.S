/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Entry of every thread: rdi = index in the thread table, rsp = top of the stack. Carves the
 * thread-local block of the x86-64 ABI (variant II: data below the thread pointer, a pointer to
 * itself at it) from the top of the stack. The linker script component.lds gives the size;
 * ld places the block so that it ends at the thread pointer, which is 64-byte aligned here.
 */
#define THREAD_CONTROL_BLOCK 64

    .section .text._camkes_start, "ax", @progbits
    .globl _camkes_start
    .type _camkes_start, @function
_camkes_start:
    sub $THREAD_CONTROL_BLOCK, %rsp
    and $-64, %rsp
    mov %rsp, %rsi                  /* thread pointer */
    sub $camkes_tls_size, %rsp
    and $-64, %rsp
    xor %ebp, %ebp
    call camkes_thread_start        /* aligned to 16 before the call, as the ABI wants */
    ud2
    .size _camkes_start, . - _camkes_start

    .section .note.GNU-stack, "", @progbits
