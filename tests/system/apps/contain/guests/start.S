/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* PVH entry: 32-bit, flat segments, no stack. */
    .section .note.pvh, "a", @note
    .long 4, 4, 18
    .asciz "Xen"
    .long _start

    .text
    .globl _start, stack_top
_start:
    movl $stack_top, %esp
    call guest_main

    .bss
    .balign 16
    .space 8192
stack_top:
    .section .note.GNU-stack, "", @progbits
