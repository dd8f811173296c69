/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include "plan.h"

/** Writes a file only if its contents change, so that builds see no needless modification. */
bool emit_write_file(struct frontend *fe, const char *path, const char *text, size_t length);
/** emit_required.c: a linker script that names each function the instance's sources must define. */
const char *emit_required(struct plan *plan, const struct instance_plan *planned);
/** Writes the specification of a plan as text. */
bool emit_write_plan(struct plan *plan, const char *path);
/**
 * Generates everything under folder `out`: app.plan, camkes-gen.cmake, and a folder per instance.
 * Files of an earlier run that are not needed any more stay. False after diagnostics.
 */
bool emit_system(struct plan *plan, const char *out, const char *const *templates,
                 size_t template_count);
