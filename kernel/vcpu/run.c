/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * seL4_VMEnter: the run page's "in" part, the loop that runs the guest, and the record.
 *
 * Order of one VMEnter: validate everything; commit, and clear the mask, so that a restarted
 * call cannot inject twice; look at the bound notification; look at the deadline; wait or
 * enter. The last three are repeated before every entry, with interrupts off: a signal from
 * any CPU is either seen here or stops the guest.
 */
#include "vcpu.h"
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/vcpu.h>
#include <kernel/vspace.h>
#include <string.h>

#define RFLAGS_FIXED    0x2u
#define RFLAGS_IF       0x200u
#define RFLAGS_WRITABLE 0x3f7fd5u

#define EVENT_VECTOR_MASK 0xffu
#define EVENT_RESERVED    0x7ffff000u
#define EVENT_ID          0x7ffu    /* vector and type */
#define EVENT_PRIVILEGED  (5u << 8) /* INT1, in reports of the processor only */
#define EVENT_SOFTWARE    (6u << 8) /* INT3, INTO, likewise */
/* Exceptions that may carry an error code: DF TS NP SS GP PF AC CP VC SX. */
#define EXCEPTIONS_WITH_CODE 0x60227d00u

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))

/*
 * What each CPU's guest uses. vcpu is set under the big lock before it is released for the
 * guest's time and taken back under the lock afterwards; another CPU clears it to say that the
 * vCPU is gone. space is cleared before the lock is asked for: who holds the lock and finds it
 * set can wait for the CPU to leave the guest.
 */
#define NOT_IN_GUEST 0x10000u
static struct {
    struct vcpu *vcpu;
    uint32_t space;
} guests[MAX_CPUS] = {[0 ... MAX_CPUS - 1] = {.space = NOT_IN_GUEST}};

/* The "in" part, each word read once; only what commit names is filled. */
struct vcpu_in {
    uint64_t commit, event, deadline;
    uint32_t window, interruptibility;
    uint64_t gpr[VCPU_NUM_GPR];
    uint64_t rip, rflags;
};

static void read_in(const struct vcpu_run *run, struct vcpu_in *in)
{
    in->commit = READ_ONCE(run->commit);
    in->event = READ_ONCE(run->event);
    in->deadline = READ_ONCE(run->deadline);
    in->window = READ_ONCE(run->window);
    in->interruptibility = READ_ONCE(run->interruptibility);
    in->rip = READ_ONCE(run->rip);
    in->rflags = READ_ONCE(run->rflags);
    if (in->commit & (VCPU_COMMIT_GPR | VCPU_COMMIT_RSP)) {
        for (unsigned i = 0; i < VCPU_NUM_GPR; i++) {
            in->gpr[i] = READ_ONCE(run->gpr[i]);
        }
    }
}

static bool event_is_legal(uint64_t event)
{
    if (!(event & VCPU_EVENT_VALID)) {
        return true;
    }
    unsigned vector = event & EVENT_VECTOR_MASK;
    bool has_code = (event & VCPU_EVENT_ERROR_CODE) != 0;
    if (event & EVENT_RESERVED) {
        return false;
    }
    switch (event & VCPU_EVENT_TYPE_MASK) {
    case VCPU_EVENT_NMI:
        return vector == 2 && !has_code;
    case VCPU_EVENT_EXCEPTION:
        return vector < 32 && vector != 2 &&
               (!has_code || (EXCEPTIONS_WITH_CODE & (1u << vector)) != 0);
    case VCPU_EVENT_INTR:
    case VCPU_EVENT_SOFT_INT:
        return !has_code;
    default:
        return false;
    }
}

static bool in_is_legal(const struct vcpu_in *in)
{
    if (in->commit & ~(uint64_t)VCPU_COMMIT_ALL) {
        return false;
    }
    if ((in->commit & VCPU_COMMIT_EVENT) && !event_is_legal(in->event)) {
        return false;
    }
    if ((in->commit & VCPU_COMMIT_WINDOW) && (in->window & ~(VCPU_WINDOW_IRQ | VCPU_WINDOW_NMI))) {
        return false;
    }
    return !(in->commit & VCPU_COMMIT_SHADOW) ||
           !(in->interruptibility & ~(VCPU_SHADOW_ANY | VCPU_NMI_BLOCKED));
}

static void commit_registers(struct vcpu *v, const struct vcpu_in *in)
{
    if (in->commit & VCPU_COMMIT_GPR) {
        uint64_t rsp = v->gpr[VCPU_RSP];
        memcpy(v->gpr, in->gpr, sizeof(v->gpr));
        v->gpr[VCPU_RSP] = rsp;
    }
    if (in->commit & VCPU_COMMIT_RSP) {
        v->gpr[VCPU_RSP] = in->gpr[VCPU_RSP];
    }
    if (in->commit & VCPU_COMMIT_RIP) {
        /* An instruction was emulated: a shadow before it has passed. */
        v->rip = in->rip;
        v->interruptibility &= ~VCPU_SHADOW_ANY;
    }
    if (in->commit & VCPU_COMMIT_RFLAGS) {
        v->rflags = (in->rflags & RFLAGS_WRITABLE) | RFLAGS_FIXED;
    }
    if (in->commit & VCPU_COMMIT_SHADOW) {
        v->interruptibility = in->interruptibility;
    }
}

static void commit(struct vcpu *v, const struct vcpu_in *in)
{
    commit_registers(v, in);
    if (in->commit & VCPU_COMMIT_EVENT) {
        v->event = in->event & VCPU_EVENT_VALID ? in->event : 0;
        v->event_injected = true;
    }
    if (in->commit & VCPU_COMMIT_WINDOW) {
        v->window = in->window;
    }
    if (in->commit & VCPU_COMMIT_DEADLINE) {
        v->deadline_at = in->deadline;
    }
    if (in->commit & VCPU_COMMIT_HALT) {
        v->halted = true;
    }
}

void vcpu_set_exit(struct vcpu *v, enum vcpu_exit reason, uint32_t hw_reason)
{
    v->exit = (struct vcpu_exit_info){.reason = reason, .hw_reason = hw_reason};
}

enum hv_result vcpu_reflect(struct vcpu *v, unsigned vector, int64_t code)
{
    if (!(v->event & VCPU_EVENT_VALID)) {
        v->event = VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | vector;
        v->event |= code >= 0 ? VCPU_EVENT_ERROR_CODE | (uint64_t)code << 32 : 0;
        v->event_injected = true;
    }
    return HV_AGAIN;
}

/*
 * Nothing is to be injected first, and nothing holds the event back. In an interrupt shadow one
 * instruction has to pass.
 */
bool vcpu_take_open_window(struct vcpu *v)
{
    uint32_t open = 0;
    if ((v->event & VCPU_EVENT_VALID) || (v->interruptibility & VCPU_SHADOW_ANY)) {
        return false;
    }
    open |= v->rflags & RFLAGS_IF ? VCPU_WINDOW_IRQ : 0;
    open |= v->interruptibility & VCPU_NMI_BLOCKED ? 0 : VCPU_WINDOW_NMI;
    open &= v->window;
    if (open == 0) {
        return false;
    }
    v->window &= ~open;
    vcpu_set_exit(v, VCPU_EXIT_WINDOW, 0);
    v->exit.u[0] = open;
    return true;
}

/* Software interrupts of the guest are never repeated: rip is still at the instruction. */
static bool event_is_software(uint64_t event)
{
    unsigned type = event & VCPU_EVENT_TYPE_MASK, vector = event & EVENT_VECTOR_MASK;
    return type == VCPU_EVENT_SOFT_INT || type == EVENT_PRIVILEGED || type == EVENT_SOFTWARE ||
           (type == VCPU_EVENT_EXCEPTION && (vector == 3 || vector == 4));
}

void vcpu_collect_event(struct vcpu *v, uint64_t info)
{
    uint64_t injected = v->event_injected ? v->event : 0;
    v->event = 0;
    if (!(info & VCPU_EVENT_VALID)) {
        v->event_injected = false;
        return;
    }
    bool ours = (injected & VCPU_EVENT_VALID) && !((injected ^ info) & EVENT_ID);
    if (ours || !event_is_software(info)) {
        v->event = info;
    }
    v->event_injected = ours;
    if ((info & VCPU_EVENT_TYPE_MASK) == VCPU_EVENT_NMI) {
        v->interruptibility &= ~VCPU_NMI_BLOCKED;
    }
}

/* The whole "out" part. The page belongs to the VMM: it is written, never read. */
static void write_record(struct vcpu *v, struct vcpu_run *run)
{
    run->interruptibility = v->interruptibility;
    memcpy(run->gpr, v->gpr, sizeof(run->gpr));
    run->rip = v->rip;
    run->rflags = v->rflags;
    run->reason = v->exit.reason;
    run->hw_reason = v->exit.hw_reason;
    run->next_rip = v->exit.next_rip;
    hv->record(v, run);
    run->pending_event = v->event;
    run->tsc = arch_now();
    run->exits = v->exits;
    memcpy(run->u.raw, v->exit.u, sizeof(run->u.raw));
    run->insn_len = v->exit.insn_len;
    if (v->exit.insn_len != 0) {
        memcpy(run->insn, v->exit.insn, sizeof(run->insn));
    }
}

/* VMEnter of t ends with this result. */
static void complete(struct tcb *t, struct vcpu *v, word_t result, word_t badge)
{
    write_record(v, vcpu_run_page(t));
    v->halted = false;
    t->regs[REG_RSI] = result;
    t->regs[REG_RDI] = badge;
    sched_set_state(t, THREAD_RUNNING);
}

static bool take_notification(struct tcb *t, struct vcpu *v)
{
    word_t badge;
    if (!notification_take_bound(t, &badge)) {
        return false;
    }
    vcpu_set_exit(v, VCPU_EXIT_NONE, 0);
    complete(t, v, VCPU_NOTIFY, badge);
    return true;
}

static bool take_deadline(struct tcb *t, struct vcpu *v)
{
    if (v->deadline_at == VCPU_DEADLINE_NONE || arch_now() < v->deadline_at) {
        return false;
    }
    vcpu_set_exit(v, VCPU_EXIT_DEADLINE, 0);
    complete(t, v, VCPU_EXIT, 0);
    return true;
}

/*
 * A deadline on the timer list makes the CPU leave the guest, or wakes a halted thread. It
 * is set by whichever CPU is about to run or halt the vCPU.
 */
static void arm_deadline(struct vcpu *v)
{
    bool in_guest = !v->halted && hv->keeps_deadline != NULL && hv->keeps_deadline();
    bool armed = v->deadline.cpu == this_cpu() && v->deadline.when == v->deadline_at;
    if (v->deadline_at == VCPU_DEADLINE_NONE || in_guest) {
        deadline_cancel(&v->deadline);
    } else if (!armed) {
        deadline_set(&v->deadline, v->deadline_at);
    }
}

static struct nested_space_ref nested_space_of(struct tcb *t)
{
    cap_t cap = t->slots[TCB_EPT_ROOT].cap;
    paddr_t root = ept_root(cap);
    if (root == 0) {
        return (struct nested_space_ref){.root = 0};
    }
    return (struct nested_space_ref){
        .root = root,
        .asid = (uint16_t)cap.table.asid,
        .stamp = ept_flush_stamp((uint16_t)cap.table.asid),
    };
}

void vcpu_guest_begin(struct vcpu *v, uint16_t asid)
{
    guests[this_cpu()->id].vcpu = v;
    __atomic_store_n(&guests[this_cpu()->id].space, asid, __ATOMIC_RELEASE);
}

void vcpu_guest_end(void)
{
    __atomic_store_n(&guests[this_cpu()->id].space, NOT_IN_GUEST, __ATOMIC_RELEASE);
}

bool vcpu_guest_survived(void)
{
    bool survived = guests[this_cpu()->id].vcpu != NULL;
    guests[this_cpu()->id].vcpu = NULL;
    return survived;
}

/* Makes a CPU leave its guest; it then waits for the lock that we hold. */
static void evict(unsigned cpu)
{
    if (__atomic_load_n(&guests[cpu].space, __ATOMIC_ACQUIRE) != NOT_IN_GUEST) {
        arch_send_reschedule(cpu);
    }
    while (__atomic_load_n(&guests[cpu].space, __ATOMIC_ACQUIRE) != NOT_IN_GUEST) {
    }
}

void vcpu_guest_abandon(const struct vcpu *v)
{
    for (unsigned i = 0; i < kernel.num_cpus; i++) {
        if (guests[i].vcpu == v) {
            guests[i].vcpu = NULL;
            evict(i);
        }
    }
}

void vcpu_shootdown(uint16_t asid)
{
    for (unsigned i = 0; i < kernel.num_cpus; i++) {
        if (__atomic_load_n(&guests[i].space, __ATOMIC_ACQUIRE) == asid) {
            evict(i);
        }
    }
}

bool vcpu_enter(struct tcb *t)
{
    struct vcpu *v = t->vcpu;
    struct vcpu_run *run = vcpu_run_page(t);
    if (v == NULL || run == NULL) {
        return false;
    }
    struct vcpu_in in;
    read_in(run, &in);
    if (!in_is_legal(&in)) {
        vcpu_set_exit(v, VCPU_EXIT_ENTRY_FAILED, VCPU_HW_BAD_COMMIT);
        complete(t, v, VCPU_EXIT, 0);
        return true;
    }
    commit(v, &in);
    *(volatile uint64_t *)&run->commit = 0;
    sched_set_state(t, THREAD_RUNNING_VM);
    return true;
}

void vcpu_run(struct tcb *t)
{
    struct vcpu *v = t->vcpu;
    if (v == NULL || vcpu_run_page(t) == NULL) {
        sched_set_state(t, THREAD_RESTART);
        return;
    }
    for (;;) {
        if (take_notification(t, v) || take_deadline(t, v)) {
            return;
        }
        arm_deadline(v);
        if (v->halted) {
            sched_set_state(t, THREAD_HALTED_VM);
            return;
        }
        if (v->failed) {
            vcpu_set_exit(v, VCPU_EXIT_ENTRY_FAILED, 0);
            complete(t, v, VCPU_EXIT, 0);
            return;
        }
        kassert(!page_flush_owed());
        v->cpu = this_cpu();
        struct nested_space_ref space = nested_space_of(t);
        enum hv_result result = hv->run(v, &space);
        /* QEMU's TCG changes its interrupt request word without a lock when a guest exits; a timer
         * interrupt that arrives in that moment stays in the local APIC for ever. */
        if (result != HV_HOST) {
            deadline_renew();
        }
        switch (result) {
        case HV_EXIT:
            v->exits++;
            v->failed = v->exit.reason == VCPU_EXIT_ENTRY_FAILED;
            complete(t, v, VCPU_EXIT, 0);
            return;
        case HV_HOST:
            return;
        case HV_AGAIN:
            break;
        }
    }
}

enum invoke_status vcpu_check_run_page(cap_t cap)
{
    bool usable = cap.type == CAP_FRAME && cap.frame.size == FRAME_4K && !cap.frame.is_device &&
                  cap.frame.can_read && cap.frame.can_write;
    return usable ? INVOKE_DONE : invoke_error(ERROR_IllegalOperation);
}

void vcpu_bind_run_page(struct tcb *t)
{
    struct vcpu_run *run = vcpu_run_page(t);
    run->version = VCPU_RUN_VERSION;
    run->size = sizeof(struct vcpu_run);
}
