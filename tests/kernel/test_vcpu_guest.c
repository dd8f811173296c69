/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The guest of the vCPU tests. */
#include "vcpu_guest.h"

struct guest guest;

#define ATTRIB_CODE32 0xc9bu
#define ATTRIB_DATA32 0xc93u
#define ATTRIB_CODE64 0xa9bu
#define CR0_PE        1u
#define CR0_ET        0x10u
#define CR0_PG        0x80000000u
#define CR4_PAE       0x20u
#define EFER_LME_LMA  0x500u
#define EPT_WB        6
#define VMMCALL       0xd9010fu
#define VMCALL        0xc1010fu

#define INTEL_SIGNATURE 0x756e6547u /* "Genu" */
#define LARGE_BITS      21
#define NUM_VECTORS     64 /* with handlers */

GUEST_SNIPPET(handlers);

void guest_create(void)
{
    const seL4_CPtr self = seL4_CapInitThreadTCB;
    guest = (struct guest){0};
    guest.vcpu = new_slot();
    if (seL4_Untyped_Retype(new_untyped(seL4_X86_VCPUBits), seL4_X86_VCPUObject, 0, ROOT_CNODE, 0,
                            0, guest.vcpu, 1) != seL4_NoError) {
        SKIP("no virtualization");
    }
    guest.root = new_object(seL4_X86_EPTPML4Object, 0);
    guest.pdpt = new_object(seL4_X86_EPTPDPTObject, 0);
    guest.pd = new_object(seL4_X86_EPTPDObject, 0);
    guest.run_frame = new_object(seL4_X86_4K, 0);
    guest.memory = new_object(seL4_X86_LargePageObject, 0);
    guest.memory_copy = new_minted(guest.memory, seL4_AllRights, 0);
    guest.notification = new_object(seL4_NotificationObject, 0);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, guest.root), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPDPT_Map(guest.pdpt, guest.root, 0, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPD_Map(guest.pd, guest.root, 0, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_MapEPT(guest.memory_copy, guest.root, 0, seL4_AllRights, EPT_WB),
             seL4_NoError);
    guest.run = map_frame(guest.run_frame, 12);
    guest.ram = map_frame(guest.memory, LARGE_BITS);
    CHECK_EQ(seL4_TCB_SetEPTRoot(self, guest.root), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetRunPage(self, guest.run_frame), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_SetTCB(guest.vcpu, self), seL4_NoError);
    CHECK_EQ(seL4_TCB_BindNotification(self, guest.notification), seL4_NoError);
}

volatile uint32_t *guest_word(unsigned gpa)
{
    return (volatile uint32_t *)(guest.ram + gpa);
}

bool guest_has_vmx(void)
{
    uint32_t eax = 0, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ebx == INTEL_SIGNATURE;
}

uint32_t guest_hypercall(void)
{
    return guest_has_vmx() ? VMCALL : VMMCALL;
}

/* The test's guests are written for VMMCALL; both instructions have three bytes. */
void guest_copy(unsigned gpa, const char *code, const char *end)
{
    size_t length = (size_t)(end - code);
    memcpy(guest.ram + gpa, code, length);
    for (size_t i = 0; guest_has_vmx() && i + 3 <= length; i++) {
        unsigned char *at = guest.ram + gpa + i;
        if (at[0] == (VMMCALL & 0xff) && at[1] == (VMMCALL >> 8 & 0xff) && at[2] == VMMCALL >> 16) {
            at[2] = VMCALL >> 16;
        }
    }
}

static void put_qword(unsigned gpa, uint64_t value)
{
    *(volatile uint64_t *)(guest.ram + gpa) = value;
}

static void put_gate(unsigned vector, bool wide)
{
    uint32_t to = GUEST_HANDLERS + vector * GUEST_HANDLER_BYTES;
    unsigned at = GUEST_IDT + vector * (wide ? 16 : 8);
    *guest_word(at) = (wide ? GUEST_CS64 : GUEST_CS32) << 16 | (to & 0xffff);
    *guest_word(at + 4) = (to & 0xffff0000) | 0x8e00;
}

static void prepare_memory(const char *code, const char *end, bool wide)
{
    memset(guest.ram, 0, 0x20000);
    guest_copy(GUEST_CODE, code, end);
    guest_copy(GUEST_HANDLERS, guest_handlers, guest_handlers_end);
    for (unsigned v = 0; v < NUM_VECTORS; v++) {
        put_gate(v, wide);
    }
    put_qword(GUEST_GDT + GUEST_CS32, 0x00cf9b000000ffff);
    put_qword(GUEST_GDT + GUEST_DS32, 0x00cf93000000ffff);
    put_qword(GUEST_GDT + GUEST_CS64, 0x00af9b000000ffff);
}

static void set_segment(unsigned index, uint16_t selector, uint16_t attrib)
{
    volatile struct vcpu_segment *s = &guest.run->state.seg[index];
    s->selector = selector;
    s->attrib = attrib;
    s->limit = 0xffffffff;
    s->base = 0;
}

static void set_table(unsigned index, uint64_t base, uint32_t limit)
{
    guest.run->state.seg[index].base = base;
    guest.run->state.seg[index].limit = limit;
}

static void prepare_state(uint16_t cs, uint16_t cs_attrib)
{
    CHECK_EQ(seL4_X86_VCPU_Reset(guest.vcpu), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    for (unsigned i = VCPU_ES; i <= VCPU_GS; i++) {
        set_segment(i, GUEST_DS32, ATTRIB_DATA32);
    }
    set_segment(VCPU_CS, cs, cs_attrib);
    set_table(VCPU_GDTR, GUEST_GDT, 0x1f);
    set_table(VCPU_IDTR, GUEST_IDT, NUM_VECTORS * 16 - 1);
    guest.run->state.cr0 = CR0_PE | CR0_ET;
}

static void prepare_entry(void)
{
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    for (unsigned i = 0; i < VCPU_NUM_GPR; i++) {
        guest.run->gpr[i] = 0;
    }
    guest.run->gpr[VCPU_RSP] = GUEST_STACK;
    guest.run->rip = GUEST_CODE;
    guest.run->rflags = 2;
    guest.run->commit = VCPU_COMMIT_GPR | VCPU_COMMIT_RSP | VCPU_COMMIT_RIP | VCPU_COMMIT_RFLAGS;
}

void guest_boot(const char *code, const char *end)
{
    prepare_memory(code, end, false);
    prepare_state(GUEST_CS32, ATTRIB_CODE32);
    prepare_entry();
}

void guest_boot64(const char *code, const char *end)
{
    prepare_memory(code, end, true);
    prepare_state(GUEST_CS64, ATTRIB_CODE64);
    put_qword(GUEST_PML4, (GUEST_PML4 + 0x1000) | 7);
    put_qword(GUEST_PML4 + 0x1000, (GUEST_PML4 + 0x2000) | 7);
    put_qword(GUEST_PML4 + 0x2000, 0x87);
    put_qword(GUEST_PML4 + 0x2008, GUEST_HOLE | 0x87);
    guest.run->state.cr0 |= CR0_PG;
    guest.run->state.cr3 = GUEST_PML4;
    guest.run->state.cr4 = CR4_PAE;
    guest.run->state.efer = EFER_LME_LMA;
    prepare_entry();
}

seL4_Word guest_enter(seL4_Word commit)
{
    guest.run->commit |= commit;
    return seL4_VMEnter(NULL);
}

void guest_fail(int line, seL4_Word result, unsigned expected)
{
    test_fail("guest", line, "result %lu reason %u (hardware %x) rip %lx, expected reason %u",
              result, guest.run->reason, guest.run->hw_reason, guest.run->rip, expected);
}

unsigned guest_count(unsigned vector)
{
    return *guest_word(GUEST_COUNT + vector * 4);
}

unsigned guest_error_code(unsigned vector)
{
    return *guest_word(GUEST_CODES + vector * 4);
}

seL4_CPtr guest_map_page(seL4_Word gpa, bool writable)
{
    seL4_CapRights_t rights = writable ? seL4_AllRights : seL4_CanRead;
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    seL4_Error error = seL4_X86_Page_MapEPT(frame, guest.root, gpa, rights, EPT_WB);
    if (error == seL4_FailedLookup) {
        seL4_CPtr table = new_object(seL4_X86_EPTPTObject, 0);
        CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_EPTPT);
        CHECK_EQ(seL4_X86_EPTPT_Map(table, guest.root, gpa, 0), seL4_NoError);
        error = seL4_X86_Page_MapEPT(frame, guest.root, gpa, rights, EPT_WB);
    }
    CHECK_EQ(error, seL4_NoError);
    return frame;
}
