/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A text dump of who can reach what: every thread, every CNode reachable from a thread's CSpace
 * root with one line per capability, and what the threads' address spaces map. The order
 * depends only on the order in which the threads were made, so two dumps of one system can be
 * compared line by line.
 */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/vspace.h>

/* CNodes in CNodes are followed that deep; the kernel stack is small. */
#define MAX_DEPTH 12

static const char *const cap_names[32] = {
    [CAP_UNTYPED] = "untyped",
    [CAP_ENDPOINT] = "endpoint",
    [CAP_NOTIFICATION] = "notification",
    [CAP_REPLY] = "reply",
    [CAP_CNODE] = "cnode",
    [CAP_THREAD] = "thread",
    [CAP_IRQ_CONTROL] = "irq_control",
    [CAP_IRQ_HANDLER] = "irq_handler",
    [CAP_ZOMBIE] = "zombie",
    [CAP_DOMAIN] = "domain",
    [CAP_FRAME] = "frame",
    [CAP_PAGE_TABLE] = "page_table",
    [CAP_PAGE_DIRECTORY] = "page_directory",
    [CAP_PDPT] = "pdpt",
    [CAP_PML4] = "pml4",
    [CAP_ASID_CONTROL] = "asid_control",
    [CAP_ASID_POOL] = "asid_pool",
    [CAP_IO_SPACE] = "io_space",
    [CAP_IO_PAGE_TABLE] = "io_page_table",
    [CAP_IO_PORT] = "io_port",
    [CAP_VCPU] = "vcpu",
    [CAP_EPT_PT] = "ept_pt",
    [CAP_EPT_PD] = "ept_pd",
    [CAP_EPT_PDPT] = "ept_pdpt",
    [CAP_EPT_PML4] = "ept_pml4",
    [CAP_IO_PORT_CONTROL] = "io_port_control",
};

static void print_rights(bool read, bool write, bool grant, bool grant_reply)
{
    kprintf(" %s%s%s%s", read ? "R" : "-", write ? "W" : "-", grant ? "G" : "-",
            grant_reply ? "P" : "-");
}

static void print_frame(cap_t cap)
{
    static const char *const spaces[] = {"", "vspace", "ept", "io"};
    kprintf(" size 0x%lx", cap_size(cap));
    print_rights(cap.frame.can_read, cap.frame.can_write, false, false);
    if (cap.frame.is_device) {
        kprintf(" device");
    }
    if (cap.frame.map_type != MAP_NONE) {
        kprintf(" %s %u at 0x%lx", spaces[cap.frame.map_type], (unsigned)cap.frame.asid,
                (word_t)cap.frame.vaddr);
    }
}

/* What is special about a capability, after its type and object. */
static void print_details(cap_t cap)
{
    switch (cap.type) {
    case CAP_UNTYPED:
        kprintf(" bits %u%s", (unsigned)cap.untyped.size_bits,
                cap.untyped.is_device ? " device" : "");
        break;
    case CAP_ENDPOINT:
        print_rights(cap.endpoint.can_read, cap.endpoint.can_write, cap.endpoint.can_grant,
                     cap.endpoint.can_grant_reply);
        kprintf(" badge 0x%lx", cap.endpoint.badge);
        break;
    case CAP_NOTIFICATION:
        print_rights(cap.notification.can_read, cap.notification.can_write, false, false);
        kprintf(" badge 0x%lx", cap.notification.badge);
        break;
    case CAP_CNODE:
        kprintf(" radix %u guard 0x%lx/%u", (unsigned)cap.cnode.radix, cap.cnode.guard,
                (unsigned)cap.cnode.guard_size);
        break;
    case CAP_FRAME:
        print_frame(cap);
        break;
    case CAP_IRQ_HANDLER:
        kprintf(" irq %lu", cap.irq_handler.irq);
        break;
    case CAP_IO_PORT:
        kprintf(" ports 0x%x-0x%x", (unsigned)cap.io_port.first, (unsigned)cap.io_port.last);
        break;
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_EPT_PT:
    case CAP_EPT_PD:
    case CAP_EPT_PDPT:
    case CAP_EPT_PML4:
        if (cap.table.is_mapped) {
            kprintf(" space %u at 0x%lx", (unsigned)cap.table.asid, (word_t)cap.table.vaddr);
        }
        break;
    default:
        break;
    }
}

static void print_cap(cap_t cap)
{
    kprintf("%s", cap_names[cap.type] ? cap_names[cap.type] : "unknown");
    if (cap.paddr) {
        kprintf(" 0x%lx", (word_t)cap.paddr);
    }
    print_details(cap);
    kprintf("\n");
}

/* Prints a CNode and those below it, each once: the mark of its first slot tells. */
static void print_cnode(cap_t cap, unsigned depth)
{
    cte_t *slots = phys_to_virt(cap.paddr);
    if (mdb_mark(&slots[0], true)) {
        return;
    }
    kprintf("cnode 0x%lx\n", (word_t)cap.paddr);
    for (word_t i = 0; i >> cap.cnode.radix == 0; i++) {
        if (slots[i].cap.type != CAP_NULL) {
            kprintf("  [0x%lx] ", i);
            print_cap(slots[i].cap);
        }
    }
    for (word_t i = 0; i >> cap.cnode.radix == 0; i++) {
        if (slots[i].cap.type == CAP_CNODE && depth < MAX_DEPTH) {
            print_cnode(slots[i].cap, depth + 1);
        }
    }
}

static void unmark_cnode(cap_t cap, unsigned depth)
{
    cte_t *slots = phys_to_virt(cap.paddr);
    if (!mdb_mark(&slots[0], false)) {
        return;
    }
    for (word_t i = 0; i >> cap.cnode.radix == 0; i++) {
        if (slots[i].cap.type == CAP_CNODE && depth < MAX_DEPTH) {
            unmark_cnode(slots[i].cap, depth + 1);
        }
    }
}

static void print_thread(const struct tcb *t)
{
    static const char *const slot_names[TCB_NUM_SLOTS] = {
        [TCB_CSPACE] = "cspace",     [TCB_VSPACE] = "vspace",     [TCB_REPLY] = "",
        [TCB_CALLER] = "caller",     [TCB_BUFFER] = "ipc_buffer", [TCB_EPT_ROOT] = "ept_root",
        [TCB_RUN_PAGE] = "run_page",
    };
    kprintf("thread 0x%lx \"%s\" priority %u mcp %u\n", virt_to_phys(t), t->name, t->priority,
            t->mcp);
    for (unsigned i = 0; i < TCB_NUM_SLOTS; i++) {
        if (i != TCB_REPLY && t->slots[i].cap.type != CAP_NULL) {
            kprintf("  %s ", slot_names[i]);
            print_cap(t->slots[i].cap);
        }
    }
    kprintf("  fault_handler 0x%lx\n", t->fault_handler);
    if (t->bound_notification) {
        kprintf("  bound_notification 0x%lx\n", virt_to_phys(t->bound_notification));
    }
}

/* The root table in a slot of t, unless an older thread has it too: then it has been printed. */
static paddr_t first_use(const struct tcb *t, enum tcb_slot slot)
{
    bool nested = slot == TCB_EPT_ROOT;
    paddr_t root = nested ? ept_root(t->slots[slot].cap) : vspace_root(t->slots[slot].cap);
    for (const struct tcb *o = kernel.first_thread; root && o != t; o = o->all_next) {
        if (o->slots[slot].cap.type == t->slots[slot].cap.type &&
            o->slots[slot].cap.paddr == root) {
            return 0;
        }
    }
    return root;
}

static void print_spaces(const struct tcb *t)
{
    paddr_t vspace = first_use(t, TCB_VSPACE), ept = first_use(t, TCB_EPT_ROOT);
    if (vspace) {
        space_print(vspace, false);
    }
    if (ept) {
        space_print(ept, true);
    }
}

void kernel_snapshot(void)
{
    kprintf("snapshot begin\n");
    for (const struct tcb *t = kernel.first_thread; t; t = t->all_next) {
        print_thread(t);
        if (t->slots[TCB_CSPACE].cap.type == CAP_CNODE) {
            print_cnode(t->slots[TCB_CSPACE].cap, 0);
        }
        print_spaces(t);
    }
    for (unsigned irq = 0; irq < MAX_IRQ; irq++) {
        if (kernel.irq_slot[irq].cap.type != CAP_NULL) {
            kprintf("irq %u ", irq);
            print_cap(kernel.irq_slot[irq].cap);
        }
    }
    for (const struct tcb *t = kernel.first_thread; t; t = t->all_next) {
        if (t->slots[TCB_CSPACE].cap.type == CAP_CNODE) {
            unmark_cnode(t->slots[TCB_CSPACE].cap, 0);
        }
    }
    kprintf("snapshot end\n");
}
