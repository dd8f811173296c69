/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * lwIP for components: callbacks only (no threads of its own, no sockets), IPv4 and IPv6 over
 * Ethernet. What a peer can make it hold is bounded here: connections, segments and questions lie
 * in pools of fixed size; packets in the component's heap.
 */
#include <stdint.h>

/** Callbacks on the component's own thread; the component has the lock. */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_TIMERS          1

/** Packets in memory from malloc(), all else in pools. Nobody takes packets from lwIP's own pool.
 */
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT   16
#define PBUF_POOL_SIZE  0
#define MEMP_NUM_PBUF   64

/** Protocols. */
#define LWIP_IPV4     1
#define LWIP_IPV6     1
#define LWIP_ARP      1
#define LWIP_ETHERNET 1
#define LWIP_ICMP     1
#define LWIP_IGMP     1
#define LWIP_UDP      1
#define LWIP_TCP      1
#define LWIP_RAW      1
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
#define ARP_TABLE_SIZE     32
#define ARP_QUEUEING       1
#define ARP_QUEUE_LEN      8
#define MEMP_NUM_ARP_QUEUE 64

/** IPv6: addresses are configured, routers are learnt; they decide about nothing else here. */
#define LWIP_IPV6_AUTOCONFIG      0
#define LWIP_ND6_ALLOW_RA_UPDATES 0
#define LWIP_ND6_NUM_NEIGHBORS    32
#define LWIP_ND6_NUM_DESTINATIONS 32
#define MEMP_NUM_ND6_QUEUE        64
#define MEMP_NUM_MLD6_GROUP       8
/** Bookkeeping of parts does not fit into their headers: pointers have 64 bits. */
#define IPV6_FRAG_COPYHEADER 1

/** UDP: a port for each receiver and each sender of the component. */
#define MEMP_NUM_UDP_PCB 128

/** TCP: what has ended makes room for what begins; unread and early data is bounded, too. */
#define MEMP_NUM_TCP_PCB        64
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define TCP_MSS                 1460
#define TCP_WND                 (8 * TCP_MSS)
#define TCP_SND_BUF             (8 * TCP_MSS)
#define TCP_SND_QUEUELEN        32
#define TCP_OOSEQ_MAX_BYTES     TCP_WND
#define TCP_OOSEQ_MAX_PBUFS     16
#define TCP_LISTEN_BACKLOG      1
#define MEMP_NUM_TCP_SEG        768

#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) lwip_port_random()

/** Seed of the component's random numbers; see port.c. */
uint32_t lwip_port_random(void);
#define LWIP_RAND() lwip_port_random()
