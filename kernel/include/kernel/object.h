/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Kernel objects as they lie in memory retyped from untypeds. */
#include <kernel/cap.h>

struct tcb;

/** FIFO of threads, linked through tcb.queue_next/prev. */
struct tcb_queue {
    struct tcb *head, *tail;
};

/** Endpoint: 16 bytes. The state is in the low bits of tail. */
enum endpoint_state { EP_IDLE, EP_SEND, EP_RECV };
struct endpoint {
    uint64_t head_;
    uint64_t tail_and_state_;
};

enum notification_state { NTFN_IDLE, NTFN_WAITING, NTFN_ACTIVE };
struct notification {
    struct tcb_queue queue;
    struct tcb *bound;
    uint64_t word;
    uint64_t state;
};

enum thread_state {
    THREAD_INACTIVE,
    THREAD_RUNNING,
    THREAD_RESTART,
    THREAD_BLOCKED_RECEIVE,
    THREAD_BLOCKED_SEND,
    THREAD_BLOCKED_REPLY,
    THREAD_BLOCKED_NOTIFICATION,
    THREAD_RUNNING_VM, /* in seL4_VMEnter, in the guest or about to be */
    THREAD_HALTED_VM,  /* in seL4_VMEnter with HALT: waits for notification or deadline */
    THREAD_IDLE,
};

/** Registers of a thread, in the order of seL4_UserContext; entry code depends on it. */
enum user_register {
    REG_RIP,
    REG_RSP,
    REG_RFLAGS,
    REG_RAX,
    REG_RBX,
    REG_RCX,
    REG_RDX,
    REG_RSI,
    REG_RDI,
    REG_RBP,
    REG_R8,
    REG_R9,
    REG_R10,
    REG_R11,
    REG_R12,
    REG_R13,
    REG_R14,
    REG_R15,
    REG_FS_BASE,
    REG_GS_BASE,
    NUM_CONTEXT_REGISTERS,
    REG_FAULT_IP = NUM_CONTEXT_REGISTERS, /* instruction to restart; rip is the next one */
    REG_ERROR, /* -1: entered by syscall (leave by sysret); else exception code (leave by iretq) */
    NUM_REGISTERS
};

/** The message registers passed in processor registers. */
#define MSG_REGISTERS                                                                              \
    {                                                                                              \
        REG_R10, REG_R8, REG_R9, REG_R15                                                           \
    }

/** Capability slots inside a TCB. */
enum tcb_slot {
    TCB_CSPACE,
    TCB_VSPACE,
    TCB_REPLY,
    TCB_CALLER,
    TCB_BUFFER,
    TCB_EPT_ROOT,
    TCB_RUN_PAGE,
    TCB_NUM_SLOTS
};

/** Lookup failure and fault of a thread, kept until delivered and answered. */
struct lookup_fault {
    uint8_t type; /* seL4_LookupFailureType */
    uint8_t bits_left, bits_found;
    word_t guard_found;
};

enum fault_type {
    FAULT_NONE,
    FAULT_CAP,
    FAULT_UNKNOWN_SYSCALL,
    FAULT_USER_EXCEPTION,
    FAULT_DEBUG,
    FAULT_VM
};
struct fault {
    enum fault_type type;
    word_t arg[3]; /* cap: address, in-receive-phase; syscall: number; exception: vector, code;
                      VM: address, fsr, prefetch */
    struct lookup_fault lookup;
};

struct vcpu;

/** Thread control block: 4 KiB on every CPU; the FPU area is at its end. */
struct tcb {
    cte_t slots[8];
    uint64_t regs[NUM_REGISTERS];

    enum thread_state state;
    uint32_t queued; /* in a scheduler queue */
    struct notification *bound_notification;
    struct fault fault;
    word_t fault_handler; /* cptr in the thread's own CSpace */
    word_t ipc_buffer;    /* user address */

    /* blocked state */
    uint64_t blocking_object; /* endpoint or notification */
    word_t blocking_badge;
    bool blocking_can_grant, blocking_can_grant_reply, blocking_is_call;

    uint8_t priority, mcp, domain;
    uint32_t time_slice;
    uint32_t flags; /* seL4_TCBFlag */
    uint32_t affinity;

    struct tcb *sched_next, *sched_prev; /* scheduler queue */
    struct tcb *queue_next, *queue_prev; /* endpoint or notification queue */

    struct vcpu *vcpu;
    struct tcb *all_next, *all_prev; /* all threads, oldest first: reports */
    char name[32];                   /* DebugNameThread */

    uint8_t fpu[2752] __attribute__((aligned(64))); /* XSAVE or FXSAVE image */
};

_Static_assert(sizeof(struct tcb) <= 4096, "a TCB is 4 KiB");
