/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "lapic.h"
#include "test_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_MMIO, 0xfee00000, 0x400},
                                                    {VMM_SPACE_MSR, 0x1b, 1},
                                                    {VMM_SPACE_MSR, 0x6e0, 1},
                                                    {VMM_SPACE_MSR, 0x800, 0x40}};
    struct test_machine *m = test_machine_new(4);
    struct lapic chip = {0};
    lapic_create(&chip, &m->vm);
    test_fuzz(m, ranges, sizeof ranges / sizeof ranges[0], data, n);
    free(m);
    return 0;
}
