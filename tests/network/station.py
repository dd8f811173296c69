# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A host at the other end of the cable: answers ARP and IPv6 neighbours, exchanges datagrams, opens TCP
connections."""

import collections
import ipaddress
import struct

import frames

MAC = frames.mac("52:55:0a:00:02:02")
ADDRESS, ADDRESS6 = "10.0.2.2", "fd00::2"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


Packet = collections.namedtuple("Packet", "source to protocol transport")


def packet(frame):
    """The IPv4 or IPv6 packet of a frame, without padding and extension headers, or None."""
    if frame[12:14] == b"\x08\0":
        size, total = (frame[14] & 15) * 4, struct.unpack(">H", frame[16:18])[0]
        return Packet(str(ipaddress.ip_address(frame[26:30])), str(ipaddress.ip_address(frame[30:34])),
                      frame[23], frame[14 + size:14 + total])
    if frame[12:14] != b"\x86\xdd":
        return None
    protocol, data = frame[20], frame[54:54 + struct.unpack(">H", frame[18:20])[0]]
    if protocol == 0:   # hop-by-hop options
        protocol, data = data[0], data[(data[1] + 1) * 8:]
    return Packet(str(ipaddress.ip_address(frame[22:38])), str(ipaddress.ip_address(frame[38:54])),
                  protocol, data)


def comes_from(frame, source, protocol):
    """Whether a frame is a packet of this protocol from that address."""
    p = packet(frame)
    return p is not None and (p.source, p.protocol) == (source, protocol)


def is_discovery(frame):
    """Whether a frame is one of ARP, or of IPv6 neighbour or listener discovery."""
    p = packet(frame)
    if not p:
        return frame[12:14] == b"\x08\x06"
    return p.protocol == frames.ICMPV6 and p.transport[0] in (*range(130, 138), 143)


class Station:
    """The host; `peers` maps addresses of both versions to MAC addresses."""

    def __init__(self, wire, peers, mac=MAC, address=ADDRESS):
        self.wire, self.mac, self.address = wire, mac, address
        self.peers = {ip: frames.mac(text) for ip, text in peers.items()}
        self.next_id = 1

    # -- frames

    def address_for(self, peer):
        """This host's address of a peer's version."""
        return ADDRESS6 if ":" in peer else self.address

    def send(self, to, protocol, transport, source=None, **options):
        """Sends a packet; source: another sender than this host, with its MAC."""
        make, kind = (frames.ipv6, frames.IPV6) if ":" in to else (frames.ipv4, frames.IPV4)
        whole = make(source or self.address_for(to), to, protocol, transport, **options)
        target = self.peers[to] if to in self.peers else frames.group_mac(to)
        self.wire.send(frames.ethernet(target, self.mac, kind, whole))

    def _answer_solicitation(self, frame):
        """Answers a question for this host's IPv6 address."""
        asked = packet(frame)
        if not asked or asked.protocol != frames.ICMPV6 or asked.transport[0] != 135 or \
                asked.transport[8:24] != frames.address(ADDRESS6) or asked.source == "::":
            return
        reply = frames.advertisement(ADDRESS6, asked.source, ADDRESS6, self.mac)
        self.wire.send(frames.ethernet(frame[6:12], self.mac, frames.IPV6, reply))

    def _answer(self, frame):
        """Answers a question for this host, and ARP for any address that is no peer's."""
        self._answer_solicitation(frame)
        if frame[12:14] != b"\x08\x06" or frame[20:22] != b"\0\1":
            return
        wanted = ".".join(str(byte) for byte in frame[38:42])
        if wanted in self.peers or frame[28:32] == frame[38:42]:
            return
        sender_ip = ".".join(str(byte) for byte in frame[28:32])
        reply = frames.arp(2, self.mac, wanted, frame[6:12], sender_ip)
        self.wire.send(frames.ethernet(frame[6:12], self.mac, frames.ARP, reply))

    def expect(self, wanted, what, seconds=10):
        """The next frame that is wanted; ARP is answered meanwhile."""
        def look(frame):
            self._answer(frame)
            return wanted(frame)
        return self.wire.expect(look, what, seconds)

    def drain(self, seconds=0.5):
        """Everything that comes for a while; ARP is answered."""
        seen = self.wire.collect(seconds)
        for frame in seen:
            self._answer(frame)
        return seen

    def find(self, peer, seconds=60):
        """Asks for the peer's MAC address until it answers."""
        if ":" in peer:
            group = frames.group_mac(frames.solicitation_group(peer))
            question = frames.ethernet(group, self.mac, frames.IPV6,
                                       frames.solicitation(ADDRESS6, peer, self.mac))
        else:
            question = frames.ethernet(frames.BROADCAST, self.mac, frames.ARP,
                                       frames.arp(1, self.mac, self.address, bytes(6), peer))

        def answers(frame):
            if frame[6:12] != self.peers[peer]:
                return False
            if ":" not in peer:
                return frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2"
            told = packet(frame)
            return told and told.protocol == frames.ICMPV6 and told.transport[0] == 136 and \
                told.transport[8:24] == frames.address(peer)
        for _ in range(seconds):
            self.wire.send(question, seconds)
            try:
                self.wire.expect(answers, "an answer to ARP or a solicitation", 0.4)
                return
            except AssertionError:
                pass   # not there yet
        raise AssertionError(f"{peer} does not answer")

    def no_packet(self, seconds=0.7):
        """Nothing comes for a while but ARP, and IPv6 neighbours and listeners."""
        seen = [frame for frame in self.drain(seconds) if not is_discovery(frame)]
        assert not seen, f"{len(seen)} frames, the first: {seen[0].hex()}"

    # -- UDP

    def udp(self, to, port, payload, source_port=5000, source=None):
        """Sends a datagram, with IPv4 in parts when it is large."""
        datagram = frames.udp(source or self.address_for(to), to, source_port, port, payload)
        if ":" in to:
            self.send(to, frames.UDP, datagram, source)
            return
        self.next_id += 1
        for start in range(0, len(datagram), 1480):
            part = datagram[start:start + 1480]
            more = start + len(part) < len(datagram)
            self.send(to, frames.UDP, part, source, identification=self.next_id,
                      fragment=(0x2000 if more else 0) | start // 8)

    def udp_answer(self, peer, port, seconds=10):
        """The payload of the next datagram from a peer to `port` here."""
        def is_part(frame):
            return comes_from(frame, peer, frames.UDP)
        parts, wanted = {}, None
        while wanted is None or sum(map(len, parts.values())) < wanted:
            frame = self.expect(is_part, f"a datagram of {peer}", seconds)
            total, field = struct.unpack(">H2xH", frame[16:22])
            offset = (field & 0x1fff) * 8
            parts[offset] = frame[34:14 + total]
            if offset == 0:
                wanted = struct.unpack(">H", frame[38:40])[0]
        datagram = b"".join(parts[offset] for offset in sorted(parts))
        source_port, to = struct.unpack(">HH", datagram[:4])
        assert to == port, f"answer from port {source_port} to {to}, not {port}"
        return datagram[8:]

    def echo(self, peer, port, payload, source_port=5000, answer_port=None):
        """Sends a datagram and checks that it comes back."""
        self.udp(peer, port, payload, source_port)
        assert self.udp_answer(peer, answer_port or source_port) == payload

    # -- ICMP

    def ping(self, peer, identifier=1, sequence=1, payload=b"0123456789"):
        """Sends an echo request."""
        if ":" in peer:
            body = struct.pack(">HH", identifier, sequence) + payload
            self.send(peer, frames.ICMPV6, frames.icmpv6(ADDRESS6, peer, 128, 0, body))
        else:
            self.send(peer, frames.ICMP, frames.ping(identifier, sequence, payload))

    def ping_answer(self, peer, identifier=1, seconds=5):
        """Waits for the answer."""
        wanted = (frames.ICMPV6, 129) if ":" in peer else (frames.ICMP, 0)

        def answers(frame):
            p = packet(frame)
            return p and (p.protocol, p.transport[0]) == wanted and p.source == peer and \
                struct.unpack(">H", p.transport[4:6])[0] == identifier
        return self.expect(answers, "a ping's answer", seconds)


class Connection:
    """A TCP connection from the host, one segment at a time."""

    def __init__(self, station, peer, port, source_port=40000):
        self.station, self.peer = station, peer
        self.ports = (source_port, port)
        self.sequence, self.acknowledge = 1000, 0

    def send(self, flags, payload=b"", sequence=None, acknowledge=None, window=65535):
        """Sends a segment."""
        segment = frames.tcp(self.station.address_for(self.peer), self.peer, self.ports, flags,
                             self.sequence if sequence is None else sequence,
                             self.acknowledge if acknowledge is None else acknowledge, payload,
                             window)
        self.station.send(self.peer, frames.TCP, segment)

    def receive(self, what, seconds=10):
        """(flags, sequence, acknowledgement, payload) of the peer's next segment."""
        def mine(frame):
            return comes_from(frame, self.peer, frames.TCP) and \
                struct.unpack(">HH", packet(frame).transport[:4]) == self.ports[::-1]
        segment = packet(self.station.expect(mine, what, seconds)).transport
        sequence, acknowledge, words, flags = struct.unpack(">IIBB", segment[4:14])
        return flags, sequence, acknowledge, segment[(words >> 4) * 4:]

    def open(self):
        """Three segments."""
        self.send(SYN)
        self.sequence += 1
        flags, sequence, acknowledge, _ = self.receive("SYN and ACK")
        assert flags & (SYN | ACK) == SYN | ACK and acknowledge == self.sequence
        self.acknowledge = sequence + 1
        self.send(ACK)

    def write(self, payload):
        """Sends data."""
        self.send(ACK | PSH, payload)
        self.sequence += len(payload)

    def more(self, what):
        """The data of the peer's next segment, acknowledged; none if it is not the next in order."""
        _, sequence, _, payload = self.receive(what)
        if not payload or sequence != self.acknowledge:
            return b""
        self.acknowledge += len(payload)
        self.send(ACK)
        return payload

    def read(self, size):
        """At least so many bytes of the peer, acknowledged as they come."""
        data = b""
        while len(data) < size:
            data += self.more(f"{size} bytes")
        return data

    def close(self):
        """Ends both directions."""
        self.send(FIN | ACK)
        self.sequence += 1
        while True:
            flags, sequence, _, payload = self.receive("FIN")
            if flags & FIN:
                self.acknowledge = sequence + len(payload) + 1
                self.send(ACK)
                return
