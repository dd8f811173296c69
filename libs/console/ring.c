/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <console/ring.h>
#include <string.h>

/* The peer's index, read once. Data is read or overwritten only after it (acquire). */
static uint32_t ring_peer(struct console_ring_end *end, const uint32_t *index, uint32_t invalid)
{
    uint32_t value = __atomic_load_n(index, __ATOMIC_ACQUIRE);
    if (value < CONSOLE_RING_BYTES)
        return value;
    end->faults++;
    return invalid;
}

static uint32_t ring_clamp(uint32_t index)
{
    return index < CONSOLE_RING_BYTES ? index : 0;
}

void console_ring_attach_writer(struct console_ring_end *end, struct console_ring *ring)
{
    *end = (struct console_ring_end){.ring = ring};
    if (ring != NULL)
        end->own = ring_clamp(__atomic_load_n(&ring->tail, __ATOMIC_RELAXED));
}

void console_ring_attach_reader(struct console_ring_end *end, struct console_ring *ring)
{
    *end = (struct console_ring_end){.ring = ring};
    if (ring != NULL)
        end->own = ring_clamp(__atomic_load_n(&ring->head, __ATOMIC_RELAXED));
}

size_t console_ring_space(struct console_ring_end *end)
{
    if (end->ring == NULL)
        return 0;
    /* An invalid head reads as "full": nothing is written until the consumer recovers. */
    uint32_t full = (end->own + 1) % CONSOLE_RING_BYTES;
    uint32_t head = ring_peer(end, &end->ring->head, full);
    return (head + CONSOLE_RING_BYTES - end->own - 1) % CONSOLE_RING_BYTES;
}

size_t console_ring_put(struct console_ring_end *end, const void *data, size_t size)
{
    size_t space = console_ring_space(end);
    if (size > space)
        size = space;
    if (size == 0)
        return 0;
    size_t first = CONSOLE_RING_BYTES - end->own;
    if (first > size)
        first = size;
    memcpy(end->ring->buf + end->own, data, first);
    memcpy(end->ring->buf, (const char *)data + first, size - first);
    end->own = (uint32_t)((end->own + size) % CONSOLE_RING_BYTES);
    __atomic_store_n(&end->ring->tail, end->own, __ATOMIC_RELEASE);
    return size;
}

size_t console_ring_waiting(struct console_ring_end *end)
{
    if (end->ring == NULL)
        return 0;
    uint32_t tail = ring_peer(end, &end->ring->tail, end->own);
    return (tail + CONSOLE_RING_BYTES - end->own) % CONSOLE_RING_BYTES;
}

size_t console_ring_get(struct console_ring_end *end, void *data, size_t size)
{
    size_t waiting = console_ring_waiting(end);
    if (size > waiting)
        size = waiting;
    if (size == 0)
        return 0;
    size_t first = CONSOLE_RING_BYTES - end->own;
    if (first > size)
        first = size;
    memcpy(data, end->ring->buf + end->own, first);
    memcpy((char *)data + first, end->ring->buf, size - first);
    end->own = (uint32_t)((end->own + size) % CONSOLE_RING_BYTES);
    __atomic_store_n(&end->ring->head, end->own, __ATOMIC_RELEASE);
    return size;
}
