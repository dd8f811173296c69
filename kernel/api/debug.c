/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Debug system calls: output, names, what is where. */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>

static void debug_cap_identify(struct tcb *t)
{
    struct resolved r = cspace_lookup(t, t->regs[REG_RDI]);
    t->regs[REG_RDI] = r.slot ? r.slot->cap.type : CAP_NULL;
}

/* The name is text in the caller's buffer; what is too long is cut. */
static void debug_name_thread(struct tcb *t)
{
    struct resolved r = cspace_lookup(t, t->regs[REG_RDI]);
    const word_t *buffer = ipc_buffer(t, false);
    if (!r.slot || r.slot->cap.type != CAP_THREAD || !buffer) {
        kprintf("DebugNameThread: %#lx is not a thread, or no IPC buffer\n", t->regs[REG_RDI]);
        return;
    }
    struct tcb *named = cap_tcb(r.slot->cap);
    const char *text = (const char *)&buffer[BUFFER_MSG];
    unsigned i = 0;
    for (; i < sizeof(named->name) - 1 && text[i]; i++) {
        named->name[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }
    named->name[i] = 0;
}

/*
 * Whoever halts the machine, or keeps it printing, takes it from everybody, and no capability says
 * who may: it is the root task alone, and when the loader has ended nobody.
 */
static bool syscall_debug_root(int64_t number, const struct tcb *t)
{
    if (t != kernel.root_thread) {
        return false;
    }
    if (number == SYS_DebugHalt) {
        kprintf("halted by thread %s (%p)\n", t->name, (const void *)t);
        arch_halt();
    }
    kernel_snapshot();
    return true;
}

bool syscall_debug(int64_t number)
{
    struct tcb *t = this_cpu()->current;
    switch (number) {
    case SYS_DebugPutChar:
        arch_debug_putchar((char)t->regs[REG_RDI]);
        return true;
    case SYS_DebugDumpScheduler:
        kernel_dump_scheduler();
        return true;
    case SYS_DebugHalt:
    case SYS_DebugSnapshot:
        return syscall_debug_root(number, t);
    case SYS_DebugCapIdentify:
        debug_cap_identify(t);
        return true;
    case SYS_DebugNameThread:
        debug_name_thread(t);
        return true;
    default:
        return false;
    }
}

static const char *thread_state_name(enum thread_state state)
{
    static const char *const names[] = {
        [THREAD_INACTIVE] = "inactive",
        [THREAD_RUNNING] = "running",
        [THREAD_RESTART] = "restart",
        [THREAD_BLOCKED_RECEIVE] = "receive",
        [THREAD_BLOCKED_SEND] = "send",
        [THREAD_BLOCKED_REPLY] = "reply",
        [THREAD_BLOCKED_NOTIFICATION] = "notification",
        [THREAD_RUNNING_VM] = "guest",
        [THREAD_HALTED_VM] = "halted guest",
        [THREAD_IDLE] = "idle",
    };
    return names[state];
}

static void dump_thread(const struct tcb *t)
{
    kprintf("  %3u %-12s ip %#lx cpu %u %s\n", t->priority, thread_state_name(t->state),
            t->regs[REG_RIP], t->affinity, t->name);
}

void kernel_dump_scheduler(void)
{
    for (unsigned i = 0; i < kernel.num_cpus; i++) {
        const struct cpu *cpu = kernel.cpus[i];
        kprintf("cpu %u, current:\n", i);
        dump_thread(cpu->current);
        kprintf("ready:\n");
        for (int p = NUM_PRIORITIES - 1; p >= 0; p--) {
            for (const struct tcb *t = cpu->ready[p].head; t; t = t->sched_next) {
                dump_thread(t);
            }
        }
    }
}
