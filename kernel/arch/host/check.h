/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** Verifies the derivation list and all objects; prints the first fault found and returns false. */
#include <stdbool.h>
#include <kernel/cap.h>

/**
 * @param root slots of the initial CNode
 * @param count how many
 */
bool check_consistency(cte_t *root, word_t count);
