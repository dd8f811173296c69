# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Machines listed, inspected, stopped, started and reset from the console."""

import os
import re
import time

from console import style_of_guest, style_of_vmm
from guest import Guest

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps", "reset")
FRESH = r"started, stale words 0, stale devices 0\r"


def escape(console, keys):
    """Types an escape at the start of a line, whatever was typed before."""
    console.send("\r@" + keys)


def state_of(console, number):
    """The row of `@l` about a client: its state."""
    escape(console, "l")
    console.expect(r"client +state", 20)
    return console.expect(rf"{number}[* ]  (\w+) +\d+ +\d+ +\d+ +\d+", 20, style_of_vmm(number))[1]


def reset_once(console):
    escape(console, "r0y")
    console.expect(r"vm0: guest reset: by the console", 60, style_of_vmm(0))
    console.expect(FRESH, 60, style_of_guest(0))


def test_commands(boot):
    console = boot(APP)
    console.expect(FRESH, 120, style_of_guest(0))
    # The list: state, exits per second, memory.
    time.sleep(2)
    assert state_of(console, 0) == "running"
    # The inspector: registers, exits by reason, last exits, devices.
    escape(console, "i0")
    for words in (r"client 0: processors and devices", r"rax [0-9a-f]{16}", r"rip [0-9a-f]{16}",
                  r"last exits, newest first", r"vcpu0 exits, port I/O: \d+", r"lapic", r"ioapic",
                  r"pit|i8254", r"com1", r"--- end ---"):
        console.expect(words, 30)
    # Looking back, in the guest's colour.
    escape(console, "h0")
    console.expect(r"client 0: the last \d+ lines", 20)
    console.expect(FRESH[:-2], 20, style_of_guest(0))
    console.expect(r"--- end ---", 20)
    # Asked, not told: n and other keys cancel and go nowhere.
    for keys in ("r0n", "x0q", "rz", "x\r", "h\x1b", "iy"):
        escape(console, keys)
        console.expect("cancelled", 20)
    assert state_of(console, 0) == "running"
    # Stopped, it answers nothing; started, it goes on where it was, with what was typed meanwhile.
    escape(console, "x0y")
    console.expect(r"vm0: stopped", 20, style_of_vmm(0))
    assert state_of(console, 0) == "stopped"
    console.skip(style_of_guest(0))
    console.send("a")
    console.watch(2)
    assert "key a" not in console.streams[style_of_guest(0)]
    escape(console, "x0")
    console.expect(r"Start VM 0\? ", 20)
    console.send("y")
    console.expect(r"vm0: goes on", 20, style_of_vmm(0))
    console.expect(r"key a\r", 20, style_of_guest(0))
    assert state_of(console, 0) == "running"
    # What was typed for a guest before its reset is not for the next one.
    escape(console, "x0y")
    console.expect(r"vm0: stopped", 20, style_of_vmm(0))
    console.send("c" * 40)
    console.watch(1)
    escape(console, "r0y")
    console.expect(FRESH, 60, style_of_guest(0))
    console.skip(style_of_guest(0))
    console.send("d")
    assert console.expect(r"key .\r", 20, style_of_guest(0))[0] == "key d\r"
    assert "key c" not in console.streams[style_of_guest(0)]
    # A program or a client that is not there.
    escape(console, "r7")
    console.expect("cancelled", 20)
    # Time stamps on and off.
    escape(console, "t")
    console.expect("Timestamps: on", 20)
    console.send("b")
    console.expect(r"\[ *\d+\.\d{3}\] key b\r", 20)
    escape(console, "t")
    console.expect("Timestamps: off", 20)
    # Unknown: it says so and sends nothing.
    escape(console, "q")
    console.expect("Invalid SerialServer command: q", 20)
    assert "key q" not in console.streams[style_of_guest(0)]
    # Guests that panic: on_crash = halt stays, a reset starts it again; restart restarts.
    for number in (2, 3):
        console.expect(r"waits for a key", 60, style_of_guest(number))
    console.select(2)
    console.send("x")
    console.expect(r"vm2: guest panicked", 30, style_of_vmm(2))
    console.expect(r"vm2: halted \(on_crash\)", 30, style_of_vmm(2))
    assert state_of(console, 2) == "crashed"
    escape(console, "x2y")
    console.expect(r"waits for a key", 30, style_of_guest(2))
    assert state_of(console, 2) == "running"
    console.select(3)
    console.send("x")
    console.expect(r"vm3: guest reset", 30, style_of_vmm(3))
    console.expect(r"waits for a key", 30, style_of_guest(3))
    # A guest that resets itself with on_reset = halt is off; a start boots it again.
    console.expect(FRESH, 60, style_of_guest(4))
    console.select(4)
    console.send("r")
    console.expect(r"vm4: left switched off after its reset \(on_reset\)", 30, style_of_vmm(4))
    assert state_of(console, 4) == "off"
    escape(console, "x4y")
    console.expect(FRESH, 60, style_of_guest(4))
    assert state_of(console, 4) == "running"
    # A guest at its prompt waits for interrupts most of the time.
    Guest(console, 1).expect_login(400)
    for _ in range(30):
        console.watch(1)
        if state_of(console, 1) == "halted":
            return
    raise AssertionError("vm1 never waits")


def resets(console, count):
    """Resets vm0 `count` times while vm1 computes checksums and keeps its time."""
    neighbour = Guest(console, 1)
    console.expect(FRESH, 120, style_of_guest(0))
    neighbour.expect_login(400)
    console.select(1)
    neighbour.enter()
    sum_of = "head -c 1000000 /bin/busybox | md5sum | cut -c1-32"
    right = neighbour.run(sum_of, 120)
    assert re.fullmatch(r"[0-9a-f]{32}", right)
    uptime, start, slack = neighbour.clock()
    neighbour.console.line("while true; do " + sum_of + "; done > /tmp/sums 2>&1 &")
    console.expect(r" # ", 30, neighbour.style)
    for number in range(count):
        if number % 2 == 0:
            reset_once(console)
        else: # the guest's own reboot, not soon after its start
            time.sleep(2.5)
            console.select(0)
            console.send("r")
            console.expect(r"vm0: guest reset: ", 60, style_of_vmm(0))
            console.expect(FRESH, 60, style_of_guest(0))
    console.select(1)
    console.skip(neighbour.style)
    console.send("\r")
    console.expect(r" # ", 30, neighbour.style)
    console.watch(1)
    console.skip(neighbour.style)
    neighbour.run("kill %1; sleep 1; sed -i '$d' /tmp/sums", 60)
    uptime_now, now, slack_now = neighbour.clock()
    assert abs((uptime_now - uptime) - (now - start)) < 2 + slack + slack_now, \
        "the neighbour lost its time"
    wrong = neighbour.run(f"grep -vc {right} /tmp/sums; true")
    many = int(neighbour.run("wc -l < /tmp/sums"))
    assert wrong == "0" and many > 0
    assert state_of(console, 0) == "running"


def test_resets(boot):
    resets(boot(APP), 8)


def test_a_hundred_resets(boot, long_tests):
    resets(boot(APP), 100)
