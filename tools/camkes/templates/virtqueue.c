/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*? c.banner("Virtqueue " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>
#include <camkes/virtqueue_channel.h>

seL4_CPtr /*? X ?*/_notification(void)
{
    return /*? me.notification ?*/;
}

seL4_Word /*? X ?*/_notification_badge(void)
{
    return /*? c.hex(me.notification_badge) ?*/;
}

size_t /*? X ?*/_get_size(void)
{
    return /*? me.size ?*/;
}

static void camkes_notify(void)
{
/*- for _, target in ipairs(me.targets) do -*/
    seL4_Signal(/*? target ?*/);
/*- end -*/
}

static struct camkes_virtqueue_channel camkes_channel = {
    .id = /*? me.id ?*/,
    .name = /*? c.quote(X) ?*/,
    .role = /*? me.role == 1 and "CAMKES_VIRTQUEUE_DRIVER" or "CAMKES_VIRTQUEUE_DEVICE" ?*/,
    .queue_length = /*? me.queue_length ?*/,
    .buffer = (void *)/*? c.hex(me.vaddr) ?*/,
    .size = /*? me.size ?*/,
    .notify = camkes_notify,
    .notification = /*? me.notification ?*/,
    .badge = /*? c.hex(me.notification_badge) ?*/,
};

static __attribute__((constructor)) void camkes_register(void)
{
    camkes_virtqueue_channel_register(&camkes_channel);
}
