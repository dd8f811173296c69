# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Figures of cross-VM connections: copies to a component and to another guest, events there and
back. bench/run crossvm prints them."""

import os

from console import Console
from guest import Guest
from network import exits

FEW, MANY = 200, 1200


def log_in(console, number):
    """The guest, logged in; the keyboard stays with it."""
    guest = Guest(console, number)
    console.expect(rf"vm{number} login: ", 600, guest.style)
    console.send(f"\x03@{number}\r")
    console.expect(rf"vm{number} login: ", 60, guest.style)
    console.line("root")
    console.expect("# ", 120, guest.style)
    guest.widen()
    return guest


def ticks(guest, words):
    return int(guest.run(f"crossvm_bench {words} | sed 's/ticks //'", 900))


def print_copies(guest, row):
    plain = ticks(guest, "memcpy")
    row("crossvm: memcpy in the guest, 1 MiB", plain, "instructions")
    for what, words in (("guest writes a dataport", "write sink"),
                        ("guest reads a dataport", "read sink"),
                        ("guest to component, both copy", "transfer sink"),
                        ("guest to guest, both copy", "transfer peer")):
        taken = ticks(guest, words)
        row(f"crossvm: {what}, 1 MiB", taken, "instructions")
        row(f"crossvm: {what}, throughput / memcpy", f"{plain / taken:.2f}")


def print_rounds(guest, row):
    """The exits of FEW rounds, with all that starts a program, are taken off those of MANY."""
    row("crossvm: event to a component and back", ticks(guest, f"rounds echo {MANY}"), "instructions")
    before = exits(guest)
    ticks(guest, f"rounds echo {FEW}")
    between = exits(guest)
    ticks(guest, f"rounds echo {MANY}")
    after = exits(guest)
    total = 0
    for reason in sorted(after):
        few = between.get(reason, 0) - before.get(reason, 0)
        many = after[reason] - between.get(reason, 0)
        each = (many - few) / (MANY - FEW)
        total += each
        if each >= 0.05:
            row(f"crossvm: exits for each of them, {reason}", f"{each:.1f}")
    row("crossvm: exits for each of them, all", f"{total:.1f}")


def run(command, log, row):
    """Boots the machine of `command` (bench/crossvm) and prints its figures with `row`."""
    console = Console(command, os.path.join(log, "bench-crossvm.log"))
    try:
        neighbour = log_in(console, 1)
        neighbour.run("(crossvm_bench serve peer >/dev/null 2>&1 &)")
        guest = log_in(console, 0)
        print_copies(guest, row)
        print_rounds(guest, row)
    finally:
        console.close()
