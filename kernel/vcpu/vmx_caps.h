/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Intel VT-x: from the capability MSRs to the controls of a VMCS. Pure functions: they run in
 * unit tests with the values of any processor. Intel SDM vol. 3, 24.6 to 24.8, appendix A.
 */
#include <stdbool.h>
#include <stdint.h>

/* Pin-based controls. */
#define VMX_PIN_INTERRUPT   (1u << 0)
#define VMX_PIN_NMI         (1u << 3)
#define VMX_PIN_VIRTUAL_NMI (1u << 5)
#define VMX_PIN_TIMER       (1u << 6)
/* Primary processor-based controls. */
#define VMX_PROC_INTERRUPT_WINDOW (1u << 2)
#define VMX_PROC_TSC_OFFSET       (1u << 3)
#define VMX_PROC_HLT              (1u << 7)
#define VMX_PROC_MWAIT            (1u << 10)
#define VMX_PROC_RDPMC            (1u << 11)
#define VMX_PROC_CR3_LOAD         (1u << 15)
#define VMX_PROC_CR3_STORE        (1u << 16)
#define VMX_PROC_CR8_LOAD         (1u << 19)
#define VMX_PROC_CR8_STORE        (1u << 20)
#define VMX_PROC_NMI_WINDOW       (1u << 22)
#define VMX_PROC_IO_BITMAPS       (1u << 25)
#define VMX_PROC_MSR_BITMAPS      (1u << 28)
#define VMX_PROC_MONITOR          (1u << 29)
#define VMX_PROC_SECONDARY        (1u << 31)
/* Secondary processor-based controls. */
#define VMX_PROC2_EPT          (1u << 1)
#define VMX_PROC2_RDTSCP       (1u << 3)
#define VMX_PROC2_VPID         (1u << 5)
#define VMX_PROC2_WBINVD       (1u << 6)
#define VMX_PROC2_UNRESTRICTED (1u << 7)
#define VMX_PROC2_INVPCID      (1u << 12)
/* Exit and entry controls. */
#define VMX_EXIT_SAVE_DEBUG (1u << 2)
#define VMX_EXIT_HOST_64    (1u << 9)
#define VMX_EXIT_LOAD_PAT   (1u << 19)
#define VMX_EXIT_SAVE_EFER  (1u << 20)
#define VMX_EXIT_LOAD_EFER  (1u << 21)
#define VMX_ENTRY_DEBUG     (1u << 2)
#define VMX_ENTRY_IA32E     (1u << 9)
#define VMX_ENTRY_LOAD_PAT  (1u << 14)
#define VMX_ENTRY_LOAD_EFER (1u << 15)

#define VMX_BASIC_TRUE_CONTROLS (1ull << 55)

/** The capability MSRs. The TRUE variants are in pin, proc, exit, entry where they exist. */
struct vmx_capabilities {
    uint64_t basic, pin, proc, proc2, exit, entry, misc;
    uint64_t cr0_fixed0, cr4_fixed0;
    uint64_t ept_vpid;
};

/** Controls for every guest, and what the processor can do about translations and time. */
struct vmx_controls {
    uint32_t pin, proc, proc2, exit, entry;
    uint64_t cr0_forced, cr0_mask; /* bits that are always 1 in a guest; bits the kernel owns */
    uint64_t cr4_forced, cr4_mask;
    uint64_t cr4_allowed; /* what a guest may set */
    uint64_t eptp;        /* low bits of the EPT pointer */
    bool vpid, invept_single;
    bool ept_1g, ept_accessed_dirty;
    bool timer;
    unsigned timer_shift; /* the timer counts when this bit of the TSC changes */
};

/** What the host's part of a VMCS is made of. */
struct vmx_host {
    uint64_t cr0, cr4, efer, pat;
    uint64_t gs_base, tr_base, gdtr_base, idtr_base;
    uint64_t rip; /* where exits arrive */
    uint16_t cs, ss, tr;
};

/** A field and its value. */
struct vmx_field {
    unsigned field;
    uint64_t value;
};
#define VMX_HOST_FIELDS 20

/** The host's part of a VMCS, all but CR3 and RSP, which each entry writes. */
void vmx_host_fields(const struct vmx_host *h, struct vmx_field fields[VMX_HOST_FIELDS]);

/** Pages that the controls point to, physical addresses. */
struct vmx_pages {
    uint64_t io_bitmap_a, io_bitmap_b, msr_bitmap;
};
#define VMX_CONTROL_FIELDS 21

/**
 * The control fields of a new VMCS, with the values that never change. Entries change the pin,
 * processor and entry controls, EPT pointer, VPID, timer and event. Fields that are not used are
 * among these: after VMCLEAR they have no defined values.
 */
void vmx_control_fields(const struct vmx_controls *c, const struct vmx_pages *pages,
                        struct vmx_field fields[VMX_CONTROL_FIELDS]);

/** Fields of an event that an entry delivers. */
struct vmx_entry_event {
    uint32_t info, code, length;
};
/**
 * From the run page's event (VCPU_EVENT_*, valid and legal) to these fields. Real mode delivers no
 * error codes, protected mode always the same ones: entry insists on it.
 */
struct vmx_entry_event vmx_entry_event(uint64_t event, bool protected_mode);

/**
 * Chooses the controls.
 * @param why set to what is missing when the result is false
 * @return true if the processor can run guests
 */
bool vmx_choose_controls(const struct vmx_capabilities *caps, struct vmx_controls *c,
                         const char **why);
