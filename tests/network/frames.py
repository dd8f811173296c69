# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Frames by hand: what a generator of good and bad traffic needs (RFC 791, 792, 793, 768, 826, 8200,
4443, 4861)."""

import ipaddress
import struct

BROADCAST = b"\xff" * 6
EXPERIMENTAL = 0x88b5   # IEEE 802: local experimental EtherType 1
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86dd
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58


def mac(text):
    """Bytes of "02:00:00:00:00:01"."""
    return bytes(int(part, 16) for part in text.split(":"))


def address(text):
    """Bytes of an IPv4 or IPv6 address."""
    return ipaddress.ip_address(text).packed


def checksum(data):
    """The Internet checksum of bytes."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def group_mac(group):
    """The MAC address of a multicast address (RFC 1112, 6.4; RFC 2464, 7)."""
    packed = address(group)
    if len(packed) == 16:
        return b"\x33\x33" + packed[12:]
    return b"\x01\x00\x5e" + bytes([packed[1] & 127]) + packed[2:]


def link_local(owner):
    """The link-local IPv6 address that follows from a MAC address (RFC 4291, appendix A)."""
    identifier = bytes([owner[0] ^ 2]) + owner[1:3] + b"\xff\xfe" + owner[3:]
    return str(ipaddress.ip_address(b"\xfe\x80" + bytes(6) + identifier))


def ethernet(to, source, kind, payload):
    """A frame without frame check sequence, not padded."""
    return to + source + struct.pack(">H", kind) + payload


def arp(operation, sender, sender_ip, target, target_ip):
    """An ARP packet: operation 1 request, 2 reply; MAC addresses as bytes, IP as text."""
    return struct.pack(">HHBBH", 1, IPV4, 6, 4, operation) + sender + address(sender_ip) + target + \
        address(target_ip)


def ipv4(source, to, protocol, payload, ttl=64, identification=0, fragment=0, options=b""):
    """An IPv4 packet. fragment: flags and offset as in the header."""
    words = 5 + len(options) // 4
    head = struct.pack(">BBHHHBBH4s4s", 0x40 | words, 0, 4 * words + len(payload), identification,
                       fragment, ttl, protocol, 0, address(source), address(to)) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(source, to, protocol, payload, hops=64):
    """An IPv6 packet."""
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, hops) + address(source) + \
        address(to) + payload


def pseudo(source, to, protocol, length):
    """The pseudo header that TCP, UDP and ICMPv6 checksums include."""
    a, b = address(source), address(to)
    if len(a) == 4:
        return a + b + struct.pack(">BBH", 0, protocol, length)
    return a + b + struct.pack(">IHBB", length, 0, 0, protocol)


def udp(source, to, source_port, port, payload):
    """A UDP datagram with its checksum."""
    head = struct.pack(">HHHH", source_port, port, 8 + len(payload), 0)
    value = checksum(pseudo(source, to, UDP, 8 + len(payload)) + head + payload) or 0xffff
    return head[:6] + struct.pack(">H", value) + payload


def tcp(source, to, ports, flags, sequence=0, acknowledge=0, payload=b"", window=65535):
    """A TCP segment; ports: (source, destination); flags as in the header: 2 SYN, 16 ACK …"""
    head = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledge, 5 << 4, flags, window, 0, 0)
    value = checksum(pseudo(source, to, TCP, len(head) + len(payload)) + head + payload)
    return head[:16] + struct.pack(">H", value) + head[18:] + payload


def icmp(kind, code, rest=b"\0\0\0\0", payload=b""):
    """An ICMP message; rest: the four bytes after the checksum."""
    head = struct.pack(">BBH", kind, code, 0) + rest
    return head[:2] + struct.pack(">H", checksum(head + payload)) + head[4:] + payload


def ping(identifier, sequence, payload=b"ping"):
    """An ICMP echo request."""
    return icmp(8, 0, struct.pack(">HH", identifier, sequence), payload)


def icmpv6(source, to, kind, code, body):
    """An ICMPv6 message; body: what follows the checksum."""
    head = struct.pack(">BBH", kind, code, 0)
    value = checksum(pseudo(source, to, ICMPV6, len(head) + len(body)) + head + body)
    return head[:2] + struct.pack(">H", value) + body


def solicitation_group(wanted):
    """The multicast address at which who has `wanted` is asked (RFC 4291, 2.7.1)."""
    return str(ipaddress.ip_address(address("ff02::1:ff00:0")[:13] + address(wanted)[13:]))


def solicitation(source, wanted, asker=None):
    """An IPv6 packet that asks for the MAC of `wanted`; asker: the MAC that is told."""
    to = solicitation_group(wanted)
    option = b"\x01\x01" + asker if asker else b""
    return ipv6(source, to, ICMPV6, icmpv6(source, to, 135, 0, bytes(4) + address(wanted) + option), 255)


def advertisement(source, to, owned, owner):
    """An IPv6 packet that says that `owner` is the MAC of `owned`."""
    flags = b"\x20\0\0\0" if address(to)[0] == 0xff else b"\x60\0\0\0"
    body = flags + address(owned) + b"\x02\x01" + owner
    return ipv6(source, to, ICMPV6, icmpv6(source, to, 136, 0, body), 255)
