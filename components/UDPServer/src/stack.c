/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "stack.h"
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/igmp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/icmp.h>
#include <lwip/prot/icmp6.h>
#include <lwip/raw.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 256, FRAME = 1514 };

static struct netif station;
static struct ethport port;
static bool ip6; /* it has an IPv6 address */
static uint8_t frame[VIRTIO_NET_MAX_PLAIN];

/* Pings that are not to be answered end here; everything else goes on into the stack. */
static u8_t eat_ping(void *request, struct raw_pcb *pcb, struct pbuf *packet, const ip_addr_t *from)
{
    (void)pcb;
    (void)from;
    if (pbuf_get_at(packet, ip_current_header_tot_len()) != *(const u8_t *)request)
        return 0;
    pbuf_free(packet);
    return 1;
}

static bool refuse_pings(u8_t ip_type, u8_t protocol, const u8_t *request)
{
    struct raw_pcb *pcb = raw_new_ip_type(ip_type, protocol);
    if (pcb)
        raw_recv(pcb, eat_ping, (void *)request);
    return pcb != NULL;
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
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = send_frame;
    netif->mtu = 1500;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_IGMP | NETIF_FLAG_MLD6 | NETIF_FLAG_LINK_UP;
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

static bool read_ip6(const char *text, ip6_addr_t *address)
{
    ip6 = *text != 0;
    if (!ip6 || (ip6addr_aton(text, address) && !ip6_addr_ismulticast(address) &&
                 !ip6_addr_isany(address) && !ip6_addr_isipv4mappedipv6(address)))
        return true;
    printf("udp_ip6_addr: \"%s\" is no IPv6 address of a host\n", text);
    return false;
}

/* Both addresses come into use when nobody has objected for a second (RFC 4862, 5.4). */
static void start_ip6(const ip6_addr_t *address)
{
    netif_create_ip6_linklocal_address(&station, 1);
    if (ip6_addr_islinklocal(address))
        return;
    netif_ip6_addr_set(&station, 1, address);
    netif_ip6_addr_set_state(&station, 1, IP6_ADDR_TENTATIVE);
}

bool stack_start(const struct stack_settings *settings, const struct ethport_calls *calls)
{
    static const u8_t request = ICMP_ECHO, request6 = ICMP6_TYPE_EREQ;
    ip4_addr_t address, netmask, gateway, multicast;
    ip6_addr_t address6;
    if (!read_address(settings->address, "udp_ip_addr", &address) ||
        !read_address(settings->netmask, "netmask", &netmask) ||
        !read_address(settings->gateway, "gateway", &gateway) ||
        !read_address(settings->multicast, "multicast_addr", &multicast) ||
        !read_ip6(settings->address6, &address6))
        return false;
    ethport_open(&port, calls, 0, 1500);
    lwip_init();
    if (!netif_add(&station, &address, &netmask, &gateway, NULL, start_netif, ethernet_input))
        return false;
    if (!settings->icmp_echo && (!refuse_pings(IPADDR_TYPE_V4, IP_PROTO_ICMP, &request) ||
                                 !refuse_pings(IPADDR_TYPE_V6, IP6_NEXTH_ICMP6, &request6)))
        return false;
    netif_set_default(&station);
    netif_set_up(&station);
    if (ip4_addr_ismulticast(&multicast))
        igmp_joingroup_netif(&station, &multicast);
    if (ip6)
        start_ip6(&address6);
    ethport_finish(&port);
    const uint8_t *mac = station.hwaddr;
    printf("%s%s%s at %02x:%02x:%02x:%02x:%02x:%02x\n", settings->address, ip6 ? " and " : "",
           settings->address6, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return true;
}

/* One frame into the stack; without memory, or an address of its kind, it is lost. */
static void input(size_t size)
{
    const struct eth_hdr *header = (const void *)frame;
    if (header->type == PP_HTONS(ETHTYPE_IPV6) && !ip6)
        return;
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
