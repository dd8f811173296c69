/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The older transport: pages change places and come back, events come one by one. */
#include "test_crossvm.h"
#include <crossvm/legacy.h>

#define RAM_FRAMES 512 /* capabilities 0 to 511 */
#define DATAPORT   520 /* two frames */
#define OTHER      530 /* one frame */

/* The pretended kernel takes address 0 for "nothing": RAM lies one GiB higher there. */
#define BASE (1ull << 30)

static int map_frame(void *ctx, uint64_t cap, uint64_t gpa, bool writable)
{
    return test_map_frame(ctx, cap, BASE + gpa, writable);
}

static int map_directory(void *ctx, uint64_t cap, uint64_t gpa)
{
    return test_map_directory(ctx, cap + 1, BASE + gpa);
}

static int map_table(void *ctx, uint64_t cap, uint64_t gpa)
{
    return test_map_table(ctx, cap, BASE + gpa);
}

static const struct crossvm_nested_ops ops = {.map_frame = map_frame,
                                              .unmap_frame = test_unmap_frame,
                                              .map_directory = map_directory,
                                              .map_table = map_table,
                                              .unmap_table = test_unmap_table};

struct fixture {
    struct test_vcpu *t;
    struct crossvm_table tables[TEST_TABLES];
    struct crossvm_nested nested;
    struct crossvm_legacy legacy;
};

static unsigned emitted;

static void count_emit(void)
{
    emitted++;
}

static struct fixture *setup(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    memset(&test_kernel, 0, sizeof test_kernel);
    emitted = 0;
    f->t = test_vcpu_new();
    f->nested =
        (struct crossvm_nested){.ops = &ops, .num_tables = TEST_TABLES, .tables = f->tables};
    f->legacy.nested = &f->nested;
    f->legacy.ram = (struct crossvm_frames){.count = RAM_FRAMES, .bits = 12, .writable = true};
    assert_null(crossvm_legacy_create(&f->legacy, f->t->vm));
    const struct crossvm_frames frames = {
        .first = DATAPORT, .count = 2, .bits = 12, .writable = true};
    const struct crossvm_frames other = {.first = OTHER, .count = 1, .bits = 12};
    assert_null(crossvm_legacy_add_dataport(&f->legacy, 1, &frames));
    assert_null(crossvm_legacy_add_dataport(&f->legacy, 2, &other));
    assert_null(crossvm_legacy_add_emit(&f->legacy, 1, count_emit));
    return f;
}

static void teardown(struct fixture *f)
{
    assert_int_equal(test_kernel.errors, 0);
    test_vcpu_free(f->t);
    free(f);
}

/* A call with EBX, ECX, EDX and ESI: EAX afterwards. */
static int64_t call(struct fixture *f, uint64_t service, uint64_t rbx, uint64_t rcx, uint64_t rdx,
                    uint64_t rsi)
{
    struct vmm_vcpu *vcpu = &f->t->vm->vcpu[0];
    vcpu->run->gpr[VCPU_RAX] = service;
    vcpu->run->gpr[VCPU_RBX] = rbx;
    vcpu->run->gpr[VCPU_RCX] = rcx;
    vcpu->run->gpr[VCPU_RDX] = rdx;
    vcpu->run->gpr[VCPU_RSI] = rsi;
    assert_true(crossvm_legacy_call(&f->legacy, vcpu, service));
    return (int64_t)vcpu->run->gpr[VCPU_RAX];
}

static void test_pages_change_places(void **state)
{
    (void)state;
    struct fixture *f = setup();
    assert_int_equal(call(f, 1, 1, 1, 0x5000, 8192), 0);
    assert_int_equal(test_kernel.frame_at[DATAPORT + 1], BASE + 0x6000);
    assert_int_equal(test_kernel.frame_at[5], 0);
    assert_int_equal(call(f, 1, 1, 2, 0x6000, 4096), -1); /* the first one has it */
    assert_int_equal(call(f, 1, 1, 1, 0x6000, 8192), 0);  /* but that one may move */
    assert_int_equal(test_kernel.frame_at[5], BASE + 0x5000);
    assert_int_equal(call(f, 1, 1, 2, 0x5000, 4096), 0);
    vmm_reset(f->t->vm);
    for (unsigned i = 0; i < RAM_FRAMES; i++) {
        assert_int_equal(test_kernel.frame_at[i], BASE + i * 4096);
    }
    assert_int_equal(test_kernel.frame_at[DATAPORT], 0);
    assert_int_equal(test_kernel.frame_at[OTHER], 0);
    teardown(f);
}

static void test_refusals(void **state)
{
    (void)state;
    struct fixture *f = setup();
    const struct {
        uint64_t service, rbx, rcx, rdx, rsi;
    } bad[] = {{1, 1, 0, 0x5000, 8192},
               {1, 1, 3, 0x5000, 4096},
               {1, 1, 257, 0x5000, 4096},
               {1, 1, 1, 0x5000, 4096},
               {1, 1, 1, 0x5010, 8192},
               {1, 2, 1, 0x5000, 8192},
               {1, 1, 1, 0x1ff000, 8192},
               {1, 1, 1, 0x200000, 8192},
               {1, 1, 1, UINT64_MAX - 4095, 8192},
               {3, 1, 0, 0, 0},
               {3, 1, 2, 0, 0},
               {3, 1, 257, 0, 0},
               {3, 2, 1, 0, 0},
               {2, 2, 0, 0, 0},
               {2, 1, 0, 0, 0},
               {2, 1, 0x7000, 0, 0},
               {2, 1, 0xfffffffffffff000, 0, 0},
               {2, 3, 0x7000, 0, 0}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(call(f, bad[i].service, bad[i].rbx, bad[i].rcx, bad[i].rdx, bad[i].rsi),
                         -1);
    }
    assert_int_equal(emitted, 0);
    assert_false(crossvm_legacy_call(&f->legacy, &f->t->vm->vcpu[0], 4));
    const struct crossvm_frames large = {.count = 1, .bits = 21};
    assert_non_null(crossvm_legacy_add_dataport(&f->legacy, 3, &large));
    assert_non_null(crossvm_legacy_add_dataport(&f->legacy, 0, &f->legacy.dataport[1].frames));
    assert_non_null(crossvm_legacy_add_dataport(&f->legacy, 1, &f->legacy.dataport[1].frames));
    assert_non_null(crossvm_legacy_add_emit(&f->legacy, 257, count_emit));
    teardown(f);
}

static struct crossvm_legacy_page page_at(struct fixture *f, uint64_t gpa)
{
    struct crossvm_legacy_page page;
    assert_true(vmm_memory_read(f->t->vm, gpa, &page, sizeof page));
    return page;
}

static bool interrupt(struct fixture *f)
{
    return f->t->vm->gsi_sources[CROSSVM_LEGACY_IRQ] != 0;
}

static void test_events(void **state)
{
    (void)state;
    struct fixture *f = setup();
    const struct crossvm_legacy_page ready = {.magic = CROSSVM_LEGACY_MAGIC};
    static const unsigned order[] = {1, 2, 1, 1};
    assert_int_equal(call(f, 3, 1, 1, 0, 0), 0);
    assert_int_equal(emitted, 1);
    for (unsigned i = 0; i < 3; i++) {
        crossvm_legacy_signal(&f->legacy, 1); /* before the guest has a page: they wait */
    }
    crossvm_legacy_signal(&f->legacy, 2);
    crossvm_legacy_signal(&f->legacy, 0);
    crossvm_legacy_signal(&f->legacy, 999);
    vmm_poll_devices(f->t->vm);
    assert_false(interrupt(f));
    assert_true(vmm_memory_write(f->t->vm, 0x7000, &ready, sizeof ready));
    assert_int_equal(call(f, 2, 1, 0x7000, 0, 0), 0);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(interrupt(f));
        assert_int_equal(page_at(f, 0x7000).id, order[i]);
        vmm_poll_devices(f->t->vm); /* not over one that is not taken */
        assert_int_equal(page_at(f, 0x7000).id, order[i]);
        assert_int_equal(call(f, 2, 2, 0, 0, 0), 0);
    }
    assert_false(interrupt(f));
    assert_int_equal(call(f, 2, 2, 0, 0, 0), -1);
    crossvm_legacy_signal(&f->legacy, 1);
    vmm_reset(f->t->vm);
    vmm_poll_devices(f->t->vm);
    assert_false(interrupt(f));
    teardown(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pages_change_places),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_events)};
    return cmocka_run_group_tests_name("crossvm legacy", tests, NULL, NULL);
}
