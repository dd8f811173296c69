/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Frames through calls, one at a time in a shared page: for servers and systems without rings.
 *
 * rx(): -1 nothing, 0 the last one, 1 more. The server signals again only after it has said that
 * there is nothing more, so the page is asked until then. The page serves both directions, so a
 * received frame is copied out of it at once.
 */
#include <string.h>
#include "network.h"

static size_t page_size(const struct vm_page *p)
{
    size_t size = p->ethernet->shmem_size;
    return size < VM_PAGE_FRAME ? size : VM_PAGE_FRAME;
}

/* State of sending one frame of the guest, maybe in pieces. */
struct sending {
    struct vm_page *page;
    bool busy;
};

static bool send_piece(void *ctx, const struct virtio_net_frame *frame)
{
    struct sending *s = ctx;
    struct vm_page *p = s->page;
    if (frame->size > page_size(p)) {
        return false;
    }
    virtio_net_read(frame, 0, p->ethernet->shmem, frame->size);
    s->busy = p->ethernet->tx((int)frame->size) != 0;
    return !s->busy;
}

static enum vmm_net_result page_send(void *ctx, const struct virtio_net_frame *frame, bool last_try)
{
    struct vm_page *p = ctx;
    struct sending s = {.page = p};
    if (virtio_net_finish(frame, 0, send_piece, &s) == 0) {
        p->stalled = false;
        return VMM_NET_TAKEN;
    }
    p->stalled |= s.busy && last_try;
    /* a frame in pieces is not begun again: the guest repeats what is missing */
    if (s.busy && !p->stalled && frame->hdr.gso_type == VIRTIO_NET_GSO_NONE) {
        return VMM_NET_BUSY;
    }
    p->dropped++;
    return VMM_NET_TAKEN;
}

static void fetch(struct vm_page *p)
{
    int length = 0, result = p->ethernet->rx(&length);
    p->more = result > 0;
    if (result < 0 || length < (int)VIRTIO_NET_MIN_FRAME || (size_t)length > page_size(p)) {
        p->dropped += result >= 0;
        return;
    }
    memcpy(p->bytes, p->ethernet->shmem, (size_t)length);
    p->segment = (struct virtio_segment){p->bytes, (size_t)length};
    p->frame =
        (struct virtio_net_frame){.segments = &p->segment, .count = 1, .size = (size_t)length};
    p->holds = true;
}

static const struct virtio_net_frame *page_receive(void *ctx)
{
    struct vm_page *p = ctx;
    while (!p->holds && p->more) {
        fetch(p);
        if (!p->holds && p->more) {
            break; /* a server that gives only nonsense gets one turn at a time */
        }
    }
    return p->holds ? &p->frame : NULL;
}

static void page_release(void *ctx)
{
    ((struct vm_page *)ctx)->holds = false;
}

static void page_flush(void *ctx)
{
    (void)ctx; /* every call is its own doorbell */
}

static bool page_arm(void *ctx)
{
    const struct vm_page *p = ctx;
    return p->holds || p->more;
}

static void page_accept(void *ctx, unsigned accepts)
{
    (void)ctx, (void)accepts; /* such servers send plain frames only */
}

static struct vmm_net_link page_link(void *ctx)
{
    (void)ctx;
    return (struct vmm_net_link){.up = true, .mtu = 1500};
}

static void page_stats(void *ctx, const char *id, const struct vmm_text *out)
{
    const struct vm_page *p = ctx;
    vmm_text_printf(out, "%s_page_dropped %llu\n", id, (unsigned long long)p->dropped);
}

const struct vmm_net_ops network_page_ops = {.send = page_send,
                                             .receive = page_receive,
                                             .release = page_release,
                                             .flush = page_flush,
                                             .arm = page_arm,
                                             .accept = page_accept,
                                             .link = page_link,
                                             .stats = page_stats};

void network_page_start(struct vm_page *page, const struct vm_ethernet *ethernet)
{
    memset(page, 0, sizeof *page);
    page->ethernet = ethernet;
    page->more = true; /* the first call says whether there is anything, and asks for the signal */
}

void network_page_notified(struct vm_page *page)
{
    page->more = true;
}
