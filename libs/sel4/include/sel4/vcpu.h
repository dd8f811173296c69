/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The vCPU run page: the neutral ABI between the kernel's vCPU object (AMD SVM or
 * Intel VT-x) and the thread that runs it. docs/architecture.md, "The vCPU ABI".
 *
 * One ordinary 4 KiB frame, installed with seL4_TCB_SetRunPage(tcb, frame) in the TCB the
 * vCPU is bound to (seL4_X86_VCPU_SetTCB). seL4_VMEnter() reads the "in" part and, before
 * it returns for whatever reason, writes the whole "out" part. The kernel reads each word once.
 */
#include <stdint.h>

/** Version of struct vcpu_run; written by the kernel at SetRunPage, checked by the VMM. */
#define VCPU_RUN_VERSION 1

/** Results of seL4_VMEnter: a signal on the bound notification, or an exit record. */
enum { VCPU_NOTIFY = 0, VCPU_EXIT = 1 };

/** Order of the general registers: the processor's own encoding (ModRM.reg). */
enum vcpu_gpr {
    VCPU_RAX,
    VCPU_RCX,
    VCPU_RDX,
    VCPU_RBX,
    VCPU_RSP,
    VCPU_RBP,
    VCPU_RSI,
    VCPU_RDI,
    VCPU_R8,
    VCPU_R9,
    VCPU_R10,
    VCPU_R11,
    VCPU_R12,
    VCPU_R13,
    VCPU_R14,
    VCPU_R15,
    VCPU_NUM_GPR
};

/**
 * commit: which "in" fields VMEnter takes. The kernel clears the word once they are taken.
 * RIP without SHADOW ends an interrupt shadow: an instruction was emulated. DEADLINE and WINDOW
 * stay until changed (a window until it opens), HALT is for one VMEnter. If any field is not
 * legal nothing is taken: VCPU_EXIT with reason ENTRY_FAILED and VCPU_HW_BAD_COMMIT.
 */
#define VCPU_COMMIT_GPR      (1u << 0) /* gpr[], all but RSP */
#define VCPU_COMMIT_RIP      (1u << 1)
#define VCPU_COMMIT_RSP      (1u << 2) /* gpr[VCPU_RSP] */
#define VCPU_COMMIT_RFLAGS   (1u << 3)
#define VCPU_COMMIT_EVENT    (1u << 4) /* replace or (VALID clear) cancel the pending event */
#define VCPU_COMMIT_WINDOW   (1u << 5) /* VCPU_WINDOW_* bits wanted; one-shot */
#define VCPU_COMMIT_DEADLINE (1u << 6)
#define VCPU_COMMIT_HALT     (1u << 7) /* no guest: wait for notification or deadline */
#define VCPU_COMMIT_SHADOW   (1u << 8) /* interruptibility: shadow and NMI block */
#define VCPU_COMMIT_ALL      0x1ffu

/** hw_reason of ENTRY_FAILED when the kernel refused the "in" part; the vCPU is unharmed. */
#define VCPU_HW_BAD_COMMIT 0xffffff01u

/** event / pending_event: vector in 7:0, type in 10:8, error-code-valid bit 11, VALID bit 31,
 * error code in 63:32. Types are the processors' common encoding. */
#define VCPU_EVENT_INTR       (0u << 8)
#define VCPU_EVENT_NMI        (2u << 8)
#define VCPU_EVENT_EXCEPTION  (3u << 8)
#define VCPU_EVENT_SOFT_INT   (4u << 8)
#define VCPU_EVENT_TYPE_MASK  (7u << 8)
#define VCPU_EVENT_ERROR_CODE (1u << 11)
#define VCPU_EVENT_VALID      (1u << 31)

#define VCPU_WINDOW_IRQ (1u << 0)
#define VCPU_WINDOW_NMI (1u << 1)

/** deadline value for "none". Absolute host TSC otherwise; level-triggered, never early. */
#define VCPU_DEADLINE_NONE UINT64_MAX

/** interruptibility bits. */
#define VCPU_SHADOW_STI   (1u << 0)
#define VCPU_SHADOW_MOVSS (1u << 1)
#define VCPU_NMI_BLOCKED  (1u << 3)
#define VCPU_SHADOW_ANY   (VCPU_SHADOW_STI | VCPU_SHADOW_MOVSS)

/** Exit reasons. X(number, name, text): text is what fault reports print. */
#define VCPU_EXIT_LIST(X)                                                                          \
    X(0, NONE, "none")                                                                             \
    X(1, CPUID, "CPUID")                                                                           \
    X(2, HLT, "HLT")                                                                               \
    X(3, IO, "port I/O")                                                                           \
    X(4, RDMSR, "RDMSR")                                                                           \
    X(5, WRMSR, "WRMSR")                                                                           \
    X(6, MEMORY, "nested page fault")                                                              \
    X(7, CR8, "CR8 access")                                                                        \
    X(8, VMCALL, "hypercall")                                                                      \
    X(9, WINDOW, "interrupt or NMI window")                                                        \
    X(10, DEADLINE, "deadline")                                                                    \
    X(11, TRIPLE_FAULT, "triple fault")                                                            \
    X(12, ENTRY_FAILED, "VM entry failed")                                                         \
    X(13, EXCEPTION, "exception")                                                                  \
    X(14, TASK_SWITCH, "task switch")                                                              \
    X(15, WBINVD, "WBINVD or INVD")                                                                \
    X(16, XSETBV, "XSETBV")                                                                        \
    X(17, RDPMC, "RDPMC")                                                                          \
    X(18, MWAIT, "MONITOR or MWAIT")                                                               \
    X(19, DR, "debug register access")                                                             \
    X(20, INIT, "INIT signal")                                                                     \
    X(21, HALT_END, "end of HALT without cause")                                                   \
    X(22, UNKNOWN, "unknown exit")

enum vcpu_exit {
#define X(n, name, text) VCPU_EXIT_##name = n,
    VCPU_EXIT_LIST(X)
#undef X
};

/** CPU mode in the record. */
enum vcpu_mode {
    VCPU_MODE_REAL,
    VCPU_MODE_PROT16,
    VCPU_MODE_PROT32,
    VCPU_MODE_LONG64,
    VCPU_MODE_VM86,
    VCPU_MODE_COMPAT32,
    VCPU_MODE_COMPAT16
};

/** exit detail for VCPU_EXIT_MEMORY. access: 1 read, 2 write, 4 fetch. */
#define VCPU_ACCESS_READ  1u
#define VCPU_ACCESS_WRITE 2u
#define VCPU_ACCESS_FETCH 4u

/** exit detail for VCPU_EXIT_IO: io_flags. */
#define VCPU_IO_IN     1u
#define VCPU_IO_STRING 2u
#define VCPU_IO_REP    4u

/** A segment register. attrib uses the SVM packing: type 3:0, S 4, DPL 6:5, P 7, AVL 8, L 9, DB 10,
 * G 11. */
struct vcpu_segment {
    uint16_t selector;
    uint16_t attrib;
    uint32_t limit; /* bytes, expanded */
    uint64_t base;
};

enum vcpu_segment_index {
    VCPU_ES,
    VCPU_CS,
    VCPU_SS,
    VCPU_DS,
    VCPU_FS,
    VCPU_GS,
    VCPU_LDTR,
    VCPU_TR,
    VCPU_GDTR,
    VCPU_IDTR,
    VCPU_NUM_SEGMENTS
};

/** groups for seL4_X86_VCPU_GetState/SetState: parts of vcpu_run.state. */
#define VCPU_STATE_SEGMENTS (1u << 0) /* seg[] */
#define VCPU_STATE_CONTROL  (1u << 1) /* cr0 cr2 cr3 cr4 cr8 efer dr6 dr7 xcr0 */
#define VCPU_STATE_MSRS     (1u << 2) /* star .. tsc_aux */
#define VCPU_STATE_TSC      (1u << 3) /* tsc_offset */
#define VCPU_STATE_DEBUG    (1u << 4) /* dr0..dr3 */
#define VCPU_STATE_ALL      0x1fu

struct vcpu_state {
    struct vcpu_segment seg[VCPU_NUM_SEGMENTS];
    uint64_t cr0, cr2, cr3, cr4, cr8, efer, dr6, dr7, xcr0;
    uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, pat, tsc_aux;
    uint64_t tsc_offset; /* guest TSC = host TSC + offset */
    uint64_t dr[4];
};

struct vcpu_run {
    /* identity, written by the kernel at SetRunPage */
    uint32_t version;
    uint32_t size; /* sizeof(struct vcpu_run) */

    /* in */
    uint64_t commit;   /* VCPU_COMMIT_* */
    uint64_t event;    /* VCPU_EVENT_* */
    uint64_t deadline; /* absolute host TSC */
    uint32_t window;   /* VCPU_WINDOW_* */

    /* in and out */
    uint32_t interruptibility; /* VCPU_SHADOW_*, VCPU_NMI_BLOCKED */
    uint64_t gpr[VCPU_NUM_GPR];
    uint64_t rip;
    uint64_t rflags;

    /* out, always */
    uint32_t reason; /* enum vcpu_exit; VCPU_EXIT_NONE when VMEnter returned VCPU_NOTIFY outside the
                        guest */
    uint32_t hw_reason; /* the processor's own number, for reports only */
    uint64_t next_rip;  /* 0 when unknown */
    uint64_t cr0, cr2, cr3, cr4, efer;
    uint64_t cs_base;
    uint32_t cpl;
    uint32_t mode;          /* enum vcpu_mode */
    uint64_t pending_event; /* undelivered event, owned by the vCPU; VALID clear if none */
    uint64_t tsc;           /* host TSC at the exit */
    uint64_t exits;         /* exits of this vCPU since Reset */

    /* out, by reason */
    union {
        struct {
            uint64_t gpa;
            uint32_t access;     /* VCPU_ACCESS_* */
            uint32_t table_walk; /* 1: the fault hit while walking the guest's own page tables */
        } memory;
        struct {
            uint16_t port;
            uint8_t size;          /* bytes: 1, 2, 4 */
            uint8_t flags;         /* VCPU_IO_* */
            uint32_t address_bits; /* 0 when unknown: decode */
        } io;
        struct {
            uint32_t index; /* MSR number (from guest ECX) */
        } msr;
        struct {
            uint32_t vector;
            uint32_t has_code;
            uint64_t code;
        } exception;
        struct {
            uint32_t write;
            uint32_t gpr; /* enum vcpu_gpr, VCPU_NUM_GPR when unknown */
        } cr8;
        struct {
            uint32_t windows; /* VCPU_WINDOW_* that opened */
        } window_open;
        uint64_t raw[4];
    } u;
    uint32_t insn_len; /* bytes in insn, 0 when none supplied */
    uint8_t insn[20];

    /* Get/SetState area */
    struct vcpu_state state;
};

_Static_assert(sizeof(struct vcpu_run) <= 4096, "the run page is one frame");
