# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/firewall: two guests behind the firewall, with somebody unfriendly at the other end of the cable."""

import collections
import re

import pytest
import frames
from counters import Counters
from generator import Generator, unwanted
from guest import log_in_all
from station import ACK, RST, SYN, Connection, Station, comes_from, packet

ONE, TWO = "10.0.2.15", "10.0.2.16"
ONE6, TWO6 = "fd00::15", "fd00::16"
PEERS = {ONE: "06:00:00:0b:0c:0d", TWO: "06:00:00:0b:0c:0e",
         ONE6: "06:00:00:0b:0c:0d", TWO6: "06:00:00:0b:0c:0e"}
SHARE = 64   # connections of each guest


class Walled:
    """Two guests, logged in, the host at the other end, and the firewall's counters."""

    def __init__(self, console, station):
        self.console, self.station = console, station
        self.guests = log_in_all(console, 2, 300)
        self.counters = Counters(console, ".*")


@pytest.fixture
def walled(boot, wire, nic):
    model, suffix, options = nic
    console = boot(f"tests/network/apps/firewall{suffix}" if suffix else "firewall",
                   devices=wire.devices(model), **options)
    walled = Walled(console, Station(wire, PEERS))
    for peer in ONE, TWO:
        walled.station.find(peer)
    walled.guests[0].focus()
    walled.guests[0].run("mkdir -p /tmp/www; echo published > /tmp/www/index.html; "
                         "head -c 8000000 /dev/urandom > /tmp/www/large; "
                         "busybox httpd -p 80 -h /tmp/www")
    return walled


def get(station, peer, port, source_port):
    """Fetches a page; returns what the server says."""
    connection = Connection(station, peer, port, source_port)
    connection.open()
    connection.write(b"GET / HTTP/1.0\r\n\r\n")
    data = b""
    while b"published" not in data:
        data += connection.more("the page")
    return data


def nobody_answers(station):
    """No connection is accepted or refused for a while."""
    assert not [f for f in station.drain(1) if (p := packet(f)) and p.protocol == frames.TCP and
                p.transport[13] & (SYN | RST)]


def published_port(walled):
    """Port 80 of the first guest is open, to the line and to the other guest; nothing else is."""
    station, before = walled.station, walled.counters.now()
    assert b"200 OK" in get(station, ONE, 80, 40000)
    for peer, port in (ONE, 81), (ONE, 22), (TWO, 80):
        Connection(station, peer, port, 40001).send(SYN)
    station.udp(ONE, 80, b"not TCP")
    nobody_answers(station)
    assert walled.counters.wait_for({"no-rule": 4}, before)["no-rule"] == 4
    walled.guests[1].focus()
    assert walled.guests[1].run("wget -q -O - http://10.0.2.15/", 30) == "published"
    # large segments of the first guest, cut for the second, whose frames go by calls
    whole = walled.guests[1].run("wget -q -O - http://10.0.2.15/large | sha256sum", 120)
    walled.guests[0].focus()
    assert walled.guests[0].run("sha256sum < /tmp/www/large") == whole
    assert "0% packet loss" in walled.guests[0].run("ping -c 3 10.0.2.16", 30)


def ipv6(walled):
    """The same rules for IPv6: neighbours find each other, what is allowed passes, nothing else does."""
    station, one, two = walled.station, *walled.guests
    walled.console.watch(6)   # the counters are printed every five seconds
    before, outward = walled.counters.now(), walled.counters.now("from")
    two.focus()
    two.run(f"ip -6 addr add {TWO6}/64 dev eth0")
    one.focus()
    one.run(f"ip -6 addr add {ONE6}/64 dev eth0")
    for peer in ONE6, TWO6:
        station.find(peer)
    assert b"200 OK" in get(station, ONE6, 80, 42000)
    station.ping(ONE6, 4)
    station.ping_answer(ONE6, 4)
    for peer, port in (ONE6, 81), (TWO6, 80):
        Connection(station, peer, port, 42001).send(SYN)
    station.udp(ONE6, 80, b"not TCP")
    nobody_answers(station)
    more = walled.counters.wait_for({"no-rule": 3}, before)
    assert more.pop("passed") and dict(more) == {"no-rule": 3}
    # between the guests, and out
    assert "0% packet loss" in one.run(f"ping -c 3 {TWO6}", 30)
    two.focus()
    assert two.run(f"wget -q -O - http://[{ONE6}]/", 30) == "published"
    two.console.line("echo question | nc.openbsd -6 -u -p 7000 -w 5 fd00::2 5353 > /tmp/answers6")
    question = station.expect(lambda f: comes_from(f, TWO6, frames.UDP), "the question", 30)
    assert b"question" in question
    station.udp(TWO6, 7001, b"not asked\n", 5353)
    station.udp(TWO6, 7000, b"asked\n", 5353)
    two.console.expect(r" # ", 60, two.style)
    assert two.run("cat /tmp/answers6") == "asked"
    # what Linux itself says to neighbours, routers and listeners is all right
    assert set(walled.counters.now("from")) == {"passed"}
    # an address it was not given
    two.run("ip -6 addr add fd00::99/64 dev eth0; ip -6 addr del fd00::16/64 dev eth0")
    two.run("ping -c 4 -W 1 fd00::2 >/dev/null || true")
    walled.counters.wait_for({"spoofed-neighbour": 1, "spoofed-address": 1}, outward, direction="from")
    two.run(f"ip -6 addr del fd00::99/64 dev eth0; ip -6 addr add {TWO6}/64 dev eth0")
    one.focus()


def out_of_state(walled):
    """Segments without a connection, or outside its window, do not reach the guest."""
    station, before = walled.station, walled.counters.now()
    stray = Connection(station, ONE, 80, 41000)
    stray.send(ACK, b"who?")
    connection = Connection(station, ONE, 80, 41001)
    connection.open()
    connection.send(ACK, b"far away", sequence=connection.sequence + 100000000)
    more = walled.counters.wait_for({"tcp-state": 1, "tcp-window": 1}, before)
    assert (more["tcp-state"], more["tcp-window"]) == (1, 1)
    connection.close()


def late_reply(walled):
    """An answer in time reaches the guest; one that comes after the connection has expired does not."""
    station, before, guest = walled.station, walled.counters.now(), walled.guests[0]
    guest.console.line("echo question | nc.openbsd -u -p 7000 -w 20 10.0.2.2 5353 > /tmp/answers")
    question = station.expect(lambda f: comes_from(f, ONE, frames.UDP), "the question", 30)
    assert b"question" in question
    station.udp(ONE, 7000, b"in-time\n", 5353)
    station.udp(ONE, 7001, b"not asked\n", 5353)
    walled.console.watch(8)
    station.udp(ONE, 7000, b"too-late\n", 5353)
    assert walled.counters.wait_for({"no-rule": 2}, before)["no-rule"] == 2
    guest.focus()
    assert guest.run("cat /tmp/answers") == "in-time"


def full_table(walled):
    """More connections than the guest's share do not reach it; the other guest has its own."""
    station, before = walled.station, walled.counters.now()
    for i in range(3 * SHARE):
        Connection(station, ONE, 80, 20000 + i).send(SYN)
        if i % 20 == 0:
            station.drain(0.2)
    station.drain(1)
    more = walled.counters.wait_for({"table-full": 2 * SHARE}, before)
    assert 2 * SHARE <= more["table-full"] <= 3 * SHARE
    walled.guests[1].focus()
    walled.guests[1].console.line("echo mine | nc.openbsd -u -w 2 10.0.2.2 5353")
    station.expect(lambda f: comes_from(f, TWO, frames.UDP), "the other guest's datagram",
                   30)
    walled.console.expect(r" # ", 60, walled.guests[1].style)


def received(guest):
    guest.focus()
    return int(guest.run("cat /sys/class/net/eth0/statistics/rx_packets"))


def generator(walled):
    """10,000 frames that must not pass: the guests see none, and each is counted for its reason."""
    station, expected, good = walled.station, collections.Counter(), 0
    seen = [received(guest) for guest in walled.guests]
    station.drain(1)
    walled.console.watch(6)   # the counters are printed every five seconds
    before = walled.counters.now()
    for number, reason, frame in unwanted(Generator(PEERS[ONE], ONE, 3),
                                          Generator(PEERS[TWO], TWO, 4)):
        expected[reason] += 1
        station.wire.send(frame)
        # a good ARP request now and then: all before it has been looked at when its answer comes
        if number % 50 == 0:
            for peer in ONE, TWO:
                station.find(peer)
                good += 1
    assert sum(expected.values()) == 10000 and len(expected) >= 22
    more = walled.counters.wait_for(expected, before)
    passed = more.pop("passed")
    assert dict(more) == dict(expected)
    now = [received(guest) for guest in walled.guests]
    arrived = [after - earlier for after, earlier in zip(now, seen)]
    assert sum(arrived) <= passed + 20 and all(count < 1000 for count in arrived)
    assert passed >= good
    for guest in walled.guests:
        guest.focus()
        assert guest.run("dmesg | grep -c -E 'BUG|Oops|WARNING' || true") == "0"
    assert not re.search(r"Kernel panic|FAULT HANDLER", walled.console.text)


def test_guests(walled):
    for part in published_port, ipv6, out_of_state, late_reply, full_table, generator:
        part(walled)
