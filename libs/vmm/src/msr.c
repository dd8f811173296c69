/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Model-specific registers that exit. Unknown ones raise #GP(0), as on a processor that lacks
 * them. Numbers: Intel SDM vol. 4, AMD APM vol. 2 appendix A. Registers of devices (local APIC)
 * are on the bus.
 */
#include "internal.h"

enum {
    MSR_PLATFORM_ID = 0x17,
    MSR_EBL_CR_POWERON = 0x2a,
    MSR_FEATURE_CONTROL = 0x3a,
    MSR_TSC = 0x10,
    MSR_TSC_ADJUST = 0x3b,
    MSR_SPEC_CTRL = 0x48,
    MSR_UCODE_WRITE = 0x79,
    MSR_UCODE_REV = 0x8b,
    MSR_PLATFORM_INFO = 0xce,
    MSR_MTRR_CAP = 0xfe,
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
    MSR_MCG_CAP = 0x179,
    MSR_MCG_STATUS = 0x17a,
    MSR_MISC_ENABLE = 0x1a0,
    MSR_DEBUGCTL = 0x1d9,
    MSR_MTRR_BASE0 = 0x200,
    MSR_MTRR_MASK7 = 0x20f,
    MSR_PAT = 0x277,
    MSR_MTRR_DEFTYPE = 0x2ff,
    MSR_KVM_WALL_OLD = 0x11,
    MSR_KVM_SYSTEM_OLD = 0x12,
    MSR_KVM_WALL = 0x4b564d00,
    MSR_KVM_SYSTEM = 0x4b564d01,
};
#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_CSTAR          0xc0000083u
#define MSR_SFMASK         0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX        0xc0000103u
#define MSR_AMD_SYSCFG     0xc0010010u
#define MSR_AMD_HWCR       0xc0010015u
#define MSR_AMD_DE_CFG     0xc0011029u

static const uint32_t mtrr_fixed[11] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                        0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

void vcpu_reset_msrs(struct vmm_vcpu *v)
{
    struct vmm_msrs *m = &v->msrs;
    memset(m, 0, sizeof *m);
    m->misc_enable = 1; /* fast strings */
    /* As firmware leaves them: write-back by default, the device hole uncached. */
    m->mtrr_deftype = 0xc06;
    for (unsigned i = 0; i < 11; i++) {
        m->mtrr_fixed[i] = i == 2 ? 0 : i > 2 ? 0x0505050505050505ull : 0x0606060606060606ull;
    }
    m->mtrr_base[0] = VMM_LOW_RAM_END;
    m->mtrr_mask[0] = 0xffc0000000ull | 0x800;
    m->de_cfg = 2;      /* LFENCE is serialising */
    m->hwcr = 1u << 24; /* TSC runs at P0 frequency */
    v->tsc_offset = 0;
}

void vcpu_set_tsc_offset(struct vmm_vcpu *v, uint64_t offset)
{
    struct vcpu_state *state = vcpu_state_modify(v, VCPU_STATE_TSC);
    if (state) {
        state->tsc_offset = offset;
        v->tsc_offset = offset;
    }
}

/* Reads as 0, writes ignored: present on every processor a guest may take this one for, without
 * effect here (performance, power, microcode, thermal, last branch). */
static bool is_inert(uint32_t index)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {MSR_PLATFORM_ID, MSR_PLATFORM_ID},
        {MSR_EBL_CR_POWERON, MSR_EBL_CR_POWERON},
        {0x2c, 0x2c},
        {0x34, 0x34},
        {MSR_UCODE_WRITE, MSR_UCODE_WRITE},
        {0xc1, 0xc8},
        {0xcd, 0xcd},
        {MSR_PLATFORM_INFO, MSR_PLATFORM_INFO},
        {0xe2, 0xe2},
        {0xe7, 0xe8},
        {0x122, 0x122},
        {0x140, 0x140},
        {0x17b, 0x17b},
        {0x186, 0x18d},
        {0x198, 0x199},
        {0x19a, 0x19c},
        {0x1ad, 0x1ad},
        {0x1b0, 0x1b1},
        {0x1c9, 0x1c9},
        {MSR_DEBUGCTL, MSR_DEBUGCTL},
        {0x1db, 0x1de},
        {0x1fc, 0x1fc},
        {0x300, 0x312},
        {0x38d, 0x391},
        {0x400, 0x47f},
        {0x606, 0x606},
        {0x610, 0x641},
        {0xc0010000, 0xc0010007},
        {MSR_AMD_SYSCFG, MSR_AMD_SYSCFG},
        {0xc001001f, 0xc001001f},
        {0xc0010055, 0xc0010055},
        {0xc0010058, 0xc0010058},
        {0xc0010061, 0xc0010071},
        {0xc0010111, 0xc0010114},
        {0xc0010140, 0xc0010141},
        {0xc0010200, 0xc001020b},
        {0xc0011020, 0xc0011023},
        {0xc001102a, 0xc001102d},
        {0xc0011030, 0xc001103b},
    };
    for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (index >= ranges[i].first && index <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* A register of the memory-type ranges; NULL when index is none of them. */
static uint64_t *mtrr(struct vmm_vcpu *v, uint32_t index)
{
    struct vmm_msrs *m = &v->msrs;
    if (index >= MSR_MTRR_BASE0 && index <= MSR_MTRR_MASK7) {
        unsigned n = (index - MSR_MTRR_BASE0) / 2;
        return index & 1u ? &m->mtrr_mask[n] : &m->mtrr_base[n];
    }
    for (unsigned i = 0; i < 11; i++) {
        if (index == mtrr_fixed[i]) {
            return &m->mtrr_fixed[i];
        }
    }
    return index == MSR_MTRR_DEFTYPE ? &m->mtrr_deftype : NULL;
}

/* Registers that live in the kernel's vCPU. NULL when index is none of them or not available. */
static uint64_t *kernel_msr(struct vmm_vcpu *v, uint32_t index, bool write)
{
    bool segment = index == MSR_FS_BASE || index == MSR_GS_BASE;
    unsigned group = segment ? VCPU_STATE_SEGMENTS : VCPU_STATE_MSRS;
    if (!segment && !(index >= MSR_STAR && index <= MSR_SFMASK) && index != MSR_KERNEL_GS_BASE &&
        index != MSR_TSC_AUX && index != MSR_PAT &&
        !(index >= MSR_SYSENTER_CS && index <= MSR_SYSENTER_EIP)) {
        return NULL;
    }
    struct vcpu_state *s = write ? vcpu_state_modify(v, group) : vcpu_state(v, group);
    if (!s) {
        return NULL;
    }
    switch (index) {
    case MSR_FS_BASE:
        return &s->seg[VCPU_FS].base;
    case MSR_GS_BASE:
        return &s->seg[VCPU_GS].base;
    case MSR_STAR:
        return &s->star;
    case MSR_LSTAR:
        return &s->lstar;
    case MSR_CSTAR:
        return &s->cstar;
    case MSR_SFMASK:
        return &s->sfmask;
    case MSR_KERNEL_GS_BASE:
        return &s->kernel_gs_base;
    case MSR_TSC_AUX:
        return &s->tsc_aux;
    case MSR_PAT:
        return &s->pat;
    case MSR_SYSENTER_CS:
        return &s->sysenter_cs;
    case MSR_SYSENTER_ESP:
        return &s->sysenter_esp;
    case MSR_SYSENTER_EIP:
        return &s->sysenter_eip;
    default:
        return NULL;
    }
}

/* Canonical for 48-bit linear addresses. */
static bool canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static bool holds_address(uint32_t index)
{
    return index == MSR_FS_BASE || index == MSR_GS_BASE || index == MSR_KERNEL_GS_BASE ||
           index == MSR_LSTAR || index == MSR_CSTAR || index == MSR_SYSENTER_ESP ||
           index == MSR_SYSENTER_EIP;
}

/* PAT: each byte one of the defined types. */
static bool pat_valid(uint64_t value)
{
    for (unsigned i = 0; i < 8; i++, value >>= 8) {
        unsigned type = value & 0xff;
        if (type > 7 || type == 2 || type == 3) {
            return false;
        }
    }
    return true;
}

bool vcpu_msr_read(struct vmm_vcpu *v, uint32_t index, uint64_t *value)
{
    struct vmm_access access = {.vcpu = v->id, .size = 8};
    if (vmm_bus_read(v->vm, VMM_SPACE_MSR, &access, index)) {
        *value = access.value;
        return true;
    }
    uint64_t *reg = mtrr(v, index);
    reg = reg ? reg : kernel_msr(v, index, false);
    *value = reg ? *reg : 0;
    switch (index) {
    case MSR_TSC:
        *value = vmm_guest_tsc(v->vm, v->id);
        return true;
    case MSR_TSC_ADJUST:
        *value = v->msrs.tsc_adjust;
        return true;
    case MSR_MTRR_CAP:
        *value = 0x508; /* 8 variable ranges, fixed ranges, write combining */
        return true;
    case MSR_MISC_ENABLE:
        *value = v->msrs.misc_enable;
        return true;
    case MSR_FEATURE_CONTROL:
        *value = 1; /* locked, nothing enabled */
        return true;
    case MSR_UCODE_REV:
        *value = 1ull << 32;
        return true;
    case MSR_MCG_CAP: /* no machine-check banks */
        return true;
    case MSR_MCG_STATUS:
        *value = v->msrs.mcg_status;
        return true;
    case MSR_EFER:
        *value = v->run->efer;
        return true;
    case MSR_AMD_HWCR:
        *value = v->msrs.hwcr;
        return true;
    case MSR_AMD_DE_CFG:
        *value = v->msrs.de_cfg;
        return true;
    case MSR_KVM_SYSTEM_OLD:
    case MSR_KVM_SYSTEM:
        *value = v->msrs.kvm_system_time;
        return true;
    case MSR_KVM_WALL_OLD:
    case MSR_KVM_WALL:
        *value = v->msrs.kvm_wall_clock;
        return true;
    default:
        return reg || is_inert(index);
    }
}

/* EFER: SCE, LME, LMA (unchanged by writes), NXE, FFXSR. LME may not change under paging. */
static bool write_efer(struct vmm_vcpu *v, uint64_t value)
{
    const uint64_t allowed = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | 1u << 14;
    bool lme_changes = (value ^ v->run->efer) & EFER_LME;
    struct vcpu_state *state;
    if ((value & ~allowed) || (lme_changes && (v->run->cr0 & CR0_PG)) ||
        !(state = vcpu_state_modify(v, VCPU_STATE_CONTROL))) {
        return false;
    }
    state->efer = (value & ~(uint64_t)EFER_LMA) | (v->run->efer & EFER_LMA);
    v->run->efer = state->efer;
    return true;
}

static bool write_tsc(struct vmm_vcpu *v, uint32_t index, uint64_t value)
{
    if (index == MSR_TSC) {
        uint64_t delta = value - vmm_guest_tsc(v->vm, v->id);
        v->msrs.tsc_adjust += delta;
        vcpu_set_tsc_offset(v, v->tsc_offset + delta);
    } else {
        vcpu_set_tsc_offset(v, v->tsc_offset + value - v->msrs.tsc_adjust);
        v->msrs.tsc_adjust = value;
    }
    return true;
}

static bool write_stored(struct vmm_vcpu *v, uint32_t index, uint64_t value)
{
    uint64_t *reg = mtrr(v, index);
    bool bad =
        (holds_address(index) && !canonical(value)) || (index == MSR_PAT && !pat_valid(value));
    if (!reg && !bad) {
        reg = kernel_msr(v, index, true);
    }
    if (reg && !bad) {
        *reg = value;
        return true;
    }
    return is_inert(index);
}

bool vcpu_msr_write(struct vmm_vcpu *v, uint32_t index, uint64_t value)
{
    struct vmm_access access = {.vcpu = v->id, .size = 8, .value = value};
    if (vmm_bus_write(v->vm, VMM_SPACE_MSR, &access, index)) {
        return true;
    }
    switch (index) {
    case MSR_TSC:
    case MSR_TSC_ADJUST:
        return write_tsc(v, index, value);
    case MSR_EFER:
        return write_efer(v, value);
    case MSR_MISC_ENABLE:
        v->msrs.misc_enable = value;
        return true;
    case MSR_UCODE_REV:
        return true;
    case MSR_MCG_STATUS:
        v->msrs.mcg_status = value;
        return true;
    case MSR_AMD_HWCR:
        v->msrs.hwcr = value;
        return true;
    case MSR_AMD_DE_CFG:
        v->msrs.de_cfg = value;
        return true;
    case MSR_KVM_SYSTEM_OLD:
    case MSR_KVM_SYSTEM:
        kvmclock_write_system_time(v, value);
        return true;
    case MSR_KVM_WALL_OLD:
    case MSR_KVM_WALL:
        kvmclock_write_wall_clock(v, value);
        return true;
    default:
        return write_stored(v, index, value);
    }
}

void exit_rdmsr(struct vmm_vcpu *v)
{
    uint64_t value;
    uint32_t index = v->run->u.msr.index;
    if (!vcpu_msr_read(v, index, &value)) {
        vmm_log(v->vm, "read of unknown MSR 0x%x: #GP", index);
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    vcpu_set_gpr(v, VCPU_RAX, 4, (uint32_t)value);
    vcpu_set_gpr(v, VCPU_RDX, 4, value >> 32);
    vcpu_skip(v);
}

void exit_wrmsr(struct vmm_vcpu *v)
{
    uint32_t index = v->run->u.msr.index;
    uint64_t value = (vcpu_gpr(v, VCPU_RAX) & 0xffffffffu) | vcpu_gpr(v, VCPU_RDX) << 32;
    if (!vcpu_msr_write(v, index, value)) {
        vmm_log(v->vm, "write of 0x%llx to MSR 0x%x: #GP", (unsigned long long)value, index);
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    vcpu_skip(v);
}
