/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Injection, windows, re-injection, NMI blocking, state that must survive. */
#include "vcpu_guest.h"

#define IRQ       0x21
#define RFLAGS_IF 0x200u

TEST(vcpu_inject_interrupt)
{
    GUEST_START(hlt);
    guest.run->rflags = 2 | RFLAGS_IF;
    guest.run->event = GUEST_INTERRUPT(IRQ);
    EXPECT_EXIT(VCPU_COMMIT_EVENT, HLT);
    CHECK_EQ(guest_count(IRQ), 1);
    CHECK(!(guest.run->pending_event & VCPU_EVENT_VALID));
    CHECK_EQ(guest.run->rflags & RFLAGS_IF, RFLAGS_IF);
    /* Once: entering again does not repeat it. */
    EXPECT_EXIT(0, HLT);
    CHECK_EQ(guest_count(IRQ), 1);
}

TEST(vcpu_inject_exceptions)
{
    GUEST_START(hlt);
    guest.run->event = GUEST_EXCEPTION(6);
    EXPECT_EXIT(VCPU_COMMIT_EVENT, HLT);
    CHECK_EQ(guest_count(6), 1);
    guest.run->event = GUEST_EXCEPTION(13) | VCPU_EVENT_ERROR_CODE | 0x1230ull << 32;
    EXPECT_EXIT(VCPU_COMMIT_EVENT, HLT);
    CHECK_EQ(guest_count(13), 1);
    CHECK_EQ(guest_error_code(13), 0x1230);
    guest.run->event = GUEST_EXCEPTION(14) | VCPU_EVENT_ERROR_CODE | 2ull << 32;
    EXPECT_EXIT(VCPU_COMMIT_EVENT, HLT);
    CHECK_EQ(guest_count(14), 1);
    CHECK_EQ(guest_error_code(14), 2);
}

TEST(vcpu_inject_can_be_cancelled)
{
    GUEST_START(hlt);
    guest.run->rflags = 2 | RFLAGS_IF;
    seL4_Signal(guest.notification);
    guest.run->event = GUEST_INTERRUPT(IRQ);
    seL4_Word badge = 1;
    guest.run->commit |= VCPU_COMMIT_EVENT;
    CHECK_EQ(seL4_VMEnter(&badge), VCPU_NOTIFY);
    CHECK_EQ(guest.run->pending_event, GUEST_INTERRUPT(IRQ));
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    guest.run->event = 0;
    EXPECT_EXIT(VCPU_COMMIT_EVENT, HLT);
    CHECK_EQ(guest_count(IRQ), 0);
}

TEST(vcpu_interrupt_window)
{
    GUEST_START(window);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->rflags & RFLAGS_IF, 0);
    uint64_t behind_sti = guest.run->next_rip + 2;
    guest.run->rip = guest.run->next_rip;
    guest.run->window = VCPU_WINDOW_IRQ;
    EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_WINDOW, WINDOW);
    CHECK_EQ(guest.run->u.window_open.windows, VCPU_WINDOW_IRQ);
    CHECK_EQ(guest.run->rflags & RFLAGS_IF, RFLAGS_IF);
    CHECK_EQ(guest.run->interruptibility, 0);
    CHECK_EQ(guest.run->rip, behind_sti + 1); /* STI covers the next instruction */
    guest.run->event = GUEST_INTERRUPT(IRQ);
    EXPECT_EXIT(VCPU_COMMIT_EVENT, VMCALL);
    CHECK_EQ(guest_count(IRQ), 1);
    /* One-shot: no second window exit. */
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
    EXPECT_NEXT(VMCALL);
}

TEST(vcpu_interrupt_window_already_open)
{
    GUEST_START(hlt);
    guest.run->rflags = 2 | RFLAGS_IF;
    guest.run->window = VCPU_WINDOW_IRQ;
    EXPECT_EXIT(VCPU_COMMIT_WINDOW, WINDOW);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    EXPECT_EXIT(0, HLT);
}

TEST(vcpu_sti_shadow)
{
    GUEST_START(sti_hlt);
    EXPECT_EXIT(0, HLT);
    CHECK_EQ(guest.run->interruptibility & VCPU_SHADOW_ANY, VCPU_SHADOW_STI);
    EXPECT_NEXT(VMCALL);
    CHECK_EQ(guest.run->interruptibility & VCPU_SHADOW_ANY, 0);
    guest.run->interruptibility = 0;
    guest.run->rip = GUEST_CODE + 1;
    EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_SHADOW, HLT);
    CHECK_EQ(guest.run->interruptibility & VCPU_SHADOW_ANY, 0);
}

static void put_nmi_handler(void)
{
    GUEST_SNIPPET(nmi_handler);
    guest_copy(GUEST_HANDLERS + 2 * GUEST_HANDLER_BYTES, guest_nmi_handler, guest_nmi_handler_end);
}

TEST(vcpu_nmi_blocks_until_iret)
{
    GUEST_START(nmi_main);
    put_nmi_handler();
    EXPECT_EXIT(0, VMCALL);
    guest.run->rip = guest.run->next_rip;
    uint64_t back = guest.run->rip;
    guest.run->event = VCPU_EVENT_VALID | VCPU_EVENT_NMI | 2;
    EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_EVENT, VMCALL); /* in the handler */
    CHECK_EQ(guest_count(2), 1);
    CHECK_EQ(guest.run->interruptibility & VCPU_NMI_BLOCKED, VCPU_NMI_BLOCKED);
    /* A window for the next NMI opens right behind IRET. */
    guest.run->rip = guest.run->next_rip;
    guest.run->window = VCPU_WINDOW_NMI;
    EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_WINDOW, WINDOW);
    CHECK_EQ(guest.run->u.window_open.windows, VCPU_WINDOW_NMI);
    CHECK_EQ(guest.run->rip, back);
    CHECK_EQ(guest.run->interruptibility & VCPU_NMI_BLOCKED, 0);
    CHECK_EQ(guest.run->rflags & 0x100, 0);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->rip, back + 2);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    CHECK_EQ(guest.run->state.dr6 & 0x4000, 0);
    CHECK_EQ(guest_count(1), 0);
}

TEST(vcpu_nmi_window_at_once)
{
    GUEST_START(hlt);
    guest.run->window = VCPU_WINDOW_NMI;
    EXPECT_EXIT(VCPU_COMMIT_WINDOW, WINDOW);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    EXPECT_EXIT(0, HLT);
}

TEST(vcpu_nmi_window_after_other_event)
{
    GUEST_START(hlt);
    guest.run->rflags = 2 | RFLAGS_IF;
    guest.run->event = GUEST_INTERRUPT(IRQ);
    guest.run->window = VCPU_WINDOW_NMI;
    EXPECT_EXIT(VCPU_COMMIT_WINDOW | VCPU_COMMIT_EVENT, WINDOW);
    CHECK_EQ(guest.run->rip, GUEST_HANDLERS + IRQ * GUEST_HANDLER_BYTES);
    EXPECT_EXIT(0, HLT);
    CHECK_EQ(guest_count(IRQ), 1);
}

TEST(vcpu_nmi_window_in_shadow)
{
    GUEST_START(window); /* starts with CLI, then VMMCALL */
    guest.run->interruptibility = VCPU_SHADOW_STI;
    guest.run->window = VCPU_WINDOW_NMI;
    EXPECT_EXIT(VCPU_COMMIT_WINDOW | VCPU_COMMIT_SHADOW, WINDOW);
    CHECK_EQ(guest.run->rip, GUEST_CODE + 1);
    CHECK_EQ(guest.run->rflags & 0x100, 0);
    EXPECT_EXIT(0, VMCALL);
}

TEST(vcpu_event_repeated_after_fault_in_delivery)
{
    GUEST_START(stack_in_hole);
    EXPECT_EXIT(0, VMCALL);
    guest.run->rip = guest.run->next_rip;
    guest.run->rflags = 2 | RFLAGS_IF;
    guest.run->event = GUEST_INTERRUPT(IRQ);
    EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_RFLAGS | VCPU_COMMIT_EVENT, MEMORY);
    CHECK_EQ(guest.run->u.memory.access, VCPU_ACCESS_WRITE);
    CHECK_EQ(guest.run->pending_event, GUEST_INTERRUPT(IRQ));
    CHECK_EQ(guest_count(IRQ), 0);
    guest_map_page(GUEST_HOLE, true);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest_count(IRQ), 1);
    CHECK(!(guest.run->pending_event & VCPU_EVENT_VALID));
}

TEST(vcpu_nmi_not_blocked_until_delivered)
{
    GUEST_START(stack_in_hole);
    EXPECT_EXIT(0, VMCALL);
    guest.run->rip = guest.run->next_rip;
    guest.run->event = VCPU_EVENT_VALID | VCPU_EVENT_NMI | 2;
    EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_EVENT, MEMORY);
    CHECK_EQ(guest.run->interruptibility & VCPU_NMI_BLOCKED, 0);
    CHECK_EQ(guest.run->pending_event & (VCPU_EVENT_VALID | VCPU_EVENT_TYPE_MASK),
             VCPU_EVENT_VALID | VCPU_EVENT_NMI);
    guest_map_page(GUEST_HOLE, true);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest_count(2), 1);
    CHECK_EQ(guest.run->interruptibility & VCPU_NMI_BLOCKED, 0);
}

TEST(vcpu_software_interrupt_not_repeated)
{
    if (boot_option("bochs") && !guest_has_vmx()) {
        SKIP("this emulator reports the event of an earlier exit");
    }
    GUEST_START(int_with_stack_in_hole);
    EXPECT_EXIT(0, MEMORY);
    CHECK_EQ(guest.run->pending_event, 0);
    CHECK_EQ(guest.run->rip, GUEST_CODE + 5);
    guest_map_page(GUEST_HOLE, true);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest_count(0x30), 1);
}

TEST(vcpu_guest_exceptions_stay_inside)
{
    GUEST_START(exceptions);
    *guest_word(GUEST_HANDLERS + 6 * GUEST_HANDLER_BYTES) = guest_hypercall();
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->rip, GUEST_HANDLERS + 6 * GUEST_HANDLER_BYTES);
    guest.run->rip = GUEST_CODE + 5;
    EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
    CHECK_EQ(guest_count(3), 1);
    EXPECT_NEXT(VMCALL);
    CHECK_EQ(guest_count(0x30), 1);
}

TEST(vcpu_guest_single_steps)
{
    GUEST_START(single_step);
    EXPECT_EXIT(0, VMCALL);
    /* Behind POPF come NOP, PUSHF, AND, POPF: each is followed by a trap. */
    CHECK_EQ(guest_count(1), 4);
}

TEST(vcpu_debug_registers_are_the_guests)
{
    GUEST_START(debug_registers);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_DEBUG), seL4_NoError);
    CHECK_EQ(guest.run->state.dr[0], 0x1111);
    CHECK_EQ(guest.run->state.dr[3], 0x4444);
    guest.run->state.dr[0] = 0x2222;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_DEBUG), seL4_NoError);
    EXPECT_NEXT(VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x2222);
    CHECK_EQ(guest.run->gpr[VCPU_RBX], 0x4444);
}

TEST(vcpu_fpu_state_is_the_guests)
{
    GUEST_START(fpu);
    EXPECT_EXIT(0, VMCALL);
    uint32_t mine = 0x5e1f;
    __asm__ volatile("movd %0, %%xmm3" : : "r"(mine) : "xmm3");
    EXPECT_NEXT(VMCALL);
    uint32_t still;
    __asm__ volatile("movd %%xmm3, %0" : "=r"(still));
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x600df00d);
    CHECK_EQ(still, mine);
}

TEST(vcpu_tsc_offset)
{
    GUEST_START(tsc);
    const uint64_t offset = 1ull << 50;
    guest.run->state.tsc_offset = offset;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_TSC), seL4_NoError);
    uint64_t before = rdtsc();
    EXPECT_EXIT(0, VMCALL);
    uint64_t seen = guest.run->gpr[VCPU_RDX] << 32 | (uint32_t)guest.run->gpr[VCPU_RAX];
    CHECK(seen - offset >= before);
    CHECK(seen - offset <= rdtsc());
    CHECK(guest.run->tsc >= before);
}

static void set_xcr0_state(uint64_t xcr0)
{
    guest.run->state.xcr0 = xcr0;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
}

TEST(vcpu_xcr0)
{
    GUEST_START(xsetbv);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    guest.run->state.cr4 |= 1u << 18; /* OSXSAVE */
    set_xcr0_state(UINT64_MAX);
    CHECK_EQ(guest.run->state.xcr0 >> 3, 0); /* nothing the kernel does not save */
    CHECK_EQ(guest.run->state.xcr0 & 1, 1);
    if (guest.run->state.xcr0 == 1) {
        SKIP("no XSAVE");
    }
    guest_enter(0);
    if (guest.run->reason == VCPU_EXIT_XSETBV) {
        CHECK_EQ(guest.run->next_rip, guest.run->rip + 3);
        set_xcr0_state(1);
        EXPECT_NEXT(VMCALL);
    }
    CHECK_EQ(guest.run->reason, VCPU_EXIT_VMCALL);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    CHECK_EQ(guest.run->state.xcr0, 1);
}
