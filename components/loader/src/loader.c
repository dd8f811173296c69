/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The loader's steps, in order. */
#include "loader.h"

#include <sel4/api_table.h>

/* Whether the boot command line holds this word. */
static bool command_line_has(const struct loader *l, const char *word)
{
    const seL4_BootInfoHeader *h = space_record(l, SEL4_BOOTINFO_HEADER_CMDLINE);
    if (!h)
        return false;
    const char *at = (const char *)(h + 1), *end = (const char *)h + h->len;
    while (at < end && *at) {
        const char *w = word;
        while (at < end && *w && *at == *w) {
            at++;
            w++;
        }
        if (!*w && (at == end || *at == ' ' || !*at))
            return true;
        while (at < end && *at && *at != ' ')
            at++;
        while (at < end && *at == ' ')
            at++;
    }
    return false;
}

static void open_spec(struct loader *l)
{
    uint64_t size;
    const void *blob = space_map_spec(l, &size);
    const char *problem = view_validate(blob, size, SEL4_API_VERSION);
    if (problem)
        loader_fail("payload item 'spec': %s", problem);
    l->spec = blob;
}

void loader_run(struct loader *l, const seL4_BootInfo *boot)
{
    l->boot = boot;
    memory_init(l);
    space_make_windows(l);
    open_spec(l);
    needs_check(l);
    space_make_cspace(l);
    hardware_find(l);
    objects_create(l);
    contents_fill(l);
    contents_patch(l);
    maps_make(l);
    caps_distribute(l);
    irqs_bind(l);
    threads_configure(l);
    uint32_t threads;
    view_section(l->spec, CAPSPEC_SEC_THREADS, &threads);
    loader_print("loader: %u objects, %u threads, %lu KiB\n", l->spec->num_objects, threads,
                 (unsigned long)(l->spec->memory >> 10));
    authority_drop(l);
    if (command_line_has(l, "snapshot"))
        sys_snapshot(); /* all that the system can ever do: nothing runs yet */
    threads_start(l);
    sys_stop();
}
