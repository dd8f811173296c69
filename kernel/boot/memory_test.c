/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The boot memory map. */
#include "fixture.h"
#include "memory.h"
#include <kernel/arch.h>

#define MiB (1ull << 20)

struct block {
    paddr_t paddr;
    unsigned bits;
};
static struct block blocks[64];
static unsigned num_blocks;

static void collect(paddr_t paddr, unsigned bits, void *context)
{
    (void)context;
    assert_true(num_blocks < 64);
    assert_int_equal(paddr & ((1ull << bits) - 1), 0);
    blocks[num_blocks++] = (struct block){paddr, bits};
}

static void collect_kinds(unsigned kinds)
{
    num_blocks = 0;
    memory_for_each_block(kinds, collect, NULL);
}

static void test_paint_splits_and_covers(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    memory_paint(1 * MiB, 8 * MiB, MEMORY_RAM);
    memory_paint(2 * MiB, 3 * MiB, MEMORY_RESERVED);
    assert_int_equal(memory_size(MEMORY_RAM), 6 * MiB);
    assert_int_equal(memory_size(MEMORY_RESERVED), 1 * MiB);
    assert_int_equal(memory_size(MEMORY_DEVICE), 9 * MiB);
    memory_paint(0, 16 * MiB, MEMORY_RAM);
    assert_int_equal(memory_size(MEMORY_RAM), 16 * MiB);
    collect_kinds(1u << MEMORY_RAM);
    assert_int_equal(num_blocks, 1); /* merged again */
    assert_int_equal(blocks[0].bits, 24);
}

static void test_paint_rounds_outwards_and_clips(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    memory_paint(0x1001, 0x1002, MEMORY_RESERVED);
    assert_int_equal(memory_size(MEMORY_RESERVED), 4096);
    memory_paint(15 * MiB, UINT64_MAX, MEMORY_RESERVED);
    assert_int_equal(memory_size(MEMORY_RESERVED), 4096 + MiB);
    memory_paint(32 * MiB, 33 * MiB, MEMORY_RAM); /* wholly outside */
    assert_int_equal(memory_size(MEMORY_RAM), 0);
    memory_paint(MiB, MiB, MEMORY_RAM); /* empty */
    assert_int_equal(memory_size(MEMORY_RAM), 0);
}

static void test_blocks_are_aligned_and_ascend(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    memory_paint(0x3000, 0x9000, MEMORY_RAM);
    collect_kinds(1u << MEMORY_RAM);
    const struct block expected[] = {{0x3000, 12}, {0x4000, 14}, {0x8000, 12}};
    assert_int_equal(num_blocks, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(blocks[i].paddr, expected[i].paddr);
        assert_int_equal(blocks[i].bits, expected[i].bits);
    }
}

static void test_payload_never_merges(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    memory_paint(0x4000, 0x6000, MEMORY_PAYLOAD);
    memory_paint(0x6000, 0x8000, MEMORY_PAYLOAD);
    collect_kinds(1u << MEMORY_PAYLOAD);
    assert_int_equal(num_blocks, 2);
    assert_int_equal(blocks[0].bits, 13);
    assert_int_equal(blocks[1].paddr, 0x6000);
}

static void test_allocate_takes_aligned_clear_ram(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    memory_paint(1 * MiB + 4096, 8 * MiB, MEMORY_RAM);
    *(uint8_t *)phys_to_virt(2 * MiB + 5) = 7;
    assert_int_equal(memory_allocate(MiB, MiB), 2 * MiB);
    assert_int_equal(*(uint8_t *)phys_to_virt(2 * MiB + 5), 0);
    assert_int_equal(memory_allocate(100, 4096), 1 * MiB + 4096); /* the gap in front */
    assert_int_equal(memory_size(MEMORY_RESERVED), MiB + 4096);
    EXPECT_PANIC(memory_allocate(8 * MiB, 4096));
}

static unsigned visits;
static void allocate_while_visiting(paddr_t base, paddr_t end)
{
    assert_true(base < end);
    visits++;
    memory_allocate(4096, 4096);
}

static void test_visiting_may_allocate(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    memory_paint(1 * MiB, 2 * MiB, MEMORY_RAM);
    memory_paint(4 * MiB, 5 * MiB, MEMORY_RAM);
    visits = 0;
    memory_for_each_ram(allocate_while_visiting);
    assert_int_equal(visits, 2);
}

static void test_too_many_regions_panic(void **state)
{
    (void)state;
    memory_init(16 * MiB);
    EXPECT_PANIC(for (paddr_t p = 0; p < 16 * MiB;
                      p += 8192) { memory_paint(p, p + 4096, MEMORY_RESERVED); });
}

#define GiB (1ull << 30)

/* A machine with 6 GiB: the usual holes below 1 MiB and below 4 GiB. */
static void test_map_of_a_large_machine(void **state)
{
    (void)state;
    static const struct boot_region map[] = {
        {0, 0x9fc00, 1},       {0x9fc00, 0x400, 2},         {0xf0000, 0x10000, 2},
        {MiB, 2047 * MiB, 1},  {0xb0000000, 256 * MiB, 2},  {0xfffc0000, 0x40000, 2},
        {4 * GiB, 4 * GiB, 1}, {0xfd00000000, 12 * GiB, 2},
    };
    memory_read_map(map, 8, 40);
    assert_int_equal(memory_size(MEMORY_RAM), 6 * GiB - MiB);
    collect_kinds(1u << MEMORY_RAM);
    assert_int_equal(blocks[num_blocks - 1].paddr, 4 * GiB);
    assert_int_equal(blocks[num_blocks - 1].bits, 32);
}

/* Unsorted, overlapping, unaligned, empty and wrapping entries, as bad firmware makes them. */
static void test_map_with_holes_and_nonsense(void **state)
{
    (void)state;
    static const struct boot_region map[] = {
        {8 * MiB, 4 * MiB, 1},     {MiB + 5, 4 * MiB, 1},
        {2 * MiB, 0x1800, 2},      {9 * MiB, MiB, 3},
        {3 * MiB, 0, 2},           {6 * MiB, 0xfff, 1},
        {UINT64_MAX - 100, 50, 1}, {UINT64_MAX - 0xfff, 0x2000, 1},
        {11 * MiB, 2 * MiB, 4},    {13 * MiB, UINT64_MAX, 2},
        {10 * MiB, MiB / 2, 1},
    };
    memory_read_map(map, 11, 36);
    /* 1 MiB + 1 page .. 5 MiB without two pages; 8 .. 9 and 10 .. 11 MiB */
    assert_int_equal(memory_size(MEMORY_RAM), 4 * MiB - 4096 - 8192 + 2 * MiB);
    assert_int_equal(memory_size(MEMORY_DEVICE), (1ull << 36) - memory_size(MEMORY_RAM));
}

static void test_map_ends_where_addresses_end(void **state)
{
    (void)state;
    static const struct boot_region map[] = {{0, 1024 * GiB, 1}};
    memory_read_map(map, 1, 36);
    assert_int_equal(memory_size(MEMORY_RAM), 64 * GiB - MiB);
    memory_read_map(map, 1, 52);
    assert_int_equal(memory_size(MEMORY_RAM), 508 * GiB - MiB); /* the kernel's window */
    assert_int_equal(memory_size(MEMORY_DEVICE), (1ull << 47) - 508 * GiB + MiB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_paint_splits_and_covers, fixture_setup),
        cmocka_unit_test_setup(test_paint_rounds_outwards_and_clips, fixture_setup),
        cmocka_unit_test_setup(test_blocks_are_aligned_and_ascend, fixture_setup),
        cmocka_unit_test_setup(test_payload_never_merges, fixture_setup),
        cmocka_unit_test_setup(test_allocate_takes_aligned_clear_ram, fixture_setup),
        cmocka_unit_test_setup(test_visiting_may_allocate, fixture_setup),
        cmocka_unit_test_setup(test_too_many_regions_panic, fixture_setup),
        cmocka_unit_test_setup(test_map_of_a_large_machine, fixture_setup),
        cmocka_unit_test_setup(test_map_with_holes_and_nonsense, fixture_setup),
        cmocka_unit_test_setup(test_map_ends_where_addresses_end, fixture_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
