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

/** One peer on the virtual switch: a one-way link each way, in the memory of two channels of
 * seL4VirtQueues. */
struct vm_port {
    uint8_t mac[6]; /**< of the peer's card: only frames from it are taken */
    unsigned send_id, recv_id;
    /* state */
    struct ethlink send, recv;
    void (*notify_send)(void), (*notify_recv)(void);
    uint64_t send_badge, recv_badge;
    bool stalled;         /**< the peer took nothing for long: what finds no room is dropped */
    uint64_t sent;        /**< frames to it that lie in its memory */
    uint64_t received;    /**< frames from it that are the card's */
    uint64_t dropped;     /**< frames to it that found no room, or were no frames */
    uint64_t forged;      /**< frames from it with another's source address */
    uint64_t misdirected; /**< frames from it that are not for us */
};

/** Back end that is this machine's part of the virtual switch. */
struct vm_switch {
    uint8_t mac[6]; /**< of the card */
    uint16_t mtu;   /**< told to the guest; 0: not told */
    unsigned num_ports;
    struct vm_port *ports;
    /* state */
    unsigned turn;           /**< the port that is asked first */
    struct vm_port *holding; /**< the port whose frame is in rx, NULL: none */
    struct ethlink_rx rx;
    uint8_t header[VIRTIO_NET_MIN_FRAME]; /**< checked copy of its addresses and type */
    struct virtio_net_frame frame;        /**< rx with that header */
    struct virtio_segment segments[ETHLINK_FRAME_PIECES + 1];
    uint64_t unknown; /**< frames of the guest for an address nobody has */
};

/** A card and its back end. */
struct vm_card {
    struct vmm_net net;
    char id[16]; /**< "net0" */
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
    struct vm_switch *vswitch; /**< NULL: not on a virtual switch */
    struct vm_card *switch_card;
};

/** Defined by generated code. */
extern const struct vm_network vm_network;

/** Functions that init_cons may name; a card that nobody names is made all the same. */
void make_virtio_net(void *vm, void *pci, void *io_ports);
void virtio_net_notify(void *vm);
void make_virtio_net_vswitch(void *vm, void *pci, void *io_ports);
void make_virtio_net_vswitch_driver_dummy(void *vm, void *pci, void *io_ports);
void virtio_net_notify_vswitch(void *vm);

/** Accessors of init_cons, as generated code had them before. */
int init_cons_num_connections(void);
void *init_cons_init_function(int n);
int init_cons_has_interrupt(int n, uint64_t *badge, void **irq);
