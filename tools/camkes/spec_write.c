/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Text form of a specification, one statement per line, in the order of the lists: two runs
 * of the compiler on the same input give the same bytes, and a change shows as a small diff.
 * libs/capspec/README.md has the grammar; spec_read.c reads it.
 */
#include "spec.h"
#include "spec_internal.h"

#include <inttypes.h>
#include <string.h>

static void write_range(FILE *out, const struct spec_object *o, uint32_t index, uint32_t count)
{
    fputs(o->name, out);
    if (count > 1)
        fprintf(out, "[%u..%u]", index, index + count - 1);
    else if (o->count > 1)
        fprintf(out, "[%u]", index);
}

static void write_object(FILE *out, const struct spec_object *o)
{
    fprintf(out, "object %s %s", o->name, spec_type_word(o->type));
    if (o->type == CAPSPEC_UNTYPED || (o->type == CAPSPEC_CNODE && o->size_bits))
        fprintf(out, " bits %u", o->size_bits);
    if (o->type == CAPSPEC_CNODE)
        fprintf(out, " slots %" PRIu64, o->next_slot);
    if (o->count > 1)
        fprintf(out, " x%u", o->count);
    if (*o->owner)
        fprintf(out, " in %s", o->owner);
    if (o->flags & CAPSPEC_OBJ_AT_PADDR)
        fprintf(out, " at 0x%" PRIx64, o->source);
    else if (o->hardware && o->source)
        fprintf(out, " at %s+0x%" PRIx64, o->hardware->name, o->source);
    else if (o->hardware)
        fprintf(out, " at %s", o->hardware->name);
    if (o->flags & CAPSPEC_OBJ_CONTIGUOUS)
        fputs(" contiguous", out);
    if (o->flags & CAPSPEC_OBJ_NO_ASID)
        fputs(" no_asid", out);
    if (o->elf)
        fprintf(out, " elf %s", o->elf);
    if (o->from_link)
        fputs(" derived", out);
    fputc('\n', out);
}

static void write_rights(FILE *out, uint32_t rights)
{
    static const struct {
        uint32_t bit;
        char letter;
    } letters[] = {{CAPSPEC_READ, 'r'},        {CAPSPEC_WRITE, 'w'}, {CAPSPEC_GRANT, 'g'},
                   {CAPSPEC_GRANT_REPLY, 'p'}, {SPEC_EXECUTE, 'x'},  {SPEC_UNCACHED, 'u'}};
    fputc(' ', out);
    if (!rights)
        fputc('-', out);
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (rights & letters[i].bit)
            fputc(letters[i].letter, out);
}

static void write_map(FILE *out, const struct spec_map *m)
{
    fprintf(out, "map %s@", m->space->name);
    if (m->symbol)
        fprintf(out, "%s ", m->symbol);
    else
        fprintf(out, "0x%" PRIx64 " ", m->vaddr);
    write_range(out, m->object, m->index, m->count);
    write_rights(out, m->rights);
    fputc('\n', out);
}

static void write_cap(FILE *out, const struct spec_cap *c)
{
    fprintf(out, "cap %s[%" PRIu64, c->cnode->name, c->slot);
    if (c->count > 1)
        fprintf(out, "..%" PRIu64, c->slot + c->count - 1);
    fputs("] ", out);
    write_range(out, c->target, c->index, c->count);
    write_rights(out, c->rights);
    if (c->badge)
        fprintf(out, c->flags & CAPSPEC_CAP_GUARD ? " guard 0x%" PRIx64 : " badge 0x%" PRIx64,
                c->badge);
    fputc('\n', out);
}

static void write_fill(FILE *out, const struct spec_fill *f)
{
    fprintf(out, "fill %s+0x%" PRIx64, f->object->name, f->offset);
    if (f->kind == CAPSPEC_FILL_DATA)
        fprintf(out, " data %s", f->file);
    else
        fputs(" bootinfo", out);
    fprintf(out, " 0x%" PRIx64 " 0x%" PRIx64 "\n", f->source, f->size);
}

static void write_patch(FILE *out, const struct spec_patch *p)
{
    static const char *const words[] = {"paddr", "base", "size", "tsc_hz"};
    fprintf(out, "patch %s@", p->space->name);
    if (p->symbol)
        fprintf(out, "%s+", p->symbol);
    fprintf(out, "0x%" PRIx64 " %s", p->vaddr, words[p->kind]);
    if (p->kind == CAPSPEC_PATCH_PADDR) {
        fputc(' ', out);
        write_range(out, p->target, p->target_index, 1);
    } else if (p->hardware) {
        fprintf(out, " %s", p->hardware->name);
    }
    fputc('\n', out);
}

static void write_optional(FILE *out, const char *word, const struct spec_object *o)
{
    if (o)
        fprintf(out, " %s %s", word, o->name);
}

static void write_thread(FILE *out, const struct spec_thread *t)
{
    fprintf(out, "thread %s", t->tcb->name);
    write_optional(out, "cspace", t->cspace);
    write_optional(out, "vspace", t->vspace);
    if (t->ipc_buffer) {
        fputs(" ipc ", out);
        write_range(out, t->ipc_buffer, t->ipc_index, 1);
        fprintf(out, " 0x%" PRIx64, t->ipc_vaddr);
    }
    if (t->fault_ep)
        fprintf(out, " fault %" PRIu64, t->fault_ep);
    write_optional(out, "notification", t->notification);
    write_optional(out, "vcpu", t->vcpu);
    write_optional(out, "ept", t->ept_root);
    if (t->run_page) {
        fputs(" run_page ", out);
        write_range(out, t->run_page, t->run_page_index, 1);
    }
    fprintf(out, " prio %u mcp %u", t->priority, t->max_priority);
    if (t->domain)
        fprintf(out, " domain %u", t->domain);
    if (t->affinity)
        fprintf(out, " affinity %u", t->affinity);
    if (!t->resume)
        fputs(" suspended", out);
    if (t->no_fpu)
        fputs(" no_fpu", out);
    if (t->entry)
        fprintf(out, " entry %s", t->entry);
    if (t->rip)
        fprintf(out, " rip 0x%" PRIx64, t->rip);
    fprintf(out, " rsp 0x%" PRIx64, t->rsp);
    if (t->arg[0] | t->arg[1] | t->arg[2] | t->arg[3])
        fprintf(out, " args 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64, t->arg[0],
                t->arg[1], t->arg[2], t->arg[3]);
    fputc('\n', out);
}

void spec_write(const struct spec *spec, FILE *out)
{
    fprintf(out, "specification %u%s\n", SPEC_VERSION, spec->linked ? " linked" : "");
    for (const struct spec_object *o = spec->objects; o; o = o->next)
        write_object(out, o);
    for (const struct spec_map *m = spec->maps; m; m = m->next)
        write_map(out, m);
    for (const struct spec_fill *f = spec->fills; f; f = f->next)
        write_fill(out, f);
    for (const struct spec_patch *p = spec->patches; p; p = p->next)
        write_patch(out, p);
    for (const struct spec_cap *c = spec->caps; c; c = c->next)
        write_cap(out, c);
    for (const struct spec_irq *i = spec->irqs; i; i = i->next)
        fprintf(out, "irq %s %s badge 0x%" PRIx64 "%s\n", i->irq->name, i->notification->name,
                i->badge, i->flags & CAPSPEC_IRQ_ACK ? " ack" : "");
    for (const struct spec_thread *t = spec->threads; t; t = t->next)
        write_thread(out, t);
    for (const struct spec_note *n = spec->notes; n; n = n->next)
        fprintf(out, "note %s\n", n->text);
    for (const struct spec_guest_ports *p = spec->ports; p; p = p->next)
        fprintf(out, "guest_ports %s %s 0x%x 0x%x\n", p->vcpu->name, p->ports->name, p->first,
                p->last);
}
