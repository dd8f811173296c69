/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Who gets which frame: the clients of one network controller, and the line.
 *
 * A unicast frame goes to the client with that address, from the line or from another client; what
 * is for nobody here goes to the line. Group addresses go to the line and to all clients but the
 * sender. No client sees another's unicast frames, none can send with another's address.
 *
 * No locks and no kernel: one thread at a time.
 */
#include <ethdrivers/nic.h>
#include <ethlink/ethlink.h>
#include "coalesce.h"
#include "page.h"

enum { HUB_CLIENTS = 32, HUB_PAGE_SLOTS = 256, HUB_CLIENT_SLOTS = 127, HUB_BATCH = 1024 };

/** Frames of one client. */
struct hub_counters {
    uint64_t sent, sent_bytes, received, received_bytes;
    uint64_t forged;    /**< another's source address: dropped (links) or corrected (pages) */
    uint64_t malformed; /**< not a frame, too long, or the controller refused it */
    uint64_t no_room;   /**< for the client, which had no buffers */
};

struct hub_client {
    unsigned id; /**< badge */
    const char *name;
    uint8_t mac[6];
    bool is_link;
    struct ethlink link;
    struct ethlink_rx held; /**< a frame that found the controller full */
    bool holding;
    bool pending; /**< has more frames than one batch */
    struct page_queue page;
    struct hub_counters counters;
};

/** The controller, and how clients are told. */
struct hub_ops {
    void *context;
    enum nic_status (*send)(void *context, const struct nic_frame *frame);
    enum nic_status (*room)(void *context, unsigned frames); /**< as nic_room */
    bool segments; /**< the controller is to cut TCP segments, not software */
    void (*signal)(void *context, unsigned id);
};

struct hub {
    struct hub_ops ops;
    struct hub_client clients[HUB_CLIENTS];
    unsigned count;
    struct page_slot slots[HUB_PAGE_SLOTS];
    bool check_source;
    unsigned mtu;
    bool coalesces;              /**< TCP segments from the line are put together */
    struct coalesce merge;       /**< segments for one client */
    struct hub_client *merge_to; /**< that client, if there are any */
    uint64_t unwanted;           /**< frames from the line that are for none of the clients */
};

/** A client to be added. */
struct hub_member {
    unsigned id;
    const char *name;
    uint8_t mac[6];
    void *memory; /**< shared with it; NULL: it has a page only */
    size_t size;
};

/** An empty hub. */
void hub_init(struct hub *hub, const struct hub_ops *ops, bool check_source, unsigned mtu);
/** Adds a client; NULL: too many, or its address is another's. */
struct hub_client *hub_add(struct hub *hub, const struct hub_member *member);
/** Divides the page buffers among the clients that need them; after the last hub_add. */
void hub_start(struct hub *hub);
/** The client with that id, or NULL. */
struct hub_client *hub_find(struct hub *hub, unsigned id);

/** A frame from a client's page: 0 sent, -1 refused, 1 no room now. */
int hub_send_page(struct hub *hub, struct hub_client *client, const void *page, int size);
/** A client fetches a frame: PAGE_* and the frame's size. */
int hub_receive_page(struct hub_client *client, void *page, size_t limit, int *size);
/** Takes what a link client has sent; true: there is more than one batch. */
bool hub_service(struct hub *hub, struct hub_client *client);
/** A frame from the line; `frame` and its pieces stay as they are until hub_line_end. */
void hub_from_line(struct hub *hub, const struct nic_received *frame);
/** The end of a batch of frames from the line. */
void hub_line_end(struct hub *hub);
/** The controller has room again, or a while has passed: held and pending frames go on. */
void hub_continue(struct hub *hub);
/** Whether some client waits for room in the controller. */
bool hub_holds(const struct hub *hub);
/** Whether some client has frames left that hub_service did not take. */
bool hub_pending(const struct hub *hub);
/** Signals the clients that shall know of what happened since the last call. */
void hub_notify(struct hub *hub);
/** Tells link clients the state of the line. */
void hub_line(struct hub *hub, bool up);
