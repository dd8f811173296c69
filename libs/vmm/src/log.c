/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Text: the rate-limited log, dumps of vCPUs and devices, counters. */
#include "internal.h"
#include <stdarg.h>
#include <stdio.h>

#define LINE          256
#define LOG_BURST     20
#define LOG_WINDOW_NS 1000000000ull

static void put_v(const struct vmm_text *out, const char *format, va_list args)
{
    char line[LINE];
    int n = vsnprintf(line, sizeof line, format, args);
    if (n > 0) {
        out->put(out->ctx, line, n < LINE ? (size_t)n : LINE - 1);
    }
}

void vmm_text_printf(const struct vmm_text *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_v(out, format, args);
    va_end(args);
}

static void log_put(void *ctx, const char *text, size_t n)
{
    struct vmm *vm = ctx;
    if (vm->host.log) {
        vm->host.log(vm->host.ctx, text, n);
    }
}

struct vmm_text vmm_log_text(struct vmm *vm)
{
    return (struct vmm_text){.put = log_put, .ctx = vm};
}

void vmm_log(struct vmm *vm, const char *format, ...)
{
    struct vmm_text out = vmm_log_text(vm);
    uint64_t now = vmm_now(vm);
    if (now - vm->log_window >= LOG_WINDOW_NS) {
        if (vm->log_dropped) {
            vmm_text_printf(&out, "%s: (%u more messages)\n", vm->name, vm->log_dropped);
        }
        vm->log_window = now;
        vm->log_count = vm->log_dropped = 0;
    }
    if (vm->log_count >= LOG_BURST) {
        vm->log_dropped++;
        return;
    }
    vm->log_count++;
    va_list args;
    va_start(args, format);
    vmm_text_printf(&out, "%s: ", vm->name);
    put_v(&out, format, args);
    vmm_text_printf(&out, "\n");
    va_end(args);
}

const char *vmm_exit_name(unsigned reason)
{
    static const char *const text[] = {
#define X(n, name, what) [n] = what,
        VCPU_EXIT_LIST(X)
#undef X
    };
    return reason < sizeof text / sizeof text[0] ? text[reason] : "unknown exit";
}

#define LL(x) ((unsigned long long)(x))

void vmm_dump_vcpu(struct vmm_vcpu *v, const struct vmm_text *out)
{
    static const char *const states[] = {"running", "halted", "waiting for start-up", "stopped"};
    static const char *const names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                        "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15"};
    const struct vcpu_run *run = v->run;
    vmm_text_printf(out, "%s vcpu%u: %s, last exit: %s (hw 0x%x), %llu exits\n", v->vm->name, v->id,
                    states[v->state], vmm_exit_name(run->reason), run->hw_reason, LL(run->exits));
    for (unsigned i = 0; i < VCPU_NUM_GPR; i++) {
        vmm_text_printf(out, "  %s %016llx%s", names[i], LL(run->gpr[i]), i % 4 == 3 ? "\n" : "");
    }
    vmm_text_printf(out, "  rip %016llx  flags %08llx  cs base %llx  cpl %u  mode %u\n",
                    LL(run->rip), LL(run->rflags), LL(run->cs_base), run->cpl, run->mode);
    vmm_text_printf(out, "  cr0 %llx  cr2 %llx  cr3 %llx  cr4 %llx  efer %llx\n", LL(run->cr0),
                    LL(run->cr2), LL(run->cr3), LL(run->cr4), LL(run->efer));
    vmm_text_printf(out, "  detail %llx %llx  pending event %llx  interruptibility %x\n",
                    LL(run->u.raw[0]), LL(run->u.raw[1]), LL(run->pending_event),
                    run->interruptibility);
}

void vmm_dump_devices(struct vmm *vm, const struct vmm_text *out)
{
    for (struct vmm_device *d = vm->devices; d; d = d->next) {
        vmm_text_printf(out, "%s: %llu reads, %llu writes\n", d->id, LL(d->reads), LL(d->writes));
        if (d->ops->dump) {
            d->ops->dump(d, out);
        }
    }
}

void vmm_print_exits(struct vmm *vm, const struct vmm_text *out)
{
    for (unsigned c = 0; c < vm->num_vcpus; c++) {
        const char *separator = "";
        vmm_text_printf(out, "%s: vcpu%u exits: ", vm->name, c);
        for (unsigned i = 0; i < VMM_NUM_EXITS; i++) {
            if (vm->vcpu[c].exits[i]) {
                vmm_text_printf(out, "%s%s %llu", separator, vmm_exit_name(i),
                                LL(vm->vcpu[c].exits[i]));
                separator = ", ";
            }
        }
        vmm_text_printf(out, "\n");
    }
}

void vmm_print_stats(struct vmm *vm, const struct vmm_text *out)
{
    for (unsigned c = 0; c < vm->num_vcpus; c++) {
        const struct vmm_vcpu *v = &vm->vcpu[c];
        for (unsigned i = 0; i < VMM_NUM_EXITS; i++) {
            if (v->exits[i]) {
                vmm_text_printf(out, "vcpu%u exits, %s: %llu\n", c, vmm_exit_name(i),
                                LL(v->exits[i]));
            }
        }
        vmm_text_printf(out, "vcpu%u injected %llu, windows %llu, emulated %llu, unclaimed %llu\n",
                        c, LL(v->injected), LL(v->windows), LL(v->emulated), LL(v->unclaimed));
    }
    for (struct vmm_device *d = vm->devices; d; d = d->next) {
        vmm_text_printf(out, "%s reads %llu, writes %llu\n", d->id, LL(d->reads), LL(d->writes));
        if (d->ops->stats) {
            d->ops->stats(d, out);
        }
    }
}
