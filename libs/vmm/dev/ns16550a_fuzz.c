/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "ns16550a.h"
#include "test_machine.h"

/* Takes and gives as much as the clock says, so it is full and empty at times. */
static size_t back_write(void *ctx, const uint8_t *data, size_t n)
{
    (void)data;
    size_t room = ((struct test_machine *)ctx)->now % 5;
    return n < room ? n : room;
}

static size_t back_read(void *ctx, uint8_t *data, size_t n)
{
    size_t have = ((struct test_machine *)ctx)->now % 7;
    n = n < have ? n : have;
    memset(data, 0x55, n);
    return n;
}

static const struct vmm_console_ops back_end = {.write = back_write, .read = back_read};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_IO, 0x3f8, 8}};
    struct test_machine *m = test_machine_new(1);
    struct ns16550a chip = {0};
    struct ns16550a_config config = {
        .id = "com1", .port = 0x3f8, .irq = 4, .console = &back_end, .console_ctx = m};
    ns16550a_create(&chip, &m->vm, &config);
    test_fuzz(m, ranges, sizeof ranges / sizeof ranges[0], data, n);
    free(m);
    return 0;
}
