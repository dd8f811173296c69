/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What a device model sees of the virtual machine, and what the machine sees of it.
 *
 * A chip is one C file with one struct (its state) whose first member is a struct
 * vmm_device, and one static const struct vmm_device_ops. It claims ranges on the bus,
 * drives interrupt lines, arms timers, and talks to the outside through narrow back-end
 * ops given to it at creation. It never sees the kernel, a capability or a vCPU register,
 * so the same file runs in the VMM, in a unit test and in a fuzzer.
 *
 * Locking: one lock per VM. Every op, timer and interrupt callback is called with it held;
 * code that comes from outside (a console thread, a network back end) takes it first with
 * vmm_lock(). Nothing here blocks.
 *
 * Bad input: everything a guest can write is legal input. A model answers with what the
 * chip does, or ignores it (reads: all ones); it never stops, asserts or calls exit().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Version of the structures in this header; vmm_init() compares it with the library's own. */
#define VMM_DEVICE_VERSION 1

/** Most vCPUs of one VM; local APIC ids are 0..VMM_MAX_VCPUS-1 and equal the vCPU number. */
#define VMM_MAX_VCPUS 16

struct vmm; /* the machine: vmm/vmm.h */
struct vmm_device;
struct aml; /* AML builder: vmm/aml.h */

/* ---- text output (dumps, statistics, reports) ------------------------------------------ */

/** Where dump and statistics text goes. put receives n bytes, not NUL-terminated. */
struct vmm_text {
    void (*put)(void *ctx, const char *text, size_t n);
    void *ctx;
};

/** printf to a text sink; one call produces at most 256 bytes, longer text is cut. */
void vmm_text_printf(const struct vmm_text *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** printf to the VMM's own log (not the guest console). Rate-limited per VM, because a guest
 * can provoke messages: beyond 20 messages per second they are counted, not printed. */
void vmm_log(struct vmm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- bus -------------------------------------------------------------------------------- */

/** Address spaces of the bus. */
enum vmm_space {
    VMM_SPACE_IO,   /* ports 0..0xffff; sizes 1, 2, 4 */
    VMM_SPACE_MMIO, /* guest-physical addresses; sizes 1, 2, 4, 8 */
    VMM_SPACE_MSR,  /* model-specific registers; one register per number, size 8 */
    VMM_NUM_SPACES
};

/** One access by the guest. Accesses that straddle the end of a range are split into bytes by
 * the bus, so offset + size never exceeds the range. Naturally aligned or not is up to the guest.
 */
struct vmm_access {
    unsigned vcpu;   /* who does it */
    unsigned range;  /* the tag the device gave when it claimed the range */
    uint64_t offset; /* from the start of the range; for MSRs: index - base */
    unsigned size;   /* bytes: 1, 2, 4 or 8 */
    uint64_t value;  /* write: zero-extended value; read: the device stores the result here
                        (bits beyond size are ignored) */
};

/** What a device model implements. Every op but name may be NULL. */
struct vmm_device_ops {
    const char *name; /* of the model: "i8259", "lapic" */

    /** Guest read or write in a claimed range. false = refused: an MSR access raises #GP(0), a
     * port or MMIO read gives all ones, a write is dropped. */
    bool (*read)(struct vmm_device *dev, struct vmm_access *access);
    bool (*write)(struct vmm_device *dev, const struct vmm_access *access);

    /** Power-on state: registers, lines low, timers stopped. Called once by vmm_device_add() and
     * again at every machine reset. Configuration given at creation stays. */
    void (*reset)(struct vmm_device *dev);
    /** Stop touching guest memory and back ends until the next reset. */
    void (*quiesce)(struct vmm_device *dev);
    /** Print the state for a person: a few lines. */
    void (*dump)(struct vmm_device *dev, const struct vmm_text *out);
    /** Print counters, one "name value" per line. */
    void (*stats)(struct vmm_device *dev, const struct vmm_text *out);
    /** Append this device's objects to the body of \_SB in the DSDT (vmm/aml.h). */
    void (*acpi)(struct vmm_device *dev, struct aml *aml);
    /** The owner of a back end says there is something to do: input arrived, space is free. */
    void (*poll)(struct vmm_device *dev);
};

/** Common part of every device; first member of the chip's struct. Set ops and id, zero the rest.
 */
struct vmm_device {
    const struct vmm_device_ops *ops;
    const char *id;          /* of this instance, in dumps: "com1"; ops->name when NULL */
    struct vmm *vm;          /* set by vmm_device_add() */
    struct vmm_device *next; /* bus list */
    uint64_t reads, writes;  /* counted by the bus */
};

/** From the embedded struct vmm_device to the chip: VMM_CHIP(struct i8259, dev). The member must be
 * called dev. */
#define VMM_CHIP(type, device) ((type *)(void *)((char *)(device)-offsetof(type, dev)))

/** Put a device on the bus and reset it. The caller owns the memory, which must live as long as
 * the VM. */
void vmm_device_add(struct vmm *vm, struct vmm_device *dev);

/** Claim [base, base+size) of a space for a device. tag comes back in vmm_access.range.
 * Returns 0, or -1 when the range overlaps another claim, wraps, or the table is full. */
int vmm_bus_claim(struct vmm_device *dev, enum vmm_space space, uint64_t base, uint64_t size,
                  unsigned tag);

/** Give back every range of this device in this space with this tag (a BAR that moves, a local
 * APIC that is relocated). */
void vmm_bus_release(struct vmm_device *dev, enum vmm_space space, unsigned tag);

/* ---- interrupts ------------------------------------------------------------------------- */

/** A wire into an interrupt controller. Level semantics always: set(true) raises, set(false)
 * lowers; an edge is a raise followed by a lower. A zeroed line is unconnected. */
struct vmm_irq_line {
    void (*set)(void *ctx, unsigned pin, bool level);
    void *ctx;
    unsigned pin;
};

/** Drive a line; no effect when it is unconnected. */
static inline void vmm_irq_set(const struct vmm_irq_line *line, bool level)
{
    if (line->set) {
        line->set(line->ctx, line->pin, level);
    }
}

/** Raise, then lower. */
static inline void vmm_irq_pulse(const struct vmm_irq_line *line)
{
    vmm_irq_set(line, true);
    vmm_irq_set(line, false);
}

/** The line of ISA interrupt 0..15 (8259 input and the I/O APIC pin the MADT gives it), or of a
 * global system interrupt 16..23 (I/O APIC only). Several devices may drive the same one: the
 * machine ORs them when each uses its own line obtained here. */
struct vmm_irq_line vmm_irq_line(struct vmm *vm, unsigned gsi);

/** Message-signalled interrupt: address and data as the device would write them on the bus
 * (Intel SDM vol. 3, "Message Signalled Interrupts"). Used by PCI devices and by the I/O APIC. */
void vmm_msi_send(struct vmm *vm, uint64_t address, uint32_t data);

/** Sends to local APICs decoded from an MSI, an I/O APIC entry or the ICR. */
struct vmm_apic_message {
    uint8_t vector;
    uint8_t delivery;  /* 0 fixed, 1 lowest, 2 SMI, 4 NMI, 5 INIT, 6 start-up, 7 ExtINT */
    bool logical;      /* destination mode */
    bool level;        /* trigger mode: level */
    bool assert_level; /* false: INIT level de-assert */
    uint32_t destination;
    uint8_t shorthand; /* 0 none, 1 self, 2 all, 3 all but self (ICR only) */
    unsigned source;   /* sending vCPU (ICR only) */
};

/** What the local APICs (one model for all vCPUs) offer to the rest of the machine. Installed with
 * vmm_set_lapic(). */
struct vmm_lapic_ops {
    /** Deliver a message to the addressed APICs. */
    void (*deliver)(void *ctx, const struct vmm_apic_message *message);
    /** Highest vector this vCPU would take now (after TPR/PPR), or -1. No side effect. */
    int (*pending)(void *ctx, unsigned vcpu);
    /** The vector of pending() is being injected: IRR to ISR. Returns it, or -1. */
    int (*acknowledge)(void *ctx, unsigned vcpu);
    /** Whether this vCPU accepts interrupts of the 8259 pair now (LINT0 as ExtINT, unmasked; or the
     * APIC globally disabled). */
    bool (*accepts_extint)(void *ctx, unsigned vcpu);
    /** CR8 <-> TPR bits 7:4. */
    uint8_t (*get_cr8)(void *ctx, unsigned vcpu);
    void (*set_cr8)(void *ctx, unsigned vcpu, uint8_t cr8);
    /** IA32_APIC_BASE of this vCPU as the guest reads it (CPUID and dumps depend on it). */
    uint64_t (*apic_base)(void *ctx, unsigned vcpu);
    /** INIT was delivered to this vCPU: reset its local APIC but for the id and APIC_BASE. */
    void (*init)(void *ctx, unsigned vcpu);
};

/** What the 8259 pair offers. Installed with vmm_set_pic(). */
struct vmm_pic_ops {
    /** INTR output of the master. */
    bool (*pending)(void *ctx);
    /** Interrupt-acknowledge cycle: returns the vector (spurious ones included). */
    int (*acknowledge)(void *ctx);
    /** Input pin 0..15. */
    void (*set_pin)(void *ctx, unsigned pin, bool level);
};

/** What the I/O APIC offers. Installed with vmm_set_ioapic(). */
struct vmm_ioapic_ops {
    /** Input pin 0..23. */
    void (*set_pin)(void *ctx, unsigned pin, bool level);
    /** A local APIC broadcast EOI of a level-triggered vector. */
    void (*eoi)(void *ctx, uint8_t vector);
};

/** Install the interrupt controllers of a machine; NULL ops = the machine has none. */
void vmm_set_lapic(struct vmm *vm, const struct vmm_lapic_ops *ops, void *ctx);
void vmm_set_pic(struct vmm *vm, const struct vmm_pic_ops *ops, void *ctx);
void vmm_set_ioapic(struct vmm *vm, const struct vmm_ioapic_ops *ops, void *ctx);

/** Deliver an APIC message (I/O APIC entry, ICR) to the local APICs; dropped when there are none.
 */
void vmm_apic_send(struct vmm *vm, const struct vmm_apic_message *message);
/** Tell the I/O APIC about an EOI of a level-triggered vector. */
void vmm_ioapic_eoi(struct vmm *vm, uint8_t vector);

/** Something that pending() depends on changed for this vCPU: look again before the next entry,
 * and wake it if it is halted or running elsewhere. Controllers call it whenever their output
 * may have risen. */
void vmm_interrupt_changed(struct vmm *vm, unsigned vcpu);

/** Requests to a vCPU that are no vectors. */
enum vmm_cpu_signal { VMM_CPU_NMI, VMM_CPU_INIT, VMM_CPU_STARTUP };
/** Signal a vCPU; vector is the start-up page number for VMM_CPU_STARTUP, else ignored. */
void vmm_cpu_signal(struct vmm *vm, unsigned vcpu, enum vmm_cpu_signal kind, uint8_t vector);
/** Number of vCPUs of this machine. */
unsigned vmm_num_vcpus(const struct vmm *vm);

/* ---- time ------------------------------------------------------------------------------- */

/** Nanoseconds since the VM was created. Monotonic, independent of guest and wall clock. */
uint64_t vmm_now(const struct vmm *vm);

/** Guest TSC of a vCPU now, and the vmm_now() time when that TSC will reach a value (rounded up;
 * a value in the past gives a time in the past). For IA32_TSC_DEADLINE. */
uint64_t vmm_guest_tsc(const struct vmm *vm, unsigned vcpu);
uint64_t vmm_guest_tsc_to_time(const struct vmm *vm, unsigned vcpu, uint64_t guest_tsc);

/** Frequency of the (guest and host) TSC, Hz, and of the local APIC timer before its divider. */
uint64_t vmm_tsc_hz(const struct vmm *vm);
#define VMM_APIC_TIMER_HZ 1000000000ull

/** Nanoseconds to ticks of a clock (rounded down), and ticks to nanoseconds (rounded up), without
 * overflow for any value that fits in 64 bits after conversion. */
static inline uint64_t vmm_ns_to_ticks(uint64_t ns, uint64_t hz)
{
    return (uint64_t)((unsigned __int128)ns * hz / 1000000000u);
}
static inline uint64_t vmm_ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    return (uint64_t)(((unsigned __int128)ticks * 1000000000u + hz - 1) / hz);
}

/** A one-shot timer. Zero it, set fire (and use VMM_TIMER_OF to get back to the chip), arm it. The
 * machine keeps the earliest deadline of all and makes the vCPU exit for it. */
struct vmm_timer {
    void (*fire)(struct vmm_timer *timer); /* called once, not before the deadline; may re-arm */
    uint64_t deadline;                     /* vmm_now() units */
    uint64_t tsc;                          /* the same as host TSC; the machine's */
    bool armed;
    unsigned vcpu; /* whose exit it causes; 0 unless a local APIC's */
    struct vmm_timer *next;
    struct vmm *vm;
};

/** From a timer to the struct that embeds it. */
#define VMM_TIMER_OF(type, member, timer) ((type *)(void *)((char *)(timer)-offsetof(type, member)))

/** Arm (or move) a timer to an absolute vmm_now() time. A time in the past fires at the next exit,
 * not inside this call. */
void vmm_timer_arm(struct vmm *vm, struct vmm_timer *timer, uint64_t deadline);
/** Stop a timer; harmless when it is not armed. */
void vmm_timer_cancel(struct vmm *vm, struct vmm_timer *timer);

/* ---- guest memory ----------------------------------------------------------------------- */

/** Copy from or to guest-physical memory. All or nothing: false when any byte lies outside RAM (or
 * in read-only memory, for a write), and nothing was copied. Copies each byte once, so a value
 * that was checked after the copy cannot change under the checker. */
bool vmm_memory_read(struct vmm *vm, uint64_t gpa, void *buffer, size_t n);
bool vmm_memory_write(struct vmm *vm, uint64_t gpa, const void *buffer, size_t n);

/** Pointer to n bytes of guest RAM for bulk data (packet payload, disk blocks), or NULL when they
 * are not all in one RAM region. Contents may change at any time: never decide on them. */
void *vmm_memory_span(struct vmm *vm, uint64_t gpa, size_t n);

/* ---- machine-wide requests ------------------------------------------------------------------ */

/** What a device can ask of the machine. Carried out after the current exit, by the run loop. */
enum vmm_request {
    VMM_REQUEST_NONE,
    VMM_REQUEST_RESET,     /* keyboard controller, port 0xcf9, ACPI reset register, triple fault */
    VMM_REQUEST_POWER_OFF, /* ACPI S5 */
    VMM_REQUEST_PANICKED,  /* pvpanic bit 0: the guest reports a panic (it keeps running) */
    VMM_REQUEST_CRASH_LOADED /* pvpanic bit 1: a crash kernel takes over */
};
/** Ask. Reset and power-off replace weaker requests. why appears in the log. */
void vmm_request(struct vmm *vm, enum vmm_request request, const char *why);

/** Take and release the VM's lock, for callers outside an exit. */
void vmm_lock(struct vmm *vm);
void vmm_unlock(struct vmm *vm);

/* ---- back ends ------------------------------------------------------------------------------ */

/** Byte stream behind a serial port. Neither call blocks. */
struct vmm_console_ops {
    /** Send; returns how many bytes were taken (0: full; poll() follows when there is room). */
    size_t (*write)(void *ctx, const uint8_t *data, size_t n);
    /** Receive at most n bytes; returns how many (0: none; poll() follows when some arrive). */
    size_t (*read)(void *ctx, uint8_t *data, size_t n);
};

/** Wall clock behind the CMOS clock. */
struct vmm_clock_ops {
    /** Seconds since 1970-01-01 00:00 UTC. */
    int64_t (*utc)(void *ctx);
};
