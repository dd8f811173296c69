/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Every kernel operation the loader uses. sys_sel4.c makes system calls; the host test has a
 * simulated kernel behind the same functions. Results are seL4_Error numbers, 0 for success.
 *
 * A `cptr` names a slot with all 64 bits of the loader's own CSpace. A `struct sys_slot` names
 * a slot of a CNode that need not be in it.
 */
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t cptr;

struct sys_slot {
    cptr root;
    uint64_t index;
    unsigned depth;
};

/** Retype into slots offset.. of the CNode found in `node`. size_bits as in the API. */
struct sys_retype {
    cptr untyped;
    unsigned type;
    unsigned size_bits;
    struct sys_slot node; /* depth 0: root itself */
    uint64_t offset;
    unsigned count;
};

/** All of a TCB's spaces. */
struct sys_tcb {
    cptr cspace, vspace, ipc_frame; /* ipc_frame 0: none */
    uint64_t guard;                 /* CNode data word */
    uint64_t fault_ep, ipc_vaddr;
};

struct sys_registers {
    uint64_t rip, rsp, arg[4];
};

int sys_retype(const struct sys_retype *r);
int sys_copy(struct sys_slot to, struct sys_slot from, unsigned rights);
int sys_mint(struct sys_slot to, struct sys_slot from, unsigned rights, uint64_t badge);
int sys_move(struct sys_slot to, struct sys_slot from);
int sys_mutate(struct sys_slot to, struct sys_slot from, uint64_t badge);
int sys_delete(struct sys_slot slot);
int sys_revoke(struct sys_slot slot);

/** Maps a table (a PDPT, PD, PT or one of their EPT forms) of that retype type. */
int sys_map_table(unsigned type, cptr table, cptr space, uint64_t vaddr);
/** attributes: CAPSPEC_MAP_*; without EXECUTE the page is ExecuteNever. */
int sys_map_frame(cptr frame, cptr space, uint64_t vaddr, unsigned rights, unsigned attributes);
int sys_map_ept(cptr frame, cptr space, uint64_t gpa, unsigned rights, unsigned attributes);
int sys_unmap_frame(cptr frame);
int sys_frame_paddr(cptr frame, uint64_t *paddr);
int sys_asid_assign(cptr pool, cptr space);
int sys_asid_pool(cptr control, cptr untyped, struct sys_slot to);

int sys_irq_ioapic(struct sys_slot to, const uint32_t pin[5]); /* ioapic pin level low vector */
int sys_irq_msi(struct sys_slot to, uint32_t bdf, uint32_t handle, uint32_t vector);
uint32_t sys_apic_id(void); /* of the processor the loader runs on */
int sys_irq_bind(cptr irq, cptr notification);
int sys_irq_ack(cptr irq);
int sys_ports(struct sys_slot to, unsigned first, unsigned last);
int sys_port_out32(cptr ports, unsigned port, uint32_t value);
int sys_port_in32(cptr ports, unsigned port, uint32_t *value);

int sys_tcb_configure(cptr tcb, const struct sys_tcb *spaces);
int sys_tcb_set_space(cptr tcb, cptr cspace, cptr vspace);
int sys_tcb_priority(cptr tcb, unsigned mcp, unsigned priority);
int sys_tcb_registers(cptr tcb, const struct sys_registers *registers);
int sys_tcb_bind(cptr tcb, cptr notification);
int sys_tcb_affinity(cptr tcb, unsigned cpu);
int sys_tcb_no_fpu(cptr tcb);
int sys_tcb_vcpu(cptr tcb, cptr vcpu);
int sys_tcb_ept(cptr tcb, cptr root);
int sys_tcb_run_page(cptr tcb, cptr frame);
int sys_tcb_resume(cptr tcb);
int sys_tcb_suspend(cptr tcb);
void sys_tcb_name(cptr tcb, const char *name);
int sys_domain_set(cptr tcb, unsigned domain);
int sys_vcpu_ports(cptr vcpu, cptr ports, unsigned first, unsigned last);

void sys_put_char(char c);
void sys_snapshot(void);
/** Stops the loader for good: it never returns (the test's version jumps out). */
_Noreturn void sys_stop(void);
/** Where a mapping of the loader's own address space can be read and written. */
void *sys_memory(uint64_t vaddr);
