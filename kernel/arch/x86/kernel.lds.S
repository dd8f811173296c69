/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Layout of the kernel file. The boot part runs at its physical address, the rest in the image
 * window. File offset minus physical address is one constant (multiboot address fields), and the
 * image tool appends its payload behind the end: keep .bss last.
 */
#include <x86/layout.h>

OUTPUT_FORMAT(elf64-x86-64)
ENTRY(boot_entry)

PHDRS
{
    boot PT_LOAD FLAGS(5);
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
}

SECTIONS
{
    . = KERNEL_LOAD;
    .boot : ALIGN(4096) { KEEP(*(.boot)) . = ALIGN(4096); } :boot

    . += KERNEL_BASE;
    .text : AT(ADDR(.text) - KERNEL_BASE) {
        kernel_text = .;
        *(.text .text.*)
        . = ALIGN(4096);
        kernel_text_end = .;
    } :text
    .rodata : AT(ADDR(.rodata) - KERNEL_BASE) {
        *(.rodata .rodata.*)
        . = ALIGN(4096);
        kernel_rodata_end = .;
    } :rodata
    .payload : AT(ADDR(.payload) - KERNEL_BASE) { KEEP(*(.payload)) } :data
    .data : AT(ADDR(.data) - KERNEL_BASE) {
        *(.data .data.*)
        . = ALIGN(4096);
    } :data
    kernel_load_end_phys = . - KERNEL_BASE;
    .bss : AT(ADDR(.bss) - KERNEL_BASE) {
        /* Aligned here, not in the object: a segment aligned to more than a page would move
         * in the file against its address. */
        . = ALIGN(0x10000);
        *(.bss.log)
        *(.bss .bss.* COMMON)
        . = ALIGN(4096);
    } :data
    kernel_end = .;
    kernel_bss_end_phys = . - KERNEL_BASE;
    ASSERT(kernel_bss_end_phys <= KERNEL_IMAGE_LIMIT, "kernel image too large")

    /DISCARD/ : { *(.comment) *(.note.*) *(.eh_frame) }
}
