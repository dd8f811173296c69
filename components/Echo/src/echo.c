/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Datagrams of either port go back through the sender that belongs to it. */
#include <camkes.h>
#include <stdio.h>

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

/* Results of poll(). */
enum { POLL_NONE = -1, POLL_MORE = 0 };

struct service {
    int (*poll)(unsigned int *len, uint16_t *port, uint32_t *ip4addr);
    int (*send)(uintptr_t data, unsigned int len, uint32_t ip4addr);
    int (*send_to)(uintptr_t data, unsigned int len, uint32_t ip4addr, uint16_t port);
    volatile void *buffer;
    size_t size;
};

/* Everything that waits. A lost answer is the sender's to notice, as always with UDP. */
static void serve(const struct service *service)
{
    int result = POLL_MORE;
    while (result == POLL_MORE) {
        unsigned len = 0;
        uint16_t port = 0;
        uint32_t address = 0;
        result = service->poll(&len, &port, &address);
        if (result == POLL_NONE || len > service->size)
            continue;
        if (fixed_port)
            service->send((uintptr_t)service->buffer, len, address);
        else
            service->send_to((uintptr_t)service->buffer, len, address, port);
    }
}

void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
}

int run(void)
{
    const struct service first = {echo_recv_poll, echo_send_send, echo_send_send_to,
                                  echo_recv_get_buf(), echo_recv_get_size()};
    struct service second = {.poll = NULL};
    if (echo2_recv_poll != NULL && echo2_send_send_to != NULL)
        second = (struct service){echo2_recv_poll, echo2_send_send, echo2_send_send_to,
                                  echo2_recv_get_buf(), echo2_recv_get_size()};
    for (;;) {
        serve(&first);
        if (second.poll != NULL)
            serve(&second);
        seL4_Wait(echo_recv_notification(), NULL);
    }
    return 0;
}
