# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Three Linux guests typed to at once: shell, top, an editor and screen, equal and different."""

import re

import pytest
from console import style_of_guest
from guest import Guest, log_in_all

PLAIN = frozenset()
GUESTS = [style_of_guest(number) for number in range(3)]


def log_in(console):
    """Three guests at their shells, input to all of them."""
    for guest in log_in_all(console, 3, 600):
        guest.focus()
        guest.run("stty rows 24 columns 80", 60)
    together(console)


@pytest.fixture
def console(shared):
    """The three, with equal files."""
    console = shared.get("multi", log_in)
    console.line("clear; cd /root; echo same > file")
    settle(console)
    return console


def together(console):
    console.send("\r")
    console.watch(2)
    console.send("\x03@m0, 1 2\r")
    console.expect(r"Multi-client input to clients: 0,1,2", 20)
    console.expect(r"Input goes to these clients", 20)
    settle(console)


def settle(console):
    """Waits until all is quiet and forgets it."""
    console.watch(3)
    for style in [PLAIN, None] + GUESTS:
        console.skip(style)


def since(console, style):
    """What came in a style since settle()."""
    return console.streams.get(style, "")[console.marks.get(style, 0):]


def only(console, number, command):
    """Types a command to one guest alone, then goes back to all."""
    console.select(number, "\x03")
    console.send("\r")
    console.watch(1)
    Guest(console, number).run(command, 60)
    together(console)


def leave_editor(console, command):
    """Types Esc, waits as a person does, and a colon command."""
    console.send("\x1b")
    console.watch(1.5)
    console.send(f":{command}\r")
    settle(console)


def test_shell(console):
    # Equal output: once, in default attributes, in nobody's colour.
    console.line("echo equal$((6*7)); seq 1 100 | tr '\\n' ' '; echo")
    console.expect(r"98 99 100 \r*\n", 60, PLAIN)
    assert since(console, None).count("equal42") == 0
    console.marks[PLAIN] = 0
    settle(console)
    assert console.streams[PLAIN].count("equal42\r") == 1
    for style in GUESTS:
        assert "equal42" not in console.streams[style]
    # Different output: a copy in each one's colour, and together again after it.
    console.line("hostname; echo same$((6*7))")
    for number in range(3):
        console.expect(rf"vm{number}\r", 60, GUESTS[number])
    console.expect(r"same42\r*\n", 60, PLAIN)
    settle(console)
    for number in range(3):
        assert since(console, GUESTS[number]) == ""
    # One guest is made different: three copies, each complete and in order.
    only(console, 1, "echo more >> file; seq 1 30 >> file")
    console.line("cat file | tr '\\n' ,; echo")
    settled = {number: console.marks[GUESTS[number]] for number in range(3)}
    for number, last in enumerate(("same,", "30,", "same,")):
        console.expect(last, 60, GUESTS[number])
    console.watch(4)
    copies = [console.streams[GUESTS[number]][settled[number]:] for number in range(3)]
    assert "same," in copies[0] and "same," in copies[2]
    assert "same,more," + "".join(f"{n}," for n in range(1, 31)) in copies[1].replace("\r", "")


def test_full_screen_programs(console):
    # An editor: what is typed appears once while the texts are equal.
    console.line("vi file")
    console.expect(r"file", 60, PLAIN)
    settle(console)
    console.send("Oequal line")
    console.expect(r"equal line", 60, PLAIN)
    leave_editor(console, "wq")
    for style in GUESTS:
        assert "equal line" not in console.streams[style]
    # Made different in one guest: the editors disagree in colours, and a redraw does not help …
    only(console, 2, "echo odd > file; echo two >> file")
    console.line("vi file")
    settle(console)
    console.send("\x0c")
    console.expect(r"odd", 60, GUESTS[2])
    console.expect(r"equal line", 60, GUESTS[0])
    # … until they are equal again: then entering the mode redraws all of them, once.
    leave_editor(console, "q!")
    console.line("echo healed > file; vi file")
    settle(console)
    console.select(0)
    # The picture of that guest alone, in its colour, without a key to the guest.
    console.expect(r"healed", 20, GUESTS[0])
    console.marks[PLAIN] = len(console.streams[PLAIN])
    console.send("\r@m012\r")
    console.expect(r"Input goes to these clients", 20)
    console.expect(r"healed", 60, PLAIN)
    settle(console)
    leave_editor(console, "q!")


def test_screen(console):
    console.line("screen")
    console.watch(5)
    settle(console)
    console.line("echo in$((6*7))screen")
    console.expect(r"in42screen", 60, PLAIN)
    # Redraw within screen: C-a l. The first C-a is the emulator's escape.
    settle(console)
    console.send("\x01\x01l")
    console.expect(r"in42screen", 60, PLAIN)
    for style in GUESTS:
        assert "in42screen" not in console.streams[style]
    console.line("exit")
    settle(console)


HEADER = frozenset({7})


def test_top(console):
    # One process that all have, and one that each has alone.
    console.line("for n in all $(hostname); do printf '#!/bin/sh\\nsleep 999\\n' > of-$n; "
                 "chmod +x of-$n; ./of-$n & done; stty rows 14")
    console.watch(2)
    settle(console)
    start = {style: len(text) for style, text in console.streams.items()}
    console.line("top")
    # The first ones may come one by one: they start when their machine has time for them.
    console.expect(r"PID +PPID", 300, HEADER)
    # Its rows that differ appear for each guest in its colour.
    for number in range(3):
        console.expect(rf"of-vm{number}\r", 60, GUESTS[number])
    # q ends all of them.
    console.send("q")
    console.watch(2)
    new = {style: text[start.get(style, 0):] for style, text in console.streams.items()}
    # The header is equal: it appeared once for all of them.
    assert re.search(r"PID +PPID", new[HEADER])
    # Nothing of one is in another's colour.
    for number in range(3):
        assert set(re.findall(r"of-(vm\d+)\r", new[GUESTS[number]])) == {f"vm{number}"}
    assert not re.search(r"of-vm\d\r\r*\n", new[PLAIN])
    settle(console)
    console.line("kill %1 %2; stty rows 24; echo after$((6*7))")
    console.expect(r"after42\r*\n", 60, PLAIN)
    settle(console)
    # As lines in a pipe: each one's in its colour where they differ; nobody is left out.
    console.line("top -n 1 -b | head -n 4")
    console.watch(6)
    everything = {style: since(console, style) for style in [PLAIN] + GUESTS}
    for style in GUESTS:
        assert re.search(r"Mem:|CPU:", everything[style] + everything[PLAIN])
