/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component. The mutex `lwip` guards the stack and the queues; the threads of the two
 * interfaces and the control thread take it. Clients are signalled without waiting.
 */
#include <camkes.h>
#include <lwip/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "stack.h"
#include "tcp_echo.h"

#define TICK_NS 100000000ull /* lwIP's shortest own interval is 250 ms */

/* Optional connections. */
extern void putchar_putchar(int c) __attribute__((weak));
extern int timeout_periodic(int tid, uint64_t ns) __attribute__((weak));
extern unsigned timeout_completed(void) __attribute__((weak));
extern unsigned client_recv_num_badges(void) __attribute__((weak));
extern unsigned client_send_num_badges(void) __attribute__((weak));
extern seL4_Word client_recv_enumerate_badge(unsigned index) __attribute__((weak));
extern seL4_Word client_send_enumerate_badge(unsigned index) __attribute__((weak));
extern seL4_Word client_recv_get_sender_id(void) __attribute__((weak));
extern seL4_Word client_send_get_sender_id(void) __attribute__((weak));
extern uint16_t client_recv_get_port(seL4_Word badge) __attribute__((weak));
extern void client_send_get_ports(seL4_Word badge, uint16_t *source, uint16_t *dest)
    __attribute__((weak));
extern void client_recv_emit(unsigned badge) __attribute__((weak));
extern void *client_recv_buf(seL4_Word badge) __attribute__((weak));
extern void *client_send_buf(seL4_Word badge) __attribute__((weak));
extern size_t client_recv_buf_size(seL4_Word badge) __attribute__((weak));
extern size_t client_send_buf_size(seL4_Word badge) __attribute__((weak));

/* Results of poll(): the opposite of Ethdriver's rx(). */
enum { POLL_NONE = -1, POLL_MORE = 0, POLL_LAST = 1 };

struct datagram {
    struct pbuf *data;
    uint32_t address;
    uint16_t port;
};

struct receiver {
    seL4_Word id;
    size_t room; /* of its dataport: larger datagrams are dropped */
    struct datagram *queue;
    unsigned head, used;
    size_t held; /* bytes of memory in the queue */
    bool notify; /* it has seen the end: the next datagram is worth a signal */
};

struct sender {
    seL4_Word id;
    struct udp_pcb *pcb;
    uint16_t dest;
};

static struct receiver *receivers;
static struct sender *senders;
static unsigned receiver_count, sender_count, backlog;
static size_t share; /* of the heap, for each receiver */
static bool running;

/* ---- receivers ------------------------------------------------------------------------------ */

/* What a datagram costs: its bytes, and headers and bookkeeping of each of its packets. */
static size_t cost(const struct pbuf *data)
{
    enum { OVERHEAD = 160 };
    return data->tot_len + (size_t)pbuf_clen(data) * OVERHEAD;
}

static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *from,
                        u16_t port)
{
    struct receiver *receiver = arg;
    (void)pcb;
    if (receiver->used == backlog || data->tot_len > receiver->room ||
        receiver->held + cost(data) > share) {
        pbuf_free(data);
        return;
    }
    struct datagram *datagram = &receiver->queue[(receiver->head + receiver->used) % backlog];
    *datagram = (struct datagram){data, ip4_addr_get_u32(ip_2_ip4(from)), port};
    receiver->used++;
    receiver->held += cost(data);
    if (receiver->notify)
        client_recv_emit((unsigned)receiver->id);
    receiver->notify = false;
}

static struct receiver *find_receiver(seL4_Word id)
{
    for (unsigned i = 0; i < receiver_count; i++) {
        if (receivers[i].id == id)
            return &receivers[i];
    }
    return NULL;
}

static int take(struct receiver *receiver, unsigned *len, uint16_t *port, uint32_t *address)
{
    if (receiver->used == 0) {
        receiver->notify = true;
        return POLL_NONE;
    }
    struct datagram *datagram = &receiver->queue[receiver->head];
    *len = pbuf_copy_partial(datagram->data, client_recv_buf(receiver->id),
                             (u16_t)datagram->data->tot_len, 0);
    *port = datagram->port;
    *address = datagram->address;
    receiver->held -= cost(datagram->data);
    pbuf_free(datagram->data);
    receiver->head = (receiver->head + 1) % backlog;
    receiver->used--;
    receiver->notify = receiver->used == 0;
    return receiver->used ? POLL_MORE : POLL_LAST;
}

int client_recv_poll(unsigned int *len, uint16_t *port, uint32_t *ip4addr)
{
    int result = POLL_NONE;
    *len = 0;
    *port = 0;
    *ip4addr = 0;
    lwip_lock();
    struct receiver *receiver = running ? find_receiver(client_recv_get_sender_id()) : NULL;
    if (receiver)
        result = take(receiver, len, port, ip4addr);
    lwip_unlock();
    return result;
}

static bool add_receiver(struct receiver *receiver, seL4_Word id)
{
    struct udp_pcb *pcb = udp_new();
    uint16_t port = client_recv_get_port(id);
    *receiver = (struct receiver){.id = id, .room = client_recv_buf_size(id), .notify = true};
    if (receiver->room > share)
        printf("UDP port %u: heap_size leaves room for datagrams of %zu of %zu bytes\n", port,
               share, receiver->room);
    receiver->queue = calloc(backlog, sizeof *receiver->queue);
    if (!pcb || !receiver->queue)
        return false;
    if (udp_bind(pcb, IP_ADDR_ANY, port) != ERR_OK) {
        printf("UDP port %u has two receivers; only the first gets datagrams\n", port);
        udp_remove(pcb);
        return true;
    }
    udp_recv(pcb, on_datagram, receiver);
    return true;
}

/* ---- senders -------------------------------------------------------------------------------- */

static struct sender *find_sender(seL4_Word id)
{
    for (unsigned i = 0; i < sender_count; i++) {
        if (senders[i].id == id)
            return &senders[i];
    }
    return NULL;
}

static int send(struct sender *sender, unsigned len, uint32_t ip4addr, uint16_t port)
{
    ip_addr_t to = IPADDR4_INIT(ip4addr);
    if (len > client_send_buf_size(sender->id) || len > 65507 || port == 0)
        return -1;
    struct pbuf *data = pbuf_alloc(PBUF_TRANSPORT, (u16_t)len, PBUF_RAM);
    if (!data)
        return -1;
    bool sent = (len == 0 || pbuf_take(data, client_send_buf(sender->id), (u16_t)len) == ERR_OK) &&
                udp_sendto(sender->pcb, data, &to, port) == ERR_OK;
    pbuf_free(data);
    stack_finish();
    return sent ? 0 : -1;
}

/* `own_port`: the configured one. */
static int send_locked(unsigned len, uint32_t ip4addr, const uint16_t *port)
{
    int result = -1;
    lwip_lock();
    struct sender *sender = running ? find_sender(client_send_get_sender_id()) : NULL;
    if (sender)
        result = send(sender, len, ip4addr, port ? *port : sender->dest);
    lwip_unlock();
    return result;
}

int client_send_send(uintptr_t data, unsigned int len, uint32_t ip4addr)
{
    (void)data; /* it lies in the dataport */
    return send_locked(len, ip4addr, NULL);
}

int client_send_send_to(uintptr_t data, unsigned int len, uint32_t ip4addr, uint16_t port)
{
    (void)data;
    return send_locked(len, ip4addr, &port);
}

static bool add_sender(struct sender *sender, seL4_Word id)
{
    uint16_t source, dest;
    client_send_get_ports(id, &source, &dest);
    *sender = (struct sender){.id = id, .pcb = udp_new(), .dest = dest};
    if (!sender->pcb)
        return false;
    /* Not bound: the port may have a receiver, which keeps getting what comes in. */
    sender->pcb->local_port = source;
    return true;
}

/* ---- start ---------------------------------------------------------------------------------- */

static bool add_clients(void)
{
    backlog = num_client_recv_bufs > 0 ? (unsigned)num_client_recv_bufs : 1;
    receiver_count = client_recv_num_badges ? client_recv_num_badges() : 0;
    sender_count = client_send_num_badges ? client_send_num_badges() : 0;
    /* Half of the heap is for receivers, each its part, so that none takes what others need. */
    share = (size_t)heap_size / 2 / (receiver_count ? receiver_count : 1);
    receivers = calloc(receiver_count + 1, sizeof *receivers);
    senders = calloc(sender_count + 1, sizeof *senders);
    bool enough = receivers && senders;
    for (unsigned i = 0; enough && i < receiver_count; i++)
        enough = add_receiver(&receivers[i], client_recv_enumerate_badge(i));
    for (unsigned i = 0; enough && i < sender_count; i++)
        enough = add_sender(&senders[i], client_send_enumerate_badge(i));
    if (!enough)
        printf("no memory for %u receivers and %u senders: raise heap_size; at most %u in all\n",
               receiver_count, sender_count, MEMP_NUM_UDP_PCB);
    return enough;
}

static void start(void)
{
    const struct stack_settings settings = {.address = udp_ip_addr,
                                            .netmask = netmask,
                                            .gateway = gateway,
                                            .multicast = multicast_addr,
                                            .address6 = udp_ip6_addr,
                                            .icmp_echo = icmp_echo != 0};
    const struct ethport_calls calls = {ethdriver_tx, ethdriver_rx, ethdriver_mac, ethdriver_buf,
                                        ethdriver_get_size()};
    if (!stack_start(&settings, &calls) || !add_clients())
        return;
    if (tcp_echo_port > 0 && !tcp_echo_start((uint16_t)tcp_echo_port))
        printf("no TCP echo on port %d\n", tcp_echo_port);
    running = true;
}

/* Clients' calls are served once this has returned. */
void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
    start();
}

int run(void)
{
    if (timeout_periodic != NULL)
        timeout_periodic(0, TICK_NS);
    while (running) {
        bool more = true;
        lwip_lock();
        stack_notified();
        lwip_unlock();
        while (more) {
            lwip_lock();
            more = stack_service();
            lwip_unlock();
        }
        seL4_Wait(ethdriver_notification(), NULL);
        if (timeout_completed != NULL)
            timeout_completed();
    }
    return 0;
}
