/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The guest's own page tables, all paging modes (Intel SDM vol. 3, chapter 4): none, 32-bit with
 * PSE, PAE, 4-level, 5-level. Used to fetch instructions and for string I/O and emulated string
 * moves. Each entry is read once; accessed and dirty bits are set like the processor does.
 */
#include "internal.h"

#define PTE_P       (1ull << 0)
#define PTE_W       (1ull << 1)
#define PTE_U       (1ull << 2)
#define PTE_A       (1ull << 5)
#define PTE_D       (1ull << 6)
#define PTE_PS      (1ull << 7)
#define PTE_NX      (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

/* One walk in progress. */
struct walk {
    struct vmm_vcpu *v;
    uint64_t linear;
    unsigned access; /* PF_WRITE | PF_USER | PF_FETCH */
    unsigned entry_size;
    unsigned levels;
    unsigned bits;   /* index bits per level */
    bool nx;         /* NX bit valid */
    uint64_t rights; /* AND of W and U, OR of NX */
};

static bool read_entry(struct walk *w, uint64_t gpa, uint64_t *entry)
{
    *entry = 0;
    return vmm_memory_read(w->v->vm, gpa, entry, w->entry_size);
}

/* Set A (and D): only these bits are or'ed in, in the byte that holds both, so a concurrent change
 * of the rest of the entry by another vCPU is not overwritten. */
static void mark(struct walk *w, uint64_t gpa, uint64_t entry, uint64_t bits)
{
    uint8_t *low = vmm_memory_span(w->v->vm, gpa, 1);
    if (low && (entry & bits) != bits) {
        __atomic_fetch_or(low, (uint8_t)bits, __ATOMIC_RELAXED);
    }
}

/* Why the access is not allowed, as error-code bits with PF_PRESENT; 0 when it is. */
static uint32_t check_rights(const struct walk *w)
{
    const struct vcpu_run *run = w->v->run;
    bool user = w->access & PF_USER;
    bool page_user = w->rights & PTE_U;
    if (user && !page_user) {
        return PF_PRESENT;
    }
    if ((w->access & PF_WRITE) && !(w->rights & PTE_W) && (user || (run->cr0 & CR0_WP))) {
        return PF_PRESENT;
    }
    if (w->access & PF_FETCH) {
        bool smep = !user && page_user && (run->cr4 & CR4_SMEP);
        return (w->rights & PTE_NX) || smep ? PF_PRESENT : 0;
    }
    bool smap = !user && page_user && (run->cr4 & CR4_SMAP) && !(run->rflags & RFLAGS_AC);
    return smap ? PF_PRESENT : 0;
}

static uint64_t large_address(const struct walk *w, uint64_t entry, unsigned shift)
{
    uint64_t base = entry & PTE_ADDRESS & ~((1ull << shift) - 1);
    if (w->entry_size == 4) { /* PSE-36: bits 39:32 in 20:13 */
        base = (entry & 0xffc00000ull) | ((entry >> 13) & 0xffull) << 32;
    }
    return base | (w->linear & ((1ull << shift) - 1));
}

/* Returns 0 with the address, or the error code of the page fault (without the access bits) + 1. */
static int run_walk(struct walk *w, uint64_t table, struct vmm_walk *out)
{
    w->rights = PTE_W | PTE_U;
    for (unsigned level = w->levels; level-- > 0;) {
        unsigned shift = 12 + level * w->bits;
        bool pdpte = w->entry_size == 8 && w->levels == 3 && level == 2;
        uint64_t index = (w->linear >> shift) & ((1u << (pdpte ? 2 : w->bits)) - 1);
        uint64_t gpa = table + index * w->entry_size, entry;
        if (!read_entry(w, gpa, &entry) || !(entry & PTE_P)) {
            out->code = 0;
            return -1;
        }
        if (!pdpte) { /* PAE directory pointers carry no rights */
            w->rights &= (entry & (PTE_W | PTE_U)) | PTE_NX;
            w->rights |= w->nx ? entry & PTE_NX : 0;
        }
        bool can_be_large = w->entry_size == 4 ? (w->v->run->cr4 & CR4_PSE) && level == 1
                                               : !pdpte && (level == 1 || level == 2);
        bool leaf = level == 0 || (can_be_large && (entry & PTE_PS));
        if (leaf) {
            out->code = check_rights(w);
            if (out->code) {
                return -1;
            }
            mark(w, gpa, entry, PTE_A | (w->access & PF_WRITE ? PTE_D : 0));
            out->gpa = level ? large_address(w, entry, shift)
                             : (entry & PTE_ADDRESS) | (w->linear & 0xfff);
            return 0;
        }
        if (!pdpte) {
            mark(w, gpa, entry, PTE_A);
        }
        table = entry & (w->entry_size == 4 ? 0xfffff000ull : PTE_ADDRESS);
    }
    return -1;
}

int vcpu_walk(struct vmm_vcpu *v, uint64_t linear, unsigned access, struct vmm_walk *out)
{
    const struct vcpu_run *run = v->run;
    if (!(run->cr0 & CR0_PG)) {
        out->gpa = linear & 0xffffffffu;
        return 0;
    }
    struct walk w = {.v = v, .linear = linear, .access = access};
    uint64_t table;
    if (!(run->cr4 & CR4_PAE)) {
        w.entry_size = 4, w.levels = 2, w.bits = 10;
        w.linear &= 0xffffffffu;
        table = run->cr3 & 0xfffff000u;
    } else if (!(run->efer & EFER_LMA)) {
        w.entry_size = 8, w.levels = 3, w.bits = 9;
        w.linear &= 0xffffffffu;
        table = run->cr3 & 0xffffffe0u;
    } else {
        w.entry_size = 8, w.levels = run->cr4 & CR4_LA57 ? 5 : 4, w.bits = 9;
        table = run->cr3 & PTE_ADDRESS;
    }
    w.nx = w.entry_size == 8 && (run->efer & EFER_NXE);
    if (run_walk(&w, table, out) == 0) {
        return 0;
    }
    out->code |= access & (PF_WRITE | PF_USER);
    if ((access & PF_FETCH) && (w.nx || (run->cr4 & CR4_SMEP))) {
        out->code |= PF_FETCH;
    }
    return -1;
}

unsigned vcpu_fetch(struct vmm_vcpu *v, uint8_t *bytes, unsigned max)
{
    const struct vcpu_run *run = v->run;
    if (run->insn_len != 0) {
        unsigned n = run->insn_len < max ? run->insn_len : max;
        n = n < sizeof run->insn ? n : sizeof run->insn;
        memcpy(bytes, run->insn, n);
        return n;
    }
    uint64_t linear = run->cs_base + run->rip;
    if (run->mode != VCPU_MODE_LONG64) {
        linear &= 0xffffffffu;
    }
    unsigned got = 0;
    while (got < max) {
        struct vmm_walk at;
        unsigned left = 0x1000 - (unsigned)(linear & 0xfff);
        unsigned part = left < max - got ? left : max - got;
        unsigned access = PF_FETCH | (run->cpl == 3 ? PF_USER : 0);
        if (vcpu_walk(v, linear, access, &at) != 0 ||
            !vmm_memory_read(v->vm, at.gpa, bytes + got, part)) {
            break;
        }
        got += part;
        linear += part;
    }
    return got;
}
