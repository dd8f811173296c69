/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Frames taken apart. Every length, count and checksum is verified before anything behind it is
 * looked at; a packet that parses can be judged by its fields alone. Formats: IEEE 802.3, RFC 826
 * (ARP), RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP), RFC 792 (ICMP), RFC 4443
 * (ICMPv6), RFC 4861 (neighbour discovery).
 */
#include "firewall/address.h"
#include "firewall/reason.h"

/** EtherTypes. */
enum {
    FIREWALL_ETHERTYPE_IP4 = 0x0800,
    FIREWALL_ETHERTYPE_ARP = 0x0806,
    FIREWALL_ETHERTYPE_VLAN = 0x8100,
    FIREWALL_ETHERTYPE_IP6 = 0x86dd,
    FIREWALL_ETHERTYPE_QINQ = 0x88a8,
};

/** IP protocol numbers. */
enum {
    FIREWALL_ICMP = 1,
    FIREWALL_IGMP = 2,
    FIREWALL_TCP = 6,
    FIREWALL_UDP = 17,
    FIREWALL_ICMPV6 = 58,
};

/** Bits of the flags of TCP. */
enum {
    FIREWALL_TCP_FIN = 1,
    FIREWALL_TCP_SYN = 2,
    FIREWALL_TCP_RST = 4,
    FIREWALL_TCP_PSH = 8,
    FIREWALL_TCP_ACK = 16,
    FIREWALL_TCP_URG = 32,
};

/** Largest frame that is not a large segment: 9000 bytes of IP, Ethernet header, VLAN tag. */
#define FIREWALL_MAX_FRAME 9018
/** Largest frame at all. */
#define FIREWALL_MAX_SEGMENT (65535 + 18)

/** Large segments that the receiver of a frame cuts. */
enum firewall_gso { FIREWALL_GSO_NONE, FIREWALL_GSO_TCP4, FIREWALL_GSO_TCP6, FIREWALL_GSO_UDP };

/** What the sender of a frame left to its receiver (virtio 1.2, 5.1.6: struct virtio_net_hdr). */
struct firewall_offload {
    bool partial;    /**< the checksum over [start, end) is to be stored at start + offset */
    bool verified;   /**< the transport checksum was verified by somebody trusted */
    uint16_t start;  /**< from the beginning of the frame */
    uint16_t offset; /**< from start */
    enum firewall_gso gso;
    uint16_t gso_size; /**< payload of each segment */
};

/** The fields of a frame. Offsets count from its beginning. */
struct firewall_packet {
    const uint8_t *data;
    size_t size; /**< without padding behind the IP packet beyond Ethernet's minimum */
    uint8_t destination_mac[6], source_mac[6];
    uint16_t ethertype;
    uint8_t version;  /**< of IP: 4, 6, or 0 for everything else */
    uint8_t protocol; /**< of the transport; behind IPv6's extension headers */
    uint8_t hop_limit;
    struct firewall_address source, destination;
    size_t transport;      /**< offset */
    size_t transport_size; /**< bytes of this frame */
    bool fragment;         /**< part of a datagram; only the first part has a transport header */
    bool more;
    uint32_t fragment_id;
    size_t fragment_offset;
    uint16_t source_port, destination_port; /**< TCP and UDP; echo messages: identifier in both */
    uint8_t type, code;                     /**< ICMP and ICMPv6 */
    uint8_t flags;                          /**< TCP */
    uint8_t scale;                          /**< TCP: window scale of a SYN; 255: none offered */
    uint16_t window;
    uint32_t sequence, acknowledgement;
    size_t payload_size; /**< bytes behind the TCP header */
};

/** Takes a frame of `size` bytes apart; `packet` is valid as far as its fields go in any case. */
enum firewall_reason firewall_parse(struct firewall_packet *packet, const uint8_t *data,
                                    size_t size, const struct firewall_offload *offload);

/**
 * Takes the packet apart that an ICMP error quotes: addresses, protocol and ports. False if `error`
 * is no error message or quotes too little.
 */
bool firewall_parse_quoted(struct firewall_packet *quoted, const struct firewall_packet *error);

/** Whether the packet is a message of IPv6 neighbour discovery or multicast listener discovery. */
bool firewall_is_neighbour(const struct firewall_packet *packet);

/** The Internet checksum (RFC 1071) of `size` bytes, added to `sum`; not complemented. */
uint32_t firewall_checksum_add(uint32_t sum, const uint8_t *data, size_t size);

/** Whether a sum over data and its checksum is right. */
bool firewall_checksum_fits(uint32_t sum);
