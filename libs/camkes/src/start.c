/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Start-up of the threads of an instance; the protocol is described in camkes/generated.h. */
#include <camkes/init.h>
#include <camkes/tls.h>
#include <libc/libc.h>
#include <stdio.h>
#include <string.h>
#include "runtime.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
__thread camkes_tls_t camkes_tls;
__thread const struct camkes_thread *camkes_self;

/* component.lds: the initial image of the thread-local block. */
extern const char camkes_tls_image[], camkes_tls_image_size[], camkes_tls_size[];
/* member.lds: constructors of this instance alone. */
typedef void (*constructor_t)(void);
extern const constructor_t camkes_init_array_start[], camkes_init_array_end[];

/* Start-up phases that interface threads wait for; written by the control thread only. */
enum { PHASE_BOOT, PHASE_INIT, PHASE_RUN };
static int start_phase;
static unsigned start_inits_done;

const char *get_instance_name(void)
{
    return camkes_instance.name;
}

int get_instance_affinity(void)
{
    return camkes_instance.affinity;
}

void set_putchar(void (*put)(int c))
{
    libc_set_putchar(put);
}

void camkes_block_forever(void)
{
    for (;;) {
        if (camkes_self->parking != 0)
            seL4_Wait(camkes_self->parking, NULL);
        else if (camkes_self->tcb != 0)
            seL4_TCB_Suspend(camkes_self->tcb);
        else
            seL4_Yield();
    }
}

static void start_release(int phase)
{
    __atomic_store_n(&start_phase, phase, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < camkes_instance.thread_count; i++) {
        const struct camkes_thread *thread = &camkes_instance.threads[i];
        if (thread->kind == CAMKES_THREAD_INTERFACE)
            seL4_Signal(thread->parking);
    }
}

static void start_wait_phase(int phase)
{
    while (__atomic_load_n(&start_phase, __ATOMIC_SEQ_CST) < phase)
        seL4_Wait(camkes_self->parking, NULL);
}

static unsigned start_interface_threads(void)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < camkes_instance.thread_count; i++)
        count += camkes_instance.threads[i].kind == CAMKES_THREAD_INTERFACE;
    return count;
}

static void start_control(void)
{
    camkes_alloc_init();
    camkes_dma_init_pool();
    for (const constructor_t *c = camkes_init_array_start; c < camkes_init_array_end; c++)
        (*c)();
    if (camkes_instance.pre_init != NULL)
        camkes_instance.pre_init();
    start_release(PHASE_INIT);
    unsigned expected = start_interface_threads();
    while (__atomic_load_n(&start_inits_done, __ATOMIC_SEQ_CST) < expected)
        seL4_Wait(camkes_self->parking, NULL);
    if (camkes_instance.post_init != NULL)
        camkes_instance.post_init();
    start_release(PHASE_RUN);
    if (camkes_instance.run != NULL)
        camkes_instance.run();
}

static void start_interface(void)
{
    start_wait_phase(PHASE_INIT);
    if (camkes_self->init != NULL)
        camkes_self->init();
    __atomic_add_fetch(&start_inits_done, 1, __ATOMIC_SEQ_CST);
    seL4_Signal(camkes_instance.threads[0].parking);
    start_wait_phase(PHASE_RUN);
    if (camkes_self->run != NULL)
        camkes_self->run();
}

/* Fills the thread-local block. Nothing before the SetTLSBase may touch thread-local data. */
static void start_tls(void *thread_pointer)
{
    size_t size = (size_t)camkes_tls_size;
    size_t image = (size_t)camkes_tls_image_size;
    char *block = (char *)thread_pointer - size;
    memcpy(block, camkes_tls_image, image);
    memset(block + image, 0, size - image);
    *(void **)thread_pointer = thread_pointer;
    seL4_SetTLSBase((seL4_Word)thread_pointer);
}

void camkes_thread_start(size_t index, void *thread_pointer)
{
    const struct camkes_thread *me = &camkes_instance.threads[index];

    start_tls(thread_pointer);
    seL4_SetIPCBuffer((seL4_IPCBuffer *)me->ipc_buffer);
    camkes_self = me;
    camkes_tls.tcb_cap = me->tcb;
    camkes_tls.thread_index = (unsigned)index + 1;
    camkes_tls.cnode_cap = camkes_instance.cnode;
    camkes_tls.reply_cap_slot = me->reply_slot;
    if (me->kind == CAMKES_THREAD_FAULT)
        camkes_fault_run();

    libc_thread_init(me->parking, me->tcb, (int)index + 1);
    libc_set_pid(camkes_instance.pid);
    /* Unbuffered streams hand each printf to the console in one piece, and no text is left
     * in a buffer when the thread blocks or faults. */
    setvbuf(stdout, NULL, _IONBF, 0);
    if (me->kind == CAMKES_THREAD_CONTROL)
        start_control();
    else
        start_interface();
    camkes_block_forever();
}
