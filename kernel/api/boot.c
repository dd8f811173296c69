/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The root task's objects. */
#include <kernel/arch.h>
#include <kernel/boot.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/vspace.h>

#define ROOT_PRIORITY 255

cap_t boot_cnode_cap(paddr_t paddr, unsigned radix)
{
    cap_t cap = {.type = CAP_CNODE, .paddr = paddr};
    cap.cnode.radix = radix;
    cap.cnode.guard_size = 64 - radix;
    return cap;
}

cte_t *boot_slot(cap_t cnode, word_t index)
{
    kassert(cnode.type == CAP_CNODE && index >> cnode.cnode.radix == 0);
    return (cte_t *)phys_to_virt(cnode.paddr) + index;
}

void boot_insert(cap_t cnode, word_t index, cap_t cap)
{
    mdb_insert_object(boot_slot(cnode, index), cap, NULL);
}

cap_t boot_untyped_cap(paddr_t paddr, unsigned size_bits, bool is_device)
{
    cap_t cap = {.type = CAP_UNTYPED, .paddr = paddr};
    cap.untyped.size_bits = size_bits;
    cap.untyped.is_device = is_device;
    return cap;
}

cap_t boot_frame_cap(paddr_t paddr, unsigned asid, word_t vaddr)
{
    cap_t cap = {.type = CAP_FRAME, .paddr = paddr};
    cap.frame.can_read = cap.frame.can_write = 1;
    cap.frame.size = FRAME_4K;
    if (asid) {
        cap.frame.map_type = MAP_VSPACE;
        cap.frame.asid = asid;
        cap.frame.vaddr = vaddr;
    }
    return cap;
}

cap_t boot_table_cap(enum cap_type type, paddr_t paddr, unsigned asid, word_t vaddr)
{
    cap_t cap = {.type = type, .paddr = paddr};
    cap.table.is_mapped = 1;
    cap.table.asid = asid;
    cap.table.vaddr = vaddr;
    return cap;
}

cap_t boot_control_cap(enum cap_type type)
{
    return (cap_t){.type = type};
}

cap_t boot_asid_pool_cap(paddr_t paddr, unsigned base)
{
    cap_t cap = {.type = CAP_ASID_POOL, .paddr = paddr};
    cap.asid_pool.base = base;
    kernel.asid_pool[base / ASIDS_PER_POOL] = paddr;
    return cap;
}

/* A TCB slot gets a copy, as if the root task had been configured by TCB_Configure. */
static void boot_copy(cte_t *dest, cte_t *src)
{
    cap_t cap = src->cap;
    enum invoke_status status = cap_derive(src, &cap);
    kassert(status == INVOKE_DONE && cap.type != CAP_NULL);
    mdb_insert(dest, cap, src);
}

cap_t boot_create_thread(paddr_t paddr, const struct boot_thread *b)
{
    cap_t cap = tcb_ops.create(
        &(struct new_object){.type = OBJECT_TCBObject, .paddr = paddr, .size_bits = 12});
    struct tcb *t = cap_tcb(cap);
    boot_copy(&t->slots[TCB_CSPACE], b->cspace);
    boot_copy(&t->slots[TCB_VSPACE], b->vspace);
    boot_copy(&t->slots[TCB_BUFFER], b->buffer);
    t->ipc_buffer = b->buffer_address;
    t->regs[REG_RIP] = t->regs[REG_FAULT_IP] = b->entry;
    t->regs[REG_RDI] = b->argument;
    t->priority = t->mcp = ROOT_PRIORITY;
    kernel.root_thread = t;
    tcb_restart(t);
    return cap;
}
