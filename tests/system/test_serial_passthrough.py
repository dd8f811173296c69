# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/serial_passthrough: the machine's second serial port belongs to one guest."""

import hashlib
import os
import threading
import time

import pytest
from console import PATIENCE, Timeout
from guest import Guest, log_in_all
from screen import connect


LEVEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps", "serial_level")


class Line:
    """What is plugged into the machine's COM2."""

    def __init__(self, path):
        self.socket = connect(path)
        self.got = b""
        # Who does not listen stops the sender after a few hundred bytes.
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            data = self.socket.recv(65536)
            if not data:
                return
            self.got += data

    def expect(self, wanted, seconds=60):
        """Waits until `wanted` bytes came (a number, or bytes to end with)."""
        deadline = time.monotonic() + seconds * PATIENCE
        while not (len(self.got) >= wanted if isinstance(wanted, int) else wanted in self.got):
            if time.monotonic() > deadline:
                raise Timeout(f"COM2: no {wanted!r}, only {self.got[-200:]!r}")
            time.sleep(0.1)
        got, self.got = self.got, b""
        return got


@pytest.fixture
def system(boot, tmp_path):
    """Two guests, logged in, and the far end of COM2."""
    path = os.path.join(str(tmp_path), "com2")
    console = boot("serial_passthrough", serial=[f"unix:{path},server=on,wait=off"])
    line = Line(path)
    guests = log_in_all(console, 2)
    guests[0].focus()
    return console, guests, line


def interrupts(guest):
    """How many of the port's interrupts the guest has taken."""
    return int(guest.run("awk '/ttyS1/ {print $2 + $3}' /proc/interrupts"))


def both_ways(guest, line):
    """Text and 20 KB of bytes out of and into the guest, by interrupts."""
    guest.run("stty -F /dev/ttyS1 115200 raw -echo -crtscts clocal")
    guest.run("exec 3</dev/ttyS1")  # keeps the port open
    before = interrupts(guest)
    guest.run("echo hello from $(hostname) >/dev/ttyS1")
    assert line.expect(b"\n") == b"hello from vm0\n"
    data = bytes((i * 7 + i // 251) & 0xff for i in range(20000))
    guest.run("{ head -c 20000 /dev/ttyS1 >/tmp/in; echo done >/tmp/over; } & sleep 1")
    line.socket.sendall(data)
    guest.run("while [ ! -f /tmp/over ]; do sleep 1; done", 120)
    assert guest.run("md5sum </tmp/in").split()[0] == hashlib.md5(data).hexdigest()
    guest.run("cat /tmp/in >/dev/ttyS1; rm /tmp/in /tmp/over", 120)
    assert line.expect(len(data)) == data
    assert interrupts(guest) > before + 100, "the port is not driven by its interrupt"


def test_com2_is_one_guests(system):
    console, (owner, other), line = system
    assert "uart:16550A port:000002F8 irq:3" in owner.run("grep '^1:' /proc/tty/driver/serial")
    both_ways(owner, line)

    # For the other guest nothing answers there, and its writes reach nobody.
    other.focus()
    assert "uart:unknown" in other.run("grep '^1:' /proc/tty/driver/serial")
    assert "earlyser0" in other.run("dmesg | grep 'printk:.*bootconsole' | head -1")
    assert line.got == b"", "the other guest's early messages came out of the port"

    # A reset of the owner, with a byte waiting in the port, leaves it as usable as before.
    line.socket.sendall(b"early")
    console.send("\x03@r0")
    console.expect(r"Reset VM 0\?", 10)
    console.send("y")
    console.select(0)
    owner.log_in()
    assert "uart:16550A port:000002F8 irq:3" in owner.run("grep '^1:' /proc/tty/driver/serial")
    assert line.got == b""
    both_ways(owner, line)


def test_level_triggered_for_two_processors(boot, long_tests, tmp_path):
    path = os.path.join(str(tmp_path), "com2")
    console = boot(LEVEL, serial=[f"unix:{path},server=on,wait=off"])
    line = Line(path)
    guest = Guest(console, 0)
    guest.log_in()
    assert guest.run("grep -c ^processor /proc/cpuinfo") == "2"
    guest.run("exec 3</dev/ttyS1")
    assert "3-fasteoi" in guest.run("grep ttyS1 /proc/interrupts")
    guest.run("exec 3<&-")
    for processor in (1, 2):
        guest.run(f"taskset -p {processor} $$ >/dev/null; grep Cpus_allowed: /proc/self/status")
        guest.run(f"echo {processor} >/proc/irq/3/smp_affinity")
        both_ways(guest, line)
        guest.run("exec 3<&-")
