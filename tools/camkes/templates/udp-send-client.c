/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local X = me.interface.name -*/
/* Datagrams are copied into the shared memory; the calls below carry no pointer. */
#define /*? X ?*/_send    camkes_/*? X ?*/_send
#define /*? X ?*/_send_to camkes_/*? X ?*/_send_to
/*- include("rpc-client.c") -*/
#undef /*? X ?*/_send
#undef /*? X ?*/_send_to

int /*? X ?*/_send(uintptr_t data, unsigned int len, uint32_t ip4addr);
int /*? X ?*/_send_to(uintptr_t data, unsigned int len, uint32_t ip4addr, uint16_t port);

/* The memory takes one datagram at a time, whichever thread sends it. */
static struct __lock camkes_datagram_lock;

static bool camkes_datagram_begin(uintptr_t data, unsigned length)
{
    if (length > /*? me.buffer_size ?*/)
        return false;
    libc_lock_acquire(&camkes_datagram_lock);
    memcpy((void *)/*? X ?*/_buf, (const void *)data, length);
    return true;
}

int /*? X ?*/_send(uintptr_t data, unsigned int len, uint32_t ip4addr)
{
    if (!camkes_datagram_begin(data, len))
        return -1;
    int result = camkes_/*? X ?*/_send(0, len, ip4addr);
    libc_lock_release(&camkes_datagram_lock);
    return result;
}

int /*? X ?*/_send_to(uintptr_t data, unsigned int len, uint32_t ip4addr, uint16_t port)
{
    if (!camkes_datagram_begin(data, len))
        return -1;
    int result = camkes_/*? X ?*/_send_to(0, len, ip4addr, port);
    libc_lock_release(&camkes_datagram_lock);
    return result;
}
