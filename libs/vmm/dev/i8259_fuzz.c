/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "i8259.h"
#include "test_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct test_fuzz_range ranges[] = {
        {VMM_SPACE_IO, 0x20, 2}, {VMM_SPACE_IO, 0xa0, 2}, {VMM_SPACE_IO, 0x4d0, 2}};
    struct test_machine *m = test_machine_new(1);
    struct i8259 pic = {0};
    i8259_create(&pic, &m->vm);
    while (n >= 24) {
        m->vm.pic->set_pin(&pic, data[0] & 15, data[0] & 16);
        if (m->vm.pic->pending(&pic) || (data[0] & 32)) {
            m->vm.pic->acknowledge(&pic);
        }
        test_fuzz(m, ranges, 3, data + 1, 16);
        data += 17;
        n -= 17;
    }
    free(m);
    return 0;
}
