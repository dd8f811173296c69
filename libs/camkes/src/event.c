/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The to-end of seL4Notification: an interface thread takes signals from the kernel and hands
 * each to a registered callback (once) or to whoever waits or polls. Callbacks win over waiters.
 */
#include "sync_kernel.h"

void camkes_event_wait(struct camkes_event *event)
{
    camkes_sync_wait(&event->handoff);
}

int camkes_event_poll(struct camkes_event *event)
{
    return camkes_sync_trywait(&event->handoff) == 0;
}

int camkes_event_reg_callback(struct camkes_event *event, void (*callback)(void *), void *arg)
{
    camkes_sync_wait(&event->lock);
    if (event->callback != NULL) {
        camkes_sync_post(&event->lock);
        return -1;
    }
    bool pending = camkes_sync_trywait(&event->handoff) == 0;
    if (!pending) {
        event->callback = callback;
        event->argument = arg;
    }
    camkes_sync_post(&event->lock);
    if (pending)
        callback(arg);
    return 0;
}

/* One signal: the callback to run, or NULL after posting to the waiters. */
static void (*event_take_callback(struct camkes_event *event, void **argument))(void *)
{
    camkes_sync_wait(&event->lock);
    void (*callback)(void *) = event->callback;
    *argument = event->argument;
    event->callback = NULL;
    if (callback == NULL)
        camkes_sync_post(&event->handoff);
    camkes_sync_post(&event->lock);
    return callback;
}

void camkes_event_run(struct camkes_event *event, void (*handle)(void))
{
    for (;;) {
        camkes_sync_sleep(event->notification);
        if (handle != NULL) {
            handle();
            continue;
        }
        void *argument;
        void (*callback)(void *) = event_take_callback(event, &argument);
        if (callback != NULL)
            callback(argument);
    }
}
