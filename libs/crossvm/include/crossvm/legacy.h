/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Connections for guest images that know the older transport: calls of the guest kernel (VMCALL or
 * VMMCALL) instead of a PCI device. EAX chooses the service, EBX the command; the result, 0 or -1,
 * is in EAX.
 *
 *   EAX  EBX
 *   1    1    dataport ECX in place of the guest's memory at EDX, ESI bytes
 *   2    1    events to the guest: their page is at ECX (struct crossvm_legacy_page)
 *   2    2    the event in the page is taken
 *   3    1    emit event ECX
 *
 * Each event to the guest puts its number into the page and interrupts on line 12; the next follows
 * when the guest has taken it. Dataports and events count from 1.
 *
 * The guest chooses pages of its RAM, so the monitor maps all RAM itself, in pages of 4 KiB.
 */
#include <crossvm/nested.h>
#include <vmm/device.h>

struct vmm_vcpu;

/** Values of EAX and EBX. */
enum crossvm_legacy_service {
    CROSSVM_LEGACY_DATAPORT = 1, /**< command 1: share */
    CROSSVM_LEGACY_CONSUMES = 2, /**< command 1: page; command 2: taken */
    CROSSVM_LEGACY_EMITS = 3     /**< command 1: emit */
};
#define CROSSVM_LEGACY_COMMAND 1u
#define CROSSVM_LEGACY_TAKEN   2u

/** ISA interrupt of events to the guest. */
#define CROSSVM_LEGACY_IRQ 12u
/** Numbers of dataports and events are 1 to this. */
#define CROSSVM_LEGACY_IDS 256u

/** The page of CROSSVM_LEGACY_CONSUMES; the guest writes magic before it announces the page. */
struct crossvm_legacy_page {
    uint32_t id;
    uint32_t magic;
};
#define CROSSVM_LEGACY_MAGIC 42u

/** A dataport, and where the guest has it. */
struct crossvm_legacy_dataport {
    struct crossvm_frames frames; /* count 0: no such dataport */
    uint64_t gpa;
    bool shared;
};

/** The service. Zero it and set the first members; dev is for vmm_device_add(). */
struct crossvm_legacy {
    struct vmm_device dev;         /* first member */
    struct crossvm_nested *nested; /**< its ops map pages */
    struct crossvm_frames ram;     /**< all RAM from 0 on, in frames of 4 KiB */
    /* the library's */
    struct vmm_irq_line irq;
    struct crossvm_legacy_dataport dataport[CROSSVM_LEGACY_IDS + 1];
    void (*emit[CROSSVM_LEGACY_IDS + 1])(void);
    uint32_t pending[CROSSVM_LEGACY_IDS + 1]; /* atomic */
    uint64_t page;                            /* 0: none */
    unsigned current;                         /* event in the page, not taken yet; 0: none */
    unsigned last;                            /* event that was in the page last */
};

/** Map the RAM and put the service on the machine. NULL, or what is wrong. */
const char *crossvm_legacy_create(struct crossvm_legacy *legacy, struct vmm *vm);

/** Add a dataport of 4 KiB frames under its number. NULL, or what is wrong. */
const char *crossvm_legacy_add_dataport(struct crossvm_legacy *legacy, uint64_t id,
                                        const struct crossvm_frames *frames);
/** Add what event `id` of the guest calls. NULL, or what is wrong. */
const char *crossvm_legacy_add_emit(struct crossvm_legacy *legacy, uint64_t id, void (*emit)(void));

/** Event `id` for the guest arrived. Any thread, without the lock; the guest gets it at the next
 * poll of the devices. Other numbers are ignored. */
void crossvm_legacy_signal(struct crossvm_legacy *legacy, uint64_t id);

/** A call of the guest kernel, with the machine's lock held; ctx is the service. false: not one of
 * these. */
bool crossvm_legacy_call(void *ctx, struct vmm_vcpu *vcpu, uint64_t service);
