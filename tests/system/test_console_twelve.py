# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Twelve clients: each has its key, its colour and its share; a flood of all loses nothing."""

import os
import re

from console import KEYS, style_of_guest

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps", "twelve")
NAMES = "ABCDEGHIJKLM"
LINES, MANY = 300, 1000 # of guests/answers.c
WINDOW = 128 * 1024


def numbers_of(text, name):
    return [int(n) for n in re.findall(rf"{name} says line (\d+) of the flood, which is long\r", text)]


def give_names(console):
    for number in range(12):
        console.expect("answers", 120, style_of_guest(number))
    for number in range(12):
        console.select(number)
        console.send(NAMES[number])
        console.expect(rf"my name is {NAMES[number]}\r", 30, style_of_guest(number))


def test_twelve_clients(boot):
    console = boot(APP)
    give_names(console)
    names = NAMES
    for number in range(12):
        text = console.streams[style_of_guest(number)]
        assert [name for name in names if f"my name is {name}\r" in text] == [names[number]]
    # One after the other is told to; all print at the same time.
    for key in KEYS:
        console.send(f"\r@{key}f")
    finished = []
    for number in range(12):
        console.expect(rf"{names[number]} is done\r", 300, style_of_guest(number))
        text = console.streams[style_of_guest(number)]
        assert numbers_of(text, names[number]) == list(range(1, LINES + 1))
        finished.append(console.text.rindex(f"{names[number]} is done"))
    # Nobody had to wait until others had finished: all have begun before anyone is done.
    first_done = min(finished)
    for name in names:
        assert 0 <= console.text.find(f"{name} says line 1 of") < first_done
    # The same, told to all at once: they differ, so twelve coloured copies.
    console.watch(1)
    marks = {number: len(console.streams[style_of_guest(number)]) for number in range(12)}
    console.send("\r@m0123456789:;\rf")
    for number in range(12):
        console.expect(rf"{names[number]} is done\r", 300, style_of_guest(number))
        text = console.streams[style_of_guest(number)][marks[number]:]
        assert numbers_of(text, names[number]) == list(range(1, LINES + 1))


def shares(console, start):
    """The smallest part of a fair share that a guest has in any window while all twelve print."""
    styles = [style_of_guest(number) for number in range(12)]
    line = b"".join(bytes([styles.index(style)]) * length
                    for style, length in console.runs[start:] if style in styles)
    line = line[max(line.index(number) for number in range(12)):
                min(line.rindex(number) for number in range(12)) + 1]
    assert len(line) > 2 * WINDOW
    smallest = min(line[at:at + WINDOW].count(number)
                   for at in range(0, len(line) - WINDOW + 1, 1024) for number in range(12))
    return smallest * 12 / WINDOW


def test_a_flood_leaves_others_their_time(boot):
    """One instruction is one nanosecond here, so figures are those of the system, not the host's."""
    console = boot(APP, icount=0)
    give_names(console)
    before, start = len(console.text), len(console.runs)
    for key in KEYS:
        console.send(f"\r@{key}l")
    for number in range(12):
        console.expect(rf"{NAMES[number]} is done\r", 600, style_of_guest(number))
        text = console.streams[style_of_guest(number)]
        assert numbers_of(text, NAMES[number]) == list(range(1, MANY + 1))
    # A component that wants to run every ten milliseconds does, with its name before its lines.
    rows = re.findall(r"^ticker: 10 ticks in (\d+) us, longest (\d+) us\r", console.text[before:], re.M)
    assert len(rows) >= 8
    assert all(99000 <= int(took) <= 101000 and int(longest) < 15000 for took, longest in rows), rows
    # No guest has to wait for others: half of a fair share, in every 128 KiB.
    share = shares(console, start)
    assert share >= 0.5, share
