# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A person at the console: types, reads, and sees the colours.

The shared COM1 draws each source in its own style: guest N in a colour on white, its VMM in the
same colour on the default background, everything else in default attributes. Console splits the
bytes into these streams while it reads.
"""

import os
import re
import time

import pexpect

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Foreground by client number; clients 6 to 11 repeat the six colours in bold.
COLOURS = [31, 32, 34, 35, 33, 36]
KEYS = "0123456789:;"   # what stands for a client's number behind @
ESCAPE = re.compile(rb"\x1b\[([0-9;?]*)([@-~])")
# A loaded build machine is several times slower than a quiet one.
PATIENCE = float(os.environ.get("CAMKES_VM_PATIENCE", "3"))


def style_of_guest(number):
    """The set of SGR numbers that guest `number` is drawn in."""
    return frozenset({COLOURS[number % 6], 47} | ({1} if number >= 6 else set()))


def style_of_vmm(number):
    """The set of SGR numbers that the VMM of guest `number` is drawn in."""
    return frozenset({COLOURS[number % 6]} | ({1} if number >= 6 else set()))


class Timeout(AssertionError):
    """What was waited for did not come."""


def end(child, seconds=60):
    """Ends a program on a terminal. pexpect gives a killed one a tenth of a second to be gone."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        try:
            child.close(force=True)
            return
        except pexpect.ExceptionPexpect:
            assert time.monotonic() < deadline, "a killed program does not end"


class Console:
    """One emulated machine and its COM1."""

    def __init__(self, command, log_path, memory_of_log=4000):
        os.makedirs(os.path.dirname(log_path), exist_ok=True)
        self.log_path = log_path
        self.log = open(log_path, "wb")
        self.memory_of_log = memory_of_log
        self.pending = b""
        self.style = frozenset()
        self.text = ""        # everything, styles removed
        self.streams = {}     # style -> text
        self.runs = []        # [style, length]: who printed how much in a row
        self.marks = {}       # style or None -> position already looked at
        self.child = pexpect.spawn(command[0], command[1:], cwd=TOP, timeout=None, echo=False,
                                   dimensions=(50, 200))
        self.child.delaybeforesend = None

    # -- reading

    def _read(self, seconds):
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            return None
        self.log.write(data)
        self.log.flush()
        self._split(data)
        return True

    def _split(self, data):
        data = self.pending + data
        self.pending = b""
        position = 0
        while True:
            start = data.find(b"\x1b", position)
            if start < 0:
                self._add(data[position:])
                return
            self._add(data[position:start])
            match = ESCAPE.match(data, start)
            if not match:
                if len(data) - start < 32:
                    self.pending = data[start:]
                    return
                position = start + 1
                continue
            if match[2] == b"m":
                self._set_style(match[1])
            position = match.end()

    def _set_style(self, numbers):
        style = set(self.style)
        for word in (numbers.split(b";") if numbers else [b"0"]):
            number = int(word or b"0")
            style = set() if number == 0 else style | {number}
        self.style = frozenset(style)

    def _add(self, data):
        text = data.decode("utf-8", "replace")
        self.text += text
        self.streams[self.style] = self.streams.get(self.style, "") + text
        if self.runs and self.runs[-1][0] == self.style:
            self.runs[-1][1] += len(text)
        else:
            self.runs.append([self.style, len(text)])

    def _view(self, style):
        return self.text if style is None else self.streams.get(style, "")

    # -- what tests use

    def expect(self, pattern, seconds=60, style=None):
        """Waits for `pattern` (a regular expression) after what was already matched.

        style: None looks at everything, otherwise one of style_of_guest(), style_of_vmm().
        Returns the match. Raises Timeout with the end of the console's text.
        """
        regex = re.compile(pattern, re.M)
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            match = regex.search(self._view(style), self.marks.get(style, 0))
            if match:
                self.marks[style] = match.end()
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise Timeout(self._story(f"no {pattern!r} within {seconds} s"))
            if self._read(min(left, 1.0)) is None:
                # The last bytes may just have arrived.
                if not regex.search(self._view(style), self.marks.get(style, 0)):
                    raise Timeout(self._story(f"the machine ended before {pattern!r}"))

    def expect_end(self, seconds=60):
        """Waits for the machine to end; returns its exit status."""
        deadline = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < deadline:
            # At the end of its output it is about to exit: closing now could still kill it.
            if self._read(1.0) is None and not self.child.isalive():
                return self.child.exitstatus
        raise Timeout(self._story(f"the machine did not end within {seconds} s"))

    def watch(self, seconds):
        """Reads for a while; returns the text that came."""
        before = len(self.text)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._read(0.2) is None:
                break
        return self.text[before:]

    def send(self, text):
        """Types `text`."""
        self.child.send(text)

    def line(self, text):
        """Types `text` and Return."""
        self.send(text + "\r")

    def select(self, number, end="\r"):
        """Directs the keyboard to a client; `end` ends the line of the one that has it now."""
        self.send(f"{end}@{KEYS[number]}")
        self.expect(rf"Switching input to {number}\r", 30)

    def skip(self, style=None):
        """Forgets what has come so far: the next expect looks at new text only."""
        self.watch(0.1)
        self.marks[style] = len(self._view(style))

    def close(self):
        """Ends the machine."""
        end(self.child)
        self.log.close()

    def _story(self, what):
        end = self.text[-self.memory_of_log:]
        return f"{what}; {self.log_path} has it all; it ends:\n{end}"
