/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* libFuzzer target: any bytes as an archive; every member's bytes are touched. */
#include <cpio/cpio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cpio_file file;
    size_t offset = 0;
    volatile unsigned sum = 0;
    while (cpio_next(data, size, &offset, &file) == CPIO_OK) {
        sum += (unsigned)strlen(file.name);
        for (size_t i = 0; i < file.size; i++)
            sum += ((const uint8_t *)file.data)[i];
    }
    cpio_find(data, size, "./bzimage", &file);
    return 0;
}
