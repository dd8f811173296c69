/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Device side of a split virtqueue. The driver's words are read with one load each into locals; no
 * decision is made on a second read.
 */
#include <string.h>
#include <virtio/queue.h>

static uint16_t load16(const uint16_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static uint16_t load16_acquire(const uint16_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/* Both halves of a descriptor, each read once. A driver that changes it between the halves gets
 * what it put together. */
static struct virtio_desc load_desc(const struct virtio_desc *p)
{
    const uint64_t *words = (const uint64_t *)(const void *)p;
    uint64_t raw[2] = {__atomic_load_n(&words[0], __ATOMIC_RELAXED),
                       __atomic_load_n(&words[1], __ATOMIC_RELAXED)};
    struct virtio_desc desc;
    memcpy(&desc, raw, sizeof desc);
    return desc;
}

static uint16_t *avail_event(const struct virtio_queue *q)
{
    return (uint16_t *)(void *)&q->used->ring[q->size];
}

static void *map(const struct virtio_queue *q, uint64_t address, size_t n)
{
    return q->memory.map(q->memory.ctx, address, n);
}

int virtio_queue_start(struct virtio_queue *q, const struct virtio_memory *memory,
                       const struct virtio_queue_config *config)
{
    unsigned n = config->size;
    *q = (struct virtio_queue){
        .memory = *memory, .event_index = config->event_index, .indirect = config->indirect};
    if (n == 0 || n > VIRTIO_MAX_QUEUE || (n & (n - 1)) || config->desc % 16 || config->avail % 2 ||
        config->used % 4) {
        return -1;
    }
    q->desc = map(q, config->desc, virtio_desc_bytes(n));
    q->avail = map(q, config->avail, virtio_avail_bytes(n));
    q->used = map(q, config->used, virtio_used_bytes(n));
    if (!q->desc || !q->avail || !q->used) {
        return -1;
    }
    q->size = (uint16_t)n;
    return 0;
}

void virtio_queue_stop(struct virtio_queue *q)
{
    memset(q, 0, sizeof *q);
}

bool virtio_queue_running(const struct virtio_queue *q)
{
    return q->size != 0 && !q->broken;
}

static int broken(struct virtio_queue *q)
{
    q->broken = true;
    return -1;
}

unsigned virtio_queue_waiting(const struct virtio_queue *q)
{
    if (!virtio_queue_running(q)) {
        return 0;
    }
    uint16_t n = (uint16_t)(load16_acquire(&q->avail->index) - q->last_avail);
    return n <= q->size ? n : q->size;
}

/* Where the walk along a chain is. */
struct walk {
    const struct virtio_desc *table;
    unsigned size; /* entries of the table */
    unsigned left; /* steps that are still allowed: a chain cannot be longer than its table */
};

static bool add_segment(const struct virtio_queue *q, struct virtio_chain *chain,
                        const struct virtio_desc *d)
{
    bool write = d->flags & VIRTIO_DESC_WRITE;
    unsigned n = chain->num_out + chain->num_in;
    if ((!write && chain->num_in) || n == VIRTIO_MAX_SEGMENTS) {
        return false; /* pieces to read come first */
    }
    if (d->size == 0) {
        return true; /* of no use, but no harm */
    }
    uint8_t *data = map(q, d->address, d->size);
    if (!data) {
        return false;
    }
    chain->segments[n] = (struct virtio_segment){data, d->size};
    if (write) {
        chain->num_in++;
        chain->in_bytes += d->size;
    } else {
        chain->num_out++;
        chain->out_bytes += d->size;
    }
    return true;
}

/* An indirect descriptor: the chain goes on in a table of its own, where indirection ends. */
static bool enter_table(const struct virtio_queue *q, struct walk *w, const struct virtio_desc *d)
{
    unsigned n = d->size / sizeof(struct virtio_desc);
    if (!q->indirect || w->table != q->desc || (d->flags & VIRTIO_DESC_NEXT) || n == 0 ||
        n > VIRTIO_MAX_QUEUE || d->size % sizeof(struct virtio_desc) || d->address % 8) {
        return false;
    }
    w->table = map(q, d->address, d->size);
    w->size = w->left = n;
    return w->table != NULL;
}

static bool walk_chain(const struct virtio_queue *q, struct virtio_chain *chain)
{
    struct walk w = {.table = q->desc, .size = q->size, .left = q->size};
    unsigned at = chain->head;
    for (;;) {
        if (at >= w.size || w.left == 0) {
            return false;
        }
        w.left--;
        struct virtio_desc d = load_desc(&w.table[at]);
        if (d.flags & VIRTIO_DESC_INDIRECT) {
            if (!enter_table(q, &w, &d)) {
                return false;
            }
            at = 0;
            continue;
        }
        if (!add_segment(q, chain, &d)) {
            return false;
        }
        if (!(d.flags & VIRTIO_DESC_NEXT)) {
            return true;
        }
        at = d.next;
    }
}

int virtio_queue_pop(struct virtio_queue *q, struct virtio_chain *chain)
{
    if (!virtio_queue_running(q)) {
        return q->broken ? -1 : 0;
    }
    uint16_t n = (uint16_t)(load16_acquire(&q->avail->index) - q->last_avail);
    if (n == 0) {
        return 0;
    }
    if (n > q->size) {
        return broken(q);
    }
    chain->head = load16(&q->avail->ring[q->last_avail & (q->size - 1u)]);
    chain->num_out = chain->num_in = 0;
    chain->out_bytes = chain->in_bytes = 0;
    if (!walk_chain(q, chain)) {
        return broken(q);
    }
    q->last_avail++;
    return 1;
}

void virtio_queue_unpop(struct virtio_queue *q, unsigned n)
{
    q->last_avail = (uint16_t)(q->last_avail - n);
}

void virtio_queue_push(struct virtio_queue *q, uint16_t head, uint32_t written)
{
    if (virtio_queue_running(q)) {
        struct virtio_used_entry *entry = &q->used->ring[q->next_used & (q->size - 1u)];
        __atomic_store_n(&entry->id, head, __ATOMIC_RELAXED);
        __atomic_store_n(&entry->written, written, __ATOMIC_RELAXED);
        q->next_used++;
    }
}

void virtio_queue_publish(struct virtio_queue *q)
{
    if (virtio_queue_running(q)) {
        __atomic_store_n(&q->used->index, q->next_used, __ATOMIC_RELEASE);
    }
}

bool virtio_queue_should_notify(struct virtio_queue *q)
{
    if (!virtio_queue_running(q)) {
        return false;
    }
    uint16_t before = q->notified;
    q->notified = q->next_used;
    if (before == q->next_used) {
        return false;
    }
    /* The used index must be out before the driver's wish is read: else both could wait. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!q->event_index) {
        return !(load16(&q->avail->flags) & VIRTIO_AVAIL_NO_INTERRUPT);
    }
    uint16_t event = load16(&q->avail->ring[q->size]);
    return virtio_need_event(event, q->next_used, before);
}

bool virtio_queue_enable_notify_after(struct virtio_queue *q, unsigned count)
{
    if (!virtio_queue_running(q)) {
        return false;
    }
    if (q->event_index) {
        uint16_t event = (uint16_t)(q->last_avail + count - 1u);
        __atomic_store_n(avail_event(q), event, __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(&q->used->flags, (uint16_t)0, __ATOMIC_RELAXED);
    }
    /* The wish must be out before the index is read again: else both could wait. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return (uint16_t)(load16_acquire(&q->avail->index) - q->last_avail) >= count;
}

bool virtio_queue_enable_notify(struct virtio_queue *q)
{
    return virtio_queue_enable_notify_after(q, 1);
}

void virtio_queue_disable_notify(struct virtio_queue *q)
{
    if (!virtio_queue_running(q)) {
        return;
    }
    if (q->event_index) { /* half a turn of the index away */
        __atomic_store_n(avail_event(q), (uint16_t)(q->last_avail + 0x8000u), __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(&q->used->flags, (uint16_t)VIRTIO_USED_NO_NOTIFY, __ATOMIC_RELAXED);
    }
}
