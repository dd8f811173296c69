/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* "did you mean": the candidate closest to a misspelt name. */

struct suggestion {
    const char *wanted;
    const char *best;  /**< NULL while nothing is close enough */
    unsigned distance; /**< edits between wanted and best */
};

/** Starts a search for `wanted`. */
struct suggestion suggest_start(const char *wanted);
/** Offers a candidate (NULL is ignored). */
void suggest_offer(struct suggestion *suggestion, const char *candidate);
