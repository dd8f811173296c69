/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Driver side of a split virtqueue. Nothing the device can write is trusted: descriptors are
 * written from private state, used entries are checked against it.
 */
#include <string.h>
#include <virtio/driver.h>

static uint16_t *used_event(const struct virtio_driver *d)
{
    return &d->ring.avail->ring[d->ring.size];
}

static uint16_t avail_event(const struct virtio_driver *d)
{
    const uint16_t *event = (const uint16_t *)(const void *)&d->ring.used->ring[d->ring.size];
    return __atomic_load_n(event, __ATOMIC_RELAXED);
}

int virtio_driver_start(struct virtio_driver *d, const struct virtio_driver_config *config)
{
    unsigned n = config->size;
    *d = (struct virtio_driver){.ring = *config};
    if (n == 0 || n > VIRTIO_MAX_QUEUE || (n & (n - 1))) {
        d->broken = true;
        return -1;
    }
    memset(config->desc, 0, virtio_desc_bytes(n));
    memset(config->avail, 0, virtio_avail_bytes(n));
    for (unsigned i = 0; i < n; i++) {
        config->slots[i] = (struct virtio_driver_slot){.next = (uint16_t)(i + 1)};
    }
    d->num_free = (uint16_t)n;
    return 0;
}

static void write_desc(struct virtio_desc *to, const struct virtio_piece *piece, unsigned flags,
                       uint16_t next)
{
    *to = (struct virtio_desc){
        .address = piece->address, .size = piece->size, .flags = (uint16_t)flags, .next = next};
}

/* Write the pieces into a table: the queue's own along the free list, or an indirect one in a
 * row. Returns the entry after the last one. */
static uint16_t write_pieces(struct virtio_driver *d, const struct virtio_offer *offer)
{
    unsigned n = offer->num_out + offer->num_in;
    uint16_t at = offer->table ? 0 : d->free_head;
    for (unsigned i = 0; i < n; i++) {
        uint16_t next = offer->table ? (uint16_t)(i + 1) : d->ring.slots[at].next;
        bool last = i + 1 == n;
        unsigned flags =
            (last ? 0 : VIRTIO_DESC_NEXT) | (i < offer->num_out ? 0 : VIRTIO_DESC_WRITE);
        struct virtio_desc *table = offer->table ? offer->table : d->ring.desc;
        write_desc(&table[at], &offer->pieces[i], flags, last ? 0 : next);
        at = next;
    }
    return at;
}

static uint32_t in_bytes(const struct virtio_offer *offer)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < offer->num_in; i++) {
        sum += offer->pieces[offer->num_out + i].size;
    }
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

int virtio_driver_add(struct virtio_driver *d, const struct virtio_offer *offer)
{
    unsigned n = offer->num_out + offer->num_in, used = offer->table ? 1 : n;
    if (d->broken || n == 0 || n > VIRTIO_MAX_QUEUE || used > d->num_free) {
        return -1;
    }
    uint16_t head = d->free_head, next = write_pieces(d, offer);
    if (offer->table) {
        const struct virtio_piece table = {offer->table_address,
                                           (uint32_t)(n * sizeof(struct virtio_desc))};
        next = d->ring.slots[head].next;
        write_desc(&d->ring.desc[head], &table, VIRTIO_DESC_INDIRECT, 0);
    }
    struct virtio_driver_slot *slot = &d->ring.slots[head];
    slot->count = (uint16_t)used;
    slot->token = offer->token;
    slot->in_bytes = in_bytes(offer);
    d->free_head = next;
    d->num_free = (uint16_t)(d->num_free - used);
    d->in_flight++;
    d->ring.avail->ring[d->next_avail++ & (d->ring.size - 1u)] = head;
    return 0;
}

void virtio_driver_publish(struct virtio_driver *d)
{
    if (!d->broken) {
        __atomic_store_n(&d->ring.avail->index, d->next_avail, __ATOMIC_RELEASE);
    }
}

bool virtio_driver_should_kick(struct virtio_driver *d)
{
    uint16_t before = d->kicked;
    d->kicked = d->next_avail;
    if (d->broken || before == d->next_avail) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* publish before the device's wish is read */
    if (!d->ring.event_index) {
        return !(__atomic_load_n(&d->ring.used->flags, __ATOMIC_RELAXED) & VIRTIO_USED_NO_NOTIFY);
    }
    return virtio_need_event(avail_event(d), d->next_avail, before);
}

unsigned virtio_driver_waiting(const struct virtio_driver *d)
{
    if (d->broken) {
        return 0;
    }
    uint16_t index = __atomic_load_n(&d->ring.used->index, __ATOMIC_ACQUIRE);
    uint16_t n = (uint16_t)(index - d->last_used);
    return n <= d->in_flight ? n : d->in_flight;
}

/* Put a chain back on the free list. */
static void free_chain(struct virtio_driver *d, uint16_t head)
{
    struct virtio_driver_slot *slots = d->ring.slots;
    uint16_t last = head, count = slots[head].count;
    for (unsigned i = 1; i < count; i++) {
        last = slots[last].next;
    }
    slots[last].next = d->free_head;
    slots[head].count = 0;
    d->free_head = head;
    d->num_free = (uint16_t)(d->num_free + count);
}

int virtio_driver_take(struct virtio_driver *d, uint32_t *token, uint32_t *written)
{
    if (d->broken) {
        return -1;
    }
    uint16_t index = __atomic_load_n(&d->ring.used->index, __ATOMIC_ACQUIRE);
    uint16_t n = (uint16_t)(index - d->last_used);
    if (n == 0) {
        return 0;
    }
    const struct virtio_used_entry *entry = &d->ring.used->ring[d->last_used & (d->ring.size - 1u)];
    uint32_t id = __atomic_load_n(&entry->id, __ATOMIC_RELAXED);
    uint32_t bytes = __atomic_load_n(&entry->written, __ATOMIC_RELAXED);
    if (n > d->in_flight || id >= d->ring.size || d->ring.slots[id].count == 0 ||
        bytes > d->ring.slots[id].in_bytes) {
        d->broken = true;
        return -1;
    }
    *token = d->ring.slots[id].token;
    *written = bytes;
    free_chain(d, (uint16_t)id);
    d->in_flight--;
    d->last_used++;
    return 1;
}

bool virtio_driver_enable_interrupt_after(struct virtio_driver *d, unsigned count)
{
    if (d->broken) {
        return false;
    }
    if (d->ring.event_index) {
        uint16_t event = (uint16_t)(d->last_used + count - 1u);
        __atomic_store_n(used_event(d), event, __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(&d->ring.avail->flags, (uint16_t)0, __ATOMIC_RELAXED);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* the wish before the index is read again */
    uint16_t index = __atomic_load_n(&d->ring.used->index, __ATOMIC_ACQUIRE);
    return (uint16_t)(index - d->last_used) >= count;
}

bool virtio_driver_enable_interrupt(struct virtio_driver *d)
{
    return virtio_driver_enable_interrupt_after(d, 1);
}

void virtio_driver_disable_interrupt(struct virtio_driver *d)
{
    if (d->broken) {
        return;
    }
    if (d->ring.event_index) { /* half a turn of the index away */
        __atomic_store_n(used_event(d), (uint16_t)(d->last_used + 0x8000u), __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(&d->ring.avail->flags, (uint16_t)VIRTIO_AVAIL_NO_INTERRUPT,
                         __ATOMIC_RELAXED);
    }
}
