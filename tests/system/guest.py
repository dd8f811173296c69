# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A Linux guest at the shared console: log in, type a command, read the answer in its colour."""

import itertools
import re

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
        """Directs the keyboard to this guest, from wherever its line is."""
        self.console.send(f"\x03@{self.number}")
        self.console.expect(f"Switching input to {self.number}", 10)
        # What was at the prompt before: an interrupted line, then a new prompt.
        self.console.send("\r")
        self.console.expect(PROMPT, 20, self.style)
        self.console.watch(0.5)
        self.console.skip(self.style)

    def log_in(self, seconds=240):
        """Waits for the login prompt and logs in as root."""
        self.console.expect(rf"vm{self.number} login: ", seconds, self.style)
        self.console.line("root")
        self.console.expect(PROMPT, 60, self.style)
        self.widen()

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
