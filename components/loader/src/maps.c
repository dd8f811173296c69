/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Address spaces, capabilities of the components, interrupts. */
#include "loader.h"

static void assign_asids(struct loader *l)
{
    uint32_t count;
    const struct capspec_object *o = view_section(l->spec, CAPSPEC_SEC_OBJECTS, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool root = o[i].type == CAPSPEC_PML4 || o[i].type == CAPSPEC_EPT_PML4;
        if (!root || o[i].flags & CAPSPEC_OBJ_NO_ASID)
            continue;
        for (uint32_t k = 0; k < o[i].count; k++)
            loader_check(
                sys_asid_assign(seL4_CapInitThreadASIDPool, space_object(l, o[i].first + k)),
                "assigning an ASID to", view_string(l->spec, o[i].name));
    }
}

/* The capability a mapping uses: the original, or a copy in the custody of the space. */
static cptr map_cap(struct loader *l, const struct capspec_map *m, uint32_t i)
{
    cptr original = space_object(l, m->object + i);
    if (m->slot == CAPSPEC_NONE)
        return original;
    cptr copy = space_custody(l, view_object(l->spec, m->space)->custody, m->slot + i);
    loader_check(sys_copy(memory_full(l, copy), memory_full(l, original), CAPSPEC_ALL_RIGHTS),
                 "copying", space_name(l, m->object));
    return copy;
}

static void map_run(struct loader *l, const struct capspec_map *m)
{
    const struct capspec_object *o = view_object(l->spec, m->object);
    cptr space = space_object(l, m->space);
    bool nested = view_object(l->spec, m->space)->type == CAPSPEC_EPT_PML4;
    /* log2 of the bytes one object of this type spans */
    unsigned span = o->size_bits;
    if (o->type == CAPSPEC_PDPT || o->type == CAPSPEC_EPT_PDPT)
        span = 39;
    else if (o->type == CAPSPEC_PD || o->type == CAPSPEC_EPT_PD)
        span = 30;
    else if (o->type == CAPSPEC_PT || o->type == CAPSPEC_EPT_PT)
        span = 21;
    for (uint32_t i = 0; i < m->count; i++) {
        uint64_t vaddr = m->vaddr + ((uint64_t)i << span);
        int error;
        if (span != o->size_bits)
            error = sys_map_table(o->type, space_object(l, m->object + i), space, vaddr);
        else if (nested)
            error = sys_map_ept(map_cap(l, m, i), space, vaddr, m->rights, m->attributes);
        else
            error = sys_map_frame(map_cap(l, m, i), space, vaddr, m->rights, m->attributes);
        loader_check(error, "mapping", view_string(l->spec, o->name));
    }
}

void maps_make(struct loader *l)
{
    uint32_t count;
    const struct capspec_map *m = view_section(l->spec, CAPSPEC_SEC_MAPS, &count);
    assign_asids(l);
    for (uint32_t i = 0; i < count; i++)
        map_run(l, &m[i]);
}

static int distribute(struct loader *l, const struct capspec_cap *c, uint32_t i)
{
    const struct capspec_object *cnode = view_object(l->spec, c->cnode);
    struct sys_slot to = {space_object(l, c->cnode), c->slot + i, cnode->size_bits};
    struct sys_slot from = memory_full(l, space_object(l, c->object + i));
    if (c->flags & CAPSPEC_CAP_MOVE)
        return sys_move(to, from);
    if (c->badge)
        return sys_mint(to, from, c->rights, c->badge);
    return sys_copy(to, from, c->rights);
}

void caps_distribute(struct loader *l)
{
    uint32_t count;
    const struct capspec_cap *c = view_section(l->spec, CAPSPEC_SEC_CAPS, &count);
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t i = 0; i < c[k].count; i++)
            loader_check(distribute(l, &c[k], i), "giving a capability to",
                         space_name(l, c[k].object));
}

void irqs_bind(struct loader *l)
{
    uint32_t count;
    const struct capspec_irq *q = view_section(l->spec, CAPSPEC_SEC_IRQS, &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = space_name(l, q[i].irq);
        cptr irq = space_object(l, q[i].irq);
        cptr badged = space_custody(l, view_object(l->spec, q[i].irq)->custody, q[i].slot);
        struct sys_slot from = memory_full(l, space_object(l, q[i].notification));
        loader_check(q[i].badge ? sys_mint(memory_full(l, badged), from, CAPSPEC_WRITE, q[i].badge)
                                : sys_copy(memory_full(l, badged), from, CAPSPEC_WRITE),
                     "badging the notification of", name);
        loader_check(sys_irq_bind(irq, badged), "binding", name);
        if (q[i].flags & CAPSPEC_IRQ_ACK)
            loader_check(sys_irq_ack(irq), "acknowledging", name);
    }
}
