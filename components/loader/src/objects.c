/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Makes the specified objects. */
#include "loader.h"

/* A run with a physical address. */
struct fixed {
    const struct capspec_object *object;
    uint64_t paddr;
};

static uint64_t fixed_address(struct loader *l, const struct capspec_object *o)
{
    const char *name = view_string(l->spec, o->name);
    uint64_t paddr = o->source, bytes = (uint64_t)o->count << o->size_bits;
    if (o->flags & CAPSPEC_OBJ_AT_HARDWARE) {
        const struct found_hardware *f = &l->hardware[o->hardware];
        uint64_t size = (f->size + 4095) & ~4095ull;
        if (o->source > size || bytes > size - o->source)
            loader_fail("'%s' needs 0x%lx bytes at offset 0x%lx, the device has 0x%lx", name,
                        (unsigned long)bytes, (unsigned long)o->source, (unsigned long)f->size);
        paddr += f->base;
    }
    if (paddr & ((1ull << o->size_bits) - 1))
        loader_fail("'%s' is at 0x%lx, which is not aligned to frames of 2^%u bytes", name,
                    (unsigned long)paddr, o->size_bits);
    return paddr;
}

/* By address: an untyped is used upwards only. */
static void sort_fixed(struct fixed *list, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        struct fixed f = list[i];
        unsigned at = i;
        for (; at && list[at - 1].paddr > f.paddr; at--)
            list[at] = list[at - 1];
        list[at] = f;
    }
}

static void create_fixed(struct loader *l, const struct capspec_object *o, uint32_t count)
{
    static struct fixed list[LOADER_MAX_FIXED];
    unsigned used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (o[i].type >= CAPSPEC_NUM_RETYPE ||
            !(o[i].flags & (CAPSPEC_OBJ_AT_PADDR | CAPSPEC_OBJ_AT_HARDWARE)))
            continue;
        if (used == LOADER_MAX_FIXED)
            loader_fail("more than %u device regions", LOADER_MAX_FIXED);
        list[used++] = (struct fixed){&o[i], fixed_address(l, &o[i])};
    }
    sort_fixed(list, used);
    for (unsigned i = 0; i < used; i++)
        if (!memory_create_at(l, list[i].object, list[i].paddr))
            loader_fail("'%s': 0x%lx is not available as device memory, or is used twice",
                        view_string(l->spec, list[i].object->name), (unsigned long)list[i].paddr);
}

static void create_iospace(struct loader *l, const struct capspec_object *o, struct sys_slot to)
{
    uint32_t count;
    const struct capspec_hardware *hw = view_section(l->spec, CAPSPEC_SEC_HARDWARE, &count);
    /* data word: domain in the upper, PCI function in the lower 16 bits */
    uint64_t data = (uint64_t)hw[o->hardware].arg[1] << 16 | l->hardware[o->hardware].bdf;
    loader_check(sys_mint(to, memory_initial(l, seL4_CapIOSpace), CAPSPEC_ALL_RIGHTS, data),
                 "making (needs an IOMMU)", view_string(l->spec, o->name));
}

static void create_asid_pools(struct loader *l, const struct capspec_object *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        cptr untyped = memory_own(l, CAPSPEC_UNTYPED, 12, 12);
        cptr slot = space_custody(l, o->custody, o->slot + i);
        loader_check(sys_asid_pool(seL4_CapASIDControl, untyped, memory_full(l, slot)), "making",
                     view_string(l->spec, o->name));
    }
}

/* Objects that are not made of memory. */
static void create_special(struct loader *l, const struct capspec_object *o)
{
    const char *name = view_string(l->spec, o->name);
    const struct found_hardware *f = &l->hardware[o->hardware];
    struct sys_slot to = memory_full(l, space_custody(l, o->custody, o->slot));
    uint32_t count;
    const struct capspec_hardware *hw = view_section(l->spec, CAPSPEC_SEC_HARDWARE, &count);
    switch (o->type) {
    case CAPSPEC_IRQ:
        if (hw[o->hardware].kind == CAPSPEC_HW_IRQ_MSI)
            loader_check(sys_irq_msi(to, f->bdf, hw[o->hardware].arg[2], f->pin[4]), "making",
                         name);
        else
            loader_check(sys_irq_ioapic(to, f->pin), "making", name);
        break;
    case CAPSPEC_PORTS:
        loader_check(sys_ports(to, (unsigned)f->base, (unsigned)(f->base + f->size - 1)), "making",
                     name);
        break;
    case CAPSPEC_IOSPACE:
        create_iospace(l, o, to);
        break;
    default:
        loader_fail("'%s': unknown object type %u", name, o->type);
    }
}

void objects_create(struct loader *l)
{
    uint32_t count;
    const struct capspec_object *o = view_section(l->spec, CAPSPEC_SEC_OBJECTS, &count);
    create_fixed(l, o, count);
    for (uint32_t i = 0; i < count; i++) {
        if (o[i].type == CAPSPEC_ASID_POOL)
            create_asid_pools(l, &o[i]);
        else if (o[i].type >= CAPSPEC_NUM_RETYPE)
            create_special(l, &o[i]);
        else if (!(o[i].flags & (CAPSPEC_OBJ_AT_PADDR | CAPSPEC_OBJ_AT_HARDWARE)))
            memory_create(l, &o[i]);
    }
}
