/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Connections of a monitor. */
#include <crossvm/set.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_HEAP "the heap is too small for the cross-VM connections (heap_size)"

static struct crossvm_entry *entry_of(struct crossvm_device *dev)
{
    return (struct crossvm_entry *)(void *)dev;
}

static bool map(struct crossvm_device *dev, unsigned bar, uint64_t gpa)
{
    struct crossvm_entry *entry = entry_of(dev);
    const struct crossvm_frames *frames = &entry->frames[bar];
    return frames->count && crossvm_nested_map(&entry->set->nested, frames, gpa);
}

static void unmap(struct crossvm_device *dev, unsigned bar, uint64_t gpa)
{
    struct crossvm_entry *entry = entry_of(dev);
    crossvm_nested_unmap(&entry->set->nested, &entry->frames[bar], gpa);
}

static const struct crossvm_map_ops map_ops = {.map = map, .unmap = unmap};

void crossvm_signal(struct crossvm_entry *entry)
{
    if (entry->set->legacy) {
        crossvm_legacy_signal(entry->set->legacy, entry->legacy_event);
    } else {
        crossvm_device_signal(&entry->dev);
    }
}

/* On the thread of the event interface. Registered again before the signal is passed on, so that
 * an event that arrives meanwhile calls again. */
static void event_callback(void *arg)
{
    struct crossvm_entry *entry = arg;
    crossvm_signal(entry);
    entry->set->kick();
    if (entry->connection.reg_callback(event_callback, entry) != 0) {
        printf("crossvm %s: no further events: the callback cannot be registered\n", entry->name);
    }
}

static bool consumes(const struct crossvm_connection *c)
{
    return c->consumes || c->reg_callback || c->badge;
}

static struct crossvm_config config_of(const struct crossvm_entry *entry)
{
    const struct crossvm_connection *c = &entry->connection;
    const dataport_caps_handle_t *d = c->dataport;
    struct crossvm_config config = {
        .name = entry->name, .emit = c->emit, .consumes = consumes(c), .ops = &map_ops};
    if (d) {
        config.size = d->size;
        config.writable = d->writable;
        config.data = (uint8_t *)d->vaddr;
    }
    return config;
}

/* The older transport: dataports by their id, events by their place among events. */
static const char *add_legacy(struct crossvm_entry *entry)
{
    struct crossvm_set *set = entry->set;
    const struct crossvm_connection *c = &entry->connection;
    const char *error = NULL;
    if (c->dataport) {
        error = crossvm_legacy_add_dataport(set->legacy, c->dataport->id,
                                            &entry->frames[CROSSVM_BAR_DATAPORT]);
    }
    if (!error && c->emit) {
        error = crossvm_legacy_add_emit(set->legacy, ++set->legacy_emits, c->emit);
    }
    if (consumes(c)) {
        entry->legacy_event = ++set->legacy_events;
    }
    return error;
}

static bool name_taken(const struct crossvm_set *set, const char *name)
{
    bool taken = false;
    for (unsigned i = 0; i < set->count; i++) {
        taken |= strcmp(set->entry[i]->name, name) == 0;
    }
    return taken;
}

/* A C file need not name its connections, but the guest finds each by its name. NULL, or what is
 * wrong. */
static const char *give_name(struct crossvm_entry *entry)
{
    const struct crossvm_set *set = entry->set;
    const char *wanted = entry->connection.name ? entry->connection.name : "connector";
    if (snprintf(entry->name, sizeof entry->name, "%s", wanted) >= (int)sizeof entry->name) {
        return "the name of a cross-VM connection has at most 47 bytes";
    }
    for (unsigned n = set->count; name_taken(set, entry->name); n++) {
        char number[16];
        int room = (int)sizeof entry->name - 1 - snprintf(number, sizeof number, "-%u", n);
        snprintf(entry->name, sizeof entry->name, "%.*s%s", room, wanted, number);
    }
    return NULL;
}

/* The register page: one of the set's, or memory of the monitor alone. */
static uint32_t *add_page(struct crossvm_entry *entry)
{
    const struct crossvm_set *set = entry->set;
    if (set->count >= set->page_frames.count) {
        return calloc(1, CROSSVM_REGISTER_PAGE);
    }
    entry->frames[CROSSVM_BAR_REGISTERS] = (struct crossvm_frames){
        .first = set->page_frames.first + set->count, .count = 1, .bits = 12};
    return (uint32_t *)(void *)(set->pages + (size_t)set->count * CROSSVM_REGISTER_PAGE);
}

static const char *add_device(struct crossvm_entry *entry)
{
    struct crossvm_config config = config_of(entry);
    struct crossvm_set *set = entry->set;
    config.page = add_page(entry);
    if (!config.page) {
        return NO_HEAP;
    }
    return crossvm_device_create(&entry->dev, set->pci, set->count, &config);
}

const char *crossvm_add(struct crossvm_set *set, const struct crossvm_connection *connection)
{
    if (set->count == CROSSVM_MAX_DEVICES) {
        return "a VM has at most 64 cross-VM connections";
    }
    struct crossvm_entry *entry = calloc(1, sizeof *entry);
    if (!entry) {
        return NO_HEAP;
    }
    entry->connection = *connection;
    entry->set = set;
    if (connection->dataport) {
        const dataport_caps_handle_t *d = connection->dataport;
        entry->frames[CROSSVM_BAR_DATAPORT] =
            (struct crossvm_frames){.first = d->first_frame,
                                    .cap = connection->frames,
                                    .count = d->num_frames,
                                    .bits = (unsigned)d->frame_size_bits,
                                    .writable = d->writable};
    }
    const char *error = give_name(entry);
    if (error) {
        return error;
    }
    error = set->legacy ? add_legacy(entry) : add_device(entry);
    if (error) {
        return error; /* the monitor does not start: what was added stays where it is */
    }
    set->entry[set->count++] = entry;
    if (connection->reg_callback && connection->reg_callback(event_callback, entry) != 0) {
        return "the callback of an event cannot be registered";
    }
    return NULL;
}

bool crossvm_notified(struct crossvm_set *set, uint64_t badge)
{
    bool any = false;
    for (unsigned i = 0; i < set->count; i++) {
        uint64_t bits = set->entry[i]->connection.badge; /* all of them: one is in every badge */
        if (bits && (badge & bits) == bits) {
            crossvm_signal(set->entry[i]);
        }
        any |= set->legacy || __atomic_load_n(&set->entry[i]->dev.signals, __ATOMIC_ACQUIRE) != 0;
    }
    return any;
}
