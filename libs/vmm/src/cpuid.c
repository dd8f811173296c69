/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * CPUID as the guest sees it: the host's leaves filtered to what a guest can really use here,
 * plus what the VMM adds (x2APIC, TSC deadline, TSC frequency, the hypervisor leaves). Every leaf
 * not listed reads zero. Bit names: Intel SDM vol. 2 CPUID, AMD APM vol. 3 appendix E; hypervisor
 * leaves: the Linux kernel's public documentation of the KVM interface (virt/kvm/x86/cpuid.rst).
 */
#include "internal.h"

enum { EAX, EBX, ECX, EDX };

#define MAX_BASIC    0x16u
#define MAX_EXTENDED 0x80000008u
#define MAX_HYPER    0x40000010u

#define BIT(n) (1u << (n))

/* leaf 1 EDX: FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX
 * FXSR SSE SSE2 */
#define LEAF1_EDX 0x078bfbffu
/* leaf 1 ECX: SSE3 PCLMUL SSSE3 FMA CX16 PCID SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND
 */
#define LEAF1_ECX                                                                                  \
    (BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(17) | BIT(19) | BIT(20) | BIT(22) |        \
     BIT(23) | BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30))
#define LEAF1_ECX_X2APIC      BIT(21)
#define LEAF1_ECX_DEADLINE    BIT(24)
#define LEAF1_ECX_OSXSAVE     BIT(27)
#define LEAF1_ECX_HYPERVISOR  BIT(31)
#define LEAF1_ECX_NEEDS_XSAVE (BIT(26) | BIT(12) | BIT(28) | BIT(29)) /* XSAVE FMA AVX F16C */
/* leaf 7 EBX: FSGSBASE BMI1 AVX2 SMEP BMI2 ERMS INVPCID RDSEED ADX SMAP CLFLUSHOPT CLWB SHA */
#define LEAF7_EBX                                                                                  \
    (BIT(0) | BIT(3) | BIT(5) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(18) | BIT(19) | BIT(20) | \
     BIT(23) | BIT(24) | BIT(29))
#define LEAF7_EBX_TSC_ADJUST BIT(1)
#define LEAF7_EBX_AVX2       BIT(5)
#define LEAF7_ECX            (BIT(2) | BIT(9) | BIT(10)) /* UMIP VAES VPCLMULQDQ */
#define LEAF7_ECX_AVX        (BIT(9) | BIT(10))
#define LEAF7_EDX            BIT(4) /* FSRM */
/* 0x80000001: LAHF CMP_LEGACY CR8 ABM SSE4A MISALIGNSSE PREFETCHW; SYSCALL NX MMXEXT FFXSR 1GB
 * RDTSCP LM and the copies of leaf 1 */
#define EXT1_ECX (BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8))
#define EXT1_EDX (0x0183f3ffu | BIT(11) | BIT(20) | BIT(22) | BIT(25) | BIT(26) | BIT(27) | BIT(29))

static void host_cpuid(const struct vmm_vcpu *v, uint32_t leaf, uint32_t sub, uint32_t out[4])
{
    v->vm->host.cpuid(v->vm->host.ctx, leaf, sub, out);
}

static bool has_avx(const struct vmm_vcpu *v)
{
    return (v->vm->host.xcr0_mask & 7u) == 7u;
}

static void leaf_1(struct vmm_vcpu *v, uint32_t out[4])
{
    unsigned n = v->vm->num_vcpus;
    uint64_t apic_base = v->vm->lapic ? v->vm->lapic->apic_base(v->vm->lapic_ctx, v->id) : 0;
    out[EBX] = (out[EBX] & 0xff00u) | n << 16 | v->id << 24;
    out[ECX] &= LEAF1_ECX;
    out[EDX] &= LEAF1_EDX;
    if (n > 1) {
        out[EDX] |= BIT(28);
    }
    if (!v->vm->host.xcr0_mask) {
        out[ECX] &= ~LEAF1_ECX_NEEDS_XSAVE;
    } else if (!has_avx(v)) {
        out[ECX] &= ~(LEAF1_ECX_NEEDS_XSAVE & ~BIT(26));
    }
    if ((out[ECX] & BIT(26)) && (v->run->cr4 & CR4_OSXSAVE)) {
        out[ECX] |= LEAF1_ECX_OSXSAVE;
    }
    if (v->vm->lapic) {
        out[ECX] |= LEAF1_ECX_X2APIC | LEAF1_ECX_DEADLINE;
        out[EDX] |= BIT(9);
    }
    if (!(apic_base & BIT(11))) {
        out[EDX] &= ~BIT(9); /* the APIC bit follows the global enable */
    }
    out[ECX] |= LEAF1_ECX_HYPERVISOR;
}

static void leaf_7(struct vmm_vcpu *v, uint32_t sub, uint32_t out[4])
{
    if (sub != 0) {
        memset(out, 0, 16);
        return;
    }
    out[EAX] = 0;
    out[EBX] = (out[EBX] & LEAF7_EBX) | LEAF7_EBX_TSC_ADJUST;
    out[ECX] &= LEAF7_ECX;
    out[EDX] &= LEAF7_EDX;
    if (!has_avx(v)) {
        out[EBX] &= ~LEAF7_EBX_AVX2;
        out[ECX] &= ~LEAF7_ECX_AVX;
    }
}

/* Size of the XSAVE area for a set of components, from the host's own sub-leaves. */
static uint32_t xsave_size(struct vmm_vcpu *v, uint64_t components)
{
    uint32_t size = 512 + 64;
    for (unsigned i = 2; i < 63; i++) {
        if ((components >> i) & 1u) {
            uint32_t sub[4];
            host_cpuid(v, 0xd, i, sub);
            if (sub[EAX] + sub[EBX] > size) {
                size = sub[EAX] + sub[EBX];
            }
        }
    }
    return size;
}

static void leaf_d(struct vmm_vcpu *v, uint32_t sub, uint32_t out[4])
{
    uint64_t mask = v->vm->host.xcr0_mask;
    bool component = sub >= 2 && sub < 63 && (mask >> sub) & 1u;
    if (mask == 0 || (sub > 1 && !component)) {
        memset(out, 0, 16);
        return;
    }
    if (sub == 1) {
        out[EAX] &= BIT(0); /* XSAVEOPT only: no compaction, no supervisor states */
        out[EBX] = out[ECX] = out[EDX] = 0;
    }
    if (sub == 0) {
        const struct vcpu_state *state = vcpu_state(v, VCPU_STATE_CONTROL);
        out[EAX] = (uint32_t)mask;
        out[EDX] = (uint32_t)(mask >> 32);
        out[EBX] = xsave_size(v, state ? state->xcr0 & mask : mask);
        out[ECX] = xsave_size(v, mask);
    }
}

/* Extended topology: one thread per core, the vCPUs are the cores of one package. */
static void leaf_b(struct vmm_vcpu *v, uint32_t sub, uint32_t out[4])
{
    unsigned shift = 0;
    while ((1u << shift) < v->vm->num_vcpus) {
        shift++;
    }
    out[EAX] = sub == 1 ? shift : 0;
    out[EBX] = sub == 0 ? 1 : sub == 1 ? v->vm->num_vcpus : 0;
    out[ECX] = (sub & 0xff) | (sub < 2 ? (sub + 1) << 8 : 0);
    out[EDX] = v->id;
}

static void leaf_tsc(struct vmm_vcpu *v, uint32_t leaf, uint32_t out[4])
{
    uint32_t khz = (uint32_t)(v->vm->host.tsc_hz / 1000);
    memset(out, 0, 16);
    if (leaf == 0x15) {
        /* TSC = crystal * EBX / EAX; the crystal is also the local APIC timer's clock */
        out[EAX] = (uint32_t)(VMM_APIC_TIMER_HZ / 1000);
        out[EBX] = khz;
        out[ECX] = (uint32_t)VMM_APIC_TIMER_HZ;
    } else {
        out[EAX] = out[EBX] = khz / 1000;
        out[ECX] = 100;
    }
}

static void leaf_hypervisor(struct vmm_vcpu *v, uint32_t leaf, uint32_t out[4])
{
    memset(out, 0, 16);
    switch (leaf) {
    case 0x40000000:
        out[EAX] = MAX_HYPER;
        memcpy(&out[EBX], "KVMKVMKVM\0\0\0", 12);
        break;
    case 0x40000001:
        /* clock (old and new MSRs), no I/O delay needed, clock is stable over vCPUs */
        out[EAX] = BIT(0) | BIT(1) | BIT(3) | BIT(24);
        break;
    case 0x40000010: /* TSC and APIC bus frequency, kHz */
        out[EAX] = (uint32_t)(v->vm->host.tsc_hz / 1000);
        out[EBX] = (uint32_t)(VMM_APIC_TIMER_HZ / 1000);
        break;
    default:
        break;
    }
}

static void leaf_extended(struct vmm_vcpu *v, uint32_t leaf, uint32_t out[4])
{
    switch (leaf & 0xffffu) {
    case 0:
        out[EAX] = out[EAX] < MAX_EXTENDED ? out[EAX] : MAX_EXTENDED;
        break;
    case 1:
        out[EBX] = 0;
        out[ECX] &= EXT1_ECX;
        out[EDX] &= EXT1_EDX;
        if (v->vm->num_vcpus == 1) {
            out[ECX] &= ~BIT(1);
        }
        break;
    case 7: /* invariant TSC: the guest TSC is the host's plus a constant */
        out[EAX] = out[EBX] = out[ECX] = 0;
        out[EDX] = BIT(8);
        break;
    case 8:
        out[EBX] = out[EDX] = 0;
        out[ECX] = v->vm->num_vcpus - 1;
        break;
    default: /* 2..4 name, 5 and 6 caches: as the host */
        break;
    }
}

/* Leaf 4: the caches belong to this guest's only package. */
static void leaf_4(struct vmm_vcpu *v, uint32_t out[4])
{
    if (out[EAX] & 0x1fu) {
        out[EAX] = (out[EAX] & 0x3fffu) | (v->vm->num_vcpus - 1) << 26;
    }
}

void vcpu_cpuid(struct vmm_vcpu *v, uint32_t leaf, uint32_t sub, uint32_t out[4])
{
    if (leaf >= 0x40000000u && leaf < 0x40010000u) {
        leaf_hypervisor(v, leaf, out);
        return;
    }
    uint32_t top[4];
    host_cpuid(v, leaf & 0x80000000u, 0, top);
    bool ours = leaf == 0xb || leaf == 0x15 || leaf == 0x16;
    if (leaf > (leaf & 0x80000000u ? MAX_EXTENDED : MAX_BASIC) || (leaf > top[EAX] && !ours)) {
        memset(out, 0, 16);
        return;
    }
    host_cpuid(v, leaf, sub, out);
    if (leaf & 0x80000000u) {
        leaf_extended(v, leaf, out);
        return;
    }
    switch (leaf) {
    case 0:
        out[EAX] = MAX_BASIC;
        break;
    case 1:
        leaf_1(v, out);
        break;
    case 2:
        break;
    case 4:
        leaf_4(v, out);
        break;
    case 6:
        memset(out, 0, 16);
        out[EAX] = BIT(2); /* APIC timer runs always */
        break;
    case 7:
        leaf_7(v, sub, out);
        break;
    case 0xb:
        leaf_b(v, sub, out);
        break;
    case 0xd:
        leaf_d(v, sub, out);
        break;
    case 0x15:
    case 0x16:
        leaf_tsc(v, leaf, out);
        break;
    default:
        memset(out, 0, 16);
        break;
    }
}

void exit_cpuid(struct vmm_vcpu *v)
{
    uint32_t out[4];
    vcpu_cpuid(v, (uint32_t)vcpu_gpr(v, VCPU_RAX), (uint32_t)vcpu_gpr(v, VCPU_RCX), out);
    vcpu_set_gpr(v, VCPU_RAX, 4, out[EAX]);
    vcpu_set_gpr(v, VCPU_RBX, 4, out[EBX]);
    vcpu_set_gpr(v, VCPU_RCX, 4, out[ECX]);
    vcpu_set_gpr(v, VCPU_RDX, 4, out[EDX]);
    vcpu_skip(v);
}
