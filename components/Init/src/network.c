/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Cards of the guest: one for each interface that is connected with seL4Ethdriver, and one for the
 * virtual switch. The attribute init_cons of older applications names the functions that make and
 * serve them; without it they are made all the same. An application may name functions of its own.
 */
#include <camkes/virtqueue_channel.h>
#include <stdio.h>
#include <string.h>
#include <sel4/sel4.h>
#include "init.h"
#include "network.h"

static struct init *network_init; /* for the functions of init_cons, which get no such thing */

static const char *make_card(struct init *init, unsigned n)
{
    struct vm_card *card = &vm_network.cards[n];
    const struct vm_ethernet *ethernet = &vm_network.ethernets[n];
    struct vmm_net_config config = {.id = card->id, .ctx = &card->back};
    uint8_t *m = config.mac;
    card->made = true;
    ethernet->mac(&m[0], &m[1], &m[2], &m[3], &m[4], &m[5]);
    if (network_ring_start(&card->back.ring, ethernet) == 0) {
        config.ops = &network_ring_ops;
        ethernet->tx(0); /* the server learns that there is a link */
    } else {
        config.ops = &network_page_ops;
        network_page_start(&card->back.page, ethernet);
    }
    snprintf(card->id, sizeof card->id, "net%u", n);
    return vmm_net_create(&card->net, &init->pc.pci, &config) == 0
               ? NULL
               : "no room on the PCI bus for a network card";
}

/* The next card that is not there yet. */
static const char *make_next(struct init *init)
{
    for (unsigned n = 0; n < vm_network.num_ethernets; n++) {
        if (!vm_network.cards[n].made) {
            return make_card(init, n);
        }
    }
    return NULL;
}

void make_virtio_net(void *vm, void *pci, void *io_ports)
{
    (void)vm, (void)pci, (void)io_ports;
    const char *error = make_next(network_init);
    if (error) {
        init_print(network_init, "%s: %s\n", vm_resources.name, error);
    }
}

/* What these entries' events mean is found out by init_network_notified(). */
void virtio_net_notify(void *vm)
{
    (void)vm;
}

void virtio_net_notify_vswitch(void *vm)
{
    (void)vm;
}

void make_virtio_net_vswitch_driver_dummy(void *vm, void *pci, void *io_ports)
{
    (void)vm, (void)pci, (void)io_ports;
}

static const char *connect_port(struct vm_port *port)
{
    const struct camkes_virtqueue_channel *send = camkes_virtqueue_channel_find(port->send_id);
    const struct camkes_virtqueue_channel *recv = camkes_virtqueue_channel_find(port->recv_id);
    if (!send || !recv) {
        return "vswitch_layout: no channel has this send_id or recv_id";
    }
    port->notify_send = send->notify;
    port->notify_recv = recv->notify;
    port->send_badge = send->badge;
    port->recv_badge = recv->badge;
    if (ethlink_sender_init(&port->send, send->buffer, send->size) != 0 ||
        ethlink_receiver_init(&port->recv, recv->buffer, recv->size) != 0) {
        return "the shared memory of the virtual switch is too small (at least 32768 bytes)";
    }
    return NULL;
}

static const char *make_switch(struct init *init)
{
    struct vm_switch *vswitch = vm_network.vswitch;
    if (!vswitch || vm_network.switch_card->made) {
        return NULL;
    }
    vm_network.switch_card->made = true;
    for (unsigned i = 0; i < vswitch->num_ports; i++) {
        const char *error = connect_port(&vswitch->ports[i]);
        if (error) {
            return error;
        }
    }
    struct vmm_net_config config = {.id = "vswitch", .ops = &network_switch_ops, .ctx = vswitch};
    memcpy(config.mac, vswitch->mac, sizeof config.mac);
    return vmm_net_create(&vm_network.switch_card->net, &init->pc.pci, &config) == 0
               ? NULL
               : "no room on the PCI bus for the card of the virtual switch";
}

void make_virtio_net_vswitch(void *vm, void *pci, void *io_ports)
{
    (void)vm, (void)pci, (void)io_ports;
    const char *error = make_switch(network_init);
    if (error) {
        init_print(network_init, "%s: %s\n", vm_resources.name, error);
    }
}

const char *init_network(struct init *init)
{
    network_init = init;
    for (unsigned i = 0; i < vm_network.num_init_cons; i++) {
        vm_network.init_cons[i].init(&init->crossvm, &init->pc.pci, NULL);
    }
    const char *error = NULL;
    for (unsigned n = 0; n < vm_network.num_ethernets && !error; n++) {
        error = make_next(init);
    }
    return error ? error : make_switch(init);
}

static void poll_card(struct init *init, struct vm_card *card)
{
    if (card->net.config.ops == &network_page_ops) {
        network_page_notified(&card->back.page);
    }
    vmm_vcpu_lock(&init->vm.vcpu[0]);
    card->net.v.ops->poll(&card->net.v);
    vmm_unlock(&init->vm);
}

void init_network_idle(struct init *init, struct vmm_vcpu *v)
{
    if (v->state == VMM_VCPU_RUNNING) {
        return;
    }
    vmm_vcpu_lock(v);
    for (unsigned n = 0; n < vm_network.num_ethernets; n++) {
        vmm_net_idle(&vm_network.cards[n].net);
    }
    if (vm_network.switch_card) {
        vmm_net_idle(&vm_network.switch_card->net);
    }
    vmm_unlock(&init->vm);
}

static bool is_set(uint64_t badge, uint64_t wanted)
{
    return (badge & wanted) == wanted; /* its bit, and the one that all events have */
}

static bool switch_notified(uint64_t badge)
{
    const struct vm_switch *vswitch = vm_network.vswitch;
    for (unsigned i = 0; vswitch && i < vswitch->num_ports; i++) {
        const struct vm_port *port = &vswitch->ports[i];
        if (is_set(badge, port->send_badge) || is_set(badge, port->recv_badge)) {
            return true;
        }
    }
    return false;
}

void init_network_notified(struct init *init, uint64_t badge)
{
    if (switch_notified(badge)) {
        poll_card(init, vm_network.switch_card);
    }
    for (unsigned n = 0; n < vm_network.num_ethernets; n++) {
        if (is_set(badge, vm_network.ethernets[n].badge)) {
            poll_card(init, &vm_network.cards[n]);
        }
    }
    for (unsigned i = 0; i < vm_network.num_init_cons; i++) {
        const struct vm_init_con *con = &vm_network.init_cons[i];
        uint64_t wanted = con->irq && con->badge ? con->badge() : 0;
        if (wanted && is_set(badge, wanted)) {
            con->irq(&init->crossvm);
        }
    }
}

/* ---- the accessors older sources know -------------------------------------------------------- */

int init_cons_num_connections(void)
{
    return (int)vm_network.num_init_cons;
}

static const struct vm_init_con *entry(int n)
{
    return n >= 0 && (unsigned)n < vm_network.num_init_cons ? &vm_network.init_cons[n] : NULL;
}

void *init_cons_init_function(int n)
{
    const struct vm_init_con *con = entry(n);
    return con ? (void *)con->init : NULL;
}

int init_cons_has_interrupt(int n, uint64_t *badge, void **irq)
{
    const struct vm_init_con *con = entry(n);
    if (!con || !con->irq || !con->badge) {
        return 0;
    }
    *badge = con->badge();
    *irq = (void *)con->irq;
    return 1;
}
