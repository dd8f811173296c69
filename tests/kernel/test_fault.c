/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Fault messages and their answers. */
#include "test.h"

/* A faulting thread, its handler's endpoint and the message. */
struct scene {
    seL4_CPtr ep;
    struct thread *thread;
    seL4_MessageInfo_t info;
    seL4_Word badge;
};

static struct scene fault_of(void (*function)(struct thread *), seL4_Word arg)
{
    struct scene s = {.ep = new_object(seL4_EndpointObject, 0)};
    seL4_CPtr handler = new_minted(s.ep, seL4_AllRights, 0xbad);
    s.thread = new_thread(function, MAIN_PRIORITY - 1, handler);
    s.thread->arg[0] = arg;
    thread_start(s.thread);
    s.info = seL4_Recv(s.ep, &s.badge);
    CHECK_EQ(s.badge, 0xbad);
    return s;
}

static void read_at(struct thread *t)
{
    t->result = *(volatile unsigned char *)t->arg[0];
}

#define HOLE 0x700000000000ul

TEST(fault_page_fault_on_read)
{
    struct scene s = fault_of(read_at, HOLE + 0x123);
    CHECK(seL4_isVMFault_tag(s.info));
    CHECK_EQ(seL4_MessageInfo_get_length(s.info), seL4_VMFault_Length);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), HOLE + 0x123);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 0);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR), 4); /* user, read, not present */
    seL4_Fault_t fault = seL4_getFault(s.info);
    CHECK_EQ(seL4_Fault_get_seL4_FaultType(fault), seL4_Fault_VMFault);
    CHECK_EQ(seL4_Fault_VMFault_get_Addr(fault), HOLE + 0x123);
    CHECK_EQ(seL4_Fault_VMFault_get_IP(fault), seL4_GetMR(seL4_VMFault_IP));

    /* Mapping the page and answering lets the instruction complete. */
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    map_frame_at(seL4_CapInitThreadVSpace, frame, HOLE, seL4_ReadWrite, 0);
    *(volatile unsigned char *)(HOLE + 0x123) = 99;
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    thread_join(s.thread);
    CHECK_EQ(s.thread->result, 99);
}

static void halt(struct thread *t)
{
    (void)t;
    seL4_DebugHalt();
}

static void print_everything(struct thread *t)
{
    (void)t;
    seL4_DebugSnapshot();
}

TEST(fault_only_the_root_task_stops_the_machine)
{
    struct scene s = fault_of(halt, 0);
    CHECK(seL4_isUnknownSyscall_tag(s.info));
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), (seL4_Word)seL4_SysDebugHalt);
    s = fault_of(print_everything, 0);
    CHECK(seL4_isUnknownSyscall_tag(s.info));
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), (seL4_Word)seL4_SysDebugSnapshot);
}

static void write_at(struct thread *t)
{
    *(volatile unsigned char *)t->arg[0] = 1;
}

TEST(fault_page_fault_on_write_to_a_read_only_page)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    map_frame_at(seL4_CapInitThreadVSpace, frame, HOLE, seL4_CanRead, 0);
    fault_of(write_at, HOLE);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), HOLE);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR), 7); /* user, write, protection */
}

static void jump_to(struct thread *t)
{
    ((void (*)(void))t->arg[0])();
}

TEST(fault_page_fault_on_execution)
{
    fault_of(jump_to, HOLE + 0x10);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_IP), HOLE + 0x10);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), HOLE + 0x10);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
}

TEST(fault_execute_never_page_refuses_execution)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    map_frame_at(seL4_CapInitThreadVSpace, frame, HOLE, seL4_ReadWrite, seL4_X86_ExecuteNever);
    *(volatile unsigned char *)HOLE = 0xc3; /* ret */
    struct scene s = fault_of(jump_to, HOLE);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR) & 1, 1);
    /* The same page without the attribute runs. */
    map_frame_at(seL4_CapInitThreadVSpace, frame, HOLE, seL4_ReadWrite, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    thread_join(s.thread);
}

TEST(fault_kernel_addresses_are_closed)
{
    fault_of(read_at, 0xffffffff80101000ul);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_FSR), 5); /* user, read, protection */
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), 0xffffffff80101000ul);
}

static void send_to(struct thread *t)
{
    seL4_Send(t->arg[0], seL4_MessageInfo_new(0, 0, 0, 0));
    t->result = 1;
}

static void receive_from(struct thread *t)
{
    seL4_Recv(t->arg[0], NULL);
    t->result = 1;
}

/* An address with guard bits that no capability has. */
#define NO_CPTR 0x8000000000000000ul

TEST(fault_bad_capability_in_a_send)
{
    struct scene s = fault_of(send_to, NO_CPTR);
    CHECK(seL4_isCapFault_tag(s.info));
    CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), NO_CPTR);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 0);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_GuardMismatch);
    CHECK_EQ(seL4_MessageInfo_get_length(s.info), 7);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 64);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound), 0);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound), 64 - CONFIG_ROOT_CNODE_SIZE_BITS);
}

TEST(fault_receive_without_right)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    struct scene s = fault_of(receive_from, new_minted(ep, seL4_CanWrite, 0));
    CHECK(seL4_isCapFault_tag(s.info));
    CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_MissingCapability);
    CHECK_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 0);
}

TEST(fault_of_a_thread_without_handler_stops_it_alone)
{
    struct thread *t = new_thread(read_at, MAIN_PRIORITY + 1, 0);
    t->arg[0] = HOLE;
    thread_start(t);
    CHECK_EQ(t->result, 0);
    seL4_Word badge = 1;
    seL4_Poll(t->done, &badge);
    CHECK_EQ(badge, 0);
}

static void divide(struct thread *t)
{
    __asm__ volatile("xorl %%edx, %%edx; divl %%edx" : : "a"(1) : "edx", "memory");
    t->result = 1;
}

TEST(fault_exception_answer_can_leave_the_thread_stopped)
{
    struct scene s = fault_of(divide, 0);
    CHECK(seL4_isUserException_tag(s.info));
    CHECK_EQ(seL4_MessageInfo_get_length(s.info), seL4_UserException_Length);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 0);
    seL4_Reply(seL4_MessageInfo_new(1, 0, 0, 0)); /* a label: do not go on */
    seL4_Word badge = 1;
    seL4_Poll(s.thread->done, &badge);
    CHECK_EQ(badge, 0);
    CHECK_EQ(s.thread->result, 0);
}

static void enter_vm(struct thread *t)
{
    seL4_VMEnter(NULL);
    t->result = 1;
}

TEST(fault_vm_enter_without_vcpu_is_an_unknown_system_call)
{
    struct scene s = fault_of(enter_vm, 0);
    CHECK(seL4_isUnknownSyscall_tag(s.info));
    CHECK_EQ(seL4_MessageInfo_get_length(s.info), seL4_UnknownSyscall_Length);
    CHECK_EQ(seL4_GetMR(seL4_UnknownSyscall_Syscall), (seL4_Word)seL4_SysVMEnter);
    seL4_Word ip = seL4_GetMR(seL4_UnknownSyscall_FaultIP);
    CHECK_EQ(*(unsigned char *)ip, 0x0f);
    CHECK_EQ(*(unsigned char *)(ip + 1), 0x05);
}
