/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Runs the fuzz entry without libFuzzer: every file named, and mutations of it. The sequence is
 * always the same, so a failure can be repeated.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t seed = 1;

static uint32_t next_random(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

/* Flips, removes, repeats or cuts a stretch; returns the new size (at most twice the old). */
static size_t mutate(uint8_t *data, size_t size)
{
    static const char marks[] = "{}[]();,.:=<->\"#/*0x~&|";
    size_t at = next_random((uint32_t)size), length = next_random(40);
    if (length > size - at)
        length = size - at;
    switch (next_random(4)) {
    case 0:
        data[at] = (uint8_t)marks[next_random(sizeof marks - 1)];
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

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    uint8_t *text = malloc(64 * 1024), *changed = malloc(256 * 1024);
    size_t size = fread(text, 1, 64 * 1024, file);
    fclose(file);
    for (int round = 0; text && changed && size && round < 12; round++) {
        memcpy(changed, text, size);
        size_t now = size;
        for (int i = 0; i < round && now; i++)
            now = mutate(changed, now);
        LLVMFuzzerTestOneInput(changed, now);
    }
    free(text);
    free(changed);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    return 0;
}
