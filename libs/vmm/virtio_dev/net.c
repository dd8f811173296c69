/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The network card: identity, configuration, life cycle, when work is done. */
#include "net.h"

#define TYPE_NET     1u
#define CLASS_NET    0x020000u
#define QUEUE_SIZE   256u
#define CONTROL_SIZE 64u
#define STATUS_UP    1u
#define ANNOUNCE     2u

/* Device configuration (5.1.4). */
struct net_config {
    uint8_t mac[6];
    uint16_t status, max_pairs, mtu;
} __attribute__((packed));

static void read_config(struct vmm_virtio *v, uint8_t *image)
{
    const struct vmm_net *net = net_of(v);
    unsigned announce = net->announce ? ANNOUNCE : 0;
    struct net_config c = {.status = (uint16_t)((net->link.up ? STATUS_UP : 0) | announce),
                           .max_pairs = 1,
                           .mtu = net->link.mtu};
    memcpy(c.mac, net->config.mac, sizeof c.mac);
    memcpy(image, &c, sizeof c);
}

/* The offloads the guest accepted with its features. */
static unsigned negotiated(const struct vmm_net *net)
{
    uint64_t f = net->v.features;
    return (f & VMM_NET_F_GUEST_CSUM ? VIRTIO_NET_ACCEPT_CSUM : 0) |
           (f & VMM_NET_F_GUEST_TSO4 ? VIRTIO_NET_ACCEPT_TSO4 : 0) |
           (f & VMM_NET_F_GUEST_TSO6 ? VIRTIO_NET_ACCEPT_TSO6 : 0) |
           (f & VMM_NET_F_GUEST_ECN ? VIRTIO_NET_ACCEPT_ECN : 0);
}

void net_accept(struct vmm_net *net, unsigned accepts)
{
    net->accepts = accepts & negotiated(net);
    net->config.ops->accept(net->config.ctx, net->accepts);
}

static void arm_timer(struct vmm_net *net, struct vmm_timer *timer, uint64_t delay)
{
    struct vmm *vm = net->v.fn.dev.vm;
    vmm_timer_arm(vm, timer, vmm_now(vm) + delay);
}

/* The state of the link may have changed with whatever woke us. */
static void check_link(struct vmm_net *net)
{
    struct vmm_net_link link = net->config.ops->link(net->config.ctx);
    if (link.up != net->link.up) {
        net->link.up = link.up;
        net->announce = link.up && vmm_virtio_has(&net->v, VMM_NET_F_ANNOUNCE);
        vmm_virtio_config_changed(&net->v);
    }
}

/* All work there is, both ways, within the budget. Returns false when more is left. */
static bool work_once(struct vmm_net *net, bool last_try)
{
    const struct vmm_net_ops *ops = net->config.ops;
    bool done = net_transmit(net, last_try);
    done &= net_receive(net);
    ops->flush(net->config.ctx);
    return done;
}

/* Work, then wait, or come back after the guest has run a little. What the back end has when it is
 * armed may have come just now: one more look. If it is a frame without a buffer and a transmit
 * queue without room, both sides have been asked to notify us. */
static void work(struct vmm_net *net, bool last_try)
{
    const struct vmm_net_ops *ops = net->config.ops;
    net->tx_delayed = false;
    bool done = work_once(net, last_try), more = ops->arm(net->config.ctx);
    if (done && more && (net->tx_held || !net->rx_starved)) {
        done = work_once(net, false);
        more = ops->arm(net->config.ctx) && !net->rx_starved && !net->tx_held;
    } else {
        more = false;
    }
    if (!done || more) {
        arm_timer(net, &net->again, 0);
    }
    if (net->tx_held && !net->patience.armed) {
        arm_timer(net, &net->patience, NET_PATIENCE_NS);
    } else if (!net->tx_held) {
        vmm_timer_cancel(net->v.fn.dev.vm, &net->patience);
    }
}

static void again_fired(struct vmm_timer *timer)
{
    work(VMM_TIMER_OF(struct vmm_net, again, timer), false);
}

static void patience_fired(struct vmm_timer *timer)
{
    work(VMM_TIMER_OF(struct vmm_net, patience, timer), true);
}

static void started(struct vmm_virtio *v)
{
    struct vmm_net *net = net_of(v);
    net->tx_held = net->rx_starved = net->announce = false;
    net->link.up = net->config.ops->link(net->config.ctx).up;
    net_accept(net, VIRTIO_NET_ACCEPT_ALL);
    net_control(net);
    work(net, false);
}

static void stopped(struct vmm_virtio *v)
{
    struct vmm_net *net = net_of(v);
    net->tx_held = net->rx_starved = net->announce = false;
    net->accepts = 0;
    net->config.ops->accept(net->config.ctx, 0);
    net->tx_delayed = false;
    vmm_timer_cancel(v->fn.dev.vm, &net->patience);
    vmm_timer_cancel(v->fn.dev.vm, &net->again);
}

static void notified(struct vmm_virtio *v, unsigned queue)
{
    struct vmm_net *net = net_of(v);
    if (queue == VMM_NET_CONTROL) {
        net_control(net);
    } else if (queue == VMM_NET_RX) {
        work(net, false);
    } else if (!net->tx_held && !net->tx_delayed) { /* held: the back end says when there is room */
        virtio_queue_disable_notify(&v->queue[VMM_NET_TX].ring);
        net->tx_delayed = true;
        arm_timer(net, &net->again, NET_DELAY_NS);
    }
}

void vmm_net_idle(struct vmm_net *net)
{
    if (net->tx_delayed) {
        vmm_timer_cancel(net->v.fn.dev.vm, &net->again);
        work(net, false);
    }
}

static void poll(struct vmm_virtio *v)
{
    struct vmm_net *net = net_of(v);
    check_link(net);
    work(net, false);
}

static void dump(struct vmm_virtio *v, const struct vmm_text *out)
{
    const struct vmm_net *net = net_of(v);
    const uint8_t *m = net->config.mac;
    vmm_text_printf(out, "  mac %02x:%02x:%02x:%02x:%02x:%02x link %s accepts %x%s%s\n", m[0], m[1],
                    m[2], m[3], m[4], m[5], net->link.up ? "up" : "down", net->accepts,
                    net->tx_held ? " transmit held" : "", net->rx_starved ? " no buffers" : "");
}

static void stats(struct vmm_virtio *v, const struct vmm_text *out)
{
    const struct vmm_net *net = net_of(v);
    const struct vmm_net_stats *s = &net->stats;
    const struct {
        const char *name;
        uint64_t value;
    } lines[] = {{"tx_frames", s->tx_frames},       {"tx_bytes", s->tx_bytes},
                 {"rx_frames", s->rx_frames},       {"rx_bytes", s->rx_bytes},
                 {"tx_malformed", s->tx_malformed}, {"tx_stalls", s->tx_stalls},
                 {"rx_no_driver", s->rx_no_driver}, {"rx_no_buffer", s->rx_no_buffer},
                 {"rx_dropped", s->rx_dropped}};
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        vmm_text_printf(out, "%s_%s %llu\n", v->fn.dev.id, lines[i].name,
                        (unsigned long long)lines[i].value);
    }
    if (net->config.ops->stats) {
        net->config.ops->stats(net->config.ctx, v->fn.dev.id, out);
    }
}

static const struct vmm_virtio_ops net_ops = {.name = "virtio-net",
                                              .config = read_config,
                                              .started = started,
                                              .stopped = stopped,
                                              .notified = notified,
                                              .poll = poll,
                                              .dump = dump,
                                              .stats = stats};

int vmm_net_create(struct vmm_net *net, struct vmm_pci *pci, const struct vmm_net_config *config)
{
    memset(net, 0, sizeof *net);
    net->config = *config;
    net->link = config->ops->link(config->ctx);
    net->again.fire = again_fired;
    net->patience.fire = patience_fired;
    const struct vmm_virtio_config vc = {
        .id = config->id,
        .kind = config->kind,
        .type = TYPE_NET,
        .class_code = CLASS_NET,
        .features = VMM_NET_F_CSUM | VMM_NET_F_GUEST_CSUM | VMM_NET_F_GUEST_OFFLOADS |
                    VMM_NET_F_MAC | VMM_NET_F_GUEST_TSO4 | VMM_NET_F_GUEST_TSO6 |
                    VMM_NET_F_GUEST_ECN | VMM_NET_F_HOST_TSO4 | VMM_NET_F_HOST_TSO6 |
                    VMM_NET_F_HOST_ECN | VMM_NET_F_MRG_RXBUF | VMM_NET_F_STATUS |
                    VMM_NET_F_CTRL_VQ | VMM_NET_F_CTRL_RX | VMM_NET_F_ANNOUNCE |
                    (net->link.mtu ? VMM_NET_F_MTU : 0),
        .num_queues = 3,
        .queue_size = {QUEUE_SIZE, QUEUE_SIZE, CONTROL_SIZE},
        .config_size = sizeof(struct net_config)};
    if (vmm_virtio_init(&net->v, &net_ops, &vc) != 0) {
        return -1;
    }
    return vmm_virtio_add(pci, &net->v);
}
