/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* A driver at the model of its controller, for the tests; what each test begins and ends with. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"

/** Descriptors of the smallest rings. */
enum { RX_COUNT = 32, TX_COUNT = 16 };

/** A controller and its driver. */
struct bench {
    struct model *m;
    struct nic nic;
    struct nic_config config;
};

/** Both, not started; memory for so many receive descriptors. */
static inline struct bench *make(enum nic_model kind, unsigned descriptors)
{
    struct bench *b = calloc(1, sizeof(*b));
    b->m = malloc(sizeof(*b->m));
    model_init(b->m, kind);
    b->m->memory_size = nic_memory(descriptors);
    b->m->memory = aligned_alloc(128, b->m->memory_size);
    b->m->address = 0x1234500000;
    b->config = (struct nic_config){.model = kind,
                                    .io = model_io(b->m),
                                    .memory = b->m->memory,
                                    .address = b->m->address,
                                    .memory_size = b->m->memory_size,
                                    .mtu = 1500,
                                    .moderation_us = 100};
    return b;
}

/** Started; *state is the kind of controller. */
static inline struct bench *start(void **state, unsigned descriptors)
{
    struct bench *b = make(*(const enum nic_model *)*state, descriptors);
    assert_int_equal(nic_init(&b->nic, &b->config), NIC_OK);
    return b;
}

/** Frees them. */
static inline void finish(struct bench *b)
{
    model_free(b->m);
    free(b);
}

/** Makes a frame to an address, its bytes by `seed`. */
static inline void fill(uint8_t *frame, size_t size, const char *to, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        frame[i] = (uint8_t)(i * 7 + seed);
    memcpy(frame, to, 6);
    memcpy(frame + 12, "\x08\x00", 2);
}

/** Sends a frame in one piece without offloads. */
static inline enum nic_status send(struct bench *b, const uint8_t *frame, size_t size)
{
    struct nic_piece piece = {frame, size};
    return nic_send(&b->nic, &(struct nic_frame){.pieces = &piece, .count = 1});
}

/** A test with each kind of controller; `kinds` is the list of them. */
#define FOR(test, kind)                                                                            \
    {                                                                                              \
#test " " #kind, test, NULL, NULL, (void *)&kinds[kind]                                    \
    }
#define ALL(test) FOR(test, NIC_82574), FOR(test, NIC_82576), FOR(test, NIC_82580)
