/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What the specification needs of the machine, against the kernel's self-check. */
#include "loader.h"

/* SEL4_MACHINE_* that the specified objects cannot do without. */
static uint64_t needed_by_objects(struct loader *l)
{
    uint64_t needed = 0;
    uint32_t count;
    const struct capspec_object *o = view_section(l->spec, CAPSPEC_SEC_OBJECTS, &count);
    for (uint32_t i = 0; i < count; i++) {
        needed |= o[i].type == CAPSPEC_VCPU ? SEL4_MACHINE_GUESTS : 0;
        needed |= o[i].type == CAPSPEC_IOSPACE ? SEL4_MACHINE_IOMMU : 0;
    }
    return needed;
}

static void print_lacking(const seL4_BootMachine *machine, uint64_t lacking)
{
#define PRINT_ITEM(bit, name, text)                                                                \
    if (lacking & SEL4_MACHINE_##name)                                                             \
        loader_print("loader: MISSING: %s%s%s\n", text, (bit) ? "" : ": ",                         \
                     (bit) ? "" : machine->guests);
    SEL4_MACHINE_LIST(PRINT_ITEM)
#undef PRINT_ITEM
}

/* All at once, so that nobody has to boot again for the next line. */
void needs_check(struct loader *l)
{
    const seL4_BootMachine *machine = (const void *)space_record(l, SEL4_BOOTINFO_HEADER_MACHINE);
    uint64_t lacking = machine ? needed_by_objects(l) & ~machine->present : 0;
    if (lacking) {
        loader_print("loader: this image needs what this machine does not have:\n");
        print_lacking(machine, lacking);
    }
    if (l->spec->memory > memory_free(l))
        loader_fail("the system needs %lu KiB of memory, this machine has %lu KiB free",
                    (unsigned long)(l->spec->memory >> 10), (unsigned long)(memory_free(l) >> 10));
    if (lacking)
        loader_fail("see the lines \"machine:\" of the self-check above for all that is here");
}
