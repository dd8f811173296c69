/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include "frontend.h"

/** Values of settings against the declared types of attributes. */
void check_settings(struct frontend *fe, const struct system *system);
/** Rules and addresses of firewalls. */
void check_firewalls(struct frontend *fe, const struct system *system);
/** Warnings for settings that nothing can read: misspelt keys, instances and connections. */
void check_setting_names(struct frontend *fe, const struct system *system);
