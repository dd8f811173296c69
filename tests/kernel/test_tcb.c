/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* TCB invocations: effect and first errors of each. */
#include "test.h"

static void idle(struct thread *t)
{
    t->result = 1;
}

/* Calls a method with length words and no capabilities: what a short message gives. */
static seL4_Error call_short(seL4_CPtr cap, seL4_Word label, seL4_Word length)
{
    return (seL4_Error)seL4_MessageInfo_get_label(
        seL4_Call(cap, seL4_MessageInfo_new(label, 0, 0, length)));
}

TEST(tcb_messages_too_short_are_refused)
{
    const seL4_Word labels[] = {
        TCBReadRegisters, TCBWriteRegisters, TCBCopyRegisters, TCBConfigure,  TCBSetPriority,
        TCBSetMCPriority, TCBSetSchedParams, TCBSetIPCBuffer,  TCBSetSpace,   TCBBindNotification,
        TCBSetTLSBase,    TCBSetFlags,       TCBSetEPTRoot,    TCBSetRunPage, TCBSetAffinity};
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0);
    for (unsigned i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        seL4_Error error = call_short(tcb, labels[i], 0);
        if (error != seL4_TruncatedMessage) {
            test_fail(__FILE__, __LINE__, "label %lu: error %lu", labels[i], (seL4_Word)error);
        }
    }
    CHECK_EQ(call_short(tcb, CNodeCopy, 6), seL4_IllegalOperation);
    CHECK_EQ(call_short(tcb, nInvocationLabels, 6), seL4_IllegalOperation);
}

TEST(tcb_configure_checks_its_capabilities)
{
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0), frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr empty = new_slot(), pml4 = new_object(seL4_X64_PML4Object, 0);
    const seL4_CPtr vspace = seL4_CapInitThreadVSpace;
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, ROOT_CNODE, 0, vspace, 0, 0x1001, frame),
             seL4_AlignmentError);
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, ROOT_CNODE, 0, vspace, 0, 0x1000, empty),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, ROOT_CNODE, 0, vspace, 0, 0x1000, tcb),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, empty, 0, vspace, 0, 0x1000, frame), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, frame, 0, vspace, 0, 0, frame), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, ROOT_CNODE, 0, empty, 0, 0, frame), seL4_IllegalOperation);
    /* A PML4 without an address space number. */
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, ROOT_CNODE, 0, pml4, 0, 0, frame), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_Configure(tcb, 0, ROOT_CNODE, 0, vspace, 0, 0x1000, frame), seL4_NoError);
}

TEST(tcb_set_space_checks_its_capabilities)
{
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0), empty = new_slot();
    CHECK_EQ(seL4_TCB_SetSpace(tcb, 0, empty, 0, seL4_CapInitThreadVSpace, 0),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_SetSpace(tcb, 0, ROOT_CNODE, 0, empty, 0), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_SetSpace(tcb, 0, ROOT_CNODE, 0, seL4_CapInitThreadVSpace, 0), seL4_NoError);
}

TEST(tcb_ipc_buffer_must_be_an_aligned_ordinary_frame)
{
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0), frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr device = new_slot();
    seL4_Word i = 0;
    while (!boot_info->untypedList[i].isDevice || boot_info->untypedList[i].sizeBits < 12) {
        i++;
    }
    CHECK_EQ(seL4_Untyped_Retype(boot_info->untyped.start + i, seL4_X86_4K, 0, ROOT_CNODE, 0, 0,
                                 device, 1),
             seL4_NoError);
    CHECK_EQ(seL4_TCB_SetIPCBuffer(tcb, 0x1200, frame), seL4_AlignmentError);
    CHECK_EQ(seL4_TCB_SetIPCBuffer(tcb, 0x1000, device), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_SetIPCBuffer(tcb, 0x1400, frame), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetIPCBuffer(tcb, 0, frame), seL4_NoError);
}

TEST(tcb_priorities_are_bounded_by_the_authority)
{
    struct thread *t = new_thread(idle, 100, 0), *authority = new_thread(idle, 50, 0);
    CHECK_EQ(seL4_TCB_SetMCPriority(authority->tcb, seL4_CapInitThreadTCB, 120), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetPriority(t->tcb, new_slot(), 1), seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_TCB_SetPriority(t->tcb, authority->tcb, 121), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_GetMR(1), 120);
    CHECK_EQ(seL4_TCB_SetPriority(t->tcb, authority->tcb, 120), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetMCPriority(t->tcb, ROOT_CNODE, 1), seL4_InvalidCapability);
    CHECK_EQ(seL4_TCB_SetMCPriority(t->tcb, authority->tcb, 255), seL4_RangeError);
    CHECK_EQ(seL4_TCB_SetSchedParams(t->tcb, ROOT_CNODE, 1, 1), seL4_InvalidCapability);
    CHECK_EQ(seL4_TCB_SetSchedParams(t->tcb, authority->tcb, 121, 1), seL4_RangeError);
    CHECK_EQ(seL4_TCB_SetSchedParams(t->tcb, authority->tcb, 1, 121), seL4_RangeError);
    CHECK_EQ(seL4_TCB_SetSchedParams(t->tcb, authority->tcb, 120, 120), seL4_NoError);
}

TEST(tcb_raising_a_runnable_thread_above_the_caller_runs_it)
{
    struct thread *t = new_thread(idle, MAIN_PRIORITY - 10, 0);
    thread_start(t);
    CHECK_EQ(t->result, 0);
    CHECK_EQ(seL4_TCB_SetPriority(t->tcb, seL4_CapInitThreadTCB, MAIN_PRIORITY + 1), seL4_NoError);
    CHECK_EQ(t->result, 1);
}

TEST(tcb_lowering_the_caller_lets_others_run)
{
    struct thread *t = new_thread(idle, MAIN_PRIORITY - 10, 0);
    thread_start(t);
    CHECK_EQ(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY - 20),
             seL4_NoError);
    CHECK_EQ(t->result, 1);
}

static seL4_Word seen[20];
void store_registers(void);
__asm__("    .text\n    .globl store_registers\nstore_registers:\n"
        "    movq %rax, seen+24(%rip)\n    movq %rbx, seen+32(%rip)\n"
        "    movq %rcx, seen+40(%rip)\n    movq %rdx, seen+48(%rip)\n"
        "    movq %rsi, seen+56(%rip)\n    movq %rdi, seen+64(%rip)\n"
        "    movq %rbp, seen+72(%rip)\n    movq %r8, seen+80(%rip)\n"
        "    movq %r9, seen+88(%rip)\n    movq %r10, seen+96(%rip)\n"
        "    movq %r11, seen+104(%rip)\n    movq %r12, seen+112(%rip)\n"
        "    movq %r13, seen+120(%rip)\n    movq %r14, seen+128(%rip)\n"
        "    movq %r15, seen+136(%rip)\n    movq %rsp, seen+8(%rip)\n"
        "    movq own_stack(%rip), %rsp\n    pushfq\n    popq seen+16(%rip)\n"
        "1:  jmp 1b\n");
seL4_Word own_stack;

TEST(tcb_write_registers_delivers_all_and_corrects_flags)
{
    struct thread *t = new_thread(idle, MAIN_PRIORITY - 1, 0);
    seL4_UserContext regs;
    seL4_Word *words = (seL4_Word *)&regs;
    for (unsigned i = 0; i < 18; i++) {
        words[i] = 0x1010101010101010ul + i;
    }
    regs.rip = (seL4_Word)store_registers;
    regs.rflags = ~0x100ul; /* all but TF, which would trap */
    regs.fs_base = (seL4_Word)t->tls;
    regs.gs_base = 0;
    own_stack = (seL4_Word)t->stack + THREAD_STACK;
    CHECK_EQ(seL4_TCB_WriteRegisters(t->tcb, 1, 0, 20, &regs), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY - 1),
             seL4_NoError);
    while (((volatile seL4_Word *)seen)[2] == 0) {
        seL4_Yield();
    }
    CHECK_EQ(seen[1], regs.rsp);
    CHECK_EQ(seen[2] & ~0x8d5ul, 0x602); /* IF, bit 1, DF; arithmetic flags as given */
    for (unsigned i = 3; i < 18; i++) {
        CHECK_EQ(seen[i], words[i]);
    }
}

TEST(tcb_read_registers_gives_what_was_written)
{
    struct thread *t = new_thread(idle, 100, 0);
    seL4_UserContext in, out = {0};
    for (unsigned i = 0; i < 20; i++) {
        ((seL4_Word *)&in)[i] = 0x100000 + i;
    }
    in.rip = 0x8000000000000000ul;
    in.rflags = ~0ul;
    in.gs_base = 0xffff800000000000ul;
    CHECK_EQ(seL4_TCB_WriteRegisters(t->tcb, 0, 0, 20, &in), seL4_NoError);
    CHECK_EQ(seL4_TCB_ReadRegisters(t->tcb, 0, 0, 20, &out), seL4_NoError);
    CHECK_EQ(out.rip, 0);
    CHECK_EQ(out.gs_base, 0);
    CHECK_EQ(out.rflags, 0xed7 & ~0x128);
    CHECK_EQ(out.r15, in.r15);
    CHECK_EQ(out.rax, in.rax);
    CHECK_EQ(out.fs_base, in.fs_base);
}

TEST(tcb_register_calls_check_count_and_target)
{
    struct thread *t = new_thread(idle, 100, 0);
    seL4_UserContext regs = {0};
    CHECK_EQ(seL4_TCB_ReadRegisters(t->tcb, 0, 0, 0, &regs), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_GetMR(1), 20);
    CHECK_EQ(seL4_TCB_ReadRegisters(t->tcb, 0, 0, 21, &regs), seL4_RangeError);
    CHECK_EQ(seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 0, 0, 20, &regs), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, 0, 0, 20, &regs),
             seL4_IllegalOperation);
    seL4_SetMR(0, 0);
    seL4_SetMR(1, 5); /* five registers announced, four sent */
    CHECK_EQ(call_short(t->tcb, TCBWriteRegisters, 6), seL4_TruncatedMessage);
}

TEST(tcb_copy_registers_copies_groups)
{
    struct thread *a = new_thread(idle, 100, 0), *b = new_thread(idle, 100, 0);
    seL4_UserContext regs = {.rip = 0x1234, .r15 = 15, .fs_base = 0x5000};
    CHECK_EQ(seL4_TCB_WriteRegisters(a->tcb, 0, 0, 20, &regs), seL4_NoError);
    CHECK_EQ(seL4_TCB_CopyRegisters(b->tcb, a->tcb, 0, 0, 0, 1, 0), seL4_NoError);
    CHECK_EQ(seL4_TCB_ReadRegisters(b->tcb, 0, 0, 20, &regs), seL4_NoError);
    CHECK_EQ(regs.fs_base, 0x5000);
    CHECK(regs.rip != 0x1234);
    CHECK_EQ(seL4_TCB_CopyRegisters(b->tcb, a->tcb, 0, 0, 1, 0, 0), seL4_NoError);
    CHECK_EQ(seL4_TCB_ReadRegisters(b->tcb, 0, 0, 20, &regs), seL4_NoError);
    CHECK_EQ(regs.rip, 0x1234);
    CHECK_EQ(regs.r15, 15);
    CHECK_EQ(seL4_TCB_CopyRegisters(b->tcb, ROOT_CNODE, 0, 0, 1, 0, 0), seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 1);
}

static void count_up(struct thread *t)
{
    for (;;) {
        (*(volatile seL4_Word *)&t->result)++;
        seL4_Yield();
    }
}

TEST(tcb_suspend_stops_and_resume_continues)
{
    struct thread *t = start_thread(count_up, MAIN_PRIORITY, 0, 0);
    volatile seL4_Word *count = &t->result;
    seL4_Yield();
    seL4_Yield();
    CHECK(*count > 0);
    CHECK_EQ(seL4_TCB_Suspend(t->tcb), seL4_NoError);
    seL4_Word stopped = *count;
    for (int i = 0; i < 5; i++) {
        seL4_Yield();
    }
    CHECK_EQ(*count, stopped);
    CHECK_EQ(seL4_TCB_Resume(t->tcb), seL4_NoError);
    for (int i = 0; i < 5; i++) {
        seL4_Yield();
    }
    CHECK(*count > stopped);
    CHECK_EQ(seL4_TCB_Resume(seL4_CapInitThreadTCB), seL4_NoError);
}

static void wait_once(struct thread *t)
{
    seL4_Word badge = 0;
    seL4_Wait(t->arg[0], &badge);
    t->result = badge;
}

TEST(tcb_a_resumed_thread_starts_its_system_call_again)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    struct thread *t = start_thread(wait_once, MAIN_PRIORITY + 1, n, 0);
    CHECK_EQ(seL4_TCB_Suspend(t->tcb), seL4_NoError);
    seL4_Signal(new_minted(n, seL4_AllRights, 3)); /* nobody waits: it stays */
    CHECK_EQ(t->result, 0);
    CHECK_EQ(seL4_TCB_Resume(t->tcb), seL4_NoError);
    CHECK_EQ(t->result, 3);
}

TEST(tcb_bind_notification_is_one_to_one)
{
    struct thread *t = new_thread(idle, 100, 0), *u = new_thread(idle, 100, 0);
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    seL4_CPtr m = new_object(seL4_NotificationObject, 0);
    seL4_CPtr unreadable = new_minted(n, seL4_CanWrite, 0);
    CHECK_EQ(seL4_TCB_UnbindNotification(t->tcb), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_BindNotification(t->tcb, ROOT_CNODE), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_BindNotification(t->tcb, unreadable), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_BindNotification(t->tcb, n), seL4_NoError);
    CHECK_EQ(seL4_TCB_BindNotification(t->tcb, m), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_BindNotification(u->tcb, n), seL4_IllegalOperation);
    CHECK_EQ(seL4_TCB_UnbindNotification(t->tcb), seL4_NoError);
    CHECK_EQ(seL4_TCB_BindNotification(u->tcb, n), seL4_NoError);
}

static __thread seL4_Word mark = 1;
static void read_mark(struct thread *t)
{
    t->result = mark;
}

TEST(tcb_set_tls_base)
{
    struct thread *t = new_thread(read_mark, MAIN_PRIORITY + 1, 0);
    struct thread *u = new_thread(read_mark, MAIN_PRIORITY + 1, 0);
    char *mine;
    __asm__("movq %%fs:0, %0" : "=r"(mine));
    *(seL4_Word *)(u->tls + ((char *)&mark - mine)) = 42;
    seL4_IPCBuffer **buffer = (seL4_IPCBuffer **)(u->tls + ((char *)&__sel4_ipc_buffer - mine));
    *buffer = t->buffer;
    CHECK_EQ(seL4_TCB_SetTLSBase(t->tcb, (seL4_Word)u->tls), seL4_NoError);
    thread_start(t);
    CHECK_EQ(t->result, 42);
}

TEST(tcb_set_flags_returns_the_new_flags)
{
    struct thread *t = new_thread(idle, 100, 0);
    seL4_TCB_SetFlags_t r = seL4_TCB_SetFlags(t->tcb, 0, ~0ul);
    CHECK_EQ(r.error, seL4_NoError);
    CHECK_EQ(r.flags, seL4_TCBFlag_MASK);
    CHECK_EQ(seL4_TCB_SetFlags(t->tcb, seL4_TCBFlag_fpuDisabled, 0).flags, 0);
}

TEST(tcb_set_affinity_knows_the_cpus)
{
    struct thread *t = new_thread(idle, 100, 0);
    CHECK_EQ(seL4_TCB_SetAffinity(t->tcb, 0), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetAffinity(t->tcb, boot_info->numNodes), seL4_IllegalOperation);
}

TEST(tcb_deleting_the_last_capability_stops_the_thread)
{
    struct thread *t = start_thread(count_up, MAIN_PRIORITY, 0, 0);
    volatile seL4_Word *count = &t->result;
    seL4_Yield();
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, t->tcb, ROOT_DEPTH), seL4_NoError);
    seL4_Word stopped = *count;
    seL4_Yield();
    CHECK_EQ(*count, stopped);
}
