/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "mc146818.h"
#include "test_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_IO, 0x70, 4}};
    struct test_machine *m = test_machine_new(1);
    struct mc146818 chip = {0};
    struct mc146818_config config = {.low_memory = 1u << 30};
    mc146818_create(&chip, &m->vm, &config);
    test_fuzz(m, ranges, sizeof ranges / sizeof ranges[0], data, n);
    free(m);
    return 0;
}
