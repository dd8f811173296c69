# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The console multiplexer and the shared services, with native programs in the part of guests."""

import datetime
import os
import re
import time

import pytest
from console import style_of_guest, style_of_vmm

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "components",
                   "SerialServer", "tests", "console")
GUEST = [style_of_guest(0), style_of_guest(1)]
PLAIN = frozenset()


@pytest.fixture
def console(boot):
    """The machine, both programs at their prompts, input at the first."""
    console = boot(os.path.normpath(APP))
    for number in range(2):
        console.expect(rf"talker vm{number} runs, pi is 3.14159", 60, style_of_vmm(number))
        console.expect(r"\$ ", 10, GUEST[number])
    return console


def test_input_and_colours(console):
    for number in (0, 1, 0):
        console.select(number, "\x03")
        console.send("name\r")
        console.expect(rf"I am vm{number}\r", 10, GUEST[number])
    assert "I am vm1" not in console.streams[GUEST[0]]
    # An escape within a line is data, and two make one.
    console.send("a@1\r")
    console.expect(r"a@1\r", 10, GUEST[0])
    console.send("@@x\r")
    console.expect(r"@x\r", 10, GUEST[0])


def test_refusals(console):
    for word in ("9", "z"):
        console.send(f"\x03@{word}")
        console.expect(rf"Invalid SerialServer command: {word}\r", 10)
    console.send("@:")
    console.expect(r"Invalid", 10)
    console.send("name\r")
    console.expect(r"I am vm0\r", 10, GUEST[0])


def help_lines(console):
    """What `@?` lists: escape -> its line."""
    console.skip()
    console.send("\x03@?")
    text = console.expect(r"--- SerialServer help ---\r*\n((?:.+\n)+?@\?.*\n)", 10)[1]
    return {match[1]: match[0] for match in re.finditer(r"^@(\S+|\d - \d) +\S.*", text, re.M)}


def test_every_escape(console):
    """Each line of the help is tried; one that is new here needs a row."""
    shows = {
        "0": [("1", r"Switching input to 1\r"), ("0", r"Switching input to 0\r")],
        "@": [("@no\r", r"\$ @no\r")],
        "m": [("m01m", r"Multi-client input to clients: 0,1"), ("?", r"input goes to: clients 0 1\r"),
              ("0", r"Switching input to 0\r"), ("m0\x1b", "Multi-client input: cancelled"),
              ("?", r"input goes to: client 0\r")],
        "l": [("l", r"client +state +exits/s"), ("\r", r"  0\* +program +- +- +- +0\r")],
        "hN": [("h1", r"client 1: the last \d+ lines"), ("\r", r"talker vm1 runs"), ("\r", r"--- end ---")],
        "t": [("t", "Timestamps: on"), ("t", "Timestamps: off")],
        "rN": [("r0", "Client 0 is not a VM"), ("rq", "cancelled")],
        "xN": [("x1", "Client 1 is not a VM"), ("x\r", "cancelled")],
        "iN": [("i0", "Client 0 is not a VM"), ("i9", "cancelled")],
        "d": [("d", r"Debug: 1\r"), ("d", r"Debug: 2\r"), ("d", r"Debug: 0\r")],
        "s": [("s", "Dumping the scheduler"), ("\r", r"running +ip 0x[0-9a-f]+")],
        "?": [("?", r"Escape character: @, at the start of a line")],
    }
    listed = help_lines(console)
    assert {key.split()[0] for key in listed} == set(shows)
    for checks in shows.values():
        for keys, pattern in checks:
            console.send(f"\r@{keys}" if keys != "\r" else "\r")
            console.expect(pattern, 20)
    # None of it was for the programs.
    for style in GUEST:
        assert not re.search(r"@[0-9mlhtrxids?]", console.streams[style])


def test_coalescing(console):
    console.send("\x03@m01\r")
    console.expect(r"Multi-client input to clients: 0,1", 10)
    time.sleep(1.5)
    console.watch(0.5)
    console.send("same\r")
    console.expect(r"one\r*\n", 10, PLAIN)
    console.expect(r"two\r*\n", 10, PLAIN)
    for style in GUEST:
        assert "one" not in console.streams[style]
    console.send("name\r")
    for number in range(2):
        console.expect(rf"I am vm{number}\r", 10, GUEST[number])
    console.select(1, "\x03")
    console.send("name\r")
    console.expect(r"I am vm1\r", 10, GUEST[1])


def test_long_line_is_complete(console):
    console.select(1, "\x03")
    console.send("flood\r")
    console.expect(r"x{10000}", 30, GUEST[1])


def test_other_ways_of_output(console):
    # A component's lines by batch carry its name; guests that do not exist say nothing.
    console.expect(r"^stranger: strange line\r\r*\nstranger: and another\r", 20, PLAIN)
    assert "nobody" not in console.text
    for number in range(2):
        console.select(number, "\x03")
        console.send("bytes\r")
        console.expect(r"byte by byte\r", 20, GUEST[number])
        console.send("batch\r")
        console.expect(r"batched log\r", 30, style_of_vmm(number))
        console.send("name\r")
        console.expect(rf"I am vm{number}\r", 20, GUEST[number])
        lines = re.findall(r"batched line (\d+)\r", console.streams[GUEST[number]])
        assert lines == [str(n) for n in range(500)]


def test_a_component_that_prints_without_end(console):
    """It gets what the line takes; whoever is below it goes on meanwhile."""
    console.send("storm\r")
    console.expect(r"stranger: line of a storm", 20, PLAIN)
    # Nobody reads for a while, so all queues fill up. A program that sleeps meanwhile wakes in time.
    console.send("nap\r")
    time.sleep(30)
    match = console.expect(r"timers 8 after (\d+) ms", 30, GUEST[0])
    assert 10000 <= int(match[1]) < 25000
    # What is typed echoes, the console answers, and other input is possible.
    console.send("name\r")
    console.expect(r"I am vm0\r", 30, GUEST[0])
    console.select(1, "\x03")
    console.send("name\r")
    console.expect(r"I am vm1\r", 30, GUEST[1])


def test_paste(console):
    """Typing at a program that does not read loses only that program's bytes."""
    console.send("hang\r")
    console.expect("hanging", 10, GUEST[0])
    for _ in range(20):
        console.send("0123456789" * 50)
        console.watch(0.1)
    console.select(1, "\x03")
    console.send("name\r")
    console.expect(r"I am vm1\r", 20, GUEST[1])


def test_services(console):
    console.expect(r"pci_config: cannot use ' nonsense'", 10, PLAIN)
    console.marks[None] = 0
    console.send("\rtime\r")
    match = console.expect(r"timers 8 after (\d+) ms", 20, GUEST[0])
    assert 300 <= int(match[1]) < 2000
    console.send("pci\r")
    console.expect(r"8086 ffffffff", 10, GUEST[0])
    console.select(1, "\x03")
    console.send("pci\r")
    console.expect(r"ffff ffffffff", 10, GUEST[1])
    console.send("date\r")
    match = console.expect(r"(\d{4}-\d\d-\d\d \d\d:\d\d)\r", 10, GUEST[1])
    said = datetime.datetime.strptime(match[1], "%Y-%m-%d %H:%M")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert abs(now - said) < datetime.timedelta(minutes=3)


def test_fault_of_a_component(console):
    console.send("\rcrash\r")
    console.expect(r"victim: about to fault", 10, PLAIN)
    report = console.expect(r"FAULT HANDLER: data fault from victim\.(\S+) \(ID 0x[0-9a-f]+\) on "
                            r"address 0x0, pc = (0x[0-9a-f]+), fsr = 0x6", 10, PLAIN)
    assert re.search("crash", report[1])
    console.expect(rf"rip +0x0*{report[2][2:]}", 10, PLAIN)
    console.expect(r"the other threads of the component go on", 10, PLAIN)
    console.send("name\r")
    console.expect(r"I am vm0\r", 10, GUEST[0])
