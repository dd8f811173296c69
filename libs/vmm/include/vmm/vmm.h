/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The virtual machine: memory, bus, vCPUs, interrupt wiring, timers. Everything a kernel has to
 * provide comes through struct vmm_host, so the whole library runs in a unit test.
 *
 * One thread per vCPU runs
 *     vmm_vcpu_prepare(v); VMEnter; vmm_vcpu_exit(v) when it returned VCPU_EXIT;
 * and vCPU 0's thread carries out machine-wide requests (vmm_take_request).
 */
#include <sel4/vcpu.h>
#include <vmm/device.h>

/** What the library needs from the world. All calls but cpuid and log happen with the VM locked. */
struct vmm_host {
    unsigned version; /* VMM_DEVICE_VERSION of the caller */
    void *ctx;
    uint64_t tsc_hz; /* frequency of the host TSC */
    /** Host TSC now. */
    uint64_t (*tsc)(void *ctx);
    /** CPUID of the host: out = eax, ebx, ecx, edx. */
    void (*cpuid)(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
    /** Components of XCR0 the kernel saves and restores for guests; 0 = no XSAVE. */
    uint64_t xcr0_mask;
    /** Write text to the VMM's log. */
    void (*log)(void *ctx, const char *text, size_t n);
    /** Seconds since 1970 UTC. */
    int64_t (*utc)(void *ctx);
    /** Make another vCPU's thread leave the guest or its wait. NULL with one vCPU. */
    void (*kick)(void *ctx, unsigned vcpu);
    /** The lock of the VM. NULL with one vCPU. */
    void (*lock)(void *ctx);
    void (*unlock)(void *ctx);
    /** Let the threads of other vCPUs run for a moment; called without the lock. With it
     * vmm_reset() waits until every vCPU has reset itself; when it is NULL, the caller has parked
     * them. */
    void (*yield)(void *ctx);
    /** Move vcpu_run.state (VCPU_STATE_* groups) from or to the vCPU; reset it. 0 on success. */
    int (*vcpu_get)(void *ctx, unsigned vcpu, unsigned groups);
    int (*vcpu_set)(void *ctx, unsigned vcpu, unsigned groups);
    int (*vcpu_reset)(void *ctx, unsigned vcpu);
};

/** A range of guest-physical memory that the VMM sees at host. */
struct vmm_region {
    uint64_t gpa, size;
    uint8_t *host;
    bool writable; /* by the guest */
};
#define VMM_MAX_REGIONS 8

/** A claimed range of the bus. */
struct vmm_range {
    uint64_t base, size;
    struct vmm_device *dev;
    unsigned tag;
};
#define VMM_MAX_RANGES 256

/** What a vCPU is doing. */
enum vmm_vcpu_state {
    VMM_VCPU_RUNNING,
    VMM_VCPU_HALTED,    /* HLT: waits for an interrupt */
    VMM_VCPU_WAIT_SIPI, /* after INIT: waits for a start-up message */
    VMM_VCPU_STOPPED    /* the machine is stopped or off */
};

/** An exception waiting to be injected. */
struct vmm_exception {
    bool valid;
    bool has_code;
    uint8_t vector;
    uint32_t code;
};

/** Model-specific registers kept per vCPU by the library (the others live in devices or in the
 * kernel's vCPU). */
struct vmm_msrs {
    uint64_t misc_enable, tsc_adjust, mtrr_deftype;
    uint64_t mtrr_fixed[11], mtrr_base[8], mtrr_mask[8];
    uint64_t kvm_system_time, kvm_wall_clock;
    uint64_t hwcr, de_cfg, mcg_status, spec_ctrl;
};

#define VMM_NUM_EXITS 23

/** One virtual processor. */
struct vmm_vcpu {
    struct vmm *vm;
    unsigned id;
    struct vcpu_run *run;
    enum vmm_vcpu_state state;
    unsigned groups_valid, groups_dirty; /* of run->state */
    struct vmm_exception exception;
    bool nmi_pending, init_pending, sipi_pending;
    uint32_t generation; /* of the machine when this vCPU was last reset */
    bool halt_warned;
    uint8_t sipi_vector;
    uint64_t tsc_offset; /* guest TSC = host TSC + offset */
    uint64_t committed_deadline;
    struct vmm_timer *timers; /* sorted by deadline */
    struct vmm_msrs msrs;
    /* counters */
    uint64_t exits[VMM_NUM_EXITS];
    uint64_t injected, windows, emulated, unclaimed;
};

/** The machine. Embed it; all members are the library's. */
struct vmm {
    const char *name;
    struct vmm_host host;
    uint64_t tsc_zero;  /* host TSC when vmm_now() was 0 */
    uint64_t min_slice; /* least ticks in the guest between two deadlines */
    unsigned num_vcpus;
    uint32_t generation; /* resets asked of the vCPUs */
    int current;         /* vCPU whose thread holds the lock, -1 = another thread */
    struct vmm_vcpu vcpu[VMM_MAX_VCPUS];
    struct vmm_region region[VMM_MAX_REGIONS];
    unsigned num_regions;
    struct vmm_range range[VMM_NUM_SPACES][VMM_MAX_RANGES];
    unsigned num_ranges[VMM_NUM_SPACES];
    struct vmm_device *devices;
    const struct vmm_lapic_ops *lapic;
    const struct vmm_pic_ops *pic;
    const struct vmm_ioapic_ops *ioapic;
    void *lapic_ctx, *pic_ctx, *ioapic_ctx;
    uint32_t gsi_sources[24]; /* which lines hold each global interrupt up */
    unsigned gsi_used[24];    /* lines handed out */
    enum vmm_request request;
    const char *request_why;
    /* rate limit of the log */
    uint64_t log_window;
    unsigned log_count, log_dropped;
    uint64_t resets;
    void *hypercall_ctx;
    bool (*hypercall)(void *ctx, struct vmm_vcpu *vcpu, uint64_t token);
};

/** Start a VM: no memory, no devices, num_vcpus processors without run page. Returns 0, or -1 when
 * the caller's version or num_vcpus is not acceptable. */
int vmm_init(struct vmm *vm, const char *name, const struct vmm_host *host, unsigned num_vcpus);

/** Give a vCPU its run page. Returns 0, or -1 when the kernel's version differs. */
int vmm_set_run_page(struct vmm *vm, unsigned vcpu, struct vcpu_run *run);

/** Add guest RAM or ROM. Returns 0, or -1 when it overlaps or the table is full. */
int vmm_memory_add(struct vmm *vm, const struct vmm_region *region);

/** Bytes of writable memory: all of it, and the part that starts at guest-physical 0. */
uint64_t vmm_memory_size(const struct vmm *vm);
uint64_t vmm_memory_low(const struct vmm *vm);

/** Read or write the bus as the guest would; reads give all ones where nothing answers. Return
 * false when nothing claimed the address or the device refused. */
bool vmm_bus_read(struct vmm *vm, enum vmm_space space, struct vmm_access *access, uint64_t addr);
bool vmm_bus_write(struct vmm *vm, enum vmm_space space, struct vmm_access *access, uint64_t addr);

/** Before VMEnter: run due timers, choose an event or window, set deadline and HALT. */
void vmm_vcpu_prepare(struct vmm_vcpu *vcpu);
/** After VMEnter returned VCPU_EXIT: handle the record in the run page. */
void vmm_vcpu_exit(struct vmm_vcpu *vcpu);

/** Lock as the thread of this vCPU (work between exits on the control thread). */
void vmm_vcpu_lock(struct vmm_vcpu *vcpu);

/** Take the pending machine-wide request, VMM_REQUEST_NONE when there is none. *why gets its text.
 */
enum vmm_request vmm_take_request(struct vmm *vm, const char **why);

/** Put every device and vCPU into power-on state: quiesce all, reset all, vCPU Reset, other vCPUs
 * wait for start-up. The caller reloads the images and sets the boot state afterwards. */
void vmm_reset(struct vmm *vm);

/** Stop for good: quiesce devices, all vCPUs stopped. */
void vmm_stop(struct vmm *vm);

/** Call poll of every device that has it (input arrived). */
void vmm_poll_devices(struct vmm *vm);

/** Print registers and the last exit of a vCPU; print every device; print all counters. */
void vmm_dump_vcpu(struct vmm_vcpu *vcpu, const struct vmm_text *out);
void vmm_dump_devices(struct vmm *vm, const struct vmm_text *out);
void vmm_print_stats(struct vmm *vm, const struct vmm_text *out);
/** Print the exits of each vCPU by reason, one line per vCPU. */
void vmm_print_exits(struct vmm *vm, const struct vmm_text *out);
/** The sink that vmm_log() writes to, without rate limit. */
struct vmm_text vmm_log_text(struct vmm *vm);

/** Name and text of an exit reason, for reports. */
const char *vmm_exit_name(unsigned reason);
