# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A Linux guest at the shared console: log in, type a command, read the answer in its colour."""

import itertools
import re
import time

from console import style_of_guest

PROMPT = r"(?:~|/\S*) # "
marks = itertools.count(1)


class Guest:
    """Guest `number` of the system on `console`."""

    def __init__(self, console, number):
        self.console = console
        self.number = number
        self.style = style_of_guest(number)

    def focus(self):
        """Directs the keyboard to this guest's shell; interrupts what runs at the one that has it."""
        self.console.select(self.number, "\x03")
        # What was at the prompt before: an interrupted line, then a new prompt.
        self.console.send("\r")
        self.console.expect(PROMPT, 20, self.style)
        self.console.watch(0.5)
        self.console.skip(self.style)

    def expect_login(self, seconds=240):
        """Waits for the login prompt."""
        self.console.expect(rf"vm{self.number} login: ", seconds, self.style)

    def enter(self):
        """Logs in as root at the login prompt; the keyboard must be this guest's."""
        self.console.line("root")
        self.console.expect(PROMPT, 120, self.style)
        self.widen()

    def log_in(self, seconds=240):
        """Waits for the login prompt and logs in as root."""
        self.expect_login(seconds)
        self.enter()

    def widen(self):
        """Tells the shell of a terminal so wide that it never wraps a typed line."""
        self.console.line("stty columns 500")
        self.console.expect(PROMPT, 20, self.style)

    def inspect(self):
        """What the console's inspector (@iN) says about this guest's machine."""
        self.console.watch(0.1)
        seen = len(self.console.text)
        self.console.skip()
        self.console.send(f"\x03@i{self.number}")
        self.console.expect(r"--- end ---", 60)
        text = self.console.text[seen:].replace("\r", "")
        self.console.send("\r")
        self.console.watch(0.5)
        self.console.skip(self.style)
        return text

    def run(self, command, seconds=60):
        """Types a command; returns what it printed, and checks that it succeeded."""
        mark = next(marks)
        self.console.line(f"{command}; echo $?-en''d{mark}")
        match = self.console.expect(rf"en''d{mark}\r*\n((?:.|\n)*?)(\d+)-end{mark}\r*\n", seconds,
                                    self.style)
        self.console.expect(PROMPT, 20, self.style)
        assert match[2] == "0", f"{command} ended with status {match[2]}: {match[1]}"
        return re.sub(r"\r+", "", match[1]).strip()

    def clock(self):
        """(seconds since its kernel began, this host's clock at that moment, how far off that may be)."""
        before = time.monotonic()
        uptime = float(self.run("cat /proc/uptime").split()[0])
        after = time.monotonic()
        return uptime, (before + after) / 2, (after - before) / 2


def log_in_all(console, count, seconds=300):
    """Guests 0 to count - 1 of a system just started, logged in; the last one has the keyboard."""
    guests = [Guest(console, number) for number in range(count)]
    for guest in guests:
        guest.expect_login(seconds)
    for guest in guests:
        if guest.number:   # guest 0 has the keyboard from the start
            console.select(guest.number)
        guest.enter()
    return guests
