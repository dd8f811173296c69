/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "sys_fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sel4/api_table.h>

enum fake_error {
#define X(n, name) FAKE_##name = n,
    SEL4_ERROR_LIST(X)
#undef X
};

/* types of capabilities that no retype makes */
enum { FAKE_CONTROL = 200, FAKE_POOL = 201 };
#define ROOT_BITS 14

struct fake fake;

static unsigned new_object(unsigned type, unsigned size_bits, uint64_t paddr)
{
    assert(fake.num_objects < FAKE_OBJECTS);
    struct fake_object *o = &fake.object[fake.num_objects];
    memset(o, 0, sizeof *o);
    o->type = type;
    o->size_bits = size_bits;
    o->paddr = paddr;
    if (type == CAPSPEC_CNODE)
        o->slots = calloc((size_t)1 << size_bits, sizeof *o->slots);
    return fake.num_objects++;
}

/* The slot that `bits` bits of `index` name below a CNode capability. */
static struct fake_cap *resolve(const struct fake_cap *root, uint64_t index, unsigned bits,
                                unsigned stop_early)
{
    for (;;) {
        struct fake_object *o = &fake.object[root->object];
        if (o->type != CAPSPEC_CNODE || root->guard + o->size_bits > bits)
            return NULL;
        uint64_t guard = root->guard ? index << (64 - bits) >> (64 - root->guard) : 0;
        if (guard)
            return NULL;
        bits -= root->guard + o->size_bits;
        struct fake_cap *slot = &o->slots[index >> bits & ((1ull << o->size_bits) - 1)];
        if (!bits || (stop_early && fake.object[slot->object].type != CAPSPEC_CNODE))
            return slot;
        root = slot;
    }
}

struct fake_cap *fake_cap(cptr slot)
{
    struct fake_cap root = {fake.cspace, 0, 15, 0};
    /* the initial CNode has a guard until the loader makes its own top CNode */
    root.guard = fake.object[fake.cspace].size_bits == ROOT_BITS ? 64 - ROOT_BITS : 0;
    struct fake_cap *cap = resolve(&root, slot, 64, 1);
    return cap && cap->object ? cap : NULL;
}

struct fake_object *fake_object(cptr slot)
{
    struct fake_cap *cap = fake_cap(slot);
    return cap ? &fake.object[cap->object] : NULL;
}

static struct fake_cap *slot_of(struct sys_slot s)
{
    struct fake_cap *root = fake_cap(s.root);
    return root ? resolve(root, s.index, s.depth, 0) : NULL;
}

struct fake_mapping *fake_find_mapping(unsigned space, uint64_t vaddr)
{
    for (unsigned i = 0; i < fake.num_mappings; i++) {
        struct fake_mapping *m = &fake.mapping[i];
        unsigned bits = fake.object[m->object].size_bits;
        if (m->space == space && vaddr >> bits == m->vaddr >> bits)
            return m;
    }
    return NULL;
}

static void put_cap(cptr slot, unsigned object)
{
    struct fake_cap *cap = &fake.object[1].slots[slot];
    *cap = (struct fake_cap){object, 0, 15, 0};
}

void fake_add_untyped(uint64_t paddr, unsigned bits, bool device)
{
    seL4_BootInfo *b = fake.boot;
    unsigned object = new_object(CAPSPEC_UNTYPED, bits, paddr);
    fake.object[object].device = device;
    put_cap(b->untyped.end, object);
    b->untypedList[b->untyped.end - b->untyped.start] =
        (seL4_UntypedDesc){.paddr = paddr, .sizeBits = (seL4_Uint8)bits, .isDevice = device};
    b->untyped.end++;
}

static void *add_record(uint64_t id, size_t size)
{
    char *at = (char *)fake.boot + 4096 + fake.boot->extraLen;
    fake.boot->extraLen += size;
    *(seL4_BootInfoHeader *)at = (seL4_BootInfoHeader){id, size};
    return at;
}

void fake_init(const void *spec, size_t size)
{
    memset(&fake, 0, sizeof fake);
    fake.memory = calloc(1, FAKE_MEMORY);
    fake.boot = calloc(1, 8192);
    new_object(0, 0, 0);
    fake.cspace = new_object(CAPSPEC_CNODE, ROOT_BITS, 0);
    put_cap(seL4_CapInitThreadTCB, new_object(CAPSPEC_TCB, 12, 0));
    put_cap(seL4_CapInitThreadCNode, fake.cspace);
    fake.object[1].slots[seL4_CapInitThreadCNode].guard = 64 - ROOT_BITS;
    fake.vspace = new_object(CAPSPEC_PML4, 12, 0);
    put_cap(seL4_CapInitThreadVSpace, fake.vspace);
    put_cap(seL4_CapInitThreadASIDPool, new_object(FAKE_POOL, 0, 0));
    static const cptr controls[] = {seL4_CapIRQControl, seL4_CapASIDControl, seL4_CapIOPortControl,
                                    seL4_CapIOSpace, seL4_CapDomain};
    for (unsigned i = 0; i < 5; i++)
        put_cap(controls[i], new_object(FAKE_CONTROL, 0, 0));
    fake.boot->initThreadCNodeSizeBits = ROOT_BITS;
    fake.boot->untyped.start = fake.boot->untyped.end = 100;
    fake.boot->empty.start = 400;
    fake.boot->empty.end = 1u << ROOT_BITS;
    seL4_BootPayload *p =
        add_record(SEL4_BOOTINFO_HEADER_PAYLOAD, sizeof *p + sizeof(seL4_BootPayloadItem));
    p->count = 1;
    p->item[0] = (seL4_BootPayloadItem){.paddr = 0x2001000, .size = size, .name = "spec"};
    memcpy(fake.memory + 0x2001000, spec, size);
    seL4_BootKernelLog *log = add_record(SEL4_BOOTINFO_HEADER_KERNEL_LOG, sizeof *log);
    log->paddr = 0x3000000;
    log->size = 0x11000;
    seL4_BootTscHz *tsc = add_record(SEL4_BOOTINFO_HEADER_TSC_HZ, sizeof *tsc);
    tsc->hz = 123456789;
}

void fake_free(void)
{
    for (unsigned i = 0; i < fake.num_objects; i++)
        free(fake.object[i].slots);
    free(fake.memory);
    free(fake.boot);
}

void fake_add_machine(uint64_t present, const char *guests)
{
    seL4_BootMachine *machine = add_record(SEL4_BOOTINFO_HEADER_MACHINE, sizeof *machine);
    machine->present = present;
    strncpy(machine->guests, guests, sizeof machine->guests - 1);
}

void fake_add_acpi(uint64_t xsdt)
{
    enum { RSDP_BYTES = 40 };
    char *record =
        add_record(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, sizeof(seL4_BootInfoHeader) + RSDP_BYTES);
    uint8_t *rsdp = (uint8_t *)record + sizeof(seL4_BootInfoHeader);
    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[15] = 2;
    memcpy(rsdp + 24, &xsdt, sizeof xsdt);
}

void fake_run(struct loader *l)
{
    memset(l, 0, sizeof *l);
    if (!setjmp(fake.stopped))
        loader_run(l, fake.boot);
}

int sys_retype(const struct sys_retype *r)
{
    struct fake_object *u = fake_object(r->untyped);
    struct fake_cap *node = r->node.depth ? slot_of(r->node) : fake_cap(r->node.root);
    fake.retypes++;
    if (!u || u->type != CAPSPEC_UNTYPED)
        return FAKE_InvalidCapability;
    if (!node || fake.object[node->object].type != CAPSPEC_CNODE)
        return FAKE_FailedLookup;
    if (u->device && r->type != CAPSPEC_UNTYPED && r->type != CAPSPEC_FRAME_4K &&
        r->type != CAPSPEC_FRAME_2M)
        return FAKE_InvalidArgument;
    static const uint8_t bits_of[] = {0,  12, 4,  6,  0,  12, 12, 30, 12,
                                      21, 12, 12, 12, 15, 12, 12, 12, 12};
    unsigned size_bits = bits_of[r->type] ? bits_of[r->type] : r->size_bits;
    unsigned bits = size_bits + (r->type == CAPSPEC_CNODE ? 5 : 0);
    uint64_t at = (u->used + (1ull << bits) - 1) >> bits << bits;
    if (r->count > 256 || r->offset + r->count > 1ull << fake.object[node->object].size_bits)
        return FAKE_RangeError;
    if (at + ((uint64_t)r->count << bits) > 1ull << u->size_bits)
        return FAKE_NotEnoughMemory;
    for (unsigned i = 0; i < r->count; i++) {
        struct fake_cap *slot = &fake.object[node->object].slots[r->offset + i];
        if (slot->object)
            return FAKE_DeleteFirst;
        unsigned made = new_object(r->type, size_bits, u->paddr + at + ((uint64_t)i << bits));
        fake.object[made].device = u->device;
        *slot = (struct fake_cap){made, 0, 15, 0};
    }
    u->used = at + ((uint64_t)r->count << bits);
    return 0;
}

static int copy(struct sys_slot to, struct sys_slot from, unsigned rights, uint64_t badge,
                bool mint)
{
    struct fake_cap *d = slot_of(to), *s = slot_of(from);
    if (!d || !s)
        return FAKE_FailedLookup;
    if (d->object)
        return FAKE_DeleteFirst;
    if (!s->object)
        return FAKE_FailedLookup;
    *d = *s;
    d->rights &= rights;
    if (mint && fake.object[s->object].type == CAPSPEC_CNODE)
        d->guard = badge & 63;
    else if (mint)
        d->badge = badge;
    return 0;
}

int sys_copy(struct sys_slot to, struct sys_slot from, unsigned rights)
{
    return copy(to, from, rights, 0, false);
}

int sys_mint(struct sys_slot to, struct sys_slot from, unsigned rights, uint64_t badge)
{
    return copy(to, from, rights, badge, true);
}

int sys_move(struct sys_slot to, struct sys_slot from)
{
    int error = copy(to, from, 15, 0, false);
    if (!error)
        *slot_of(from) = (struct fake_cap){0};
    return error;
}

int sys_mutate(struct sys_slot to, struct sys_slot from, uint64_t badge)
{
    int error = copy(to, from, 15, badge, true);
    if (!error)
        *slot_of(from) = (struct fake_cap){0};
    return error;
}

int sys_delete(struct sys_slot slot)
{
    struct fake_cap *s = slot_of(slot);
    if (!s)
        return FAKE_FailedLookup;
    *s = (struct fake_cap){0};
    return 0;
}

int sys_revoke(struct sys_slot slot)
{
    struct fake_cap *s = slot_of(slot);
    if (!s)
        return FAKE_FailedLookup;
    struct fake_object *u = &fake.object[s->object];
    u->used = 0;
    for (unsigned i = 0; i < fake.num_mappings; i++) /* its frames are gone */
        if (fake.object[fake.mapping[i].object].paddr >> u->size_bits == u->paddr >> u->size_bits)
            fake.mapping[i].space = 0;
    for (unsigned i = 400; i < 1u << ROOT_BITS; i++) {
        struct fake_cap *made = &fake.object[1].slots[i];
        struct fake_object *o = &fake.object[made->object];
        if (made->object && o != u && o->paddr >= u->paddr &&
            o->paddr - u->paddr < 1ull << u->size_bits)
            *made = (struct fake_cap){0};
    }
    return 0;
}

int sys_map_table(unsigned type, cptr table, cptr space, uint64_t vaddr)
{
    struct fake_object *o = fake_object(table);
    if (!o || o->type != type || o->mapped || !fake_object(space) || vaddr & 0x1fffff)
        return FAKE_InvalidCapability;
    o->mapped = true;
    return 0;
}

static int map(cptr frame, cptr space, uint64_t vaddr, unsigned rights, unsigned attributes)
{
    struct fake_cap *f = fake_cap(frame), *s = fake_cap(space);
    if (!f || !s)
        return FAKE_InvalidCapability;
    if (vaddr & ((1ull << fake.object[f->object].size_bits) - 1))
        return FAKE_AlignmentError;
    if (fake_find_mapping(s->object, vaddr))
        return FAKE_DeleteFirst;
    assert(fake.num_mappings < FAKE_MAPPINGS);
    fake.mapping[fake.num_mappings++] =
        (struct fake_mapping){s->object, f->object, vaddr, rights & f->rights, attributes};
    return 0;
}

int sys_map_frame(cptr frame, cptr space, uint64_t vaddr, unsigned rights, unsigned attributes)
{
    return map(frame, space, vaddr, rights, attributes);
}

int sys_map_ept(cptr frame, cptr space, uint64_t gpa, unsigned rights, unsigned attributes)
{
    return map(frame, space, gpa, rights, attributes);
}

int sys_unmap_frame(cptr frame)
{
    struct fake_cap *f = fake_cap(frame);
    for (unsigned i = 0; f && i < fake.num_mappings; i++)
        if (fake.mapping[i].object == f->object && fake.mapping[i].space == fake.vspace)
            fake.mapping[i].space = 0;
    return f ? 0 : FAKE_InvalidCapability;
}

int sys_frame_paddr(cptr frame, uint64_t *paddr)
{
    struct fake_object *o = fake_object(frame);
    if (o)
        *paddr = o->paddr;
    return o ? 0 : FAKE_InvalidCapability;
}

int sys_asid_assign(cptr pool, cptr space)
{
    struct fake_object *p = fake_object(pool);
    return p && p->type == FAKE_POOL && fake_object(space) ? 0 : FAKE_InvalidCapability;
}

static int make(struct sys_slot to, unsigned type)
{
    struct fake_cap *d = slot_of(to);
    if (!d || d->object)
        return d ? FAKE_DeleteFirst : FAKE_FailedLookup;
    *d = (struct fake_cap){new_object(type, 0, 0), 0, 15, 0};
    return 0;
}

int sys_asid_pool(cptr control, cptr untyped, struct sys_slot to)
{
    return fake_object(control) && fake_object(untyped) ? make(to, FAKE_POOL)
                                                        : FAKE_InvalidCapability;
}

int sys_irq_ioapic(struct sys_slot to, const uint32_t pin[5])
{
    int error = make(to, CAPSPEC_IRQ);
    if (!error)
        memcpy(fake.object[slot_of(to)->object].pin, pin, 5 * sizeof *pin);
    return error;
}

int sys_irq_msi(struct sys_slot to, uint32_t bdf, uint32_t handle, uint32_t vector)
{
    (void)bdf, (void)handle, (void)vector;
    return make(to, CAPSPEC_IRQ);
}

uint32_t sys_apic_id(void)
{
    return 5;
}

int sys_irq_bind(cptr irq, cptr notification)
{
    struct fake_object *o = fake_object(irq);
    if (!o || !fake_object(notification))
        return FAKE_InvalidCapability;
    o->signals = notification;
    return 0;
}

int sys_irq_ack(cptr irq)
{
    fake_object(irq)->acked = true;
    return 0;
}

int sys_ports(struct sys_slot to, unsigned first, unsigned last)
{
    return last < first ? FAKE_InvalidArgument : make(to, CAPSPEC_PORTS);
}

/* The register that the address port selects; NULL: nothing answers there. */
static uint32_t *fake_config(void)
{
    if ((fake.pci_address & 0xffffff00) != (1u << 31 | 3u << 11) || !fake.function[0])
        return NULL;
    return &fake.function[(fake.pci_address & 0xff) / 4];
}

int sys_port_out32(cptr ports, unsigned port, uint32_t value)
{
    uint32_t *reg = fake_config();
    if (port == 0xcf8)
        fake.pci_address = value;
    else if (reg)
        *reg = value;
    return fake_object(ports) ? 0 : FAKE_InvalidCapability;
}

int sys_port_in32(cptr ports, unsigned port, uint32_t *value)
{
    uint32_t *reg = fake_config();
    *value = port == 0xcfc && reg ? *reg : UINT32_MAX;
    return fake_object(ports) ? 0 : FAKE_InvalidCapability;
}

int sys_tcb_configure(cptr tcb, const struct sys_tcb *spaces)
{
    struct fake_object *o = fake_object(tcb);
    if (!o || o->type != CAPSPEC_TCB || !fake_object(spaces->cspace) ||
        !fake_object(spaces->vspace))
        return FAKE_InvalidCapability;
    o->spaces = *spaces;
    return 0;
}

int sys_tcb_set_space(cptr tcb, cptr cspace, cptr vspace)
{
    if (!fake_object(tcb) || !fake_object(cspace) || !fake_object(vspace))
        return FAKE_InvalidCapability;
    fake.cspace = fake_cap(cspace)->object;
    return 0;
}

int sys_tcb_priority(cptr tcb, unsigned mcp, unsigned priority)
{
    (void)mcp;
    fake_object(tcb)->priority = priority;
    return 0;
}

int sys_tcb_registers(cptr tcb, const struct sys_registers *registers)
{
    fake_object(tcb)->registers = *registers;
    return 0;
}

int sys_tcb_bind(cptr tcb, cptr notification)
{
    fake_object(tcb)->notification = notification;
    return fake_object(notification) ? 0 : FAKE_InvalidCapability;
}

int sys_tcb_affinity(cptr tcb, unsigned cpu)
{
    return !fake_object(tcb) || cpu;
}

int sys_tcb_no_fpu(cptr tcb)
{
    return !fake_object(tcb);
}

int sys_tcb_vcpu(cptr tcb, cptr vcpu)
{
    fake_object(tcb)->vcpu = true;
    return fake_object(vcpu) ? 0 : FAKE_InvalidCapability;
}

int sys_tcb_ept(cptr tcb, cptr root)
{
    return fake_object(tcb) && fake_object(root) ? 0 : 2;
}

int sys_tcb_run_page(cptr tcb, cptr frame)
{
    fake_object(tcb)->run_page = true;
    return fake_object(frame) ? 0 : FAKE_InvalidCapability;
}

int sys_tcb_resume(cptr tcb)
{
    fake_object(tcb)->resumed = true;
    return 0;
}

int sys_tcb_suspend(cptr tcb)
{
    return !fake_object(tcb);
}

void sys_tcb_name(cptr tcb, const char *name)
{
    (void)tcb, (void)name;
}

int sys_domain_set(cptr tcb, unsigned domain)
{
    return !fake_object(tcb) || domain;
}

int sys_vcpu_ports(cptr vcpu, cptr ports, unsigned first, unsigned last)
{
    return fake_object(vcpu) && fake_object(ports) && first <= last ? 0 : FAKE_InvalidCapability;
}

void sys_put_char(char c)
{
    if (fake.log_size + 1 < sizeof fake.log)
        fake.log[fake.log_size++] = c;
}

void sys_snapshot(void) {}

_Noreturn void sys_stop(void)
{
    longjmp(fake.stopped, 1);
}

void *sys_memory(uint64_t vaddr)
{
    struct fake_mapping *m = fake_find_mapping(fake.vspace, vaddr);
    assert(m);
    struct fake_object *o = &fake.object[m->object];
    return fake.memory + o->paddr + (vaddr & ((1ull << o->size_bits) - 1));
}
