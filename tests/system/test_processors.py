# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Guests with several virtual processors: all of them run, stop, are reset and inspected."""

import os
import re

from console import style_of_guest, style_of_vmm
from guest import log_in_all
from test_console_control import escape, state_of

APPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps")


def busy(guest, processors):
    """User time that each processor spent, before and after as many loops as there are of them."""
    def times():
        lines = guest.run("grep '^cpu[0-9]' /proc/stat", 60).splitlines()
        assert len(lines) == processors
        return [int(line.split()[1]) for line in lines]

    before = times()
    guest.run(f"for n in $(seq {processors}); do (i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done) & "
              "done; wait", 300)
    return before, times()


def check_all_run(guest, processors):
    assert guest.run("nproc") == str(processors)
    before, after = busy(guest, processors)
    assert all(b < a for b, a in zip(before, after)), f"a processor did nothing: {before} {after}"
    # They interrupt each other.
    interrupts = guest.run("grep -E 'CAL:|RES:' /proc/interrupts").splitlines()
    for number in range(processors):
        assert sum(int(line.split()[1 + number]) for line in interrupts) > 0


def check_inspector(console, processors):
    escape(console, "i0")
    for number in range(processors):
        console.expect(rf"vm0 vcpu{number}: ", 30)
        console.expect(r"rip [0-9a-f]{16}", 30)
        console.expect(rf"vcpu{number} last exits, newest first", 30)
    for number in range(processors):
        console.expect(rf"vcpu{number} exits, HLT: \d+", 30)
        console.expect(rf"vcpu{number} injected \d+", 30)
    console.expect("--- end ---", 30)


def several(console, processors):
    guests = log_in_all(console, 2, 600)
    for guest in guests:
        guest.focus()
        check_all_run(guest, processors)
    check_inspector(console, processors)
    # All of them are held: what the guest does stands still while its neighbour goes on.
    guests[0].focus()
    console.line("while sleep 1; do echo be''at; done")
    console.expect(r"beat\r", 60, guests[0].style)
    escape(console, "x0y")
    console.expect(r"vm0: stopped", 60, style_of_vmm(0))
    assert state_of(console, 0) == "stopped"
    console.skip(style_of_guest(0))
    console.select(1) # no Ctrl-C: it would wait for the guest that is held
    console.send("\r")
    console.watch(1)
    console.skip(guests[1].style)
    assert guests[1].run("sleep 3; echo slept", 60) == "slept"
    assert "beat" not in console.streams[style_of_guest(0)][console.marks[style_of_guest(0)]:]
    escape(console, "x0y")
    console.expect(r"vm0: goes on", 60, style_of_vmm(0))
    console.expect(r"beat\r", 60, guests[0].style)
    console.select(0)
    guests[0].focus() # Ctrl-C ends the loop
    check_all_run(guests[0], processors)
    # In place: by the console, then by the guest itself. The neighbour keeps what it has.
    guests[1].focus()
    guests[1].run("echo kept > /tmp/kept")
    escape(console, "r0y")
    console.expect(r"vm0: guest reset: by the console", 60, style_of_vmm(0))
    guests[0].expect_login(600)
    console.select(0)
    guests[0].enter()
    check_all_run(guests[0], processors)
    console.line("reboot")
    console.expect(r"vm0: guest reset: ", 120, style_of_vmm(0))
    guests[0].log_in(600)
    check_all_run(guests[0], processors)
    guests[1].focus()
    assert guests[1].run("cat /tmp/kept") == "kept"
    check_all_run(guests[1], processors)
    console.send("\r@l")
    match = console.expect(r"0[* ]  \w+ +\d+ +256 +(\d+) ", 30, style_of_vmm(0))
    assert re.fullmatch("2", match[1]), "resets"


def test_two_processors(boot):
    several(boot(os.path.join(APPS, "processors")), 2)


def test_four_processors(boot, long_tests):
    several(boot(os.path.join(APPS, "processors4")), 4)
