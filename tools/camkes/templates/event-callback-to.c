/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, X = use("c.lua"), me.interface.name -*/
/*- include("event-global-to.c") -*/

/* The user's X_callback runs on the interface's own thread, for every event. */
void /*? X ?*/__run(void);
void /*? X ?*/__run(void)
{
    for (;;) {
        seL4_Word badge;
        seL4_Wait(/*? me.notification ?*/, &badge);
        if (/*? X ?*/_callback)
            /*? X ?*/_callback(badge);
    }
}
