/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Runs a fuzz entry without libFuzzer: pseudo-random inputs, the same every time, so that every
 * test run meets some odd input. With coverage: libs/vmm/test/fuzz.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint64_t random_word(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

int main(int argc, char **argv)
{
    unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    uint64_t state = 88172645463325252u;
    static uint8_t data[MAX_INPUT];
    for (unsigned long run = 0; run < runs; run++) {
        size_t n = random_word(&state) % (MAX_INPUT + 1);
        for (size_t i = 0; i < n; i++) {
            data[i] = (uint8_t)(random_word(&state) >> 32);
        }
        LLVMFuzzerTestOneInput(data, n);
    }
    printf("%lu inputs\n", runs);
    return 0;
}
