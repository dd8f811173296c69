# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Twelve guests on one serial port: every number selects its guest; a flood loses nothing."""

import re
import time

from console import style_of_guest

LINES = 400


def log_in(console, number):
    console.select(number)
    console.line("root")
    console.expect(r" # ", 300, style_of_guest(number))


def clocks(console):
    """Each guest's uptime, and the console's time stamp (the processor's counter) at that line."""
    console.send("\r@t")
    console.expect("Timestamps: on", 60)
    both = []
    for number in range(12):
        console.select(number)
        console.line("cut -d' ' -f1 /proc/uptime")
        match = console.expect(r"\[ *(\d+\.\d{3})\] (\d+\.\d\d)\r", 60, style_of_guest(number))
        both.append((float(match[1]), float(match[2])))
    console.send("\r@t")
    console.expect("Timestamps: off", 60)
    return both


def test_twelve_guests(boot, long_tests):
    console = boot("console12")
    for number in range(12):
        console.expect(rf"vm{number} login: ", 1800, style_of_guest(number))
    for number in range(12):
        log_in(console, number)
    console.send("\r@l")
    for number in range(12):
        console.expect(rf"^ *{number}[* ]  (running|halted) +\d+ +128 ", 60)
    before = clocks(console)
    # All at once, each its own lines.
    console.send("\r@m0123456789:;\r")
    console.expect(r"Input goes to these clients", 60)
    console.line(f"h=$(hostname); sleep 15; for i in $(seq {LINES}); do echo \"$h line $i of the flood\"; "
                 "done; echo \"$h is do\"ne")
    console.expect("flood", 60)
    console.select(0)
    started = time.monotonic()
    for number in range(12):
        console.expect(rf"vm{number} is done", 900, style_of_guest(number))
    assert time.monotonic() - started < 900
    for number in range(12):
        text = console.streams[style_of_guest(number)]
        seen = [int(n) for n in re.findall(rf"^vm{number} line (\d+) of the flood\r", text, re.M)]
        assert seen == list(range(1, LINES + 1)), f"vm{number} lost or mixed lines"
    # Nobody's clock has stood still meanwhile.
    for number, (old, new) in enumerate(zip(before, clocks(console))):
        passed, up = new[0] - old[0], new[1] - old[1]
        assert abs(passed - up) < 1 + passed / 50, f"vm{number}: {up} s of {passed} s"
