/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Cards of the guest: one for each interface that is connected with seL4Ethdriver. The attribute
 * init_cons of older applications names the functions that make and serve them; without it they
 * are made all the same. An application may name functions of its own.
 */
#include <stdio.h>
#include <sel4/sel4.h>
#include "init.h"
#include "network.h"

static struct init *network_init; /* for the functions of init_cons, which get no such thing */

static const char *make_card(struct init *init, unsigned n)
{
    static char ids[16][8];
    struct vm_card *card = &vm_network.cards[n];
    const struct vm_ethernet *ethernet = &vm_network.ethernets[n];
    struct vmm_net_config config = {.id = ids[n & 15u], .ctx = &card->back};
    uint8_t *m = config.mac;
    card->made = true;
    card->ethernet = ethernet;
    ethernet->mac(&m[0], &m[1], &m[2], &m[3], &m[4], &m[5]);
    if (network_ring_start(&card->back.ring, ethernet) == 0) {
        config.ops = &network_ring_ops;
        ethernet->tx(0); /* the server learns that there is a link */
    } else {
        config.ops = &network_page_ops;
        network_page_start(&card->back.page, ethernet);
    }
    snprintf(ids[n & 15u], sizeof ids[0], "net%u", n & 15u);
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

/* What this entry's event means is found out by init_network_notified(). */
void virtio_net_notify(void *vm)
{
    (void)vm;
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
    return error;
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

void init_network_notified(struct init *init, uint64_t badge)
{
    for (unsigned n = 0; n < vm_network.num_ethernets; n++) {
        uint64_t wanted = vm_network.ethernets[n].badge; /* its bit, and the one all events have */
        if ((badge & wanted) == wanted) {
            poll_card(init, &vm_network.cards[n]);
        }
    }
    for (unsigned i = 0; i < vm_network.num_init_cons; i++) {
        const struct vm_init_con *con = &vm_network.init_cons[i];
        uint64_t wanted = con->irq && con->badge ? con->badge() : 0;
        if (wanted && (badge & wanted) == wanted) {
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
