/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * RFC 862 over TCP, IPv4 and IPv6. A connection holds at most one window of data: more is
 * acknowledged only when the peer has taken what it sent, so a peer that never reads fills its own
 * connection and no memory.
 */
#include "tcp_echo.h"
#include <lwip/tcp.h>

enum {
    MAX_CONNECTIONS = 16,
    MAX_PIECES = 16,
    IDLE_POLLS = 120,
    POLL_INTERVAL = 10, /* half seconds */
};

struct echo {
    struct tcp_pcb *pcb;
    struct pbuf *waiting; /* not yet written back */
    unsigned idle;
    bool finished; /* the peer sends no more */
};

static struct echo echoes[MAX_CONNECTIONS];

static void release(struct echo *echo)
{
    if (echo->waiting)
        pbuf_free(echo->waiting);
    *echo = (struct echo){0};
}

/* Ends a connection; lwIP may lack memory to say so politely. */
static err_t close_connection(struct echo *echo)
{
    struct tcp_pcb *pcb = echo->pcb;
    release(echo);
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
    if (tcp_close(pcb) == ERR_OK)
        return ERR_OK;
    tcp_abort(pcb);
    return ERR_ABRT;
}

static err_t write_back(struct echo *echo)
{
    struct tcp_pcb *pcb = echo->pcb;
    while (echo->waiting) {
        u16_t size = LWIP_MIN(LWIP_MIN(echo->waiting->len, tcp_sndbuf(pcb)), tcp_mss(pcb));
        if (size == 0 ||
            tcp_write(pcb, echo->waiting->payload, size, TCP_WRITE_FLAG_COPY) != ERR_OK)
            break;
        tcp_recved(pcb, size);
        echo->waiting = pbuf_free_header(echo->waiting, size);
    }
    tcp_output(pcb);
    return echo->finished && !echo->waiting ? close_connection(echo) : ERR_OK;
}

/* Appends what came. Many small segments would take far more memory than their data. */
static void keep(struct echo *echo, struct pbuf *data)
{
    if (echo->waiting)
        pbuf_cat(echo->waiting, data);
    else
        echo->waiting = data;
    if (pbuf_clen(echo->waiting) > MAX_PIECES)
        echo->waiting = pbuf_coalesce(echo->waiting, PBUF_RAW);
}

static err_t on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    struct echo *echo = arg;
    (void)pcb;
    (void)error;
    echo->idle = 0;
    if (data)
        keep(echo, data);
    else
        echo->finished = true;
    return write_back(echo);
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t length)
{
    struct echo *echo = arg;
    (void)pcb;
    (void)length;
    echo->idle = 0;
    return write_back(echo);
}

/* Every five seconds; ten minutes of silence are enough. */
static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
    struct echo *echo = arg;
    (void)pcb;
    if (++echo->idle > IDLE_POLLS)
        return close_connection(echo);
    return write_back(echo);
}

/* lwIP has freed the connection already. */
static void on_error(void *arg, err_t error)
{
    (void)error;
    if (arg)
        release(arg);
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)arg;
    if (error != ERR_OK || !pcb)
        return ERR_VAL;
    for (unsigned i = 0; i < MAX_CONNECTIONS; i++) {
        struct echo *echo = &echoes[i];
        if (echo->pcb)
            continue;
        echo->pcb = pcb;
        tcp_arg(pcb, echo);
        tcp_recv(pcb, on_receive);
        tcp_sent(pcb, on_sent);
        tcp_err(pcb, on_error);
        tcp_poll(pcb, on_poll, POLL_INTERVAL);
        return ERR_OK;
    }
    tcp_abort(pcb);
    return ERR_ABRT;
}

bool tcp_echo_start(uint16_t port)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    if (!pcb || tcp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK)
        return false;
    struct tcp_pcb *listener = tcp_listen_with_backlog(pcb, MAX_CONNECTIONS);
    if (!listener)
        return false;
    tcp_accept(listener, on_accept);
    return true;
}
