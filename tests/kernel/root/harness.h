/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the parts of the harness; tests use test.h only. */
#include "test.h"

/** Chooses the untyped that tests are fed from. */
void resources_init(void);
/** Takes back all that the test before made. */
void resources_reset(void);
/** A thread-local storage block at `memory` (tls_bytes() bytes): returns the FS base. */
char *tls_init(char *memory);
size_t tls_bytes(void);
/** Ends the emulator: 0 all is well. */
_Noreturn void machine_exit(unsigned status);
