/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* From capability and object types to their code. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/objects.h>
#include <kernel/vcpu.h>

static enum invoke_status null_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    *cap = cap_null();
    return INVOKE_DONE;
}

static enum invoke_status null_invoke(struct invocation *inv)
{
    (void)inv;
    return invoke_error_capability(0);
}

/* Also of zombies: nothing can be done with them but delete them. */
static const struct object_ops null_ops = {.derive = null_derive, .invoke = null_invoke};

static enum invoke_status illegal_invoke(struct invocation *inv)
{
    (void)inv;
    return invoke_error(ERROR_IllegalOperation);
}

static const struct object_ops io_space_ops = {.invoke = illegal_invoke};

static const struct object_ops *const ops_by_cap[32] = {
    [CAP_UNTYPED] = &untyped_ops,
    [CAP_ENDPOINT] = &endpoint_ops,
    [CAP_NOTIFICATION] = &notification_ops,
    [CAP_REPLY] = &reply_ops,
    [CAP_CNODE] = &cnode_ops,
    [CAP_THREAD] = &tcb_ops,
    [CAP_IRQ_CONTROL] = &irq_control_ops,
    [CAP_IRQ_HANDLER] = &irq_handler_ops,
    [CAP_DOMAIN] = &domain_ops,
    [CAP_FRAME] = &frame_ops,
    [CAP_PAGE_TABLE] = &vspace_table_ops,
    [CAP_PAGE_DIRECTORY] = &vspace_table_ops,
    [CAP_PDPT] = &vspace_table_ops,
    [CAP_PML4] = &vspace_table_ops,
    [CAP_ASID_CONTROL] = &asid_control_ops,
    [CAP_ASID_POOL] = &asid_pool_ops,
    [CAP_IO_SPACE] = &io_space_ops,
    [CAP_IO_PORT] = &io_port_ops,
    [CAP_IO_PORT_CONTROL] = &io_port_control_ops,
    [CAP_VCPU] = &vcpu_ops,
    [CAP_EPT_PT] = &ept_table_ops,
    [CAP_EPT_PD] = &ept_table_ops,
    [CAP_EPT_PDPT] = &ept_table_ops,
    [CAP_EPT_PML4] = &ept_table_ops,
};

const struct object_ops *object_ops(enum cap_type type)
{
    return ops_by_cap[type] ? ops_by_cap[type] : &null_ops;
}

static const struct object_ops *const ops_by_object[NUM_OBJECT_TYPES] = {
    [OBJECT_UntypedObject] = &untyped_ops,
    [OBJECT_TCBObject] = &tcb_ops,
    [OBJECT_EndpointObject] = &endpoint_ops,
    [OBJECT_NotificationObject] = &notification_ops,
    [OBJECT_CapTableObject] = &cnode_ops,
    [OBJECT_X86_PDPTObject] = &vspace_table_ops,
    [OBJECT_X64_PML4Object] = &vspace_table_ops,
    [OBJECT_X64_HugePageObject] = &frame_ops,
    [OBJECT_X86_4K] = &frame_ops,
    [OBJECT_X86_LargePageObject] = &frame_ops,
    [OBJECT_X86_PageTableObject] = &vspace_table_ops,
    [OBJECT_X86_PageDirectoryObject] = &vspace_table_ops,
    [OBJECT_X86_VCPUObject] = &vcpu_ops,
    [OBJECT_X86_EPTPML4Object] = &ept_table_ops,
    [OBJECT_X86_EPTPDPTObject] = &ept_table_ops,
    [OBJECT_X86_EPTPDObject] = &ept_table_ops,
    [OBJECT_X86_EPTPTObject] = &ept_table_ops,
};

static const uint8_t object_bits[NUM_OBJECT_TYPES] = {
#define X(n, name, bits) [n] = bits,
    SEL4_OBJECT_LIST(X)
#undef X
};

const struct object_ops *object_type_ops(word_t type)
{
    if (type >= NUM_OBJECT_TYPES || (type == OBJECT_X64_HugePageObject && !arch_has_1g_pages()) ||
        (type == OBJECT_X86_VCPUObject && !vcpu_available())) {
        return NULL;
    }
    return ops_by_object[type];
}

unsigned object_size_bits(enum kernel_object_type type, word_t size_bits)
{
    if (type == OBJECT_CapTableObject) {
        return (unsigned)size_bits + 5;
    }
    return object_bits[type] ? object_bits[type] : (unsigned)size_bits;
}
