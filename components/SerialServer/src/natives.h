/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Streams of native components. They take no client number, whatever their identifier is: each has
 * a stream of its own, drawn in default attributes, with its name before each line.
 */
#include "mux.h"

/** Who has which stream. */
struct natives {
    uint64_t id[MUX_NATIVES];
    int used;
};

/** The stream of the component with this identifier, which it gets with its first output; `name`
 * must stay valid. Beyond MUX_NATIVES - 1 components the rest shares one stream. */
int natives_stream(struct natives *natives, struct mux *mux, uint64_t id, const char *name);
