/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local idl = use("idl.lua")
local interface, connected, weak = ...
local X = interface.name
for _, method in ipairs(interface.procedure.methods) do
-*/
/*? idl.prototype(X, method) ?*//*? idl.attributes(method, weak) ?*/;
/*- end -*/
/*- if connected and connected.signal then -*/
seL4_CPtr /*? X ?*/_notification(void);
seL4_Word /*? X ?*/_notification_badge(void);
void /*? X ?*/_wait_notification(void);
/*- end -*/
/*- if connected and connected.dataport then -*/
extern volatile void *const /*? X ?*/_buf;
volatile void */*? X ?*/_get_buf(void);
size_t /*? X ?*/_get_size(void);
/*- end -*/
