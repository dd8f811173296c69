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
#include "switch_macros.S"

    .text
    .globl svm_world_switch
    .type svm_world_switch, @function
    .balign 64
svm_world_switch:
    push_host_registers
    pushq %rdx
    pushq %rdi

    clgi
    movq %rsi, %rax
    vmload %rax
    load_guest_registers

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
    save_guest_registers
    popq %rax
    vmload %rax
    stgi

    pop_host_registers
    ret
    .size svm_world_switch, . - svm_world_switch

    .section .note.GNU-stack, "", @progbits
