/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Asks both neighbours, in one buffer and in pieces, and checks the answers. */
#include <camkes.h>
#include <camkes/virtqueue.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 300u
#define LONG   1000u

static virtqueue_driver_t queues[2];
static seL4_CPtr notification[2], badge[2];
static unsigned wakeups[2];

static char letter(unsigned round, unsigned i)
{
    return (char)('a' + (round + i * 7) % 26);
}

static int send(virtqueue_driver_t *queue, unsigned round, unsigned n)
{
    static char text[LONG];
    void *buffer;
    for (unsigned i = 0; i < n; i++) {
        text[i] = letter(round, i);
    }
    if (round % 2) {
        return camkes_virtqueue_driver_scatter_send_buffer(queue, text, n);
    }
    if (camkes_virtqueue_buffer_alloc(queue, &buffer, n)) {
        return -1;
    }
    memcpy(buffer, text, n);
    return camkes_virtqueue_driver_send_buffer(queue, buffer, n);
}

static int check(virtqueue_driver_t *queue, unsigned round, unsigned n)
{
    static char answer[LONG];
    virtqueue_ring_object_t object;
    uint32_t written;
    if (!virtqueue_get_used_buf(queue, &object, &written) || written != n ||
        camkes_virtqueue_driver_gather_copy_buffer(queue, &object, answer, n)) {
        return -1;
    }
    for (unsigned i = 0; i < n; i++) {
        if (answer[i] != toupper((unsigned char)letter(round, i))) {
            return -1;
        }
    }
    return 0;
}

/* Both have answered; each signals with a badge of its own. */
static void wait_for_both(void)
{
    while (!VQ_DRV_POLL(&queues[0]) || !VQ_DRV_POLL(&queues[1])) {
        seL4_Word got;
        seL4_Wait(notification[0], &got);
        for (unsigned q = 0; q < 2; q++) {
            wakeups[q] += (got & badge[q]) == badge[q];
        }
    }
}

static int ask(unsigned round)
{
    unsigned n = 1 + round * 13 % LONG;
    for (unsigned q = 0; q < 2; q++) {
        if (send(&queues[q], round + q, n)) {
            return -1;
        }
        queues[q].notify();
    }
    wait_for_both();
    return check(&queues[0], round, n) | check(&queues[1], round + 1, n);
}

int run(void)
{
    if (camkes_virtqueue_channel_num() != 2 || camkes_virtqueue_get_id_from_name("second") != 1 ||
        second_get_size() != 0x4000 || second_notification_badge() == first_notification_badge()) {
        printf("virtqueues: wrong channels\n");
        return 1;
    }
    for (unsigned q = 0; q < 2; q++) {
        if (camkes_virtqueue_driver_init_with_recv(&queues[q], q, &notification[q], &badge[q])) {
            printf("virtqueues: no queue %u\n", q);
            return 1;
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (ask(round)) {
            printf("virtqueues: wrong answer in round %u\n", round);
            return 1;
        }
    }
    if (!wakeups[0] || !wakeups[1]) {
        printf("virtqueues: no signal from one of them\n");
        return 1;
    }
    printf("virtqueues: %u questions answered\n", 2 * ROUNDS);
    return 0;
}
