/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The virtual switch: there is no component in the middle, each monitor sends to its peers. A frame
 * for one address goes to the peer that has it, a frame for a group (broadcast, IPv4 and IPv6
 * multicast) to all. The receiver does not trust the sender: it drops what does not come from the
 * peer's own address or is not for itself. It decides on a private copy of the first 14 bytes, and
 * that copy is what the guest gets.
 */
#include <string.h>
#include "network.h"

#define DESTINATION 0u
#define SOURCE      6u
#define MAC         6u
/* Frames dropped in one call before another turn is taken. */
#define MAX_DROPS 64u

static bool is_group(const uint8_t *mac)
{
    return mac[0] & 1u;
}

/* Whether a peer's link can take it; what finds none for too long no longer holds up the others. */
static bool has_room(struct vm_port *port, size_t size, bool last_try)
{
    if (ethlink_has_room(&port->send, size)) {
        port->stalled = false;
        return true;
    }
    port->stalled |= last_try || ethlink_broken(&port->send);
    return false;
}

static enum vmm_net_result flood(struct vm_switch *s, const struct virtio_net_frame *frame,
                                 bool last_try)
{
    /* all or none: a frame that waits must not go to some of them twice */
    for (unsigned i = 0; i < s->num_ports; i++) {
        if (!has_room(&s->ports[i], frame->size, last_try) && !s->ports[i].stalled) {
            return VMM_NET_BUSY;
        }
    }
    for (unsigned i = 0; i < s->num_ports; i++) {
        struct vm_port *port = &s->ports[i];
        bool sent = ethlink_send(&port->send, frame) == ETHLINK_SENT;
        port->sent += sent;
        port->dropped += !sent;
    }
    return VMM_NET_TAKEN;
}

static enum vmm_net_result send_to(struct vm_port *port, const struct virtio_net_frame *frame,
                                   bool last_try)
{
    enum ethlink_result result = ethlink_send(&port->send, frame);
    if (result == ETHLINK_SENT) {
        port->stalled = false;
        port->sent++;
        return VMM_NET_TAKEN;
    }
    port->stalled |= last_try;
    if (result == ETHLINK_NO_ROOM && !port->stalled) {
        return VMM_NET_BUSY;
    }
    port->dropped++;
    return VMM_NET_TAKEN;
}

static enum vmm_net_result switch_send(void *ctx, const struct virtio_net_frame *frame,
                                       bool last_try)
{
    struct vm_switch *s = ctx;
    uint8_t destination[MAC];
    virtio_net_read(frame, DESTINATION, destination, MAC);
    if (is_group(destination)) {
        return flood(s, frame, last_try);
    }
    for (unsigned i = 0; i < s->num_ports; i++) {
        if (memcmp(s->ports[i].mac, destination, MAC) == 0) {
            return send_to(&s->ports[i], frame, last_try);
        }
    }
    s->unknown++;
    return VMM_NET_TAKEN;
}

/* The frame in rx with the private copy of its header in front. */
static void privatise(struct vm_switch *s)
{
    const struct virtio_net_frame *raw = &s->rx.frame;
    s->segments[0] = (struct virtio_segment){s->header, sizeof s->header};
    unsigned n = 1 + virtio_net_slice(raw, sizeof s->header, SIZE_MAX, &s->segments[1]);
    s->frame = (struct virtio_net_frame){
        .hdr = raw->hdr, .segments = s->segments, .count = n, .size = raw->size};
}

/* Does the frame in rx come from the peer's own address, and is it for us? */
static bool check(struct vm_switch *s, struct vm_port *port)
{
    virtio_net_read(&s->rx.frame, 0, s->header, sizeof s->header);
    if (memcmp(s->header + SOURCE, port->mac, MAC) != 0) {
        port->forged++;
        return false;
    }
    if (!is_group(s->header) && memcmp(s->header + DESTINATION, s->mac, MAC) != 0) {
        port->misdirected++;
        return false;
    }
    return true;
}

static const struct virtio_net_frame *switch_receive(void *ctx)
{
    struct vm_switch *s = ctx;
    unsigned drops = 0;
    for (unsigned i = 0; !s->holding && i < s->num_ports && drops < MAX_DROPS;) {
        struct vm_port *port = &s->ports[(s->turn + i) % s->num_ports];
        if (!ethlink_receive(&port->recv, &s->rx)) {
            i++;
        } else if (check(s, port)) {
            privatise(s);
            port->received++;
            s->holding = port;
            s->turn = (s->turn + i + 1) % s->num_ports; /* the next one's turn comes first */
        } else {
            ethlink_release(&port->recv, &s->rx);
            drops++;
        }
    }
    return s->holding ? &s->frame : NULL;
}

static void switch_release(void *ctx)
{
    struct vm_switch *s = ctx;
    if (s->holding) {
        ethlink_release(&s->holding->recv, &s->rx);
        s->holding = NULL;
    }
}

static void switch_flush(void *ctx)
{
    struct vm_switch *s = ctx;
    for (unsigned i = 0; i < s->num_ports; i++) {
        struct vm_port *port = &s->ports[i];
        if (ethlink_should_notify(&port->send)) {
            port->notify_send();
        }
        if (ethlink_should_notify(&port->recv)) {
            port->notify_recv();
        }
    }
}

static bool switch_arm(void *ctx)
{
    struct vm_switch *s = ctx;
    bool more = s->holding != NULL;
    for (unsigned i = 0; i < s->num_ports; i++) {
        more |= ethlink_arm(&s->ports[i].send);
        more |= ethlink_arm(&s->ports[i].recv);
    }
    return more;
}

static void switch_accept(void *ctx, unsigned accepts)
{
    struct vm_switch *s = ctx;
    for (unsigned i = 0; i < s->num_ports; i++) {
        ethlink_accept(&s->ports[i].recv, accepts, VIRTIO_NET_MAX_MTU);
    }
}

static struct vmm_net_link switch_link(void *ctx)
{
    const struct vm_switch *s = ctx;
    return (struct vmm_net_link){.up = true, .mtu = s->mtu};
}

static void switch_stats(void *ctx, const char *id, const struct vmm_text *out)
{
    const struct vm_switch *s = ctx;
    vmm_text_printf(out, "%s_unknown %llu\n", id, (unsigned long long)s->unknown);
    for (unsigned i = 0; i < s->num_ports; i++) {
        const struct vm_port *port = &s->ports[i];
        const struct {
            const char *name;
            uint64_t value;
        } lines[] = {{"sent", port->sent},
                     {"received", port->received},
                     {"dropped", port->dropped},
                     {"forged", port->forged},
                     {"misdirected", port->misdirected}};
        const uint8_t *m = port->mac;
        for (unsigned j = 0; j < sizeof lines / sizeof lines[0]; j++) {
            vmm_text_printf(out, "%s_%02x:%02x:%02x:%02x:%02x:%02x_%s %llu\n", id, m[0], m[1], m[2],
                            m[3], m[4], m[5], lines[j].name, (unsigned long long)lines[j].value);
        }
    }
}

const struct vmm_net_ops network_switch_ops = {.send = switch_send,
                                               .receive = switch_receive,
                                               .release = switch_release,
                                               .flush = switch_flush,
                                               .arm = switch_arm,
                                               .accept = switch_accept,
                                               .link = switch_link,
                                               .stats = switch_stats};
