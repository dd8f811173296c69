/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What the files of the runtime share. */
#include <camkes/generated.h>

/** The calling thread's entry of camkes_instance.threads. */
extern __thread const struct camkes_thread *camkes_self;

/** First C of every thread; called by _camkes_start. */
void camkes_thread_start(size_t index, void *thread_pointer) __attribute__((noreturn));

/** Hands the objects of camkes_instance.pool to camkes_alloc. Control thread, before users. */
void camkes_alloc_init(void);

/** Gives the DMA pool its memory. Control thread, before users. */
void camkes_dma_init_pool(void);

/** Address of the n-th frame for the device: what DMA programming needs; 0 if unknown. */
uintptr_t camkes_frame_paddr(seL4_CPtr frame);
