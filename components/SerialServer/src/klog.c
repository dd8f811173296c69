/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "klog.h"

void klog_init(struct klog *log, const struct klog_ring *ring, size_t mapped)
{
    *log = (struct klog){.ring = ring};
    if (ring == NULL || mapped <= sizeof(*ring))
        return;
    log->size = __atomic_load_n(&ring->size, __ATOMIC_RELAXED);
    if (log->size > mapped - sizeof(*ring))
        log->size = mapped - sizeof(*ring);
    /* What was written before is on the serial line already: the kernel used it until now. */
    log->read = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
}

size_t klog_read(struct klog *log, char *data, size_t size)
{
    if (log->size == 0)
        return 0;
    uint64_t written = __atomic_load_n(&log->ring->written, __ATOMIC_ACQUIRE);
    if (written - log->read > log->size) {
        log->lost += written - log->read - log->size;
        log->read = written - log->size;
    }
    size_t taken = 0;
    while (taken < size && log->read != written)
        data[taken++] = log->ring->data[log->read++ % log->size];
    return taken;
}
