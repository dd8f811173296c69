# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""What goes wrong in one guest or component is reported by name and stays there."""

import os
import re

from console import style_of_guest, style_of_vmm
from guest import Guest

HERE = os.path.dirname(os.path.abspath(__file__))
APP = os.path.join(HERE, "apps", "contain")
REGISTERS = r"(?s)rax [0-9a-f]{16}.*?rip [0-9a-f]{16}.*?cr3 "


def answers(guest):
    """The guest executes commands, and by its own clock within a second."""
    said = guest.run("cat /proc/uptime; ls /proc >/dev/null; echo $((6 * 7)); cat /proc/uptime", 60)
    before, answer, after = (line.split()[0] for line in said.split("\n"))
    assert answer == "42"
    assert float(after) - float(before) < 1


def test_misbehaviour_is_reported_and_contained(boot):
    """One instruction takes eight nanoseconds here: clocks go by the system, not by a busy host."""
    console = boot(APP, icount=3)
    # a component that dereferences NULL: name, thread, address, instruction
    console.expect(r"data fault from faulty\.faulty_0_control .*on address 0x0, pc = 0x4[0-9a-f]{5}", 120)
    # a guest that says it panicked
    console.expect(r"vm1: guest panicked", 120, style_of_vmm(1))
    console.expect(REGISTERS, 30, style_of_vmm(1))
    # a triple fault, every time it starts; then it stays off
    console.expect(r"vm2: vcpu0: triple fault", 60, style_of_vmm(2))
    console.expect(r"last exit: triple fault", 30, style_of_vmm(2))
    console.expect(REGISTERS, 30, style_of_vmm(2))
    console.expect(r"vm2: guest reset: triple fault", 30, style_of_vmm(2))
    console.expect(r"vm2: left switched off after repeated resets", 60, style_of_vmm(2))
    console.expect(r"about to run garbage", 60, style_of_guest(3))
    console.expect(r"about to spin", 60, style_of_guest(4))
    # the others are there, while vm4 and a component spin
    first, last = Guest(console, 0), Guest(console, 5)
    first.log_in(600)
    answers(first)
    console.select(5)
    last.log_in()
    answers(last)
    first.focus()
    answers(first)
    # the pieces of garbage have run or ended their machine, with a report
    assert re.search(r"garbage is done", console.streams[style_of_guest(3)]) or \
        re.search(r"vm3: guest reset: ", console.streams[style_of_vmm(3)])


def test_guest_finds_no_foreign_memory(boot):
    console = boot(os.path.join(HERE, "apps", "probe"))
    match = console.expect(r"probed (\d+) pages, (\d+) foreign", 600, style_of_guest(0))
    assert int(match[1]) > 1000000
    assert match[2] == "0"
