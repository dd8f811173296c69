/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The isolation report: who can reach whom, computed from the linked specification alone.
 * A domain is what owns a CSpace or an address space (an instance, or a group of instances).
 */
#include "spec.h"

/** How one domain reaches another. */
enum report_way {
    REPORT_CALL,    /* sends on an endpoint the other receives from */
    REPORT_SIGNAL,  /* signals a notification the other waits for */
    REPORT_DATA,    /* writes memory the other reads */
    REPORT_SHARED,  /* both write the same memory */
    REPORT_CONTROL, /* holds a capability to a thread, CNode or space of the other */
    REPORT_NUM_WAYS
};

struct report_edge {
    unsigned from, to; /* domains */
    enum report_way way;
    const struct spec_object *object;
    struct report_edge *next;
};

struct report {
    const struct spec *spec;
    const char **domains;
    unsigned num_domains;
    struct report_edge *edges;
};

/** Computes the report; memory comes from the specification. */
struct report report_compute(struct spec *spec);
/** Word for a way, as the texts print it. */
const char *report_way_word(enum report_way way);
/** Writes it as text. */
void report_write_text(const struct report *report, FILE *out);
/** Writes the graph as SVG. */
void report_write_svg(const struct report *report, FILE *out);
