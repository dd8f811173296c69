# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Twelve clients: each has its key, its colour and its share; a flood of all loses nothing."""

import os
import re

from console import style_of_guest

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps", "twelve")
KEYS = "0123456789:;"
LINES = 300


def numbers_of(text, name):
    return [int(n) for n in re.findall(rf"{name} says line (\d+) of the flood, which is long\r", text)]


def test_twelve_clients(boot):
    console = boot(APP)
    for number in range(12):
        console.expect("answers", 120, style_of_guest(number))
    names = "ABCDEGHIJKLM"
    for number, key in enumerate(KEYS):
        console.send(f"\r@{key}")
        console.expect(rf"Switching input to {number}\r", 30)
        console.send(names[number])
        console.expect(rf"my name is {names[number]}\r", 30, style_of_guest(number))
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
