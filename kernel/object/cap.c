/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What capabilities of each type name, and how copies differ from their source. */
#include <kernel/cspace.h>
#include <kernel/objects.h>

/* Layout of seL4_CNode_CapData_t and seL4_X86_IOSpace_CapData_t. */
#define GUARD_SIZE_MASK 0x3full
#define GUARD_SHIFT     6
#define IO_PCI_MASK     0xffffull
#define IO_DOMAIN_SHIFT 16

/* seL4_CapRights_t. */
#define RIGHT_WRITE       1u
#define RIGHT_READ        2u
#define RIGHT_GRANT       4u
#define RIGHT_GRANT_REPLY 8u

static const uint8_t frame_bits[] = {[FRAME_4K] = 12, [FRAME_2M] = 21, [FRAME_1G] = 30};

paddr_t cap_base(cap_t cap)
{
    return cap.paddr;
}

/* log2 of the object's size in bytes, 0 when it has no memory of its own. */
static unsigned cap_size_bits(cap_t cap)
{
    switch (cap.type) {
    case CAP_UNTYPED:
        return cap.untyped.size_bits;
    case CAP_ENDPOINT:
        return 4;
    case CAP_NOTIFICATION:
        return 6;
    case CAP_CNODE:
        return cap.cnode.radix + 5;
    case CAP_ZOMBIE:
        return cap.zombie.is_tcb ? 12 : cap.zombie.radix + 5;
    case CAP_FRAME:
        return frame_bits[cap.frame.size];
    case CAP_VCPU:
        return 15;
    case CAP_THREAD:
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_ASID_POOL:
    case CAP_IO_PAGE_TABLE:
    case CAP_EPT_PT:
    case CAP_EPT_PD:
    case CAP_EPT_PDPT:
    case CAP_EPT_PML4:
        return 12;
    default:
        return 0;
    }
}

word_t cap_size(cap_t cap)
{
    unsigned bits = cap_size_bits(cap);
    return bits ? 1ull << bits : 0;
}

static bool cap_contains(cap_t a, cap_t b)
{
    word_t size = cap_size(b);
    return size && a.paddr <= b.paddr && b.paddr - a.paddr + size <= cap_size(a);
}

bool cap_same_region(cap_t a, cap_t b)
{
    if (a.type == CAP_UNTYPED) {
        return cap_contains(a, b);
    }
    if (a.type == CAP_IRQ_CONTROL) {
        return b.type == CAP_IRQ_CONTROL || b.type == CAP_IRQ_HANDLER;
    }
    if (a.type == CAP_IO_PORT_CONTROL) {
        return b.type == CAP_IO_PORT_CONTROL || b.type == CAP_IO_PORT;
    }
    if (a.type != b.type) {
        return false;
    }
    switch (a.type) {
    case CAP_NULL:
    case CAP_ZOMBIE:
        return false;
    case CAP_FRAME:
        return cap_contains(a, b);
    case CAP_CNODE:
        return a.paddr == b.paddr && a.cnode.radix == b.cnode.radix;
    case CAP_IRQ_HANDLER:
        return a.irq_handler.irq == b.irq_handler.irq;
    case CAP_IO_PORT:
        return a.io_port.first == b.io_port.first && a.io_port.last == b.io_port.last;
    case CAP_IO_SPACE:
        return a.io_space.pci == b.io_space.pci;
    case CAP_DOMAIN:
    case CAP_ASID_CONTROL:
        return true;
    default:
        return a.paddr == b.paddr;
    }
}

bool cap_same_object(cap_t a, cap_t b)
{
    switch (a.type) {
    case CAP_UNTYPED:
    case CAP_IRQ_CONTROL:
        return false;
    case CAP_IO_PORT_CONTROL:
        return b.type == CAP_IO_PORT_CONTROL;
    case CAP_FRAME:
        return b.type == CAP_FRAME && a.paddr == b.paddr && a.frame.size == b.frame.size &&
               a.frame.is_device == b.frame.is_device;
    default:
        return cap_same_region(a, b);
    }
}

cap_t cap_mask_rights(cap_t cap, word_t mask)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
        cap.endpoint.can_grant &= (mask & RIGHT_GRANT) != 0;
        cap.endpoint.can_grant_reply &= (mask & RIGHT_GRANT_REPLY) != 0;
        cap.endpoint.can_write &= (mask & RIGHT_WRITE) != 0;
        cap.endpoint.can_read &= (mask & RIGHT_READ) != 0;
        break;
    case CAP_NOTIFICATION:
        cap.notification.can_write &= (mask & RIGHT_WRITE) != 0;
        cap.notification.can_read &= (mask & RIGHT_READ) != 0;
        break;
    case CAP_FRAME:
        cap.frame.can_write &= (mask & RIGHT_WRITE) != 0;
        cap.frame.can_read &= (mask & RIGHT_READ) != 0;
        break;
    case CAP_REPLY:
        cap.reply.can_grant &= (mask & RIGHT_GRANT) != 0;
        break;
    default:
        break;
    }
    return cap;
}

static cap_t cap_update_io_space(cap_t cap, word_t data)
{
    word_t domain = data >> IO_DOMAIN_SHIFT & 0xffff;
    if (cap.io_space.domain || domain == 0) {
        return cap_null();
    }
    cap.io_space.pci = data & IO_PCI_MASK;
    cap.io_space.domain = domain;
    return cap;
}

cap_t cap_update_data(cap_t cap, word_t data, bool preserve)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        if (preserve || cap.endpoint.badge != 0) {
            return cap_null();
        }
        cap.endpoint.badge = data;
        return cap;
    case CAP_CNODE: {
        unsigned guard_size = data & GUARD_SIZE_MASK;
        if (guard_size + cap.cnode.radix > 64) {
            return cap_null();
        }
        cap.cnode.guard_size = guard_size;
        cap.cnode.guard = data >> GUARD_SHIFT & ((1ull << guard_size) - 1);
        return cap;
    }
    case CAP_IO_SPACE:
        return preserve ? cap_null() : cap_update_io_space(cap, data);
    default:
        return cap;
    }
}

enum invoke_status cap_derive(const cte_t *slot, cap_t *cap)
{
    const struct object_ops *ops = object_ops(cap->type);
    return ops->derive ? ops->derive(slot, cap) : INVOKE_DONE;
}
