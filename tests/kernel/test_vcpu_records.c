/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The same guests on every processor, every exit written out as one line "# record". The program
 * `run` compares the lines of all machines: SVM and VT-x must tell a VMM the same. What a record
 * does not hold is listed there too, with the reason.
 */
#include "vcpu_guest.h"

#define RFLAGS_IF    0x200u
#define LONGEST      15 /* bytes of an instruction */
#define MAX_EXITS    48
#define EFER_LME_LMA 0x500u

struct step {
    const char *start, *end;
};
extern const struct step record_steps_start[], record_steps_end[];

/* The guest that runs. */
static struct {
    const char *name, *code;
    uint64_t base; /* of its code, as RIP counts */
    unsigned number;
} on;

/* Length of the instruction at RIP, 0 if it is not one of the steps. */
static unsigned length_here(void)
{
    const char *at = on.code + (guest.run->rip - on.base);
    for (const struct step *s = record_steps_start; s < record_steps_end; s++) {
        if (s->start == at) {
            return (unsigned)(s->end - s->start);
        }
    }
    return 0;
}

static void print_detail(void)
{
    volatile struct vcpu_run *r = guest.run;
    switch (r->reason) {
    case VCPU_EXIT_IO:
        print(" port=%x size=%u flags=%u", r->u.io.port, r->u.io.size, r->u.io.flags);
        break;
    case VCPU_EXIT_MEMORY:
        print(" gpa=%lx access=%u walk=%u", r->u.memory.gpa, r->u.memory.access,
              r->u.memory.table_walk);
        break;
    case VCPU_EXIT_RDMSR:
    case VCPU_EXIT_WRMSR:
        print(" msr=%x", r->u.msr.index);
        break;
    case VCPU_EXIT_CR8:
        print(" write=%u gpr=", r->u.cr8.write);
        print(r->u.cr8.gpr == VCPU_NUM_GPR ? "?" : "%u", r->u.cr8.gpr);
        break;
    case VCPU_EXIT_WINDOW:
        print(" windows=%u", r->u.window_open.windows);
        break;
    case VCPU_EXIT_EXCEPTION:
        print(" vector=%u code=%lx", r->u.exception.vector, r->u.exception.code);
        break;
    default:
        break;
    }
}

static void print_handlers(void)
{
    for (unsigned v = 0; v < 64; v++) {
        if (guest_count(v)) {
            print(" v%u=%u/%x", v, guest_count(v), guest_error_code(v));
        }
    }
}

/* One line: words key=value. */
static void print_record(seL4_Word result)
{
    volatile struct vcpu_run *r = guest.run;
    print("# record %s.%u result=%lu reason=%u rip=%lx next=", on.name, on.number, result,
          r->reason, r->rip);
    if (r->next_rip) {
        print("+%lu", r->next_rip - r->rip);
    } else {
        print("?");
    }
    print(" flags=%lx mode=%u cpl=%u cs=%lx cr0=%lx cr2=%lx cr3=%lx cr4=%lx efer=%lx", r->rflags,
          r->mode, r->cpl, r->cs_base, r->cr0, r->cr2, r->cr3, r->cr4, r->efer);
    print(" event=%lx shadow=%x exits=%lu commit=%lx",
          r->pending_event & VCPU_EVENT_VALID ? r->pending_event : 0, r->interruptibility, r->exits,
          r->commit);
    print_detail();
    for (unsigned i = 0; i < VCPU_NUM_GPR; i++) {
        if (r->gpr[i]) {
            print(" r%u=%lx", i, r->gpr[i]);
        }
    }
    print_handlers();
    print("\n");
    on.number++;
}

/* What a VMM would put into the guest's registers, the same each time. */
static void answer_with_registers(void)
{
    volatile struct vcpu_run *r = guest.run;
    uint64_t mask = r->u.io.size == 4 ? UINT32_MAX : (1ull << 8 * r->u.io.size) - 1;
    switch (r->reason) {
    case VCPU_EXIT_CPUID:
        r->gpr[VCPU_RAX] = 0x1001;
        r->gpr[VCPU_RBX] = 0x1002;
        r->gpr[VCPU_RCX] = 0x1003;
        r->gpr[VCPU_RDX] = 0x1004;
        break;
    case VCPU_EXIT_IO:
        if (r->u.io.flags == VCPU_IO_IN) {
            r->gpr[VCPU_RAX] = (r->gpr[VCPU_RAX] & ~mask) | (0x5a5b5c5d & mask);
        }
        break;
    case VCPU_EXIT_RDMSR:
        r->gpr[VCPU_RAX] = 0x2001;
        r->gpr[VCPU_RDX] = 0x2002;
        break;
    default:
        break;
    }
    r->commit = VCPU_COMMIT_GPR;
}

/* Goes on behind the instruction; false at the end of the guest, or if it cannot go on. */
static bool go_on(void)
{
    volatile struct vcpu_run *r = guest.run;
    if (r->reason == VCPU_EXIT_VMCALL && (uint32_t)r->gpr[VCPU_RAX] == GUEST_RECORDS_END) {
        return false;
    }
    if (r->reason == VCPU_EXIT_WINDOW || r->reason == VCPU_EXIT_NONE) {
        return true;
    }
    unsigned length = length_here();
    if (length == 0) {
        return r->reason == VCPU_EXIT_VMCALL; /* in a handler */
    }
    CHECK(length <= LONGEST);
    if (r->next_rip) {
        CHECK_EQ(r->next_rip, r->rip + length);
    }
    answer_with_registers();
    r->rip += length;
    r->commit |= VCPU_COMMIT_RIP;
    return true;
}

/* Runs a guest to its end; between two exits `act` may inject something. */
static void run_guest(void (*act)(unsigned exit))
{
    for (unsigned i = 0; i < MAX_EXITS; i++) {
        print_record(seL4_VMEnter(NULL));
        if (!go_on()) {
            return;
        }
        if (act) {
            act(i);
        }
    }
    CHECK(!"the guest ends");
}

#define RECORD(id, boot)                                                                           \
    do {                                                                                           \
        GUEST_SNIPPET(record_##id);                                                                \
        guest_create();                                                                            \
        boot(guest_record_##id, guest_record_##id##_end);                                          \
        on.name = #id;                                                                             \
        on.code = guest_record_##id;                                                               \
        on.base = GUEST_CODE;                                                                      \
        on.number = 0;                                                                             \
    } while (0)

TEST(vcpu_records_instructions)
{
    RECORD(instructions, guest_boot);
    run_guest(NULL);
}

TEST(vcpu_records_memory)
{
    RECORD(memory, guest_boot);
    run_guest(NULL);
}

TEST(vcpu_records_modes)
{
    RECORD(modes, guest_boot);
    volatile uint64_t *table = (volatile uint64_t *)(guest.ram + GUEST_PML4);
    table[0] = (GUEST_PML4 + 0x1000) | 7;
    table[0x200] = (GUEST_PML4 + 0x2000) | 7;
    table[0x400] = 0xe7; /* accessed and dirty */
    table[0x401] = GUEST_HOLE | 0xe7;
    run_guest(NULL);
}

TEST(vcpu_records_real)
{
    RECORD(real, guest_boot);
    CHECK_EQ(seL4_X86_VCPU_Reset(guest.vcpu), seL4_NoError);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_SEGMENTS), seL4_NoError);
    guest.run->state.seg[VCPU_CS].selector = GUEST_CODE >> 4;
    guest.run->state.seg[VCPU_CS].base = GUEST_CODE;
    CHECK_EQ(seL4_X86_VCPU_SetState(guest.vcpu, VCPU_STATE_SEGMENTS), seL4_NoError);
    on.base = 0;
    guest.run->rip = 0;
    guest.run->gpr[VCPU_RSP] = 0x8000;
    guest.run->rflags = 2;
    guest.run->commit = VCPU_COMMIT_RIP | VCPU_COMMIT_RSP | VCPU_COMMIT_RFLAGS | VCPU_COMMIT_GPR;
    run_guest(NULL);
}

static void inject(uint64_t event)
{
    guest.run->event = event;
    guest.run->commit |= VCPU_COMMIT_EVENT;
}

static void want(unsigned window)
{
    guest.run->window = window;
    guest.run->commit |= VCPU_COMMIT_WINDOW;
}

static void act_events(unsigned exit)
{
    switch (exit) {
    case 0:
        guest.run->rflags |= RFLAGS_IF;
        guest.run->commit |= VCPU_COMMIT_RFLAGS;
        inject(GUEST_INTERRUPT(0x21));
        break;
    case 1:
        inject(GUEST_EXCEPTION(6));
        break;
    case 2:
        inject(GUEST_EXCEPTION(13) | VCPU_EVENT_ERROR_CODE | 0x1230ull << 32);
        break;
    case 3:
        inject(GUEST_EXCEPTION(14) | VCPU_EVENT_ERROR_CODE | 2ull << 32);
        break;
    case 4:
        want(VCPU_WINDOW_IRQ); /* it is open */
        break;
    case 5:
        inject(GUEST_INTERRUPT(0x3f));
        break;
    case 7:
        want(VCPU_WINDOW_IRQ); /* it opens behind STI */
        break;
    case 8:
        inject(GUEST_INTERRUPT(0x22));
        break;
    case 9:
        inject(VCPU_EVENT_VALID | VCPU_EVENT_NMI | 2);
        want(VCPU_WINDOW_NMI);
        break;
    default:
        break;
    }
}

TEST(vcpu_records_events)
{
    RECORD(events, guest_boot);
    run_guest(act_events);
}

TEST(vcpu_records_shadows)
{
    RECORD(shadows, guest_boot);
    run_guest(NULL);
}

static void act_delivery(unsigned exit)
{
    if (exit == 0) {
        inject(GUEST_EXCEPTION(13) | VCPU_EVENT_ERROR_CODE | 0x50ull << 32);
    }
}

TEST(vcpu_records_delivery)
{
    RECORD(delivery, guest_boot);
    run_guest(act_delivery);
}

TEST(vcpu_records_triple_fault)
{
    if (boot_option("bochs") && !guest_has_vmx()) {
        SKIP("this emulator stops at a triple fault in a guest");
    }
    RECORD(triple_fault, guest_boot);
    run_guest(NULL);
}

TEST(vcpu_records_walk)
{
    RECORD(walk, guest_boot64);
    run_guest(NULL);
}
