/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * lwIP on one network port. Not thread-safe: the component's lock is held around every call, and by
 * the callbacks that come out of them.
 */
#include <ethport/ethport.h>
#include <stdbool.h>
#include <stddef.h>

/** How the station is configured; texts are addresses. */
struct stack_settings {
    const char *address, *netmask, *gateway, *multicast;
    const char *address6; /**< "": IPv4 only */
    bool icmp_echo;
};

/** Starts the stack; false: an address is none, which was printed, or there is no memory. */
bool stack_start(const struct stack_settings *settings, const struct ethport_calls *calls);

/** Takes a batch of frames and lets the stack's time pass; true: there is more. */
bool stack_service(void);

/** To be called first when the driver has signalled. */
void stack_notified(void);

/** To be called after sending outside of stack_service(). */
void stack_finish(void);
