/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Where the kernel lives: everything in top-level slot 511, so that an address space gets the
 * whole kernel by one entry. Also included by assembly and the linker script.
 *
 *   0xffffff8000000000  physical window: RAM and the first 4 GiB, 2 MiB pages, not executable
 *   0xffffffff80000000  kernel image at its physical address, 4 KiB pages, W^X
 *   0xffffffffc0000000  device window: single pages of interrupt controllers, uncached
 */
#define KERNEL_SLOT      511
#define PHYS_WINDOW      0xffffff8000000000
#define PHYS_WINDOW_SIZE 0x7f00000000 /* 508 GiB */
#define KERNEL_BASE      0xffffffff80000000
#define DEVICE_WINDOW    0xffffffffc0000000
#define KERNEL_LOAD      0x100000
/* End of what the image window can map: IMAGE_TABLES tables of 2 MiB each. */
#define IMAGE_TABLES       4
#define KERNEL_IMAGE_LIMIT 0x800000

/* Segment selectors. SYSRET wants user data right before user code. */
#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA   0x1b
#define SEL_USER_CODE   0x23
#define SEL_TSS         0x28

/* Offsets the entry code uses; checked in cpu.c. */
#define CPU_STACK   8
#define CPU_CURRENT 16
#define CPU_SCRATCH 24
#define TCB_REGS    256

/* Vectors. */
#define VECTOR_IRQ_BASE   0x20 /* kernel interrupt number 0; user vector 0 is 0x30 */
#define VECTOR_USER_BASE  0x30
#define VECTOR_IOMMU      0x9c
#define VECTOR_TIMER      0x9d
#define VECTOR_RESCHEDULE 0x9f
#define VECTOR_SPURIOUS   0xff
