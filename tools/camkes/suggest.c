/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "suggest.h"

#include <stddef.h>
#include <string.h>

#define LONGEST 64

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein distance with one row; names over LONGEST are never similar. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b);
    unsigned row[LONGEST + 1];
    if (rows > LONGEST || columns > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= columns; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= rows; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            unsigned above = row[j];
            row[j] = smallest(row[j - 1] + 1, above + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[columns];
}

struct suggestion suggest_start(const char *wanted)
{
    size_t length = strlen(wanted);
    /* A third of the letters may be wrong, so that short names do not attract everything. */
    return (struct suggestion){.wanted = wanted, .distance = (unsigned)(length + 2) / 3 + 1};
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
    if (!candidate || !strcmp(candidate, suggestion->wanted))
        return;
    unsigned distance = edit_distance(suggestion->wanted, candidate);
    if (distance < suggestion->distance) {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}
