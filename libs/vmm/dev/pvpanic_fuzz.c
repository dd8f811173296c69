/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "pvpanic.h"
#include "test_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_IO, 0x505, 1}};
    struct test_machine *m = test_machine_new(1);
    struct pvpanic chip = {0};
    pvpanic_create(&chip, &m->vm);
    test_fuzz(m, ranges, sizeof ranges / sizeof ranges[0], data, n);
    free(m);
    return 0;
}
