/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The program of both instances of smoke.spec: thread 1 calls an endpoint, thread 2 answers,
 * and the caller prints what it sees of the machine. Slots and addresses are those of smoke.spec.
 */
#include <stdint.h>
#include <sel4/sel4.h>

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

#define SLOT_ENDPOINT 1
#define SLOT_PORT     2
#define SHARED        ((volatile uint64_t *)0x20001000)
#define IPC_BUFFER    0x20003000

uint64_t patched[2] = {1, 2};
static uint64_t zero[4096];
static struct {
    uint64_t block[8];
    void *self;
} tls;

void smoke_main(uint64_t number);

static void print_number(const char *what, uint64_t n)
{
    char text[19] = "0x0000000000000000";
    for (int i = 17; i > 1; i--, n >>= 4)
        text[i] = "0123456789abcdef"[n & 15];
    seL4_DebugPutString(what);
    seL4_DebugPutString(text);
    seL4_DebugPutString("\n");
}

static void serve(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(SLOT_ENDPOINT, &badge);
    for (;;) {
        SHARED[1] = SHARED[0] + 1;
        seL4_SetMR(0, badge);
        info = seL4_MessageInfo_new(seL4_MessageInfo_get_label(info), 0, 0, 1);
        info = seL4_ReplyRecv(SLOT_ENDPOINT, info, &badge);
    }
}

static void call(void)
{
    SHARED[0] = 41;
    seL4_MessageInfo_t info = seL4_Call(SLOT_ENDPOINT, seL4_MessageInfo_new(7, 0, 0, 0));
    print_number("smoke: label ", seL4_MessageInfo_get_label(info));
    print_number("smoke: badge ", seL4_GetMR(0));
    print_number("smoke: shared ", SHARED[1]);
    print_number("smoke: paddr low bits ", patched[0] & 0xfff);
    print_number("smoke: paddr known ", patched[0] != 1 && patched[0] != 0);
    print_number("smoke: tsc known ", patched[1] > 1000000);
    print_number("smoke: bss ", zero[4095]);
    seL4_DebugPutString("smoke: done\n");
    seL4_X86_IOPort_Out32(SLOT_PORT, 0xf4, 0x10);
    for (;;)
        seL4_Yield();
}

void smoke_main(uint64_t number)
{
    tls.self = &tls.self;
    seL4_SetTLSBase((seL4_Word)&tls.self);
    seL4_SetIPCBuffer((seL4_IPCBuffer *)IPC_BUFFER);
    if (number == 1)
        call();
    serve();
}

__asm__(".globl _camkes_start\n"
        "_camkes_start:\n"
        "    xorl %ebp, %ebp\n"
        "    call smoke_main\n"
        "    ud2\n");
