/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Who a frame comes from: source MAC, source address, and what ARP (RFC 826) and neighbour
 * discovery (RFC 4861) say about both.
 */
#include <firewall/firewall.h>
#include <string.h>

enum {
    ARP_SENDER_MAC = 14 + 8,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOUR_SOLICITATION = 135,
    NEIGHBOUR_ADVERTISEMENT = 136,
    REDIRECT = 137,
    OPTION_SOURCE_LINK = 1,
    OPTION_TARGET_LINK = 2,
};

static bool owns(const struct firewall_client *client, const struct firewall_address *address)
{
    for (unsigned i = 0; i < client->owned.count; i++) {
        if (firewall_prefix_holds(&client->owned.items[i], address))
            return true;
    }
    return false;
}

/* Whether the station with this MAC may use the address: it is nobody's, or its own. */
static bool may_use(const struct firewall *firewall, const struct firewall_address *address,
                    const uint8_t *mac)
{
    bool taken = false;
    for (uint32_t i = 0; i < firewall->settings.client_count; i++) {
        const struct firewall_client *client = &firewall->settings.clients[i];
        if (!owns(client, address))
            continue;
        if (memcmp(client->mac, mac, 6) == 0)
            return true;
        taken = true;
    }
    return !taken;
}

/* Whether an address is one the client may claim: listed ones, or link-local ones of its own. */
static bool may_claim(const struct firewall_client *client, const struct firewall_address *address)
{
    return client->owned.count == 0 || firewall_address_is_link_local(address) ||
           owns(client, address);
}

static bool address_fits(const struct firewall *firewall, const struct firewall_frame *frame,
                         const struct firewall_address *address)
{
    if (firewall_address_is_unspecified(address))
        return true;
    if (!may_use(firewall, address, frame->packet.source_mac))
        return false;
    return frame->direction == FIREWALL_IN ||
           may_claim(&firewall->settings.clients[frame->client], address);
}

enum firewall_reason firewall_check_sender(const struct firewall *firewall,
                                           const struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    const uint8_t *own = firewall->settings.clients[frame->client].mac;
    bool same = memcmp(packet->source_mac, own, 6) == 0;
    if (same != (frame->direction == FIREWALL_OUT))
        return FIREWALL_SPOOFED_MAC;
    bool arp = packet->ethertype == FIREWALL_ETHERTYPE_ARP;
    if (arp && memcmp(packet->data + ARP_SENDER_MAC, packet->source_mac, 6) != 0)
        return FIREWALL_SPOOFED_NEIGHBOUR;
    if ((arp || packet->version != 0) && !address_fits(firewall, frame, &packet->source))
        return arp ? FIREWALL_SPOOFED_NEIGHBOUR : FIREWALL_SPOOFED_ADDRESS;
    return FIREWALL_PASSED;
}

/* The MAC in an option of a discovery message, whose lengths were checked; NULL: none. */
static const uint8_t *link_option(const struct firewall_packet *packet, size_t fixed, uint8_t type)
{
    const uint8_t *option = packet->data + packet->transport + fixed;
    size_t left = packet->transport_size - fixed;
    while (left >= 8) {
        size_t size = (size_t)option[1] * 8;
        if (option[0] == type)
            return option + 2;
        option += size;
        left -= size;
    }
    return NULL;
}

/* What a message says about link addresses: a client speaks for itself, nobody speaks for it. */
static bool link_fits(const struct firewall *firewall, const struct firewall_frame *frame,
                      const uint8_t *mac)
{
    if (!mac)
        return true;
    const uint8_t *own = firewall->settings.clients[frame->client].mac;
    return (memcmp(mac, own, 6) == 0) == (frame->direction == FIREWALL_OUT);
}

static enum firewall_reason check_discovery(const struct firewall *firewall,
                                            const struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    const uint8_t *link = NULL;
    struct firewall_address target;
    switch (packet->type) {
    case REDIRECT:
        return FIREWALL_ROUTER;
    case ROUTER_ADVERTISEMENT:
        if (frame->direction == FIREWALL_OUT)
            return FIREWALL_ROUTER;
        link = link_option(packet, 16, OPTION_SOURCE_LINK);
        break;
    case ROUTER_SOLICITATION:
        link = link_option(packet, 8, OPTION_SOURCE_LINK);
        break;
    case NEIGHBOUR_SOLICITATION:
        link = link_option(packet, 24, OPTION_SOURCE_LINK);
        break;
    case NEIGHBOUR_ADVERTISEMENT:
        target = firewall_address_ip6(packet->data + packet->transport + 8);
        if (!address_fits(firewall, frame, &target))
            return FIREWALL_SPOOFED_NEIGHBOUR;
        link = link_option(packet, 24, OPTION_TARGET_LINK);
        break;
    default: /* multicast listeners */
        return FIREWALL_PASSED;
    }
    return link_fits(firewall, frame, link) ? FIREWALL_PASSED : FIREWALL_SPOOFED_NEIGHBOUR;
}

enum firewall_reason firewall_check_neighbour(struct firewall *firewall,
                                              const struct firewall_frame *frame)
{
    if (frame->packet.version == 6) {
        enum firewall_reason reason = check_discovery(firewall, frame);
        if (reason != FIREWALL_PASSED)
            return reason;
    }
    uint32_t rate = firewall->settings.neighbour_per_second;
    struct firewall_bucket *bucket =
        &firewall->neighbour_buckets[2 * frame->client + (frame->direction == FIREWALL_OUT)];
    if (rate && !firewall_bucket_take(bucket, 1000000000ull / rate, rate, frame->now))
        return FIREWALL_NEIGHBOUR_RATE;
    return FIREWALL_PASSED;
}
