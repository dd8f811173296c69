# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""UDPServer as its clients see it, call by call; its multicast group and IPv6 address; and peers who want
all of its memory."""

import struct

import pytest
import frames
from station import ACK, ADDRESS6, FIN, PSH, RST, SYN, Connection, Station, comes_from, packet

SERVER, SERVER6 = "10.0.2.30", "fd00::30"
GROUP, OTHER_GROUP, ALL_HOSTS = "239.1.2.3", "239.1.2.4", "224.0.0.1"
MAC = "02:00:00:00:00:30"
ONE, TWO = 1000, 2000      # ports of the clients' commands; their data comes to the next one
PAGE, LARGE = 4096, 24000  # the datagrams that they take
BACKLOG = 20
REPORT, QUERY = 0x16, 0x11   # RFC 2236


class Host(Station):
    """The host, and what it says to the clients."""

    def ask(self, client, command):
        """What a client answers."""
        self.udp(SERVER, client, command.encode(), 4000)
        return self.udp_answer(SERVER, 4000, 20).decode()

    def poll(self, client):
        """(result, length, port, address, first byte, last byte) of poll()."""
        result, length, port, address, first, last = self.ask(client, "poll").split()
        return int(result), int(length), int(port), bytes.fromhex(address), int(first), int(last)

    def settle(self, client):
        """Everything sent so far has been looked at."""
        return self.ask(client, "signals")

    def empty(self, client):
        """Fetches all that waits; returns how many there were."""
        count = 0
        while self.poll(client)[0] >= 0:
            count += 1
        return count


@pytest.fixture
def host(boot, wire):
    console = boot("tests/network/apps/udp", devices=wire.devices())
    host = Host(wire, {SERVER: MAC, SERVER6: MAC})
    host.console = console
    return host


def joins(host):
    """The group is announced at the start, and to a router that asks."""
    def report(frame):
        p = packet(frame)
        return p and p.protocol == 2 and p.to == GROUP and p.transport[0] == REPORT and \
            p.transport[4:8] == frames.address(GROUP) and frame[22] == 1 and \
            frame[:6] == frames.group_mac(GROUP) and frame[34:38] == b"\x94\4\0\0"
    host.expect(report, "a report of the group at the start", 60)
    host.find(SERVER)
    host.drain(2)
    query = struct.pack(">BBH4s", QUERY, 10, frames.checksum(bytes([QUERY, 10]) + bytes(6)), bytes(4))
    host.send(ALL_HOSTS, 2, query, ttl=1, options=b"\x94\4\0\0")
    host.expect(report, "a report that answers a query", 30)


def results_of_poll(host):
    """-1: none, 0: more wait, 1: the last one; port, address and bytes are the sender's."""
    assert host.poll(ONE)[0] == -1
    for i in range(3):
        host.udp(SERVER, ONE + 1, bytes([i + 1]) * (i + 1), 6000 + i)
    host.settle(ONE)
    for i, result in enumerate((0, 0, 1)):
        assert host.poll(ONE) == (result, i + 1, 6000 + i, frames.address(host.address), i + 1, i + 1)
    assert host.poll(ONE)[:2] == (-1, 0)
    host.udp(SERVER, ONE + 1, b"", 6000)
    host.settle(ONE)
    assert host.poll(ONE)[:3] == (1, 0, 6000)


def signals(host):
    """One signal from empty to not empty, however many come, and none before the end was seen."""
    before = int(host.ask(ONE, "signals"))
    for _ in range(5):
        host.udp(SERVER, ONE + 1, b"x")
    assert int(host.settle(ONE)) == before + 1
    assert host.poll(ONE)[0] == 0
    host.udp(SERVER, ONE + 1, b"x")
    assert int(host.settle(ONE)) == before + 1
    assert host.empty(ONE) == 5
    host.udp(SERVER, ONE + 1, b"x")
    assert int(host.settle(ONE)) == before + 2
    assert host.poll(ONE)[0] == 1    # the last one: that is the end, too
    host.udp(SERVER, ONE + 1, b"x")
    assert int(host.settle(ONE)) == before + 3
    assert host.empty(ONE) == 1


def sizes_received(host):
    """What fits the client's memory comes whole, what does not is dropped; each client has its own."""
    for client, size in (ONE, PAGE), (TWO, PAGE + 1), (TWO, LARGE):
        host.udp(SERVER, client + 1, b"a" + bytes(size - 2) + b"z", 6000)
        host.settle(client)
        assert host.poll(client)[:2] + host.poll(client)[:1] == (1, size, -1), size
    host.udp(SERVER, ONE + 1, bytes(PAGE + 1))
    host.udp(SERVER, ONE + 1, b"a" + bytes(98) + b"z", 6001)
    host.settle(ONE)
    assert host.poll(ONE) == (1, 100, 6001, frames.address(host.address), ord("a"), ord("z"))


def sizes_sent(host):
    """Up to the client's memory; more fails and sends nothing."""
    for size in 0, 1, 1472, 1473, PAGE:
        host.udp(SERVER, ONE, b"send %d" % size, 4000)
        assert host.udp_answer(SERVER, 5001) == b"x" * size
        assert host.udp_answer(SERVER, 4000) == b"0"
    for words in f"send {PAGE + 1}", "send 70000", f"send {PAGE + 1} 5001", "send 1 0":
        assert host.ask(ONE, words) == "-1"
    host.no_packet()


def ports_of_senders(host):
    """A client sends from its own port, to its configured one or to the one it names."""
    def ports(client, words, to):
        host.udp(SERVER, client, words, 4000)
        frame = host.expect(lambda f: comes_from(f, SERVER, frames.UDP), "the client's datagram")
        assert host.udp_answer(SERVER, 4000) == b"0"
        assert struct.unpack(">HH", packet(frame).transport[:4]) == (client + 1, to)
    ports(ONE, b"send 10", 5001)
    ports(TWO, b"send 10", 5002)
    ports(ONE, b"send 10 5003", 5003)


def backlog(host):
    """So many are kept, in order; what comes then is dropped, and only that."""
    for i in range(BACKLOG + 10):
        host.udp(SERVER, ONE + 1, bytes([i, i]), 6000 + i)
    host.udp(SERVER, TWO + 1, b"mine")
    host.settle(TWO)
    assert host.poll(TWO)[:2] == (1, 4)
    for i in range(BACKLOG):
        assert host.poll(ONE)[2:5:2] == (6000 + i, i)
    assert host.poll(ONE)[0] == -1


def multicast(host):
    """Datagrams to the group arrive, those to others do not; the group does not answer pings."""
    host.udp(GROUP, ONE + 1, b"to the group", 6000)
    host.udp(OTHER_GROUP, ONE + 1, b"to others", 6001)
    host.settle(ONE)
    assert host.poll(ONE)[:4] == (1, 12, 6000, frames.address(host.address))
    assert host.poll(ONE)[0] == -1
    host.ping(GROUP)
    host.no_packet()


def ipv6(host):
    """Neighbours and TCP; UDP clients are told IPv4 addresses only, so their ports are closed. Pings of
    either version are not answered, as configured."""
    host.find(SERVER6)
    connection = Connection(host, SERVER6, 7)
    connection.open()
    connection.write(b"over IPv6")
    assert connection.read(9) == b"over IPv6"
    connection.close()
    host.udp(SERVER6, ONE + 1, b"whose?")
    host.expect(lambda f: comes_from(f, SERVER6, frames.ICMPV6) and
                packet(f).transport[:2] == b"\1\4", "port unreachable")
    host.drain()
    for peer in SERVER, SERVER6:
        host.ping(peer)
    host.no_packet()
    assert host.poll(ONE)[0] == -1


def hoarder(host):
    """A client that does not fetch large datagrams has its share of the memory, not that of others."""
    for _ in range(BACKLOG):
        host.udp(SERVER, TWO + 1, bytes(LARGE))
    host.udp(SERVER, ONE + 1, b"for one", 6000)
    assert host.settle(ONE)
    assert host.poll(ONE)[:3] == (1, 7, 6000)
    for size in 1000, PAGE:
        host.udp(SERVER, ONE + 1, bytes(size))
        host.settle(ONE)
        assert host.poll(ONE)[:2] == (1, size)
    assert 0 < host.empty(TWO) < BACKLOG


def unfinished(host):
    """Connections whose peer never takes the end give way to new ones."""
    for port in range(10000, 12000):
        connection = Connection(host, SERVER, 7, port)
        connection.send(SYN)
        connection.sequence += 1
        _, sequence, _, _ = connection.receive("SYN and ACK")
        connection.acknowledge = sequence + 1
        connection.send(FIN | ACK)
        if port % 50 == 0:
            host.udp(SERVER, ONE + 1, bytes(PAGE))
            host.settle(ONE)
            assert host.poll(ONE)[:2] == (1, PAGE)
    connection = Connection(host, SERVER, 7, 20000)
    connection.open()
    connection.write(b"room")
    assert connection.read(4) == b"room"
    connection.close()


def small_segments(host):
    """A peer that sends byte by byte and reads nothing holds its data, not many times as much."""
    connection = Connection(host, SERVER, 7, 21000)
    connection.send(SYN, window=0)
    connection.sequence += 1
    connection.acknowledge = connection.receive("SYN and ACK")[1] + 1
    for _ in range(8):    # what may wait to be sent
        connection.send(ACK | PSH, bytes(1460), window=0)
        connection.sequence += 1460
    for i in range(4000):
        connection.send(ACK | PSH, b"x", window=0)
        connection.sequence += 1
        if i % 100 == 0:
            host.udp(SERVER, ONE + 1, bytes(PAGE))
            host.settle(ONE)
            assert host.poll(ONE)[:2] == (1, PAGE), i
    connection.send(RST)


def test_udp(host):
    for part in (joins, results_of_poll, signals, sizes_received, sizes_sent, ports_of_senders, backlog,
                 multicast, ipv6, hoarder, unfinished, small_segments):
        print(part.__name__)
        part(host)
    host.console.expect(r"UDP port 2001: heap_size leaves room for datagrams of 32768 of 65536 bytes", 10)
    host.console.watch(1)
    assert "lwIP:" not in host.console.text and "FAULT HANDLER" not in host.console.text
