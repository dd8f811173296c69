# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The Aitech C162's configurations, on the emulated machine closest to the board."""

import os
import socket
import time

import applications
import pytest
from conftest import TOP
from console import PATIENCE
from guest import log_in_all
from test_serial_passthrough import Line

APPS = ["c162_twovm", "c162_threevm"]
COM = ["1: uart:16550A port:000002F8 irq:3", "3: uart:16550A port:000002E8 irq:3"]


def lan(number, port=None):
    """QEMU's words for one Ethernet port; `port`: of this host, leads to the UDP server's echo."""
    forward = f",hostfwd=udp:127.0.0.1:{port}-10.13.1.215:7" if port else ""
    return ["-netdev", f"user,id=ethernet{number},net=10.13.1.0/24{forward}",
            "-device", f"e1000e,netdev=ethernet{number},addr={number + 2}"]


def free_port():
    """A UDP port nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def check_echo(port, seconds=60):
    """What is sent to the UDP server from outside comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        deadline = time.monotonic() + seconds * PATIENCE
        for n in range(1000):
            s.sendto(f"datagram {n}".encode(), ("127.0.0.1", port))
            try:
                answer = s.recv(2000)
                assert answer.startswith(b"datagram "), answer
                return
            except socket.timeout:
                assert time.monotonic() < deadline, "the UDP server does not answer"


def check_serial_ports(guest, present):
    """The board's COM2 and COM4 are this guest's, or nobody is there."""
    seen = guest.run("cat /proc/tty/driver/serial")
    for line in COM:
        assert (line in seen) == present, seen


def test_two_guests(boot, tmp_path):
    port = free_port()
    com2 = os.path.join(str(tmp_path), "com2")
    console = boot("c162_twovm", serial=[f"unix:{com2},server=on,wait=off"],
                   platform={"devices": lan(0, port) + lan(1)})
    line = Line(com2)
    first, second = log_in_all(console, 2)
    first.focus()
    # The first guest: the network, with the UDP server beside it on the same port.
    first.run("ip addr show eth0 | grep '06:00:00:0b:0c:0d'")
    first.run("ping -c 2 -W 5 10.13.1.216", 60)
    check_serial_ports(first, False)
    check_echo(port)
    # The second: serial ports and a native component.
    second.focus()
    check_serial_ports(second, True)
    second.run("stty -F /dev/ttyS1 115200 raw -echo -crtscts clocal")
    second.run("echo out of vm1 >/dev/ttyS1")
    assert line.expect(b"\n") == b"out of vm1\n"
    assert second.run("echo board | string_reverse") == "draob"


def test_three_guests(boot):
    port = free_port()
    console = boot("c162_threevm", platform={"devices": lan(0, port) + lan(1)})
    first, second, third = log_in_all(console, 3)
    first.focus()
    check_serial_ports(first, False)
    # vm0 and vm2 have a private network.
    first.run("ip addr add 192.168.1.1/24 dev eth0; ip link set eth0 up")
    first.run("ip addr show eth0 | grep '06:00:00:20:12:13'")
    check_echo(port)
    second.focus()
    second.run("ip addr show eth0 | grep '06:00:00:0b:0c:0d'")
    second.run("ping -c 2 -W 5 10.13.1.215", 60)
    check_serial_ports(second, False)
    third.focus()
    check_serial_ports(third, True)
    link = third.run("grep -l 06:00:00:20:12:14 /sys/class/net/*/address").split("/")[4]
    third.run(f"ip addr add 192.168.1.2/24 dev {link}; ip link set {link} up")
    third.run("ping -c 2 -W 5 192.168.1.1", 60)
    other = third.run("grep -l 06:00:00:0d:0e:0f /sys/class/net/*/address").split("/")[4]
    assert "10.13.1." in third.run(f"ip addr show {other}")


@pytest.mark.parametrize("app", APPS)
def test_image_for_the_board(boot, app):
    """It builds, and on a machine that is no C162 it says what is missing, before anything runs."""
    console = boot(app, target="c162")
    with open(os.path.join(TOP, "build", "apps", app, "app.plan"), encoding="utf-8") as file:
        plan = file.read()
    console.expect("the system was not started", 60)
    for place in ("pci(1:0.0=0x8086:0x150e).bar0", "pci(1:0.1=0x8086:0x150e).bar0"):
        assert place in plan
        assert f"hardware '{place}': no such PCI function" in console.text
    assert "login" not in console.text
    # What the board's guests had besides is refused with a reason, not left out in silence.
    status, said = applications.make("build", app, "PLATFORM=c162",
                                     "PLATFORM_FLAGS=-DC162_PCI_PASSTHROUGH")
    assert status != 0
    assert "'vm0.pci_devices': passing PCI devices to guests is refused" in said
