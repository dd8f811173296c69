# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""What the firewall has counted, as its lines on the console say."""

import collections
import re
import time

from console import PATIENCE


class Counters:
    """The frames of a firewall's clients; `before`: what may stand before its words in a line."""

    def __init__(self, console, before=""):
        self.console = console
        self.lines = {direction: re.compile(rf"^{before}{direction} clients:((?: [a-z-]+ \d+)+)\r*$", re.M)
                      for direction in ("to", "from")}

    def now(self, direction="to"):
        """As the console said last: a Counter by reason. "to" clients, or "from" them."""
        found = self.lines[direction].findall(self.console.text)
        words = found[-1].split() if found else []
        return collections.Counter({words[i]: int(words[i + 1]) for i in range(0, len(words), 2)})

    def wait_for(self, wanted, before, seconds=40, direction="to"):
        """Waits until so many more were counted than `before`; returns the differences."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            self.console.watch(0.5)
            more = self.now(direction) - before
            if all(more[name] >= count for name, count in wanted.items()):
                return more
            assert time.monotonic() < deadline, f"counted {more}, wanted {wanted}"
