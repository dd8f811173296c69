/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The small system of the unit tests. */
#include <string.h>

#include <kernel/vspace.h>

#include "check.h"
#include "fixture.h"

#define ROOT_ASID 1

unsigned restarts;

static cap_t root_cnode;
static struct tcb *root_tcb;
static paddr_t next_free;

static paddr_t carve(word_t size)
{
    paddr_t paddr = next_free;
    next_free += size;
    memset(phys_to_virt(paddr), 0, size);
    return paddr;
}

cte_t *slot(word_t index)
{
    return boot_slot(root_cnode, index);
}

struct tcb *root_thread(void)
{
    return root_tcb;
}

static void insert_controls(void)
{
    boot_insert(root_cnode, ROOT_IRQ_CONTROL, boot_control_cap(CAP_IRQ_CONTROL));
    boot_insert(root_cnode, ROOT_ASID_CONTROL, boot_control_cap(CAP_ASID_CONTROL));
    boot_insert(root_cnode, ROOT_IO_PORT_CONTROL, boot_control_cap(CAP_IO_PORT_CONTROL));
    boot_insert(root_cnode, ROOT_DOMAIN, boot_control_cap(CAP_DOMAIN));
    boot_insert(root_cnode, ROOT_ASID_POOL, boot_asid_pool_cap(carve(4096), 0));
}

int fixture_setup(void **state)
{
    (void)state;
    host_reset();
    restarts = 0;
    next_free = HOST_RAM_BASE;
    root_cnode = boot_cnode_cap(carve(sizeof(cte_t) << ROOT_RADIX), ROOT_RADIX);
    boot_insert(root_cnode, ROOT_CNODE, root_cnode);
    insert_controls();
    paddr_t pml4 = carve(4096);
    boot_insert(root_cnode, ROOT_VSPACE, boot_table_cap(CAP_PML4, pml4, ROOT_ASID, 0));
    asid_boot_assign(ROOT_ASID, pml4);
    boot_insert(root_cnode, ROOT_BUFFER, boot_frame_cap(carve(4096), 0, 0));
    boot_insert(
        root_cnode, ROOT_TCB,
        boot_create_thread(carve(4096), &(struct boot_thread){.cspace = slot(ROOT_CNODE),
                                                              .vspace = slot(ROOT_VSPACE),
                                                              .buffer = slot(ROOT_BUFFER),
                                                              .buffer_address = BUFFER_ADDRESS,
                                                              .entry = PROGRAM}));
    boot_insert(root_cnode, ROOT_UNTYPED,
                boot_untyped_cap(HOST_RAM_BASE + HOST_RAM_SIZE / 2, UNTYPED_BITS, false));
    boot_insert(root_cnode, ROOT_DEVICE, boot_untyped_cap(DEVICE_BASE, DEVICE_BITS, true));
    root_tcb = cap_tcb(slot(ROOT_TCB)->cap);
    kernel_schedule();
    assert_ptr_equal(host.cpu.current, root_tcb);
    return 0;
}

int fixture_check(void **state)
{
    (void)state;
    return check_consistency(slot(0), 1ull << ROOT_RADIX) ? 0 : -1;
}

void run_as(struct tcb *t)
{
    struct tcb *current = kernel_schedule();
    if (current == t) {
        return;
    }
    assert_true(sched_is_runnable(t));
    if (sched_is_runnable(current)) {
        sched_enqueue(current);
    }
    sched_dequeue(t);
    host.cpu.current = t;
    kernel_schedule();
}

struct reply reply_of(struct tcb *t)
{
    word_t info = t->regs[REG_RSI];
    struct reply r = {.label = msg_info_label(info),
                      .length = msg_info_length(info),
                      .info = info,
                      .badge = t->regs[REG_RDI],
                      .is_running = t->state == THREAD_RUNNING || t->state == THREAD_RESTART};
    const word_t *buffer = ipc_buffer(t, false);
    for (unsigned i = 0; i < r.length; i++) {
        r.mr[i] = ipc_get_mr(t, buffer, i);
    }
    return r;
}

void system_call_once(const struct message *m)
{
    struct tcb *t = host.cpu.current;
    word_t *buffer = ipc_buffer(t, false);
    t->regs[REG_RIP] = PROGRAM + 2;
    t->regs[REG_FAULT_IP] = PROGRAM;
    t->regs[REG_ERROR] = (word_t)-1;
    t->regs[REG_RDX] = (word_t)m->syscall;
    t->regs[REG_RDI] = m->cptr;
    if (m->syscall != SYS_Recv && m->syscall != SYS_NBRecv) {
        t->regs[REG_RSI] = msg_info(m->label, 0, m->caps.count, m->length);
        for (unsigned i = 0; i < m->length; i++) {
            ipc_set_mr(t, buffer, i, m->mr[i]);
        }
        for (unsigned i = 0; buffer && i < m->caps.count; i++) {
            buffer[BUFFER_CAPS + i] = m->caps.cptr[i];
        }
    }
    kernel_handle_syscall();
}

struct reply system_call(const struct message *m)
{
    struct tcb *t = host.cpu.current;
    system_call_once(m);
    while (t->state == THREAD_RESTART && t == kernel_schedule()) {
        restarts++;
        t->regs[REG_RIP] = PROGRAM + 2;
        t->regs[REG_FAULT_IP] = PROGRAM;
        kernel_handle_syscall();
    }
    kernel_schedule();
    return reply_of(t);
}

void make_objects(word_t type, word_t size_bits, word_t dest, word_t count)
{
    assert_ok(call(ROOT_UNTYPED, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), type, size_bits, 0, 0,
                   dest, count));
}

struct tcb *make_thread(word_t dest, word_t priority)
{
    make_objects(OBJECT_TCBObject, 0, dest, 1);
    make_objects(OBJECT_X86_4K, 0, dest + 1, 1);
    assert_ok(call(dest, LABEL_TCBConfigure, CAPS3(ROOT_CNODE, ROOT_VSPACE, dest + 1), 0, 0, 0,
                   BUFFER_ADDRESS));
    assert_ok(call(dest, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), priority));
    return cap_tcb(slot(dest)->cap);
}

struct tcb *start_thread(word_t dest, word_t priority)
{
    struct tcb *t = make_thread(dest, priority);
    assert_ok(call(dest, LABEL_TCBWriteRegisters, NO_CAPS, 1, 1, PROGRAM));
    return t;
}

word_t cnode_copy(word_t dest, word_t src, word_t rights)
{
    return call(ROOT_CNODE, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), dest, 64, src, 64, rights).label;
}

word_t cnode_mint(word_t dest, word_t src, word_t rights, word_t badge)
{
    return call(ROOT_CNODE, LABEL_CNodeMint, CAPS1(ROOT_CNODE), dest, 64, src, 64, rights, badge)
        .label;
}

word_t cnode_delete(word_t index)
{
    return call(ROOT_CNODE, LABEL_CNodeDelete, NO_CAPS, index, 64).label;
}

word_t cnode_revoke(word_t index)
{
    return call(ROOT_CNODE, LABEL_CNodeRevoke, NO_CAPS, index, 64).label;
}
