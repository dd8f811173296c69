/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The component: its ports, and waiting. */
#include <camkes.h>
#include <stdio.h>
#include "serve.h"

/* Optional connections. */
extern void putchar_putchar(int c) __attribute__((weak));
extern int echo2_recv_poll(unsigned int *len, uint16_t *port, uint32_t *ip4addr)
    __attribute__((weak));
extern int echo2_send_send(uintptr_t data, unsigned int len, uint32_t ip4addr)
    __attribute__((weak));
extern int echo2_send_send_to(uintptr_t data, unsigned int len, uint32_t ip4addr, uint16_t port)
    __attribute__((weak));
extern volatile void *echo2_recv_get_buf(void) __attribute__((weak));
extern size_t echo2_recv_get_size(void) __attribute__((weak));

void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
}

int run(void)
{
    struct echo_port ports[2] = {{echo_recv_poll, echo_send_send, echo_send_send_to,
                                  echo_recv_get_buf(), echo_recv_get_size()}};
    unsigned count = 1;
    if (echo2_recv_poll != NULL && echo2_send_send_to != NULL)
        ports[count++] = (struct echo_port){echo2_recv_poll, echo2_send_send, echo2_send_send_to,
                                            echo2_recv_get_buf(), echo2_recv_get_size()};
    for (;;) {
        echo_serve(ports, count, fixed_port != 0);
        seL4_Wait(echo_recv_notification(), NULL);
    }
    return 0;
}
