/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Unit tests of the neutral vCPU code on a virtualization extension made of two arrays. */
#include "memory_fixture.h"
#include "vcpu.h"
#include <kernel/sched.h>
#include <kernel/vcpu.h>
#include <kernel/vspace.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MAX_RUNS 8

/* The fake extension: what each run answers, and what it was asked. */
static struct {
    enum hv_result results[MAX_RUNS];
    enum vcpu_exit reasons[MAX_RUNS];
    unsigned planned, runs, resets, leaves;
    struct nested_space_ref space;
    uint64_t event_at_entry, rip_at_entry;
    struct vcpu_state state;
    unsigned ports_first, ports_last;
    bool ports_direct;
} fake;

static enum hv_result fake_run(struct vcpu *v, const struct nested_space_ref *space)
{
    assert_true(fake.runs < fake.planned);
    unsigned i = fake.runs++;
    fake.space = *space;
    fake.event_at_entry = v->event;
    fake.rip_at_entry = v->rip;
    v->event = 0; /* delivered */
    if (fake.results[i] == HV_EXIT) {
        vcpu_set_exit(v, fake.reasons[i], 0x77);
        v->exit.next_rip = v->rip + 2;
        v->exit.u[0] = 0xabc;
    }
    return fake.results[i];
}

static void fake_vcpu(struct vcpu *v)
{
    (void)v;
}

static void fake_reset(struct vcpu *v)
{
    (void)v;
    fake.resets++;
}

static void fake_leave(struct vcpu *v)
{
    (void)v;
    fake.leaves++;
}

static void fake_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s)
{
    (void)v;
    if (groups & VCPU_STATE_MSRS) {
        s->star = fake.state.star;
    }
}

static void fake_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s)
{
    (void)v;
    if (groups & VCPU_STATE_MSRS) {
        fake.state = *s;
    }
}

static void fake_set_ports(struct vcpu *v, unsigned first, unsigned last, bool direct)
{
    (void)v;
    fake.ports_first = first;
    fake.ports_last = last;
    fake.ports_direct = direct;
}

static void fake_record(struct vcpu *v, struct vcpu_run *run)
{
    (void)v;
    run->cr0 = 0x11;
    run->mode = VCPU_MODE_PROT32;
}

static const struct hv_ops hv_fake = {
    .name = "fake",
    .create = fake_vcpu,
    .reset = fake_reset,
    .get_state = fake_get_state,
    .set_state = fake_set_state,
    .set_ports = fake_set_ports,
    .run = fake_run,
    .record = fake_record,
    .leave = fake_leave,
};

static cte_t vcpu_slot, thread_slot, page_slot;
static struct vcpu *vcpu;
static struct tcb *thread;
static struct vcpu_run *page;
static struct notification notification;

static void plan(enum hv_result result, enum vcpu_exit reason)
{
    fake.results[fake.planned] = result;
    fake.reasons[fake.planned++] = reason;
}

static enum kernel_error bind(void)
{
    return fixture_invoke(&vcpu_slot,
                          (struct message){.label = LABEL_X86VCPUSetTCB, .extra = {&thread_slot}});
}

static int set_up(void **state)
{
    (void)state;
    hv = &hv_fake;
    memset(&fake, 0, sizeof(fake));
    fixture_reset();
    fixture_create(&vcpu_slot, OBJECT_X86_VCPUObject);
    fixture_create(&thread_slot, OBJECT_TCBObject);
    fixture_create(&page_slot, OBJECT_X86_4K);
    vcpu = phys_to_virt(vcpu_slot.cap.paddr);
    thread = phys_to_virt(thread_slot.cap.paddr);
    assert_int_equal(bind(), ERROR_NoError);
    assert_int_equal(vcpu_check_run_page(page_slot.cap), INVOKE_DONE);
    assert_int_equal(fixture_copy(&thread->slots[TCB_RUN_PAGE], &page_slot), INVOKE_DONE);
    vcpu_bind_run_page(thread);
    page = phys_to_virt(page_slot.cap.paddr);
    memset(&notification, 0, sizeof(notification));
    notification.bound = thread;
    thread->bound_notification = &notification;
    thread->priority = 10;
    thread->state = THREAD_RUNNING;
    host.cpu.current = thread;
    host.now = 1000;
    return 0;
}

/* One VMEnter as system call and exit path do it; the thread's result, or its state if none. */
static word_t enter(void)
{
    thread->state = THREAD_RUNNING;
    thread->regs[REG_RSI] = 0xdead;
    assert_true(vcpu_enter(thread));
    if (thread->state == THREAD_RUNNING_VM) {
        vcpu_run(thread);
    }
    return thread->regs[REG_RSI];
}

static void signal(word_t badge)
{
    notification.word |= badge;
    notification.state = NTFN_ACTIVE;
}

static void page_carries_version(void **state)
{
    (void)state;
    assert_int_equal(page->version, VCPU_RUN_VERSION);
    assert_int_equal(page->size, sizeof(struct vcpu_run));
    cap_t cap = page_slot.cap;
    cap.frame.is_device = 1;
    assert_int_equal(vcpu_check_run_page(cap), INVOKE_ERROR);
    cap = page_slot.cap;
    cap.frame.can_write = 0;
    assert_int_equal(vcpu_check_run_page(cap), INVOKE_ERROR);
    cap = page_slot.cap;
    cap.frame.size = FRAME_2M;
    assert_int_equal(vcpu_check_run_page(cap), INVOKE_ERROR);
}

static void reset_state_is_architectural(void **state)
{
    (void)state;
    assert_int_equal(fake.resets, 1);
    assert_int_equal(vcpu->rip, 0xfff0);
    assert_int_equal(vcpu->rflags, 2);
    assert_true(vcpu->deadline_at == VCPU_DEADLINE_NONE);
    assert_int_equal(vcpu->xcr0, 1);
}

static void exit_writes_the_whole_record(void **state)
{
    (void)state;
    plan(HV_EXIT, VCPU_EXIT_CPUID);
    page->commit = VCPU_COMMIT_GPR | VCPU_COMMIT_RIP | VCPU_COMMIT_RFLAGS;
    page->gpr[VCPU_RAX] = 1;
    page->gpr[VCPU_RSP] = 2;
    page->rip = 0x4000;
    page->rflags = UINT64_MAX;
    assert_int_equal(enter(), VCPU_EXIT);
    assert_int_equal(page->commit, 0);
    assert_int_equal(page->reason, VCPU_EXIT_CPUID);
    assert_int_equal(page->hw_reason, 0x77);
    assert_int_equal(page->rip, 0x4000);
    assert_int_equal(page->next_rip, 0x4002);
    assert_int_equal(page->gpr[VCPU_RAX], 1);
    assert_int_equal(page->gpr[VCPU_RSP], 0); /* RSP has its own bit */
    assert_int_equal(page->rflags, 0x3f7fd7);
    assert_int_equal(page->u.raw[0], 0xabc);
    assert_int_equal(page->cr0, 0x11);
    assert_int_equal(page->exits, 1);
    assert_int_equal(page->tsc, host.now);
    assert_int_equal(thread->state, THREAD_RUNNING);
}

static void uncommitted_fields_are_ignored(void **state)
{
    (void)state;
    plan(HV_EXIT, VCPU_EXIT_HLT);
    page->commit = 0;
    page->rip = 0x5000;
    page->event = VCPU_EVENT_VALID | VCPU_EVENT_INTR | 0x30;
    page->deadline = 0;
    enter();
    assert_int_equal(fake.rip_at_entry, 0xfff0);
    assert_int_equal(fake.event_at_entry, 0);
    assert_int_equal(page->reason, VCPU_EXIT_HLT);
}

static void refused_input_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t commit, event;
        uint32_t window, interruptibility;
    } bad[] = {
        {VCPU_COMMIT_ALL + 1, 0, 0, 0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | 1u << 8, 0, 0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | VCPU_EVENT_NMI | 3, 0, 0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | 2, 0, 0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | 32, 0, 0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | VCPU_EVENT_ERROR_CODE | 6, 0,
         0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | VCPU_EVENT_INTR | VCPU_EVENT_ERROR_CODE | 0x30, 0,
         0},
        {VCPU_COMMIT_EVENT, VCPU_EVENT_VALID | VCPU_EVENT_INTR | 1u << 20, 0, 0},
        {VCPU_COMMIT_WINDOW, 0, 4, 0},
        {VCPU_COMMIT_SHADOW, 0, 0, 4},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        page->commit = bad[i].commit | VCPU_COMMIT_RIP;
        page->event = bad[i].event;
        page->window = bad[i].window;
        page->interruptibility = bad[i].interruptibility;
        page->rip = 0x5555;
        assert_int_equal(enter(), VCPU_EXIT);
        assert_int_equal(page->reason, VCPU_EXIT_ENTRY_FAILED);
        assert_int_equal(page->rip, 0xfff0);
        assert_int_not_equal(page->commit, 0);
        assert_int_equal(vcpu->event, 0);
        assert_int_equal(vcpu->window, 0);
    }
    plan(HV_EXIT, VCPU_EXIT_HLT);
    page->commit = 0;
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_HLT);
}

static void notification_comes_first(void **state)
{
    (void)state;
    signal(0x42);
    page->commit = VCPU_COMMIT_DEADLINE | VCPU_COMMIT_HALT | VCPU_COMMIT_RIP;
    page->deadline = 1;
    page->rip = 0x6000;
    assert_int_equal(enter(), VCPU_NOTIFY);
    assert_int_equal(thread->regs[REG_RDI], 0x42);
    assert_int_equal(notification.state, NTFN_IDLE);
    assert_int_equal(page->reason, VCPU_EXIT_NONE);
    assert_int_equal(page->rip, 0x6000); /* committed before */
    assert_int_equal(page->commit, 0);
    /* The deadline is still there, HALT is not. */
    assert_int_equal(enter(), VCPU_EXIT);
    assert_int_equal(page->reason, VCPU_EXIT_DEADLINE);
}

static void host_interrupts_are_transparent(void **state)
{
    (void)state;
    plan(HV_AGAIN, 0);
    plan(HV_HOST, 0);
    plan(HV_EXIT, VCPU_EXIT_IO);
    assert_int_equal(enter(), 0xdead);
    assert_int_equal(thread->state, THREAD_RUNNING_VM);
    assert_int_equal(fake.runs, 2);
    vcpu_run(thread);
    assert_int_equal(thread->regs[REG_RSI], VCPU_EXIT);
    assert_int_equal(page->exits, 1);
}

static void signal_while_in_guest(void **state)
{
    (void)state;
    plan(HV_HOST, 0);
    enter();
    signal(1);
    vcpu_run(thread);
    assert_int_equal(thread->regs[REG_RSI], VCPU_NOTIFY);
    assert_int_equal(fake.runs, 1);
}

static void halt_waits_for_the_deadline(void **state)
{
    (void)state;
    page->commit = VCPU_COMMIT_HALT | VCPU_COMMIT_DEADLINE;
    page->deadline = 5000;
    assert_int_equal(enter(), 0xdead);
    assert_int_equal(thread->state, THREAD_HALTED_VM);
    assert_int_equal(host.timer, 5000);
    host.now = 4999;
    deadline_run();
    assert_int_equal(thread->state, THREAD_HALTED_VM);
    host.now = 5000;
    deadline_run();
    assert_int_equal(thread->state, THREAD_RUNNING_VM);
    vcpu_run(thread);
    assert_int_equal(page->reason, VCPU_EXIT_DEADLINE);
    assert_int_equal(fake.runs, 0);
    /* Level-triggered until changed; then HALT is over and the guest runs. */
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_DEADLINE);
    plan(HV_EXIT, VCPU_EXIT_HLT);
    page->commit = VCPU_COMMIT_DEADLINE;
    page->deadline = VCPU_DEADLINE_NONE;
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_HLT);
    assert_null(vcpu->deadline.cpu);
}

static void restarted_entry_commits_once(void **state)
{
    (void)state;
    plan(HV_HOST, 0);
    plan(HV_HOST, 0);
    page->commit = VCPU_COMMIT_EVENT;
    page->event = VCPU_EVENT_VALID | VCPU_EVENT_INTR | 0x30;
    enter();
    assert_int_equal(fake.event_at_entry, page->event);
    vcpu_cancel(thread); /* suspended; later the system call starts again */
    enter();
    assert_int_equal(fake.event_at_entry, 0);
}

static void restarted_halt_stays_halted(void **state)
{
    (void)state;
    page->commit = VCPU_COMMIT_HALT | VCPU_COMMIT_DEADLINE;
    page->deadline = 5000;
    enter();
    vcpu_cancel(thread);
    assert_null(vcpu->deadline.cpu);
    enter();
    assert_int_equal(thread->state, THREAD_HALTED_VM);
    assert_ptr_equal(vcpu->deadline.cpu, &host.cpu);
}

static void entry_failure_sticks(void **state)
{
    (void)state;
    plan(HV_EXIT, VCPU_EXIT_ENTRY_FAILED);
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_ENTRY_FAILED);
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_ENTRY_FAILED);
    assert_int_equal(fake.runs, 1);
    assert_int_equal(fixture_invoke(&vcpu_slot, (struct message){.label = LABEL_X86VCPUReset}),
                     ERROR_NoError);
    plan(HV_EXIT, VCPU_EXIT_HLT);
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_HLT);
}

static void rip_commit_ends_the_shadow(void **state)
{
    (void)state;
    vcpu->interruptibility = VCPU_SHADOW_STI | VCPU_NMI_BLOCKED;
    plan(HV_EXIT, VCPU_EXIT_HLT);
    page->commit = VCPU_COMMIT_RIP;
    enter();
    assert_int_equal(page->interruptibility, VCPU_NMI_BLOCKED);
    plan(HV_EXIT, VCPU_EXIT_HLT);
    page->commit = VCPU_COMMIT_RIP | VCPU_COMMIT_SHADOW;
    page->interruptibility = VCPU_SHADOW_MOVSS;
    enter();
    assert_int_equal(page->interruptibility, VCPU_SHADOW_MOVSS);
}

static void nested_root_and_stamp_reach_the_extension(void **state)
{
    (void)state;
    plan(HV_EXIT, VCPU_EXIT_HLT);
    enter();
    assert_int_equal(fake.space.root, 0);
    cte_t pool = {0}, root = {0};
    paddr_t memory = fixture_alloc(12);
    kernel.asid_pool[0] = memory;
    pool.cap = (cap_t){.type = CAP_ASID_POOL, .paddr = memory};
    fixture_create(&root, OBJECT_X86_EPTPML4Object);
    assert_int_equal(
        fixture_invoke(&pool, (struct message){.label = LABEL_X86ASIDPoolAssign, .extra = {&root}}),
        ERROR_NoError);
    thread->slots[TCB_EPT_ROOT].cap = root.cap;
    plan(HV_EXIT, VCPU_EXIT_HLT);
    enter();
    assert_int_equal(fake.space.root, root.cap.paddr);
    assert_int_equal(fake.space.asid, root.cap.table.asid);
    assert_int_equal(fake.space.stamp, ept_flush_stamp(fake.space.asid));
    fixture_delete(&root);
    plan(HV_EXIT, VCPU_EXIT_HLT);
    enter();
    assert_int_equal(fake.space.root, 0);
}

static void nothing_to_enter_with(void **state)
{
    (void)state;
    cap_t cap = thread->slots[TCB_RUN_PAGE].cap;
    thread->slots[TCB_RUN_PAGE].cap = cap_null();
    assert_false(vcpu_enter(thread));
    thread->slots[TCB_RUN_PAGE].cap = cap;
    thread->vcpu = NULL;
    assert_false(vcpu_enter(thread));
}

static void page_lost_while_in_guest(void **state)
{
    (void)state;
    plan(HV_HOST, 0);
    enter();
    thread->slots[TCB_RUN_PAGE].cap = cap_null();
    vcpu_run(thread);
    assert_int_equal(thread->state, THREAD_RESTART);
}

static void binding_is_one_to_one(void **state)
{
    (void)state;
    cte_t second_thread = {0}, second_vcpu = {0};
    fixture_create(&second_thread, OBJECT_TCBObject);
    fixture_create(&second_vcpu, OBJECT_X86_VCPUObject);
    struct tcb *other = phys_to_virt(second_thread.cap.paddr);
    struct message m = {.label = LABEL_X86VCPUSetTCB, .extra = {&second_thread}};
    assert_int_equal(fixture_invoke(&vcpu_slot, m), ERROR_NoError);
    assert_null(thread->vcpu);
    assert_ptr_equal(other->vcpu, vcpu);
    assert_int_equal(fixture_invoke(&second_vcpu, m), ERROR_NoError);
    assert_null(vcpu->tcb);
    assert_ptr_equal(other->vcpu, phys_to_virt(second_vcpu.cap.paddr));
    fixture_delete(&second_vcpu);
    assert_null(other->vcpu);
    m.extra[0] = &page_slot;
    assert_int_equal(fixture_invoke(&vcpu_slot, m), ERROR_IllegalOperation);
    m.extra[0] = NULL;
    assert_int_equal(fixture_invoke(&vcpu_slot, m), ERROR_TruncatedMessage);
}

static void deletion_frees_a_halted_thread(void **state)
{
    (void)state;
    page->commit = VCPU_COMMIT_HALT | VCPU_COMMIT_DEADLINE;
    page->deadline = 5000;
    enter();
    fixture_delete(&vcpu_slot);
    assert_int_equal(thread->state, THREAD_RESTART);
    assert_null(thread->vcpu);
    assert_null(host.cpu.deadlines);
}

/* As on several CPUs: between unlock and lock another one takes the vCPU away. */
static void vcpu_taken_away_in_guest(void **state)
{
    (void)state;
    vcpu_guest_begin(vcpu, 7);
    vcpu_guest_end();
    assert_true(vcpu_guest_survived());
    vcpu_guest_begin(vcpu, 7);
    vcpu_guest_end();
    fixture_delete(&vcpu_slot);
    assert_false(vcpu_guest_survived());
    unsigned before = host.reschedules;
    vcpu_shootdown(7); /* nobody is in it: no interrupt, no waiting */
    assert_int_equal(host.reschedules, before);
}

static void state_calls(void **state)
{
    (void)state;
    struct message get = {.label = LABEL_X86VCPUGetState, .length = 1, .mr = {VCPU_STATE_MSRS}};
    struct message set = get;
    set.label = LABEL_X86VCPUSetState;
    fake.state.star = 0x1234;
    assert_int_equal(fixture_invoke(&vcpu_slot, get), ERROR_NoError);
    assert_int_equal(page->state.star, 0x1234);
    page->state.star = 0x5678;
    vcpu->failed = true;
    assert_int_equal(fixture_invoke(&vcpu_slot, set), ERROR_NoError);
    assert_int_equal(fake.state.star, 0x5678);
    assert_false(vcpu->failed);
    get.length = 0;
    assert_int_equal(fixture_invoke(&vcpu_slot, get), ERROR_TruncatedMessage);
    get.length = 1;
    get.mr[0] = VCPU_STATE_ALL + 1;
    assert_int_equal(fixture_invoke(&vcpu_slot, get), ERROR_InvalidArgument);
    vcpu_dissociate(thread);
    assert_int_equal(fixture_invoke(&vcpu_slot, set), ERROR_IllegalOperation);
    static const word_t refused[] = {
        LABEL_X86VCPUReadVMCS, LABEL_X86VCPUWriteVMCS,      LABEL_X86VCPUReadMSR,
        LABEL_X86VCPUWriteMSR, LABEL_X86VCPUWriteRegisters, LABEL_X86PageMap,
    };
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(fixture_invoke(&vcpu_slot, (struct message){.label = refused[i]}),
                         ERROR_IllegalOperation);
    }
}

static void ports_follow_the_capability(void **state)
{
    (void)state;
    cte_t port = {.cap = {.type = CAP_IO_PORT}};
    port.cap.io_port.first = 0x60;
    port.cap.io_port.last = 0x64;
    struct message m = {
        .label = LABEL_X86VCPUEnableIOPort, .length = 2, .mr = {0x60, 0x65}, .extra = {&port}};
    assert_int_equal(fixture_invoke(&vcpu_slot, m), ERROR_InvalidArgument);
    m.mr[1] = 0x64;
    assert_int_equal(fixture_invoke(&vcpu_slot, m), ERROR_NoError);
    assert_int_equal(port.cap.io_port.vcpu, vcpu->id);
    assert_true(fake.ports_direct);
    cte_t second = {0};
    fixture_create(&second, OBJECT_X86_VCPUObject);
    assert_int_equal(fixture_invoke(&second, m), ERROR_NoError);
    assert_int_not_equal(port.cap.io_port.vcpu, vcpu->id);
    object_ops(CAP_IO_PORT)->finalise(port.cap, false);
    assert_false(fake.ports_direct);
    assert_int_equal(fake.ports_last, 0x64);
    fixture_delete(&second);
    memset(&fake, 0, sizeof(fake));
    object_ops(CAP_IO_PORT)->finalise(port.cap, false); /* a stale number is harmless */
    assert_int_equal(fake.ports_last, 0);
    m.extra[0] = &page_slot;
    assert_int_equal(fixture_invoke(&vcpu_slot, m), ERROR_IllegalOperation);
}

static void machine_without_extension(void **state)
{
    (void)state;
    hv = &hv_none;
    vcpu_reset(vcpu);
    enter();
    assert_int_equal(page->reason, VCPU_EXIT_ENTRY_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(page_carries_version, set_up),
        cmocka_unit_test_setup(reset_state_is_architectural, set_up),
        cmocka_unit_test_setup(exit_writes_the_whole_record, set_up),
        cmocka_unit_test_setup(uncommitted_fields_are_ignored, set_up),
        cmocka_unit_test_setup(refused_input_changes_nothing, set_up),
        cmocka_unit_test_setup(notification_comes_first, set_up),
        cmocka_unit_test_setup(host_interrupts_are_transparent, set_up),
        cmocka_unit_test_setup(signal_while_in_guest, set_up),
        cmocka_unit_test_setup(halt_waits_for_the_deadline, set_up),
        cmocka_unit_test_setup(restarted_entry_commits_once, set_up),
        cmocka_unit_test_setup(restarted_halt_stays_halted, set_up),
        cmocka_unit_test_setup(entry_failure_sticks, set_up),
        cmocka_unit_test_setup(rip_commit_ends_the_shadow, set_up),
        cmocka_unit_test_setup(nested_root_and_stamp_reach_the_extension, set_up),
        cmocka_unit_test_setup(nothing_to_enter_with, set_up),
        cmocka_unit_test_setup(page_lost_while_in_guest, set_up),
        cmocka_unit_test_setup(binding_is_one_to_one, set_up),
        cmocka_unit_test_setup(deletion_frees_a_halted_thread, set_up),
        cmocka_unit_test_setup(vcpu_taken_away_in_guest, set_up),
        cmocka_unit_test_setup(state_calls, set_up),
        cmocka_unit_test_setup(ports_follow_the_capability, set_up),
        cmocka_unit_test_setup(machine_without_extension, set_up),
    };
    return cmocka_run_group_tests_name("kernel_vcpu", tests, NULL, NULL);
}
