/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Wrong use: what is refused, and how. */
#include "vcpu_guest.h"

/* A thread that calls VMEnter with whatever it has. */
static void enter_once(struct thread *t)
{
    t->result = 100 + seL4_VMEnter(NULL);
}

/* Its fault on the endpoint: the label, or 0 if it came back. */
static seL4_Word fault_of_entry(void (*prepare)(struct thread *))
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    struct thread *t = new_thread(enter_once, MAIN_PRIORITY + 1, endpoint);
    if (prepare) {
        prepare(t);
    }
    thread_start(t);
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_NBRecv(endpoint, &badge);
    seL4_Word number = seL4_GetMR(seL4_UnknownSyscall_Syscall);
    CHECK_EQ(t->result, 0);
    CHECK_EQ(number, (seL4_Word)seL4_SysVMEnter);
    return seL4_MessageInfo_get_label(info);
}

TEST(vcpu_entry_without_vcpu_faults)
{
    CHECK_EQ(fault_of_entry(NULL), seL4_Fault_UnknownSyscall);
}

static void bind_vcpu_only(struct thread *t)
{
    CHECK_EQ(seL4_X86_VCPU_SetTCB(guest.vcpu, t->tcb), seL4_NoError);
}

TEST(vcpu_entry_without_run_page_faults)
{
    guest_create();
    CHECK_EQ(fault_of_entry(bind_vcpu_only), seL4_Fault_UnknownSyscall);
}

TEST(vcpu_run_page_goes_with_its_memory)
{
    guest_create();
    seL4_CPtr untyped = new_untyped(12), slot = new_slot();
    CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT_CNODE, 0, 0, slot, 1), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetRunPage(seL4_CapInitThreadTCB, slot), seL4_NoError);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_IllegalOperation);
}

TEST(vcpu_run_page_must_be_a_plain_frame)
{
    guest_create();
    const seL4_CPtr self = seL4_CapInitThreadTCB;
    CHECK_EQ(guest.run->version, VCPU_RUN_VERSION);
    CHECK_EQ(guest.run->size, sizeof(struct vcpu_run));
    CHECK_EQ(seL4_TCB_SetRunPage(self, guest.notification), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_SetRunPage(self, guest.memory), seL4_IllegalOperation);
    seL4_CPtr readable = new_minted(guest.run_frame, seL4_CanRead, 0);
    CHECK_EQ(seL4_TCB_SetRunPage(self, readable), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_SetEPTRoot(self, guest.notification), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_SetTCB(guest.vcpu, guest.notification), seL4_IllegalOperation);
}

TEST(vcpu_without_memory_faults_on_fetch)
{
    GUEST_START(hlt);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, guest.root, ROOT_DEPTH), seL4_NoError);
    /* The thread still holds a copy: the memory stays. */
    EXPECT_EXIT(0, HLT);
    seL4_CPtr untyped = new_untyped(12), root = new_slot();
    CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_X86_EPTPML4Object, 0, ROOT_CNODE, 0, 0, root, 1),
             seL4_NoError);
    CHECK_EQ(seL4_TCB_SetEPTRoot(seL4_CapInitThreadTCB, root), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, root), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetEPTRoot(seL4_CapInitThreadTCB, root), seL4_NoError);
    EXPECT_EXIT(0, MEMORY);
    CHECK_EQ(guest.run->u.memory.gpa, GUEST_CODE);
    CHECK_EQ(guest.run->u.memory.access, VCPU_ACCESS_FETCH);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
    EXPECT_EXIT(0, MEMORY);
    CHECK_EQ(guest.run->u.memory.gpa, GUEST_CODE);
}

static void check_refused(uint64_t commit)
{
    guest.run->commit = commit;
    CHECK_EQ(seL4_VMEnter(NULL), VCPU_EXIT);
    CHECK_EQ(guest.run->reason, VCPU_EXIT_ENTRY_FAILED);
    CHECK_EQ(guest.run->hw_reason, VCPU_HW_BAD_COMMIT);
    CHECK_EQ(guest.run->commit, commit);
    CHECK(!(guest.run->pending_event & VCPU_EVENT_VALID));
    CHECK_EQ(guest.run->rip, GUEST_CODE);
}

TEST(vcpu_bad_commits_are_refused_whole)
{
    GUEST_START(hlt);
    EXPECT_EXIT(0, HLT);
    guest.run->rip = 0x5555;
    check_refused(VCPU_COMMIT_RIP | 1u << 20);
    guest.run->rip = 0x5555;
    guest.run->event = VCPU_EVENT_VALID | 1u << 8; /* reserved type */
    check_refused(VCPU_COMMIT_RIP | VCPU_COMMIT_EVENT);
    guest.run->event = GUEST_EXCEPTION(2);
    check_refused(VCPU_COMMIT_EVENT);
    guest.run->event = GUEST_EXCEPTION(32);
    check_refused(VCPU_COMMIT_EVENT);
    guest.run->event = GUEST_EXCEPTION(6) | VCPU_EVENT_ERROR_CODE;
    check_refused(VCPU_COMMIT_EVENT);
    guest.run->event = VCPU_EVENT_VALID | VCPU_EVENT_NMI | 3;
    check_refused(VCPU_COMMIT_EVENT);
    guest.run->event = GUEST_INTERRUPT(0x30) | 1u << 20;
    check_refused(VCPU_COMMIT_EVENT);
    guest.run->window = 4;
    check_refused(VCPU_COMMIT_WINDOW);
    guest.run->interruptibility = 4;
    check_refused(VCPU_COMMIT_SHADOW);
    /* Nothing is broken for good. */
    guest.run->commit = 0;
    EXPECT_EXIT(0, HLT);
}

TEST(vcpu_state_needs_a_bound_thread_with_page)
{
    guest_create();
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL + 1), seL4_InvalidArgument);
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, 1ul << 40), seL4_InvalidArgument);
    seL4_CPtr other = new_object(seL4_X86_VCPUObject, 0);
    CHECK_EQ(seL4_X86_VCPU_GetState(other, VCPU_STATE_ALL), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_SetState(other, VCPU_STATE_ALL), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_Reset(other), seL4_NoError);
    /* Binding a second vCPU to the thread sets the first one free. */
    CHECK_EQ(seL4_X86_VCPU_SetTCB(other, seL4_CapInitThreadTCB), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_GetState(other, VCPU_STATE_ALL), seL4_NoError);
}

TEST(vcpu_vmcs_calls_are_refused)
{
    guest_create();
    CHECK_EQ(seL4_X86_VCPU_ReadVMCS(guest.vcpu, 0x681e).error, seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_WriteVMCS(guest.vcpu, 0x681e, 0).error, seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_ReadMSR(guest.vcpu, 0xc0000082).error, seL4_IllegalOperation);
}

TEST(vcpu_reset_restores_everything)
{
    GUEST_START(hlt);
    guest.run->event = GUEST_EXCEPTION(6);
    guest.run->deadline = 1;
    EXPECT_EXIT(VCPU_COMMIT_EVENT | VCPU_COMMIT_DEADLINE, DEADLINE);
    CHECK(guest.run->pending_event & VCPU_EVENT_VALID);
    CHECK_EQ(seL4_X86_VCPU_Reset(guest.vcpu), seL4_NoError);
    EXPECT_EXIT(0, MEMORY);
    CHECK_EQ(guest.run->u.memory.gpa, 0xfffffff0);
    CHECK_EQ(guest.run->rip, 0xfff0);
    CHECK_EQ(guest.run->rflags, 2);
    CHECK_EQ(guest.run->gpr[VCPU_RSP], 0);
    CHECK(!(guest.run->pending_event & VCPU_EVENT_VALID));
    CHECK_EQ(guest.run->exits, 1);
}

TEST(vcpu_state_groups_are_separate)
{
    GUEST_START(hlt);
    guest.run->state.star = 0x1111;
    guest.run->state.seg[VCPU_DS].base = 0x2222;
    guest.run->state.sfmask = 0x3333;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_MSRS), seL4_NoError);
    guest.run->state.seg[VCPU_DS].base = 0x4444;
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_SEGMENTS), seL4_NoError);
    CHECK_EQ(guest.run->state.seg[VCPU_DS].base, 0);
    CHECK_EQ(guest.run->state.star, 0x1111);
    guest.run->state.star = 0;
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_MSRS), seL4_NoError);
    CHECK_EQ(guest.run->state.star, 0x1111);
    CHECK_EQ(guest.run->state.sfmask, 0x3333);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    guest.run->state.efer |= 1u << 12; /* SVME is not the guest's */
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    EXPECT_EXIT(0, HLT);
    CHECK_EQ(guest.run->efer, 0);
}

static void unbind_main(struct thread *t)
{
    /* The main thread must be inside the guest (arg 0), or blocked: lower priority is enough. */
    while (t->arg[0] != 0 && *guest_word(GUEST_DATA) == 0) {
        seL4_Yield();
    }
    t->result = seL4_CNode_Delete(ROOT_CNODE, guest.vcpu, ROOT_DEPTH);
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    seL4_UserContext regs;
    seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 0, 0, 20, &regs);
    regs.rip += 2; /* over the system call that would fault */
    regs.rsi = 77;
    seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, 1, 0, 20, &regs);
}

/* The machine says why when it boots. */
TEST(vcpu_refused_where_guests_cannot_run)
{
    seL4_CPtr slot = new_slot();
    seL4_Error error = seL4_Untyped_Retype(new_untyped(seL4_X86_VCPUBits), seL4_X86_VCPUObject, 0,
                                           ROOT_CNODE, 0, 0, slot, 1);
    if (error == seL4_NoError) {
        return; /* not here */
    }
    CHECK_EQ(error, seL4_InvalidArgument);
}

TEST(vcpu_deleted_under_a_running_guest)
{
    GUEST_START(counting);
    guest.run->rflags = 0x202;
    struct thread *t = start_thread(unbind_main, MAIN_PRIORITY, 1, 0);
    CHECK_EQ(guest_enter(0), 77);
    CHECK_EQ(t->result, seL4_NoError);
}

TEST(vcpu_deleted_under_a_halted_guest)
{
    GUEST_START(counting);
    struct thread *t = start_thread(unbind_main, MAIN_PRIORITY - 1, 0, 0);
    guest.run->deadline = rdtsc() + tsc_hz();
    CHECK_EQ(guest_enter(VCPU_COMMIT_HALT | VCPU_COMMIT_DEADLINE), 77);
    CHECK_EQ(t->result, seL4_NoError);
}
