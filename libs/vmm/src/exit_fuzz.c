/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Exits: a whole PC fed with records, registers, code and page tables a guest could make up.
 * Whatever comes, the library returns, and what it commits is acceptable to the kernel.
 */
#include <vmm/pc.h>
#include "dev/test_machine.h"

#define RAM (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The machine under test; one at a time. */
static struct fuzzed {
    struct test_machine *machine;
    struct vmm_pc pc;
    struct vcpu_run run;
    uint8_t *ram;
    const uint8_t *data;
    size_t n;
} fuzzed;

static uint64_t take(unsigned bytes)
{
    uint64_t value = 0;
    bytes = bytes < fuzzed.n ? bytes : (unsigned)fuzzed.n;
    memcpy(&value, fuzzed.data, bytes);
    fuzzed.data += bytes;
    fuzzed.n -= bytes;
    return value;
}

/* Interesting addresses more often than chance would have them. */
static uint64_t take_address(void)
{
    static const uint64_t bases[] = {0,          0xfee00000, 0xfec00000, 0xe0000000,
                                     0xfed00000, RAM - 8,    0xc0000000, UINT64_MAX - 7};
    uint64_t at = take(3);
    return bases[at & 7] + (at >> 3 & 0x3ff) + (at & 0x800000 ? take(8) : 0);
}

static void make_record(void)
{
    struct vcpu_run *run = &fuzzed.run;
    uint64_t choice = take(8);
    run->reason = choice % 24;
    run->mode = (choice >> 8) % 7;
    run->cpl = choice >> 16 & 3;
    run->cr0 = (choice & 1u << 20 ? CR0_PG : 0) | 1;
    run->cr4 = choice >> 24 & 0xfff;
    run->efer = choice >> 36 & 0xfff;
    run->interruptibility = choice >> 48 & 0xf;
    run->pending_event = choice & 1ull << 52 ? take(8) : 0;
    run->insn_len = choice & 1ull << 53 ? (uint32_t)take(1) : 0;
    run->cr3 = take(2) << 8;
    run->rip = take(2);
    run->next_rip = choice & 1ull << 54 ? run->rip + 2 : 0;
    run->rflags = take(4);
    run->cs_base = choice & 1ull << 55 ? take(4) : 0;
    run->u.raw[0] = run->reason == VCPU_EXIT_MEMORY ? take_address() : take(8);
    run->u.raw[1] = take(8);
    for (unsigned i = 0; i < VCPU_NUM_GPR; i++) {
        run->gpr[i] = take_address();
    }
    memcpy(run->insn, &choice, sizeof choice);
    uint64_t code = take(8); /* sixteen bytes of code where RIP points */
    memcpy(fuzzed.ram + (run->rip & 0xfffff), &code, sizeof code);
}

static void check_commit(void)
{
    struct vcpu_run *run = &fuzzed.run;
    bool event = (run->commit & VCPU_COMMIT_EVENT) && (run->event & VCPU_EVENT_VALID);
    if ((run->commit & ~(uint64_t)VCPU_COMMIT_ALL) || (run->window & ~3u) ||
        (event && (run->event & VCPU_EVENT_TYPE_MASK) == VCPU_EVENT_EXCEPTION &&
         (run->event & 0xff) > 31)) {
        abort();
    }
    run->commit = 0;
}

static void start(void)
{
    memset(&fuzzed.run, 0, sizeof fuzzed.run);
    fuzzed.machine = test_machine_new(1);
    struct vmm *vm = &fuzzed.machine->vm;
    fuzzed.run.version = VCPU_RUN_VERSION;
    fuzzed.run.size = sizeof fuzzed.run;
    fuzzed.ram = calloc(1, RAM);
    const struct vmm_region ram = {.size = RAM, .host = fuzzed.ram, .writable = true};
    const struct vmm_pc_config config = {.ecam = true};
    if (vmm_set_run_page(vm, 0, &fuzzed.run) != 0 || vmm_memory_add(vm, &ram) != 0) {
        abort();
    }
    vmm_pc_create(&fuzzed.pc, vm, &config, malloc(vmm_pc_chips_size()));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzzed.data = data;
    fuzzed.n = n;
    start();
    struct vmm *vm = &fuzzed.machine->vm;
    while (fuzzed.n > 32) {
        make_record();
        vmm_vcpu_exit(&vm->vcpu[0]);
        vmm_vcpu_prepare(&vm->vcpu[0]);
        check_commit();
        fuzzed.machine->now += take(3);
        const char *why;
        if (vmm_take_request(vm, &why) == VMM_REQUEST_RESET) {
            vmm_reset(vm);
        }
    }
    free(fuzzed.pc.chips);
    free(fuzzed.ram);
    free(fuzzed.machine);
    return 0;
}
