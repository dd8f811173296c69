/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Runs the registered tests and reports in TAP. Boot options: only=PREFIX runs the tests whose
 * name starts so, without=PREFIX leaves them out; after=NAME goes on behind a test that took the
 * machine down.
 */
#include "harness.h"

#define EXIT_PORT  0xf4 /* QEMU isa-debug-exit */
#define BOCHS_PORT 0x8900

extern const struct test test_table_start[], test_table_end[];
_Noreturn void root_main(seL4_BootInfo *info);

seL4_BootInfo *boot_info;
static char main_tls[1024] __attribute__((aligned(64)));
static char *main_fs_base;
static void *unwind[5];
static enum { RUNNING, PASSED, FAILED, SKIPPED } outcome;
static const char *skip_reason;

void *boot_record(seL4_Word id)
{
    char *at = (char *)boot_info + PAGE_SIZE, *end = at + boot_info->extraLen;
    while (at < end) {
        seL4_BootInfoHeader header;
        memcpy(&header, at, sizeof(header));
        if (header.id == id) {
            return at;
        }
        at += header.len;
    }
    return NULL;
}

/* The command line word that starts with key, behind the key; NULL if there is none. */
static const char *boot_value(const char *key)
{
    const char *line = boot_record(SEL4_BOOTINFO_HEADER_CMDLINE);
    size_t n = strlen(key);
    if (!line) {
        return NULL;
    }
    for (line += sizeof(seL4_BootInfoHeader); *line;) {
        if (memcmp(line, key, n) == 0) {
            return line + n;
        }
        while (*line && *line != ' ') {
            line++;
        }
        while (*line == ' ') {
            line++;
        }
    }
    return NULL;
}

bool boot_option(const char *word)
{
    const char *behind = boot_value(word);
    return behind && (*behind == 0 || *behind == ' ');
}

/* True if name starts with (whole: is) the word at w. */
static bool word_matches(const char *w, const char *name, bool whole)
{
    while (*w && *w != ' ' && *w == *name) {
        w++;
        name++;
    }
    return (*w == 0 || *w == ' ') && (!whole || *name == 0);
}

uint64_t tsc_hz(void)
{
    return ((seL4_BootTscHz *)boot_record(SEL4_BOOTINFO_HEADER_TSC_HZ))->hz;
}

uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

static void bochs_exit(void)
{
    seL4_CPtr slot = boot_info->empty.end - 2;
    if (seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, BOCHS_PORT, BOCHS_PORT, ROOT_CNODE,
                                     slot, ROOT_DEPTH) == seL4_NoError) {
        for (const char *s = "Shutdown"; *s; s++) {
            seL4_X86_IOPort_Out8(slot, BOCHS_PORT, (seL4_Word)*s);
        }
    }
}

_Noreturn void machine_exit(unsigned status)
{
    seL4_CPtr slot = boot_info->empty.end - 1;
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, EXIT_PORT, EXIT_PORT + 3, ROOT_CNODE, slot,
                                 ROOT_DEPTH);
    seL4_X86_IOPort_Out32(slot, EXIT_PORT, 0x10 + status);
    bochs_exit();
    for (;;) {
        seL4_Yield();
    }
}

/* Leaves the test: from the main thread by a jump, from another by waking the main thread. */
static _Noreturn void test_end(void)
{
    char *mine;
    __asm__("movq %%fs:0, %0" : "=r"(mine));
    if (mine == main_fs_base) {
        __builtin_longjmp(unwind, 1);
    }
    /* The main thread may be blocked anywhere: it is started again at the end of the test. */
    extern void test_abort(void);
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    seL4_UserContext regs = {.rip = (seL4_Word)test_abort, .rflags = 0x202};
    seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 0, 0, 20, &regs);
    regs.rip = (seL4_Word)test_abort;
    regs.rsp = (regs.rsp - 256) & ~15ul;
    seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, 1, 0, 20, &regs);
    for (;;) {
        seL4_Yield();
    }
}

void test_abort(void);
void test_abort(void)
{
    __builtin_longjmp(unwind, 1);
}

void test_fail(const char *file, int line, const char *format, ...)
{
    __builtin_va_list args;
    for (const char *s = file; *s; s++) {
        file = *s == '/' ? s + 1 : file;
    }
    print("# %s:%d: ", file, line);
    __builtin_va_start(args, format);
    vprint(format, args);
    __builtin_va_end(args);
    print("\n");
    outcome = FAILED;
    test_end();
}

void test_skip(const char *reason)
{
    skip_reason = reason;
    outcome = SKIPPED;
    test_end();
}

static __attribute__((noinline)) void run_one(const struct test *t)
{
    outcome = RUNNING;
    if (__builtin_setjmp(unwind) == 0) {
        t->run();
        outcome = PASSED;
    }
    seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB);
    seL4_TCB_SetSchedParams(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 255, 255);
    resources_reset();
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY);
}

static void run_all(void)
{
    const char *only = boot_value("only="), *after = boot_value("after=");
    const char *without = boot_value("without=");
    unsigned count = 0, failed = 0;
    for (const struct test *t = test_table_start; t < test_table_end; t++) {
        if (after) {
            after = word_matches(after, t->name, true) ? NULL : after;
            continue;
        }
        if ((only && !word_matches(only, t->name, false)) ||
            (without && word_matches(without, t->name, false))) {
            continue;
        }
        print("# start %s\n", t->name);
        run_one(t);
        failed += outcome == FAILED;
        print("%sok %u - %s%s%s\n", outcome == FAILED ? "not " : "", ++count, t->name,
              outcome == SKIPPED ? " # SKIP " : "", outcome == SKIPPED ? skip_reason : "");
    }
    print("1..%u\n", count);
    machine_exit(failed ? 1 : 0);
}

void root_main(seL4_BootInfo *info)
{
    boot_info = info;
    seL4_InitBootInfo(info);
    main_fs_base = tls_init(main_tls);
    seL4_SetTLSBase((seL4_Word)main_fs_base);
    seL4_SetIPCBuffer(info->ipcBuffer);
    resources_init();
    resources_reset();
    seL4_DebugNameThread(seL4_CapInitThreadTCB, "test");
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY);
    run_all();
    machine_exit(1);
}
