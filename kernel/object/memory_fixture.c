/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "memory_fixture.h"
#include <string.h>

struct fixture fixture;
static struct invocation last;

void fixture_reset(void)
{
    host_reset();
    memset(&fixture, 0, sizeof(fixture));
    fixture.next_free = HOST_RAM_BASE;
    cte_t slot = {0};
    fixture_create(&slot, OBJECT_TCBObject);
    fixture.thread = phys_to_virt(slot.cap.paddr);
    host.cpu.current = fixture.thread;
}

paddr_t fixture_alloc(unsigned bits)
{
    paddr_t size = 1ull << bits;
    paddr_t at = (fixture.next_free + size - 1) & ~(size - 1);
    fixture.next_free = at + size;
    memset(phys_to_virt(at), 0, size);
    return at;
}

void fixture_create(cte_t *slot, enum kernel_object_type type)
{
    static const unsigned bits[] = {
#define X(n, name, size_bits) [n] = size_bits,
        SEL4_OBJECT_LIST(X)
#undef X
    };
    static const enum cap_type caps[] = {
        [OBJECT_TCBObject] = CAP_THREAD,
        [OBJECT_NotificationObject] = CAP_NOTIFICATION,
        [OBJECT_X86_PDPTObject] = CAP_PDPT,
        [OBJECT_X64_PML4Object] = CAP_PML4,
        [OBJECT_X64_HugePageObject] = CAP_FRAME,
        [OBJECT_X86_4K] = CAP_FRAME,
        [OBJECT_X86_LargePageObject] = CAP_FRAME,
        [OBJECT_X86_PageTableObject] = CAP_PAGE_TABLE,
        [OBJECT_X86_PageDirectoryObject] = CAP_PAGE_DIRECTORY,
        [OBJECT_X86_VCPUObject] = CAP_VCPU,
        [OBJECT_X86_EPTPML4Object] = CAP_EPT_PML4,
        [OBJECT_X86_EPTPDPTObject] = CAP_EPT_PDPT,
        [OBJECT_X86_EPTPDObject] = CAP_EPT_PD,
        [OBJECT_X86_EPTPTObject] = CAP_EPT_PT,
    };
    struct new_object o = {.type = type, .size_bits = bits[type]};
    /* A 1 GiB frame does not fit into the simulated RAM, and its memory is never touched. */
    o.paddr = type == OBJECT_X64_HugePageObject ? 1ull << 40 : fixture_alloc(bits[type]);
    memset(slot, 0, sizeof(*slot));
    cap_t cap = object_ops(caps[type])->create(&o);
    mdb_insert_object(slot, cap, NULL);
}

enum invoke_status fixture_copy(cte_t *dest, cte_t *src)
{
    cap_t cap = src->cap;
    memset(dest, 0, sizeof(*dest));
    enum invoke_status status = cap_derive(src, &cap);
    if (status == INVOKE_DONE) {
        mdb_insert(dest, cap, src);
    }
    return status;
}

void fixture_delete(cte_t *slot)
{
    slot_delete_simple(slot);
}

enum kernel_error fixture_invoke(cte_t *slot, struct message m)
{
    static const enum user_register registers[] = MSG_REGISTERS;
    last = (struct invocation){
        .thread = fixture.thread,
        .slot = slot,
        .cap = slot->cap,
        .label = m.label,
        .length = m.length,
        .buffer = fixture.buffer,
        .is_call = true,
        .is_blocking = true,
    };
    for (unsigned i = 0; i < NUM_MSG_REGISTERS; i++) {
        fixture.thread->regs[registers[i]] = m.mr[i];
    }
    memcpy(last.extra, m.extra, sizeof(last.extra));
    enum invoke_status status = object_ops(slot->cap.type)->invoke(&last);
    return status == INVOKE_DONE ? ERROR_NoError : (enum kernel_error)host.cpu.syscall_error.error;
}

word_t fixture_error_word(void)
{
    if (host.cpu.syscall_error.error == ERROR_FailedLookup) {
        return host.cpu.syscall_error.lookup.bits_left;
    }
    return host.cpu.syscall_error.arg[0];
}

word_t fixture_result(void)
{
    return fixture.thread->regs[REG_R10];
}
