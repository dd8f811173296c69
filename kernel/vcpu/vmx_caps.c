/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* VT-x capabilities to controls. Nothing here touches the processor. */
#include "vmx_caps.h"
#include "vmx_fields.h"
#include <sel4/vcpu.h>

/* Reserved controls that are 1 on processors without a use for them: appendix A.3 to A.5. */
#define PIN_DEFAULT1   0x00000016u
#define PROC_DEFAULT1  0x04006172u /* without CR3 exiting */
#define EXIT_DEFAULT1  0x00036dffu
#define ENTRY_DEFAULT1 0x000011ffu

#define EPT_WALK_4          (1ull << 6)
#define EPT_WRITE_BACK      (1ull << 14)
#define EPT_2M              (1ull << 16)
#define EPT_1G              (1ull << 17)
#define EPT_INVEPT          (1ull << 20)
#define EPT_ACCESSED_DIRTY  (1ull << 21)
#define EPT_INVEPT_SINGLE   (1ull << 25)
#define EPT_INVEPT_ALL      (1ull << 26)
#define VPID_INVVPID        (1ull << 32)
#define VPID_INVVPID_ALL    (1ull << 42)
#define EPTP_WRITE_BACK     6u
#define EPTP_WALK_4         (3u << 3)
#define EPTP_ACCESSED_DIRTY (1u << 6)
#define MISC_TIMER_SHIFT    0x1fu

#define EXCEPTION_DB 1
#define EXCEPTION_AC 17
#define EXCEPTION_MC 18
/* Exceptions that always have an error code in protected mode: DF TS NP SS GP PF AC. */
#define EXCEPTIONS_WITH_CODE  0x00027d00u
#define ENTRY_ERROR_CODE_MASK 0x7fffu
#define SOFT_INT_LENGTH       1

#define CR0_PE (1ull << 0)
#define CR0_TS (1ull << 3)
#define CR0_NW (1ull << 29)
#define CR0_CD (1ull << 30)
#define CR0_PG (1ull << 31)
/*
 * CR4: VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP FSGSBASE PCIDE OSXSAVE SMEP
 * SMAP. Others have state that nobody switches.
 */
#define CR4_ALLOWED 0x00370fffull
#define CR4_MCE     (1ull << 6)

/* One word of controls: what we need, what we take if it is there, what we can live with. */
struct wanted {
    uint64_t capability; /* 31:0 must be 1, 63:32 may be 1 */
    uint32_t required, optional, harmless;
    const char *missing;
};

static bool choose(const struct wanted *w, uint32_t *out, const char **why)
{
    uint32_t forced = (uint32_t)w->capability, allowed = (uint32_t)(w->capability >> 32);
    if (w->required & ~allowed) {
        *why = w->missing;
        return false;
    }
    if (forced & ~(w->required | w->optional | w->harmless)) {
        *why = "VT-x has controls that cannot be switched off";
        return false;
    }
    *out = forced | w->required | (w->optional & allowed);
    return true;
}

static bool choose_execution(const struct vmx_capabilities *caps, struct vmx_controls *c,
                             const char **why)
{
    const uint32_t windows = VMX_PROC_INTERRUPT_WINDOW | VMX_PROC_NMI_WINDOW;
    const struct wanted pin = {
        .capability = caps->pin,
        .required = VMX_PIN_INTERRUPT | VMX_PIN_NMI | VMX_PIN_VIRTUAL_NMI,
        .optional = VMX_PIN_TIMER,
        .harmless = PIN_DEFAULT1,
        .missing = "VT-x has no virtual NMIs",
    };
    const struct wanted proc = {
        .capability = caps->proc,
        .required = windows | VMX_PROC_TSC_OFFSET | VMX_PROC_HLT | VMX_PROC_MWAIT | VMX_PROC_RDPMC |
                    VMX_PROC_CR8_LOAD | VMX_PROC_CR8_STORE | VMX_PROC_IO_BITMAPS |
                    VMX_PROC_MSR_BITMAPS | VMX_PROC_MONITOR | VMX_PROC_SECONDARY,
        .harmless = PROC_DEFAULT1,
        .missing = "VT-x has no EPT (no secondary controls)",
    };
    const struct wanted ept = {
        .capability = caps->proc2,
        .required = VMX_PROC2_EPT,
        .optional = UINT32_MAX,
        .missing = "VT-x has no EPT",
    };
    const struct wanted proc2 = {
        .capability = caps->proc2,
        .required = VMX_PROC2_EPT | VMX_PROC2_UNRESTRICTED,
        .optional = VMX_PROC2_RDTSCP | VMX_PROC2_VPID | VMX_PROC2_WBINVD | VMX_PROC2_INVPCID,
        .missing = "VT-x has no unrestricted guest mode",
    };
    if (!choose(&proc, &c->proc, why) || !choose(&ept, &c->proc2, why) ||
        !choose(&proc2, &c->proc2, why) || !choose(&pin, &c->pin, why)) {
        return false;
    }
    /* Windows are opened when they are wanted. */
    if ((uint32_t)caps->proc & windows) {
        *why = "VT-x has controls that cannot be switched off";
        return false;
    }
    c->proc &= ~windows;
    return true;
}

static bool choose_transition(const struct vmx_capabilities *caps, struct vmx_controls *c,
                              const char **why)
{
    const struct wanted exit = {
        .capability = caps->exit,
        .required = VMX_EXIT_SAVE_DEBUG | VMX_EXIT_HOST_64 | VMX_EXIT_LOAD_PAT |
                    VMX_EXIT_SAVE_EFER | VMX_EXIT_LOAD_EFER,
        .harmless = EXIT_DEFAULT1,
        .missing = "VT-x does not switch EFER and PAT",
    };
    const struct wanted entry = {
        .capability = caps->entry,
        .required = VMX_ENTRY_DEBUG | VMX_ENTRY_IA32E | VMX_ENTRY_LOAD_PAT | VMX_ENTRY_LOAD_EFER,
        .harmless = ENTRY_DEFAULT1,
        .missing = "VT-x does not switch EFER and PAT",
    };
    if (!choose(&exit, &c->exit, why) || !choose(&entry, &c->entry, why)) {
        return false;
    }
    if ((uint32_t)caps->entry & VMX_ENTRY_IA32E) {
        *why = "VT-x runs 64-bit guests only";
        return false;
    }
    c->entry &= ~VMX_ENTRY_IA32E;
    return true;
}

static bool choose_translation(const struct vmx_capabilities *caps, struct vmx_controls *c,
                               const char **why)
{
    const uint64_t needed = EPT_WALK_4 | EPT_WRITE_BACK | EPT_2M | EPT_INVEPT;
    uint64_t has = caps->ept_vpid;
    if ((has & needed) != needed || !(has & (EPT_INVEPT_SINGLE | EPT_INVEPT_ALL))) {
        *why = "EPT has no four-level tables in write-back memory, 2 MiB pages or INVEPT";
        return false;
    }
    c->invept_single = (has & EPT_INVEPT_SINGLE) != 0;
    c->ept_1g = (has & EPT_1G) != 0;
    c->ept_accessed_dirty = (has & EPT_ACCESSED_DIRTY) != 0;
    c->eptp = EPTP_WRITE_BACK | EPTP_WALK_4 | (c->ept_accessed_dirty ? EPTP_ACCESSED_DIRTY : 0);
    c->vpid = (c->proc2 & VMX_PROC2_VPID) && (has & VPID_INVVPID) && (has & VPID_INVVPID_ALL);
    if (!c->vpid) {
        c->proc2 &= ~VMX_PROC2_VPID;
    }
    return true;
}

/*
 * Bits the processor wants to be 1 are hidden, caches stay on whatever the guest says, and a
 * machine check always reaches the host. Unrestricted guests choose PE and PG themselves.
 */
static void choose_fixed_bits(const struct vmx_capabilities *caps, struct vmx_controls *c)
{
    c->cr0_forced = caps->cr0_fixed0 & ~(CR0_PE | CR0_PG);
    c->cr0_mask = c->cr0_forced | CR0_CD | CR0_NW;
    c->cr4_forced = caps->cr4_fixed0;
    c->cr4_allowed = CR4_ALLOWED;
    c->cr4_mask = c->cr4_forced | CR4_MCE | ~CR4_ALLOWED;
}

bool vmx_choose_controls(const struct vmx_capabilities *caps, struct vmx_controls *c,
                         const char **why)
{
    *c = (struct vmx_controls){.pin = 0};
    if (!choose_execution(caps, c, why) || !choose_transition(caps, c, why) ||
        !choose_translation(caps, c, why)) {
        return false;
    }
    choose_fixed_bits(caps, c);
    c->timer = (c->pin & VMX_PIN_TIMER) != 0;
    c->timer_shift = caps->misc & MISC_TIMER_SHIFT;
    /* Switched on while a guest has a deadline. */
    c->pin &= ~VMX_PIN_TIMER;
    return true;
}

/*
 * #DB and #AC are only taken to hand them back: delivering one can raise the next without end, and
 * no interrupt gets through meanwhile. #MC is the host's.
 */
void vmx_control_fields(const struct vmx_controls *c, const struct vmx_pages *pages,
                        struct vmx_field fields[VMX_CONTROL_FIELDS])
{
    const struct vmx_field values[VMX_CONTROL_FIELDS] = {
        {VMCS_PIN_CONTROLS, c->pin},
        {VMCS_PROC_CONTROLS, c->proc},
        {VMCS_PROC2_CONTROLS, c->proc2},
        {VMCS_EXIT_CONTROLS, c->exit},
        {VMCS_ENTRY_CONTROLS, c->entry},
        {VMCS_EXCEPTIONS, 1u << EXCEPTION_DB | 1u << EXCEPTION_AC | 1u << EXCEPTION_MC},
        {VMCS_CR0_MASK, c->cr0_mask},
        {VMCS_CR4_MASK, c->cr4_mask},
        {VMCS_IO_BITMAP_A, pages->io_bitmap_a},
        {VMCS_IO_BITMAP_B, pages->io_bitmap_b},
        {VMCS_MSR_BITMAP, pages->msr_bitmap},
        {VMCS_LINK, UINT64_MAX}, /* none */
        {VMCS_PAGE_FAULT_MASK, 0},
        {VMCS_PAGE_FAULT_MATCH, 0},
        {VMCS_CR3_TARGETS, 0},
        {VMCS_EXIT_MSR_STORES, 0},
        {VMCS_EXIT_MSR_LOADS, 0},
        {VMCS_ENTRY_MSR_LOADS, 0},
        {VMCS_ENTRY_ERROR_CODE, 0},
        {VMCS_ENTRY_LENGTH, 0},
        {VMCS_GUEST_DEBUGCTL, 0},
    };
    for (unsigned i = 0; i < VMX_CONTROL_FIELDS; i++) {
        fields[i] = values[i];
    }
}

struct vmx_entry_event vmx_entry_event(uint64_t event, bool protected_mode)
{
    struct vmx_entry_event e = {.info = (uint32_t)event};
    uint32_t type = event & VCPU_EVENT_TYPE_MASK;
    if (type == VCPU_EVENT_EXCEPTION) {
        e.info &= ~VCPU_EVENT_ERROR_CODE;
        if (protected_mode && (EXCEPTIONS_WITH_CODE >> (event & 0x1f) & 1)) {
            e.info |= VCPU_EVENT_ERROR_CODE;
            e.code = event >> 32 & ENTRY_ERROR_CODE_MASK;
        }
    } else if (type == VCPU_EVENT_SOFT_INT) {
        e.length = SOFT_INT_LENGTH;
    }
    return e;
}

/*
 * FS and the other data selectors are null in the kernel, whose FS base is written before the
 * next exit to user mode. CR0.TS is clear: the FPU was in use by the guest.
 */
void vmx_host_fields(const struct vmx_host *h, struct vmx_field fields[VMX_HOST_FIELDS])
{
    const struct vmx_field values[VMX_HOST_FIELDS] = {
        {VMCS_HOST_CS, h->cs},
        {VMCS_HOST_SS, h->ss},
        {VMCS_HOST_DS, 0},
        {VMCS_HOST_ES, 0},
        {VMCS_HOST_FS, 0},
        {VMCS_HOST_GS, 0},
        {VMCS_HOST_TR, h->tr},
        {VMCS_HOST_PAT, h->pat},
        {VMCS_HOST_EFER, h->efer},
        {VMCS_HOST_SYSENTER_CS, 0},
        {VMCS_HOST_SYSENTER_ESP, 0},
        {VMCS_HOST_SYSENTER_EIP, 0},
        {VMCS_HOST_CR0, h->cr0 & ~CR0_TS},
        {VMCS_HOST_CR4, h->cr4},
        {VMCS_HOST_FS_BASE, 0},
        {VMCS_HOST_GS_BASE, h->gs_base},
        {VMCS_HOST_TR_BASE, h->tr_base},
        {VMCS_HOST_GDTR_BASE, h->gdtr_base},
        {VMCS_HOST_IDTR_BASE, h->idtr_base},
        {VMCS_HOST_RIP, h->rip},
    };
    for (unsigned i = 0; i < VMX_HOST_FIELDS; i++) {
        fields[i] = values[i];
    }
}
