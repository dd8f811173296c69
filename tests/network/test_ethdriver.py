# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Ethdriver's clients, with raw frames from the line: who sees what, and what nobody may send."""

import random
import re
import struct

import pytest
from frames import (BROADCAST, EXPERIMENTAL, IPV4, IPV6, TCP, ethernet, ipv4, ipv6, mac,
                    checksum, pseudo, tcp)
from monitor import monitor, torn

HOST = mac("52:55:0a:00:02:02")
PAGE, RING = mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02")
OTHER = mac("52:54:00:12:34:56")   # without a configured address it has the controller's
ALL = {"page": PAGE, "ring": RING, "other": OTHER}
# Each prints one character of its own: their lines may be written into each other's.
STARTED = r"(?s)(?=.*\{)(?=.*\|)(?=.*\})"


@pytest.fixture
def system(boot, wire, nic):
    """The application on a machine with each controller."""
    model, suffix, options = nic
    console = boot(f"tests/network/apps/mirror{suffix}", devices=wire.devices(model), **options)
    console.expect(STARTED, 60)
    return console


def order(to, operation, rest=b"", source=HOST):
    return ethernet(to, source, EXPERIMENTAL, operation + rest)


def answers_to(frame, source):
    return frame[6:12] == source and frame[12:15] == b"\x88\xb5r"


def ask(wire, to, operation, rest=b""):
    """Gives an order; returns what follows the type in the answer."""
    wire.send(order(to, operation, rest))
    frame = wire.expect(lambda f: answers_to(f, to), f"an answer of {to.hex()}")
    return frame[15:]


def count(wire, to):
    return struct.unpack(">I", ask(wire, to, b"c", bytes(40))[:4])[0]


def test_echo(system, wire):
    for size in (60, 61, 200, 1000, 1499, 1514):
        payload = bytes((i * 5 + size) & 255 for i in range(size - 15))
        for to in ALL.values():
            assert ask(wire, to, b"e", payload)[:len(payload)] == payload


def test_burst(system, wire):
    """Frames in a row, as many as the client has room for: none is lost, all are in order."""
    for to, many in (RING, 100), (OTHER, 8), (PAGE, 60):
        for start in range(0, 10 * many, many):
            for i in range(start, start + many):
                wire.send(order(to, b"e", struct.pack(">I", i) + bytes(60)))
            for i in range(start, start + many):
                frame = wire.expect(lambda f, to=to: answers_to(f, to), f"echo {i}")
                assert struct.unpack(">I", frame[15:19])[0] == i


def test_unicast_is_seen_by_its_client_only(system, wire):
    before = {name: count(wire, to) for name, to in ALL.items()}
    for _ in range(20):
        ask(wire, RING, b"e", bytes(50))
    stranger = mac("02:00:00:00:00:77")
    for _ in range(20):
        wire.send(order(stranger, b"e", bytes(50)))
    after = {name: count(wire, to) for name, to in ALL.items()}
    # each counted itself twice more by being asked
    assert after["page"] == before["page"] + 1
    assert after["other"] == before["other"] + 1
    assert after["ring"] == before["ring"] + 21


def test_groups_reach_all(system, wire):
    for group in ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "33:33:00:00:00:01"):
        wire.send(order(mac(group), b"e", b"to all" + bytes(60)))
        answers = {wire.expect(lambda f: f[12:15] == b"\x88\xb5r", "an answer")[6:12] for _ in ALL}
        assert answers == set(ALL.values()), group


def test_nobody_sends_as_another(system, wire):
    for sender, own in ALL.items():
        forged = ethernet(HOST, mac("02:00:00:00:00:99"), EXPERIMENTAL, b"forged" + bytes(60))
        genuine = ethernet(HOST, own, EXPERIMENTAL, b"genuine" + bytes(60))
        wire.send(order(own, b"s", forged))
        wire.send(order(own, b"s", genuine))
        seen = []
        wire.expect(lambda f, seen=seen: seen.append(f) or b"genuine" in f, "the genuine frame")
        for frame in seen:
            assert frame[6:12] == own, f"left with a false source: {frame[:20].hex()}"
        # by ring it is dropped, by page sent with the right address, as the old interface does
        assert any(b"forged" in f for f in seen) == (sender == "page")


def test_between_clients(system, wire):
    """Unicast goes straight to the other client, and not to the line."""
    for sender, receiver in ("page", "ring"), ("page", "other"), ("ring", "page"), ("ring", "other"):
        inner = ethernet(ALL[receiver], ALL[sender], EXPERIMENTAL, b"x" + bytes(60))
        before = count(wire, ALL[receiver])
        wire.send(order(ALL[sender], b"s", inner))
        ask(wire, ALL[sender], b"e", bytes(50))
        assert count(wire, ALL[receiver]) == before + 2
        assert inner not in wire.collect(0.2)


def test_broadcast_of_a_client(system, wire):
    before = {name: count(wire, to) for name, to in ALL.items()}
    inner = ethernet(BROADCAST, RING, EXPERIMENTAL, b"x" + bytes(60))
    wire.send(order(RING, b"s", inner))
    wire.expect(lambda f: f[:len(inner)] == inner, "the broadcast")
    after = {name: count(wire, to) for name, to in ALL.items()}
    assert after["page"] == before["page"] + 2
    assert after["other"] == before["other"] + 2
    assert after["ring"] == before["ring"] + 2   # the order and the question, not its own frame


def unfinished(source, to, payload):
    """A TCP segment whose checksum field holds the pseudo header's sum."""
    segment = tcp(source, to, (1000, 2000), 0x18, 100, 200, payload)
    head = pseudo(source, to, TCP, len(segment))
    value = ~checksum(head) & 0xffff
    return segment[:16] + struct.pack(">H", value) + segment[18:]


def right(source, to, segment):
    return checksum(pseudo(source, to, TCP, len(segment)) + segment) == 0


@pytest.mark.parametrize("version", [4, 6])
def test_checksum_offload(system, wire, version):
    a, b = ("10.0.2.15", "10.0.2.2") if version == 4 else ("fe80::1", "fe80::2")
    segment = unfinished(a, b, b"payload of odd length")
    packet = ipv4(a, b, TCP, segment) if version == 4 else ipv6(a, b, TCP, segment)
    start = 34 if version == 4 else 54
    inner = ethernet(HOST, RING, IPV4 if version == 4 else IPV6, packet)
    wire.send(order(RING, b"l", struct.pack(">HHH", start, 16, 0) + inner))
    frame = wire.expect(lambda f: f[12:14] == inner[12:14], "the segment")
    got = frame[start:len(inner)]
    assert right(a, b, got) and got[20:] == b"payload of odd length"


@pytest.mark.parametrize("version", [4, 6])
def test_segmentation_offload(system, wire, version):
    """60000 bytes leave the client as one frame and the machine as segments."""
    a, b = ("10.0.2.15", "10.0.2.2") if version == 4 else ("fe80::1", "fe80::2")
    size, mss = 60000, 1440
    segment = unfinished(a, b, b"")
    packet = ipv4(a, b, TCP, segment) if version == 4 else ipv6(a, b, TCP, segment)
    start = 34 if version == 4 else 54
    head = ethernet(HOST, RING, IPV4 if version == 4 else IPV6, packet)
    wire.send(order(RING, b"b", struct.pack(">HHHH", size, start, 16, mss) + head))
    seen = b""
    while len(seen) < size:
        frame = wire.expect(lambda f: f[12:14] == head[12:14], "a segment")
        got = frame[start:]
        if version == 4:
            got = got[:struct.unpack(">H", frame[16:18])[0] - 20]
            assert checksum(frame[14:34]) == 0
        assert right(a, b, got), f"checksum of the segment at {len(seen)}"
        assert struct.unpack(">I", got[4:8])[0] == 100 + len(seen)
        assert len(got) - 20 == min(mss, size - len(seen))
        seen += got[20:]
    assert seen == bytes(i & 255 for i in range(size))


def test_counters(system, wire):
    for _ in range(10):
        ask(wire, RING, b"e", bytes(50))
    wire.send(order(RING, b"s", ethernet(HOST, PAGE, EXPERIMENTAL, bytes(60))))
    system.skip()
    wire.send(order(RING, b"p", bytes(50)))
    line = system.expect(r"line: received (\d+) frames, \d+ bytes; sent (\d+) frames", 20)
    assert int(line[1]) == 12 and int(line[2]) == 10
    mine = system.expect(r"ring: sent (\d+) frames.*received (\d+) frames.*forged (\d+)", 20)
    assert (int(mine[1]), int(mine[2]), int(mine[3])) == (10, 12, 1)
    assert re.search(r"warning: no IOMMU confines its DMA", system.text)


@pytest.fixture
def other_ways(boot, wire):
    """The variant with a line interrupt, an address filter and large frames."""
    console = boot("tests/network/apps/mirror_line",
                   devices=wire.devices("e1000e", more=",addr=2.0"))
    console.expect(STARTED, 60)
    return console


def test_line_interrupt_and_filter(other_ways, wire):
    for to in ALL.values():
        for size in (60, 1000, 1500):
            assert len(ask(wire, to, b"e", bytes(size))) >= size
    stranger = mac("02:00:00:00:00:77")
    for _ in range(5):
        wire.send(order(stranger, b"e", bytes(50)))
    other_ways.skip()
    wire.send(order(RING, b"p", bytes(50)))
    line = other_ways.expect(r"line: received (\d+) frames", 20)
    assert int(line[1]) == 10, "the controller let strangers' frames pass"


def test_spoofing_can_be_allowed(other_ways, wire):
    """With anti_spoofing = 0 what a client sends leaves it as it is."""
    for sender in ALL.values():
        forged = ethernet(HOST, mac("02:00:00:00:00:99"), EXPERIMENTAL, b"forged" + bytes(60))
        wire.send(order(sender, b"s", forged))
        frame = wire.expect(lambda f: b"forged" in f, "the frame with another's address")
        assert frame[:len(forged)] == forged


def test_large_frames(other_ways, wire):
    payload = bytes(i * 3 & 255 for i in range(8900))
    for _ in range(10):
        assert ask(wire, RING, b"e", payload)[:8900] == payload
    # too large for the other interface: lost, and nothing else
    wire.send(order(PAGE, b"e", payload))
    assert ask(wire, PAGE, b"e", bytes(100))[:100] == bytes(100)


def test_unplugged(system, wire):
    assert ask(wire, RING, b"e", bytes(50))
    system.skip()
    monitor(system, "set_link net0 off")
    system.expect(torn("link down"), 20)
    wire.collect(0.2)
    monitor(system, "set_link net0 on")
    system.expect(torn("link up, 1000 Mbit/s, full duplex"), 30)
    assert ask(wire, RING, b"e", bytes(50))
    assert ask(wire, PAGE, b"e", bytes(50))


def test_client_that_damages_its_ring(system, wire):
    """It loses its link, and nobody else notices."""
    system.skip()
    wire.send(order(RING, b"d", bytes(50)))
    wire.send(order(RING, b"e", b"lost" + bytes(50)))
    for to in (PAGE, OTHER, PAGE, OTHER):
        assert ask(wire, to, b"e", b"still there" + bytes(50))[:11] == b"still there"
    broken = ""
    for _ in range(20):   # until its turn has come
        wire.send(order(OTHER, b"p", bytes(50)))
        broken = system.expect(r"ring: sent [^\n]*", 20)[0]
        if broken.rstrip().endswith("; its link is broken"):
            break
    assert broken.rstrip().endswith("; its link is broken")
    assert not system.expect(r"other: sent [^\n]*", 20)[0].rstrip().endswith("broken")
    assert not any(b"lost" in f for f in wire.collect(0.5))


def test_rubbish_from_the_line(system, wire):
    """Random frames by the thousand: the driver and its clients are as before."""
    numbers = random.Random(5)
    for _ in range(3000):
        size = numbers.randrange(0, 1600)
        to = numbers.choice([*ALL.values(), BROADCAST, numbers.randbytes(6)])
        wire.send((to + numbers.randbytes(size))[:max(size, 1)])
    wire.collect(1.0)
    for to in ALL.values():
        assert ask(wire, to, b"e", b"still there" + bytes(50))[:11] == b"still there"
    assert "fault" not in system.text
