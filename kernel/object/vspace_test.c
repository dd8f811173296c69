/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Unit tests of frames, page tables, nested page tables and ASIDs on the simulated machine. */
#include "memory_fixture.h"
#include "page_table.h"
#include <kernel/vspace.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define RW    3u
#define READ  2u
#define VADDR 0x7654321000ull /* page aligned */

/* A root with an ASID, and the tables above VADDR. */
static cte_t pool, pml4, pdpt, pd, pt, frame, copy;

static void make_pool(void)
{
    memset(&pool, 0, sizeof(pool));
    paddr_t paddr = fixture_alloc(12);
    kernel.asid_pool[0] = paddr;
    pool.cap = (cap_t){.type = CAP_ASID_POOL, .paddr = paddr};
}

static enum kernel_error assign(cte_t *root)
{
    return fixture_invoke(&pool,
                          (struct message){.label = LABEL_X86ASIDPoolAssign, .extra = {root}});
}

static enum kernel_error map_table(cte_t *table, word_t label, word_t addr, cte_t *root)
{
    return fixture_invoke(
        table, (struct message){.label = label, .length = 2, .mr = {addr, 0}, .extra = {root}});
}

static enum kernel_error map_frame(cte_t *f, word_t addr, word_t rights, word_t attributes)
{
    return fixture_invoke(f, (struct message){.label = LABEL_X86PageMap,
                                              .length = 3,
                                              .mr = {addr, rights, attributes},
                                              .extra = {&pml4}});
}

static int set_up(void **state)
{
    (void)state;
    fixture_reset();
    make_pool();
    fixture_create(&pml4, OBJECT_X64_PML4Object);
    fixture_create(&pdpt, OBJECT_X86_PDPTObject);
    fixture_create(&pd, OBJECT_X86_PageDirectoryObject);
    fixture_create(&pt, OBJECT_X86_PageTableObject);
    fixture_create(&frame, OBJECT_X86_4K);
    memset(&copy, 0, sizeof(copy));
    assert_int_equal(assign(&pml4), ERROR_NoError);
    return 0;
}

static void map_all_tables(void)
{
    assert_int_equal(map_table(&pdpt, LABEL_X86PDPTMap, VADDR, &pml4), ERROR_NoError);
    assert_int_equal(map_table(&pd, LABEL_X86PageDirectoryMap, VADDR, &pml4), ERROR_NoError);
    assert_int_equal(map_table(&pt, LABEL_X86PageTableMap, VADDR, &pml4), ERROR_NoError);
}

static uint64_t entry_at(word_t addr, unsigned level)
{
    struct table_walk w = table_walk(&host_format, pml4.cap.paddr, addr, level);
    return w.entry == NULL ? 0 : *w.entry;
}

static void missing_levels_are_named(void **state)
{
    (void)state;
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 39);
    assert_int_equal(map_table(&pt, LABEL_X86PageTableMap, VADDR, &pml4), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 39);
    assert_int_equal(map_table(&pdpt, LABEL_X86PDPTMap, VADDR, &pml4), ERROR_NoError);
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 30);
    assert_int_equal(map_table(&pd, LABEL_X86PageDirectoryMap, VADDR, &pml4), ERROR_NoError);
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 21);
    assert_int_equal(map_table(&pt, LABEL_X86PageTableMap, VADDR, &pml4), ERROR_NoError);
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 7);
    assert_false(page_flush_owed());
}

static void table_errors_in_order(void **state)
{
    (void)state;
    cte_t other = {0};
    fixture_create(&other, OBJECT_X64_PML4Object);
    struct message m = {.label = LABEL_X86PageTableMap, .length = 1, .extra = {&pml4}};
    assert_int_equal(fixture_invoke(&pdpt, m), ERROR_IllegalOperation);
    m.label = LABEL_X86PDPTMap;
    assert_int_equal(fixture_invoke(&pdpt, m), ERROR_TruncatedMessage);
    m.length = 2;
    m.extra[0] = &other;
    assert_int_equal(fixture_invoke(&pdpt, m), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 1);
    m.extra[0] = &pml4;
    m.mr[0] = 1ull << 47;
    assert_int_equal(fixture_invoke(&pdpt, m), ERROR_InvalidArgument);
    assert_int_equal(fixture_error_word(), 0);
    m.mr[0] = VADDR;
    assert_int_equal(fixture_invoke(&pdpt, m), ERROR_NoError);
    assert_int_equal(fixture_invoke(&pdpt, m), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 0);
    cte_t second = {0};
    fixture_create(&second, OBJECT_X86_PDPTObject);
    assert_int_equal(fixture_invoke(&second, m), ERROR_DeleteFirst);
    assert_int_equal(fixture_invoke(&pml4, m), ERROR_IllegalOperation);
}

static void table_unmap_needs_the_last_capability(void **state)
{
    (void)state;
    map_all_tables();
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(fixture_copy(&copy, &pt), INVOKE_DONE);
    struct message m = {.label = LABEL_X86PageTableUnmap};
    assert_int_equal(fixture_invoke(&pt, m), ERROR_RevokeFirst);
    fixture_delete(&copy);
    assert_int_equal(fixture_invoke(&pt, m), ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 1), 0);
    assert_int_equal(((uint64_t *)phys_to_virt(pt.cap.paddr))[(VADDR >> 12) % 512], 0);
    assert_false(pt.cap.table.is_mapped);
    /* The frame still claims to be mapped; deleting it finds nothing and harms nothing. */
    assert_int_equal(frame.cap.frame.map_type, MAP_VSPACE);
    fixture_delete(&frame);
    assert_int_equal(fixture_invoke(&pt, m), ERROR_NoError);
}

static void unmapped_tables_cannot_be_copied(void **state)
{
    (void)state;
    assert_int_equal(fixture_copy(&copy, &pt), INVOKE_ERROR);
    assert_int_equal(host.cpu.syscall_error.error, ERROR_IllegalOperation);
    cte_t other = {0};
    fixture_create(&other, OBJECT_X64_PML4Object);
    assert_int_equal(fixture_copy(&copy, &other), INVOKE_ERROR);
    assert_int_equal(fixture_copy(&copy, &pml4), INVOKE_DONE);
}

static void frame_errors_in_order(void **state)
{
    (void)state;
    map_all_tables();
    cte_t other = {0};
    fixture_create(&other, OBJECT_X64_PML4Object);
    struct message m = {
        .label = LABEL_X86PageMap, .length = 2, .mr = {VADDR, RW, 0}, .extra = {&other}};
    assert_int_equal(fixture_invoke(&frame, m), ERROR_TruncatedMessage);
    m.length = 3;
    assert_int_equal(fixture_invoke(&frame, m), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 1);
    assert_int_equal(map_frame(&frame, USER_TOP - 0xffe, RW, 0), ERROR_InvalidArgument);
    assert_int_equal(map_frame(&frame, VADDR + 8, RW, 0), ERROR_AlignmentError);
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(map_frame(&frame, VADDR + 4096, RW, 0), ERROR_InvalidArgument);
    assert_int_equal(assign(&other), ERROR_NoError);
    assert_int_equal(fixture_invoke(&frame, m), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 1);
}

static void remap_changes_rights(void **state)
{
    (void)state;
    map_all_tables();
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(map_frame(&frame, VADDR, READ, VM_ATTR_EXECUTE_NEVER), ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 5 | 1ull << 63);
    assert_int_equal(map_frame(&frame, VADDR, 0, 0), ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 1);
    assert_int_equal(map_frame(&frame, VADDR, RW, VM_ATTR_PAT | VM_ATTR_PCD), ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 7 | 0x80 | 0x10);
    assert_false(page_flush_owed());
}

static void capability_limits_rights(void **state)
{
    (void)state;
    map_all_tables();
    frame.cap.frame.can_write = 0;
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 5);
}

static void copy_deletion_unmaps_only_its_own(void **state)
{
    (void)state;
    map_all_tables();
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(fixture_copy(&copy, &frame), INVOKE_DONE);
    assert_int_equal(copy.cap.frame.map_type, MAP_NONE);
    assert_int_equal(map_frame(&copy, VADDR + 4096, RW, 0), ERROR_NoError);
    fixture_delete(&copy);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 7);
    assert_int_equal(entry_at(VADDR + 4096, 0), 0);
    /* A small page replaces another silently; the loser's deletion changes nothing. */
    cte_t second = {0};
    fixture_create(&second, OBJECT_X86_4K);
    assert_int_equal(map_frame(&second, VADDR, RW, 0), ERROR_NoError);
    fixture_delete(&frame);
    assert_int_equal(entry_at(VADDR, 0), second.cap.paddr | 7);
    assert_int_equal(fixture_invoke(&second, (struct message){.label = LABEL_X86PageUnmap}),
                     ERROR_NoError);
    assert_int_equal(entry_at(VADDR, 0), 0);
    assert_int_equal(fixture_invoke(&second, (struct message){.label = LABEL_X86PageUnmap}),
                     ERROR_NoError);
}

static void large_pages(void **state)
{
    (void)state;
    map_all_tables();
    cte_t large = {0}, huge = {0};
    word_t at = VADDR & ~0x1fffffull;
    fixture_create(&large, OBJECT_X86_LargePageObject);
    assert_int_equal(map_frame(&large, at, RW, 0), ERROR_DeleteFirst);
    assert_int_equal(map_frame(&large, at + 0x200000, RW, VM_ATTR_PAT), ERROR_NoError);
    assert_int_equal(entry_at(at + 0x200000, 1), large.cap.paddr | 0x87 | 0x1000);
    /* A small page below a large one: its table is missing. */
    assert_int_equal(map_frame(&frame, at + 0x200000, RW, 0), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 21);
    fixture_delete(&large);
    assert_int_equal(entry_at(at + 0x200000, 1), 0);
    fixture_create(&huge, OBJECT_X64_HugePageObject);
    word_t huge_at = (VADDR & ~0x3fffffffull) + 0x40000000;
    if (arch_has_1g_pages()) {
        assert_int_equal(map_frame(&huge, huge_at, RW, 0), ERROR_NoError);
        assert_int_equal(entry_at(huge_at, 2), huge.cap.paddr | 0x87);
    } else {
        assert_int_equal(map_frame(&huge, huge_at, RW, 0), ERROR_IllegalOperation);
    }
}

static void get_address(void **state)
{
    (void)state;
    assert_int_equal(fixture_invoke(&frame, (struct message){.label = LABEL_X86PageGetAddress}),
                     ERROR_NoError);
    assert_int_equal(fixture_result(), frame.cap.paddr);
    assert_int_equal(fixture_invoke(&frame, (struct message){.label = LABEL_X86PageMapIO}),
                     ERROR_IllegalOperation);
}

static void root_deletion_orphans_mappings(void **state)
{
    (void)state;
    map_all_tables();
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    unsigned asid = pml4.cap.table.asid;
    cap_t old = pml4.cap;
    assert_int_equal(vspace_root(old), old.paddr);
    fixture_delete(&pml4);
    assert_int_equal(vspace_root(old), 0);
    assert_int_equal(asid_root((uint16_t)asid, false), 0);
    /* The ASID goes to another root: the frame's mapping is not touched there. */
    cte_t other = {0};
    fixture_create(&other, OBJECT_X64_PML4Object);
    assert_int_equal(assign(&other), ERROR_NoError);
    assert_int_equal(other.cap.table.asid, asid);
    fixture_delete(&frame);
    fixture_delete(&pt);
}

static void asid_errors(void **state)
{
    (void)state;
    assert_int_equal(assign(&pml4), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 1);
    assert_int_equal(assign(&pt), ERROR_InvalidCapability);
    assert_int_equal(fixture_invoke(&pool, (struct message){.label = LABEL_X86ASIDPoolAssign}),
                     ERROR_TruncatedMessage);
    static cte_t roots[512];
    memset(roots, 0, sizeof(roots));
    unsigned assigned = 1;
    for (; assigned < 511; assigned++) {
        fixture_create(&roots[assigned], OBJECT_X64_PML4Object);
        assert_int_equal(assign(&roots[assigned]), ERROR_NoError);
    }
    fixture_create(&roots[511], OBJECT_X64_PML4Object);
    assert_int_equal(assign(&roots[511]), ERROR_DeleteFirst);
    fixture_delete(&roots[5]);
    assert_int_equal(assign(&roots[511]), ERROR_NoError);
    /* A deleted pool takes its spaces along. */
    cap_t stale = pool.cap;
    object_ops(CAP_ASID_POOL)->finalise(pool.cap, true);
    assert_int_equal(vspace_root(roots[7].cap), 0);
    pool.cap = stale;
    fixture_create(&roots[5], OBJECT_X64_PML4Object);
    assert_int_equal(assign(&roots[5]), ERROR_FailedLookup);
}

static void make_pool_from_untyped(void **state)
{
    (void)state;
    cte_t control = {.cap = {.type = CAP_ASID_CONTROL}}, untyped = {0};
    cte_t *slots = phys_to_virt(fixture_alloc(5 + 4));
    cte_t root = {.cap = {.type = CAP_CNODE, .paddr = virt_to_phys(slots)}};
    root.cap.cnode.radix = 4;
    root.cap.cnode.guard_size = 60;
    cap_t memory = {.type = CAP_UNTYPED, .paddr = fixture_alloc(12)};
    memory.untyped.size_bits = 11;
    mdb_insert_object(&untyped, memory, NULL);
    struct message m = {.label = LABEL_X86ASIDControlMakePool,
                        .length = 2,
                        .mr = {3, 64},
                        .extra = {&untyped, &root}};
    assert_int_equal(fixture_invoke(&control, m), ERROR_InvalidCapability);
    untyped.cap.untyped.size_bits = 12;
    assert_int_equal(fixture_invoke(&control, m), ERROR_NoError);
    assert_int_equal(slots[3].cap.type, CAP_ASID_POOL);
    assert_int_equal(slots[3].cap.asid_pool.base, 512);
    assert_true(mdb_has_children(&untyped));
    assert_int_equal(fixture_invoke(&control, m), ERROR_RevokeFirst);
    m.extra[1] = NULL;
    assert_int_equal(fixture_invoke(&control, m), ERROR_TruncatedMessage);
    for (unsigned i = 0; i < NUM_ASID_POOLS; i++) {
        kernel.asid_pool[i] = kernel.asid_pool[0];
    }
    m.extra[1] = &root;
    assert_int_equal(fixture_invoke(&control, m), ERROR_DeleteFirst);
}

/* Nested tables. */
#define GPA 0x40000000ull

static cte_t nroot, npdpt, npd, npt;

static enum kernel_error map_nested(cte_t *f, word_t gpa, word_t rights, word_t type)
{
    return fixture_invoke(f, (struct message){.label = LABEL_X86PageMapEPT,
                                              .length = 3,
                                              .mr = {gpa, rights, type},
                                              .extra = {&nroot}});
}

static void make_nested(void)
{
    fixture_create(&nroot, OBJECT_X86_EPTPML4Object);
    fixture_create(&npdpt, OBJECT_X86_EPTPDPTObject);
    fixture_create(&npd, OBJECT_X86_EPTPDObject);
    fixture_create(&npt, OBJECT_X86_EPTPTObject);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 1);
    assert_int_equal(assign(&nroot), ERROR_NoError);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 39);
    assert_int_equal(map_table(&npdpt, LABEL_X86EPTPDPTMap, GPA, &nroot), ERROR_NoError);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 30);
    assert_int_equal(map_table(&npd, LABEL_X86EPTPDMap, GPA, &nroot), ERROR_NoError);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_FailedLookup);
    assert_int_equal(fixture_error_word(), 21);
    assert_int_equal(map_table(&npt, LABEL_X86EPTPTMap, GPA, &nroot), ERROR_NoError);
}

static uint64_t nested_entry(word_t gpa, unsigned level)
{
    struct table_walk w = table_walk(&nested_npt.format, nroot.cap.paddr, gpa, level);
    return w.entry == NULL ? 0 : *w.entry;
}

static void nested_mapping(void **state)
{
    (void)state;
    make_nested();
    assert_int_equal(map_nested(&frame, GPA + 0x123, RW, 6), ERROR_NoError);
    assert_int_equal(nested_entry(GPA, 0), frame.cap.paddr | 7);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 0);
    cte_t second = {0}, large = {0};
    fixture_create(&second, OBJECT_X86_4K);
    assert_int_equal(map_nested(&second, GPA, RW, 6), ERROR_DeleteFirst);
    assert_int_equal(map_nested(&second, GPA + 4096, READ, 0), ERROR_NoError);
    assert_int_equal(nested_entry(GPA + 4096, 0), second.cap.paddr | 5 | 0x18);
    fixture_create(&large, OBJECT_X86_LargePageObject);
    assert_int_equal(map_nested(&large, GPA + 4096, RW, 6), ERROR_AlignmentError);
    assert_int_equal(map_nested(&large, GPA, RW, 6), ERROR_DeleteFirst);
    assert_int_equal(map_nested(&large, GPA + 0x200000, RW, 1), ERROR_NoError);
    assert_int_equal(nested_entry(GPA + 0x200000, 1), large.cap.paddr | 0x87 | 0x1000);
    fixture_create(&second, OBJECT_X64_HugePageObject);
    assert_int_equal(map_nested(&second, GPA, RW, 6), ERROR_InvalidCapability);
    assert_int_equal(fixture_error_word(), 0);
    /* where the processor has them */
    const word_t gpa = (GPA & ~0x3fffffffull) + 0x40000000;
    nested_has_1g_pages = true;
    assert_int_equal(map_nested(&second, gpa + 0x200000, RW, 6), ERROR_AlignmentError);
    assert_int_equal(map_nested(&second, gpa, READ, 6), ERROR_NoError);
    assert_int_equal(nested_entry(gpa, 2), second.cap.paddr | 0x85);
    assert_int_equal(map_nested(&second, gpa, RW, 6), ERROR_InvalidCapability);
    cte_t small = {0};
    fixture_create(&small, OBJECT_X86_4K);
    assert_int_equal(map_nested(&small, gpa, RW, 6), ERROR_FailedLookup);
    fixture_delete(&second);
    assert_int_equal(nested_entry(gpa, 2), 0);
    nested_has_1g_pages = false;
}

static void nested_unmap_changes_the_stamp(void **state)
{
    (void)state;
    make_nested();
    uint16_t asid = (uint16_t)nroot.cap.table.asid;
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_NoError);
    uint64_t stamp = ept_flush_stamp(asid);
    assert_int_equal(fixture_invoke(&frame, (struct message){.label = LABEL_X86PageUnmap}),
                     ERROR_NoError);
    assert_true(ept_flush_stamp(asid) > stamp);
    stamp = ept_flush_stamp(asid);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_NoError);
    assert_int_equal(ept_flush_stamp(asid), stamp);
    fixture_delete(&npt);
    assert_true(ept_flush_stamp(asid) > stamp);
    assert_false(page_flush_owed());
    fixture_delete(&npd); /* its table above is gone or not: both are fine */
    fixture_delete(&nroot);
    assert_int_equal(asid_root(asid, true), 0);
}

static void one_frame_in_both_worlds(void **state)
{
    (void)state;
    map_all_tables();
    make_nested();
    assert_int_equal(map_frame(&frame, VADDR, RW, 0), ERROR_NoError);
    assert_int_equal(map_nested(&frame, GPA, RW, 6), ERROR_InvalidCapability);
    assert_int_equal(fixture_copy(&copy, &frame), INVOKE_DONE);
    assert_int_equal(map_nested(&copy, GPA, RW, 6), ERROR_NoError);
    assert_int_equal(map_frame(&copy, VADDR, RW, 0), ERROR_InvalidCapability);
    fixture_delete(&copy);
    assert_int_equal(nested_entry(GPA, 0), 0);
    assert_int_equal(entry_at(VADDR, 0), frame.cap.paddr | 7);
    assert_int_equal(ept_root(nroot.cap), nroot.cap.paddr);
    assert_int_equal(vspace_root(nroot.cap), 0);
    assert_int_equal(ept_root(pml4.cap), 0);
    /* Roots are not interchangeable. */
    assert_int_equal(map_table(&npdpt, LABEL_X86EPTPDPTMap, GPA, &pml4), ERROR_InvalidCapability);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(missing_levels_are_named, set_up),
        cmocka_unit_test_setup(table_errors_in_order, set_up),
        cmocka_unit_test_setup(table_unmap_needs_the_last_capability, set_up),
        cmocka_unit_test_setup(unmapped_tables_cannot_be_copied, set_up),
        cmocka_unit_test_setup(frame_errors_in_order, set_up),
        cmocka_unit_test_setup(remap_changes_rights, set_up),
        cmocka_unit_test_setup(capability_limits_rights, set_up),
        cmocka_unit_test_setup(copy_deletion_unmaps_only_its_own, set_up),
        cmocka_unit_test_setup(large_pages, set_up),
        cmocka_unit_test_setup(get_address, set_up),
        cmocka_unit_test_setup(root_deletion_orphans_mappings, set_up),
        cmocka_unit_test_setup(asid_errors, set_up),
        cmocka_unit_test_setup(make_pool_from_untyped, set_up),
        cmocka_unit_test_setup(nested_mapping, set_up),
        cmocka_unit_test_setup(nested_unmap_changes_the_stamp, set_up),
        cmocka_unit_test_setup(one_frame_in_both_worlds, set_up),
    };
    return cmocka_run_group_tests_name("kernel_vspace", tests, NULL, NULL);
}
