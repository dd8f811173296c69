/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One test per kind of exit: the record the VMM sees. */
#include "vcpu_guest.h"

TEST(vcpu_exit_cpuid)
{
    GUEST_START(cpuid);
    EXPECT_EXIT(0, CPUID);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x12345678);
    CHECK_EQ(guest.run->gpr[VCPU_RCX], 7);
    CHECK_EQ(guest.run->gpr[VCPU_RBX], 0xb0b0b0b0);
    CHECK_EQ(guest.run->gpr[VCPU_RSI], 0x51515151);
    CHECK_EQ(guest.run->gpr[VCPU_RDI], 0xd1d1d1d1);
    CHECK_EQ(guest.run->gpr[VCPU_RBP], 0xbebebebe);
    CHECK_EQ(guest.run->gpr[VCPU_RSP], GUEST_STACK);
    CHECK_EQ(guest.run->next_rip, guest.run->rip + 2);
    CHECK_EQ(guest.run->mode, VCPU_MODE_PROT32);
    CHECK_EQ(guest.run->cpl, 0);
    CHECK_EQ(guest.run->cr0, 0x11);
    CHECK_EQ(guest.run->efer, 0);
    CHECK_EQ(guest.run->cs_base, 0);
    CHECK_EQ(guest.run->commit, 0);
    CHECK_EQ(guest.run->exits, 1);
    CHECK(guest.run->tsc != 0);
    CHECK(!(guest.run->pending_event & VCPU_EVENT_VALID));
    guest.run->gpr[VCPU_RAX] = 0xcafe;
    guest.run->rip = guest.run->next_rip;
    EXPECT_EXIT(VCPU_COMMIT_GPR | VCPU_COMMIT_RIP, VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RDX], 0xcafe);
    CHECK_EQ(guest.run->next_rip, guest.run->rip + 3);
    CHECK_EQ(guest.run->exits, 2);
}

TEST(vcpu_exit_hlt)
{
    GUEST_START(hlt);
    EXPECT_EXIT(0, HLT);
    CHECK_EQ(guest.run->next_rip, GUEST_CODE + 1);
    EXPECT_NEXT(VMCALL);
}

static void check_io(unsigned port, unsigned size, unsigned flags)
{
    CHECK_EQ(guest.run->u.io.port, port);
    CHECK_EQ(guest.run->u.io.size, size);
    CHECK_EQ(guest.run->u.io.flags, flags);
    CHECK(guest.run->next_rip > guest.run->rip);
}

TEST(vcpu_exit_ports)
{
    GUEST_START(ports);
    EXPECT_EXIT(0, IO);
    check_io(0x1234, 1, 0);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0xaabbccdd);
    EXPECT_NEXT(IO);
    check_io(0x70, 2, 0);
    EXPECT_NEXT(IO);
    check_io(0x1234, 4, 0);
    EXPECT_NEXT(IO);
    check_io(0x60, 1, VCPU_IO_IN);
    EXPECT_NEXT(IO);
    check_io(0x1234, 2, VCPU_IO_IN);
    EXPECT_NEXT(IO);
    check_io(0x80, 4, VCPU_IO_IN);
    EXPECT_NEXT(IO);
    check_io(0x1234, 1, VCPU_IO_STRING | VCPU_IO_REP);
    EXPECT_NEXT(IO);
    check_io(0x1234, 4, VCPU_IO_IN | VCPU_IO_STRING);
    EXPECT_NEXT(VMCALL);
}

TEST(vcpu_direct_ports)
{
    GUEST_START(port_edge);
    seL4_CPtr ports = new_port(0x2f00, 0x2fff);
    EXPECT_EXIT(0, IO);
    check_io(0x2ffd, 4, 0);
    CHECK_EQ(seL4_X86_VCPU_EnableIOPort(guest.vcpu, ports, 0x2eff, 0x2fff), seL4_InvalidArgument);
    CHECK_EQ(seL4_X86_VCPU_EnableIOPort(guest.vcpu, ports, 0x2f00, 0x3000), seL4_InvalidArgument);
    CHECK_EQ(seL4_X86_VCPU_EnableIOPort(guest.vcpu, guest.notification, 1, 2),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_VCPU_EnableIOPort(guest.vcpu, ports, 0x2f00, 0x2fff), seL4_NoError);
    /* The last byte of the access is 0x3000: it still exits. */
    EXPECT_EXIT(0, IO);
    seL4_CPtr next = new_port(0x3000, 0x3000);
    CHECK_EQ(seL4_X86_VCPU_EnableIOPort(guest.vcpu, next, 0x3000, 0x3000), seL4_NoError);
    EXPECT_EXIT(0, VMCALL);
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
    CHECK_EQ(seL4_X86_VCPU_DisableIOPort(guest.vcpu, 0x2ffd, 0x2ffd), seL4_NoError);
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, IO);
}

TEST(vcpu_direct_ports_end_with_the_capability)
{
    GUEST_START(port_edge);
    seL4_CPtr ports = new_port(0x2f00, 0x3000);
    seL4_CPtr lent = new_minted(ports, seL4_AllRights, 0);
    CHECK_EQ(seL4_X86_VCPU_EnableIOPort(guest.vcpu, lent, 0x2f00, 0x3000), seL4_NoError);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, lent, ROOT_DEPTH), seL4_NoError);
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, IO);
}

TEST(vcpu_exit_msr)
{
    GUEST_START(msrs);
    EXPECT_EXIT(0, RDMSR);
    CHECK_EQ(guest.run->u.msr.index, 0x1b);
    CHECK_EQ(guest.run->next_rip, guest.run->rip + 2);
    EXPECT_NEXT(WRMSR);
    CHECK_EQ(guest.run->u.msr.index, 0x10);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x11223344);
    CHECK_EQ(guest.run->gpr[VCPU_RDX], 0x55667788);
    EXPECT_NEXT(RDMSR);
    CHECK_EQ(guest.run->u.msr.index, 0x4b564d00);
    EXPECT_NEXT(VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RBX], 0x5678);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x1234);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_MSRS | VCPU_STATE_SEGMENTS),
             seL4_NoError);
    CHECK_EQ(guest.run->state.sysenter_cs, 0x1234);
    CHECK_EQ(guest.run->state.seg[VCPU_GS].base, 0x5678);
}

TEST(vcpu_kernel_keeps_efer_and_pat)
{
    GUEST_START(kernel_msrs);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RBX], 0);
    CHECK_EQ(guest.run->gpr[VCPU_RSI], 1);
    CHECK_EQ(guest.run->gpr[VCPU_RDI], 0x00070406);
    CHECK_EQ(guest.run->gpr[VCPU_RBP], 0x00070606);
    CHECK_EQ(guest.run->efer, 1);
    CHECK_EQ(guest_count(13), 0);
    /* An illegal PAT is #GP at the WRMSR; the handler returns to it, so look at the first. */
    guest.run->rip = guest.run->next_rip;
    *guest_word(GUEST_HANDLERS + 13 * GUEST_HANDLER_BYTES) = guest_hypercall();
    EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
    CHECK_EQ(guest.run->rip, GUEST_HANDLERS + 13 * GUEST_HANDLER_BYTES);
    CHECK_EQ(*guest_word((unsigned)guest.run->gpr[VCPU_RSP]), 0);
}

static void check_memory(uint64_t gpa, unsigned access, bool walk)
{
    CHECK_EQ(guest.run->u.memory.gpa, gpa);
    CHECK_EQ(guest.run->u.memory.access, access);
    CHECK_EQ(guest.run->u.memory.table_walk, walk);
}

TEST(vcpu_exit_memory)
{
    GUEST_START(memory);
    EXPECT_EXIT(0, MEMORY);
    check_memory(GUEST_HOLE + 0x1004, VCPU_ACCESS_READ, false);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    CHECK_EQ(guest.run->next_rip, 0);
    guest.run->rip += 5;
    EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
    check_memory(GUEST_HOLE + 0x2008, VCPU_ACCESS_WRITE, false);
    guest.run->rip += 5;
    EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
    check_memory(GUEST_HOLE + 0x3000, VCPU_ACCESS_FETCH, false);
}

TEST(vcpu_memory_comes_and_goes)
{
    GUEST_START(write_hole);
    EXPECT_EXIT(0, MEMORY);
    seL4_CPtr frame = guest_map_page(GUEST_HOLE, true);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x77);
    CHECK_EQ(seL4_X86_Page_Unmap(frame), seL4_NoError);
    guest.run->rip = guest.run->next_rip;
    EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
    check_memory(GUEST_HOLE, VCPU_ACCESS_WRITE, false);
    CHECK_EQ(seL4_X86_Page_MapEPT(frame, guest.root, GUEST_HOLE, seL4_CanRead, 6), seL4_NoError);
    EXPECT_EXIT(0, MEMORY);
    check_memory(GUEST_HOLE, VCPU_ACCESS_WRITE, false);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, frame, ROOT_DEPTH), seL4_NoError);
    guest_map_page(GUEST_HOLE, true);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RBX], 0x78);
}

TEST(vcpu_exit_table_walk)
{
    GUEST_START64(walk_fault);
    EXPECT_EXIT(0, MEMORY);
    CHECK(guest.run->u.memory.gpa >= GUEST_HOLE);
    CHECK_EQ(guest.run->u.memory.table_walk, 1);
}

TEST(vcpu_exit_long_mode)
{
    GUEST_START64(long_mode);
    EXPECT_EXIT(0, CPUID);
    CHECK_EQ(guest.run->mode, VCPU_MODE_LONG64);
    CHECK_EQ(guest.run->efer, 0x500);
    CHECK_EQ(guest.run->gpr[VCPU_R15], 0x1122334455667788);
    CHECK_EQ(guest.run->gpr[VCPU_R8], UINT64_MAX);
    guest.run->gpr[VCPU_R15] = 0x8877665544332211;
    guest.run->rip = guest.run->next_rip;
    EXPECT_EXIT(VCPU_COMMIT_GPR | VCPU_COMMIT_RIP, VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 0x8877665544332211);
    EXPECT_NEXT(MEMORY);
    check_memory(GUEST_HOLE + 0x18, VCPU_ACCESS_READ, false);
}

TEST(vcpu_exit_cr8)
{
    GUEST_START64(cr8);
    EXPECT_EXIT(0, CR8);
    CHECK_EQ(guest.run->u.cr8.write, 1);
    CHECK(guest.run->u.cr8.gpr == VCPU_NUM_GPR || guest.run->u.cr8.gpr == VCPU_RAX);
    CHECK_EQ(guest.run->gpr[VCPU_RAX], 5);
    guest.run->rip += 4;
    EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
}

TEST(vcpu_exit_cache_counter_monitor)
{
    GUEST_START(exits_by_name);
    EXPECT_EXIT(0, WBINVD);
    EXPECT_NEXT(WBINVD);
    EXPECT_NEXT(RDPMC);
    EXPECT_NEXT(MWAIT);
    CHECK_EQ(guest.run->next_rip, guest.run->rip + 3);
    EXPECT_NEXT(MWAIT);
    EXPECT_NEXT(VMCALL);
}

/* Four instructions of three bytes, each before a hypercall. */
static void check_undefined(void)
{
    *guest_word(GUEST_HANDLERS + 6 * GUEST_HANDLER_BYTES) = guest_hypercall();
    for (unsigned i = 0; i < 4; i++) {
        uint64_t at = GUEST_CODE + 5 + i * 6;
        guest.run->rip = at;
        guest.run->gpr[VCPU_RAX] = GUEST_DATA;
        guest.run->gpr[VCPU_RSP] = GUEST_STACK;
        EXPECT_EXIT(VCPU_COMMIT_RIP | VCPU_COMMIT_RSP | VCPU_COMMIT_GPR, VMCALL);
        CHECK_EQ(guest.run->rip, GUEST_HANDLERS + 6 * GUEST_HANDLER_BYTES);
        CHECK_EQ(*guest_word(GUEST_STACK - 12), at);
    }
}

TEST(vcpu_virtualization_instructions_are_undefined)
{
    GUEST_START(svm_instructions);
    check_undefined();
    GUEST_SNIPPET(vmx_instructions);
    guest_copy(GUEST_CODE, guest_vmx_instructions, guest_vmx_instructions_end);
    check_undefined();
}

TEST(vcpu_exit_triple_fault)
{
    if (boot_option("bochs") && !guest_has_vmx()) {
        SKIP("this emulator stops at a triple fault in a guest");
    }
    GUEST_START(triple_fault);
    EXPECT_EXIT(0, TRIPLE_FAULT);
}

TEST(vcpu_exit_task_switch)
{
    GUEST_START(task_switch);
    /* A 32-bit TSS at GUEST_DATA, selector 0x28. */
    *guest_word(GUEST_GDT + 0x28) = (uint32_t)GUEST_DATA << 16 | 0x67;
    *guest_word(GUEST_GDT + 0x2c) = 0x00008900;
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_SEGMENTS), seL4_NoError);
    guest.run->state.seg[VCPU_GDTR].limit = 0x2f;
    guest.run->state.seg[VCPU_TR].base = GUEST_DATA + 0x100;
    guest.run->state.seg[VCPU_TR].limit = 0x67;
    guest.run->state.seg[VCPU_TR].selector = 0x20;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_SEGMENTS), seL4_NoError);
    *guest_word(GUEST_DATA + 0x20) = GUEST_CODE + 7;
    *guest_word(GUEST_DATA + 0x24) = 2;
    *guest_word(GUEST_DATA + 0x38) = GUEST_STACK;
    for (unsigned i = 0; i < 6; i++) {
        *guest_word(GUEST_DATA + 0x48 + i * 4) = i == 1 ? GUEST_CS32 : GUEST_DS32;
    }
    guest_enter(0);
    if (guest.run->reason == VCPU_EXIT_VMCALL) {
        SKIP("this emulator does not intercept task switches");
    }
    CHECK_EQ(guest.run->reason, VCPU_EXIT_TASK_SWITCH);
}

TEST(vcpu_exit_entry_failed)
{
    GUEST_START(hlt);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    uint64_t cr0 = guest.run->state.cr0;
    guest.run->state.cr0 = 0x80000011; /* long mode with paging but without PAE */
    guest.run->state.efer = 0x100;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    EXPECT_EXIT(0, ENTRY_FAILED);
    CHECK_EQ(guest.run->rip, GUEST_CODE);
    CHECK_EQ(guest.run->cr0, 0x80000011);
    EXPECT_EXIT(0, ENTRY_FAILED);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    CHECK_EQ(guest.run->state.seg[VCPU_CS].selector, GUEST_CS32);
    CHECK_EQ(guest.run->state.seg[VCPU_GDTR].base, GUEST_GDT);
    guest.run->state.cr0 = cr0;
    guest.run->state.efer = 0;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_CONTROL), seL4_NoError);
    EXPECT_EXIT(0, HLT);
}

TEST(vcpu_control_registers_are_the_guests)
{
    GUEST_START(control_registers);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(guest.run->gpr[VCPU_RBX], 0x11);
    CHECK_EQ(guest.run->gpr[VCPU_RCX], 0x40000011);
    CHECK_EQ(guest.run->cr0, 0x40000011);
    CHECK_EQ(guest.run->gpr[VCPU_RSI], 0);
    CHECK_EQ(guest.run->gpr[VCPU_RDX], 0x600);
    CHECK_EQ(guest.run->cr4, 0x600);
    if (!boot_option("bochs")) {
        return; /* QEMU lets the guest set the bit, and refuses its next entry */
    }
    *guest_word(GUEST_HANDLERS + 13 * GUEST_HANDLER_BYTES) = guest_hypercall();
    EXPECT_NEXT(VMCALL);
    CHECK_EQ(guest.run->rip, GUEST_HANDLERS + 13 * GUEST_HANDLER_BYTES);
    CHECK_EQ(guest.run->cr4, 0x600);
}

/* The processor reads the four entries at CR3 when the VMM has set it, not the guest. */
TEST(vcpu_pae_paging_set_from_outside)
{
    GUEST_START(cpuid);
    *guest_word(GUEST_PML4 + 8) = (GUEST_PML4 + 0x1000) | 1;
    *guest_word(GUEST_PML4 + 0x1000) = 0x83; /* 2 MiB at 1 GiB */
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    guest.run->state.cr0 |= 0x80000000;
    guest.run->state.cr3 = GUEST_PML4;
    guest.run->state.cr4 = 0x20;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    guest.run->rip = 0x40000000 + GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, CPUID);
    CHECK_EQ(guest.run->mode, VCPU_MODE_PROT32);
    CHECK_EQ(guest.run->gpr[VCPU_RSI], 0x51515151);
}

static uint64_t read_fs_word(void)
{
    uint64_t value;
    __asm__ volatile("mov %%fs:0, %0" : "=r"(value));
    return value;
}

/* The guest's system call MSRs and FPU were in the processor when the entry failed. */
TEST(vcpu_failed_entry_leaves_the_host_intact)
{
    GUEST_START(hlt);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    guest.run->state.lstar = guest.run->state.cstar = 0x1234;
    guest.run->state.star = guest.run->state.sfmask = UINT32_MAX;
    guest.run->state.kernel_gs_base = 0x5678;
    guest.run->state.cr0 = 0x80000011; /* long mode with paging but without PAE */
    guest.run->state.efer = 0x100;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    uint64_t thread_word = read_fs_word();
    uint32_t mine = 0x5e1f, still;
    __asm__ volatile("movd %0, %%xmm3" : : "r"(mine) : "xmm3");
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EXIT(0, ENTRY_FAILED);
        __asm__ volatile("movd %%xmm3, %0" : "=r"(still));
        CHECK_EQ(still, mine);
        CHECK_EQ(read_fs_word(), thread_word);
        seL4_Yield();
        CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    }
}

TEST(vcpu_real_mode_after_reset)
{
    GUEST_SNIPPET(real_mode);
    guest_create();
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    CHECK_EQ(guest.run->state.seg[VCPU_CS].selector, 0xf000);
    CHECK_EQ(guest.run->state.seg[VCPU_CS].base, 0xffff0000);
    CHECK_EQ(guest.run->state.seg[VCPU_DS].limit, 0xffff);
    CHECK_EQ(guest.run->state.cr0, 0x60000010);
    CHECK_EQ(guest.run->state.efer, 0);
    CHECK_EQ(guest.run->state.dr7, 0x400);
    CHECK_EQ(guest.run->state.pat, 0x0007040600070406);
    CHECK_EQ(guest.run->state.xcr0, 1);
    /* The first instruction is fetched at the top of 4 GiB. */
    EXPECT_EXIT(0, MEMORY);
    check_memory(0xfffffff0, VCPU_ACCESS_FETCH, false);
    CHECK_EQ(guest.run->rip, 0xfff0);
    CHECK_EQ(guest.run->mode, VCPU_MODE_REAL);
    guest_copy(GUEST_CODE, guest_real_mode, guest_real_mode_end);
    guest.run->state.seg[VCPU_CS].selector = GUEST_CODE >> 4;
    guest.run->state.seg[VCPU_CS].base = GUEST_CODE;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_SEGMENTS), seL4_NoError);
    guest.run->rip = 0;
    EXPECT_EXIT(VCPU_COMMIT_RIP, IO);
    CHECK_EQ(guest.run->u.io.port, 0x42);
    CHECK_EQ(guest.run->gpr[VCPU_RAX] & 0xffff, 0x1234);
    CHECK_EQ(guest.run->cs_base, GUEST_CODE);
    EXPECT_NEXT(HLT);
}

/* Not judged: what a CPUID exit costs, from VMEnter to VMEnter. */
TEST(vcpu_figure_cpuid_exit)
{
    GUEST_START(cpuid_loop);
    EXPECT_EXIT(0, CPUID);
    uint64_t best = UINT64_MAX;
    for (unsigned i = 0; i < 64; i++) {
        uint64_t start = rdtsc();
        EXPECT_NEXT(CPUID);
        uint64_t ticks = rdtsc() - start;
        best = ticks < best ? ticks : best;
    }
    print("# figure cpuid_exit %lu\n", best);
}
