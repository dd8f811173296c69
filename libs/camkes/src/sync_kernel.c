/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "sync_kernel.h"

void camkes_sync_sleep(seL4_CPtr notification)
{
    seL4_Wait(notification, NULL);
}

void camkes_sync_wake(seL4_CPtr notification)
{
    seL4_Signal(notification);
}
