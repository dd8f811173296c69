/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the files that give the guest its network. */
#include <vm_network.h>

/** network_ring.c, network_page.c: back ends of a card. start returns 0, or -1 when the shared
 * memory does not do. */
extern const struct vmm_net_ops network_ring_ops, network_page_ops;
int network_ring_start(struct vm_ring *ring, const struct vm_ethernet *ethernet);
void network_page_start(struct vm_page *page, const struct vm_ethernet *ethernet);
/** The server has signalled. */
void network_page_notified(struct vm_page *page);

/** vswitch.c: the virtual switch as a back end; ctx is the struct vm_switch. */
extern const struct vmm_net_ops network_switch_ops;
