/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Gives each question back in capitals. */
#include <camkes.h>
#include <camkes/virtqueue.h>
#include <ctype.h>
#include <stdio.h>

static void answer(virtqueue_device_t *device)
{
    virtqueue_ring_object_t question;
    void *piece;
    unsigned size;
    vq_flags_t flag;
    while (virtqueue_get_available_buf(device, &question)) {
        uint32_t total = virtqueue_scattered_available_size(device, &question);
        while (!camkes_virtqueue_device_gather_buffer(device, &question, &piece, &size, &flag)) {
            for (unsigned i = 0; i < size; i++) {
                ((char *)piece)[i] = (char)toupper(((unsigned char *)piece)[i]);
            }
        }
        virtqueue_add_used_buf(device, &question, total);
    }
    device->notify();
}

int run(void)
{
    static virtqueue_device_t device;
    seL4_CPtr notification, badge;
    if (camkes_virtqueue_device_init_with_recv(&device, 0, &notification, &badge)) {
        printf("virtqueues: no queue\n");
        return 1;
    }
    for (;;) {
        seL4_Word got;
        seL4_Wait(notification, &got);
        if ((got & badge) == badge) {
            answer(&device);
        }
    }
}
