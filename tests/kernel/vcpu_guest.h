/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* A guest for the vCPU tests: 2 MiB of memory at guest-physical 0, one vCPU, no devices. */
#include "test.h"
#include <sel4/vcpu.h>

/** Guest-physical addresses; also in vcpu_layout.h for the guest's code. */
#include "vcpu_layout.h"

/** A snippet of guest code in test_vcpu_code.S. */
#define GUEST_SNIPPET(name) extern const char guest_##name[], guest_##name##_end[]

struct guest {
    seL4_CPtr vcpu, root, run_frame, memory, memory_copy, notification;
    seL4_CPtr pdpt, pd;
    volatile struct vcpu_run *run;
    unsigned char *ram;
};
extern struct guest guest;

/** Objects, mappings, and binding to the main thread; skips the test without virtualization. */
void guest_create(void);
/** Reset, 32-bit flat protected mode without paging, a handler per vector, interrupts off. */
void guest_boot(const char *code, const char *end);
/** The same in 64-bit mode, identity-mapped by one 2 MiB page at GUEST_PML4. */
void guest_boot64(const char *code, const char *end);
/** guest_create and guest_boot with a snippet. */
#define GUEST_START(name)                                                                          \
    GUEST_SNIPPET(name);                                                                           \
    guest_create();                                                                                \
    guest_boot(guest_##name, guest_##name##_end)
#define GUEST_START64(name)                                                                        \
    GUEST_SNIPPET(name);                                                                           \
    guest_create();                                                                                \
    guest_boot64(guest_##name, guest_##name##_end)

/** Enters with these commit bits, the fields being set; the result of seL4_VMEnter. */
seL4_Word guest_enter(seL4_Word commit);
/** Text for a failed expectation. */
_Noreturn void guest_fail(int line, seL4_Word result, unsigned expected);
/** Enters and expects this exit. */
#define EXPECT_EXIT(commit, why)                                                                   \
    do {                                                                                           \
        seL4_Word result_ = guest_enter(commit);                                                   \
        if (result_ != VCPU_EXIT || guest.run->reason != VCPU_EXIT_##why) {                        \
            guest_fail(__LINE__, result_, VCPU_EXIT_##why);                                        \
        }                                                                                          \
    } while (0)
/** Goes on behind the instruction that exited. */
#define EXPECT_NEXT(why)                                                                           \
    do {                                                                                           \
        guest.run->rip = guest.run->next_rip;                                                      \
        EXPECT_EXIT(VCPU_COMMIT_RIP, why);                                                         \
    } while (0)

/** Copies guest code to gpa, with the hypercall instruction of this processor. */
void guest_copy(unsigned gpa, const char *code, const char *end);
/** The hypercall instruction as a word to be put where a handler is. */
uint32_t guest_hypercall(void);
/** True on Intel processors: VT-x runs the guest. */
bool guest_has_vmx(void);
/** How often the guest's handler of a vector ran; the error code it got last. */
unsigned guest_count(unsigned vector);
unsigned guest_error_code(unsigned vector);
/** A word of guest memory. */
volatile uint32_t *guest_word(unsigned gpa);
/** Maps a new 4 KiB frame at gpa; its capability. */
seL4_CPtr guest_map_page(seL4_Word gpa, bool writable);
/** A VCPU_EVENT_* value for an external interrupt and an exception. */
#define GUEST_INTERRUPT(vector) (VCPU_EVENT_VALID | VCPU_EVENT_INTR | (vector))
#define GUEST_EXCEPTION(vector) (VCPU_EVENT_VALID | VCPU_EVENT_EXCEPTION | (vector))
