/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Faults: the message to the fault handler, and what its answer does. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/printf.h>
#include <kernel/sched.h>

/* Registers in the order of the messages; RIP stands for the address to restart at. */
static const enum user_register syscall_message[] = {
    REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP,      REG_R8,  REG_R9,
    REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_FAULT_IP, REG_RSP, REG_RFLAGS};
static const enum user_register exception_message[] = {REG_FAULT_IP, REG_RSP, REG_RFLAGS};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fault_writer {
    struct tcb *to;
    word_t *buffer;
    unsigned length;
};

static void fault_put(struct fault_writer *w, word_t value)
{
    if (w->length < NUM_MSG_REGISTERS || w->buffer) {
        ipc_set_mr(w->to, w->buffer, w->length++, value);
    }
}

static void fault_put_registers(struct fault_writer *w, const struct tcb *t,
                                const enum user_register *r, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        fault_put(w, t->regs[r[i]]);
    }
}

word_t fault_write_message(const struct tcb *t, struct tcb *handler)
{
    const struct fault *f = &t->fault;
    struct fault_writer w = {.to = handler, .buffer = ipc_buffer(handler, true)};
    switch (f->type) {
    case FAULT_CAP: {
        word_t words[4];
        unsigned count = lookup_fault_words(&f->lookup, words);
        fault_put(&w, t->regs[REG_FAULT_IP]);
        fault_put(&w, f->arg[0]);
        fault_put(&w, f->arg[1]);
        for (unsigned i = 0; i < count; i++) {
            fault_put(&w, words[i]);
        }
        break;
    }
    case FAULT_UNKNOWN_SYSCALL:
        fault_put_registers(&w, t, syscall_message, COUNT(syscall_message));
        fault_put(&w, f->arg[0]);
        break;
    case FAULT_USER_EXCEPTION:
        fault_put_registers(&w, t, exception_message, COUNT(exception_message));
        fault_put(&w, f->arg[0]);
        fault_put(&w, f->arg[1]);
        break;
    case FAULT_VM:
        fault_put(&w, t->regs[REG_FAULT_IP]);
        fault_put(&w, f->arg[0]);
        fault_put(&w, f->arg[2]);
        fault_put(&w, f->arg[1]);
        break;
    default:
        break;
    }
    return msg_info(f->type, 0, 0, w.length);
}

/* The handler's answer holds new registers. */
static void fault_read_registers(struct tcb *t, const struct tcb *handler,
                                 const enum user_register *r, unsigned count)
{
    word_t length = msg_info_length(handler->regs[REG_RSI]);
    const word_t *buffer = ipc_buffer(handler, false);
    if (length > NUM_MSG_REGISTERS && !buffer) {
        length = NUM_MSG_REGISTERS;
    }
    for (unsigned i = 0; i < count && i < length; i++) {
        enum user_register rule = r[i] == REG_FAULT_IP ? REG_RIP : r[i];
        t->regs[r[i]] = arch_sanitise_register(rule, ipc_get_mr(handler, buffer, i));
    }
    /* RCX and R11 may have changed: leave by the path that restores everything. */
    t->regs[REG_ERROR] = 0;
}

bool fault_apply_reply(struct tcb *t, const struct tcb *handler)
{
    switch (t->fault.type) {
    case FAULT_UNKNOWN_SYSCALL:
        fault_read_registers(t, handler, syscall_message, COUNT(syscall_message));
        break;
    case FAULT_USER_EXCEPTION:
        fault_read_registers(t, handler, exception_message, COUNT(exception_message));
        break;
    default:
        return true;
    }
    return msg_info_label(handler->regs[REG_RSI]) == 0;
}

static const char *fault_name(enum fault_type type)
{
    static const char *const names[] = {[FAULT_NONE] = "no fault",
                                        [FAULT_CAP] = "capability fault",
                                        [FAULT_UNKNOWN_SYSCALL] = "unknown system call",
                                        [FAULT_USER_EXCEPTION] = "exception",
                                        [FAULT_DEBUG] = "debug exception",
                                        [FAULT_VM] = "page fault"};
    return names[type];
}

/* Nobody to tell: the thread stops for good. */
static void fault_report(struct tcb *t)
{
    const struct fault *f = &t->fault;
    kprintf("thread %s (%p) stopped: %s, arguments %#lx %#lx %#lx, at ip %#lx sp %#lx; it has no "
            "usable fault handler (%#lx)\n",
            t->name[0] ? t->name : "without name", (void *)t, fault_name(f->type), f->arg[0],
            f->arg[1], f->arg[2], t->regs[REG_FAULT_IP], t->regs[REG_RSP], t->fault_handler);
    kprintf("  rax %#lx rbx %#lx rcx %#lx rdx %#lx rsi %#lx rdi %#lx rbp %#lx flags %#lx\n",
            t->regs[REG_RAX], t->regs[REG_RBX], t->regs[REG_RCX], t->regs[REG_RDX],
            t->regs[REG_RSI], t->regs[REG_RDI], t->regs[REG_RBP], t->regs[REG_RFLAGS]);
}

void fault_send(struct tcb *t)
{
    struct resolved r = cspace_lookup(t, t->fault_handler);
    cap_t cap = r.slot ? r.slot->cap : cap_null();
    if (cap.type != CAP_ENDPOINT || !cap.endpoint.can_write ||
        !(cap.endpoint.can_grant || cap.endpoint.can_grant_reply)) {
        fault_report(t);
        t->fault.type = FAULT_NONE;
        sched_set_state(t, THREAD_INACTIVE);
        return;
    }
    endpoint_send(cap_endpoint(cap), t,
                  &(struct ipc_send){.badge = cap.endpoint.badge,
                                     .can_grant = cap.endpoint.can_grant,
                                     .can_grant_reply = cap.endpoint.can_grant_reply,
                                     .is_call = true,
                                     .is_blocking = true});
}
