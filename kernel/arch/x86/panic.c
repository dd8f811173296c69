/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Panics: registers and the words on the stack, on COM1 and in the log. */
#include <kernel/kernel.h>
#include <x86/instr.h>
#include <x86/layout.h>
#include <x86/panic.h>
#include <x86/percpu.h>
#include <x86/uart.h>

extern const char kernel_text[], kernel_text_end[], kernel_end[];

/* Words on the kernel stack that look like return addresses. */
static void panic_print_calls(uint64_t rsp)
{
    if (rsp < KERNEL_BASE || rsp > DEVICE_WINDOW || rsp % 8) {
        return;
    }
    kprintf("  called from:");
    const uint64_t *p = (const uint64_t *)rsp;
    unsigned shown = 0;
    for (unsigned i = 0; i < 200 && shown < 16 && p + i < (const uint64_t *)kernel_end; i++) {
        if (((uint64_t)(p + i) & 0xfff) == 0 && i > 100) {
            break;
        }
        if (p[i] > (uint64_t)kernel_text && p[i] < (uint64_t)kernel_text_end) {
            kprintf(" %lx", p[i]);
            shown++;
        }
    }
    kprintf("\n");
}

static void panic_print_machine(void)
{
    const struct tcb *t = this_cpu()->current;
    kprintf("  cr0 %lx cr2 %lx cr3 %lx cr4 %lx cpu %u\n", x86_read_cr0(), x86_read_cr2(),
            x86_read_cr3(), x86_read_cr4(), this_cpu()->id);
    if (t) {
        kprintf("  thread %s rip %lx rsp %lx rdi %lx rsi %lx rdx %lx state %d\n", t->name,
                t->regs[REG_RIP], t->regs[REG_RSP], t->regs[REG_RDI], t->regs[REG_RSI],
                t->regs[REG_RDX], (int)t->state);
    }
}

/* A panic while one is reported: what is reported already must stay readable. */
static void panic_begin(void)
{
    static bool begun;
    if (begun) {
        arch_halt();
    }
    begun = true;
    uart_seize();
}

void panic_kernel_frame(const struct kernel_frame *f)
{
    panic_begin();
    kprintf("\nKERNEL PANIC: exception %lu (error %lx) at %lx\n", f->vector, f->error, f->rip);
    kprintf("  rax %lx rbx %lx rcx %lx rdx %lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    kprintf("  rsi %lx rdi %lx rbp %lx rsp %lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    kprintf("  r8  %lx r9  %lx r10 %lx r11 %lx\n", f->r8, f->r9, f->r10, f->r11);
    kprintf("  r12 %lx r13 %lx r14 %lx r15 %lx\n", f->r12, f->r13, f->r14, f->r15);
    kprintf("  cs %lx rflags %lx ss %lx\n", f->cs, f->rflags, f->ss);
    panic_print_machine();
    panic_print_calls(f->rsp);
    arch_halt();
}

void panic_ist_frame(const struct ist_frame *f)
{
    panic_begin();
    kprintf("\nKERNEL PANIC: %s (error %lx) at %lx\n",
            f->vector == 8 ? "double fault" : "machine check", f->error, f->rip);
    kprintf("  cs %lx rflags %lx rsp %lx ss %lx\n", f->cs, f->rflags, f->rsp, f->ss);
    panic_print_machine();
    panic_print_calls(f->rsp);
    arch_halt();
}

void kernel_panic(const char *file, int line, const char *format, ...)
{
    panic_begin();
    va_list args;
    va_start(args, format);
    kprintf("\nKERNEL PANIC: %s:%d: ", file, line);
    kvprintf(format, args);
    va_end(args);
    kprintf("\n");
    if (x86_read_cr4() & CR4_PGE) { /* set once GS and the rest are */
        panic_print_machine();
    }
    panic_print_calls((uint64_t)__builtin_frame_address(0));
    arch_halt();
}

_Noreturn void arch_halt(void)
{
    /* Lets an emulator with a test-exit device stop at once instead of running into a timeout. */
    x86_out32(0xf4, 0x7f);
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}
