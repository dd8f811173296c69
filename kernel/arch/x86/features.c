/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* CPUID and control registers. Intel SDM vol. 2A (CPUID), vol. 3 2.5; AMD APM vol. 3, appendix E.
 */
#include <kernel/printf.h>
#include <x86/features.h>
#include <x86/instr.h>

struct x86_features x86_features;

#define BIT_OF(word, n) (((word) >> (n)) & 1)

static void features_read_identity(void)
{
    struct x86_features *f = &x86_features;
    struct x86_cpuid id = x86_cpuid(0, 0);
    const uint32_t words[3] = {id.ebx, id.edx, id.ecx};
    for (unsigned i = 0; i < 12; i++) {
        f->vendor[i] = (char)(words[i / 4] >> (i % 4 * 8));
    }
    uint32_t eax = x86_cpuid(1, 0).eax;
    f->stepping = eax & 15;
    f->family = (eax >> 8 & 15) + ((eax >> 8 & 15) == 15 ? eax >> 20 & 0xff : 0);
    f->model = (eax >> 4 & 15) | (eax >> 12 & 0xf0);
}

/* Crystal clock and ratio (leaf 0x15), or the base frequency (leaf 0x16). */
static uint32_t features_read_tsc_khz(uint32_t max_leaf)
{
    if (max_leaf < 0x15) {
        return 0;
    }
    struct x86_cpuid ratio = x86_cpuid(0x15, 0);
    if (ratio.eax && ratio.ebx && ratio.ecx) {
        return (uint32_t)((uint64_t)ratio.ecx * ratio.ebx / ratio.eax / 1000);
    }
    return 0;
}

void features_probe(void)
{
    struct x86_features *f = &x86_features;
    uint32_t max = x86_cpuid(0, 0).eax;
    uint32_t max_ext = x86_cpuid(0x80000000, 0).eax;
    struct x86_cpuid one = x86_cpuid(1, 0);
    struct x86_cpuid ext = x86_cpuid(0x80000001, 0);

    features_read_identity();
    f->xsave = BIT_OF(one.ecx, 26);
    f->avx = f->xsave && BIT_OF(one.ecx, 28);
    f->x2apic = BIT_OF(one.ecx, 21);
    f->tsc_deadline = BIT_OF(one.ecx, 24);
    f->vmx = BIT_OF(one.ecx, 5);
    f->pat = BIT_OF(one.edx, 16);
    f->pge = BIT_OF(one.edx, 13);
    f->svm = BIT_OF(ext.ecx, 2);
    f->ffxsr = BIT_OF(ext.edx, 25);
    f->pages_1g = BIT_OF(ext.edx, 26);
    f->rdtscp = BIT_OF(ext.edx, 27);
    if (max >= 7) {
        struct x86_cpuid seven = x86_cpuid(7, 0);
        f->smep = BIT_OF(seven.ebx, 7);
        f->smap = BIT_OF(seven.ebx, 20);
        f->umip = BIT_OF(seven.ecx, 2);
    }
    f->phys_bits = max_ext >= 0x80000008 ? x86_cpuid(0x80000008, 0).eax & 0xff : 36;
    f->fpu_pointers_leak = f->vendor[0] == 'A' && /* AuthenticAMD */
                           !(max_ext >= 0x80000008 && BIT_OF(x86_cpuid(0x80000008, 0).ebx, 2));
    f->invariant_tsc = max_ext >= 0x80000007 && BIT_OF(x86_cpuid(0x80000007, 0).edx, 8);
    f->tsc_khz = features_read_tsc_khz(max);
}

void features_enable(void)
{
    const struct x86_features *f = &x86_features;
    uint64_t cr0 = x86_read_cr0();
    cr0 &= ~(uint64_t)(CR0_EM | CR0_TS | CR0_AM);
    x86_write_cr0(cr0 | CR0_MP | CR0_NE | CR0_WP);

    uint64_t cr4 = x86_read_cr4() & ~(uint64_t)CR4_FSGSBASE;
    cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= f->pge ? CR4_PGE : 0;
    cr4 |= f->xsave ? CR4_OSXSAVE : 0;
    cr4 |= f->smep ? CR4_SMEP : 0;
    cr4 |= f->smap ? CR4_SMAP : 0;
    cr4 |= f->umip ? CR4_UMIP : 0;
    x86_write_cr4(cr4);
    if (f->pat) {
        /* WB WT UC- UC WC WB UC- UC: entry 4 is what the API's WriteCombining selects. */
        x86_wrmsr(MSR_PAT, 0x0007060100070406);
    }
}

void features_print(void)
{
    const struct x86_features *f = &x86_features;
    kprintf("cpu: %s family %x model %x, %u physical address bits%s%s%s%s%s%s%s%s%s%s\n", f->vendor,
            f->family, f->model, f->phys_bits, f->xsave ? " xsave" : " fxsave",
            f->avx ? " avx" : "", f->smep ? " smep" : "", f->smap ? " smap" : "",
            f->umip ? " umip" : "", f->pages_1g ? " 1g-pages" : "", f->x2apic ? " x2apic" : "",
            f->tsc_deadline ? " tsc-deadline" : "", f->svm ? " svm" : "", f->vmx ? " vmx" : "");
}
