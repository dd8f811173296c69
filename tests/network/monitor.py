# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""QEMU's monitor, which shares the terminal with the machine's console."""

import re


def monitor(console, command):
    """Types a command at the monitor."""
    console.send("\x01c")
    console.send(command + "\n")
    console.send("\x01c")


def torn(text):
    """A pattern for `text` with the monitor's prompt or line ends written into it."""
    return r"(?:\(qemu\)|\s)*".join(re.escape(c) for c in text.replace(" ", ""))
