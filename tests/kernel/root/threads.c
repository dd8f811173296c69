/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Threads of tests: shared CSpace and VSpace, own stack, IPC buffer and TLS. */
#include "harness.h"

extern char tls_start[], tls_data_end[], tls_size[];
void thread_entry(void);
_Noreturn void thread_main(struct thread *t);

size_t tls_bytes(void)
{
    return (size_t)tls_size + 16;
}

/* Variables lie below the FS base; the word at the base points to itself (System V TLS). */
char *tls_init(char *memory)
{
    size_t size = (size_t)tls_size;
    char *base = memory + size;
    memcpy(base - size, tls_start, (size_t)(tls_data_end - tls_start));
    *(char **)base = base;
    return base;
}

/* The other thread's IPC buffer pointer: same offset from its FS base as ours. */
static void tls_set_buffer(char *base, seL4_IPCBuffer *buffer)
{
    char *mine;
    __asm__("movq %%fs:0, %0" : "=r"(mine));
    ptrdiff_t offset = (char *)&__sel4_ipc_buffer - mine;
    *(seL4_IPCBuffer **)(base + offset) = buffer;
}

_Noreturn void thread_main(struct thread *t)
{
    t->function(t);
    seL4_Signal(t->done);
    seL4_TCB_Suspend(t->tcb);
    for (;;) {
    }
}

struct thread *new_thread(void (*function)(struct thread *), seL4_Word priority, seL4_CPtr fault_ep)
{
    char *memory = new_pages(1 + THREAD_STACK / PAGE_SIZE);
    struct thread *t = (struct thread *)memory;
    t->function = function;
    t->tls = tls_init(memory + ((sizeof(*t) + 63) & ~63ul));
    t->stack = memory + PAGE_SIZE;
    t->tcb = new_object(seL4_TCBObject, 0);
    t->done = new_object(seL4_NotificationObject, 0);
    t->buffer_frame = new_object(seL4_X86_4K, 0);
    t->buffer = map_frame(t->buffer_frame, seL4_PageBits);
    tls_set_buffer(t->tls, t->buffer);

    CHECK_EQ(seL4_TCB_Configure(t->tcb, fault_ep, ROOT_CNODE, 0, seL4_CapInitThreadVSpace, 0,
                                (seL4_Word)t->buffer, t->buffer_frame),
             seL4_NoError);
    CHECK_EQ(seL4_TCB_SetSchedParams(t->tcb, seL4_CapInitThreadTCB, 255, priority), seL4_NoError);
    seL4_UserContext regs = {
        .rip = (seL4_Word)thread_entry,
        .rsp = (seL4_Word)t->stack + THREAD_STACK,
        .rflags = 0x202,
        .rdi = (seL4_Word)t,
        .fs_base = (seL4_Word)t->tls,
    };
    CHECK_EQ(seL4_TCB_WriteRegisters(t->tcb, 0, 0, sizeof(regs) / sizeof(seL4_Word), &regs),
             seL4_NoError);
    return t;
}

void thread_start(struct thread *t)
{
    CHECK_EQ(seL4_TCB_Resume(t->tcb), seL4_NoError);
}

void thread_join(struct thread *t)
{
    seL4_Wait(t->done, NULL);
}

struct thread *start_thread(void (*function)(struct thread *), seL4_Word priority, uintptr_t arg0,
                            uintptr_t arg1)
{
    struct thread *t = new_thread(function, priority, 0);
    t->arg[0] = arg0;
    t->arg[1] = arg1;
    thread_start(t);
    return t;
}
