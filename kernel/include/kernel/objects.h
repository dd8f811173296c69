/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Object types. Each type is one file of object/ (or vcpu/) with the same four entry
 * points, collected in a struct object_ops that object/dispatch.c finds by capability type.
 */
#include <kernel/invoke.h>

/** What Retype makes: one object. Its memory is already clear unless it is device memory. */
struct new_object {
    enum kernel_object_type type;
    paddr_t paddr;
    unsigned size_bits; /* of the object's memory in bytes; radix + 5 for CNodes */
    bool is_device;
};

struct object_ops {
    /** Initialises the object and returns its first capability. NULL: cannot be retyped. */
    cap_t (*create)(const struct new_object *o);
    /**
     * Turns *cap, a copy of slot's capability (rights and badge already changed), into what
     * may be stored in another slot; a null capability means "no copies". NULL: copies freely.
     */
    enum invoke_status (*derive)(const cte_t *slot, cap_t *cap);
    /**
     * The capability is about to leave its slot. final: the last one to its object, which is
     * destroyed. Returns what remains: null, or a zombie to be emptied. NULL: nothing to do.
     */
    cap_t (*finalise)(cap_t cap, bool final);
    /** Decodes and performs an invocation. NULL: every label is IllegalOperation. */
    enum invoke_status (*invoke)(struct invocation *inv);
};

/** The operations of a capability type; never NULL (unknown types get the null object's). */
const struct object_ops *object_ops(enum cap_type type);

/* One per file. */
extern const struct object_ops untyped_ops;
extern const struct object_ops endpoint_ops;
extern const struct object_ops notification_ops;
extern const struct object_ops reply_ops;
extern const struct object_ops cnode_ops;
extern const struct object_ops tcb_ops;
extern const struct object_ops irq_control_ops;
extern const struct object_ops irq_handler_ops;
extern const struct object_ops domain_ops;
extern const struct object_ops io_port_control_ops;
extern const struct object_ops io_port_ops;
extern const struct object_ops frame_ops;        /* object/frame.c: 4 KiB, 2 MiB, 1 GiB */
extern const struct object_ops vspace_table_ops; /* object/vspace.c: PT, PD, PDPT, PML4 */
extern const struct object_ops ept_table_ops;    /* object/ept.c: EPT PT, PD, PDPT, PML4 */
extern const struct object_ops asid_control_ops; /* object/asid.c */
extern const struct object_ops asid_pool_ops;    /* object/asid.c */
extern const struct object_ops vcpu_ops;         /* vcpu/vcpu.c */

/* Hooks of other files into address spaces and vCPUs. */

/**
 * The root that a capability names, for running a thread on it: the physical address of the
 * PML4 if cap is a PML4 capability whose ASID still leads to it, 0 otherwise.
 */
paddr_t vspace_root(cap_t cap);
/** The same for an EPT PML4. */
paddr_t ept_root(cap_t cap);

/** The thread is being destroyed or its vCPU replaced: undo vcpu and tcb->vcpu. Idempotent. */
void vcpu_dissociate(struct tcb *t);
/**
 * A frame is about to become t's run page (TCB_SetRunPage). Checks cap (a read-write, normal
 * memory 4 KiB frame) and returns INVOKE_DONE or an error; does not change anything.
 */
enum invoke_status vcpu_check_run_page(cap_t cap);
/** The copy of the frame has been stored in t->slots[TCB_RUN_PAGE]: write version and size. */
void vcpu_bind_run_page(struct tcb *t);
/**
 * System call VMEnter of the current thread t, whose vcpu is not NULL (otherwise the caller
 * has already raised UnknownSyscall). Reads the run page and leaves t in THREAD_RUNNING with
 * its result registers set, in THREAD_RUNNING_VM, or in THREAD_HALTED_VM.
 * @return false if there is no run page: the caller raises UnknownSyscall, nothing changed
 */
bool vcpu_enter(struct tcb *t);
/**
 * Called by the exit path when kernel_schedule() returned t in THREAD_RUNNING_VM. First takes
 * an active bound notification (t->bound_notification: state IDLE, word into RDI, RSI =
 * VCPU_NOTIFY), then a passed deadline, then runs the guest until it exits. Leaves t in
 * THREAD_RUNNING with its result in the run page and RDI/RSI, in THREAD_HALTED_VM, or still in
 * THREAD_RUNNING_VM because a host interrupt waits: the caller takes the interrupt
 * and goes on with kernel_schedule() in every case. Use sched_set_state() for changes.
 *
 * A signal to the bound notification of a thread in the guest only makes the notification
 * active and kicks the CPU; of a halted one it makes it active and the thread RUNNING_VM. So this
 * is the only place where a vCPU meets its notification.
 */
void vcpu_run(struct tcb *t);
/**
 * t leaves THREAD_RUNNING_VM or THREAD_HALTED_VM for a reason other than its vCPU (suspend,
 * restart, destruction, register writes): drop deadlines; the run page may stay as it is.
 */
void vcpu_cancel(struct tcb *t);
/** The creators and their retype types: NULL for numbers that cannot be retyped here. */
const struct object_ops *object_type_ops(word_t type);
/** log2 of the memory of one object of a type; size_bits is the caller's argument. */
unsigned object_size_bits(enum kernel_object_type type, word_t size_bits);
