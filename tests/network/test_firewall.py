# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The firewall from the line: what the rules allow passes, everything else is counted."""

import collections
import re

import pytest
import frames
from counters import Counters
from generator import Generator, unwanted
from station import ACK, RST, SYN, Connection, Station, comes_from, packet

RING, PAGE, DIRECT, OPEN = "10.0.2.15", "10.0.2.16", "10.0.2.17", "10.0.2.18"
RING6 = "fd00::15"
PEERS = {RING: "02:00:00:00:00:0f", PAGE: "02:00:00:00:00:10", DIRECT: "02:00:00:00:00:11",
         OPEN: "02:00:00:00:00:12", RING6: "02:00:00:00:00:0f"}
MAX_CONNECTIONS = 40


class Walled:
    """The application and its counters."""

    def __init__(self, console, station):
        self.console, self.station = console, station
        self.counters = Counters(console)
        self.before = collections.Counter()

    def begin(self):
        """From here on counts; the counters are printed once a second."""
        self.console.watch(1.5)
        self.before = self.counters.now()

    def wait_for(self, wanted):
        """Waits until so many more were counted; returns what was counted since begin()."""
        return self.counters.wait_for(wanted, self.before)


@pytest.fixture
def walled(boot, wire):
    console = boot("tests/network/apps/walled", devices=wire.devices())
    station = Station(wire, PEERS)
    for peer in PEERS:
        station.find(peer)
    for peer in RING, PAGE:
        station.echo(peer, 7, b"now they know each other")
    return Walled(console, station)


def rules(walled):
    station = walled.station
    station.echo(RING, 8, b"allowed")
    station.udp(RING, 9, b"no such port in the rules")
    station.udp(RING, 7, b"not from there", source="10.0.3.2")
    Connection(station, PAGE, 7).send(SYN)    # TCP is allowed to the other one only
    Connection(station, RING, 8, 41000).send(SYN)
    station.no_packet()
    assert walled.wait_for({"no-rule": 4})["no-rule"] == 4
    assert "dropped to ring: no-rule: udp 10.0.3.2 port 5000 to 10.0.2.15 port 7" in walled.console.text


def out_of_state(walled):
    station = walled.station
    stray = Connection(station, RING, 7)
    stray.send(ACK, b"who?")
    stray.send(RST)
    stray.send(SYN | ACK)
    connection = Connection(station, RING, 7, 41000)
    connection.open()
    connection.write(b"hello")
    assert connection.read(5) == b"hello"
    connection.send(ACK, b"from nowhere", sequence=connection.sequence + 10000000)
    connection.send(RST, sequence=connection.sequence + 10000000)
    connection.send(ACK, acknowledge=connection.acknowledge + 1000)
    connection.write(b"still here")
    assert connection.read(10) == b"still here"
    counters = walled.wait_for({"tcp-state": 3, "tcp-window": 3})
    assert (counters["tcp-state"], counters["tcp-window"]) == (3, 3)
    connection.close()


def full_table(walled):
    """A client's share of connections; the other client has its own; what expires makes room."""
    station = walled.station
    station.drain(4)   # what was open before has expired
    for i in range(MAX_CONNECTIONS):
        station.echo(RING, 7, b"%d" % i, 20000 + i)
    for i in range(10):
        station.udp(RING, 7, b"no more", 30000 + i)
    station.echo(PAGE, 7, b"another share", 30000)
    station.echo(RING, 7, b"known", 20000 + MAX_CONNECTIONS - 1)
    assert walled.wait_for({"table-full": 10})["table-full"] == 10
    station.drain(4)
    station.echo(RING, 7, b"room again", 30001)


def limit(walled):
    station = walled.station
    for i in range(50):
        station.ping(RING, 100 + i)
    answers = [f for f in station.drain(1) if f[12:14] == b"\x08\0" and f[23] == frames.ICMP]
    assert 5 <= len(answers) < 30
    assert walled.wait_for({"rate": 50 - len(answers)})["rate"] == 50 - len(answers)


def fragments(walled):
    station = walled.station
    station.echo(RING, 7, bytes(3000))
    datagram = frames.udp(station.address, RING, 5000, 7, bytes(2000))
    station.send(RING, frames.UDP, datagram[1480:], identification=500, fragment=185)
    station.send(RING, frames.UDP, datagram[:1480], identification=501, fragment=0x2000)
    station.send(RING, frames.UDP, datagram[1472:], identification=501, fragment=184)
    station.no_packet()
    counters = walled.wait_for({"fragment": 1, "fragment-orphan": 1})
    assert (counters["fragment"], counters["fragment-orphan"]) == (1, 1)


def neighbours(walled):
    """IPv6 neighbours find each other without a rule; nobody else speaks for a client."""
    station = walled.station
    station.find(RING6)
    mac, ring = station.mac, station.peers[RING6]
    everybody = frames.group_mac("ff02::1")

    def claim(address):
        return frames.advertisement("fd00::2", "ff02::1", address, mac)
    for to, said in ((everybody, claim(RING6)), (everybody, claim(frames.link_local(ring))),
                     (everybody, frames.solicitation("::", RING6)),
                     (ring, frames.ipv6(RING6, "fd00::17", frames.UDP,
                                        frames.udp(RING6, "fd00::17", 1, 7, b"me")))):
        station.wire.send(frames.ethernet(to, mac, frames.IPV6, said))
    wanted = {"spoofed-neighbour": 3, "spoofed-address": 1}
    counters = walled.wait_for(wanted)
    # what goes to everybody goes to the other client, too, and is as wrong there
    assert counters["spoofed-neighbour"] == 6 and counters["spoofed-address"] == 1
    station.find(RING6)


def ipv6(walled):
    """What the rules allow passes, and comes back; nothing else does."""
    station = walled.station
    connection = Connection(station, RING6, 7, 43000)
    connection.open()
    connection.write(b"over IPv6")
    assert connection.read(9) == b"over IPv6"
    station.ping(RING6, 3)
    station.ping_answer(RING6, 3)
    # an error about a datagram that was allowed belongs to it: nobody listens there
    station.udp(RING6, 7, b"who listens?")
    station.expect(lambda f: comes_from(f, RING6, frames.ICMPV6) and
                   packet(f).transport[:2] == b"\1\4", "port unreachable")
    Connection(station, RING6, 8, 43000).send(SYN)
    station.udp(RING6, 9, b"no such port in the rules")
    station.udp(RING6, 7, b"not from there", source="fd01::2")
    Connection(station, RING6, 7, 43001).send(ACK, b"who?")
    connection.send(ACK, b"far away", sequence=connection.sequence + 10000000)
    station.no_packet()
    counters = walled.wait_for({"no-rule": 3, "tcp-state": 1, "tcp-window": 1})
    assert (counters["no-rule"], counters["tcp-state"], counters["tcp-window"]) == (3, 1, 1)
    assert "dropped to ring: no-rule: udp fd01::2 port 5000 to fd00::15 port 7" in walled.console.text
    connection.write(b"still here")
    assert connection.read(10) == b"still here"
    connection.close()


def limit6(walled):
    """Like the limit of IPv4, on its own account."""
    station = walled.station
    for i in range(50):
        station.ping(RING6, 100 + i)
    answers = [f for f in station.drain(1) if comes_from(f, RING6, frames.ICMPV6) and
               packet(f).transport[0] == 129]
    assert 5 <= len(answers) < 30
    assert walled.wait_for({"rate": 50 - len(answers)})["rate"] == 50 - len(answers)


def nothing_kept_in(walled):
    """What the clients themselves have sent so far was all right: ARP, discovery, listeners, answers."""
    assert set(walled.counters.now("from")) == {"passed"}


def without_rules(walled):
    """Everything well formed passes; what is malformed does not; older wiring works."""
    station = walled.station
    assert walled.console.text.count("warning: no rules") == 1
    station.udp(OPEN, 7, b"from anywhere", source="192.0.2.1")
    station.expect(lambda f: f[12:14] == b"\x08\0" and b"from anywhere" in f, "the answer")
    make = Generator(PEERS[OPEN], OPEN, 5)
    for _ in range(200):
        for wrong in make.make_ip_checksum, make.make_udp_checksum, make.make_ip_length:
            station.wire.send(wrong()[1])
        for _ in range(2):
            station.echo(OPEN, 7, b"still there")
    station.no_packet()
    walled.console.watch(1)
    for reason in "ip-checksum", "udp-checksum", "ip-length":
        assert f"dropped to open: {reason}: " in walled.console.text


def generator(walled):
    """10,000 frames that must not pass: none does, and each is counted for its reason."""
    station, expected, good = walled.station, collections.Counter(), 0
    for number, reason, frame in unwanted(Generator(PEERS[RING], RING, 1),
                                          Generator(PEERS[PAGE], PAGE, 2)):
        expected[reason] += 1
        station.wire.send(frame)
        # a good datagram now and then: all before it has been looked at when its answer comes
        if number % 50 == 0:
            for peer in RING, PAGE:
                station.echo(peer, 7, b"%d" % number)
                good += 1
    assert sum(expected.values()) == 10000 and len(expected) >= 22
    counters = walled.wait_for(expected)
    arp = counters.pop("passed") - good
    assert 0 <= arp < 40, "more passed than was good, beside answers to ARP"
    assert counters == dict(expected)
    station.no_packet()
    assert not re.search(r"FAULT HANDLER|panic|lwIP:", walled.console.text)


def test_firewall(walled):
    for part in (rules, full_table, out_of_state, limit, fragments, neighbours, ipv6, limit6,
                 nothing_kept_in, without_rules, generator):
        print(part.__name__)
        walled.begin()
        part(walled)
