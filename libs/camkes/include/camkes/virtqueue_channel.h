/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Channels of the connector seL4VirtQueues: shared memory with one other component, and signals
 * both ways. Generated code registers one for each connected end before run(); camkes/virtqueue.h
 * has rings in them.
 */
#include <stddef.h>
#include <sel4/sel4.h>

/** Most channels of a component; ids are below. */
#define CAMKES_VIRTQUEUE_MAX_CHANNELS 100u

/** Which side of the rings this component is. */
enum camkes_virtqueue_role { CAMKES_VIRTQUEUE_DRIVER, CAMKES_VIRTQUEUE_DEVICE };

/** A channel. */
struct camkes_virtqueue_channel {
    unsigned id;      /**< setting X_id */
    const char *name; /**< of the interface */
    enum camkes_virtqueue_role role;
    unsigned queue_length;  /**< setting queue_length of the connection */
    void *buffer;           /**< shared with the other side only */
    size_t size;            /**< bytes, setting X_shmem_size */
    void (*notify)(void);   /**< signal the other side */
    seL4_CPtr notification; /**< where its signals arrive */
    seL4_Word badge;        /**< bits they set */
    struct camkes_virtqueue_channel *next;
};

/** Called by generated code. */
void camkes_virtqueue_channel_register(struct camkes_virtqueue_channel *channel);
/** The channel of an id, NULL when there is none. */
const struct camkes_virtqueue_channel *camkes_virtqueue_channel_find(unsigned id);
/** The first channel in a list of all, linked by `next`. */
const struct camkes_virtqueue_channel *camkes_virtqueue_channels(void);
