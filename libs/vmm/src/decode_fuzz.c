/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The decoder: any bytes, all code sizes; what it accepts is well formed. */
#include <stdlib.h>
#include <string.h>
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const unsigned bits[] = {16, 32, 64};
    for (size_t at = 0; at < n; at++) {
        unsigned length = n - at < 15 ? (unsigned)(n - at) : 15;
        uint8_t *exact = malloc(length); /* so that a read beyond is seen */
        memcpy(exact, data + at, length);
        for (unsigned i = 0; i < 3; i++) {
            struct insn in;
            if (insn_decode(exact, length, bits[i], &in) &&
                (in.length == 0 || in.length > length || in.reg > 15 || in.rm > 15 ||
                 (in.size != 1 && in.size != 2 && in.size != 4 && in.size != 8))) {
                abort();
            }
        }
        free(exact);
    }
    return 0;
}
