/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * VT-x: probing, switching on, the current VMCS, the host's state, cached translations. Intel SDM
 * vol. 3, 23.7 (VMXON), 24.11 (VMCS), 26.2.2 to 26.2.4 (host state), 28.3 (INVEPT, INVVPID).
 */
#include "vmx.h"
#include "../object/page_table.h"
#include <x86/layout.h>
#include <x86/percpu.h>
#include <x86/trap.h>
#include <string.h>

#define MSR_FEATURE_CONTROL 0x3au
#define MSR_VMX_BASIC       0x480u
#define MSR_VMX_PIN         0x481u
#define MSR_VMX_PROC        0x482u
#define MSR_VMX_EXIT        0x483u
#define MSR_VMX_ENTRY       0x484u
#define MSR_VMX_MISC        0x485u
#define MSR_VMX_CR0_FIXED0  0x486u
#define MSR_VMX_CR4_FIXED0  0x488u
#define MSR_VMX_PROC2       0x48bu
#define MSR_VMX_EPT_VPID    0x48cu
#define MSR_VMX_TRUE_PIN    0x48du
#define MSR_VMX_TRUE_PROC   0x48eu
#define MSR_VMX_TRUE_EXIT   0x48fu
#define MSR_VMX_TRUE_ENTRY  0x490u

#define FEATURE_CONTROL_LOCK (1u << 0)
#define FEATURE_CONTROL_VMX  (1u << 2)

#define CPUID_ECX_VMX (1u << 5)
#define CR4_VMXE      (1u << 13)

/* The MSR bitmap: reads and writes of 0..0x1fff and 0xc0000000..0xc0001fff, a bit each. */
#define BITMAP_READ    0u
#define BITMAP_WRITE   0x800u
#define BITMAP_HIGH    0x400u
#define MSR_RANGE_SIZE 0x2000u

#define INVEPT_SINGLE 1u
#define INVEPT_ALL    2u
#define INVVPID_ALL   2u
#define VPID_LIMIT    0x10000u

struct vmx_features vmx_features;

static uint8_t msr_bitmap[4096] __attribute__((aligned(4096)));

/* The guest memory of a vCPU whose thread has no EPT root. */
static const uint64_t empty_root[512] __attribute__((aligned(4096)));

static struct {
    struct vcpu *current; /* whose VMCS is the current one */
    uint32_t next_vpid;
    uint64_t generation;
} per_cpu[MAX_CPUS];

/* VMCS fields: the guest reads and writes these without an exit. KERNEL_GS_BASE follows SWAPGS. */
static const uint32_t direct_msrs[] = {MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
                                       0x174,       0x175,       0x176};
/* The guest reads these without an exit; the kernel handles writes and so knows the values. */
static const uint32_t system_call_msrs[VMX_NUM_MSRS] = {
    [VMX_MSR_STAR] = MSR_STAR,
    [VMX_MSR_LSTAR] = MSR_LSTAR,
    [VMX_MSR_CSTAR] = MSR_CSTAR,
    [VMX_MSR_SFMASK] = MSR_SFMASK,
};
static uint64_t host_msrs[VMX_NUM_MSRS];

static void allow_msr(uint32_t msr, uint32_t access)
{
    uint32_t base = access + (msr < MSR_RANGE_SIZE ? 0 : BITMAP_HIGH);
    uint32_t bit = msr % MSR_RANGE_SIZE;
    msr_bitmap[base + bit / 8] &= (uint8_t) ~(1u << (bit % 8));
}

static void init_msr_bitmap(void)
{
    memset(msr_bitmap, 0xff, sizeof(msr_bitmap));
    for (unsigned i = 0; i < sizeof(direct_msrs) / sizeof(direct_msrs[0]); i++) {
        allow_msr(direct_msrs[i], BITMAP_READ);
        allow_msr(direct_msrs[i], BITMAP_WRITE);
    }
    for (unsigned i = 0; i < VMX_NUM_MSRS; i++) {
        allow_msr(system_call_msrs[i], BITMAP_READ);
    }
}

static struct vmx_capabilities read_capabilities(void)
{
    uint64_t basic = x86_rdmsr(MSR_VMX_BASIC);
    bool exact = (basic & VMX_BASIC_TRUE_CONTROLS) != 0;
    struct vmx_capabilities caps = {
        .basic = basic,
        .pin = x86_rdmsr(exact ? MSR_VMX_TRUE_PIN : MSR_VMX_PIN),
        .proc = x86_rdmsr(exact ? MSR_VMX_TRUE_PROC : MSR_VMX_PROC),
        .exit = x86_rdmsr(exact ? MSR_VMX_TRUE_EXIT : MSR_VMX_EXIT),
        .entry = x86_rdmsr(exact ? MSR_VMX_TRUE_ENTRY : MSR_VMX_ENTRY),
        .misc = x86_rdmsr(MSR_VMX_MISC),
        .cr0_fixed0 = x86_rdmsr(MSR_VMX_CR0_FIXED0),
        .cr4_fixed0 = x86_rdmsr(MSR_VMX_CR4_FIXED0),
    };
    if (caps.proc >> 32 & VMX_PROC_SECONDARY) {
        caps.proc2 = x86_rdmsr(MSR_VMX_PROC2);
    }
    if (caps.proc2 >> 32 & (VMX_PROC2_EPT | VMX_PROC2_VPID)) {
        caps.ept_vpid = x86_rdmsr(MSR_VMX_EPT_VPID);
    }
    return caps;
}

bool vmx_probe(const char **why)
{
    if (!(x86_cpuid(1, 0).ecx & CPUID_ECX_VMX)) {
        *why = "the processor has no VT-x";
        return false;
    }
    uint64_t control = x86_rdmsr(MSR_FEATURE_CONTROL);
    if ((control & FEATURE_CONTROL_LOCK) && !(control & FEATURE_CONTROL_VMX)) {
        *why = "VT-x is switched off by the firmware";
        return false;
    }
    struct vmx_capabilities caps = read_capabilities();
    if (!vmx_choose_controls(&caps, &vmx_features.controls, why)) {
        return false;
    }
    init_msr_bitmap();
    nested_ops = &nested_ept;
    nested_has_1g_pages = vmx_features.controls.ept_1g;
    return true;
}

static uint32_t revision(void)
{
    return (uint32_t)x86_rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
}

void vmx_init_cpu(void)
{
    unsigned cpu = this_cpu()->id;
    paddr_t region = x86_hv_page(0);
    bool good;
    if (!(x86_rdmsr(MSR_FEATURE_CONTROL) & FEATURE_CONTROL_LOCK)) {
        x86_wrmsr(MSR_FEATURE_CONTROL, FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
    }
    for (unsigned i = 0; i < VMX_NUM_MSRS; i++) {
        host_msrs[i] = x86_rdmsr(system_call_msrs[i]);
    }
    *(uint32_t *)phys_to_virt(region) = revision();
    x86_write_cr4(x86_read_cr4() | CR4_VMXE);
    __asm__ volatile("vmxon %1" : "=@cca"(good) : "m"(region) : "memory");
    kassert(good);
    per_cpu[cpu].generation = 1;
    per_cpu[cpu].next_vpid = 1;
}

paddr_t vmx_msr_bitmap(void)
{
    return virt_to_phys(msr_bitmap);
}

void vmx_make_current(struct vcpu *v)
{
    unsigned cpu = this_cpu()->id;
    bool good;
    if (per_cpu[cpu].current == v) {
        return;
    }
    paddr_t vmcs = virt_to_phys(vcpu_part(v, VCPU_CONTROL_BLOCK));
    /* Its registers may still be in the CPU it ran on: whoever moves it calls vmx_leave() there. */
    kassert(v->cpu == NULL || v->cpu == this_cpu());
    if (v->cpu == NULL) {
        *(uint32_t *)vcpu_part(v, VCPU_CONTROL_BLOCK) = revision();
        __asm__ volatile("vmclear %1" : "=@cca"(good) : "m"(vmcs) : "memory");
        kassert(good);
        vmx_private(v)->launched = false;
    }
    __asm__ volatile("vmptrld %1" : "=@cca"(good) : "m"(vmcs) : "memory");
    kassert(good);
    per_cpu[cpu].current = v;
    v->cpu = this_cpu();
}

void vmx_leave(struct vcpu *v)
{
    unsigned cpu = this_cpu()->id;
    paddr_t vmcs = virt_to_phys(vcpu_part(v, VCPU_CONTROL_BLOCK));
    bool good;
    kassert(v->cpu == this_cpu());
    __asm__ volatile("vmclear %1" : "=@cca"(good) : "m"(vmcs) : "memory");
    kassert(good);
    vmx_private(v)->launched = false;
    if (per_cpu[cpu].current == v) {
        per_cpu[cpu].current = NULL;
    }
}

void vmx_write_host_state(void)
{
    struct table_pointer gdt, idt;
    __asm__ volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
    const struct vmx_host host = {
        .cr0 = x86_read_cr0(),
        .cr4 = x86_read_cr4(),
        .efer = x86_rdmsr(MSR_EFER),
        .pat = x86_rdmsr(MSR_PAT),
        .gs_base = (uint64_t)this_cpu(),
        .tr_base = (uint64_t)&x86_this_cpu_arch()->tss,
        .gdtr_base = gdt.base,
        .idtr_base = idt.base,
        .rip = (uint64_t)vmx_exit_entry,
        .cs = SEL_KERNEL_CODE,
        .ss = SEL_KERNEL_DATA,
        .tr = SEL_TSS,
    };
    struct vmx_field fields[VMX_HOST_FIELDS];
    vmx_host_fields(&host, fields);
    for (unsigned i = 0; i < VMX_HOST_FIELDS; i++) {
        vmcs_write(fields[i].field, fields[i].value);
    }
}

static void invept(uint64_t eptp)
{
    const uint64_t descriptor[2] = {eptp, 0};
    uint64_t type = vmx_features.controls.invept_single ? INVEPT_SINGLE : INVEPT_ALL;
    bool good;
    __asm__ volatile("invept %1, %2" : "=@cca"(good) : "m"(descriptor), "r"(type) : "memory");
    kassert(good);
}

static void invvpid_all(void)
{
    const uint64_t descriptor[2] = {0, 0};
    bool good;
    __asm__ volatile("invvpid %1, %2"
                     : "=@cca"(good)
                     : "m"(descriptor), "r"((uint64_t)INVVPID_ALL)
                     : "memory");
    kassert(good);
}

/* A fresh VPID has nothing cached. Without VPIDs every entry and exit flushes. */
static void take_vpid(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    unsigned cpu = this_cpu()->id;
    if (!vmx_features.controls.vpid ||
        (p->vpid_cpu == cpu && p->vpid_generation == per_cpu[cpu].generation)) {
        return;
    }
    if (per_cpu[cpu].next_vpid >= VPID_LIMIT) {
        per_cpu[cpu].next_vpid = 1;
        per_cpu[cpu].generation++;
        invvpid_all();
    }
    vmcs_write(VMCS_VPID, per_cpu[cpu].next_vpid++);
    p->vpid_cpu = cpu;
    p->vpid_generation = per_cpu[cpu].generation;
}

void vmx_prepare_translations(struct vcpu *v, const struct nested_space_ref *space)
{
    struct vmx_vcpu *p = vmx_private(v);
    /* launched: not moved to another CPU since. A stamp is an ASID's, not a root's. */
    bool same = p->launched && p->space.root == space->root && p->space.asid == space->asid &&
                p->space.stamp == space->stamp;
    take_vpid(v);
    if (!same) {
        paddr_t root = space->root != 0 ? space->root : virt_to_phys(empty_root);
        uint64_t eptp = root | vmx_features.controls.eptp;
        vmcs_write(VMCS_EPTP, eptp);
        invept(eptp);
        p->space = *space;
    }
}

static void write_differing_msr(uint32_t msr, uint64_t value, uint64_t there)
{
    if (value != there) {
        x86_wrmsr(msr, value);
    }
}

void vmx_load_msrs(struct vcpu *v)
{
    const struct vmx_vcpu *p = vmx_private(v);
    for (unsigned i = 0; i < VMX_NUM_MSRS; i++) {
        write_differing_msr(system_call_msrs[i], p->msr[i], host_msrs[i]);
    }
    x86_wrmsr(MSR_KERNEL_GS_BASE, p->kernel_gs_base);
}

/* KERNEL_GS_BASE is a user base in the kernel: it is loaded before the next exit anyway. */
void vmx_save_msrs(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    p->kernel_gs_base = x86_rdmsr(MSR_KERNEL_GS_BASE);
    for (unsigned i = 0; i < VMX_NUM_MSRS; i++) {
        write_differing_msr(system_call_msrs[i], host_msrs[i], p->msr[i]);
    }
}

void vmx_discard_msrs(void)
{
    for (unsigned i = 0; i < VMX_NUM_MSRS; i++) {
        x86_wrmsr(system_call_msrs[i], host_msrs[i]);
    }
}
