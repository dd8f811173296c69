/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <stdio.h>

#include "model.h"

/** Prints the resolved system as stable text, one fact per line; used as golden output. */
void model_print(const struct system *system, FILE *out);
/** Prints a value in the syntax of the language. */
void model_print_value(const struct value *value, FILE *out);
