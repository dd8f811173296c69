/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The two kernel operations sync.c needs; a unit test supplies its own. */
#include <camkes/generated.h>

/** Waits until the notification is signalled, and takes the signal. */
void camkes_sync_sleep(seL4_CPtr notification);
/** Signals it. */
void camkes_sync_wake(seL4_CPtr notification);
