/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <stdbool.h>
#include <stdio.h>

/** Checks made so far. */
extern unsigned checks;
/** Checks that did not hold. */
extern unsigned failures;

/** Counts a check; says where it failed. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        bool holds = (condition);                                                                  \
        checks++;                                                                                  \
        failures += !holds;                                                                        \
        if (!holds)                                                                                \
            printf("FAIL %s line %d: %s\n", __FILE__, __LINE__, #condition);                       \
    } while (0)

/** Start-up of interfaces, events by priority, calls to the own instance. */
void check_self(void);
