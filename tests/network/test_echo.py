# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""UDPServer and Echo, from the line: UDP, pings, a TCP echo; by ring link, by calls, with and without
a firewall in between."""

import time

import pytest
import frames
from station import Connection, Station

RING, PAGE, DIRECT, OPEN = "10.0.2.15", "10.0.2.16", "10.0.2.17", "10.0.2.18"
PEERS = {RING: "02:00:00:00:00:0f", PAGE: "02:00:00:00:00:10", DIRECT: "02:00:00:00:00:11",
         OPEN: "02:00:00:00:00:12"}


@pytest.fixture
def station(boot, wire):
    """The host, once all servers are there."""
    boot("tests/network/apps/walled", devices=wire.devices())
    station = Station(wire, PEERS)
    for peer in PEERS:
        station.find(peer)
    return station


def udp(station):
    for size in 0, 1, 26, 500, 1472:
        payload = bytes((i * 3 + size) & 255 for i in range(size))
        for peer, answer in (RING, 5000), (PAGE, 5000), (OPEN, 5000), (DIRECT, 9):
            station.echo(peer, 7, payload, 5000, answer)


def both_ports(station):
    station.echo(RING, 8, b"eight", 6000)
    station.echo(DIRECT, 8, b"eight", 6000, 10)   # its sender's configured port
    station.udp(RING, 9, b"nobody listens")
    assert not any(frames.UDP == f[23] for f in station.drain() if f[12:14] == b"\x08\0")


def datagrams_in_parts(station):
    """Several packets make one datagram; what does not fit a receiver's memory is dropped."""
    payload = bytes(i & 255 for i in range(9000))
    station.echo(RING, 7, payload[:4000])
    station.echo(DIRECT, 7, payload, 5000, 9)
    for peer in RING, PAGE:
        station.udp(peer, 7, payload[:4097])
        station.echo(peer, 7, b"still there")


def many_at_once(station):
    """As many as a receiver keeps come back, in order; who sends more loses some, nobody else does."""
    for peer, answer in (RING, 5000), (PAGE, 5000):
        station.echo(peer, 7, b"now they know each other", 5000, answer)
    for peer, answer in (RING, 5000), (PAGE, 5000):
        for start in range(0, 300, 30):
            for i in range(start, start + 30):
                station.udp(peer, 7, b"%d" % i)
            for i in range(start, start + 30):
                assert station.udp_answer(peer, answer) == b"%d" % i
    for i in range(500):
        station.udp(DIRECT, 7, bytes(1000))
    while station.drain(1):
        pass
    station.udp(DIRECT, 7, b"after the flood")
    station.expect(lambda f: b"after the flood" in f, "an answer after the flood", 20)
    station.echo(RING, 7, b"after")


def off_link(station):
    """A sender behind the gateway gets its answer through the gateway."""
    station.udp(DIRECT, 7, b"from afar", source="192.0.2.1")
    frame = station.expect(lambda f: f[12:14] == b"\x08\0" and f[30:34] == bytes([192, 0, 2, 1]),
                           "the answer")
    assert frame[:6] == station.mac and b"from afar" in frame


def pings(station):
    station.ping(RING, 7)
    station.ping_answer(RING, 7)
    station.ping(DIRECT, 8)   # it was told not to answer
    assert not any(f[23] == frames.ICMP for f in station.drain() if f[12:14] == b"\x08\0")


def ipv4_only(station):
    """A server without an IPv6 address takes no part in IPv6, not even with the link-local one."""
    mac = station.peers[DIRECT]
    wanted = frames.link_local(mac)
    question = frames.solicitation("fd00::2", wanted, station.mac)
    for to in frames.group_mac(frames.solicitation_group(wanted)), mac:
        station.wire.send(frames.ethernet(to, station.mac, frames.IPV6, question))
    ping = frames.icmpv6("fd00::2", "ff02::1", 128, 0, b"\0\1\0\1")
    station.wire.send(frames.ethernet(mac, station.mac, frames.IPV6,
                                      frames.ipv6("fd00::2", "ff02::1", frames.ICMPV6, ping)))
    station.echo(DIRECT, 7, b"all before has been looked at", 5000, 9)
    assert not any(f[6:12] == mac and f[12:14] == b"\x86\xdd" for f in station.drain())


def tcp(station):
    """Several connections at once, more data than a window, and ports that are used again."""
    connections = [Connection(station, RING, 7, 41000 + i) for i in range(3)]
    for connection in connections:
        connection.open()
    for size in 1, 100, 1460:
        payload = bytes((i * 7 + size) & 255 for i in range(size))
        for connection in connections:
            connection.write(payload)
        for connection in connections:
            assert connection.read(size) == payload
    for _ in range(30):
        connections[0].write(bytes(1400))
        assert connections[0].read(1400) == bytes(1400)
    for connection in connections:
        connection.close()
    again = Connection(station, RING, 7, 41000)
    again.sequence = 900000
    again.open()
    again.write(b"again")
    assert again.read(5) == b"again"
    again.close()


def time_passes(station):
    """The stack repeats what is not acknowledged: its timers run."""
    connection = Connection(station, RING, 7)
    connection.open()
    connection.write(b"lost")
    first = connection.receive("the echo")
    while not first[3]:
        first = connection.receive("the echo")
    started = time.monotonic()
    again = connection.receive("the echo again", 20)
    assert again[3] == b"lost" and again[1] == first[1]
    assert time.monotonic() > started
    connection.send(4, sequence=connection.sequence)


def test_servers(station):
    for part in (udp, both_ports, datagrams_in_parts, many_at_once, off_link, pings, ipv4_only, tcp,
                 time_passes):
        print(part.__name__)
        part(station)
