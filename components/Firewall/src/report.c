/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A reason has at most 18 letters, a number 20 digits. */
enum { BURST = 20, LINE = FIREWALL_REASON_COUNT * 40 + 1 };

void report_hidden(struct report *report)
{
    if (report->hidden)
        printf("%" PRIu64 " more dropped\n", report->hidden);
    report->hidden = 0;
}

void report_verdict(struct report *report, const char *client, const struct firewall_frame *frame,
                    enum firewall_reason reason)
{
    char text[160], rule[40] = "";
    if (reason == FIREWALL_PASSED && !frame->log)
        return;
    if (report->per_second == 0 ||
        !firewall_bucket_take(&report->bucket, 1000000000ull / report->per_second, BURST,
                              frame->now)) {
        report->hidden += reason != FIREWALL_PASSED;
        return;
    }
    report_hidden(report);
    if (frame->rule != SIZE_MAX)
        snprintf(rule, sizeof rule, " (rule %zu)", frame->rule + 1);
    printf("%s %s %s: %s%s: %s\n", reason == FIREWALL_PASSED ? "passed" : "dropped",
           frame->direction == FIREWALL_IN ? "to" : "from", client, firewall_reason_name(reason),
           rule, firewall_describe(frame, text, sizeof text));
}

void report_counters(struct report *report, const struct firewall *firewall)
{
    for (int out = 0; out < 2; out++) {
        const uint64_t *counters = firewall->counters[out];
        if (memcmp(report->printed[out], counters, sizeof report->printed[out]) == 0)
            continue;
        memcpy(report->printed[out], counters, sizeof report->printed[out]);
        char line[LINE] = "";
        size_t at = 0;
        for (enum firewall_reason i = 0; i < FIREWALL_REASON_COUNT; i++) {
            if (counters[i] != 0)
                at += (size_t)snprintf(line + at, sizeof line - at, " %s %" PRIu64,
                                       firewall_reason_name(i), counters[i]);
        }
        printf("%s clients:%s\n", out ? "from" : "to", line);
    }
}

void report_lost(struct report *report, const struct forward *forward)
{
    for (unsigned i = 0; i < forward->count; i++) {
        const struct forward_client *client = &forward->clients[i];
        if (client->no_room != report->lost[i])
            printf("%s: %" PRIu64 " frames passed but found no room\n", client->name,
                   client->no_room);
        report->lost[i] = client->no_room;
    }
}
