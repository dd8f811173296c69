/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the files of the virtio transport. */
#include <string.h>
#include <vmm/virtio.h>

/* BARs */
#define VIRTIO_BAR_IO     0u
#define VIRTIO_BAR_MSIX   1u
#define VIRTIO_BAR_MODERN 4u

/* transport.c: what both register layouts do. */
void virtio_reset(struct vmm_virtio *v);
void virtio_set_status(struct vmm_virtio *v, uint8_t status);
void virtio_set_features(struct vmm_virtio *v, uint64_t features);
void virtio_notify(struct vmm_virtio *v, unsigned queue);
uint8_t virtio_read_isr(struct vmm_virtio *v);
void virtio_start_queue(struct vmm_virtio *v, struct vmm_virtio_queue *q);
uint16_t virtio_check_vector(const struct vmm_virtio *v, uint64_t vector);
void virtio_config_read(struct vmm_virtio *v, uint64_t offset, struct vmm_access *a);
void virtio_config_write(struct vmm_virtio *v, uint64_t offset, const struct vmm_access *a);
/* The queue that queue_select names, or NULL. */
struct vmm_virtio_queue *virtio_selected(struct vmm_virtio *v);

/* legacy.c: BAR 0. */
void legacy_read(struct vmm_virtio *v, struct vmm_access *a);
void legacy_write(struct vmm_virtio *v, const struct vmm_access *a);

/* modern.c: BAR 4 and the capabilities. */
void modern_add_capabilities(struct vmm_virtio *v);
void modern_read(struct vmm_virtio *v, struct vmm_access *a);
void modern_write(struct vmm_virtio *v, const struct vmm_access *a);
/* The configuration access capability (4.1.4.9). */
void window_read(struct vmm_pci_function *fn, unsigned offset, unsigned size);
void window_written(struct vmm_pci_function *fn, unsigned offset, unsigned size);
