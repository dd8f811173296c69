/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Notification, kick, HALT, deadline, and what other threads may do meanwhile. */
#include "vcpu_guest.h"

#define BADGE 0x1234

static void signal_after(struct thread *t)
{
    uint64_t until = rdtsc() + t->arg[1];
    while (rdtsc() < until) {
        seL4_Yield();
    }
    seL4_Signal((seL4_CPtr)t->arg[0]);
}

/* Some emulators let physical interrupts out of a guest only while its own IF is set. */
static void interrupts_on(void)
{
    guest.run->rflags = 0x202;
}

static seL4_CPtr badged(void)
{
    return new_minted(guest.notification, seL4_AllRights, BADGE);
}

static uint64_t milliseconds(unsigned n)
{
    return tsc_hz() / 1000 * n;
}

TEST(vcpu_notification_before_entry)
{
    GUEST_START(hlt);
    seL4_Signal(badged());
    seL4_Word badge = 0;
    CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY);
    CHECK_EQ(badge, BADGE);
    CHECK_EQ(guest.run->reason, VCPU_EXIT_NONE);
    CHECK_EQ(guest.run->commit, 0);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    CHECK_EQ(guest.run->gpr[VCPU_RSP], GUEST_STACK);
    CHECK_EQ(guest.run->mode, VCPU_MODE_PROT32);
    CHECK_EQ(guest.run->exits, 0);
    EXPECT_EXIT(0, HLT);
}

TEST(vcpu_kick_from_thread)
{
    GUEST_START(counting);
    interrupts_on();
    struct thread *t = start_thread(signal_after, MAIN_PRIORITY, badged(), milliseconds(5));
    seL4_Word badge = 0;
    CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY);
    CHECK_EQ(badge, BADGE);
    CHECK(guest.run->rip >= GUEST_CODE && guest.run->rip <= GUEST_CODE + 8);
    thread_join(t);
    /* The guest goes on where it was. */
    uint32_t count = *guest_word(GUEST_DATA);
    do {
        t = start_thread(signal_after, MAIN_PRIORITY, badged(), milliseconds(5));
        CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY);
        thread_join(t);
    } while (*guest_word(GUEST_DATA) == count);
}

TEST(vcpu_guest_shares_the_cpu)
{
    GUEST_START(counting);
    interrupts_on();
    /* Lower priority gets nothing, higher gets all it wants while the guest spins. */
    struct thread *high = start_thread(signal_after, MAIN_PRIORITY + 1, badged(), milliseconds(2));
    CHECK_EQ(guest_enter(0), VCPU_NOTIFY);
    thread_join(high);
}

TEST(vcpu_halt_ends_with_signal)
{
    GUEST_START(hlt);
    struct thread *t = start_thread(signal_after, MAIN_PRIORITY - 1, badged(), milliseconds(2));
    seL4_Word badge = 0;
    guest.run->commit |= VCPU_COMMIT_HALT;
    CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY);
    CHECK_EQ(badge, BADGE);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    CHECK_EQ(guest.run->exits, 0);
    thread_join(t);
    /* HALT is for one call. */
    EXPECT_EXIT(0, HLT);
}

TEST(vcpu_halt_ends_with_deadline)
{
    GUEST_START(hlt);
    uint64_t when = rdtsc() + milliseconds(3);
    guest.run->deadline = when;
    EXPECT_EXIT(VCPU_COMMIT_HALT | VCPU_COMMIT_DEADLINE, DEADLINE);
    CHECK(rdtsc() >= when);
    CHECK(guest.run->tsc >= when);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    /* Level-triggered: it stays until it is changed. */
    EXPECT_EXIT(0, DEADLINE);
    guest.run->deadline = VCPU_DEADLINE_NONE;
    EXPECT_EXIT(VCPU_COMMIT_DEADLINE, HLT);
}

TEST(vcpu_deadline_in_guest)
{
    GUEST_START(counting);
    interrupts_on();
    for (unsigned i = 0; i < 3 || *guest_word(GUEST_DATA) == 0; i++) {
        uint64_t when = rdtsc() + milliseconds(3);
        guest.run->deadline = when;
        EXPECT_EXIT(VCPU_COMMIT_DEADLINE, DEADLINE);
        CHECK(guest.run->tsc >= when);
    }
}

TEST(vcpu_deadline_passed_already)
{
    GUEST_START(hlt);
    guest.run->deadline = rdtsc();
    EXPECT_EXIT(VCPU_COMMIT_DEADLINE, DEADLINE);
    CHECK_EQ(guest.run->exits, 0);
    seL4_Signal(badged());
    seL4_Word badge;
    CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY); /* before the deadline */
    EXPECT_EXIT(0, DEADLINE);
}

/* The first deadline is far away: emulated time passes while the emulator waits for a CPU. */
TEST(vcpu_deadline_taken_back)
{
    GUEST_START(counting);
    interrupts_on();
    uint64_t far = rdtsc() + milliseconds(300);
    guest.run->deadline = far;
    struct thread *t = start_thread(signal_after, MAIN_PRIORITY - 1, badged(), 1);
    CHECK_EQ(guest_enter(VCPU_COMMIT_DEADLINE | VCPU_COMMIT_HALT), VCPU_NOTIFY);
    thread_join(t);
    guest.run->deadline = VCPU_DEADLINE_NONE;
    uint64_t now = rdtsc();
    uint64_t wait = (far > now ? far - now : 0) + milliseconds(5);
    t = start_thread(signal_after, MAIN_PRIORITY - 1, badged(), wait);
    CHECK_EQ(guest_enter(VCPU_COMMIT_DEADLINE | VCPU_COMMIT_HALT), VCPU_NOTIFY);
    thread_join(t);
}

/* The main thread is in the guest or halted; another one suspends and resumes it. */
static void restart_main(struct thread *t)
{
    while (*(volatile uint64_t *)&guest.run->commit != 0) {
        seL4_Yield(); /* it has not entered yet */
    }
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    t->result = guest.run->commit;
    seL4_TCB_Resume(seL4_CapInitThreadTCB);
    seL4_Signal((seL4_CPtr)t->arg[0]);
}

/*
 * Runs the guest until it has handled an interrupt `count` times and is back in its loop: on a busy
 * host a deadline or a signal can come before the guest has executed one instruction.
 */
static void run_until_handled(unsigned vector, unsigned count)
{
    while ((guest.run->pending_event & VCPU_EVENT_VALID) || guest_count(vector) < count ||
           guest.run->gpr[VCPU_RSP] != GUEST_STACK) {
        guest.run->deadline = rdtsc() + milliseconds(5);
        EXPECT_EXIT(VCPU_COMMIT_DEADLINE, DEADLINE);
    }
}

TEST(vcpu_restarted_entry_commits_once)
{
    GUEST_START(counting);
    interrupts_on();
    guest.run->rflags = 0x202;
    guest.run->event = GUEST_INTERRUPT(0x21);
    guest.run->commit |= VCPU_COMMIT_EVENT;
    struct thread *t = start_thread(restart_main, MAIN_PRIORITY, badged(), 0);
    seL4_Word badge;
    CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY);
    CHECK_EQ(t->result, 0);
    thread_join(t);
    run_until_handled(0x21, 1);
    CHECK_EQ(guest_count(0x21), 1);
}

TEST(vcpu_restarted_halt_goes_on)
{
    GUEST_START(hlt);
    struct thread *t = start_thread(restart_main, MAIN_PRIORITY - 1, badged(), 0);
    CHECK_EQ(guest_enter(VCPU_COMMIT_HALT), VCPU_NOTIFY);
    CHECK_EQ(guest.run->exits, 0);
    thread_join(t);
}

/* Interrupts in the guest do not touch the host's timer tick. */
TEST(vcpu_interrupts_on_in_guest)
{
    GUEST_START(interrupts);
    do {
        guest.run->deadline = rdtsc() + milliseconds(5);
        EXPECT_EXIT(VCPU_COMMIT_DEADLINE, DEADLINE);
    } while (guest.run->rip == GUEST_CODE);
    CHECK_EQ(guest.run->rflags & 0x200, 0x200);
    CHECK_EQ(guest_count(0x21), 0);
    guest.run->event = GUEST_INTERRUPT(0x21);
    guest.run->deadline = VCPU_DEADLINE_NONE;
    EXPECT_EXIT(VCPU_COMMIT_EVENT | VCPU_COMMIT_DEADLINE, VMCALL);
    CHECK_EQ(guest_count(0x21), 1);
}

/* A guest that spins with interrupts off cannot keep the CPU. */
TEST(vcpu_interrupts_off_in_guest)
{
    if (boot_option("bochs") && !guest_has_vmx()) {
        SKIP("this emulator holds physical interrupts back while the guest's IF is clear");
    }
    GUEST_START(interrupts);
    *guest_word(GUEST_COUNT + 4 * 0x21) = 1;
    EXPECT_EXIT(0, VMCALL);
    guest.run->rip = guest.run->next_rip;
    guest.run->deadline = rdtsc() + milliseconds(5);
    EXPECT_EXIT(VCPU_COMMIT_DEADLINE | VCPU_COMMIT_RIP, DEADLINE);
    CHECK_EQ(guest.run->rflags & 0x200, 0); /* CLI came before the VMMCALL */
    struct thread *t = start_thread(signal_after, MAIN_PRIORITY, badged(), milliseconds(1));
    guest.run->deadline = VCPU_DEADLINE_NONE;
    CHECK_EQ(guest_enter(VCPU_COMMIT_DEADLINE), VCPU_NOTIFY);
    thread_join(t);
    *guest_word(GUEST_DATA) = 1;
    guest.run->window = VCPU_WINDOW_IRQ;
    EXPECT_EXIT(VCPU_COMMIT_WINDOW, WINDOW);
    EXPECT_EXIT(0, VMCALL);
}

/* However often the host interrupts the guest afterwards. */
TEST(vcpu_injected_interrupt_comes_once)
{
    GUEST_START(counting);
    interrupts_on();
    for (unsigned i = 1; i <= 10; i++) {
        guest.run->event = GUEST_INTERRUPT(0x21);
        guest.run->deadline = rdtsc() + milliseconds(5);
        EXPECT_EXIT(VCPU_COMMIT_EVENT | VCPU_COMMIT_DEADLINE, DEADLINE);
        run_until_handled(0x21, i);
        CHECK_EQ(guest_count(0x21), i);
        CHECK_EQ(guest.run->rflags & 0x200, 0x200);
        CHECK_EQ(guest.run->gpr[VCPU_RSP], GUEST_STACK);
    }
}
