/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What this kernel is, as the CONFIG_ symbols that user libraries test. A symbol that is not
 * defined is off. There is one configuration; nothing here is edited by users.
 */
#define CONFIG_ARCH_X86                          1
#define CONFIG_ARCH_X86_64                       1
#define CONFIG_SEL4_ARCH_X86_64                  1
#define CONFIG_SEL4_ARCH                         x86_64
#define CONFIG_ARCH                              x86
#define CONFIG_PLAT                              pc99
#define CONFIG_PLAT_PC99                         1
#define CONFIG_WORD_SIZE                         64
#define CONFIG_KERNEL_X86_64                     1
#define CONFIG_DEBUG_BUILD                       1
#define CONFIG_PRINTING                          1
#define CONFIG_HAVE_FPU                          1
#define CONFIG_XSAVE                             1
#define CONFIG_HUGE_PAGE                         1
#define CONFIG_VTX                               1
#define CONFIG_X86_64_VTX_64BIT_GUESTS           1
#define CONFIG_IOMMU                             1
#define CONFIG_SYSCALL                           1
#define CONFIG_FSGSBASE_MSR                      1
#define CONFIG_SET_TLS_BASE_SELF                 1
#define CONFIG_IRQ_IOAPIC                        1
#define CONFIG_MAX_NUM_IOAPIC                    8
#define CONFIG_MAX_NUM_NODES                     1
#define CONFIG_NUM_PRIORITIES                    256
#define CONFIG_NUM_DOMAINS                       1
#define CONFIG_NUM_DOMAIN_SCHEDULES              2
#define CONFIG_TIMER_TICK_MS                     2
#define CONFIG_TIME_SLICE                        5
#define CONFIG_ROOT_CNODE_SIZE_BITS              14
#define CONFIG_RETYPE_FAN_OUT_LIMIT              256
#define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS     230
#define CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION 100
#define CONFIG_RESET_CHUNK_BITS                  8
#define CONFIG_FASTPATH                          1
#define CONFIG_LIB_SEL4_USE_THREAD_LOCALS        1
#define CONFIG_LIB_SEL4_INLINE_INVOCATIONS       1
