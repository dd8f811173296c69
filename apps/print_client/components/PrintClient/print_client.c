/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Prints the string in the dataport at each event. */
#include <camkes.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The guest can change the dataport at any moment, so the string is copied and then checked. */
static char copy[4096];

int run(void)
{
    printf("print_client: ready\n");
    for (;;) {
        do_print_wait();
        memcpy(copy, (const char *)data, sizeof copy);
        copy[sizeof copy - 1] = '\0';
        for (char *c = copy; *c; c++) {
            *c = isprint((unsigned char)*c) ? *c : '?';
        }
        printf("print_client: the guest says: %s\n", copy);
        done_printing_emit();
    }
}
