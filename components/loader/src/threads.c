/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Threads, and the end of the loader's authority. */
#include "loader.h"

static void configure_spaces(struct loader *l, const struct capspec_thread *t, cptr tcb)
{
    struct sys_tcb s = {.cspace = space_object(l, t->cspace),
                        .vspace = space_object(l, t->vspace),
                        .guard = 64u - view_object(l->spec, t->cspace)->size_bits,
                        .fault_ep = t->fault_ep};
    if (t->ipc_buffer != CAPSPEC_NONE) {
        s.ipc_frame = space_object(l, t->ipc_buffer);
        s.ipc_vaddr = t->ipc_vaddr;
    }
    loader_check(sys_tcb_configure(tcb, &s), "configuring", space_name(l, t->tcb));
}

static void configure_vcpu(struct loader *l, const struct capspec_thread *t, cptr tcb)
{
    const char *name = space_name(l, t->tcb);
    if (t->vcpu != CAPSPEC_NONE)
        loader_check(sys_tcb_vcpu(tcb, space_object(l, t->vcpu)), "giving a vCPU to", name);
    if (t->ept_root != CAPSPEC_NONE)
        loader_check(sys_tcb_ept(tcb, space_object(l, t->ept_root)), "giving guest memory to",
                     name);
    if (t->run_page != CAPSPEC_NONE)
        loader_check(sys_tcb_run_page(tcb, space_object(l, t->run_page)), "giving a run page to",
                     name);
}

static void configure(struct loader *l, const struct capspec_thread *t)
{
    cptr tcb = space_object(l, t->tcb);
    const char *name = space_name(l, t->tcb);
    configure_spaces(l, t, tcb);
    loader_check(sys_tcb_priority(tcb, t->max_priority, t->priority), "setting the priority of",
                 name);
    if (t->domain)
        loader_check(sys_domain_set(tcb, t->domain), "setting the domain of", name);
    if (t->affinity)
        loader_check(sys_tcb_affinity(tcb, t->affinity), "placing", name);
    if (t->flags & CAPSPEC_THREAD_NO_FPU)
        loader_check(sys_tcb_no_fpu(tcb), "taking the FPU from", name);
    if (t->notification != CAPSPEC_NONE)
        loader_check(sys_tcb_bind(tcb, space_object(l, t->notification)),
                     "binding a notification to", name);
    configure_vcpu(l, t, tcb);
    struct sys_registers r = {.rip = t->rip, .rsp = t->rsp};
    __builtin_memcpy(r.arg, t->arg, sizeof r.arg);
    loader_check(sys_tcb_registers(tcb, &r), "setting the registers of", name);
    sys_tcb_name(tcb, name);
}

void threads_configure(struct loader *l)
{
    uint32_t count;
    const struct capspec_thread *t = view_section(l->spec, CAPSPEC_SEC_THREADS, &count);
    for (uint32_t i = 0; i < count; i++)
        configure(l, &t[i]);
    const struct capspec_guest_ports *p = view_section(l->spec, CAPSPEC_SEC_PORTS, &count);
    for (uint32_t i = 0; i < count; i++)
        loader_check(sys_vcpu_ports(space_object(l, p[i].vcpu), space_object(l, p[i].ports),
                                    p[i].first, p[i].last),
                     "opening ports to the guest:", space_name(l, p[i].ports));
}

/* The kernel puts a resumed thread at the head of its queue, so the last one resumed would
 * run first; going backwards, threads of one priority start in the order of the list. */
void threads_start(struct loader *l)
{
    uint32_t count;
    const struct capspec_thread *t = view_section(l->spec, CAPSPEC_SEC_THREADS, &count);
    for (uint32_t i = count; i-- > 0;)
        if (t[i].flags & CAPSPEC_THREAD_RESUME)
            loader_check(sys_tcb_resume(space_object(l, t[i].tcb)), "starting",
                         space_name(l, t[i].tcb));
}

static void drop(struct loader *l, cptr slot)
{
    loader_check(sys_delete(memory_initial(l, slot)), "dropping", "authority");
}

/* What is left afterwards: the loader's own program, the ASID pool (deleting it would take every
 * address space away), and the custodies; no runnable thread can name any of them. */
void authority_drop(struct loader *l)
{
    static const cptr controls[] = {seL4_CapIRQControl, seL4_CapASIDControl, seL4_CapIOPortControl,
                                    seL4_CapIOSpace, seL4_CapDomain};
    for (unsigned i = 0; i < sizeof controls / sizeof *controls; i++)
        drop(l, controls[i]);
    for (unsigned i = 0; i < l->num_untyped; i++)
        drop(l, l->untyped[i].cap);
    for (cptr s = l->boot->empty.start; s < l->next_slot && s < LOADER_MAX_SLOTS; s++)
        if (l->filler[s / 8] & 1u << s % 8)
            drop(l, s);
}
