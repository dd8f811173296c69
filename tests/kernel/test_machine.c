/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* FPU, time, interrupts, console hand-over: what arch/x86 gives. */
#include "test.h"

static void fpu_loop(struct thread *t)
{
    double x = (double)t->arg[0], sum = 0;
    for (int i = 0; i < 2000; i++) {
        sum += x / (double)(i + 1);
        if (i % 16 == 0) {
            seL4_Yield();
        }
    }
    t->result = (seL4_Word)sum;
}

TEST(fpu_state_is_per_thread)
{
    struct thread *t[4];
    for (unsigned i = 0; i < 4; i++) {
        t[i] = start_thread(fpu_loop, MAIN_PRIORITY - 1, 1000 * (i + 1), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        thread_join(t[i]);
        CHECK_EQ(t[i]->result, (seL4_Word)(8178.36810361 * (i + 1)));
    }
}

static void read_fpu(struct thread *t)
{
    uint16_t fcw;
    uint32_t mxcsr;
    unsigned char xmm[16];
    __asm__ volatile("fnstcw %0; stmxcsr %1; movups %%xmm9, %2"
                     : "=m"(fcw), "=m"(mxcsr), "=m"(xmm));
    t->result = (seL4_Word)fcw << 32 | mxcsr;
    t->arg[0] = 0;
    for (unsigned i = 0; i < sizeof(xmm); i++) {
        t->arg[0] |= xmm[i];
    }
}

TEST(fpu_state_of_a_new_thread_is_clean)
{
    uint32_t ones = 0xffffffff;
    __asm__ volatile("movd %0, %%xmm9; pshufd $0, %%xmm9, %%xmm9" : : "r"(ones) : "xmm9");
    struct thread *t = start_thread(read_fpu, MAIN_PRIORITY + 1, 1, 0);
    CHECK_EQ(t->result, 0x37ful << 32 | 0x1f80);
    CHECK_EQ(t->arg[0], 0);
}

TEST(fpu_can_be_taken_from_a_thread)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    struct thread *t = new_thread(read_fpu, MAIN_PRIORITY - 1, ep);
    seL4_TCB_SetFlags_t flags = seL4_TCB_SetFlags(t->tcb, 0, seL4_TCBFlag_fpuDisabled);
    CHECK_EQ(flags.error, seL4_NoError);
    CHECK_EQ(flags.flags, seL4_TCBFlag_fpuDisabled);
    thread_start(t);
    seL4_MessageInfo_t info = seL4_Recv(ep, NULL);
    CHECK_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_UserException);
    CHECK_EQ(seL4_GetMR(seL4_UserException_Number), 7);
    CHECK_EQ(seL4_TCB_SetFlags(t->tcb, seL4_TCBFlag_fpuDisabled, 0).flags, 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    thread_join(t);
    CHECK_EQ(t->result, 0x37ful << 32 | 0x1f80);
}

static void spin(struct thread *t)
{
    volatile seL4_Word *counter = &t->result;
    for (;;) {
        (*counter)++;
    }
}

static void spin_until_other_ran(struct thread *t)
{
    volatile seL4_Word *other = (volatile seL4_Word *)t->arg[0];
    while (*other == 0) {
    }
    t->result = 1;
}

TEST(timer_preempts_a_spinning_thread)
{
    struct thread *a = new_thread(spin_until_other_ran, MAIN_PRIORITY - 1, 0);
    struct thread *b = new_thread(spin, MAIN_PRIORITY - 1, 0);
    a->arg[0] = (uintptr_t)&b->result;
    thread_start(b);
    thread_start(a);
    thread_join(a);
    CHECK_EQ(a->result, 1);
    CHECK(b->result > 0);
}

#define PIT_COMMAND      0x43
#define PIT_CHANNEL0     0x40
#define PIT_PIN_OVERRIDE 2 /* ISA interrupt 0 is at I/O APIC pin 2 on PCs */
#define PIT_VECTOR       20

TEST(irq_ioapic_interrupt_signals_and_waits_for_ack)
{
    seL4_CPtr handler = new_slot(), n = new_object(seL4_NotificationObject, 0);
    seL4_CPtr badged = new_minted(n, seL4_AllRights, 0x10);
    seL4_CPtr pit = new_port(0x40, 0x43);
    CHECK_EQ(seL4_IRQControl_Get(seL4_CapIRQControl, 0, ROOT_CNODE, handler, ROOT_DEPTH),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT_CNODE, handler, ROOT_DEPTH, 0,
                                       PIT_PIN_OVERRIDE, 0, 0, PIT_VECTOR),
             seL4_NoError);
    CHECK_EQ(seL4_IRQHandler_SetNotification(handler, badged), seL4_NoError);
    seL4_IRQHandler_Ack(handler);
    for (int round = 0; round < 3; round++) {
        /* Channel 0, mode 0: one interrupt when the count ends, 1 ms. */
        CHECK_EQ(seL4_X86_IOPort_Out8(pit, PIT_COMMAND, 0x30), seL4_NoError);
        CHECK_EQ(seL4_X86_IOPort_Out8(pit, PIT_CHANNEL0, 1193 & 0xff), seL4_NoError);
        CHECK_EQ(seL4_X86_IOPort_Out8(pit, PIT_CHANNEL0, 1193 >> 8), seL4_NoError);
        seL4_Word badge = 0;
        seL4_Wait(n, &badge);
        CHECK_EQ(badge, 0x10);
        CHECK_EQ(seL4_IRQHandler_Ack(handler), seL4_NoError);
    }
    CHECK_EQ(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT_CNODE, new_slot(), ROOT_DEPTH, 0,
                                       PIT_PIN_OVERRIDE, 0, 0, PIT_VECTOR),
             seL4_RevokeFirst);
}

/* TSC ticks until channel 2 has counted 65535 down. */
static uint64_t measure_8254(seL4_CPtr pit, seL4_CPtr speaker)
{
    seL4_X86_IOPort_Out8(speaker, 0x61, 1);
    seL4_X86_IOPort_Out8(pit, PIT_COMMAND, 0xb0); /* channel 2, mode 0 */
    seL4_X86_IOPort_Out8(pit, 0x42, 0xff);
    seL4_X86_IOPort_Out8(pit, 0x42, 0xff);
    uint64_t start = rdtsc();
    while (!(seL4_X86_IOPort_In8(speaker, 0x61).result & 0x20)) {
    }
    return rdtsc() - start;
}

TEST(time_tsc_frequency_fits_the_8254)
{
    seL4_CPtr pit = new_port(0x40, 0x43), speaker = new_port(0x61, 0x61);
    uint64_t expected = tsc_hz() * 65535 / 1193182;
    /* An emulator may be held up between its two clocks: one good measurement counts. */
    for (int tries = 0; tries < 20; tries++) {
        uint64_t ticks = measure_8254(pit, speaker);
        if (ticks > expected - expected / 50 && ticks < expected + expected / 50) {
            return;
        }
    }
    CHECK(false);
}
