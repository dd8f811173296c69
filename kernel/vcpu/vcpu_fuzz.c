/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Random VMMs against the neutral vCPU code: any contents of the run page, signals, time,
 * restarts, state calls, and an extension that answers anything. After each step the rules of
 * the vCPU ABI must hold.
 */
#include "memory_fixture.h"
#include "vcpu.h"
#include <kernel/sched.h>
#include <kernel/vspace.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_AGAIN 4 /* answers "again" in a row: the real extension always gets out */

struct input {
    const uint8_t *data;
    size_t size;
};
static struct input input;
static unsigned again;
static uint64_t entered_with; /* event at the last entry */

static uint64_t take(unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes && input.size > 0; i++, input.size--) {
        v = v << 8 | *input.data++;
    }
    return v;
}

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* The guest takes its event or not (a fault while delivering), then anything happens. */
static enum hv_result fuzz_run(struct vcpu *v, const struct nested_space_ref *space)
{
    (void)space;
    entered_with = v->event;
    require(!v->failed && !v->halted);
    require(v->deadline_at == VCPU_DEADLINE_NONE || v->deadline.cpu == &host.cpu);
    uint64_t choice = take(1);
    if (choice & 0x80) {
        v->event = 0;
    }
    host.now += choice & 3;
    switch (choice % 3) {
    case 0:
        return HV_HOST;
    case 1:
        again = again < MAX_AGAIN ? again + 1 : 0;
        return again != 0 ? HV_AGAIN : HV_HOST;
    default:
        vcpu_set_exit(v, (enum vcpu_exit)take(1), 1);
        return HV_EXIT;
    }
}

static void nothing(struct vcpu *v)
{
    (void)v;
}

static void fuzz_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s)
{
    (void)v;
    (void)groups;
    memset(s, 0x5a, sizeof(*s));
}

static void fuzz_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s)
{
    (void)v;
    (void)groups;
    (void)s;
}

static void fuzz_set_ports(struct vcpu *v, unsigned first, unsigned last, bool direct)
{
    (void)v;
    (void)direct;
    require(first <= last && last <= 0xffff);
}

static void fuzz_record(struct vcpu *v, struct vcpu_run *run)
{
    (void)v;
    run->mode = VCPU_MODE_REAL;
}

static const struct hv_ops hv_fuzz = {
    .name = "fuzz",
    .create = nothing,
    .reset = nothing,
    .get_state = fuzz_get_state,
    .set_state = fuzz_set_state,
    .set_ports = fuzz_set_ports,
    .run = fuzz_run,
    .record = fuzz_record,
    .leave = nothing,
};

static cte_t vcpu_slot, thread_slot, page_slot;
static struct tcb *thread;
static struct vcpu *vcpu;
static struct vcpu_run *page;
static struct notification notification;

static void set_up(void)
{
    hv = &hv_fuzz;
    fixture_reset();
    fixture_create(&vcpu_slot, OBJECT_X86_VCPUObject);
    fixture_create(&thread_slot, OBJECT_TCBObject);
    fixture_create(&page_slot, OBJECT_X86_4K);
    vcpu = phys_to_virt(vcpu_slot.cap.paddr);
    thread = phys_to_virt(thread_slot.cap.paddr);
    page = phys_to_virt(page_slot.cap.paddr);
    require(fixture_copy(&thread->slots[TCB_RUN_PAGE], &page_slot) == INVOKE_DONE);
    notification = (struct notification){.bound = thread};
    thread->bound_notification = &notification;
    thread->priority = 10;
    thread->state = THREAD_RUNNING;
    host.cpu.current = thread;
    vcpu->tcb = thread;
    thread->vcpu = vcpu;
}

/* What a VMM may rely on when VMEnter has returned. */
static void check_result(uint64_t asked)
{
    bool refused = page->hw_reason == VCPU_HW_BAD_COMMIT && page->reason == VCPU_EXIT_ENTRY_FAILED;
    require(thread->regs[REG_RSI] == VCPU_EXIT || thread->regs[REG_RSI] == VCPU_NOTIFY);
    require(refused ? page->commit == asked : page->commit == 0);
    require(page->pending_event == vcpu->event);
    require(page->rip == vcpu->rip && (page->rflags & 2));
    require(!vcpu->halted || refused);
    if (page->reason == VCPU_EXIT_DEADLINE && page->hw_reason == 0) {
        require(page->tsc >= vcpu->deadline_at);
    }
}

static void check_vcpu(void)
{
    require(vcpu->event == 0 || (vcpu->event & VCPU_EVENT_VALID));
    require((vcpu->window & ~(VCPU_WINDOW_IRQ | VCPU_WINDOW_NMI)) == 0);
    require((vcpu->interruptibility & ~(VCPU_SHADOW_ANY | VCPU_NMI_BLOCKED)) == 0);
    require(!page_flush_owed());
    if (thread->state == THREAD_HALTED_VM) {
        require(vcpu->halted && notification.state != NTFN_ACTIVE);
        require(vcpu->deadline_at == VCPU_DEADLINE_NONE || vcpu->deadline.cpu != NULL);
    }
}

/* asked: the commit mask of this VMEnter; 0 once it has been taken. */
static void exit_path(uint64_t asked)
{
    bool in_call = thread->state == THREAD_RUNNING_VM || asked != 0;
    if (thread->state == THREAD_RUNNING_VM) {
        vcpu_run(thread);
    }
    if (in_call && thread->state == THREAD_RUNNING) {
        check_result(asked);
    }
}

static void fill_page(void)
{
    page->commit = take(1) | take(1) << 8;
    page->commit &= take(1) & 7 ? VCPU_COMMIT_ALL : UINT64_MAX;
    page->event = take(8);
    page->deadline = take(1) & 1 ? host.now + take(1) : take(8);
    page->window = (uint32_t)take(1);
    page->interruptibility = (uint32_t)take(1) & 0xf;
    page->rip = take(8);
    page->rflags = take(4);
    page->gpr[take(1) % VCPU_NUM_GPR] = take(8);
}

static void enter(void)
{
    if (thread->state != THREAD_RUNNING) {
        return;
    }
    uint64_t asked = page->commit;
    if (vcpu_enter(thread)) {
        exit_path(asked);
    }
}

static void step(void)
{
    switch (take(1) % 10) {
    case 0:
    case 1:
        if (thread->state == THREAD_RUNNING) {
            fill_page();
        }
        enter();
        break;
    case 2:
        enter();
        break;
    case 3: /* signal, as the notification object does it */
        notification.word |= take(1);
        notification.state = NTFN_ACTIVE;
        if (thread->state == THREAD_HALTED_VM) {
            sched_set_state(thread, THREAD_RUNNING_VM);
        }
        break;
    case 4:
        host.now += take(1);
        deadline_run();
        break;
    case 5:
        exit_path(0);
        break;
    case 6: /* suspend and resume */
        vcpu_cancel(thread);
        thread->state = THREAD_RUNNING;
        break;
    case 7:
        fixture_invoke(&vcpu_slot, (struct message){.label = LABEL_X86VCPUReset});
        break;
    case 8:
        fixture_invoke(&vcpu_slot, (struct message){.label = take(1) & 1 ? LABEL_X86VCPUGetState
                                                                         : LABEL_X86VCPUSetState,
                                                    .length = take(1) % 2,
                                                    .mr = {take(1)}});
        break;
    default:
        fixture_invoke(&vcpu_slot, (struct message){.label = LABEL_X86VCPUDisableIOPort,
                                                    .length = 2,
                                                    .mr = {take(3), take(3)}});
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = (struct input){data, size};
    set_up();
    while (input.size > 0) {
        step();
        check_vcpu();
    }
    return 0;
}
