/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Any text as a rule and as a list of addresses; a complaint lies within the text. */
#include <firewall/rule.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words of rules, chosen by bytes, so that the input gets far into the grammar. */
static size_t compose(char *text, size_t room, const uint8_t *data, size_t size)
{
    static const char *const words[] = {"allow", "deny",       "log",  "in",           "out",
                                        "any",   "udp",        "tcp",  "icmp",         "icmpv6",
                                        "from",  "to",         "port", "type",         "limit",
                                        "burst", "7",          "7,8",  "1-2",          "10.0.0.0/8",
                                        "::/0",  "fd00::1/64", "8/0",  "echo-request", "5/second",
                                        ",",     "/",          "-",    "1.2.3.4",      "vm0"};
    size_t at = 0;
    for (size_t i = 0; i < size && at + 20 < room; i++) {
        const char *word = words[data[i] % (sizeof words / sizeof *words)];
        size_t length = strlen(word);
        memcpy(text + at, word, length);
        at += length;
        if (data[i] < 200)
            text[at++] = ' ';
    }
    text[at] = 0;
    return at;
}

static void check(const char *text)
{
    struct firewall_rule rule;
    struct firewall_owned owned;
    struct firewall_rule_error error;
    size_t name, size = strlen(text);
    if (!firewall_rule_parse(&rule, text, &error) &&
        (error.at + error.length > size || error.expected[0] == 0))
        abort();
    if (!firewall_owned_parse(&owned, text, &name, &error) &&
        (error.at + error.length > size || error.expected[0] == 0))
        abort();
    if (rule.from_ports.count > FIREWALL_MAX_LIST || rule.types.count > FIREWALL_MAX_LIST ||
        owned.count > FIREWALL_MAX_LIST || rule.from.length > 128)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[512];
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, length);
    text[length] = 0;
    char *copy = strdup(text);
    check(copy);
    free(copy);
    compose(text, sizeof text, data, size);
    copy = strdup(text);
    check(copy);
    free(copy);
    return 0;
}
