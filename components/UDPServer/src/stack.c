/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "stack.h"
#include <lwip/etharp.h>
#include <lwip/icmp.h>
#include <lwip/igmp.h>
#include <lwip/init.h>
#include <lwip/prot/ip.h>
#include <lwip/netif.h>
#include <lwip/prot/icmp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 256, FRAME = 1514 };

static struct netif station;
static struct ethport port;
static bool answer_pings;
static uint8_t frame[VIRTIO_NET_MAX_PLAIN];

/* A hook of lwIP (lwipopts.h): pings are for us to answer or not. */
int lwip_port_ip4_input(struct pbuf *packet, struct netif *netif)
{
    const struct ip_hdr *ip = packet->payload;
    (void)netif;
    if (answer_pings || packet->len < IP_HLEN || IPH_PROTO(ip) != IP_PROTO_ICMP)
        return 0;
    u8_t type;
    if (pbuf_copy_partial(packet, &type, 1, IPH_HL_BYTES(ip)) != 1 || type != ICMP_ECHO)
        return 0;
    pbuf_free(packet);
    return 1;
}

static err_t send_frame(struct netif *netif, struct pbuf *packet)
{
    static uint8_t whole[FRAME];
    const struct virtio_net_hdr plain = {0};
    (void)netif;
    if (packet->tot_len > sizeof whole)
        return ERR_BUF;
    u16_t size = pbuf_copy_partial(packet, whole, packet->tot_len, 0);
    /* What finds no room is lost, as on any cable; TCP sends it again. */
    return ethport_send(&port, &plain, whole, size) == ETHLINK_SENT ? ERR_OK : ERR_BUF;
}

static err_t start_netif(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    netif->mtu = 1500;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_IGMP | NETIF_FLAG_LINK_UP;
    ethport_mac(&port, netif->hwaddr);
    return ERR_OK;
}

static bool read_address(const char *text, const char *what, ip4_addr_t *address)
{
    if (ip4addr_aton(text, address))
        return true;
    printf("%s: \"%s\" is no IPv4 address\n", what, text);
    return false;
}

bool stack_start(const struct stack_settings *settings, const struct ethport_calls *calls)
{
    ip4_addr_t address, netmask, gateway, multicast;
    if (!read_address(settings->address, "udp_ip_addr", &address) ||
        !read_address(settings->netmask, "netmask", &netmask) ||
        !read_address(settings->gateway, "gateway", &gateway) ||
        !read_address(settings->multicast, "multicast_addr", &multicast))
        return false;
    answer_pings = settings->icmp_echo;
    ethport_open(&port, calls, 0, 1500);
    lwip_init();
    if (!netif_add(&station, &address, &netmask, &gateway, NULL, start_netif, ethernet_input))
        return false;
    netif_set_default(&station);
    netif_set_up(&station);
    if (ip4_addr_ismulticast(&multicast))
        igmp_joingroup_netif(&station, &multicast);
    ethport_finish(&port);
    const uint8_t *mac = station.hwaddr;
    printf("%s at %02x:%02x:%02x:%02x:%02x:%02x\n", settings->address, mac[0], mac[1], mac[2],
           mac[3], mac[4], mac[5]);
    return true;
}

/* One frame into the stack; without memory it is lost. */
static void input(size_t size)
{
    struct pbuf *packet = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_RAM);
    if (!packet)
        return;
    if (pbuf_take(packet, frame, (u16_t)size) != ERR_OK ||
        station.input(packet, &station) != ERR_OK)
        pbuf_free(packet);
}

bool stack_service(void)
{
    struct virtio_net_hdr hdr;
    for (unsigned i = 0; i < BATCH; i++) {
        size_t size = ethport_receive(&port, frame, sizeof frame, &hdr);
        if (size == 0)
            break;
        input(size);
    }
    sys_check_timeouts();
    return ethport_finish(&port);
}

void stack_notified(void)
{
    ethport_notified(&port);
}

void stack_finish(void)
{
    ethport_finish(&port);
}
