/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <firewall/reason.h>

#define REASON_WORD(name, class, word)  [FIREWALL_##name] = word,
#define REASON_CLASS(name, class, word) [FIREWALL_##name] = FIREWALL_##class,

const char *firewall_reason_name(enum firewall_reason reason)
{
    static const char *const words[] = {FIREWALL_REASONS(REASON_WORD)};
    return reason < FIREWALL_REASON_COUNT ? words[reason] : "?";
}

enum firewall_class firewall_reason_class(enum firewall_reason reason)
{
    static const enum firewall_class classes[] = {FIREWALL_REASONS(REASON_CLASS)};
    return reason < FIREWALL_REASON_COUNT ? classes[reason] : FIREWALL_POLICY;
}
