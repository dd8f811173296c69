/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * main() of the fuzzers for compilers without libFuzzer: pseudo-random inputs, the same ones each
 * time. Arguments: number of inputs, first seed; or one file to run again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static int run_file(const char *name)
{
    static uint8_t data[1 << 20];
    FILE *f = fopen(name, "rb");
    if (!f) {
        perror(name);
        return 1;
    }
    size_t size = fread(data, 1, sizeof data, f);
    fclose(f);
    return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
    char *end = "";
    unsigned long count = argc > 1 ? strtoul(argv[1], &end, 10) : 100;
    if (*end) {
        return run_file(argv[1]);
    }
    unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    for (unsigned long i = 0; i < count; i++) {
        static uint8_t data[MAX_INPUT];
        uint64_t x = (seed + i) * 0x9e3779b97f4a7c15ull + 1;
        size_t size = next(&x) % MAX_INPUT;
        for (size_t k = 0; k < size; k++) {
            data[k] = (uint8_t)(next(&x) >> 32);
        }
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%lu inputs from seed %lu\n", count, seed);
    return 0;
}
