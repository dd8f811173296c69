/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One invocation from the registers of its thread to its reply. */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/syscall.h>

/* One interrupt check per this many units of work. */
#define WORK_UNITS_PER_CHECK 100

bool preemption_point(void)
{
    struct cpu *cpu = this_cpu();
    if (++cpu->work_units < WORK_UNITS_PER_CHECK) {
        return false;
    }
    cpu->work_units = 0;
    return arch_interrupt_pending();
}

word_t invocation_mr(const struct invocation *inv, unsigned n)
{
    return ipc_get_mr(inv->thread, inv->buffer, n);
}

void invocation_set_result(struct invocation *inv, unsigned n, word_t value)
{
    if (inv->is_call) {
        ipc_set_mr(inv->thread, ipc_buffer(inv->thread, true), n, value);
        inv->result_length = n + 1;
    }
}

static enum invoke_status fill_error(enum kernel_error error, word_t arg0, word_t arg1)
{
    struct cpu *cpu = this_cpu();
    cpu->syscall_error.error = error;
    cpu->syscall_error.arg[0] = arg0;
    cpu->syscall_error.arg[1] = arg1;
    return INVOKE_ERROR;
}

enum invoke_status invoke_error(enum kernel_error error)
{
    return fill_error(error, 0, 0);
}

enum invoke_status invoke_error_argument(unsigned n)
{
    return fill_error(ERROR_InvalidArgument, n, 0);
}

enum invoke_status invoke_error_capability(unsigned n)
{
    return fill_error(ERROR_InvalidCapability, n, 0);
}

enum invoke_status invoke_error_range(word_t min, word_t max)
{
    return fill_error(ERROR_RangeError, min, max);
}

enum invoke_status invoke_error_memory(word_t bytes)
{
    return fill_error(ERROR_NotEnoughMemory, bytes, 0);
}

enum invoke_status invoke_error_lookup(bool source, struct lookup_fault fault)
{
    this_cpu()->syscall_error.source = source;
    this_cpu()->syscall_error.lookup = fault;
    return fill_error(ERROR_FailedLookup, 0, 0);
}

enum invoke_status invoke_error_missing(unsigned bits_left)
{
    return invoke_error_lookup(false, (struct lookup_fault){.type = LOOKUP_MISSING_CAPABILITY,
                                                            .bits_left = (uint8_t)bits_left});
}

unsigned lookup_fault_words(const struct lookup_fault *f, word_t words[4])
{
    words[0] = f->type;
    words[1] = f->bits_left;
    switch (f->type) {
    case LOOKUP_MISSING_CAPABILITY:
        return 2;
    case LOOKUP_DEPTH_MISMATCH:
        words[2] = f->bits_found;
        return 3;
    case LOOKUP_GUARD_MISMATCH:
        words[2] = f->guard_found;
        words[3] = f->bits_found;
        return 4;
    default:
        return 1;
    }
}

/* Message words of an error reply; returns how many. */
static unsigned error_words(const struct cpu *cpu, word_t words[5])
{
    switch (cpu->syscall_error.error) {
    case ERROR_InvalidArgument:
    case ERROR_InvalidCapability:
    case ERROR_NotEnoughMemory:
        words[0] = cpu->syscall_error.arg[0];
        return 1;
    case ERROR_RangeError:
        words[0] = cpu->syscall_error.arg[0];
        words[1] = cpu->syscall_error.arg[1];
        return 2;
    case ERROR_FailedLookup:
        words[0] = cpu->syscall_error.source;
        return 1 + lookup_fault_words(&cpu->syscall_error.lookup, &words[1]);
    default:
        return 0;
    }
}

static void invocation_fail(struct invocation *inv)
{
    if (inv->is_call) {
        struct cpu *cpu = this_cpu();
        word_t words[5];
        unsigned length = error_words(cpu, words);
        word_t *buffer = ipc_buffer(inv->thread, true);
        for (unsigned i = 0; i < length; i++) {
            ipc_set_mr(inv->thread, buffer, i, words[i]);
        }
        if (!buffer && length > NUM_MSG_REGISTERS) {
            length = NUM_MSG_REGISTERS;
        }
        inv->thread->regs[REG_RDI] = 0;
        inv->thread->regs[REG_RSI] = msg_info(cpu->syscall_error.error, 0, 0, length);
    }
    inv->thread->state = THREAD_RUNNING;
}

void invocation_finish(struct invocation *inv)
{
    struct tcb *t = inv->thread;
    if (inv->is_call) {
        word_t length = inv->result_length;
        if (length > NUM_MSG_REGISTERS && !ipc_buffer(t, true)) {
            length = NUM_MSG_REGISTERS;
        }
        t->regs[REG_RDI] = 0;
        t->regs[REG_RSI] = msg_info(ERROR_NoError, 0, 0, length);
    }
    t->state = THREAD_RUNNING;
}

/* Looks up everything the message names; false: a fault has been raised, or is not wanted. */
static bool invocation_prepare(struct invocation *inv)
{
    struct tcb *t = inv->thread;
    word_t info = t->regs[REG_RSI], bad;
    struct resolved r = cspace_lookup(t, inv->cptr);
    if (!r.slot) {
        if (inv->is_blocking) {
            syscall_cap_fault(inv->cptr, false, r.fault);
        }
        return false;
    }
    inv->slot = r.slot;
    inv->cap = r.slot->cap;
    inv->buffer = ipc_buffer(t, false);
    inv->label = msg_info_label(info);
    inv->length = msg_info_length(info);
    if (!inv->buffer && inv->length > NUM_MSG_REGISTERS) {
        inv->length = NUM_MSG_REGISTERS;
    }
    if (!ipc_lookup_extra(t, info, inv->extra, &bad, &r.fault)) {
        if (inv->is_blocking) {
            syscall_cap_fault(bad, false, r.fault);
        }
        return false;
    }
    return true;
}

void syscall_invoke(bool is_blocking, bool is_call)
{
    struct tcb *t = this_cpu()->current;
    struct invocation inv = {
        .thread = t, .cptr = t->regs[REG_RDI], .is_call = is_call, .is_blocking = is_blocking};
    if (!invocation_prepare(&inv)) {
        return;
    }
    /* Until it is done: a preempted operation starts again from the system call. */
    t->state = THREAD_RESTART;
    const struct object_ops *ops = object_ops(inv.cap.type);
    enum invoke_status status =
        ops->invoke ? ops->invoke(&inv) : invoke_error(ERROR_IllegalOperation);
    if (status == INVOKE_ERROR) {
        invocation_fail(&inv);
    } else if (status == INVOKE_DONE && t->state == THREAD_RESTART) {
        invocation_finish(&inv);
    }
}
