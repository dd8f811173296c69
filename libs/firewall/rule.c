/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The words of a rule, one after the other; the grammar is in rule.h. */
#include <firewall/rule.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct word {
    const char *text;
    size_t size;
};

struct reader {
    const char *text, *at;
    struct word word; /* the current one; empty at the end */
    struct firewall_rule_error *error;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void advance(struct reader *reader)
{
    const char *at = reader->at;
    while (is_space(*at))
        at++;
    reader->word.text = at;
    while (*at && !is_space(*at))
        at++;
    reader->word.size = (size_t)(at - reader->word.text);
    reader->at = at;
}

static bool is_word(const struct reader *reader, const char *word)
{
    return reader->word.size == strlen(word) &&
           memcmp(reader->word.text, word, reader->word.size) == 0;
}

static bool take(struct reader *reader, const char *word)
{
    if (!is_word(reader, word))
        return false;
    advance(reader);
    return true;
}

/* Always false. */
static bool __attribute__((format(printf, 2, 3)))
expect(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    reader->error->at = (size_t)(reader->word.text - reader->text);
    reader->error->length = reader->word.size;
    vsnprintf(reader->error->expected, sizeof reader->error->expected, format, arguments);
    va_end(arguments);
    return false;
}

/* A decimal number at *at, which moves behind it. */
static bool read_number(const char **at, const char *end, unsigned max, unsigned *value)
{
    const char *start = *at;
    *value = 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        *value = *value * 10 + (unsigned)(**at - '0');
        if (*value > max)
            return false;
        ++*at;
    }
    return *at != start;
}

/* The whole word as a number. */
static bool word_number(const struct reader *reader, unsigned max, unsigned *value)
{
    const char *at = reader->word.text, *end = at + reader->word.size;
    return read_number(&at, end, max, value) && at == end;
}

/* ---- lists ---------------------------------------------------------------------------------- */

typedef bool (*read_item)(struct reader *reader, const char **at, const char *end, void *list);

/* Items with commas between them, in one word or several words that end with commas. */
static bool read_list(struct reader *reader, read_item item, void *list)
{
    for (;;) {
        const char *at = reader->word.text, *end = at + reader->word.size;
        bool more = true;
        while (more) {
            if (!item(reader, &at, end, list))
                return false;
            more = at < end;
            if (more && *at++ != ',')
                return expect(reader, "items with commas between them");
            if (more && at == end)
                break;
        }
        advance(reader);
        if (!more)
            return true;
    }
}

static bool read_port(struct reader *reader, const char **at, const char *end, void *list)
{
    struct firewall_ports *ports = list;
    unsigned first, last;
    if (!read_number(at, end, 65535, &first))
        return expect(reader, "a port, 0 to 65535, or a range of ports such as 1024-65535");
    last = first;
    if (*at < end && **at == '-') {
        ++*at;
        if (!read_number(at, end, 65535, &last) || last < first)
            return expect(reader, "a range of ports whose end is not before its beginning");
    }
    if (ports->count == FIREWALL_MAX_LIST)
        return expect(reader, "at most %d ports or ranges", FIREWALL_MAX_LIST);
    ports->items[ports->count].first = (uint16_t)first;
    ports->items[ports->count++].last = (uint16_t)last;
    return true;
}

/* RFC 792 and RFC 4443 under the names people use. */
static const struct type_name {
    const char *name;
    int protocol;
    uint8_t type;
} type_names[] = {
    {"echo-reply", FIREWALL_ICMP, 0},          {"unreachable", FIREWALL_ICMP, 3},
    {"echo-request", FIREWALL_ICMP, 8},        {"time-exceeded", FIREWALL_ICMP, 11},
    {"parameter-problem", FIREWALL_ICMP, 12},  {"unreachable", FIREWALL_ICMPV6, 1},
    {"too-big", FIREWALL_ICMPV6, 2},           {"time-exceeded", FIREWALL_ICMPV6, 3},
    {"parameter-problem", FIREWALL_ICMPV6, 4}, {"echo-request", FIREWALL_ICMPV6, 128},
    {"echo-reply", FIREWALL_ICMPV6, 129},
};

static bool type_by_name(const char **at, const char *end, int protocol, unsigned *type)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        size_t size = strlen(type_names[i].name);
        if (type_names[i].protocol != protocol || (size_t)(end - *at) < size ||
            memcmp(*at, type_names[i].name, size) != 0)
            continue;
        if (*at + size < end && (*at)[size] != ',' && (*at)[size] != '/')
            continue;
        *at += size;
        *type = type_names[i].type;
        return true;
    }
    return false;
}

static bool read_type(struct reader *reader, const char **at, const char *end, void *list)
{
    struct firewall_rule *rule = list;
    struct firewall_types *types = &rule->types;
    unsigned type, code;
    int16_t wanted = -1;
    if (!type_by_name(at, end, rule->protocol, &type) && !read_number(at, end, 255, &type))
        return expect(reader, "a message type: a number or a name such as echo-request");
    if (*at < end && **at == '/') {
        ++*at;
        if (!read_number(at, end, 255, &code))
            return expect(reader, "a code, 0 to 255, behind the '/'");
        wanted = (int16_t)code;
    }
    if (types->count == FIREWALL_MAX_LIST)
        return expect(reader, "at most %d types", FIREWALL_MAX_LIST);
    types->items[types->count].type = (uint8_t)type;
    types->items[types->count++].code = wanted;
    return true;
}

/* ---- parts of a rule ------------------------------------------------------------------------ */

static bool read_protocol(struct reader *reader, struct firewall_rule *rule)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {{"any", -1},
                 {"tcp", FIREWALL_TCP},
                 {"udp", FIREWALL_UDP},
                 {"icmp", FIREWALL_ICMP},
                 {"icmpv6", FIREWALL_ICMPV6}};
    unsigned number;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (take(reader, names[i].name)) {
            rule->protocol = names[i].number;
            return true;
        }
    }
    if (!word_number(reader, 255, &number))
        return expect(reader, "a protocol: tcp, udp, icmp, icmpv6, any or a number up to 255");
    rule->protocol = (int)number;
    advance(reader);
    return true;
}

static bool read_prefix(struct reader *reader, struct firewall_prefix *prefix)
{
    switch (firewall_prefix_parse(prefix, reader->word.text, reader->word.size)) {
    case FIREWALL_PREFIX_OK:
        advance(reader);
        return true;
    case FIREWALL_PREFIX_LENGTH:
        return expect(reader, "a prefix length of at most 32 (IPv4) or 128 (IPv6)");
    case FIREWALL_PREFIX_BITS:
        return expect(reader, "an address without bits behind its prefix");
    default:
        return expect(reader, "an address: any, IPv4 or IPv6, such as 10.0.2.0/24");
    }
}

static bool read_end(struct reader *reader, const struct firewall_rule *rule,
                     struct firewall_prefix *prefix, struct firewall_ports *ports)
{
    struct reader before = *reader;
    if (!read_prefix(reader, prefix))
        return false;
    int wanted = rule->protocol == FIREWALL_ICMP     ? 4
                 : rule->protocol == FIREWALL_ICMPV6 ? 6
                                                     : prefix->family;
    if (prefix->family && prefix->family != wanted)
        return expect(&before, "an IPv%d address, because of the protocol", wanted);
    if (!is_word(reader, "port"))
        return true;
    if (rule->protocol != FIREWALL_TCP && rule->protocol != FIREWALL_UDP)
        return expect(reader, "no ports: only tcp and udp have them");
    advance(reader);
    return read_list(reader, read_port, ports);
}

static bool read_limit(struct reader *reader, struct firewall_rule *rule)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"/second", 1000000000ull}, {"/minute", 60000000000ull}, {"/hour", 3600000000000ull}};
    const char *at = reader->word.text, *end = at + reader->word.size;
    unsigned number;
    bool fits = read_number(&at, end, 1000000, &number) && number != 0;
    for (size_t i = 0; fits && i < sizeof units / sizeof *units; i++) {
        if ((size_t)(end - at) == strlen(units[i].name) &&
            memcmp(at, units[i].name, (size_t)(end - at)) == 0)
            rule->cost = units[i].ns / number;
    }
    if (rule->cost == 0)
        return expect(reader, "a rate such as 10/second, 5/minute or 100/hour");
    rule->burst = number;
    advance(reader);
    if (!take(reader, "burst"))
        return true;
    if (!word_number(reader, 1000000, &number) || number == 0)
        return expect(reader, "the number of packets that may come at once, 1 to 1000000");
    rule->burst = number;
    advance(reader);
    return true;
}

static bool read_ends(struct reader *reader, struct firewall_rule *rule)
{
    struct reader to = *reader;
    if (take(reader, "from") && !read_end(reader, rule, &rule->from, &rule->from_ports))
        return false;
    if (is_word(reader, "to")) {
        advance(reader);
        to = *reader;
        if (!read_end(reader, rule, &rule->to, &rule->to_ports))
            return false;
    }
    if (rule->from.family && rule->to.family && rule->from.family != rule->to.family)
        return expect(&to, "an IPv%d address, like the one behind 'from'", rule->from.family);
    return true;
}

static bool read_rest(struct reader *reader, struct firewall_rule *rule)
{
    if (!read_ends(reader, rule))
        return false;
    if (is_word(reader, "type")) {
        if (rule->protocol != FIREWALL_ICMP && rule->protocol != FIREWALL_ICMPV6)
            return expect(reader, "no message types: only icmp and icmpv6 have them");
        advance(reader);
        if (!read_list(reader, read_type, rule))
            return false;
    }
    if (take(reader, "limit") && !read_limit(reader, rule))
        return false;
    if (reader->word.size != 0)
        return expect(reader, "from, to, port, type, limit or the end of the rule");
    return true;
}

static struct reader start(const char *text, struct firewall_rule_error *error)
{
    struct reader reader = {.text = text, .at = text, .error = error};
    *error = (struct firewall_rule_error){0};
    advance(&reader);
    return reader;
}

bool firewall_rule_parse(struct firewall_rule *rule, const char *text,
                         struct firewall_rule_error *error)
{
    struct reader reader = start(text, error);
    *rule = (struct firewall_rule){0};
    rule->allow = is_word(&reader, "allow");
    if (!take(&reader, "allow") && !take(&reader, "deny"))
        return expect(&reader, "allow or deny");
    rule->log = take(&reader, "log");
    if (take(&reader, "in"))
        rule->direction = FIREWALL_IN;
    else if (take(&reader, "out"))
        rule->direction = FIREWALL_OUT;
    else if (take(&reader, "any"))
        rule->direction = FIREWALL_BOTH;
    else
        return expect(&reader, "a direction: in, out or any%s", rule->log ? "" : "; or log");
    return read_protocol(&reader, rule) && read_rest(&reader, rule);
}

bool firewall_owned_parse(struct firewall_owned *owned, const char *text, size_t *name,
                          struct firewall_rule_error *error)
{
    struct reader reader = start(text, error);
    *owned = (struct firewall_owned){0};
    *name = reader.word.size;
    if (reader.word.size == 0 || reader.word.text != text)
        return expect(&reader, "the name of a client and the addresses it may use");
    advance(&reader);
    do {
        if (owned->count == FIREWALL_MAX_LIST)
            return expect(&reader, "at most %d addresses", FIREWALL_MAX_LIST);
        struct firewall_prefix *prefix = &owned->items[owned->count++];
        if (is_word(&reader, "any") || !read_prefix(&reader, prefix))
            return expect(&reader, "an IPv4 or IPv6 address the client may use");
    } while (reader.word.size != 0);
    return true;
}
