/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The loader's kernel operations as system calls, and its entry point. */
#include "loader.h"

#include <sel4/sel4.h>

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

static seL4_CapRights_t rights_of(unsigned rights)
{
    seL4_CapRights_t r = {{rights & CAPSPEC_ALL_RIGHTS}};
    return r;
}

int sys_retype(const struct sys_retype *r)
{
    return seL4_Untyped_Retype(r->untyped, r->type, r->size_bits, r->node.root, r->node.index,
                               r->node.depth, r->offset, r->count);
}

int sys_copy(struct sys_slot to, struct sys_slot from, unsigned rights)
{
    return seL4_CNode_Copy(to.root, to.index, to.depth, from.root, from.index, from.depth,
                           rights_of(rights));
}

int sys_mint(struct sys_slot to, struct sys_slot from, unsigned rights, uint64_t badge)
{
    return seL4_CNode_Mint(to.root, to.index, to.depth, from.root, from.index, from.depth,
                           rights_of(rights), badge);
}

int sys_move(struct sys_slot to, struct sys_slot from)
{
    return seL4_CNode_Move(to.root, to.index, to.depth, from.root, from.index, from.depth);
}

int sys_mutate(struct sys_slot to, struct sys_slot from, uint64_t badge)
{
    return seL4_CNode_Mutate(to.root, to.index, to.depth, from.root, from.index, from.depth, badge);
}

int sys_delete(struct sys_slot slot)
{
    return seL4_CNode_Delete(slot.root, slot.index, slot.depth);
}

int sys_revoke(struct sys_slot slot)
{
    return seL4_CNode_Revoke(slot.root, slot.index, slot.depth);
}

int sys_map_table(unsigned type, cptr table, cptr space, uint64_t vaddr)
{
    switch (type) {
    case CAPSPEC_PDPT:
        return seL4_X86_PDPT_Map(table, space, vaddr, seL4_X86_Default_VMAttributes);
    case CAPSPEC_PD:
        return seL4_X86_PageDirectory_Map(table, space, vaddr, seL4_X86_Default_VMAttributes);
    case CAPSPEC_PT:
        return seL4_X86_PageTable_Map(table, space, vaddr, seL4_X86_Default_VMAttributes);
    case CAPSPEC_EPT_PDPT:
        return seL4_X86_EPTPDPT_Map(table, space, vaddr, seL4_X86_EPT_Default_VMAttributes);
    case CAPSPEC_EPT_PD:
        return seL4_X86_EPTPD_Map(table, space, vaddr, seL4_X86_EPT_Default_VMAttributes);
    case CAPSPEC_EPT_PT:
        return seL4_X86_EPTPT_Map(table, space, vaddr, seL4_X86_EPT_Default_VMAttributes);
    default:
        return seL4_InvalidArgument;
    }
}

int sys_map_frame(cptr frame, cptr space, uint64_t vaddr, unsigned rights, unsigned attributes)
{
    seL4_Word a = attributes & CAPSPEC_MAP_EXECUTE ? 0 : seL4_X86_ExecuteNever;
    if (attributes & CAPSPEC_MAP_UNCACHED)
        a |= seL4_X86_Uncacheable;
    if (attributes & CAPSPEC_MAP_WRITE_COMBINED)
        a |= seL4_X86_WriteCombining;
    return seL4_X86_Page_Map(frame, space, vaddr, rights_of(rights), (seL4_X86_VMAttributes)a);
}

int sys_map_ept(cptr frame, cptr space, uint64_t gpa, unsigned rights, unsigned attributes)
{
    seL4_X86_EPT_VMAttributes a = attributes & CAPSPEC_MAP_UNCACHED
                                      ? seL4_X86_EPT_Uncached_VMAttributes
                                      : seL4_X86_EPT_Default_VMAttributes;
    return seL4_X86_Page_MapEPT(frame, space, gpa, rights_of(rights), a);
}

int sys_unmap_frame(cptr frame)
{
    return seL4_X86_Page_Unmap(frame);
}

int sys_frame_paddr(cptr frame, uint64_t *paddr)
{
    seL4_X86_Page_GetAddress_t r = seL4_X86_Page_GetAddress(frame);
    *paddr = r.paddr;
    return r.error;
}

int sys_asid_assign(cptr pool, cptr space)
{
    return seL4_X86_ASIDPool_Assign(pool, space);
}

int sys_asid_pool(cptr control, cptr untyped, struct sys_slot to)
{
    return seL4_X86_ASIDControl_MakePool(control, untyped, to.root, to.index, to.depth);
}

int sys_irq_ioapic(struct sys_slot to, const uint32_t pin[5])
{
    return seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, to.root, to.index, to.depth, pin[0],
                                     pin[1], pin[2], pin[3], pin[4]);
}

int sys_irq_msi(struct sys_slot to, uint32_t bdf, uint32_t handle, uint32_t vector)
{
    return seL4_IRQControl_GetMSI(seL4_CapIRQControl, to.root, to.index, to.depth, bdf >> 8,
                                  bdf >> 3 & 31, bdf & 7, handle, vector);
}

uint32_t sys_apic_id(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;
    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ebx >> 24;
}

int sys_irq_bind(cptr irq, cptr notification)
{
    return seL4_IRQHandler_SetNotification(irq, notification);
}

int sys_irq_ack(cptr irq)
{
    return seL4_IRQHandler_Ack(irq);
}

int sys_ports(struct sys_slot to, unsigned first, unsigned last)
{
    return seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, to.root, to.index,
                                        to.depth);
}

int sys_port_out32(cptr ports, unsigned port, uint32_t value)
{
    return seL4_X86_IOPort_Out32(ports, port, value);
}

int sys_port_in32(cptr ports, unsigned port, uint32_t *value)
{
    seL4_X86_IOPort_In32_t r = seL4_X86_IOPort_In32(ports, (seL4_Uint16)port);
    if (!r.error)
        *value = r.result;
    return r.error;
}

int sys_tcb_configure(cptr tcb, const struct sys_tcb *s)
{
    return seL4_TCB_Configure(tcb, s->fault_ep, s->cspace, s->guard, s->vspace, 0, s->ipc_vaddr,
                              s->ipc_frame);
}

int sys_tcb_set_space(cptr tcb, cptr cspace, cptr vspace)
{
    return seL4_TCB_SetSpace(tcb, 0, cspace, 0, vspace, 0);
}

int sys_tcb_priority(cptr tcb, unsigned mcp, unsigned priority)
{
    return seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, mcp, priority);
}

int sys_tcb_registers(cptr tcb, const struct sys_registers *r)
{
    seL4_UserContext c = {.rip = r->rip, .rsp = r->rsp, .rflags = 0x202};
    c.rdi = r->arg[0];
    c.rsi = r->arg[1];
    c.rdx = r->arg[2];
    c.rcx = r->arg[3];
    return seL4_TCB_WriteRegisters(tcb, 0, 0, sizeof c / sizeof(seL4_Word), &c);
}

int sys_tcb_bind(cptr tcb, cptr notification)
{
    return seL4_TCB_BindNotification(tcb, notification);
}

int sys_tcb_affinity(cptr tcb, unsigned cpu)
{
    return seL4_TCB_SetAffinity(tcb, cpu);
}

int sys_tcb_no_fpu(cptr tcb)
{
    return seL4_TCB_SetFlags(tcb, 0, seL4_TCBFlag_fpuDisabled).error;
}

int sys_tcb_vcpu(cptr tcb, cptr vcpu)
{
    return seL4_X86_VCPU_SetTCB(vcpu, tcb);
}

int sys_tcb_ept(cptr tcb, cptr root)
{
    return seL4_TCB_SetEPTRoot(tcb, root);
}

int sys_tcb_run_page(cptr tcb, cptr frame)
{
    return seL4_TCB_SetRunPage(tcb, frame);
}

int sys_tcb_resume(cptr tcb)
{
    return seL4_TCB_Resume(tcb);
}

int sys_tcb_suspend(cptr tcb)
{
    return seL4_TCB_Suspend(tcb);
}

void sys_tcb_name(cptr tcb, const char *name)
{
    seL4_DebugNameThread(tcb, name);
}

int sys_domain_set(cptr tcb, unsigned domain)
{
    return seL4_DomainSet_Set(seL4_CapDomain, (seL4_Uint8)domain, tcb);
}

int sys_vcpu_ports(cptr vcpu, cptr ports, unsigned first, unsigned last)
{
    return seL4_X86_VCPU_EnableIOPort(vcpu, ports, first, last);
}

void sys_put_char(char c)
{
    seL4_DebugPutChar(c);
}

void sys_snapshot(void)
{
    seL4_DebugSnapshot();
}

_Noreturn void sys_stop(void)
{
    for (;;)
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}

void *sys_memory(uint64_t vaddr)
{
    return (void *)vaddr;
}

/* The compiler calls these by name even in freestanding programs. */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
    void *start = to;
    size_t words = n / 8, bytes = n % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t n)
{
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
    return start;
}

/* Thread-local storage of the one thread: the IPC buffer pointer ends just below the thread
 * pointer, and the thread pointer's first word points to itself (System V ABI, variant II). */
static struct {
    uint64_t block[8];
    void *self;
} tls;

void loader_start(const seL4_BootInfo *boot);

void loader_start(const seL4_BootInfo *boot)
{
    static struct loader loader;
    tls.self = &tls.self;
    seL4_SetTLSBase((seL4_Word)&tls.self);
    seL4_SetIPCBuffer(boot->ipcBuffer);
    loader_run(&loader, boot);
}

/* The kernel starts the first task without a stack: rdi is the boot information. */
__asm__(".globl _sel4_start\n"
        "_sel4_start:\n"
        "    leaq loader_stack_top(%rip), %rsp\n"
        "    xorl %ebp, %ebp\n"
        "    call loader_start\n"
        "    ud2\n"
        ".bss\n"
        ".balign 16\n"
        "    .skip 16384\n"
        "loader_stack_top:\n"
        ".text\n");
