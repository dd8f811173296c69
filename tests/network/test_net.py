# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/net: a Linux guest reaches the world through a network driver in another component."""

import re
import struct

import pytest
from guest import Guest
from monitor import monitor, torn

SIZE = 64 << 20
CARD = "/sys/class/net/eth0"
SLOT = "0000:00:01.0"
CONFIG = f"/sys/bus/pci/devices/{SLOT}/config"
# VIRTIO 1.2, 5.1.3 and 6: what the card offers and Linux takes.
FEATURES = {"checksum": 0, "guest checksum": 1, "mtu": 3, "mac": 5, "guest tso4": 7, "guest tso6": 8,
            "host tso4": 11, "host tso6": 12, "merged buffers": 15, "status": 16, "control": 17,
            "announce": 21, "indirect": 28, "event index": 29, "version 1": 32}


@pytest.fixture
def guest(boot, nic):
    """The guest, logged in; it has an address before its prompt."""
    _, suffix, options = nic
    console = boot(f"tests/network/apps/net{suffix}" if suffix else "net", **options)
    one = Guest(console, 0)
    console.expect(r"eth0: 10\.0\.2\.15", 240, one.style)
    one.log_in()
    return one


def pings(guest, count=3):
    out = guest.run(f"ping -c {count} 10.0.2.2", 60)
    assert f"{count} packets received, 0% packet loss" in out, out


def test_download(guest, server):
    """The gateway answers, 64 MiB arrive unharmed, by a card with all that it is said to have."""
    pings(guest, 5)
    command = f"wget -q -O - {server.url(SIZE)} | sha256sum"
    assert guest.run(command, 900).split()[0] == server.sha256(SIZE)
    assert guest.run(f"cat {CARD}/statistics/rx_errors") == "0"
    taken = guest.run("cat /sys/bus/virtio/devices/virtio0/features")
    assert [name for name, bit in FEATURES.items() if taken[bit] != "1"] == []
    for queue in ("config", "input.0", "output.0"):
        assert re.search(rf"MSI.*virtio0-{queue}", guest.run("grep virtio /proc/interrupts"))
    assert not re.search(r"BUG|Oops|Call Trace", guest.run("dmesg"))


def carrier(guest, state):
    guest.run(f"until [ $(cat {CARD}/carrier) = {state} ]; do sleep 1; done", 60)


def address(guest, last):
    """Gives the card another address; its last byte."""
    guest.run(f"ip link set eth0 down; ip link set eth0 address 06:00:00:0b:0c:{last}; "
              "ip link set eth0 up")


def poke(guest, capability, offset, value):
    """Writes to the card's registers past its driver: VIRTIO 1.2, 4.1.4.9. value: bytes."""
    for at, data in ((4, b"\x04"), (8, struct.pack("<I", offset)),
                     (12, struct.pack("<I", len(value))), (16, value)):
        text = "".join(f"\\{byte:03o}" for byte in data)
        guest.run(f"printf '{text}' | dd of={CONFIG} bs={len(data)} conv=notrunc "
                  f"seek={(capability + at) // len(data)} 2>/dev/null")


def window(guest):
    """Where the capability for such accesses is: type 5 of the vendor's own."""
    config = bytes.fromhex(guest.run(f"hexdump -v -e '1/1 \"%02x\"' {CONFIG}; echo"))
    at = config[0x34]
    while at and (config[at] != 9 or config[at + 3] != 5):
        at = config[at + 1]
    assert at
    return at


def hostile(guest):
    """Queues that are not in memory stop the card, until a driver resets it."""
    guest.run("echo virtio0 >/sys/bus/virtio/drivers/virtio_net/unbind")
    at = window(guest)
    for status in (b"\0", b"\1", b"\3"):
        poke(guest, at, 20, status)
    poke(guest, at, 8, struct.pack("<I", 1))
    poke(guest, at, 12, struct.pack("<I", 1))
    poke(guest, at, 20, b"\x0b")
    poke(guest, at, 32, struct.pack("<I", 0xfffff000))
    guest.console.skip()
    poke(guest, at, 28, struct.pack("<H", 1))
    guest.console.expect(r"net0: a queue is not in memory: stopped until its driver resets it", 20)
    for step in ("unbind", "bind"):
        guest.run(f"echo {SLOT} >/sys/bus/pci/drivers/virtio-pci/{step}")
    guest.run("ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up")


def test_trouble(guest):
    """A false address, a cable pulled out, a driver gone mad: the network is as before."""
    address(guest, 99)
    guest.run("! ping -c 2 -W 2 10.0.2.2")
    address(guest, "0d")
    pings(guest)
    guest.console.skip()
    monitor(guest.console, "set_link net0 off")
    guest.console.expect(torn("link down"), 20)
    forged = guest.console.expect(r"vm0: sent .* forged (\d+), malformed 0", 20)
    assert int(forged[1]) > 0
    carrier(guest, 0)
    monitor(guest.console, "set_link net0 on")
    carrier(guest, 1)
    pings(guest)
    hostile(guest)
    pings(guest)
