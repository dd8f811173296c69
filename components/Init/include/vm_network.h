/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Network of a virtual machine, as the generated code of its instance describes it: interfaces
 * connected to network drivers or firewalls, ports of the virtual switch, and the functions that
 * the attribute init_cons names. Each interface, and the switch as a whole, is one card of the
 * guest.
 */
#include <ethlink/ethlink.h>
#include <vmm/virtio_net.h>

/** Longest frame through one page of shared memory. */
#define VM_PAGE_FRAME 4096u

/** An interface connected with seL4Ethdriver: its calls, memory and event. */
struct vm_ethernet {
    const char *name; /**< of the interface */
    int (*tx)(int length);
    int (*rx)(int *length);
    void (*mac)(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6);
    void *shmem;
    size_t shmem_size;
    uint64_t badge; /**< bits its events set */
};

/** Back end over a ring link in the shared memory. */
struct vm_ring {
    const struct vm_ethernet *ethernet;
    struct ethlink link;
    struct ethlink_rx rx;
    bool holds;   /**< rx is in use */
    bool stalled; /**< the server took nothing for long: what finds no room is dropped */
    uint64_t dropped, doorbells;
};

/** Back end over calls with one frame in the page: servers without rings. */
struct vm_page {
    const struct vm_ethernet *ethernet;
    bool more;    /**< the server may have frames */
    bool holds;   /**< frame is in use */
    bool stalled; /**< as above */
    struct virtio_net_frame frame;
    struct virtio_segment segment;
    uint8_t bytes[VM_PAGE_FRAME];
    uint64_t dropped;
};

/** A card and its back end. */
struct vm_card {
    struct vmm_net net;
    const struct vm_ethernet *ethernet; /**< NULL: the virtual switch */
    bool made;
    union {
        struct vm_ring ring;
        struct vm_page page;
    } back;
};

/** An entry of init_cons. */
struct vm_init_con {
    void (*init)(void *vm, void *pci, void *io_ports);
    void (*irq)(void *vm);   /**< NULL: none */
    uint64_t (*badge)(void); /**< NULL: none */
};

/** All of it. */
struct vm_network {
    unsigned num_ethernets, num_init_cons;
    const struct vm_ethernet *ethernets;
    struct vm_card *cards; /**< one for each ethernet */
    const struct vm_init_con *init_cons;
};

/** Defined by generated code. */
extern const struct vm_network vm_network;

/** Functions that init_cons may name; a card that nobody names is made all the same. */
void make_virtio_net(void *vm, void *pci, void *io_ports);
void virtio_net_notify(void *vm);

/** Accessors of init_cons, as generated code had them before. */
int init_cons_num_connections(void);
void *init_cons_init_function(int n);
int init_cons_has_interrupt(int n, uint64_t *badge, void **irq);
