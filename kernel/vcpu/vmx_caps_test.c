/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* VT-x capabilities of several processors, and what the kernel makes of them. */
#include "vmx_caps_fixture.h"
#include "vmx_fields.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define NEEDED_PROC                                                                                \
    (VMX_PROC_INTERRUPT_WINDOW | VMX_PROC_TSC_OFFSET | VMX_PROC_HLT | VMX_PROC_MWAIT |             \
     VMX_PROC_RDPMC | VMX_PROC_CR8_LOAD | VMX_PROC_CR8_STORE | VMX_PROC_NMI_WINDOW |               \
     VMX_PROC_IO_BITMAPS | VMX_PROC_MSR_BITMAPS | VMX_PROC_MONITOR | VMX_PROC_SECONDARY)

static const char *refusal(const struct vmx_capabilities *caps)
{
    struct vmx_controls c;
    const char *why = NULL;
    return vmx_choose_controls(caps, &c, &why) ? NULL : why;
}

static void test_recent_processor(void **state)
{
    (void)state;
    struct vmx_capabilities caps = recent_processor();
    struct vmx_controls c;
    const char *why = NULL;
    assert_true(vmx_choose_controls(&caps, &c, &why));
    assert_int_equal(c.pin, 0x16 | VMX_PIN_INTERRUPT | VMX_PIN_NMI | VMX_PIN_VIRTUAL_NMI);
    assert_int_equal(c.proc, (0x04006172 | NEEDED_PROC) &
                                 ~(VMX_PROC_INTERRUPT_WINDOW | VMX_PROC_NMI_WINDOW));
    assert_int_equal(c.proc2, VMX_PROC2_EPT | VMX_PROC2_RDTSCP | VMX_PROC2_VPID | VMX_PROC2_WBINVD |
                                  VMX_PROC2_UNRESTRICTED | VMX_PROC2_INVPCID);
    assert_int_equal(c.exit, 0x36dfb | VMX_EXIT_SAVE_DEBUG | VMX_EXIT_HOST_64 | VMX_EXIT_LOAD_PAT |
                                 VMX_EXIT_SAVE_EFER | VMX_EXIT_LOAD_EFER);
    assert_int_equal(c.entry, 0x11fb | VMX_ENTRY_DEBUG | VMX_ENTRY_LOAD_PAT | VMX_ENTRY_LOAD_EFER);
    assert_true(c.timer && c.vpid && c.invept_single && c.ept_1g && c.ept_accessed_dirty);
    assert_int_equal(c.timer_shift, 5);
    assert_int_equal(c.eptp, 0x5e);
}

static void test_controls_obey_capabilities(void **state)
{
    (void)state;
    struct vmx_capabilities caps = recent_processor();
    struct vmx_controls c;
    const char *why = NULL;
    assert_true(vmx_choose_controls(&caps, &c, &why));
    const struct {
        uint64_t capability;
        uint32_t value;
    } words[] = {
        {caps.pin, c.pin},
        {caps.proc, c.proc},
        {caps.proc2, c.proc2},
        {caps.exit, c.exit},
        {caps.entry, c.entry},
        {caps.pin, c.pin | VMX_PIN_TIMER},
        {caps.proc, c.proc | VMX_PROC_INTERRUPT_WINDOW | VMX_PROC_NMI_WINDOW},
        {caps.entry, c.entry | VMX_ENTRY_IA32E},
    };
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint32_t must = (uint32_t)words[i].capability, may = words[i].capability >> 32;
        assert_int_equal(words[i].value & must, must);
        assert_int_equal(words[i].value & ~may, 0);
    }
}

/* A first-generation Core: no 1 GiB pages, accessed bits, INVPCID. */
static void test_old_processor(void **state)
{
    (void)state;
    struct vmx_capabilities caps = recent_processor();
    struct vmx_controls c;
    const char *why = NULL;
    caps.proc2 = ALLOW(0, 0xef);
    caps.ept_vpid = 0xf0106114141;
    caps.pin = ALLOW(0x16, 0x3f);
    assert_true(vmx_choose_controls(&caps, &c, &why));
    assert_false(c.ept_1g || c.ept_accessed_dirty || c.timer);
    assert_int_equal(c.eptp, 0x1e);
    assert_int_equal(c.proc2 & VMX_PROC2_INVPCID, 0);
    caps.ept_vpid &= 0xffffffff; /* no INVVPID: no VPIDs */
    assert_true(vmx_choose_controls(&caps, &c, &why));
    assert_false(c.vpid);
    assert_int_equal(c.proc2 & VMX_PROC2_VPID, 0);
    caps.ept_vpid &= ~(1ull << 25);
    assert_true(vmx_choose_controls(&caps, &c, &why));
    assert_false(c.invept_single);
}

static void test_refusals_say_why(void **state)
{
    (void)state;
    struct vmx_capabilities caps = recent_processor();
    caps.proc2 = 0;
    assert_string_equal(refusal(&caps), "VT-x has no EPT");
    caps.proc2 = ALLOW(0, 0x6f);
    assert_string_equal(refusal(&caps), "VT-x has no unrestricted guest mode");
    caps = recent_processor();
    caps.proc &= ~((uint64_t)VMX_PROC_SECONDARY << 32);
    assert_string_equal(refusal(&caps), "VT-x has no EPT (no secondary controls)");
    caps = recent_processor();
    caps.pin &= ~((uint64_t)VMX_PIN_VIRTUAL_NMI << 32);
    assert_string_equal(refusal(&caps), "VT-x has no virtual NMIs");
    caps = recent_processor();
    caps.exit &= ~((uint64_t)VMX_EXIT_LOAD_EFER << 32);
    assert_string_equal(refusal(&caps), "VT-x does not switch EFER and PAT");
    caps = recent_processor();
    caps.entry &= ~((uint64_t)VMX_ENTRY_LOAD_PAT << 32);
    assert_string_equal(refusal(&caps), "VT-x does not switch EFER and PAT");
    caps = recent_processor();
    caps.ept_vpid &= ~(1ull << 6);
    assert_non_null(strstr(refusal(&caps), "EPT has no four-level"));
    caps = recent_processor();
    caps.ept_vpid &= ~(3ull << 25);
    assert_non_null(strstr(refusal(&caps), "INVEPT"));
}

/* A control forced to 1 is one we set, a reserved one, or a refusal; never a surprise. */
static void check_forced(struct vmx_capabilities *caps, uint64_t *word, uint32_t fine)
{
    const uint64_t before = *word;
    for (unsigned bit = 0; bit < 32; bit++) {
        *word = before | 1ull << bit | 1ull << (bit + 32);
        bool accepted = refusal(caps) == NULL;
        assert_int_equal(accepted, (fine >> bit & 1) || (before >> bit & 1));
    }
    *word = before;
}

static void test_forced_controls(void **state)
{
    (void)state;
    struct vmx_capabilities caps = recent_processor();
    check_forced(&caps, &caps.pin,
                 VMX_PIN_INTERRUPT | VMX_PIN_NMI | VMX_PIN_VIRTUAL_NMI | VMX_PIN_TIMER);
    check_forced(&caps, &caps.proc,
                 NEEDED_PROC & ~(VMX_PROC_INTERRUPT_WINDOW | VMX_PROC_NMI_WINDOW));
    check_forced(&caps, &caps.proc2,
                 VMX_PROC2_EPT | VMX_PROC2_UNRESTRICTED | VMX_PROC2_RDTSCP | VMX_PROC2_VPID |
                     VMX_PROC2_WBINVD | VMX_PROC2_INVPCID);
    check_forced(&caps, &caps.exit,
                 VMX_EXIT_SAVE_DEBUG | VMX_EXIT_HOST_64 | VMX_EXIT_LOAD_PAT | VMX_EXIT_SAVE_EFER |
                     VMX_EXIT_LOAD_EFER);
    check_forced(&caps, &caps.entry, VMX_ENTRY_DEBUG | VMX_ENTRY_LOAD_PAT | VMX_ENTRY_LOAD_EFER);
    /* MOV to CR3 would exit, and nobody is there to emulate it. */
    caps.proc |= VMX_PROC_CR3_LOAD;
    assert_non_null(refusal(&caps));
}

static void test_fixed_bits_are_hidden(void **state)
{
    (void)state;
    struct vmx_capabilities caps = recent_processor();
    struct vmx_controls c;
    const char *why = NULL;
    assert_true(vmx_choose_controls(&caps, &c, &why));
    assert_int_equal(c.cr0_forced, 0x20); /* NE; unrestricted guests have PE and PG */
    assert_int_equal(c.cr0_mask, 0x60000020);
    assert_int_equal(c.cr4_forced, 0x2000);
    assert_int_equal(c.cr4_allowed & c.cr4_forced, 0);
    /* VMXE, SMXE, LA57, PKE, CET are not the guest's; PAE, OSXSAVE, PCIDE and SMEP are. */
    assert_int_equal(c.cr4_mask & 0x00c07040, 0x00c07040);
    assert_int_equal(c.cr4_mask & 0x00160020, 0);
}

static struct vmx_host typical_host(void)
{
    return (struct vmx_host){
        .cr0 = 0x8001003b, /* PE MP TS ET NE WP PG */
        .cr4 = 0x42620,    /* PAE OSFXSR OSXMMEXCPT VMXE OSXSAVE */
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
}

static uint64_t field_of(const struct vmx_field *fields, unsigned field)
{
    for (unsigned i = 0; i < VMX_HOST_FIELDS; i++) {
        if (fields[i].field == field) {
            return fields[i].value;
        }
    }
    fail_msg("host field %x is not written", field);
    return 0;
}

static bool is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/* Intel SDM vol. 3, 26.2.2 and 26.2.4: control registers, MSRs, address-space size. */
static void test_host_control_registers(void **state)
{
    (void)state;
    const struct vmx_capabilities caps = recent_processor();
    const struct vmx_host host = typical_host();
    struct vmx_field fields[VMX_HOST_FIELDS];
    struct vmx_controls c;
    const char *why = NULL;
    assert_true(vmx_choose_controls(&caps, &c, &why));
    vmx_host_fields(&host, fields);
    uint64_t cr0 = field_of(fields, VMCS_HOST_CR0), cr4 = field_of(fields, VMCS_HOST_CR4);
    assert_int_equal(cr0 & caps.cr0_fixed0, caps.cr0_fixed0);
    assert_int_equal(cr0 & 8, 0); /* TS */
    assert_int_equal(cr4 & caps.cr4_fixed0, caps.cr4_fixed0);
    assert_true(cr4 & 0x20); /* PAE: the host is a 64-bit one */
    assert_true(c.exit & VMX_EXIT_HOST_64);
    uint64_t efer = field_of(fields, VMCS_HOST_EFER);
    assert_int_equal(efer & 0x500, 0x500); /* LMA and LME as the address-space size says */
    uint64_t pat = field_of(fields, VMCS_HOST_PAT);
    for (unsigned i = 0; i < 8; i++, pat >>= 8) {
        unsigned type = pat & 0xff;
        assert_true(type <= 7 && type != 2 && type != 3);
    }
    assert_true(is_canonical(field_of(fields, VMCS_HOST_SYSENTER_ESP)));
    assert_true(is_canonical(field_of(fields, VMCS_HOST_SYSENTER_EIP)));
    assert_int_equal(field_of(fields, VMCS_HOST_SYSENTER_CS), 0);
}

/* 26.2.3: no RPL, no local table, CS and TR not null, addresses canonical. */
static void test_host_segments(void **state)
{
    (void)state;
    static const unsigned selectors[] = {VMCS_HOST_ES, VMCS_HOST_CS, VMCS_HOST_SS, VMCS_HOST_DS,
                                         VMCS_HOST_FS, VMCS_HOST_GS, VMCS_HOST_TR};
    static const unsigned addresses[] = {VMCS_HOST_FS_BASE,   VMCS_HOST_GS_BASE,
                                         VMCS_HOST_TR_BASE,   VMCS_HOST_GDTR_BASE,
                                         VMCS_HOST_IDTR_BASE, VMCS_HOST_RIP};
    const struct vmx_host host = typical_host();
    struct vmx_field fields[VMX_HOST_FIELDS];
    vmx_host_fields(&host, fields);
    for (unsigned i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
        assert_int_equal(field_of(fields, selectors[i]) & 7, 0);
    }
    assert_int_equal(field_of(fields, VMCS_HOST_CS), 0x08);
    assert_int_equal(field_of(fields, VMCS_HOST_TR), 0x28);
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        assert_true(is_canonical(field_of(fields, addresses[i])));
    }
    assert_int_equal(field_of(fields, VMCS_HOST_GS_BASE), host.gs_base);
    assert_int_equal(field_of(fields, VMCS_HOST_RIP), host.rip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recent_processor),
        cmocka_unit_test(test_controls_obey_capabilities),
        cmocka_unit_test(test_old_processor),
        cmocka_unit_test(test_refusals_say_why),
        cmocka_unit_test(test_forced_controls),
        cmocka_unit_test(test_fixed_bits_are_hidden),
        cmocka_unit_test(test_host_control_registers),
        cmocka_unit_test(test_host_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
