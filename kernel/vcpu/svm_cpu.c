/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* SVM: probing, switching on, address space identifiers. AMD APM vol. 2, 15.4, 15.16, 15.30. */
#include "svm.h"
#include "../object/page_table.h"
#include <x86/features.h>
#include <x86/instr.h>
#include <x86/percpu.h>
#include <string.h>

#define MSR_VM_CR       0xc0010114u
#define MSR_VM_HSAVE_PA 0xc0010117u
#define VM_CR_SVMDIS    (1u << 4)

#define CPUID_SVM_LEAF        0x8000000au
#define CPUID_HYPERVISOR      (1u << 31)
#define CPUID_HYPERVISOR_LEAF 0x40000000u
#define TCG_SIGNATURE0        0x54474354u /* "TCGTCGTCGTCG" */
#define TCG_SIGNATURE1        0x43544743u
#define TCG_SIGNATURE2        0x47435447u

#define CPUID_SVM_NPT      (1u << 0)
#define CPUID_SVM_NEXT_RIP (1u << 3)
#define CPUID_SVM_DECODE   (1u << 7)
#define CPUID_EXT_ECX_SVM  (1u << 2)

/* The permission map covers three ranges of 8192 MSRs, two bits (read, write) each. */
#define MSR_MAP_BYTES  8192u
#define MSR_RANGE_SIZE 0x2000u

struct svm_features svm_features;

static uint8_t msr_map[MSR_MAP_BYTES] __attribute__((aligned(4096)));

/* The guest memory of a vCPU whose thread has no EPT root. */
static const uint64_t empty_root[512] __attribute__((aligned(4096)));

/* Each CPU hands out its ASIDs in order; when none is left it flushes them all. */
static struct {
    uint32_t next;
    uint64_t generation;
    paddr_t host_page;
} per_cpu[MAX_CPUS];

/* VMLOAD and VMSAVE switch these: the guest uses them without an exit. */
static const uint32_t switched_msrs[] = {
    MSR_STAR,    MSR_LSTAR,          MSR_CSTAR, MSR_SFMASK, MSR_FS_BASE,
    MSR_GS_BASE, MSR_KERNEL_GS_BASE, 0x174,     0x175,      0x176,
};

/* QEMU without hardware virtualization says so in the hypervisor leaf. */
static bool is_tcg(void)
{
    if (!(x86_cpuid(1, 0).ecx & CPUID_HYPERVISOR)) {
        return false;
    }
    struct x86_cpuid name = x86_cpuid(CPUID_HYPERVISOR_LEAF, 0);
    return name.ebx == TCG_SIGNATURE0 && name.ecx == TCG_SIGNATURE1 && name.edx == TCG_SIGNATURE2;
}

static void allow_msr(uint32_t msr)
{
    uint32_t base = msr < MSR_RANGE_SIZE ? 0 : 0x800;
    uint32_t bit = (msr % MSR_RANGE_SIZE) * 2;
    msr_map[base + bit / 8] &= (uint8_t) ~(3u << (bit % 8));
}

static void init_msr_map(void)
{
    memset(msr_map, 0xff, sizeof(msr_map));
    for (unsigned i = 0; i < sizeof(switched_msrs) / sizeof(switched_msrs[0]); i++) {
        allow_msr(switched_msrs[i]);
    }
}

bool svm_probe(const char **why)
{
    if (x86_cpuid(0x80000000, 0).eax < CPUID_SVM_LEAF ||
        !(x86_cpuid(0x80000001, 0).ecx & CPUID_EXT_ECX_SVM)) {
        *why = "the processor has no SVM";
        return false;
    }
    if (x86_rdmsr(MSR_VM_CR) & VM_CR_SVMDIS) {
        *why = "SVM is switched off by the firmware";
        return false;
    }
    struct x86_cpuid svm = x86_cpuid(CPUID_SVM_LEAF, 0);
    if (!(svm.edx & CPUID_SVM_NPT)) {
        *why = "SVM has no nested paging";
        return false;
    }
    svm_features.next_rip = (svm.edx & CPUID_SVM_NEXT_RIP) != 0;
    svm_features.decode_assist = (svm.edx & CPUID_SVM_DECODE) != 0;
    svm_features.num_asids = svm.ebx;
    svm_features.tcg = is_tcg();
    nested_has_1g_pages = x86_features.pages_1g;
    init_msr_map();
    return true;
}

void svm_init_cpu(void)
{
    unsigned cpu = this_cpu()->id;
    x86_wrmsr(MSR_EFER, x86_rdmsr(MSR_EFER) | EFER_SVME);
    x86_wrmsr(MSR_VM_HSAVE_PA, x86_hv_page(0));
    per_cpu[cpu].host_page = x86_hv_page(1);
    per_cpu[cpu].generation = 1;
    per_cpu[cpu].next = 1;
    __asm__ volatile("vmsave %0" : : "a"(per_cpu[cpu].host_page) : "memory");
}

paddr_t svm_host_page(void)
{
    return per_cpu[this_cpu()->id].host_page;
}

paddr_t svm_msr_map(void)
{
    return virt_to_phys(msr_map);
}

void svm_prepare_asid(struct vcpu *v, const struct nested_space_ref *space)
{
    struct svm_vcpu *p = svm_private(v);
    struct vmcb *vmcb = svm_vmcb(v);
    unsigned cpu = this_cpu()->id;
    vmcb->tlb_control = 0;
    if (p->asid_cpu == cpu && p->asid_generation == per_cpu[cpu].generation &&
        p->root == space->root && p->space == space->asid && p->stamp == space->stamp) {
        return;
    }
    /* A fresh ASID has nothing cached: cheaper than a flush, which only some CPUs can limit. */
    if (per_cpu[cpu].next >= svm_features.num_asids) {
        per_cpu[cpu].next = 1;
        per_cpu[cpu].generation++;
        vmcb->tlb_control = SVM_TLB_FLUSH_ALL;
    }
    vmcb->asid = per_cpu[cpu].next++;
    vmcb->n_cr3 = space->root != 0 ? space->root : virt_to_phys(empty_root);
    p->asid_cpu = cpu;
    p->asid_generation = per_cpu[cpu].generation;
    p->root = space->root;
    p->space = space->asid;
    p->stamp = space->stamp;
}
