/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local interface, connected, weak = ...
local X = interface.name
local type = interface.is_buf and "void" or interface.type
local connector = connected and connected.connection.connector
if connector == "seL4HardwareMMIO" or connector == "seL4SharedDataWithCaps" then
    type = "volatile " .. type
end
local size = connected and connected.size or interface.buf_size
-*/
extern /*? type ?*/ */*? X ?*/;
#define /*? X ?*/_acquire() __asm__ volatile("" ::: "memory")
#define /*? X ?*/_release() __asm__ volatile("" ::: "memory")
#define /*? X ?*/_size /*? string.format("%dul", size) ?*/
static inline size_t /*? X ?*/_get_size(void)
{
    return /*? X ?*/_size;
}
/*- if connector == "seL4SharedDataWithCaps" then -*/
extern dataport_caps_handle_t /*? X ?*/_handle;
/*- end -*/
/*- if connector == "seL4HardwareMMIO" then -*/
void */*? X ?*/_translate_paddr(uintptr_t paddr, size_t size);
int /*? X ?*/_flush_cache(size_t start, size_t size, dma_cache_op_t op);
/*- end -*/
