/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The first instructions: multiboot headers, 32-bit entry, long mode.
 * Multiboot Specification 0.6.96 (header with address fields, because the file is ELF64) and
 * Multiboot2 Specification 2.0. Intel SDM vol. 3, 9.8.5 "Initializing IA-32e Mode".
 */
#include <x86/layout.h>

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003 /* page-aligned modules, memory map, address fields */
#define MB2_MAGIC 0xe85250d6

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

    .section .boot, "awx"
    .balign 8
mb1_header:
    .long MB1_MAGIC
    .long MB1_FLAGS
    .long -(MB1_MAGIC + MB1_FLAGS)
    .long mb1_header
    .long KERNEL_LOAD
    .long kernel_load_end_phys
    .long kernel_bss_end_phys
    .long boot_entry

    .balign 8
mb2_header:
    .long MB2_MAGIC
    .long 0 /* i386 protected mode */
    .long mb2_end - mb2_header
    .long -(MB2_MAGIC + (mb2_end - mb2_header))
    .balign 8
    .word 3, 0 /* entry address */
    .long 12
    .long boot_entry
    .balign 8
    .word 6, 0 /* page-aligned modules */
    .long 8
    .balign 8
    .word 5, 1 /* a frame buffer, if there is one: UEFI machines have no text mode */
    .long 20
    .long 0, 0, 0
    .balign 8
    .word 0, 0
    .long 8
mb2_end:

    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    movl %eax, %edi
    movl %ebx, %esi

    /* Long mode and NX, or a message. */
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    andl $0x20100000, %edx
    cmpl $0x20100000, %edx
    jne no_long_mode

    /* First 4 GiB with 2 MiB pages: at 0, in the physical window and (1 GiB) the image window. */
    movl $PHYS(kernel_pd), %ebx
    movl $0x83, %eax
    xorl %edx, %edx
1:  movl %eax, (%ebx)
    movl %edx, 4(%ebx)
    addl $8, %ebx
    addl $0x200000, %eax
    jnc 1b
    movl $(PHYS(kernel_pd) + 3), %eax
    movl $4, %ecx
    xorl %ebx, %ebx
2:  movl %eax, PHYS(kernel_pdpt)(, %ebx, 8)
    addl $0x1000, %eax
    incl %ebx
    loop 2b
    movl $(PHYS(kernel_pd) + 3), PHYS(kernel_pdpt) + 510 * 8
    movl $(PHYS(kernel_pdpt) + 3), PHYS(kernel_pml4)
    movl $(PHYS(kernel_pdpt) + 3), PHYS(kernel_pml4) + KERNEL_SLOT * 8

    movl %cr4, %eax
    orl $0x20, %eax /* PAE */
    movl %eax, %cr4
    movl $PHYS(kernel_pml4), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x901, %eax /* LME, NXE, SCE */
    wrmsr
    movl %cr0, %eax
    orl $0x80010001, %eax /* PG, WP, PE */
    andl $~0x60000000, %eax /* caches on */
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $SEL_KERNEL_CODE, $boot_entry64

no_long_mode:
    /* On the screen too: a processor without long mode has VGA text. */
    movl $no_long_mode_text, %esi
    movl $0xb8000, %edi
    movb $0x07, %ah
2:  lodsb
    stosw
    cmpb $'.', %al
    jne 2b
    movl $no_long_mode_text, %esi
3:  movw $0x3fd, %dx
    inb %dx, %al
    testb $0x20, %al
    jz 3b
    lodsb
    testb %al, %al
    jz 4f
    movw $0x3f8, %dx
    outb %al, %dx
    jmp 3b
4:  hlt
    jmp 4b
no_long_mode_text:
    .asciz "This kernel needs a 64-bit processor with the NX bit.\r\n"

    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
boot_gdt_pointer:
    .word boot_gdt_pointer - boot_gdt - 1
    .long boot_gdt, 0

    .code64
boot_entry64:
    movl $SEL_KERNEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    movq $boot_entry_high, %rax
    jmp *%rax

    .text
boot_entry_high:
    movq $boot_cpu_stack_top, %rsp
    xorl %ebp, %ebp
    movl %edi, %edi /* magic, zero-extended */
    movl %esi, %esi /* address of the loader's information */
    call kernel_main
5:  hlt
    jmp 5b

    .bss
    .balign 4096
    .globl kernel_pml4, kernel_pdpt, kernel_pd
kernel_pml4:
    .space 4096
kernel_pdpt:
    .space 4096
kernel_pd:
    .space 4 * 4096
boot_cpu_stack:
    .space 16384
boot_cpu_stack_top:
    .section .note.GNU-stack, "", @progbits
