/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A guest that writes anything anywhere: registers, configuration space, and the memory its queues
 * lie in. The back end sends every frame back to the guest.
 */
#include "test_driver.h"
#include "net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct loop {
    uint8_t bytes[VIRTIO_NET_MAX_FRAME];
    struct virtio_segment segment;
    struct virtio_net_frame frame;
    bool full;
};

static enum vmm_net_result loop_send(void *ctx, const struct virtio_net_frame *frame, bool last_try)
{
    struct loop *l = ctx;
    if (l->full) {
        return last_try ? VMM_NET_TAKEN : VMM_NET_BUSY;
    }
    if (!virtio_net_valid(&frame->hdr, frame->size)) {
        abort();
    }
    l->frame = *frame;
    l->segment = (struct virtio_segment){l->bytes, frame->size};
    l->frame.segments = &l->segment;
    l->frame.count = 1;
    if (virtio_net_read(frame, 0, l->bytes, sizeof l->bytes) != frame->size) {
        abort();
    }
    l->full = true;
    return VMM_NET_TAKEN;
}

static const struct virtio_net_frame *loop_receive(void *ctx)
{
    struct loop *l = ctx;
    return l->full ? &l->frame : NULL;
}

static void loop_release(void *ctx)
{
    ((struct loop *)ctx)->full = false;
}

static void loop_flush(void *ctx)
{
    (void)ctx;
}

static bool loop_arm(void *ctx)
{
    return ((struct loop *)ctx)->full;
}

static void loop_accept(void *ctx, unsigned accepts)
{
    (void)ctx, (void)accepts;
}

static struct vmm_net_link loop_link(void *ctx)
{
    return (struct vmm_net_link){.up = !((struct loop *)ctx)->full};
}

static const struct vmm_net_ops loop_ops = {.send = loop_send,
                                            .receive = loop_receive,
                                            .release = loop_release,
                                            .flush = loop_flush,
                                            .arm = loop_arm,
                                            .accept = loop_accept,
                                            .link = loop_link};

static void bring_up(struct test_guest *g, uint64_t features)
{
    guest_negotiate(g, features | VMM_VIRTIO_F_VERSION_1);
    for (unsigned i = 0; i < 3; i++) {
        guest_modern_queue(g, i, i == 2 ? 16 : 32, features & VMM_VIRTIO_F_EVENT_IDX);
    }
    common_write(g, 20, 15, 1);
}

static void act(struct test_guest *g, const uint8_t *d)
{
    uint32_t at = (d[1] | (uint32_t)d[2] << 8) % 0x2000, value = d[3] | (uint32_t)d[4] << 8;
    switch (d[0] & 15u) {
    case 0: /* registers */
    case 1:
        guest_write(g, VMM_SPACE_MMIO, g->common + (at & 0x3fu), value, 1u << (d[5] & 3));
        break;
    case 2:
        guest_write(g, VMM_SPACE_IO, g->io + (at & 0x3fu), value, 1u << (d[5] % 3));
        guest_read(g, VMM_SPACE_IO, g->io + (at & 0x3fu), 1u << (d[5] % 3));
        break;
    case 3:
        guest_write(g, VMM_SPACE_MMIO, guest_config(at & 0xfcu), value | value << 16, 4);
        guest_read(g, VMM_SPACE_MMIO, guest_config(at & 0xffu), 4);
        break;
    case 4:
        guest_read(g, VMM_SPACE_MMIO, g->common + (at | (d[5] & 3u) << 12), 1u << (d[5] & 3));
        break;
    case 5: /* memory of the queues */
    case 6:
    case 7:
        memcpy(g->ram + TEST_QUEUES + (d[5] & 3u) * 0x10000u + at, &value, 2);
        break;
    case 8:
        bring_up(g,
                 (uint64_t)d[1] | (uint64_t)d[2] << 8 | (uint64_t)d[3] << 16 | (d[4] & 3ull) << 28);
        break;
    case 9:
        g->machine->now += 50000000;
        test_run_timers(g->machine);
        break;
    case 10:
        vmm_poll_devices(g->vm);
        break;
    default: /* an honest buffer */
        guest_offer(g, d[1] % 3, at * 8, d[1] % 3 ? 60 + value % 3000 : 0,
                    d[1] % 3 == 1 ? 0 : 1600);
        virtio_driver_publish(&g->queue[d[1] % 3]);
        guest_write(g, VMM_SPACE_IO, g->notify, d[1] % 3, 2);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct vmm_net net;
    static struct loop loop;
    struct test_guest *g = test_guest_new();
    const struct vmm_net_config config = {
        .id = "net0", .mac = {2, 0, 0, 0, 0, 1}, .ops = &loop_ops, .ctx = &loop};
    memset(&loop, 0, sizeof loop);
    if (vmm_net_create(&net, &g->pci, &config) != 0) {
        abort();
    }
    test_guest_find(g);
    bring_up(g, VMM_VIRTIO_F_EVENT_IDX | (n ? data[0] & 3ull : 0) | VMM_NET_F_MRG_RXBUF);
    for (size_t i = 0; i + 6 <= n; i += 6) {
        act(g, data + i);
    }
    test_guest_free(g);
    return 0;
}
