/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Reads the text form of a specification. Statements are lines of blank-separated words; `#`
 * starts a comment. An object is declared before it is used. Every error names file and line.
 */
#include "spec.h"
#include "spec_internal.h"
#include "arena.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct spec *spec;
    const char *file;
    unsigned line;
    char *next;      /* rest of the line */
    bool line_error; /* one message per line is enough */
};

static void reader_error(struct reader *r, const char *what, const char *word)
{
    if (!r->line_error)
        spec_error(r->spec, "%s:%u: %s, found '%s'", r->file, r->line, what,
                   word && *word ? word : "end of line");
    r->line_error = true;
}

/* The next word of the line, or "" at its end. */
static char *read_word(struct reader *r)
{
    r->next += strspn(r->next, " \t\r\n");
    char *word = r->next;
    r->next += strcspn(r->next, " \t\r\n");
    if (*r->next)
        *r->next++ = 0;
    return word;
}

static bool parse_number(const char *word, uint64_t *value)
{
    char *end;
    *value = strtoull(word, &end, 0);
    return end != word && !*end;
}

static uint64_t read_number(struct reader *r)
{
    const char *word = read_word(r);
    uint64_t value = 0;
    if (!parse_number(word, &value))
        reader_error(r, "expected a number", word);
    return value;
}

/* "name" or "name[a]" or "name[a..b]". */
struct range {
    struct spec_object *object;
    uint64_t index;
    uint64_t count;
};

static bool parse_brackets(char *word, struct range *range)
{
    char *open = strchr(word, '[');
    range->index = 0;
    range->count = 1;
    if (!open)
        return true;
    *open = 0;
    char *end;
    range->index = strtoull(open + 1, &end, 0);
    uint64_t last = range->index;
    if (end[0] == '.' && end[1] == '.')
        last = strtoull(end + 2, &end, 0);
    range->count = last - range->index + 1;
    return end[0] == ']' && !end[1] && last >= range->index;
}

static struct range parse_range(struct reader *r, char *word)
{
    struct range range = {NULL, 0, 1};
    if (!parse_brackets(word, &range))
        reader_error(r, "expected name, name[n] or name[n..m]", word);
    range.object = spec_find(r->spec, word);
    if (!range.object) {
        reader_error(r, "expected the name of an object declared above", word);
        return range;
    }
    if (range.count > UINT32_MAX || range.index + range.count > range.object->count) {
        /* slots of a CNode are counted elsewhere */
        if (range.object->type != CAPSPEC_CNODE)
            reader_error(r, "index beyond the run", word);
    }
    return range;
}

static struct range read_range(struct reader *r)
{
    return parse_range(r, read_word(r));
}

static struct spec_object *read_object(struct reader *r, enum capspec_type type)
{
    char *word = read_word(r);
    struct spec_object *o = spec_find(r->spec, word);
    if (!o)
        reader_error(r, "expected the name of an object declared above", word);
    else if (o->type != type)
        reader_error(r, "expected an object of another type", word);
    else
        return o;
    return NULL;
}

static uint32_t read_rights(struct reader *r)
{
    static const char letters[] = "rwgpxu";
    static const uint32_t bits[] = {CAPSPEC_READ,        CAPSPEC_WRITE, CAPSPEC_GRANT,
                                    CAPSPEC_GRANT_REPLY, SPEC_EXECUTE,  SPEC_UNCACHED};
    const char *word = read_word(r);
    uint32_t rights = 0;
    if (!strcmp(word, "-"))
        return 0;
    for (const char *c = word; *c; c++) {
        const char *at = strchr(letters, *c);
        if (!at)
            reader_error(r, "expected rights of the letters r w g p x u, or -", word);
        else
            rights |= bits[at - letters];
    }
    if (!*word)
        reader_error(r, "expected rights", word);
    return rights;
}

static void read_source(struct reader *r, struct spec_object *o)
{
    char *word = read_word(r);
    if (parse_number(word, &o->source)) {
        o->flags |= CAPSPEC_OBJ_AT_PADDR;
        return;
    }
    char *plus = strrchr(word, '+');
    if (plus) {
        *plus = 0;
        if (!parse_number(plus + 1, &o->source))
            reader_error(r, "expected hardware+offset", plus + 1);
    }
    o->hardware = spec_hardware(r->spec, word);
    if (spec_is_frame(o))
        o->flags |= CAPSPEC_OBJ_AT_HARDWARE;
}

static void read_object_option(struct reader *r, struct spec_object *o, char *word)
{
    if (word[0] == 'x' && word[1]) {
        uint64_t count = 0;
        if (!parse_number(word + 1, &count) || !count || count > UINT32_MAX)
            reader_error(r, "expected a count", word);
        o->count = (uint32_t)count;
    } else if (!strcmp(word, "bits")) {
        uint64_t bits = read_number(r);
        bool untyped = o->type == CAPSPEC_UNTYPED && bits >= 4 && bits <= 47;
        if (!untyped && !(o->type == CAPSPEC_CNODE && bits >= 1 && bits <= 28))
            reader_error(r, "expected bits 4 to 47 of an untyped, 1 to 28 of a cnode", word);
        else
            o->size_bits = (unsigned)bits;
    } else if (!strcmp(word, "slots")) {
        o->next_slot = read_number(r);
    } else if (!strcmp(word, "in")) {
        o->owner = arena_printf(r->spec->arena, "%s", read_word(r));
    } else if (!strcmp(word, "at")) {
        read_source(r, o);
    } else if (!strcmp(word, "contiguous")) {
        o->flags |= CAPSPEC_OBJ_CONTIGUOUS;
    } else if (!strcmp(word, "no_asid")) {
        o->flags |= CAPSPEC_OBJ_NO_ASID;
    } else if (!strcmp(word, "elf")) {
        o->elf = arena_printf(r->spec->arena, "%s", read_word(r));
    } else if (!strcmp(word, "derived")) {
        o->from_link = true;
    } else {
        reader_error(r, "expected an object option", word);
    }
}

static void read_object_line(struct reader *r)
{
    const char *name = read_word(r);
    char *word = read_word(r);
    enum capspec_type type = CAPSPEC_ENDPOINT;
    if (!spec_type_from_word(word, &type))
        reader_error(r, "expected an object type", word);
    if (spec_find(r->spec, name))
        reader_error(r, "expected a new name", name);
    if (!spec_name_valid(name))
        reader_error(r, "expected a name", name);
    if (r->line_error)
        return;
    /* 12 is only a valid placeholder: the line's own "bits" follows */
    struct spec_object *o =
        spec_add_object(r->spec, "", type, name, type == CAPSPEC_UNTYPED ? 12 : 0, 1);
    for (word = read_word(r); *word; word = read_word(r))
        read_object_option(r, o, word);
}

/* "space@address" or "space@symbol" or "space@symbol+offset". */
struct place {
    struct spec_object *space;
    char *symbol;
    uint64_t offset;
};

static struct place read_place(struct reader *r)
{
    struct place place = {NULL, NULL, 0};
    char *word = read_word(r);
    char *at = strchr(word, '@');
    if (!at) {
        reader_error(r, "expected space@address", word);
        return place;
    }
    *at = 0;
    place.space = spec_find(r->spec, word);
    if (!place.space || !spec_is_space(place.space))
        reader_error(r, "expected an address space", word);
    if (parse_number(at + 1, &place.offset))
        return place;
    char *plus = strchr(at + 1, '+');
    if (plus) {
        *plus = 0;
        if (!parse_number(plus + 1, &place.offset))
            reader_error(r, "expected an offset", plus + 1);
    }
    place.symbol = at + 1;
    if (!spec_name_valid(place.symbol) || (*place.symbol >= '0' && *place.symbol <= '9'))
        reader_error(r, "expected an address or a symbol", place.symbol);
    return place;
}

static void read_map_line(struct reader *r)
{
    struct place place = read_place(r);
    struct range range = read_range(r);
    uint32_t rights = read_rights(r);
    if (place.symbol && place.offset)
        reader_error(r, "a mapping starts at a symbol, not behind it", place.symbol);
    if (r->line_error)
        return;
    if (place.symbol)
        spec_map_symbol(r->spec, place.space, place.symbol, range.object, (uint32_t)range.index,
                        (uint32_t)range.count, rights);
    else if (spec_is_frame(range.object))
        spec_map(r->spec, place.space, place.offset, range.object, (uint32_t)range.index,
                 (uint32_t)range.count, rights);
    else /* tables in a linked specification */
        spec_append_map(r->spec, &(struct spec_map){.space = place.space,
                                                    .object = range.object,
                                                    .index = (uint32_t)range.index,
                                                    .count = (uint32_t)range.count,
                                                    .vaddr = place.offset});
}

static void read_cap_line(struct reader *r)
{
    struct range slots = read_range(r);
    struct range target = read_range(r);
    uint32_t rights = read_rights(r);
    if (!r->line_error && slots.object->type != CAPSPEC_CNODE)
        reader_error(r, "expected a cnode", slots.object->name);
    if (!r->line_error && slots.count != target.count)
        reader_error(r, "expected as many slots as objects", target.object->name);
    if (r->line_error)
        return;
    spec_add_caps(r->spec, slots.object, slots.index, target.object, (uint32_t)target.index,
                  (uint32_t)target.count, rights);
    for (char *word = read_word(r); *word; word = read_word(r)) {
        if (!strcmp(word, "guard"))
            r->spec->last_cap->flags |= CAPSPEC_CAP_GUARD;
        else if (strcmp(word, "badge") != 0)
            reader_error(r, "expected badge or guard", word);
        r->spec->last_cap->badge = read_number(r);
    }
}

static void read_fill_line(struct reader *r)
{
    char *word = read_word(r);
    char *plus = strchr(word, '+');
    uint64_t offset = 0;
    if (plus) {
        *plus = 0;
        if (!parse_number(plus + 1, &offset))
            reader_error(r, "expected an offset", plus + 1);
    }
    struct range range = parse_range(r, word);
    const char *kind = read_word(r);
    char *file = NULL;
    enum capspec_fill_kind fill_kind = CAPSPEC_FILL_BOOTINFO;
    if (!strcmp(kind, "data")) {
        fill_kind = CAPSPEC_FILL_DATA;
        file = arena_printf(r->spec->arena, "%s", read_word(r));
    } else if (strcmp(kind, "bootinfo") != 0) {
        reader_error(r, "expected data or bootinfo", kind);
    }
    uint64_t source = read_number(r);
    uint64_t size = read_number(r);
    if (r->line_error)
        return;
    struct spec_fill *fill = spec_add_fill(r->spec, range.object, offset, fill_kind, source, size);
    fill->file = file;
}

static void read_patch_line(struct reader *r)
{
    static const char *const words[] = {"paddr", "base", "size", "tsc_hz"};
    struct place place = read_place(r);
    const char *word = read_word(r);
    unsigned kind = 0;
    while (kind < 4 && strcmp(word, words[kind]) != 0)
        kind++;
    if (kind == 4)
        reader_error(r, "expected paddr, base, size or tsc_hz", word);
    struct range target = {NULL, 0, 1};
    struct spec_hardware *hardware = NULL;
    if (kind == CAPSPEC_PATCH_PADDR)
        target = read_range(r);
    else if (kind < CAPSPEC_PATCH_TSC_HZ)
        hardware = spec_hardware(r->spec, read_word(r));
    if (r->line_error)
        return;
    struct spec_patch *p = spec_add_patch(r->spec, place.space, place.symbol, place.offset,
                                          (enum capspec_patch_kind)kind);
    p->target = target.object;
    p->target_index = (uint32_t)target.index;
    p->hardware = hardware;
}

static void read_irq_line(struct reader *r)
{
    struct spec_object *irq = read_object(r, CAPSPEC_IRQ);
    struct spec_object *notification = read_object(r, CAPSPEC_NOTIFICATION);
    uint64_t badge = 0;
    uint32_t flags = 0;
    for (char *word = read_word(r); *word; word = read_word(r)) {
        if (!strcmp(word, "badge"))
            badge = read_number(r);
        else if (!strcmp(word, "ack"))
            flags |= CAPSPEC_IRQ_ACK;
        else
            reader_error(r, "expected badge or ack", word);
    }
    if (!r->line_error)
        spec_bind_irq(r->spec, irq, notification, badge, flags);
}

static bool read_thread_object(struct reader *r, struct spec_thread *t, const char *word)
{
    if (!strcmp(word, "cspace"))
        t->cspace = read_object(r, CAPSPEC_CNODE);
    else if (!strcmp(word, "vspace"))
        t->vspace = read_object(r, CAPSPEC_PML4);
    else if (!strcmp(word, "notification"))
        t->notification = read_object(r, CAPSPEC_NOTIFICATION);
    else if (!strcmp(word, "vcpu"))
        t->vcpu = read_object(r, CAPSPEC_VCPU);
    else if (!strcmp(word, "ept"))
        t->ept_root = read_object(r, CAPSPEC_EPT_PML4);
    else
        return false;
    return true;
}

static bool read_thread_frame(struct reader *r, struct spec_thread *t, const char *word)
{
    if (!strcmp(word, "ipc")) {
        struct range range = read_range(r);
        t->ipc_buffer = range.object;
        t->ipc_index = (uint32_t)range.index;
        t->ipc_vaddr = read_number(r);
    } else if (!strcmp(word, "run_page")) {
        struct range range = read_range(r);
        t->run_page = range.object;
        t->run_page_index = (uint32_t)range.index;
    } else {
        return false;
    }
    return true;
}

static void read_thread_option(struct reader *r, struct spec_thread *t, const char *word)
{
    if (read_thread_object(r, t, word) || read_thread_frame(r, t, word))
        return;
    if (!strcmp(word, "fault"))
        t->fault_ep = read_number(r);
    else if (!strcmp(word, "prio"))
        t->priority = (unsigned)read_number(r);
    else if (!strcmp(word, "mcp"))
        t->max_priority = (unsigned)read_number(r);
    else if (!strcmp(word, "domain"))
        t->domain = (unsigned)read_number(r);
    else if (!strcmp(word, "affinity"))
        t->affinity = (unsigned)read_number(r);
    else if (!strcmp(word, "suspended"))
        t->resume = false;
    else if (!strcmp(word, "no_fpu"))
        t->no_fpu = true;
    else if (!strcmp(word, "entry"))
        t->entry = arena_printf(r->spec->arena, "%s", read_word(r));
    else if (!strcmp(word, "rip"))
        t->rip = read_number(r);
    else if (!strcmp(word, "rsp"))
        t->rsp = read_number(r);
    else if (!strcmp(word, "args"))
        for (int i = 0; i < 4; i++)
            t->arg[i] = read_number(r);
    else
        reader_error(r, "expected a thread option", word);
}

static void read_thread_line(struct reader *r)
{
    struct spec_object *tcb = read_object(r, CAPSPEC_TCB);
    if (r->line_error)
        return;
    struct spec_thread *t = arena_new(r->spec->arena, struct spec_thread);
    t->tcb = tcb;
    spec_append_thread(r->spec, t);
    for (char *word = read_word(r); *word; word = read_word(r))
        read_thread_option(r, t, word);
}

static void read_guest_ports_line(struct reader *r)
{
    struct spec_object *vcpu = read_object(r, CAPSPEC_VCPU);
    struct spec_object *ports = read_object(r, CAPSPEC_PORTS);
    uint64_t first = read_number(r);
    uint64_t last = read_number(r);
    if (!r->line_error)
        spec_open_guest_ports(r->spec, vcpu, ports, (uint32_t)first, (uint32_t)last);
}

static void read_note_line(struct reader *r)
{
    char *text = r->next + strspn(r->next, " \t");
    text[strcspn(text, "\r\n")] = 0;
    spec_note(r->spec, "%s", text);
    r->next = text + strlen(text);
}

static void read_header_line(struct reader *r)
{
    if (read_number(r) != SPEC_VERSION)
        reader_error(r, "expected version 1", "another version");
    r->spec->linked = !strcmp(read_word(r), "linked");
}

static void read_statement(struct reader *r, const char *word)
{
    static const struct {
        const char *word;
        void (*read)(struct reader *r);
    } statements[] = {
        {"specification", read_header_line},
        {"object", read_object_line},
        {"map", read_map_line},
        {"cap", read_cap_line},
        {"fill", read_fill_line},
        {"patch", read_patch_line},
        {"irq", read_irq_line},
        {"thread", read_thread_line},
        {"guest_ports", read_guest_ports_line},
        {"note", read_note_line},
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        if (!strcmp(statements[i].word, word)) {
            statements[i].read(r);
            return;
        }
    }
    reader_error(r, "expected a statement", word);
}

struct spec *spec_read(FILE *in, const char *file_name)
{
    struct reader r = {.spec = spec_create(), .file = file_name};
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, in) >= 0) {
        r.line++;
        r.line_error = false;
        line[strcspn(line, "#")] = 0;
        unsigned before = spec_errors(r.spec);
        r.next = line;
        const char *word = read_word(&r);
        if (*word)
            read_statement(&r, word);
        if (spec_errors(r.spec) != before && !r.line_error)
            spec_error(r.spec, "%s:%u: (in this line)", file_name, r.line);
    }
    free(line);
    return r.spec;
}
