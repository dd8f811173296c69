/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The vCPU object and the seam to the processor's virtualization extension. vcpu.c (object)
 * and run.c (VMEnter) are neutral; one struct hv_ops is chosen at boot.
 *
 * Memory of the object, 32 KiB:
 *   0x0000 struct vcpu
 *   0x1000 the guest's FPU image (XSAVE or FXSAVE)
 *   0x2000 I/O permission bitmap, 12 KiB (VT-x uses 8)
 *   0x5000 control block: VMCB or VMCS
 *   0x6000 private data of the extension's code, 8 KiB
 */
#include <kernel/kernel.h>
#include <sel4/vcpu.h>

#define VCPU_OBJECT_BYTES  0x8000u
#define VCPU_FPU           0x1000u
#define VCPU_IO_BITMAP     0x2000u
#define VCPU_CONTROL_BLOCK 0x5000u
#define VCPU_PRIVATE       0x6000u
#define VCPU_PRIVATE_BYTES 0x2000u

/** The part of the record that depends on the exit; same fields as in struct vcpu_run. */
struct vcpu_exit_info {
    uint32_t reason;
    uint32_t hw_reason;
    uint64_t next_rip;
    uint64_t u[4]; /* struct vcpu_run's union u */
    uint32_t insn_len;
    uint8_t insn[20];
};

struct vcpu {
    struct tcb *tcb;          /* bound thread, NULL if none */
    struct vcpu *next, *prev; /* all vCPUs */
    uint32_t id;              /* never 0, never used twice */
    struct cpu *cpu;          /* CPU it ran on last and may have state in, NULL if none */

    /* The guest as VMEnter commits and reports it; the control block has the rest. */
    uint64_t gpr[VCPU_NUM_GPR];
    uint64_t rip, rflags;
    uint32_t interruptibility; /* VCPU_SHADOW_*, VCPU_NMI_BLOCKED */
    uint32_t window;           /* VCPU_WINDOW_* wanted */
    uint64_t event;            /* not yet delivered; VCPU_EVENT_VALID clear: none */
    bool event_injected;       /* event came from the VMM or kernel, not from the guest */
    bool halted;               /* VMEnter waits, the guest does not run */
    bool failed;               /* entry failed: only Reset and SetState help */
    uint64_t deadline_at;      /* VCPU_DEADLINE_NONE: none */
    struct deadline deadline;
    uint64_t exits;
    uint64_t cr8, xcr0, tsc_aux;
    uint64_t dr[4];
    struct vcpu_exit_info exit;
};

_Static_assert(sizeof(struct vcpu) <= VCPU_FPU, "struct vcpu is the object's first page");

/** How hv_ops.run ended. */
enum hv_result {
    HV_EXIT,  /* v->exit is an exit for the VMM */
    HV_HOST,  /* a host interrupt waits */
    HV_AGAIN, /* handled: nothing for the VMM */
};

/** The guest memory a vCPU is about to use. */
struct nested_space_ref {
    paddr_t root;   /* 0: none, every access faults */
    uint64_t stamp; /* ept_flush_stamp() of its ASID */
    uint16_t asid;
};

/** One virtualization extension. */
struct hv_ops {
    const char *name;
    /** Can this machine use it? why is set to the reason if not. */
    bool (*probe)(const char **why);
    /** Switches it on, on the CPU we run on. */
    void (*init_cpu)(void);
    /** Fills a new object's control block and bitmaps; reset follows. */
    void (*create)(struct vcpu *v);
    /** Architectural reset of everything in the control block. */
    void (*reset)(struct vcpu *v);
    /** Copies groups (VCPU_STATE_*) of state between control block and s. */
    void (*get_state)(struct vcpu *v, word_t groups, struct vcpu_state *s);
    void (*set_state)(struct vcpu *v, word_t groups, const struct vcpu_state *s);
    /** Ports first..last go to the hardware directly, or exit. */
    void (*set_ports)(struct vcpu *v, unsigned first, unsigned last, bool direct);
    /** Runs the guest until something happens. Interrupts are off before and after. */
    enum hv_result (*run)(struct vcpu *v, const struct nested_space_ref *space);
    /** Writes cr0..efer, cs_base, cpl, mode of the record. */
    void (*record)(struct vcpu *v, struct vcpu_run *run);
    /** Takes all state out of the CPU we run on (v->cpu). */
    void (*leave)(struct vcpu *v);
    /** True if a running guest leaves at its deadline without the host's timer. NULL: false. */
    bool (*keeps_deadline)(void);
};

extern const struct hv_ops hv_svm;
extern const struct hv_ops hv_vmx;
extern const struct hv_ops hv_none;
/** The extension in use; hv_none until vcpu_init_boot() found one. */
extern const struct hv_ops *hv;

/** A part of the vCPU object by its offset. */
static inline void *vcpu_part(struct vcpu *v, unsigned offset)
{
    return (char *)v + offset;
}

/** Architectural reset of the whole vCPU; a pending event, window and deadline are dropped. */
void vcpu_reset(struct vcpu *v);

/** Run page of a thread in the kernel window, NULL if it has none. */
struct vcpu_run *vcpu_run_page(struct tcb *t);

/** Starts an exit record: reason and the processor's number, everything else 0. */
void vcpu_set_exit(struct vcpu *v, enum vcpu_exit reason, uint32_t hw_reason);

/**
 * Round the world switch, whose time is spent without the big lock: begin (locked), unlock,
 * the guest, end, lock, survived (locked).
 */
void vcpu_guest_begin(struct vcpu *v, uint16_t asid);
void vcpu_guest_end(void);
/** False if another CPU has taken the vCPU away meanwhile: its memory must not be touched. */
bool vcpu_guest_survived(void);
/** v is being separated or deleted: no CPU is in its guest or touches it afterwards. */
void vcpu_guest_abandon(const struct vcpu *v);

/** Windows that are open before the guest runs end the entry: true, v->exit is set. */
bool vcpu_take_open_window(struct vcpu *v);

/**
 * After an exit: the event whose delivery it interrupted, VALID clear if none. Replaces v->event.
 * Types 5 and 6 (software exceptions) may occur.
 */
void vcpu_collect_event(struct vcpu *v, uint64_t info);

/** hv_ops.set_ports where the bitmap has a bit per port. */
void vcpu_set_ports(struct vcpu *v, unsigned first, unsigned last, bool direct);

/**
 * Back into the guest with an exception, unless the delivery of something else comes first.
 * @param code error code; negative: it has none
 */
enum hv_result vcpu_reflect(struct vcpu *v, unsigned vector, int64_t code);
