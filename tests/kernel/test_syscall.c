/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What registers survive a system call, and traps that are not system calls. */
#include "test.h"

/* Registers in the order of the processor's encoding; rsp is not loaded. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NUM_REGS };

/* Loads all registers from regs, executes SYSCALL, stores all back. */
void syscall_with(uint64_t regs[NUM_REGS]);
__asm__("    .text\n"
        "syscall_with:\n"
        "    pushq %rbx\n    pushq %rbp\n    pushq %r12\n    pushq %r13\n    pushq %r14\n"
        "    pushq %r15\n    pushq %rdi\n"
        "    movq %rsp, %fs:saved_rsp@tpoff\n"
        "    movq 0(%rdi), %rax\n    movq 16(%rdi), %rdx\n    movq 24(%rdi), %rbx\n"
        "    movq 40(%rdi), %rbp\n    movq 48(%rdi), %rsi\n    movq 64(%rdi), %r8\n"
        "    movq 72(%rdi), %r9\n    movq 80(%rdi), %r10\n    movq 96(%rdi), %r12\n"
        "    movq 104(%rdi), %r13\n    movq 112(%rdi), %r14\n    movq 120(%rdi), %r15\n"
        "    movq 56(%rdi), %rdi\n"
        "    syscall\n"
        "    movq %rsp, %fs:seen_rsp@tpoff\n"
        "    movq %fs:saved_rsp@tpoff, %rsp\n"
        "    xchgq %rdi, (%rsp)\n" /* rdi = array, top of stack = its value */
        "    movq %rax, 0(%rdi)\n    movq %rdx, 16(%rdi)\n    movq %rbx, 24(%rdi)\n"
        "    movq %rbp, 40(%rdi)\n    movq %rsi, 48(%rdi)\n    movq %r8, 64(%rdi)\n"
        "    movq %r9, 72(%rdi)\n    movq %r10, 80(%rdi)\n    movq %r12, 96(%rdi)\n"
        "    movq %r13, 104(%rdi)\n    movq %r14, 112(%rdi)\n    movq %r15, 120(%rdi)\n"
        "    popq %rax\n    movq %rax, 56(%rdi)\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n    popq %rbp\n"
        "    popq %rbx\n    ret\n");
__thread uint64_t saved_rsp, seen_rsp;

#define PATTERN(i) (0x1111111111111111ul * ((i) + 1) ^ 0xa5a5000000000000ul)

static void fill(uint64_t regs[NUM_REGS], seL4_Word sys, seL4_Word dest, seL4_Word info)
{
    for (unsigned i = 0; i < NUM_REGS; i++) {
        regs[i] = PATTERN(i);
    }
    regs[RDX] = sys;
    regs[RDI] = dest;
    regs[RSI] = info;
}

/* All registers but the named ones are as they were; changed is a bit mask. */
static void check_same(const uint64_t *before, const uint64_t *after, unsigned changed)
{
    changed |= 1u << RCX | 1u << R11 | 1u << RSP;
    for (unsigned i = 0; i < NUM_REGS; i++) {
        if (!(changed & 1u << i) && before[i] != after[i]) {
            test_fail(__FILE__, __LINE__, "register %u: %lx became %lx", i, before[i], after[i]);
        }
    }
    CHECK_EQ(seen_rsp, saved_rsp);
}

static void check_call(seL4_Word sys, seL4_Word dest, seL4_Word length, unsigned changed)
{
    uint64_t before[NUM_REGS], regs[NUM_REGS];
    seL4_IPCBuffer saved = *seL4_GetIPCBuffer();
    fill(regs, sys, dest, seL4_MessageInfo_new(0, 0, 0, length).words[0]);
    memcpy(before, regs, sizeof(regs));
    syscall_with(regs);
    *seL4_GetIPCBuffer() = saved;
    check_same(before, regs, changed);
}

TEST(syscall_send_type_calls_keep_all_registers)
{
    /* The root CNode as destination: the invocation fails, and not even then may they change. */
    check_call(seL4_SysYield, PATTERN(1), 0, 0);
    check_call(seL4_SysSend, ROOT_CNODE, 0, 0);
    check_call(seL4_SysNBSend, ROOT_CNODE, 0, 0);
    check_call(seL4_SysNBSend, PATTERN(3), 4, 0);
    check_call(seL4_SysReply, 0, 4, 0);
    check_call(seL4_SysSend, new_object(seL4_NotificationObject, 0), 1, 0);
}

TEST(syscall_put_char_keeps_all_registers)
{
    check_call(seL4_SysDebugPutChar, (seL4_Word)'#', 0, 0);
    check_call(seL4_SysDebugPutChar, '\n', 0, 0);
}

TEST(syscall_call_changes_only_the_answer)
{
    check_call(seL4_SysCall, ROOT_CNODE, 0, 1u << RDI | 1u << RSI);
    /* An error with one detail register: MR0 is r10. */
    check_call(seL4_SysCall, 0, 0, 1u << RDI | 1u << RSI | 1u << R10);
}

TEST(syscall_receives_on_a_signal_change_only_the_badge)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    seL4_Signal(n);
    check_call(seL4_SysRecv, n, 4, 1u << RDI);
    seL4_Signal(n);
    check_call(seL4_SysNBRecv, n, 4, 1u << RDI);
    check_call(seL4_SysNBRecv, n, 4, 1u << RDI);
    seL4_Signal(n);
    check_call(seL4_SysReplyRecv, n, 4, 1u << RDI);
}

static void send_two(struct thread *t)
{
    seL4_Word a = 0xaaaa, b = 0xbbbb;
    seL4_SendWithMRs(t->arg[0], seL4_MessageInfo_new(7, 0, 0, 2), &a, &b, NULL, NULL);
}

TEST(syscall_recv_keeps_registers_behind_the_message)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    uint64_t before[NUM_REGS], regs[NUM_REGS];
    start_thread(send_two, MAIN_PRIORITY + 1, ep, 0);
    fill(regs, (seL4_Word)seL4_SysRecv, ep, 0);
    memcpy(before, regs, sizeof(regs));
    syscall_with(regs);
    check_same(before, regs, 1u << RDI | 1u << RSI | 1u << R10 | 1u << R8);
    CHECK_EQ(regs[R10], 0xaaaa);
    CHECK_EQ(regs[R8], 0xbbbb);
    CHECK_EQ(regs[RSI], seL4_MessageInfo_new(7, 0, 0, 2).words[0]);
}

static void interrupted(struct thread *t)
{
    /* Every register is live in this loop while the timer preempts it. */
    uint64_t regs[NUM_REGS], before[NUM_REGS];
    for (unsigned round = 0; round < 200; round++) {
        fill(regs, (seL4_Word)seL4_SysYield, round, 0);
        memcpy(before, regs, sizeof(regs));
        syscall_with(regs);
        check_same(before, regs, 0);
    }
    t->result = 1;
}

TEST(syscall_registers_survive_preemption)
{
    struct thread *a = start_thread(interrupted, MAIN_PRIORITY - 1, 0, 0);
    struct thread *b = start_thread(interrupted, MAIN_PRIORITY - 1, 0, 0);
    thread_join(a);
    thread_join(b);
    CHECK_EQ(a->result + b->result, 2);
}

/* A thread that faults; the handler looks and steps it over `length` bytes. */
static void fault_and_step(void (*function)(struct thread *), seL4_Word label, seL4_Word number_mr,
                           seL4_Word number)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    struct thread *t = new_thread(function, MAIN_PRIORITY - 1, ep);
    thread_start(t);
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge);
    CHECK_EQ(seL4_MessageInfo_get_label(info), label);
    CHECK_EQ(seL4_GetMR((int)number_mr), number);
    bool is_syscall = label == seL4_Fault_UnknownSyscall;
    int ip = is_syscall ? seL4_UnknownSyscall_FaultIP : seL4_UserException_FaultIP;
    seL4_SetMR(ip, seL4_GetMR(ip) + t->arg[0]);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, (seL4_Word)ip + (is_syscall ? 3 : 3)));
    thread_join(t);
    CHECK_EQ(t->result, 1);
}

static void do_int80(struct thread *t)
{
    t->arg[0] = 2;
    __asm__ volatile("int $0xc0" : : "a"(0x123456) : "memory");
    t->result = 1;
}

TEST(trap_int_n_is_an_unknown_system_call)
{
    fault_and_step(do_int80, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Syscall,
                   0xc0ul << 24 | 0x123456);
}

static void do_unknown(struct thread *t)
{
    t->arg[0] = 2;
    __asm__ volatile("syscall" : : "d"(12345ul), "D"(0), "S"(0) : "rcx", "r11", "memory");
    t->result = 1;
}

TEST(trap_unknown_system_call)
{
    fault_and_step(do_unknown, seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Syscall, 12345);
}

static void do_int_irq(struct thread *t)
{
    t->arg[0] = 2;
    __asm__ volatile("int $0x9d" : : : "memory"); /* the timer's vector: not for user mode */
    t->result = 1;
}

TEST(trap_int_of_an_interrupt_vector_is_a_protection_fault)
{
    fault_and_step(do_int_irq, seL4_Fault_UserException, seL4_UserException_Number, 13);
}

static void do_ud2(struct thread *t)
{
    t->arg[0] = 2;
    __asm__ volatile("ud2" : : : "memory");
    t->result = 1;
}

TEST(trap_undefined_instruction)
{
    fault_and_step(do_ud2, seL4_Fault_UserException, seL4_UserException_Number, 6);
}

static void do_in(struct thread *t)
{
    t->arg[0] = 1;
    __asm__ volatile("inb %%dx, %%al" : : "d"(0x3f8) : "rax", "memory");
    t->result = 1;
}

TEST(trap_port_instruction_is_a_protection_fault)
{
    fault_and_step(do_in, seL4_Fault_UserException, seL4_UserException_Number, 13);
}

static void do_wrfsbase(struct thread *t)
{
    t->arg[0] = 5;
    __asm__ volatile(".byte 0xf3, 0x48, 0x0f, 0xae, 0xd0" : : "a"(0) : "memory"); /* wrfsbase rax */
    t->result = 1;
}

TEST(trap_fs_base_instruction_is_undefined)
{
    fault_and_step(do_wrfsbase, seL4_Fault_UserException, seL4_UserException_Number, 6);
}

static __thread int own = 5;
static void tls_user(struct thread *t)
{
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(own, 5 + i * (int)t->arg[0]);
        own += (int)t->arg[0];
        seL4_Yield();
    }
    t->result = (seL4_Word)own;
}

TEST(thread_local_variables_are_per_thread)
{
    struct thread *a = start_thread(tls_user, MAIN_PRIORITY - 1, 1, 0);
    struct thread *b = start_thread(tls_user, MAIN_PRIORITY - 1, 2, 0);
    thread_join(a);
    thread_join(b);
    CHECK_EQ(a->result, 55);
    CHECK_EQ(b->result, 105);
    CHECK_EQ(own, 5);
}
