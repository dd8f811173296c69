/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * main() of the fuzzers for compilers without libFuzzer. The inputs are the same ones each time, so
 * that a failure can be repeated. Arguments:
 *
 *   N [SEED]             N inputs of pseudo-random bytes, from a seed on
 *   FILE                 this input once
 *   --mutate FILE…       each file as it is, then with 1 to 11 random changes of text
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUT 4096
#define MAX_FILE  (1u << 20)
#define MUTATIONS 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static uint64_t state = 1;

static size_t below(size_t limit)
{
    return (size_t)(next(&state) >> 32) % limit;
}

/* Flips, removes, repeats or cuts a stretch; returns the new size, at most 40 more. */
static size_t mutate(uint8_t *data, size_t size)
{
    static const char marks[] = "{}[]();,.:=<->\"#/*0x~&|";
    size_t at = below(size), length = below(40);
    if (length > size - at) {
        length = size - at;
    }
    switch (below(4)) {
    case 0:
        data[at] = (uint8_t)marks[below(sizeof marks - 1)];
        return size;
    case 1:
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    case 2:
        memmove(data + at + length, data + at, size - at);
        return size + length;
    default:
        return at + 1;
    }
}

/* The bytes of a file, with room for mutations; NULL after a message. */
static uint8_t *read_file(const char *name, size_t *size)
{
    uint8_t *data = malloc(MAX_FILE + 40 * MUTATIONS);
    FILE *file = fopen(name, "rb");
    if (!file || !data) {
        perror(name);
        free(data);
        data = NULL;
    } else {
        *size = fread(data, 1, MAX_FILE, file);
    }
    if (file) {
        fclose(file);
    }
    return data;
}

static int run_mutations(const char *name)
{
    size_t size = 0;
    for (unsigned changes = 0; changes < MUTATIONS; changes++) {
        uint8_t *data = read_file(name, &size);
        if (!data) {
            return 1;
        }
        for (unsigned i = 0; i < changes && size; i++) {
            size = mutate(data, size);
        }
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    return 0;
}

static int run_file(const char *name)
{
    size_t size = 0;
    uint8_t *data = read_file(name, &size);
    int status = data ? LLVMFuzzerTestOneInput(data, size) : 1;
    free(data);
    return status;
}

static void run_random(unsigned long count, unsigned long seed)
{
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
}

int main(int argc, char **argv)
{
    char *end = "";
    if (argc > 1 && !strcmp(argv[1], "--mutate")) {
        int status = argc < 3;
        for (int i = 2; i < argc; i++) {
            status |= run_mutations(argv[i]);
        }
        return status;
    }
    unsigned long count = argc > 1 ? strtoul(argv[1], &end, 10) : 100;
    if (*end) {
        return run_file(argv[1]);
    }
    run_random(count, argc > 2 ? strtoul(argv[2], NULL, 10) : 1);
    return 0;
}
