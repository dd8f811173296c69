/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <string.h>

static char answer[] = "direct";

int direct_who(void)
{
    return ID;
}

double direct_half(float value)
{
    return value / 2;
}

/* In one address space nothing is copied: the caller sees this very string. */
char *direct_upper(const char *text)
{
    if (!strcmp(text, "heap"))
        return strdup("theirs");
    return strcmp(text, "where") ? NULL : answer;
}

struct sample direct_twice(struct sample value, size_t *history_sz, int **history)
{
    (*history)[*history_sz - 1] = (int)value.number;
    return value;
}

void direct_kick(void)
{
    answer[0] = 'D';
}
