/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Kernel objects of one virtual machine, made by a root task. */
#include "host.h"

#define LARGE_BITS 21

static uint64_t host_tsc(void *ctx)
{
    (void)ctx;
    return rdtsc();
}

static void host_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)ctx;
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(subleaf));
}

/* XCR0 as the kernel keeps it for user programs; 0 when it does not use XSAVE. */
static uint64_t host_xcr0(void)
{
    uint32_t r[4], low, high;
    host_cpuid(NULL, 1, 0, r);
    if (!(r[2] & 1u << 27)) {
        return 0;
    }
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static void host_log(void *ctx, const char *text, size_t n)
{
    (void)ctx;
    while (n--) {
        seL4_DebugPutChar(*text++);
    }
}

static int64_t host_utc(void *ctx)
{
    (void)ctx;
    return 1763800000 + (int64_t)(rdtsc() / tsc_hz());
}

static int host_get(void *ctx, unsigned vcpu, unsigned groups)
{
    return (int)seL4_X86_VCPU_GetState(((struct guest *)ctx)->cpu[vcpu].vcpu, groups);
}

static int host_set(void *ctx, unsigned vcpu, unsigned groups)
{
    return (int)seL4_X86_VCPU_SetState(((struct guest *)ctx)->cpu[vcpu].vcpu, groups);
}

static int host_reset(void *ctx, unsigned vcpu)
{
    return (int)seL4_X86_VCPU_Reset(((struct guest *)ctx)->cpu[vcpu].vcpu);
}

static void host_kick(void *ctx, unsigned vcpu)
{
    seL4_Signal(((struct guest *)ctx)->cpu[vcpu].notification);
}

/* A counter decides whether anyone has to wait; only then the kernel is asked. */
static void host_lock(void *ctx)
{
    struct guest *g = ctx;
    if (__atomic_fetch_add(&g->lock_users, 1, __ATOMIC_ACQUIRE) > 0) {
        seL4_Wait(g->lock, NULL);
    }
}

static void host_unlock(void *ctx)
{
    struct guest *g = ctx;
    if (__atomic_fetch_sub(&g->lock_users, 1, __ATOMIC_RELEASE) > 1) {
        seL4_Signal(g->lock);
    }
}

static seL4_CPtr copy_cap(seL4_CPtr cap)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(
        seL4_CNode_Copy(ROOT_CNODE, slot, ROOT_DEPTH, ROOT_CNODE, cap, ROOT_DEPTH, seL4_AllRights),
        seL4_NoError);
    return slot;
}

/* A 2 MiB frame from whichever untyped still has one: the harness feeds tests from a single
 * untyped, which may be smaller than the guest. Only this program's one test does so. */
static seL4_CPtr new_large_frame(void)
{
    static seL4_Word index;
    seL4_CPtr slot = new_slot();
    for (; index < boot_info->untyped.end - boot_info->untyped.start; index++) {
        const seL4_UntypedDesc *d = &boot_info->untypedList[index];
        if (!d->isDevice && d->sizeBits >= LARGE_BITS &&
            seL4_Untyped_Retype(boot_info->untyped.start + index, seL4_X86_LargePageObject, 0,
                                ROOT_CNODE, 0, 0, slot, 1) == seL4_NoError) {
            return slot;
        }
    }
    test_fail(__FILE__, __LINE__, "not enough memory for the guest");
}

static void make_ram(struct guest *g)
{
    CHECK_EQ(seL4_X86_EPTPDPT_Map(new_object(seL4_X86_EPTPDPTObject, 0), g->nested_root, 0,
                                  seL4_X86_EPT_Default_VMAttributes),
             seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPD_Map(new_object(seL4_X86_EPTPDObject, 0), g->nested_root, 0,
                                seL4_X86_EPT_Default_VMAttributes),
             seL4_NoError);
    for (unsigned i = 0; i < GUEST_RAM_MB / 2; i++) {
        seL4_CPtr frame = new_large_frame();
        uint8_t *at = map_frame(frame, LARGE_BITS);
        g->ram = g->ram ? g->ram : at;
        CHECK_EQ((uintptr_t)at, (uintptr_t)(g->ram + ((uint64_t)i << LARGE_BITS)));
        CHECK_EQ(seL4_X86_Page_MapEPT(copy_cap(frame), g->nested_root, (uint64_t)i << LARGE_BITS,
                                      seL4_ReadWrite, seL4_X86_EPT_Default_VMAttributes),
                 seL4_NoError);
    }
}

/* A processor on the test's own thread or on a new one, which waits for guest_run(). */
static void make_vcpu(struct guest *g, unsigned n)
{
    struct guest_vcpu *c = &g->cpu[n];
    struct thread *thread = NULL;
    c->tcb = seL4_CapInitThreadTCB;
    if (n > 0) {
        thread = new_thread(guest_vcpu_thread, MAIN_PRIORITY, 0);
        thread->arg[0] = (uintptr_t)g;
        thread->arg[1] = n;
        c->tcb = thread->tcb;
        c->parked = new_object(seL4_NotificationObject, 0);
        c->go = new_object(seL4_NotificationObject, 0);
    }
    c->vcpu = new_object(seL4_X86_VCPUObject, 0);
    c->notification = new_object(seL4_NotificationObject, 0);
    seL4_CPtr page = new_object(seL4_X86_4K, 0);
    c->run = map_frame(page, seL4_PageBits);
    CHECK_EQ(seL4_TCB_SetEPTRoot(c->tcb, g->nested_root), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_SetTCB(c->vcpu, c->tcb), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetRunPage(c->tcb, page), seL4_NoError);
    CHECK_EQ(seL4_TCB_BindNotification(c->tcb, c->notification), seL4_NoError);
    if (thread) {
        thread_start(thread);
    }
}

void guest_create(struct guest *g, unsigned num_vcpus)
{
    memset(g, 0, sizeof *g);
    g->nested_root = new_object(seL4_X86_EPTPML4Object, 0);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, g->nested_root), seL4_NoError);
    g->lock = new_object(seL4_NotificationObject, 0);
    g->order = GUEST_PARK;
    for (unsigned i = 0; i < num_vcpus; i++) {
        make_vcpu(g, i);
    }
    make_ram(g); /* last: it may exhaust the untyped that the others come from */
    const struct vmm_host host = {.version = VMM_DEVICE_VERSION,
                                  .ctx = g,
                                  .tsc_hz = tsc_hz(),
                                  .tsc = host_tsc,
                                  .cpuid = host_cpuid,
                                  .xcr0_mask = host_xcr0(),
                                  .log = host_log,
                                  .utc = host_utc,
                                  .kick = host_kick,
                                  .lock = host_lock,
                                  .unlock = host_unlock,
                                  .vcpu_get = host_get,
                                  .vcpu_set = host_set,
                                  .vcpu_reset = host_reset};
    CHECK_EQ(vmm_init(&g->vm, "guest", &host, num_vcpus), 0);
    for (unsigned i = 0; i < num_vcpus; i++) {
        CHECK_EQ(vmm_set_run_page(&g->vm, i, g->cpu[i].run), 0);
    }
    const struct vmm_region ram = {
        .size = (uint64_t)GUEST_RAM_MB << 20, .host = g->ram, .writable = true};
    CHECK_EQ(vmm_memory_add(&g->vm, &ram), 0);
}
