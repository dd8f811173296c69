/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Asks for greetings and waits until each one is printed. */
#include <stdio.h>
#include <camkes.h>

int run(void)
{
    for (int i = 1; i <= rounds; i++) {
        int length = greeting_greet(name, i);
        printed_wait();
        printf("%s: greeting %d had %d characters\n", get_instance_name(), i, length);
    }
    printf("hello: done\n");
    return 0;
}
