/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local interface, connected, weak = ...
local X, attribute = interface.name, weak and " __attribute__((weak))" or ""
-*/
void /*? X ?*/_wait(void)/*? attribute ?*/;
int /*? X ?*/_poll(void)/*? attribute ?*/;
int /*? X ?*/_reg_callback(void (*callback)(void *), void *arg)/*? attribute ?*/;
int /*? X ?*/_acknowledge(void)/*? attribute ?*/;
void /*? X ?*/_handle(void) __attribute__((weak));
seL4_CPtr /*? X ?*/_notification(void)/*? attribute ?*/;
seL4_Word /*? X ?*/_notification_badge(void)/*? attribute ?*/;
/*- if connected and connected.connection.connector == "seL4GlobalAsynchCallback" then -*/
void /*? X ?*/_callback(seL4_Word badge) __attribute__((weak));
/*- end -*/
