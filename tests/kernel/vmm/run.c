/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Console with a scripted user, and the run loop. */
#include "host.h"

#define COM1    0x3f8
#define POLL_NS 20000000u

/* The scripted user: when the expected text has appeared, type the answer. */
static void watch(struct guest *g, char c)
{
    const char *expect = g->script ? *g->script : NULL;
    if (!expect || g->typing) {
        return;
    }
    if (c == expect[g->matched]) {
        g->matched++;
    } else {
        g->matched = c == expect[0];
    }
    if (expect[g->matched] == 0) {
        g->matched = 0;
        g->typing = g->script[1];
        g->script += 2;
    }
}

static size_t console_write(void *ctx, const uint8_t *data, size_t n)
{
    struct guest *g = ctx;
    for (size_t i = 0; i < n; i++) {
        seL4_DebugPutChar((char)data[i]);
        watch(g, (char)data[i]);
    }
    g->output += n;
    return n;
}

static size_t console_read(void *ctx, uint8_t *data, size_t n)
{
    struct guest *g = ctx;
    size_t got = 0;
    while (got < n && g->typing && *g->typing) {
        data[got++] = (uint8_t)*g->typing++;
    }
    if (g->typing && !*g->typing) {
        g->typing = NULL;
    }
    while (g->com1 && got < n && (seL4_X86_IOPort_In8(g->com1, COM1 + 5).result & 1u)) {
        data[got++] = seL4_X86_IOPort_In8(g->com1, COM1).result;
    }
    return got;
}

const struct vmm_console_ops guest_console = {.write = console_write, .read = console_read};

static void poll_fired(struct vmm_timer *timer)
{
    vmm_poll_devices(timer->vm);
    vmm_timer_arm(timer->vm, timer, vmm_now(timer->vm) + POLL_NS);
}

static void run_once(struct vmm_vcpu *v)
{
    vmm_vcpu_prepare(v);
    if (seL4_VMEnter(NULL) == VCPU_EXIT) {
        vmm_vcpu_exit(v);
    }
}

/* A thread that runs no guest code waits in its own "go", so its vCPU may be reset. */
void guest_vcpu_thread(struct thread *t)
{
    struct guest *g = (struct guest *)t->arg[0];
    unsigned n = (unsigned)t->arg[1];
    while (g->order != GUEST_END) {
        if (g->order == GUEST_PARK) {
            seL4_Signal(g->cpu[n].parked);
            seL4_Wait(g->cpu[n].go, NULL);
        } else {
            run_once(&g->vm.vcpu[n]);
        }
    }
    seL4_Signal(g->cpu[n].parked);
}

/* Stop the other vCPUs (GUEST_PARK, GUEST_END) or let them go on (GUEST_RUN). */
static void order_vcpus(struct guest *g, enum guest_order order)
{
    g->order = order;
    for (unsigned i = 1; i < g->vm.num_vcpus; i++) {
        if (order == GUEST_RUN) {
            seL4_Signal(g->cpu[i].go);
        } else {
            seL4_Signal(g->cpu[i].notification);
            seL4_Wait(g->cpu[i].parked, NULL);
        }
    }
}

/* false: the guest is off. */
static bool carry_out(struct guest *g)
{
    const char *why, *error = NULL;
    switch (vmm_take_request(&g->vm, &why)) {
    case VMM_REQUEST_POWER_OFF:
        print("\n# guest powered off: %s\n", why);
        return false;
    case VMM_REQUEST_RESET:
        print("\n# guest reset: %s\n", why);
        order_vcpus(g, GUEST_PARK);
        error = vmm_pc_reset(&g->pc);
        order_vcpus(g, GUEST_RUN);
        break;
    case VMM_REQUEST_PANICKED:
    case VMM_REQUEST_CRASH_LOADED:
        print("\n# guest panicked\n");
        break;
    default:
        break;
    }
    if (error) {
        test_fail(__FILE__, __LINE__, "%s", error);
    }
    return true;
}

bool guest_run(struct guest *g, unsigned seconds)
{
    struct vmm_vcpu *v = &g->vm.vcpu[0];
    static struct vmm_timer poll;
    poll = (struct vmm_timer){.fire = poll_fired};
    vmm_timer_arm(&g->vm, &poll, POLL_NS);
    order_vcpus(g, GUEST_PARK); /* they have just been created: wait until they are ready */
    order_vcpus(g, GUEST_RUN);
    bool off = false;
    while (!off && vmm_now(&g->vm) < seconds * 1000000000ull) {
        run_once(v);
        off = g->vm.request != VMM_REQUEST_NONE && !carry_out(g);
    }
    order_vcpus(g, GUEST_END);
    return off;
}
