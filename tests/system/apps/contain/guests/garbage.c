/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Runs made-up bytes as code. Faults go on with the next piece, until 200 pieces have run. */
#include "guest.h"

#define PIECES 200u

static uint8_t code[256];
static uint64_t idt[256];
static uint32_t seed = 12345, pieces;

static uint8_t random_byte(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint8_t)(seed >> 24);
}

_Noreturn void next_piece(void);

/* Every exception and interrupt ends here; the stack is started afresh. */
__asm__(".globl any_fault\n"
        "any_fault: movw $0x18, %ax; movw %ax, %ds; movw %ax, %es; movw %ax, %ss\n"
        "movl $stack_top, %esp; cld; call next_piece\n");
extern char any_fault[];

void next_piece(void)
{
    if (pieces++ == PIECES) {
        print("garbage is done\r\n");
        stop();
    }
    for (unsigned i = 0; i < sizeof code; i++) {
        code[i] = random_byte();
    }
    code[sizeof code - 1] = 0xcc;
    /* with the trap flag set the first instruction that works traps too: no endless loops */
    __asm__ volatile("pushl $0x102; popfl; jmp *%0" : : "r"((uintptr_t)code));
    __builtin_unreachable();
}

void guest_main(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint32_t base;
    } table = {sizeof idt - 1, (uint32_t)(uintptr_t)idt};
    uint32_t at = (uint32_t)(uintptr_t)any_fault;
    for (unsigned i = 0; i < 256; i++) {
        idt[i] = (uint64_t)(at >> 16) << 48 | 0x8e00ull << 32 | 0x10u << 16 | (at & 0xffff);
    }
    print("about to run garbage\r\n");
    __asm__ volatile("lidt %0" : : "m"(table));
    next_piece();
}
