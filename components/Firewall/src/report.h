/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the firewall says on the console: drops, as many lines as the limit allows, counters, and
 * frames that passed but found no room.
 */
#include "forward.h"

struct report {
    unsigned per_second; /**< log lines; 0: none */
    struct firewall_bucket bucket;
    uint64_t hidden;                            /**< drops without a line since the last line */
    uint64_t printed[2][FIREWALL_REASON_COUNT]; /**< counters when they were printed last */
    uint64_t lost[FORWARD_CLIENTS];             /**< of each client, the same */
};

/** A verdict: prints a line for a drop, and for what a rule with `log` passes. */
void report_verdict(struct report *report, const char *client, const struct firewall_frame *frame,
                    enum firewall_reason reason);

/** Prints the counters of both directions that have changed since the last time. */
void report_counters(struct report *report, const struct firewall *firewall);

/** Prints how many frames of each client passed but were lost for want of room, if that has changed
 * since the last time. */
void report_lost(struct report *report, const struct forward *forward);

/** Once in a while: says how many drops had no line. */
void report_hidden(struct report *report);
