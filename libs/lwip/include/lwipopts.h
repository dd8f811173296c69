/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * lwIP for components: callbacks only (no threads of its own, no sockets), IPv4 over Ethernet,
 * memory from the component's heap. What a peer can make it hold is bounded here.
 */
#include <stdint.h>

/** Callbacks on the component's own thread; the component has the lock. */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_TIMERS          1

/** Memory from malloc(): the component's heap_size is the limit. */
#define MEM_LIBC_MALLOC   1
#define MEMP_MEM_MALLOC   1
#define MEM_ALIGNMENT     16
#define PBUF_POOL_BUFSIZE 1600

/** Protocols. */
#define LWIP_IPV4     1
#define LWIP_IPV6     0
#define LWIP_ARP      1
#define LWIP_ETHERNET 1
#define LWIP_ICMP     1
#define LWIP_IGMP     1
#define LWIP_UDP      1
#define LWIP_TCP      1
#define LWIP_RAW      0
#define LWIP_DHCP     0
#define LWIP_AUTOIP   0
#define LWIP_DNS      0
#define LWIP_STATS    0

/** Answers to pings of broadcast and multicast addresses would be amplification. */
#define LWIP_BROADCAST_PING 0
#define LWIP_MULTICAST_PING 0

/** Datagrams in parts: so many parts at a time, none kept longer than 15 seconds. */
#define IP_REASSEMBLY      1
#define IP_FRAG            1
#define IP_REASS_MAX_PBUFS 48
#define IP_REASS_MAXAGE    15
#define MEMP_NUM_REASSDATA 8
#define MEMP_NUM_FRAG_PBUF 32

/** ARP: packets wait for an answer; the table is small and ages. */
#define ARP_TABLE_SIZE 32
#define ARP_QUEUEING   1
#define ARP_QUEUE_LEN  8

#define TCP_MSS            1460
#define TCP_WND            (8 * TCP_MSS)
#define TCP_SND_BUF        (8 * TCP_MSS)
#define TCP_SND_QUEUELEN   32
#define TCP_LISTEN_BACKLOG 1
#define MEMP_NUM_TCP_SEG   256

/** A component decides which packets the stack sees at all: 1 when it has taken (freed) one. */
struct pbuf;
struct netif;
int lwip_port_ip4_input(struct pbuf *packet, struct netif *netif);
#define LWIP_HOOK_IP4_INPUT(packet, netif)                              lwip_port_ip4_input(packet, netif)
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) lwip_port_random()

/** Seed of the component's random numbers; see port.c. */
uint32_t lwip_port_random(void);
#define LWIP_RAND() lwip_port_random()
