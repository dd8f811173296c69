/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The other side of every connection of a guest. At each `poke` it takes the text in `data` away,
 * puts it there backwards and answers. A text that begins with NUL is an address (introspect), and
 * is printed. Each `bell` is counted in `sealed`, which the guest may only read, and answered by
 * `alarm`.
 */
#include <camkes.h>
#include <camkes/dataport.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 1024 };

static unsigned bells;

/* The guest may write while this reads: everything is copied first. */
static void reverse(void)
{
    char text[TEXT + 1];
    memcpy(text, (const void *)data, TEXT);
    text[TEXT] = 0;
    size_t length = strlen(text);
    char *out = (char *)data;
    for (size_t i = 0; i < length; i++) {
        out[i] = text[length - 1 - i];
    }
    out[length] = 0;
}

static void poked(void)
{
    unsigned long long first;
    memcpy(&first, (const void *)data, sizeof(first));
    if (first != 0 && (first & 0xff) == 0) {
        printf("%s: page at 0x%llx\n", get_instance_name(), first);
    } else {
        reverse();
    }
    answer_emit();
}

static void rung(void *unused)
{
    (void)unused;
    snprintf((char *)sealed, 4096, "%u bells", ++bells);
    alarm_emit();
    bell_reg_callback(rung, NULL);
}

int run(void)
{
    snprintf((char *)sealed, 4096, "no bells");
    bell_reg_callback(rung, NULL);
    for (;;) {
        poke_wait();
        poked();
    }
}
