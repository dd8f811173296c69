/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "hub.h"
#include <string.h>

/* What is looked at before a frame is forwarded is copied once; a peer cannot change it after. */
enum { HEADER = 14, PIECES = ETHLINK_FRAME_PIECES + 1, MAX_TCP_HEADER = 60 };
#define ACCEPTS (VIRTIO_NET_ACCEPT_CSUM | VIRTIO_NET_ACCEPT_TSO4 | VIRTIO_NET_ACCEPT_TSO6)

/* A frame on its way: its header is private, the rest where it was. */
struct passage {
    struct hub *hub;
    struct hub_client *from; /* NULL: the line */
    struct virtio_net_frame frame;
    struct virtio_segment segments[PIECES];
    uint8_t header[HEADER];
};

void hub_init(struct hub *hub, const struct hub_ops *ops, bool check_source, unsigned mtu)
{
    memset(hub, 0, sizeof(*hub));
    hub->ops = *ops;
    hub->check_source = check_source;
    hub->mtu = mtu;
}

static struct hub_client *find_address(struct hub *hub, const uint8_t mac[6])
{
    for (unsigned i = 0; i < hub->count; i++)
        if (memcmp(hub->clients[i].mac, mac, 6) == 0)
            return &hub->clients[i];
    return NULL;
}

struct hub_client *hub_find(struct hub *hub, unsigned id)
{
    for (unsigned i = 0; i < hub->count; i++)
        if (hub->clients[i].id == id)
            return &hub->clients[i];
    return NULL;
}

struct hub_client *hub_add(struct hub *hub, const struct hub_member *member)
{
    if (hub->count == HUB_CLIENTS || find_address(hub, member->mac) != NULL)
        return NULL;
    struct hub_client *c = &hub->clients[hub->count];
    memset(c, 0, sizeof(*c));
    c->id = member->id;
    c->name = member->name;
    memcpy(c->mac, member->mac, 6);
    if (member->memory != NULL) {
        if (ethlink_server_init(&c->link, member->memory, member->size) != 0)
            return NULL;
        c->is_link = true;
        ethlink_accept(&c->link, ACCEPTS, hub->mtu);
        ethlink_publish(&c->link, false, c->mac);
    }
    hub->count++;
    return c;
}

void hub_start(struct hub *hub)
{
    unsigned pages = 0, at = 0;
    for (unsigned i = 0; i < hub->count; i++)
        pages += !hub->clients[i].is_link;
    if (pages == 0)
        return;
    /* A client that never fetches its frames fills its own slots only. */
    unsigned each = HUB_PAGE_SLOTS / pages;
    if (each > HUB_CLIENT_SLOTS)
        each = HUB_CLIENT_SLOTS;
    for (unsigned i = 0; i < hub->count; i++) {
        if (hub->clients[i].is_link)
            continue;
        page_init(&hub->clients[i].page, &hub->slots[at], each);
        at += each;
    }
}

/* ---- to a client ---------------------------------------------------------------------------- */

/* Receives finished frames for a client without a ring. */
static bool put_page(void *context, const struct virtio_net_frame *frame)
{
    struct hub_client *to = context;
    struct page_slot *slot = page_next(&to->page);
    if (slot == NULL || frame->size > sizeof(slot->data)) {
        to->counters.no_room++;
        return true;
    }
    size_t size = virtio_net_read(frame, 0, slot->data, frame->size);
    page_put(&to->page, size);
    to->counters.received++;
    to->counters.received_bytes += size;
    return true;
}

static void deliver(struct hub_client *to, const struct virtio_net_frame *frame)
{
    if (!to->is_link) {
        if (virtio_net_finish(frame, 0, put_page, to) != 0)
            to->counters.no_room++;
        return;
    }
    if (ethlink_send(&to->link, frame) != ETHLINK_SENT) {
        to->counters.no_room++;
        return;
    }
    to->counters.received++;
    to->counters.received_bytes += frame->size;
}

/* IEEE 802.1Q, 8.6.3: these never leave the link they were sent on. */
static bool is_link_local(const uint8_t *to)
{
    static const uint8_t prefix[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};
    return memcmp(to, prefix, 5) == 0 && to[5] < 0x10;
}

/* To the clients it is for. Returns whether the line gets it too. */
static bool deliver_local(struct passage *p)
{
    const uint8_t *to = p->header;
    if ((to[0] & 1) == 0) {
        struct hub_client *client = find_address(p->hub, to);
        if (client != NULL && client != p->from)
            deliver(client, &p->frame);
        else if (client == NULL && p->from == NULL)
            p->hub->unwanted++;
        return client == NULL;
    }
    bool between = p->from != NULL && is_link_local(to);
    for (unsigned i = 0; i < p->hub->count && !between; i++)
        if (&p->hub->clients[i] != p->from)
            deliver(&p->hub->clients[i], &p->frame);
    return true;
}

/* ---- to the line ---------------------------------------------------------------------------- */

static enum nic_status send_as_is(struct hub *hub, const struct virtio_net_frame *frame,
                                  const struct nic_offload *offload)
{
    struct nic_piece pieces[PIECES];
    struct nic_frame out = {.pieces = pieces, .count = frame->count, .offload = *offload};
    if (frame->count > PIECES)
        return NIC_BAD_REQUEST;
    for (unsigned i = 0; i < frame->count; i++)
        pieces[i] = (struct nic_piece){frame->segments[i].data, frame->segments[i].size};
    return hub->ops.send(hub->ops.context, &out);
}

/* What the controller is to do. False: it cannot, software must. */
static bool find_offload(const struct hub *hub, const struct virtio_net_frame *frame,
                         struct nic_offload *offload)
{
    const struct virtio_net_hdr *hdr = &frame->hdr;
    uint8_t length = 0;
    *offload = (struct nic_offload){0};
    if ((hdr->flags & VIRTIO_NET_HDR_NEEDS_CSUM) == 0)
        return hdr->gso_type == VIRTIO_NET_GSO_NONE;
    if (hdr->csum_offset != NIC_TCP_CHECKSUM && hdr->csum_offset != NIC_UDP_CHECKSUM)
        return false;
    offload->csum_start = hdr->csum_start;
    offload->csum_offset = hdr->csum_offset;
    if (hdr->gso_type == VIRTIO_NET_GSO_NONE)
        return true;
    if (!hub->ops.segments || !virtio_net_accepted(hdr, ACCEPTS) ||
        hdr->csum_offset != NIC_TCP_CHECKSUM ||
        virtio_net_read(frame, hdr->csum_start + 12u, &length, 1) != 1)
        return false;
    offload->mss = hdr->gso_size;
    offload->header_size = (uint16_t)(hdr->csum_start + (length >> 4) * 4);
    offload->ipv6 = hdr->gso_type == VIRTIO_NET_GSO_TCPV6;
    return true;
}

static bool send_finished(void *context, const struct virtio_net_frame *frame)
{
    struct nic_offload offload;
    struct hub *hub = context;
    return find_offload(hub, frame, &offload) && send_as_is(hub, frame, &offload) == NIC_OK;
}

/* Software cuts the frame; sums are left to the controller if it knows the field. */
static enum nic_status send_in_pieces(struct hub *hub, const struct virtio_net_frame *frame)
{
    unsigned accepts = frame->hdr.gso_type == VIRTIO_NET_GSO_NONE ? 0 : VIRTIO_NET_ACCEPT_CSUM;
    unsigned pieces = virtio_net_pieces(frame, accepts);
    if (pieces == 0)
        return NIC_BAD_REQUEST;
    enum nic_status status = hub->ops.room(hub->ops.context, pieces);
    if (status != NIC_OK)
        return status;
    return virtio_net_finish(frame, accepts, send_finished, hub) == 0 ? NIC_OK : NIC_BAD_REQUEST;
}

static enum nic_status send_line(struct passage *p)
{
    struct nic_offload offload;
    if (find_offload(p->hub, &p->frame, &offload)) {
        enum nic_status status = send_as_is(p->hub, &p->frame, &offload);
        if (status != NIC_BAD_REQUEST || offload.csum_start == 0)
            return status;
    }
    return send_in_pieces(p->hub, &p->frame);
}

/* ---- from a client -------------------------------------------------------------------------- */

/* Fetches the header and makes the frame `p->frame` of it and the rest. */
static bool begin(struct passage *p, const struct virtio_net_frame *frame)
{
    if (frame->size < HEADER || frame->count > ETHLINK_FRAME_PIECES ||
        virtio_net_read(frame, 0, p->header, HEADER) != HEADER)
        return false;
    p->segments[0] = (struct virtio_segment){p->header, HEADER};
    unsigned n = 1 + virtio_net_slice(frame, HEADER, SIZE_MAX, &p->segments[1]);
    p->frame = (struct virtio_net_frame){frame->hdr, p->segments, n, frame->size};
    return true;
}

/* NIC_FULL: nothing has happened, the caller keeps the frame. */
static enum nic_status forward(struct passage *p)
{
    bool group = (p->header[0] & 1) != 0;
    /* The line first: it may have no room, and then nobody gets the frame yet. */
    if (group || find_address(p->hub, p->header) == NULL) {
        enum nic_status status = send_line(p);
        if (status == NIC_FULL)
            return status;
        if (status != NIC_OK) {
            p->from->counters.malformed++;
            return status;
        }
    }
    deliver_local(p);
    p->from->counters.sent++;
    p->from->counters.sent_bytes += p->frame.size;
    return NIC_OK;
}

int hub_send_page(struct hub *hub, struct hub_client *client, const void *page, int size)
{
    struct passage p = {.hub = hub, .from = client};
    if (size < HEADER || size > PAGE_FRAME || (unsigned)size > hub->mtu + NIC_FRAME_BASE) {
        client->counters.malformed++;
        return -1;
    }
    struct virtio_segment whole = {(uint8_t *)page, (size_t)size};
    struct virtio_net_frame frame = {{0}, &whole, 1, (size_t)size};
    if (!begin(&p, &frame))
        return -1;
    if (hub->check_source && memcmp(p.header + 6, client->mac, 6) != 0) {
        client->counters.forged++;
        memcpy(p.header + 6, client->mac, 6);
    }
    enum nic_status status = forward(&p);
    return status == NIC_OK ? 0 : status == NIC_FULL ? 1 : -1;
}

int hub_receive_page(struct hub_client *client, void *page, size_t limit, int *size)
{
    *size = 0;
    return client->is_link ? PAGE_NONE : page_get(&client->page, page, limit, size);
}

/* The frame in client->held; false: it stays there. */
static bool forward_held(struct hub *hub, struct hub_client *client)
{
    struct passage p = {.hub = hub, .from = client};
    if (!begin(&p, &client->held.frame))
        client->counters.malformed++;
    else if (hub->check_source && memcmp(p.header + 6, client->mac, 6) != 0)
        client->counters.forged++;
    else if (forward(&p) == NIC_FULL)
        return false;
    ethlink_release(&client->link, &client->held);
    return true;
}

bool hub_service(struct hub *hub, struct hub_client *client)
{
    client->pending = false;
    if (!client->is_link)
        return false;
    for (unsigned n = 0; n < HUB_BATCH; n++) {
        if (!client->holding) {
            if (!ethlink_receive(&client->link, &client->held)) {
                if (!ethlink_arm(&client->link))
                    return false;
                continue;
            }
        }
        client->holding = !forward_held(hub, client);
        if (client->holding)
            return false; /* goes on when the controller has room */
    }
    client->pending = true;
    return true;
}

void hub_line_end(struct hub *hub)
{
    struct virtio_net_frame frame;
    if (hub->merge_to == NULL)
        return;
    coalesce_take(&hub->merge, &frame);
    deliver(hub->merge_to, &frame);
    hub->merge_to = NULL;
}

static bool takes_segments(const struct hub_client *client)
{
    struct ethlink_side peer;
    return client->is_link && ethlink_peer(&client->link, &peer) &&
           (peer.accepts & ACCEPTS) == ACCEPTS;
}

/* TCP segments in a row for one client become one frame. False: this frame is not for that. */
static bool merge(struct hub *hub, struct hub_client *to, const struct nic_received *received)
{
    struct coalesce_segment segment;
    if (!hub->coalesces || to == NULL || !to->is_link || !coalesce_parse(&segment, received))
        return false;
    if (hub->merge_to != to || !coalesce_append(&hub->merge, &segment)) {
        hub_line_end(hub);
        if (!takes_segments(to))
            return false;
        coalesce_start(&hub->merge, &segment);
        hub->merge_to = to;
    }
    if (hub->merge.closed)
        hub_line_end(hub);
    return true;
}

void hub_from_line(struct hub *hub, const struct nic_received *received)
{
    struct passage p = {.hub = hub};
    struct virtio_segment segments[NIC_RX_PIECES];
    for (unsigned i = 0; i < received->count; i++)
        segments[i] =
            (struct virtio_segment){(uint8_t *)received->piece[i].data, received->piece[i].size};
    struct virtio_net_frame frame = {{0}, segments, received->count, received->size};
    if (received->checked)
        frame.hdr.flags = VIRTIO_NET_HDR_DATA_VALID;
    if (!begin(&p, &frame))
        return;
    if ((p.header[0] & 1) == 0 && merge(hub, find_address(hub, p.header), received))
        return;
    hub_line_end(hub); /* frames of a client stay in order */
    deliver_local(&p);
}

void hub_continue(struct hub *hub)
{
    for (unsigned i = 0; i < hub->count; i++)
        if (hub->clients[i].holding || hub->clients[i].pending)
            hub_service(hub, &hub->clients[i]);
}

bool hub_holds(const struct hub *hub)
{
    bool holds = false;
    for (unsigned i = 0; i < hub->count; i++)
        holds |= hub->clients[i].holding;
    return holds;
}

bool hub_pending(const struct hub *hub)
{
    bool pending = false;
    for (unsigned i = 0; i < hub->count; i++)
        pending |= hub->clients[i].pending;
    return pending;
}

void hub_notify(struct hub *hub)
{
    for (unsigned i = 0; i < hub->count; i++) {
        struct hub_client *c = &hub->clients[i];
        if (c->is_link ? ethlink_should_notify(&c->link) : page_should_notify(&c->page))
            hub->ops.signal(hub->ops.context, c->id);
    }
}

void hub_line(struct hub *hub, bool up)
{
    for (unsigned i = 0; i < hub->count; i++) {
        struct hub_client *c = &hub->clients[i];
        if (!c->is_link)
            continue;
        ethlink_publish(&c->link, up, NULL);
        hub->ops.signal(hub->ops.context, c->id);
    }
}
