/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Code for the guest of the vCPU tests, copied to GUEST_CODE: it must not contain references
 * to itself by address. Guests tell what they saw through registers and VMMCALL.
 */
#include "vcpu_layout.h"

    .section .rodata

.macro snippet name
    .globl guest_\name, guest_\name\()_end
guest_\name:
.endm
.macro end name
guest_\name\()_end:
.endm

/* CR0.EM and TS off, CR4.OSFXSR and OSXMMEXCPT on. */
.macro enable_sse
    movl %cr0, %eax
    andl $~0xc, %eax
    movl %eax, %cr0
    movl %cr4, %eax
    orl $0x600, %eax
    movl %eax, %cr4
.endm

    .code32

/* Handlers: count, keep the error code, return. Their code must fit GUEST_HANDLER_BYTES. */
snippet handlers
    vector = 0
    .rept 64
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
    pushl %eax
    movl 4(%esp), %eax
    movl %eax, GUEST_CODES + 4 * vector
    popl %eax
    incl GUEST_COUNT + 4 * vector
    addl $4, %esp
    iretl
    .else
    incl GUEST_COUNT + 4 * vector
    iretl
    .endif
    .balign GUEST_HANDLER_BYTES
    vector = vector + 1
    .endr
end handlers

snippet cpuid
    movl $0x12345678, %eax
    movl $7, %ecx
    movl $0xb0b0b0b0, %ebx
    movl $0x51515151, %esi
    movl $0xd1d1d1d1, %edi
    movl $0xbebebebe, %ebp
    cpuid
    movl %eax, %edx
    vmmcall
end cpuid

snippet cpuid_loop
1:  cpuid
    jmp 1b
end cpuid_loop

snippet hlt
    hlt
    vmmcall
end hlt

snippet ports
    movw $0x1234, %dx
    movl $0xaabbccdd, %eax
    outb %al, %dx
    outw %ax, $0x70
    outl %eax, %dx
    inb $0x60, %al
    inw %dx, %ax
    inl $0x80, %eax
    movl $GUEST_DATA, %esi
    movl $GUEST_DATA, %edi
    movl $3, %ecx
    rep outsb
    insl
    vmmcall
end ports

/* A port that exits only in its last byte. */
snippet port_edge
    movw $0x2ffd, %dx
    outl %eax, %dx
    vmmcall
end port_edge

snippet msrs
    movl $0x1b, %ecx
    rdmsr
    movl $0x10, %ecx
    movl $0x11223344, %eax
    movl $0x55667788, %edx
    wrmsr
    movl $0x4b564d00, %ecx
    rdmsr
    /* Switched by the kernel: no exits. */
    movl $0x174, %ecx
    movl $0x1234, %eax
    xorl %edx, %edx
    wrmsr
    movl $0xc0000101, %ecx
    movl $0x5678, %eax
    wrmsr
    rdmsr
    movl %eax, %ebx
    movl $0x174, %ecx
    rdmsr
    vmmcall
end msrs

/* EFER: SVME must read as 0; setting a reserved bit is #GP. PAT: legal and illegal values. */
snippet kernel_msrs
    movl $0xc0000080, %ecx
    rdmsr
    movl %eax, %ebx
    orl $1, %eax
    wrmsr
    rdmsr
    movl %eax, %esi
    movl $0x277, %ecx
    rdmsr
    movl %eax, %edi
    movl $0x00070606, %eax
    movl $0, %edx
    wrmsr
    rdmsr
    movl %eax, %ebp
    vmmcall
    movl $0x277, %ecx
    movl $0x02020202, %eax
    wrmsr
    nop
    vmmcall
end kernel_msrs

snippet memory
    movl GUEST_HOLE + 0x1004, %eax
    movl %eax, GUEST_HOLE + 0x2008
    movl $GUEST_HOLE + 0x3000, %eax
    jmp *%eax
end memory

snippet write_hole
    movl $0x77, GUEST_HOLE
    movl GUEST_HOLE, %eax
    vmmcall
    movl $0x78, GUEST_HOLE
    movl GUEST_HOLE, %ebx
    vmmcall
end write_hole

snippet forever
1:  jmp 1b
end forever

/* Counts in memory so that the VMM sees that it runs. */
snippet counting
1:  incl GUEST_DATA
    jmp 1b
end counting

snippet exits_by_name
    wbinvd
    invd
    rdpmc
    monitor
    mwait
    vmmcall
end exits_by_name

snippet xsetbv
    movl $0, %ecx
    movl $1, %eax
    movl $0, %edx
    xsetbv
    vmmcall
end xsetbv

snippet svm_instructions
    movl $GUEST_DATA, %eax
    vmrun
    vmmcall
    stgi
    vmmcall
    vmload
    vmmcall
    clgi
    vmmcall
end svm_instructions

snippet vmx_instructions
    movl $GUEST_DATA, %eax
    vmlaunch
    vmmcall
    vmresume
    vmmcall
    vmxoff
    vmmcall
    vmptrld (%eax)
    vmmcall
end vmx_instructions

/* CR0 with caches off, CR4 with SSE; then a bit of CR4 that is not the guest's. */
snippet control_registers
    movl %cr0, %ebx
    movl %ebx, %eax
    orl $0x40000000, %eax
    movl %eax, %cr0
    movl %cr0, %ecx
    movl %cr4, %esi
    movl $0x600, %eax
    movl %eax, %cr4
    movl %cr4, %edx
    vmmcall
    orl $0x2000, %eax
    movl %eax, %cr4
    vmmcall
end control_registers

snippet triple_fault
    lidt GUEST_DATA /* limit 0 */
    ud2
end triple_fault

snippet task_switch
    ljmp $0x28, $0
    vmmcall /* the new task starts here where the switch does not exit */
end task_switch

/* Spins with interrupts on, then off, telling by VMMCALL in between. */
snippet interrupts
    sti
    nop
1:  cmpl $0, GUEST_COUNT + 4 * 0x21
    je 1b
    cli
    vmmcall
2:  cmpl $0, GUEST_DATA
    je 2b
    sti
    nop
    nop
    vmmcall
end interrupts

snippet window
    cli
    vmmcall
    nop
    sti
    nop
    nop
    nop
    vmmcall
end window

/* Shadow of STI: HLT right behind it. */
snippet sti_hlt
    sti
    hlt
    vmmcall
end sti_hlt

/* An NMI handler (vector 2) that tells that it runs, twice. */
snippet nmi_main
    vmmcall
    nop
    nop
    vmmcall
    nop
    vmmcall
end nmi_main

snippet nmi_handler
    incl GUEST_COUNT + 4 * 2
    vmmcall
    iretl
end nmi_handler

snippet exceptions
    ud2
    vmmcall
    int3
    vmmcall
    int $0x30
    vmmcall
end exceptions

/* Single step: TF set by POPF. */
snippet single_step
    pushfl
    orl $0x100, (%esp)
    popfl
    nop
    pushfl
    andl $~0x100, (%esp)
    popfl
    nop
    vmmcall
end single_step

/* Interrupt delivery with the stack in a hole. */
snippet stack_in_hole
    movl $GUEST_HOLE + 0x1000, %esp
    vmmcall
    nop
    nop
    vmmcall
end stack_in_hole

snippet int_with_stack_in_hole
    movl $GUEST_HOLE + 0x1000, %esp
    int $0x30
    vmmcall
end int_with_stack_in_hole

snippet tsc
    rdtsc
    vmmcall
end tsc

snippet debug_registers
    movl $0x1111, %eax
    movl %eax, %dr0
    movl $0x4444, %eax
    movl %eax, %dr3
    vmmcall
    movl %dr0, %eax
    movl %dr3, %ebx
    vmmcall
end debug_registers

snippet gigabyte
    movl GUEST_GIGABYTE, %eax
    vmmcall
    movl $0x51515151, GUEST_LAST
    movl GUEST_LAST, %ebx
    vmmcall
end gigabyte

snippet read_hole
    movl GUEST_HOLE, %eax
    vmmcall
end read_hole

/* Keeps EBX in XMM5 and EDX in DR0, and tells them again and again. */
snippet registers
    enable_sse
    movd %ebx, %xmm5
    movl %edx, %dr0
    vmmcall
    movl %dr0, %ecx
    movd %xmm5, %eax
    nop
    nop
    nop
    nop
    nop
    vmmcall
end registers

/* An SSE register must survive other users of the FPU. */
snippet fpu
    enable_sse
    movl $0x600df00d, %eax
    movd %eax, %xmm3
    xorl %eax, %eax
    vmmcall
    movd %xmm3, %eax
    vmmcall
end fpu

/* Real mode, copied to GUEST_CODE with CS base there. */
    .code16
snippet real_mode
    movw $0x1234, %ax
    outb %al, $0x42
    hlt
end real_mode

    .code64
snippet long_mode
    movabsq $0x1122334455667788, %r15
    movq $-1, %r8
    cpuid
    movq %r15, %rax
    vmmcall
    movq GUEST_HOLE + 0x18, %rax
end long_mode

snippet cr8
    movl $5, %eax
    movq %rax, %cr8
    vmmcall
end cr8

/* The guest's own tables lie in a hole: the walk faults. */
snippet walk_fault
    movl $GUEST_HOLE, %eax
    movq %rax, %cr3
    nop
    vmmcall
end walk_fault

    .section .note.GNU-stack, "", @progbits
