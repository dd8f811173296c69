/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local idl = use("idl.lua")
local interface, connected, weak = ...
local X = interface.name
for _, method in ipairs(interface.procedure.methods) do
-*/
/*? idl.prototype(X, method) ?*//*? idl.attributes(method, false) ?*/;
/*- end -*/
seL4_Word /*? X ?*/_get_sender_id(void);
unsigned /*? X ?*/_num_badges(void);
seL4_Word /*? X ?*/_enumerate_badge(unsigned index);
int /*? X ?*/_largest_badge(void);
const char */*? X ?*/_get_client_name(seL4_Word badge);
void /*? X ?*/_emit(unsigned badge);
void */*? X ?*/_buf(seL4_Word badge);
size_t /*? X ?*/_buf_size(seL4_Word badge);
/*- if connected and connected.mac then -*/
bool /*? X ?*/_has_mac(seL4_Word badge);
void /*? X ?*/_get_mac(seL4_Word badge, uint8_t *mac);
/*- end -*/
/*- if connected and connected.ports then -*/
uint16_t /*? X ?*/_get_port(seL4_Word badge);
void /*? X ?*/_get_ports(seL4_Word badge, uint16_t *source, uint16_t *dest);
/*- end -*/
/*- if connected and connected.global_rpc then -*/
int /*? X ?*/_handle_message(seL4_MessageInfo_t *info, seL4_Word badge);
#define /*? X ?*/_num_clients() /*? #connected.clients ?*/
/*- end -*/
