# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Malformed and spoofed frames, each with the reason for which the firewall must drop it."""

import random
import struct

import frames
from frames import IPV4, IPV6, ICMP, ICMPV6, TCP, UDP

STRANGER = frames.mac("52:55:0a:00:02:63")
OUTSIDE, OUTSIDE6 = "10.0.2.99", "fd00::99"
TARGET6 = "fd00::15"
SYN, ACK = 2, 16


def broken(data, at, value):
    """Bytes with one of them changed."""
    return data[:at] + bytes([value & 255]) + data[at + 1:]


def mended(packet):
    """An IPv4 packet whose header checksum is right again."""
    size = max(20, (packet[0] & 15) * 4)
    head = packet[:10] + b"\0\0" + packet[12:size]
    return head[:10] + struct.pack(">H", frames.checksum(head)) + head[12:] + packet[size:]


class Generator:
    """Frames for the client with `mac` and `address`; the same ones for the same seed.

    Its IPv6 address is the link-local one, which nobody else may use however it is configured.
    """

    def __init__(self, mac, address, seed=1):
        self.mac, self.address = frames.mac(mac), address
        self.address6 = frames.link_local(self.mac)
        self.random = random.Random(seed)
        self.kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("make_")]

    def frame(self):
        """(reason, frame)"""
        return self.random.choice(self.kinds)()

    # -- building blocks

    def ethernet(self, kind, payload, source=STRANGER, to=None):
        frame = frames.ethernet(to or self.mac, source, kind, payload)
        return frame + bytes(max(0, 60 - len(frame)))

    def port(self):
        return self.random.randrange(1, 65536)

    def noise(self, low=18, high=200):
        return self.random.randbytes(self.random.randrange(low, high))

    def udp(self):
        return frames.udp(OUTSIDE, self.address, self.port(), 7, self.noise())

    def tcp(self, flags=SYN):
        return frames.tcp(OUTSIDE, self.address, (self.port(), 7), flags, self.random.getrandbits(32))

    def ip(self, protocol=UDP, transport=None, source=OUTSIDE, **options):
        return frames.ipv4(source, self.address, protocol, transport or self.udp(), **options)

    def ip6(self, protocol, payload, source=OUTSIDE6, hops=64):
        return frames.ipv6(source, TARGET6, protocol, payload, hops)

    # -- malformed: Ethernet and IP

    def make_group_source(self):
        return "group-source", self.ethernet(IPV4, self.ip(), broken(STRANGER, 0, 0x53))

    def make_arp(self):
        good = frames.arp(1, STRANGER, OUTSIDE, bytes(6), self.address)
        at, value = self.random.choice([(1, 6), (3, 1), (4, 5), (5, 16), (7, 3), (14, 224), (8, 1)])
        return "arp", self.ethernet(frames.ARP, broken(good, at, value))

    def make_ip_header(self):
        at, value = self.random.choice([(0, 0x55), (0, 0x44), (8, 0), (6, 0x80)])
        return "ip-header", self.ethernet(IPV4, mended(broken(self.ip(), at, value)))

    def make_ip_length(self):
        packet = self.ip()
        wrong = self.random.choice([0, 19, max(60, len(packet)) + 1, 65535])
        return "ip-length", self.ethernet(IPV4, mended(packet[:2] + struct.pack(">H", wrong) +
                                                       packet[4:]))

    def make_ip_checksum(self):
        packet = self.ip()
        return "ip-checksum", self.ethernet(IPV4, broken(packet, 10, packet[10] ^ 1))

    def make_ip_options(self):
        option = self.random.choice([b"\x83\x07\x04abcd\0", b"\x89\x07\x04abcd\0", b"\x94\x01\0\0",
                                     b"\x94\x09\0\0", b"\x01\x01\x01\x94"])
        return "ip-options", self.ethernet(IPV4, self.ip(options=option))

    def make_ip_address(self):
        source = self.random.choice(["127.0.0.1", "224.0.0.1", "255.255.255.255", "0.1.2.3",
                                     self.address])
        transport = frames.udp(source, self.address, self.port(), 7, self.noise())
        return "ip-address", self.ethernet(IPV4, self.ip(UDP, transport, source))

    def make_ip6_address(self):
        source = self.random.choice(["ff02::1", "::1", "::ffff:10.0.2.99", TARGET6])
        return "ip-address", self.ethernet(IPV6, self.ip6(UDP, self.noise(), source))

    def make_ip6_header(self):
        packet = self.ip6(UDP, self.noise())
        return self.random.choice([
            ("ip-header", self.ethernet(IPV6, broken(packet, 0, 0x50))),
            ("ip-header", self.ethernet(IPV6, broken(packet, 7, 0))),
            ("ip-length", self.ethernet(IPV6, broken(packet, 4, 0xff)))])

    def make_ip6_extension(self):
        chain = self.random.choice([
            (0, b"\x3c\0\x01\x04\0\0\0\0\0\0\0\0"),             # ends in the middle of a header
            (60, b"\0\0\x01\x04\0\0\0\0\x3b\0\0\0\0\0\0\0"),    # hop-by-hop not first
            (43, b"\x3b\0\0\0\0\0\0\0"),                        # routing type 0
            (60, b"\x3b\0\x01\x09\0\0\0\0"),                    # option longer than its header
            (60, b"\x3c\0\x01\x04\0\0\0\0" * 9)])               # no end
        return "ip-extension", self.ethernet(IPV6, self.ip6(*chain))

    def make_fragment(self):
        transport, field = self.random.choice([
            (bytes(31), 0x2008), (bytes(64), 0x1fff), (self.tcp()[:16], 0x2000), (b"", 0x0008)])
        packet = frames.ipv4(OUTSIDE, self.address, TCP, transport, fragment=field,
                             identification=self.random.getrandbits(16))
        return "fragment", self.ethernet(IPV4, packet)

    # -- malformed: transport

    def _transport(self, protocol, transport, where):
        """IPv4 with a transport header that is wrong but for its checksum, which lies at `where`."""
        transport = transport[:where] + b"\0\0" + transport[where + 2:]
        head = b"" if protocol == ICMP else frames.pseudo(OUTSIDE, self.address, protocol,
                                                          len(transport))
        value = frames.checksum(head + transport) or 0xffff
        transport = transport[:where] + struct.pack(">H", value) + transport[where + 2:]
        return self.ethernet(IPV4, self.ip(protocol, transport))

    def make_tcp_header(self):
        at, value = self.random.choice([(12, 0x40), (12, 0xf0)])
        return "tcp-header", self._transport(TCP, broken(self.tcp(), at, value), 16)

    def make_tcp_flags(self):
        flags = self.random.choice([0, 1, 3, 6, 7, 0x29, 0x3f, 0x13, 0x16, 0x22])
        return "tcp-flags", self.ethernet(IPV4, self.ip(TCP, self.tcp(flags)))

    def make_tcp_checksum(self):
        segment = self.tcp()
        return "tcp-checksum", self.ethernet(IPV4, self.ip(TCP, broken(segment, 17,
                                                                       segment[17] ^ 1)))

    def make_udp_header(self):
        datagram = self.udp()
        length = self.random.choice([0, 7, len(datagram) - 1, len(datagram) + 1, 65535])
        wrong = self.random.choice([datagram[:4] + struct.pack(">H", length) + datagram[6:],
                                    datagram[:2] + b"\0\0" + datagram[4:]])
        return "udp-header", self._transport(UDP, wrong, 6)

    def make_udp_checksum(self):
        datagram = self.udp()
        return "udp-checksum", self.ethernet(IPV4, self.ip(UDP, broken(datagram, 8,
                                                                       datagram[8] ^ 1)))

    def make_icmp_header(self):
        return self.random.choice([
            ("icmp-header", self.ethernet(IPV4, self.ip(ICMP, bytes(7)))),
            ("ip-header", self.ethernet(IPV4, self.ip(ICMPV6, bytes(16))))])

    def make_icmp_checksum(self):
        message = frames.ping(self.port(), 1, self.noise())
        return "icmp-checksum", self.ethernet(IPV4, self.ip(ICMP, broken(message, 9,
                                                                         message[9] ^ 1)))

    def udp6(self, port=7):
        return frames.udp(OUTSIDE6, TARGET6, self.port(), port, self.noise())

    def make_udp6_checksum(self):
        """Wrong, or none, which IPv6 does not allow."""
        datagram = self.udp6()
        wrong = self.random.choice([broken(datagram, 8, datagram[8] ^ 1),
                                    datagram[:6] + b"\0\0" + datagram[8:]])
        return "udp-checksum", self.ethernet(IPV6, self.ip6(UDP, wrong))

    def icmp6(self, kind, body, source=OUTSIDE6, **options):
        message = frames.icmpv6(source, TARGET6, kind, 0, body)
        return self.ethernet(IPV6, self.ip6(ICMPV6, message, source, **options))

    def make_icmp6_checksum(self):
        message = frames.icmpv6(OUTSIDE6, TARGET6, 128, 0, self.noise())
        return "icmp-checksum", self.ethernet(IPV6, self.ip6(ICMPV6, broken(message, 4,
                                                                            message[4] ^ 1)))

    def make_neighbour(self):
        """Discovery that came through a router, with an option without length, or that asks about a
        group; listeners' messages from elsewhere."""
        wanted, option = frames.address(TARGET6), b"\x01\x01" + STRANGER
        kind, body, hops = self.random.choice([
            (135, bytes(4) + wanted + option, 64),
            (135, bytes(4) + wanted + bytes(8), 255),
            (135, bytes(4) + frames.address("ff02::1") + option, 255),
            (134, bytes(12) + option, 255),                         # not from a link-local address
            (143, bytes(20), 1), (130, bytes(20), 64)])
        return "neighbour", self.icmp6(kind, body, hops=hops)

    # -- spoofed

    def make_spoofed_mac(self):
        return "spoofed-mac", self.ethernet(IPV4, self.ip(), self.mac)

    def make_spoofed_neighbour(self):
        claim = frames.arp(2, STRANGER, self.address, self.mac, OUTSIDE)
        other = frames.arp(2, broken(STRANGER, 5, 1), OUTSIDE, self.mac, self.address)
        return "spoofed-neighbour", self.ethernet(frames.ARP, self.random.choice([claim, other]))

    def spoofed_address(self, other):
        """As if from another client of the firewall."""
        transport = frames.udp(other, self.address, self.port(), 7, self.noise())
        return "spoofed-address", self.ethernet(IPV4, frames.ipv4(other, self.address, UDP,
                                                                  transport))

    def make_spoofed_neighbour6(self):
        """The client's address advertised, or claimed by a probe for duplicates."""
        claim = frames.advertisement(OUTSIDE6, "ff02::1", self.address6, STRANGER)
        probe = frames.solicitation("::", self.address6)
        given_away = frames.advertisement(OUTSIDE6, "ff02::1", OUTSIDE6, self.mac)
        packet = self.random.choice([claim, probe, given_away])
        return "spoofed-neighbour", self.ethernet(IPV6, packet)

    def make_spoofed_address6(self):
        """As if from the client itself, but to another address of its."""
        datagram = frames.udp(self.address6, TARGET6, self.port(), 7, self.noise())
        return "spoofed-address", self.ethernet(IPV6, self.ip6(UDP, datagram, self.address6))

    # -- well formed, but not allowed

    def make_tcp_state(self):
        return "tcp-state", self.ethernet(IPV4, self.ip(TCP, self.tcp(ACK)))

    def make_vlan(self):
        return "vlan", self.ethernet(0x8100, b"\0\x01\x08\0" + self.ip())

    def make_ethertype(self):
        return "ethertype", self.ethernet(0x88cc, self.noise())

    def make_no_rule(self):
        datagram = frames.udp(OUTSIDE, self.address, self.port(), 9999, self.noise())
        return "no-rule", self.ethernet(IPV4, self.ip(UDP, datagram))

    def make_tcp_state6(self):
        segment = frames.tcp(OUTSIDE6, TARGET6, (self.port(), 7), ACK, self.random.getrandbits(32))
        return "tcp-state", self.ethernet(IPV6, self.ip6(TCP, segment))

    def make_router_message(self):
        """A redirect."""
        body = bytes(4) + frames.address("fe80::99") + frames.address(OUTSIDE6)
        return "router-message", self.icmp6(137, body, "fe80::99", hops=255)

    def make_fragment_orphan6(self):
        header = struct.pack(">BBHI", UDP, 0, 0x100, self.random.getrandbits(32))
        return "fragment-orphan", self.ethernet(IPV6, self.ip6(44, header + bytes(64)))

    def make_no_rule6(self):
        return "no-rule", self.ethernet(IPV6, self.ip6(UDP, self.udp6(9999)))


def unwanted(first, second, count=10000):
    """Frames that must not pass, to the clients of two generators in turn.

    Yields (number from 1 on, reason to drop it, frame); some are as if from the other client.
    """
    for number in range(1, count + 1):
        to, other = (second, first) if number % 2 else (first, second)
        reason, frame = to.spoofed_address(other.address) if number % 39 == 0 else to.frame()
        yield number, reason, frame
