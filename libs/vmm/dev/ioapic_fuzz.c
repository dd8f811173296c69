/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "ioapic.h"
#include "test_machine.h"
#include "lapic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {{VMM_SPACE_MMIO, 0xfec00000, 0x50},
                                                    {VMM_SPACE_MMIO, 0xfee00000, 0x400}};
    struct test_machine *m = test_machine_new(4);
    struct ioapic chip = {0};
    static struct lapic lapic;
    memset(&lapic, 0, sizeof lapic);
    lapic_create(&lapic, &m->vm);
    ioapic_create(&chip, &m->vm);
    for (size_t i = 0; i + 8 < n; i += 8) {
        m->vm.ioapic->set_pin(&chip, data[i] & 31, data[i] & 32);
        test_fuzz(m, ranges, 2, data + i, 8);
        m->vm.lapic->acknowledge(&lapic, data[i] >> 6);
    }
    test_fuzz(m, ranges, sizeof ranges / sizeof ranges[0], data, n);
    free(m);
    return 0;
}
