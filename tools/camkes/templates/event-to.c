/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*? c.banner("Consumer " .. X .. " of " .. me.instance.name .. ", connection " .. me.connection.name) ?*/
#include <camkes.h>
#include <camkes/generated.h>

static struct camkes_event camkes_this_event =
    CAMKES_EVENT_INIT(/*? me.notification ?*/, /*? me.lock ?*/, /*? me.handoff ?*/);

void /*? X ?*/_wait(void)
{
    camkes_event_wait(&camkes_this_event);
}

int /*? X ?*/_poll(void)
{
    return camkes_event_poll(&camkes_this_event);
}

int /*? X ?*/_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_reg_callback(&camkes_this_event, callback, arg);
}

void /*? X ?*/__run(void);
void /*? X ?*/__run(void)
{
    camkes_event_run(&camkes_this_event, /*? X ?*/_handle);
}
