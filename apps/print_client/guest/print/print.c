/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* print WORDS…: has the component behind the connection "printer" print them. */
#include <camkes_guest.h>
#include <stdio.h>
#include <string.h>

static void join(char *text, size_t size, char **words)
{
    text[0] = '\0';
    for (; *words; words++) {
        strncat(text, *words, size - strlen(text) - 1);
        strncat(text, words[1] ? " " : "", size - strlen(text) - 1);
    }
}

int main(int argc, char **argv)
{
    size_t size;
    struct camkes_connection *printer = camkes_open("printer");
    char *text = printer ? camkes_map(printer, &size) : NULL;
    if (!text || argc < 2) {
        perror(argc < 2 ? "usage: print WORDS" : "printer");
        return 1;
    }
    camkes_poll(printer); /* forget answers to others */
    join(text, size, argv + 1);
    if (camkes_emit(printer) != 0 || camkes_wait(printer, 5000) <= 0) {
        puts("no answer");
        return 1;
    }
    puts("printed");
    camkes_close(printer);
    return 0;
}
