/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What camkes_guest.h says, tried on the connections `bell` and `alarm`; see helper.c. */
#include <camkes_guest.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 60000, SHORT_MS = 100 };

static struct camkes_connection *bell, *alarm_bell;

static int readable(int ms)
{
    struct pollfd wanted = {.fd = camkes_fd(alarm_bell), .events = POLLIN};
    return poll(&wanted, 1, ms);
}

/* Nothing, then one event, then nothing: by poll(2) where there is a descriptor. */
static void try_events(void)
{
    if (camkes_fd(alarm_bell) < 0) {
        long long quiet = camkes_wait(alarm_bell, SHORT_MS);
        camkes_emit(bell);
        long long rung = camkes_wait(alarm_bell, PATIENCE_MS);
        printf("wait %lld %lld %lld\n", quiet, rung, (long long)camkes_poll(alarm_bell));
        return;
    }
    int quiet = readable(SHORT_MS);
    camkes_emit(bell);
    int rung = readable(PATIENCE_MS);
    long long counted = camkes_poll(alarm_bell);
    printf("poll %d %d %lld %d\n", quiet, rung, counted, readable(SHORT_MS));
}

static void print_error(const char *what, int failed)
{
    printf("%s: %s\n", what, failed ? strerrorname_np(errno) : "works");
}

static void try_errors(void)
{
    print_error("open", !camkes_open("nobody"));
    print_error("map", !camkes_map(bell, NULL));
    print_error("emit", camkes_emit(alarm_bell) != 0);
    print_error("poll", camkes_poll(bell) < 0);
    print_error("wait", camkes_wait(bell, -1) < 0);
}

static void describe(const struct camkes_connection *c)
{
    printf("%s: emits %d, consumes %d, writable %d\n", camkes_name(c), camkes_emits(c),
           camkes_consumes(c), camkes_writable(c));
}

int main(void)
{
    bell = camkes_open("bell");
    alarm_bell = camkes_open("alarm");
    if (!bell || !alarm_bell || camkes_poll(alarm_bell) < 0) {
        perror("connections");
        return 1;
    }
    printf("driver %d\n", (int)camkes_driver(alarm_bell));
    describe(bell);
    describe(alarm_bell);
    try_events();
    try_errors();
    camkes_close(bell);
    camkes_close(alarm_bell);
    camkes_close(NULL);
    return 0;
}
