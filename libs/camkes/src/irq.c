/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Interrupts: the loop of each interface thread, and handlers registered by portable drivers. */
#include <camkes/io.h>
#include <stdio.h>
#include <stdlib.h>
#include "runtime.h"

/* A registered handler; slot i belongs to camkes_instance.irqs[i]. */
struct irq_handler {
    irq_callback_fn_t callback;
    void *data;
};
static struct irq_handler *handlers;

int camkes_irq_acknowledge(size_t index)
{
    return seL4_IRQHandler_Ack(camkes_instance.irqs[index].handler) == seL4_NoError ? 0 : -1;
}

static int irq_acknowledge(void *ack_data)
{
    return camkes_irq_acknowledge((size_t)ack_data);
}

static void irq_dispatch(size_t index)
{
    const struct camkes_irq *irq = &camkes_instance.irqs[index];
    struct irq_handler *table = __atomic_load_n(&handlers, __ATOMIC_ACQUIRE);
    irq_callback_fn_t callback = NULL;
    if (table != NULL)
        callback = __atomic_load_n(&table[index].callback, __ATOMIC_ACQUIRE);
    if (irq->handle != NULL)
        irq->handle();
    else if (callback != NULL)
        callback(table[index].data, irq_acknowledge, (void *)index);
    else
        fprintf(stderr, "%s: interrupt of %s has no handler and is dropped\n", camkes_instance.name,
                irq->interface);
}

void camkes_irq_run(size_t index)
{
    for (;;) {
        seL4_Wait(camkes_instance.irqs[index].notification, NULL);
        irq_dispatch(index);
    }
}

static long irq_wanted_number(const ps_irq_t *irq)
{
    switch (irq->type) {
    case PS_INTERRUPT:
        return irq->irq.number;
    case PS_TRIGGER:
        return irq->trigger.number;
    case PS_IOAPIC:
        return irq->ioapic.pin;
    case PS_MSI:
        return irq->msi.vector;
    default:
        return -1;
    }
}

static irq_id_t irq_register(void *cookie, ps_irq_t irq, irq_callback_fn_t callback, void *data)
{
    if (callback == NULL)
        return PS_INVALID_IRQ_ID;
    if (handlers == NULL) { /* drivers start on one thread */
        struct irq_handler *table = calloc(camkes_instance.irq_count, sizeof(*table));
        if (table == NULL)
            return PS_INVALID_IRQ_ID;
        __atomic_store_n(&handlers, table, __ATOMIC_RELEASE);
    }
    long number = irq_wanted_number(&irq);
    for (size_t i = 0; i < camkes_instance.irq_count; i++) {
        if ((long)camkes_instance.irqs[i].number != number || handlers[i].callback != NULL)
            continue;
        if (camkes_instance.irqs[i].handle != NULL)
            return PS_INVALID_IRQ_ID; /* the component handles it itself */
        handlers[i].data = data;
        __atomic_store_n(&handlers[i].callback, callback, __ATOMIC_RELEASE);
        return (irq_id_t)i;
    }
    return PS_INVALID_IRQ_ID;
}

static int irq_unregister(void *cookie, irq_id_t id)
{
    if (handlers == NULL || id < 0 || (size_t)id >= camkes_instance.irq_count)
        return -1;
    __atomic_store_n(&handlers[id].callback, NULL, __ATOMIC_RELEASE);
    return 0;
}

int camkes_irq_ops(ps_irq_ops_t *irq_ops)
{
    *irq_ops = (ps_irq_ops_t){.irq_register_fn = irq_register, .irq_unregister_fn = irq_unregister};
    return 0;
}
