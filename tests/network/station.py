# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A host at the other end of the cable: answers ARP, exchanges datagrams, opens TCP connections."""

import struct

import frames

MAC = frames.mac("52:55:0a:00:02:02")
ADDRESS = "10.0.2.2"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def kind(frame, protocol):
    """Whether a frame is an IPv4 packet of this protocol."""
    return frame[12:14] == b"\x08\0" and frame[23] == protocol


def source_of(frame):
    """The IPv4 address a packet comes from."""
    return ".".join(str(byte) for byte in frame[26:30])


class Station:
    """The host; `peers` maps IPv4 addresses to MAC addresses."""

    def __init__(self, wire, peers, mac=MAC, address=ADDRESS):
        self.wire, self.mac, self.address = wire, mac, address
        self.peers = {ip: frames.mac(text) for ip, text in peers.items()}
        self.next_id = 1

    # -- frames

    def send(self, to, protocol, transport, source=None, **options):
        """Sends an IPv4 packet; source: another sender than this host, with its MAC."""
        packet = frames.ipv4(source or self.address, to, protocol, transport, **options)
        self.wire.send(frames.ethernet(self.peers[to], self.mac, frames.IPV4, packet))

    def _answer_arp(self, frame):
        """Answers a request for any address that is no peer's."""
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
            self._answer_arp(frame)
            return wanted(frame)
        return self.wire.expect(look, what, seconds)

    def drain(self, seconds=0.5):
        """Everything that comes for a while; ARP is answered."""
        seen = self.wire.collect(seconds)
        for frame in seen:
            self._answer_arp(frame)
        return seen

    def find(self, peer, seconds=60):
        """Asks for the peer's MAC address until it answers."""
        request = frames.arp(1, self.mac, self.address, bytes(6), peer)

        def answers(frame):
            return frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2" and \
                frame[6:12] == self.peers[peer]
        for _ in range(seconds):
            self.wire.send(frames.ethernet(frames.BROADCAST, self.mac, frames.ARP, request), seconds)
            try:
                self.wire.expect(answers, "an answer to ARP", 0.4)
                return
            except AssertionError:
                pass   # not there yet
        raise AssertionError(f"{peer} does not answer")

    # -- UDP

    def udp(self, to, port, payload, source_port=5000, source=None):
        """Sends a datagram, in parts when it is large."""
        datagram = frames.udp(source or self.address, to, source_port, port, payload)
        self.next_id += 1
        for start in range(0, len(datagram), 1480):
            part = datagram[start:start + 1480]
            more = start + len(part) < len(datagram)
            self.send(to, frames.UDP, part, source, identification=self.next_id,
                      fragment=(0x2000 if more else 0) | start // 8)

    def udp_answer(self, peer, port, seconds=10):
        """The payload of the next datagram from a peer to `port` here."""
        def is_part(frame):
            return kind(frame, frames.UDP) and source_of(frame) == peer
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
        self.send(peer, frames.ICMP, frames.ping(identifier, sequence, payload))

    def ping_answer(self, peer, identifier=1, seconds=5):
        """Waits for the answer."""
        return self.expect(lambda f: kind(f, frames.ICMP) and source_of(f) == peer and f[34] == 0 and
                           struct.unpack(">H", f[38:40])[0] == identifier, "a ping's answer",
                           seconds)


class Connection:
    """A TCP connection from the host, one segment at a time."""

    def __init__(self, station, peer, port, source_port=40000):
        self.station, self.peer = station, peer
        self.ports = (source_port, port)
        self.sequence, self.acknowledge = 1000, 0

    def send(self, flags, payload=b"", sequence=None, acknowledge=None):
        """Sends a segment."""
        segment = frames.tcp(self.station.address, self.peer, self.ports, flags,
                             self.sequence if sequence is None else sequence,
                             self.acknowledge if acknowledge is None else acknowledge, payload)
        self.station.send(self.peer, frames.TCP, segment)

    def receive(self, what, seconds=10):
        """(flags, sequence, acknowledgement, payload) of the peer's next segment."""
        def mine(frame):
            return kind(frame, frames.TCP) and source_of(frame) == self.peer and \
                struct.unpack(">HH", frame[34:38]) == self.ports[::-1]
        frame = self.station.expect(mine, what, seconds)
        total = struct.unpack(">H", frame[16:18])[0]
        sequence, acknowledge, words, flags = struct.unpack(">IIBB", frame[38:48])
        return flags, sequence, acknowledge, frame[34 + (words >> 4) * 4:14 + total]

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
