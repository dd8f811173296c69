/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Every control and host field of a VMCS against the rules of VM entry: Intel SDM vol. 3, 26.2.1
 * (controls) and 26.2.2 to 26.2.4 (host). The rules are written down once, as the manual lists
 * them; the kernel's fields must break none, and each rule must notice when it is broken.
 */
#include "vmx_caps_fixture.h"
#include "vmx_fields.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <sel4/vcpu.h>

#define PHYS_BITS  39
#define NUM_FIELDS 0x7000

/* Controls that the kernel never sets; the rules are about them all the same. */
#define PIN_POSTED           (1u << 7)
#define PROC_TPR_SHADOW      (1u << 21)
#define PROC2_APIC_ACCESSES  (1u << 0)
#define PROC2_X2APIC         (1u << 4)
#define PROC2_APIC_REGS      (1u << 8)
#define PROC2_INTERRUPTS     (1u << 9)
#define PROC2_VMFUNC         (1u << 13)
#define PROC2_PML            (1u << 17)
#define EXIT_SAVE_TIMER      (1u << 22)
#define ENTRY_SMM            (1u << 10)
#define ENTRY_DEACTIVATE     (1u << 11)
#define EXCEPTIONS_WITH_CODE 0x00027d00u

static struct vmx_capabilities caps;
static struct vmx_controls controls;
static uint64_t vmcs[NUM_FIELDS];
static uint64_t guest_cr0;

static bool canonical(uint64_t a)
{
    return (uint64_t)((int64_t)(a << 16) >> 16) == a;
}

static bool page_address(uint64_t a)
{
    return (a & 0xfff) == 0 && a >> PHYS_BITS == 0;
}

static bool controls_allowed(uint64_t capability, uint64_t value)
{
    uint32_t must = (uint32_t)capability, may = (uint32_t)(capability >> 32);
    return (value & must) == must && (value & ~(uint64_t)may) == 0;
}

static bool proc2(uint32_t bits)
{
    return (vmcs[VMCS_PROC_CONTROLS] & VMX_PROC_SECONDARY) && (vmcs[VMCS_PROC2_CONTROLS] & bits);
}

#define RULE(holds)                                                                                \
    if (!(holds)) {                                                                                \
        return #holds;                                                                             \
    }

/* 26.2.1.1. The text of the first rule that is broken, or NULL. */
static const char *broken_execution_rule(void)
{
    uint64_t pin = vmcs[VMCS_PIN_CONTROLS], proc = vmcs[VMCS_PROC_CONTROLS];
    uint64_t eptp = vmcs[VMCS_EPTP];
    RULE(controls_allowed(caps.pin, pin));
    RULE(controls_allowed(caps.proc, proc));
    RULE(!(proc & VMX_PROC_SECONDARY) || controls_allowed(caps.proc2, vmcs[VMCS_PROC2_CONTROLS]));
    RULE(vmcs[VMCS_CR3_TARGETS] <= 4);
    RULE(!(proc & VMX_PROC_IO_BITMAPS) || page_address(vmcs[VMCS_IO_BITMAP_A]));
    RULE(!(proc & VMX_PROC_IO_BITMAPS) || page_address(vmcs[VMCS_IO_BITMAP_B]));
    RULE(!(proc & VMX_PROC_MSR_BITMAPS) || page_address(vmcs[VMCS_MSR_BITMAP]));
    RULE(!(proc &
           PROC_TPR_SHADOW)); /* it would need the virtual-APIC page, which has no field here */
    RULE((pin & VMX_PIN_NMI) || !(pin & VMX_PIN_VIRTUAL_NMI));
    RULE((pin & VMX_PIN_VIRTUAL_NMI) || !(proc & VMX_PROC_NMI_WINDOW));
    RULE(!proc2(PROC2_APIC_ACCESSES));
    RULE(!proc2(PROC2_X2APIC | PROC2_APIC_REGS | PROC2_INTERRUPTS)); /* without TPR shadow */
    RULE(!(pin & PIN_POSTED));
    RULE(!proc2(VMX_PROC2_VPID) || vmcs[VMCS_VPID] != 0);
    RULE(!proc2(VMX_PROC2_EPT) || (eptp & 7) == 6 || (eptp & 7) == 0);
    RULE(!proc2(VMX_PROC2_EPT) || (eptp >> 3 & 7) == 3);
    RULE(!proc2(VMX_PROC2_EPT) || !(eptp & 1 << 6) || (caps.ept_vpid & 1 << 21));
    RULE(!proc2(VMX_PROC2_EPT) || page_address(eptp & ~0x7full));
    RULE(proc2(VMX_PROC2_EPT) || !proc2(PROC2_PML | VMX_PROC2_UNRESTRICTED));
    RULE(!proc2(PROC2_VMFUNC));
    return NULL;
}

/* 26.2.1.2 and the controls of 26.2.1.3. */
static const char *broken_transition_rule(void)
{
    uint64_t exit = vmcs[VMCS_EXIT_CONTROLS], entry = vmcs[VMCS_ENTRY_CONTROLS];
    RULE(controls_allowed(caps.exit, exit));
    RULE((vmcs[VMCS_PIN_CONTROLS] & VMX_PIN_TIMER) || !(exit & EXIT_SAVE_TIMER));
    RULE(vmcs[VMCS_EXIT_MSR_STORES] == 0); /* else: an area, aligned and in memory */
    RULE(vmcs[VMCS_EXIT_MSR_LOADS] == 0);
    RULE(controls_allowed(caps.entry, entry));
    RULE(vmcs[VMCS_ENTRY_MSR_LOADS] == 0);
    RULE(!(entry & (ENTRY_SMM | ENTRY_DEACTIVATE)));
    return NULL;
}

/* The event of 26.2.1.3. */
static const char *broken_event_rule(void)
{
    uint64_t info = vmcs[VMCS_ENTRY_EVENT];
    unsigned type = info >> 8 & 7, vector = info & 0xff;
    bool code = info & 1 << 11;
    if (!(info & 1ull << 31)) {
        return NULL;
    }
    bool wants_code = (!proc2(VMX_PROC2_UNRESTRICTED) || (guest_cr0 & 1)) && type == 3 &&
                      vector < 32 && (EXCEPTIONS_WITH_CODE >> vector & 1);
    RULE(type != 1 && type != 7);
    RULE(type != 2 || vector == 2);
    RULE(type != 3 || vector <= 31);
    RULE(code == wants_code);
    RULE((info & 0x7ffff000) == 0);
    RULE(!code || vmcs[VMCS_ENTRY_ERROR_CODE] >> 15 == 0);
    RULE(type < 4 || (vmcs[VMCS_ENTRY_LENGTH] >= 1 && vmcs[VMCS_ENTRY_LENGTH] <= 15));
    return NULL;
}

static bool good_pat(uint64_t pat)
{
    for (; pat; pat >>= 8) {
        if ((pat & 0xff) > 7 || (pat & 0xff) == 2 || (pat & 0xff) == 3) {
            return false;
        }
    }
    return true;
}

/* 26.2.2, 26.2.4. */
static const char *broken_host_register_rule(void)
{
    uint64_t cr0 = vmcs[VMCS_HOST_CR0], cr4 = vmcs[VMCS_HOST_CR4], efer = vmcs[VMCS_HOST_EFER];
    bool wide = vmcs[VMCS_EXIT_CONTROLS] & VMX_EXIT_HOST_64;
    RULE((cr0 & caps.cr0_fixed0) == caps.cr0_fixed0 && cr0 >> 32 == 0);
    RULE((cr4 & caps.cr4_fixed0) == caps.cr4_fixed0 && cr4 >> 32 == 0);
    RULE(vmcs[VMCS_HOST_CR3] >> PHYS_BITS == 0);
    RULE(canonical(vmcs[VMCS_HOST_SYSENTER_ESP]));
    RULE(canonical(vmcs[VMCS_HOST_SYSENTER_EIP]));
    RULE(good_pat(vmcs[VMCS_HOST_PAT]));
    RULE((efer & ~0xd01ull) == 0);
    RULE(!(efer & 0x400) == !wide);
    RULE(!(efer & 0x100) == !wide);
    RULE(wide); /* the kernel is a 64-bit one */
    RULE(cr4 & 0x20);
    RULE(canonical(vmcs[VMCS_HOST_RIP]));
    return NULL;
}

/* 26.2.3. */
static const char *broken_host_segment_rule(void)
{
    for (unsigned f = VMCS_HOST_ES; f <= VMCS_HOST_TR; f += 2) {
        RULE((vmcs[f] & 7) == 0);
    }
    RULE(vmcs[VMCS_HOST_CS] != 0);
    RULE(vmcs[VMCS_HOST_TR] != 0);
    for (unsigned f = VMCS_HOST_FS_BASE; f <= VMCS_HOST_IDTR_BASE; f += 2) {
        RULE(canonical(vmcs[f]));
    }
    return NULL;
}

static const char *broken_rule(void)
{
    const char *(*const groups[])(void) = {broken_execution_rule, broken_transition_rule,
                                           broken_event_rule, broken_host_register_rule,
                                           broken_host_segment_rule};
    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        const char *rule = groups[i]();
        if (rule) {
            return rule;
        }
    }
    return NULL;
}

#define CHECK_RULES()                                                                              \
    do {                                                                                           \
        const char *rule_ = broken_rule();                                                         \
        if (rule_) {                                                                               \
            fail_msg("broken: %s", rule_);                                                         \
        }                                                                                          \
    } while (0)

/* A VMCS as vmx_create() and the first entry make it; 0xff where nothing was written. */
static void make_vmcs(void)
{
    const struct vmx_host host = {
        .cr0 = 0x80010033,
        .cr4 = 0x3526a0,
        .efer = 0xd01,
        .pat = 0x0007060100070406,
        .gs_base = 0xffffffff80200000,
        .tr_base = 0xffffffff80201000,
        .gdtr_base = 0xffffffff80202000,
        .idtr_base = 0xffffffff80203000,
        .rip = 0xffffffff80100000,
        .cs = 0x08,
        .ss = 0x10,
        .tr = 0x28,
    };
    const struct vmx_pages pages = {0x7fffff000, 0x800000000, 0x123000};
    struct vmx_field control[VMX_CONTROL_FIELDS], fixed[VMX_HOST_FIELDS];
    const char *why = NULL;
    assert_true(vmx_choose_controls(&caps, &controls, &why));
    memset(vmcs, 0xff, sizeof(vmcs));
    vmx_control_fields(&controls, &pages, control);
    vmx_host_fields(&host, fixed);
    for (unsigned i = 0; i < VMX_CONTROL_FIELDS; i++) {
        vmcs[control[i].field] = control[i].value;
    }
    for (unsigned i = 0; i < VMX_HOST_FIELDS; i++) {
        vmcs[fixed[i].field] = fixed[i].value;
    }
    vmcs[VMCS_HOST_CR3] = 0x200000; /* what each entry writes */
    vmcs[VMCS_EPTP] = 0x300000 | controls.eptp;
    vmcs[VMCS_VPID] = 1;
    vmcs[VMCS_ENTRY_EVENT] = 0;
    guest_cr0 = 0x11;
}

static int recent(void **state)
{
    (void)state;
    caps = recent_processor();
    make_vmcs();
    return 0;
}

/* The first processors with unrestricted guests: no TRUE controls, few secondary ones. */
static int first_generation(void **state)
{
    (void)state;
    recent(state);
    caps.basic = 0x0f;
    caps.pin = ALLOW(0x16, 0x7f);
    caps.proc = ALLOW(0x0401e172, 0xfff9fffe) & ~ALLOW(0x18000, 0);
    caps.proc2 = ALLOW(0, 0xff & ~VMX_PROC2_WBINVD);
    caps.exit = ALLOW(0x36dff, 0x7fffff);
    caps.entry = ALLOW(0x11ff, 0xffff);
    caps.ept_vpid = 0x10106114141 & ~(1ull << 21);
    make_vmcs();
    return 0;
}

static void test_new_vmcs(void **state)
{
    (void)state;
    CHECK_RULES();
}

/* What vmx.c and vmx_set_efer() switch from entry to entry. */
static void test_changes_between_entries(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        make_vmcs();
        vmcs[VMCS_PIN_CONTROLS] |= bits & 1 ? VMX_PIN_TIMER : 0;
        vmcs[VMCS_PROC_CONTROLS] |= bits & 2 ? VMX_PROC_INTERRUPT_WINDOW : 0;
        vmcs[VMCS_PROC_CONTROLS] |= bits & 4 ? VMX_PROC_NMI_WINDOW : 0;
        vmcs[VMCS_ENTRY_CONTROLS] |= bits & 8 ? VMX_ENTRY_IA32E : 0;
        CHECK_RULES();
    }
}

static void put_event(uint64_t event)
{
    struct vmx_entry_event e = vmx_entry_event(event | VCPU_EVENT_VALID, guest_cr0 & 1);
    vmcs[VMCS_ENTRY_EVENT] = e.info;
    vmcs[VMCS_ENTRY_ERROR_CODE] = e.code;
    vmcs[VMCS_ENTRY_LENGTH] = e.length;
    CHECK_RULES();
}

/* All events that a VMM may ask for, in real and protected mode. */
static void test_events(void **state)
{
    (void)state;
    for (guest_cr0 = 0x10; guest_cr0 <= 0x11; guest_cr0++) {
        for (uint64_t vector = 0; vector < 256; vector++) {
            put_event(VCPU_EVENT_INTR | vector);
            put_event(VCPU_EVENT_SOFT_INT | vector);
        }
        for (uint64_t vector = 0; vector < 32; vector++) {
            put_event(VCPU_EVENT_EXCEPTION | vector);
            put_event(VCPU_EVENT_EXCEPTION | VCPU_EVENT_ERROR_CODE | vector | ~0ull << 32);
        }
        put_event(VCPU_EVENT_NMI | 2);
    }
    guest_cr0 = 0x11;
    put_event(VCPU_EVENT_EXCEPTION | VCPU_EVENT_ERROR_CODE | 14 | 3ull << 32);
    assert_int_equal(vmcs[VMCS_ENTRY_EVENT], 0x80000b0e);
    assert_int_equal(vmcs[VMCS_ENTRY_ERROR_CODE], 3);
}

/* Values that break one rule each: a rule that never complains would prove nothing. */
static void test_each_rule_notices(void **state)
{
    (void)state;
    static const struct {
        unsigned field;
        uint64_t value;
    } bad[] = {
        {VMCS_PIN_CONTROLS, 0},
        {VMCS_PIN_CONTROLS, 0x3f | PIN_POSTED},
        {VMCS_PIN_CONTROLS, 0x37}, /* virtual NMIs without NMI exiting */
        {VMCS_PROC_CONTROLS, 0},
        {VMCS_PROC_CONTROLS, 0x04006172 | PROC_TPR_SHADOW},
        {VMCS_PROC2_CONTROLS, 1u << 30},
        {VMCS_PROC2_CONTROLS, VMX_PROC2_EPT | PROC2_APIC_ACCESSES},
        {VMCS_PROC2_CONTROLS, VMX_PROC2_EPT | PROC2_X2APIC},
        {VMCS_PROC2_CONTROLS, VMX_PROC2_EPT | PROC2_VMFUNC},
        {VMCS_PROC2_CONTROLS, VMX_PROC2_UNRESTRICTED},
        {VMCS_CR3_TARGETS, 5},
        {VMCS_IO_BITMAP_A, 0x1800},
        {VMCS_IO_BITMAP_B, 1ull << PHYS_BITS},
        {VMCS_MSR_BITMAP, 8},
        {VMCS_VPID, 0},
        {VMCS_EPTP, 0x300000 | 0x1c}, /* memory type 4 */
        {VMCS_EPTP, 0x300000 | 0x16}, /* three levels */
        {VMCS_EPTP, 0x300000 | 0x9e},
        {VMCS_EPTP, 1ull << PHYS_BITS | 0x1e},
        {VMCS_EXIT_CONTROLS, 0},
        {VMCS_EXIT_CONTROLS, 0x36dfb | VMX_EXIT_HOST_64 | EXIT_SAVE_TIMER},
        {VMCS_EXIT_CONTROLS, 0x36dfb & ~VMX_EXIT_HOST_64},
        {VMCS_EXIT_MSR_STORES, 1},
        {VMCS_EXIT_MSR_LOADS, 1},
        {VMCS_ENTRY_CONTROLS, 0},
        {VMCS_ENTRY_CONTROLS, 0x11fb | ENTRY_SMM},
        {VMCS_ENTRY_MSR_LOADS, UINT64_MAX},
        {VMCS_ENTRY_EVENT, 0x80000000 | 1 << 8},
        {VMCS_ENTRY_EVENT, 0x80000000 | VCPU_EVENT_NMI | 3},
        {VMCS_ENTRY_EVENT, 0x80000000 | VCPU_EVENT_EXCEPTION | 32},
        {VMCS_ENTRY_EVENT, 0x80000000 | VCPU_EVENT_EXCEPTION | 13},
        {VMCS_ENTRY_EVENT, 0x80000000 | VCPU_EVENT_EXCEPTION | VCPU_EVENT_ERROR_CODE | 6},
        {VMCS_ENTRY_EVENT, 0x80001000 | VCPU_EVENT_INTR | 32},
        {VMCS_ENTRY_EVENT, 0x80000000 | VCPU_EVENT_SOFT_INT | 32}, /* length 0 */
        {VMCS_HOST_CR0, 0x10033},
        {VMCS_HOST_CR4, 0x20},
        {VMCS_HOST_CR4, 0x2000},
        {VMCS_HOST_CR3, 1ull << PHYS_BITS},
        {VMCS_HOST_SYSENTER_ESP, 1ull << 47},
        {VMCS_HOST_SYSENTER_EIP, 1ull << 63},
        {VMCS_HOST_PAT, 0x0007060200070406},
        {VMCS_HOST_EFER, 0x901},
        {VMCS_HOST_EFER, 0xc01},
        {VMCS_HOST_EFER, 0x1d01},
        {VMCS_HOST_RIP, 0x0000800000000000},
        {VMCS_HOST_ES, 3},
        {VMCS_HOST_SS, 4},
        {VMCS_HOST_CS, 0},
        {VMCS_HOST_TR, 0},
        {VMCS_HOST_GS_BASE, 1ull << 60},
        {VMCS_HOST_IDTR_BASE, 0x0001000000000000},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        make_vmcs();
        vmcs[bad[i].field] = bad[i].value;
        if (!broken_rule()) {
            fail_msg("no rule notices %lx in field %x", bad[i].value, bad[i].field);
        }
    }
}

/* Each field that entry reads was written: nothing is left as VMCLEAR made it. */
static void test_no_field_is_forgotten(void **state)
{
    (void)state;
    static const unsigned used[] = {
        VMCS_PIN_CONTROLS,     VMCS_PROC_CONTROLS,    VMCS_PROC2_CONTROLS,  VMCS_EXIT_CONTROLS,
        VMCS_ENTRY_CONTROLS,   VMCS_EXCEPTIONS,       VMCS_CR0_MASK,        VMCS_PAGE_FAULT_MASK,
        VMCS_PAGE_FAULT_MATCH, VMCS_CR3_TARGETS,      VMCS_EXIT_MSR_STORES, VMCS_EXIT_MSR_LOADS,
        VMCS_ENTRY_MSR_LOADS,  VMCS_ENTRY_ERROR_CODE, VMCS_ENTRY_LENGTH,    VMCS_GUEST_DEBUGCTL,
        VMCS_IO_BITMAP_A,      VMCS_IO_BITMAP_B,      VMCS_MSR_BITMAP,
    };
    for (unsigned i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        assert_true(vmcs[used[i]] != UINT64_MAX);
    }
    assert_true(vmcs[VMCS_LINK] == UINT64_MAX);
    assert_int_equal(vmcs[VMCS_CR4_MASK] & 1 << 13, 1 << 13); /* VMXE is the kernel's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_new_vmcs, recent),
        cmocka_unit_test_setup(test_new_vmcs, first_generation),
        cmocka_unit_test_setup(test_changes_between_entries, recent),
        cmocka_unit_test_setup(test_changes_between_entries, first_generation),
        cmocka_unit_test_setup(test_events, recent),
        cmocka_unit_test_setup(test_events, first_generation),
        cmocka_unit_test_setup(test_each_rule_notices, recent),
        cmocka_unit_test_setup(test_no_field_is_forgotten, recent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
