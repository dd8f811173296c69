/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Interrupts as portable drivers name and take them. */
#include <stdint.h>

/** How an interrupt is named. */
typedef enum {
    PS_NONE = -1,
    PS_INTERRUPT, /**< by number: on a PC the legacy ISA line */
    PS_TRIGGER,
    PS_IOAPIC,
    PS_MSI,
    PS_PER_CPU,
} irq_type_t;

/** An interrupt. */
typedef struct {
    irq_type_t type;
    union {
        struct {
            long number;
        } irq;
        struct {
            long number;
            int trigger;
        } trigger;
        struct {
            long ioapic;
            long pin;
            long level;
            long polarity;
            long vector;
        } ioapic;
        struct {
            long pci_bus;
            long pci_dev;
            long pci_func;
            long handle;
            long vector;
        } msi;
        struct {
            long number;
            int trigger;
            int cpu_idx;
        } cpu;
    };
} ps_irq_t;

/** Handle of a registration; negative: an error. */
typedef int irq_id_t;
enum { PS_INVALID_IRQ_ID = -1 };

/** Re-enables the line; 0 on success. */
typedef int (*ps_irq_acknowledge_fn_t)(void *ack_data);
/** Handles an interrupt; must call `acknowledge_fn(ack_data)` when the device is quiet. */
typedef void (*irq_callback_fn_t)(void *data, ps_irq_acknowledge_fn_t acknowledge_fn,
                                  void *ack_data);

/** Registration of handlers. */
typedef struct {
    irq_id_t (*irq_register_fn)(void *cookie, ps_irq_t irq, irq_callback_fn_t callback,
                                void *callback_data);
    int (*irq_unregister_fn)(void *cookie, irq_id_t irq_id);
    void *cookie;
} ps_irq_ops_t;

/** See ps_irq_ops_t. */
static inline irq_id_t ps_irq_register(const ps_irq_ops_t *ops, ps_irq_t irq,
                                       irq_callback_fn_t callback, void *callback_data)
{
    return ops->irq_register_fn(ops->cookie, irq, callback, callback_data);
}

/** See ps_irq_ops_t. */
static inline int ps_irq_unregister(const ps_irq_ops_t *ops, irq_id_t irq_id)
{
    return ops->irq_unregister_fn(ops->cookie, irq_id);
}
