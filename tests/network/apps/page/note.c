/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Functions of an application that init_cons names. */
#include <stdio.h>

void note_init(void *vm, void *pci, void *ports);
void note_event(void *vm);

void note_init(void *vm, void *pci, void *ports)
{
    (void)ports;
    printf("note: init %d\n", vm && pci);
}

void note_event(void *vm)
{
    static unsigned events;
    if (vm && ++events == 3) {
        printf("note: three events\n");
    }
}
