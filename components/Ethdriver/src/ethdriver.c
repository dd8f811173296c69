/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component: one mutex, taken by the thread of the clients' calls and by that of the
 * controller's interrupt. What each does ends with signals to clients, which never block.
 */
#include <camkes.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "controller.h"
#include "hub.h"

/* Frames taken from the controller per interrupt; the rest waits for the next one, which the
 * controller's throttle delays: a flood from the line leaves time for others. */
enum { RX_BATCH = 256, RX_HOLD = 64 };

/* Optional connection. */
extern void putchar_putchar(int c) __attribute__((weak));

static struct nic nic;
static struct hub hub;
static bool running;
static bool waits_for_room; /* the controller tells us of free descriptors */

static enum nic_status send_to_line(void *context, const struct nic_frame *frame)
{
    (void)context;
    enum nic_status status = nic_send(&nic, frame);
    if (status == NIC_FULL) {
        nic_flush(&nic);
        status = nic_send(&nic, frame);
    }
    return status;
}

static enum nic_status room_on_line(void *context, unsigned frames)
{
    (void)context;
    nic_flush(&nic);
    return nic_room(&nic, frames);
}

static void signal_client(void *context, unsigned id)
{
    (void)context;
    client_emit(id);
}

/* After every batch, with the mutex. */
static void finish(void)
{
    nic_flush(&nic);
    if (hub_holds(&hub) != waits_for_room) {
        waits_for_room = !waits_for_room;
        nic_interrupts(&nic, true, waits_for_room);
        if (waits_for_room) /* what became free before does not interrupt any more */
            hub_continue(&hub);
        nic_flush(&nic);
    }
    if (hub_pending(&hub))
        nic_interrupt_again(&nic);
    hub_notify(&hub);
}

/* ---- calls of clients ----------------------------------------------------------------------- */

int client_tx(int len)
{
    seL4_Word id = client_get_sender_id();
    int result = -1;
    lock_lock();
    struct hub_client *c = running ? hub_find(&hub, (unsigned)id) : NULL;
    if (c != NULL && len == 0 && c->is_link) {
        hub_service(&hub, c);
        result = 0;
    } else if (c != NULL && len > 0 && (size_t)len <= client_buf_size(id)) {
        result = hub_send_page(&hub, c, client_buf(id), len);
    }
    if (c != NULL)
        finish();
    lock_unlock();
    return result;
}

int client_rx(int *len)
{
    seL4_Word id = client_get_sender_id();
    int result = -1;
    *len = 0;
    lock_lock();
    struct hub_client *c = hub_find(&hub, (unsigned)id);
    if (c != NULL)
        result = hub_receive_page(c, client_buf(id), client_buf_size(id), len);
    lock_unlock();
    return result;
}

void client_mac(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6)
{
    uint8_t mac[6] = {0};
    const struct hub_client *c = hub_find(&hub, (unsigned)client_get_sender_id());
    if (c != NULL)
        memcpy(mac, c->mac, sizeof(mac));
    *b1 = mac[0], *b2 = mac[1], *b3 = mac[2], *b4 = mac[3], *b5 = mac[4], *b6 = mac[5];
}

/* ---- the controller ------------------------------------------------------------------------- */

static void print_client(struct hub_client *c)
{
    const struct hub_counters *n = &c->counters;
    printf("%s: sent %" PRIu64 " frames, %" PRIu64 " bytes; received %" PRIu64 " frames, %" PRIu64
           " bytes; no room %" PRIu64 ", forged %" PRIu64 ", malformed %" PRIu64 "%s\n",
           c->name, n->sent, n->sent_bytes, n->received, n->received_bytes, n->no_room, n->forged,
           n->malformed, c->is_link && ethlink_broken(&c->link) ? "; its link is broken" : "");
}

static void print_statistics(void)
{
    controller_print(&nic);
    for (unsigned i = 0; i < hub.count; i++)
        print_client(&hub.clients[i]);
}

/* Frames are held for a while, so that those that belong together go on as one. */
static unsigned receive_some(void)
{
    static struct nic_received frames[RX_HOLD];
    unsigned n = 0;
    while (n < RX_HOLD && nic_receive(&nic, &frames[n]))
        hub_from_line(&hub, &frames[n++]);
    hub_line_end(&hub);
    nic_receive_done(&nic);
    return n;
}

static void receive(void)
{
    for (unsigned n = 0; n < RX_BATCH; n += RX_HOLD)
        if (receive_some() < RX_HOLD)
            return;
    nic_interrupt_again(&nic);
}

void irq_handle(void)
{
    lock_lock();
    if (running) {
        unsigned events = nic_interrupt(&nic);
        receive();
        hub_continue(&hub);
        if ((events & NIC_EVENT_LINK) != 0) {
            hub_line(&hub, nic_link(&nic).up);
            print_statistics();
        }
        finish();
    }
    lock_unlock();
    irq_acknowledge();
}

/* Optional: an event on which the counters are printed. */
void statistics_handle(void)
{
    lock_lock();
    if (running)
        print_statistics();
    lock_unlock();
}

/* ---- start ---------------------------------------------------------------------------------- */

/* One client may do without a configured address: it has the controller's. */
static bool add_client(seL4_Word id)
{
    struct hub_member member = {.id = (unsigned)id, .name = client_get_client_name(id)};
    memcpy(member.mac, nic.mac, sizeof(member.mac));
    if (client_has_mac(id))
        client_get_mac(id, member.mac);
    member.memory = ethlink_in_shmem(client_buf(id), client_buf_size(id), &member.size);
    if ((member.mac[0] & 1) != 0 || hub_add(&hub, &member) == NULL) {
        printf("%s has no network: its address is a group's or another client's, or there are "
               "more than %d clients\n",
               member.name, HUB_CLIENTS);
        return false;
    }
    if (promiscuous_mode == 0 && !nic_add_address(&nic, member.mac)) {
        printf("the address filter is full: all unicast frames are received\n");
        nic_set_promiscuous(&nic, true);
    }
    return true;
}

void pre_init(void)
{
    struct hub_ops ops = {NULL, send_to_line, room_on_line, segmentation != 0, signal_client};
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
    if (!controller_start(&nic))
        return;
    hub_init(&hub, &ops, anti_spoofing != 0, nic.mtu);
    hub.coalesces = coalescing != 0;
    for (unsigned i = 0; i < client_num_badges(); i++)
        add_client(client_enumerate_badge(i));
    hub_start(&hub);
    running = true;
    hub_line(&hub, nic_link(&nic).up);
    nic_interrupts(&nic, true, false);
    irq_acknowledge();
}
