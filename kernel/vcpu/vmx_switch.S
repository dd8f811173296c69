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
#include "switch_macros.S"

#define VMCS_HOST_RSP 0x6c14

    .text
    .globl vmx_world_switch
    .type vmx_world_switch, @function
    .balign 64
vmx_world_switch:
    push_host_registers
    pushq %rdi
    movl $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax

    testb %sil, %sil /* MOV leaves the flags alone */
    movq RAX(%rdi), %rax
    load_guest_registers
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
    save_guest_registers
    movq %rax, RAX(%rdi)
    movl $1, %eax

3:  pop_host_registers
    ret
    .size vmx_world_switch, . - vmx_world_switch

    .section .note.GNU-stack, "", @progbits
