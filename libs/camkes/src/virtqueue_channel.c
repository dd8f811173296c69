/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The list of channels. Registration happens in constructors, before any thread but one runs. */
#include <camkes/virtqueue_channel.h>

static struct camkes_virtqueue_channel *channels;

void camkes_virtqueue_channel_register(struct camkes_virtqueue_channel *channel)
{
    channel->next = channels;
    channels = channel;
}

const struct camkes_virtqueue_channel *camkes_virtqueue_channel_find(unsigned id)
{
    const struct camkes_virtqueue_channel *channel = channels;
    while (channel && channel->id != id)
        channel = channel->next;
    return channel;
}

const struct camkes_virtqueue_channel *camkes_virtqueue_channels(void)
{
    return channels;
}
