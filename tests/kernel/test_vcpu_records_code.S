/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Guests of test_vcpu_records.c. Each instruction that may exit is written with `step`, which
 * tells the test its length: some processors do not. Guests end with EAX = GUEST_RECORDS_END.
 */
#include "vcpu_layout.h"

    .section .rodata

.macro snippet name
    .globl guest_\name, guest_\name\()_end
guest_\name:
.endm
.macro end name
    movl $GUEST_RECORDS_END, %eax
    step vmmcall
guest_\name\()_end:
.endm
.macro step insn:vararg
.Lstep\@:
    \insn
.Lstepped\@:
    .pushsection record_steps, "a"
    .quad .Lstep\@, .Lstepped\@
    .popsection
.endm

    .code32

/* Every kind of exit by an instruction, in flat 32-bit mode. */
snippet record_instructions
    movl $0x12345678, %eax
    movl $7, %ecx
    movl $0xb0b0b0b0, %ebx
    step cpuid
    step hlt
    movl $0xaabbccdd, %eax
    movw $0x3f8, %dx
    step outb %al, %dx
    step outw %ax, %dx
    step outl %eax, %dx
    step inb %dx, %al
    step inw %dx, %ax
    step inl %dx, %eax
    step outb %al, $0x80
    step outl %eax, $0x84
    step inb $0x60, %al
    step inw $0x60, %ax
    movl $GUEST_DATA, %esi
    movl $GUEST_DATA, %edi
    movl $3, %ecx
    step outsb
    step insl
    step rep outsw
    movl $2, %ecx
    std
    step rep insb
    cld
    movl $0x1b, %ecx
    step rdmsr
    movl $0x10, %ecx
    movl $0x11223344, %eax
    movl $0x55667788, %edx
    step wrmsr
    movl $0xc0011029, %ecx
    step rdmsr
    movl $0x4b564d00, %ecx
    step wrmsr
    movl $2, %ecx
    step rdpmc
    step wbinvd
    step invd
    movl $GUEST_DATA, %eax
    xorl %ecx, %ecx
    xorl %edx, %edx
    step monitor
    step mwait
    nop
    pause
    invlpg GUEST_DATA
end record_instructions

/* Nested page faults: sizes, directions, a fetch. */
snippet record_memory
    step movl GUEST_HOLE + 0x1004, %eax
    step movl %eax, GUEST_HOLE + 0x2008
    movl $GUEST_HOLE + 0x3000, %ebx
    step movb (%ebx), %cl
    step movb %cl, 5(%ebx)
    step movw %cx, 0x1000(%ebx)
    step movzbl 7(%ebx), %edx
    step cmpl $5, (%ebx)
    step movl $0x11223344, 8(%ebx)
    step testb $1, 0xffd(%ebx)
    movl $GUEST_DATA, %edi
    movl $GUEST_HOLE + 0x4000, %esi
    movl $1, %ecx
    step movsl
    step rep movsb
    movl $GUEST_HOLE + 0x5000, %edi
    step stosl
    lock
    step xaddl %eax, GUEST_DATA
    step pushl (%ebx)
    movl $GUEST_HOLE + 0x6000, %eax
    step jmp *%eax /* ends in the hole: the last record */
end record_memory

/* From flat 32-bit mode to long mode and back, by the guest itself. */
snippet record_modes
    step vmmcall
    movl $0x20, %eax /* PAE */
    movl %eax, %cr4
    step vmmcall
    movl $GUEST_PML4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    movl $0x101, %eax
    xorl %edx, %edx
    wrmsr
    movl $0x80000031, %eax
    movl %eax, %cr0
    step vmmcall /* compatibility mode */
    rdmsr
    step vmmcall /* EFER as the guest reads it */
    pushl $GUEST_CS64
    call 1f
1:  addl $(2f - 1b), (%esp)
    lretl
    .code64
2:  movabsq $0x1122334455667788, %r15
    step vmmcall
    step cpuid
    movl $0x620, %eax
    movq %rax, %cr4
    movq %cr4, %rbx
    step vmmcall
    movq $5, %rax
    step movq %rax, %cr8
    step movq %cr8, %rcx
    movq %cr0, %rax
    btsq $30, %rax /* caches off: the guest's view only */
    movq %rax, %cr0
    movq %cr0, %rbx
    step vmmcall
    step movq GUEST_HOLE + 0x18, %r9
    step movq %r15, GUEST_HOLE + 0x20
    step lock incq GUEST_HOLE + 0x28
    movl $GUEST_HOLE, %eax
    swapgs
    step wrmsr
    movl $GUEST_RECORDS_END, %eax
    step vmmcall
    .code32
end record_modes

/* Real mode, CS base GUEST_CODE. */
    .code16
snippet record_real
    movw $0x1234, %ax
    step outb %al, $0x42
    step inw $0x44, %ax
    step cpuid
    step hlt
    movw $0x21, %ax
    pushw %ax
    step outsb
    popw %bx
end record_real
    .code32

/* One hypercall after the other; between two of them the test injects something. */
snippet record_events
    .rept 6
    step vmmcall
    nop
    nop
    .endr
    cli
    step vmmcall /* the test asks for a window */
    nop
    sti
    nop
    nop
    nop
    step vmmcall /* NMI; its handler tells */
    nop
    nop
    step vmmcall
    nop
end record_events

snippet record_shadows
    sti
    step hlt
    step hlt
    movl %ss, %eax
    cli
    step vmmcall
    movl %eax, %ss
    step vmmcall
    step vmmcall
    pushfl
    orl $0x100, (%esp)
    popfl
    nop
    pushfl
    andl $~0x100, (%esp)
    popfl
    step vmmcall
end record_shadows

/* Deliveries that fault on the way: the stack is in a hole. */
snippet record_delivery
    movl $GUEST_HOLE + 0x1000, %esp
    step vmmcall
    nop
    movl $GUEST_STACK, %esp
end record_delivery

snippet record_triple_fault
    lidt GUEST_DATA /* limit 0 */
    ud2
end record_triple_fault

    .code64
/* The guest's own tables lie in the hole. */
snippet record_walk
    movl $GUEST_HOLE, %eax
    movq %rax, %cr3
    nop
end record_walk

    .section .note.GNU-stack, "", @progbits
