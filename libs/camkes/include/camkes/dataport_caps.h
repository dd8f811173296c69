/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Dataports whose frames the component holds capabilities to (seL4SharedDataWithCaps). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sel4/sel4.h>

/** One such dataport; generated code defines `<interface>_handle`. */
typedef struct {
    seL4_CPtr first_frame;  /**< capability of the first frame; the others follow */
    unsigned num_frames;    /**< frames of the dataport */
    size_t frame_size_bits; /**< log2 of the bytes per frame */
    size_t size;            /**< bytes of the dataport */
    seL4_Word id;           /**< setting `<interface>_id` */
    bool writable;          /**< the component may write */
    uintptr_t vaddr;        /**< where the component sees it */
} dataport_caps_handle_t;

/** Capability of frame `n`; 0 outside the dataport. */
static inline seL4_CPtr dataport_get_nth_frame_cap(const dataport_caps_handle_t *d, unsigned n)
{
    return n < d->num_frames ? d->first_frame + n : 0;
}

/** Number of frames. */
static inline unsigned dataport_get_num_frame_caps(const dataport_caps_handle_t *d)
{
    return d->num_frames;
}

/** All frame capabilities in a new array, for dataport_free_frame_caps(); NULL: out of memory. */
static inline seL4_CPtr *dataport_get_frame_caps(const dataport_caps_handle_t *d)
{
    seL4_CPtr *caps = calloc(d->num_frames, sizeof *caps);
    for (unsigned i = 0; caps && i < d->num_frames; i++)
        caps[i] = d->first_frame + i;
    return caps;
}

/** Frees what dataport_get_frame_caps() returned. */
static inline void dataport_free_frame_caps(const dataport_caps_handle_t *d, seL4_CPtr *caps)
{
    (void)d;
    free(caps);
}

/** The setting `<interface>_id`: how a guest knows this dataport. */
static inline seL4_Word dataport_get_id(const dataport_caps_handle_t *d)
{
    return d->id;
}

/** Bytes of the dataport. */
static inline size_t dataport_get_size(const dataport_caps_handle_t *d)
{
    return d->size;
}

/** log2 of the bytes per frame. */
static inline size_t dataport_get_frame_size_bits(const dataport_caps_handle_t *d)
{
    return d->frame_size_bits;
}

/** What the component may do with the memory. */
static inline seL4_CapRights_t dataport_get_rights(const dataport_caps_handle_t *d)
{
    return seL4_CapRights_new(0, 0, 1, d->writable);
}
