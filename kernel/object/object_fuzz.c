/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Random programs against the object layer. Every three bytes or more are one operation of
 * the thread that currently runs; afterwards the derivation list and all objects must be
 * consistent (arch/host/check.h). Built with libFuzzer if the compiler has it, otherwise
 * with a loop over pseudo-random inputs.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

#define FIRST_SLOT 16
#define NUM_SLOTS  48 /* of the root CNode, so that operations meet */

struct input {
    const uint8_t *data;
    size_t size;
};

static unsigned take(struct input *in)
{
    if (!in->size) {
        return 0;
    }
    in->size--;
    return *in->data++;
}

/* The first shared slot from a random one on that holds the type; CAP_NULL: any capability. */
static word_t take_slot(struct input *in, enum cap_type type)
{
    unsigned b = take(in);
    for (unsigned i = 0; i < NUM_SLOTS; i++) {
        word_t index = FIRST_SLOT + (b + i) % NUM_SLOTS;
        enum cap_type have = slot(index)->cap.type;
        if (type == CAP_NULL ? have != CAP_NULL : have == type) {
            return index;
        }
    }
    return b % ROOT_FREE;
}

/* A capability pointer: sometimes one of the initial ones or an empty slot. */
static word_t take_cptr(struct input *in)
{
    return in->size && in->data[0] % 16 == 0 ? take(in) >> 4 : take_slot(in, CAP_NULL);
}

/* Index and depth of a slot below a root: 64 bits from the root CNode, few from small ones. */
struct place {
    word_t root, index, depth;
};

/*
 * Mostly a slot as wanted, empty or not, in the root CNode or a small one. The untyped that
 * everything comes from is never named: without it the checker could not find objects that
 * only name themselves.
 */
static struct place take_place(struct input *in, bool want_empty)
{
    unsigned b = take(in), start = take(in);
    struct place p = {ROOT_CNODE, 0, 64};
    cte_t *slots = slot(FIRST_SLOT);
    word_t count = NUM_SLOTS, first = FIRST_SLOT;
    if (b & 1) {
        p.root = take_slot(in, CAP_CNODE);
        cap_t cap = slot(p.root)->cap;
        if (cap.type == CAP_CNODE) {
            slots = phys_to_virt(cap.paddr);
            count = 1ull << cap.cnode.radix;
            first = 0;
            p.depth = cap.cnode.radix + cap.cnode.guard_size;
        }
    }
    for (word_t i = 0; i < count; i++) {
        p.index = (start + i) % count;
        if ((slots[p.index].cap.type == CAP_NULL) == want_empty || b % 32 == 31) {
            break;
        }
    }
    p.index += first;
    return p;
}

static void do_call(word_t cptr, word_t label, struct caps caps, const word_t *mr, unsigned n)
{
    system_call(&(struct message){SYS_Call, cptr, label, n, mr, caps});
}

static void op_retype(struct input *in)
{
    static const uint8_t types[] = {OBJECT_UntypedObject,
                                    OBJECT_TCBObject,
                                    OBJECT_EndpointObject,
                                    OBJECT_NotificationObject,
                                    OBJECT_CapTableObject,
                                    OBJECT_CapTableObject,
                                    OBJECT_X86_4K,
                                    OBJECT_X86_LargePageObject,
                                    OBJECT_X64_PML4Object,
                                    OBJECT_X86_PDPTObject,
                                    OBJECT_X86_PageDirectoryObject,
                                    OBJECT_X86_PageTableObject,
                                    OBJECT_X86_VCPUObject,
                                    OBJECT_X86_EPTPML4Object,
                                    OBJECT_X86_EPTPDPTObject,
                                    OBJECT_TCBObject};
    unsigned type = types[take(in) % sizeof(types)], b = take(in);
    word_t size = type == OBJECT_CapTableObject ? 1 + b % 5 : 12 + b % 10;
    word_t from = b & 0x40 ? take_slot(in, CAP_UNTYPED) : ROOT_UNTYPED;
    struct place p = take_place(in, true);
    word_t root = p.depth == 64 ? ROOT_CNODE : p.root;
    word_t mr[] = {type, size, 0, 0, p.index, 1 + (b >> 4 & 3)};
    do_call(from, LABEL_UntypedRetype, CAPS1(root), mr, 6);
}

static void op_cnode(struct input *in)
{
    unsigned b = take(in);
    struct place d = take_place(in, b % 8 < 5), s = take_place(in, false);
    word_t guard = (take(in) & 0x3f) | (word_t)take(in) << 6;
    switch (b % 8) {
    case 0: {
        word_t mr[] = {d.index, d.depth, s.index, s.depth, b >> 4};
        do_call(d.root, LABEL_CNodeCopy, CAPS1(s.root), mr, 5);
        break;
    }
    case 1: {
        word_t mr[] = {d.index, d.depth, s.index, s.depth, b >> 4, guard};
        do_call(d.root, LABEL_CNodeMint, CAPS1(s.root), mr, 6);
        break;
    }
    case 2:
    case 3: {
        word_t mr[] = {d.index, d.depth, s.index, s.depth, 0};
        do_call(d.root, b & 1 ? LABEL_CNodeMove : LABEL_CNodeMutate, CAPS1(s.root), mr, 5);
        break;
    }
    case 4: {
        struct place p = take_place(in, false);
        word_t mr[] = {d.index, d.depth, 0, p.index, p.depth, 0, s.index, s.depth};
        do_call(d.root, LABEL_CNodeRotate, CAPS2(p.root, s.root), mr, 8);
        break;
    }
    default: {
        static const uint8_t labels[] = {LABEL_CNodeDelete, LABEL_CNodeRevoke,
                                         LABEL_CNodeSaveCaller, LABEL_CNodeCancelBadgedSends};
        word_t mr[] = {d.index, d.depth};
        host.pending_after = b >> 6;
        if (b % 64 == 7) {
            mr[0] = ROOT_UNTYPED;
            do_call(ROOT_CNODE, LABEL_CNodeRevoke, NO_CAPS, mr, 2);
            break;
        }
        do_call(d.root, labels[guard % 4], NO_CAPS, mr, 2);
        break;
    }
    }
}

static void op_tcb(struct input *in)
{
    word_t tcb = take_slot(in, CAP_THREAD), a = take_cptr(in), b = take_cptr(in), c = take_cptr(in);
    switch (take(in) % 8) {
    case 0: {
        word_t mr[] = {a, 0, 0, BUFFER_ADDRESS};
        do_call(tcb, LABEL_TCBConfigure, CAPS3(a, b, c), mr, 4);
        break;
    }
    case 1: {
        word_t mr[] = {a, 0, 0, BUFFER_ADDRESS};
        do_call(tcb, LABEL_TCBConfigure,
                CAPS3(b % 3 ? ROOT_CNODE : b, ROOT_VSPACE, take_slot(in, CAP_FRAME)), mr, 4);
        break;
    }
    case 2: {
        word_t mr[] = {1, 1, PROGRAM};
        do_call(tcb, LABEL_TCBWriteRegisters, NO_CAPS, mr, 3);
        break;
    }
    case 3: {
        word_t mr[] = {255 - (a & 3)};
        do_call(tcb, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), mr, 1);
        break;
    }
    default: {
        static const uint8_t labels[] = {LABEL_TCBSuspend,          LABEL_TCBResume,
                                         LABEL_TCBBindNotification, LABEL_TCBUnbindNotification,
                                         LABEL_TCBSetEPTRoot,       LABEL_TCBSetRunPage,
                                         LABEL_X86VCPUSetTCB};
        word_t mr[] = {0};
        do_call(tcb, labels[a % sizeof(labels)], CAPS1(b), mr, 1);
        break;
    }
    }
}

/* Any label, any capability, any words. */
static void op_any(struct input *in)
{
    word_t cptr = take_cptr(in), label = take(in) % 78;
    if (label >= LABEL_CNodeRevoke && label <= LABEL_CNodeSaveCaller) {
        return; /* op_cnode() */
    }
    struct caps caps = CAPS3(take_cptr(in), take_cptr(in), take_cptr(in));
    word_t mr[8];
    caps.count = take(in) & 3;
    for (unsigned i = 0; i < 8; i++) {
        unsigned b = take(in);
        mr[i] = b & 0x80 ? (word_t)(b & 0x7f) << 12 | (word_t)take(in) << 21 : b;
    }
    do_call(cptr, label, caps, mr, 8);
}

static void op_ipc(struct input *in)
{
    static const int8_t calls[] = {SYS_Call, SYS_ReplyRecv, SYS_Send,   SYS_NBSend,
                                   SYS_Recv, SYS_Reply,     SYS_NBRecv, SYS_VMEnter};
    unsigned b = take(in);
    word_t mr[8] = {0}, to = take_slot(in, b & 0x80 ? CAP_NOTIFICATION : CAP_ENDPOINT);
    struct caps caps = CAPS2(take_cptr(in), take_cptr(in));
    caps.count = b >> 3 & 3;
    word_t *buffer = ipc_buffer(host.cpu.current, true);
    if (buffer) {
        buffer[BUFFER_RECEIVE_CNODE] = ROOT_CNODE;
        buffer[BUFFER_RECEIVE_INDEX] = FIRST_SLOT + take(in) % NUM_SLOTS;
        buffer[BUFFER_RECEIVE_DEPTH] = 64;
    }
    system_call(&(struct message){calls[b & 7], to, 0, b >> 5, mr, caps});
}

static void op_event(struct input *in)
{
    unsigned b = take(in);
    switch (b & 3) {
    case 0:
        kernel_handle_irq(16 + (b >> 2) % 8);
        break;
    case 1:
        host.now += 2000;
        kernel_handle_timer();
        break;
    case 2:
        kernel_handle_page_fault(b, 4);
        break;
    default:
        kernel_handle_exception(b >> 2, 0);
        break;
    }
}

static void op_ports_and_irqs(struct input *in)
{
    unsigned b = take(in);
    struct place d = take_place(in, true);
    if (b & 1) {
        word_t mr[] = {b, b + 3, d.index, d.depth};
        do_call(ROOT_IO_PORT_CONTROL, LABEL_X86IOPortControlIssue, CAPS1(d.root), mr, 4);
    } else if (b & 2) {
        word_t mr[] = {d.index, d.depth, 0, b >> 5, 0, 0, b >> 5};
        do_call(ROOT_IRQ_CONTROL, LABEL_X86IRQIssueIRQHandlerIOAPIC, CAPS1(d.root), mr, 7);
    } else {
        do_call(take_slot(in, CAP_IRQ_HANDLER), LABEL_IRQSetIRQHandler,
                CAPS1(take_slot(in, CAP_NOTIFICATION)), NULL, 0);
    }
}

static void one_operation(struct input *in)
{
    switch (take(in) % 12) {
    case 0:
    case 1:
    case 2:
        op_retype(in);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        op_cnode(in);
        break;
    case 7:
        op_tcb(in);
        break;
    case 8:
        op_any(in);
        break;
    case 9:
        op_ipc(in);
        break;
    case 10:
        op_event(in);
        break;
    default:
        op_ports_and_irqs(in);
        break;
    }
}

/* Something of everything, so that operations find each other from the start. */
static void make_start_objects(void)
{
    make_objects(OBJECT_CapTableObject, 3, FIRST_SLOT, 4);
    make_objects(OBJECT_EndpointObject, 0, FIRST_SLOT + 4, 2);
    make_objects(OBJECT_NotificationObject, 0, FIRST_SLOT + 6, 2);
    make_objects(OBJECT_UntypedObject, 16, FIRST_SLOT + 8, 2);
    word_t mr[] = {FIRST_SLOT + 4, 0, 0, BUFFER_ADDRESS};
    for (word_t i = 0; i < 2; i++) {
        start_thread(FIRST_SLOT + 10 + 2 * i, 254);
        do_call(FIRST_SLOT + 10 + 2 * i, LABEL_TCBConfigure,
                CAPS3(ROOT_CNODE, ROOT_VSPACE, FIRST_SLOT + 11 + 2 * i), mr, 4);
    }
}

/* When nobody can run the root thread is resumed; false: it does not exist any more. */
static bool keep_running(void)
{
    if (kernel_schedule() == host.cpu.idle) {
        if (slot(ROOT_TCB)->cap.type != CAP_THREAD) {
            return false;
        }
        tcb_restart(root_thread());
        kernel_schedule();
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    host_keep_ram = true;
    fixture_setup(NULL);
    make_start_objects();
    while (in.size && keep_running()) {
        host.log_length = 0;
        host.pending_after = 0;
        one_operation(&in);
        if (!check_consistency(slot(0), 1ull << ROOT_RADIX)) {
            abort();
        }
    }
    return 0;
}
