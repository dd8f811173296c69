/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Speaks as guests 12 and 200, whom there is no stream for, and then as itself; when told to, as
 * much as it can. */
#include <camkes.h>
#include "batch.h"

int run(void)
{
    for (const char *c = "nobody\r\n"; *c != '\0'; c++)
        nobody_putchar_putchar(*c);
    console_ring_put(&(struct console_ring_end){.ring = nobody_batch_buf}, "nobody\r\n", 8);
    nobody_batch_batch();
    batch_write(batch_buf, batch_batch, "strange line\nand another\n");
    return 0;
}

void storm_handle(void)
{
    for (;;)
        batch_write(batch_buf, batch_batch, "line of a storm that goes on and on\n");
}
