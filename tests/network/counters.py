# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""What the firewall has counted, as its lines on the console say."""

import collections
import re
import time

from console import PATIENCE


class Counters:
    """The frames from the line; `before`: what may stand before the firewall's words in a line."""

    def __init__(self, console, before=""):
        self.console = console
        self.line = re.compile(rf"^{before}to clients:((?: [a-z-]+ \d+)+)\r*$", re.M)

    def now(self):
        """As the console said last: a Counter by reason."""
        found = self.line.findall(self.console.text)
        words = found[-1].split() if found else []
        return collections.Counter({words[i]: int(words[i + 1]) for i in range(0, len(words), 2)})

    def wait_for(self, wanted, before, seconds=40):
        """Waits until so many more were counted than `before`; returns the differences."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            self.console.watch(0.5)
            more = self.now() - before
            if all(more[name] >= count for name, count in wanted.items()):
                return more
            assert time.monotonic() < deadline, f"counted {more}, wanted {wanted}"
