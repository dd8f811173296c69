/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "legacy_ports.h"
#include "test_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_IO, 0x60, 0x40}};
    struct test_machine *m = test_machine_new(1);
    struct legacy_ports chip = {0};
    legacy_ports_create(&chip, &m->vm);
    test_fuzz(m, ranges, sizeof ranges / sizeof ranges[0], data, n);
    free(m);
    return 0;
}
