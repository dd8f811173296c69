/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "hpet.h"
#include "test_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_MMIO, VMM_HPET_BASE, 0x160}};
    struct test_machine *m = test_machine_new(1);
    struct hpet chip = {0};
    hpet_create(&chip, &m->vm, NULL, NULL);
    test_fuzz(m, ranges, 1, data, n);
    free(m);
    return 0;
}
