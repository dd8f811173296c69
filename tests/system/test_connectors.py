# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tests/adl/connectors: every connector of native components at work, in a group and a compound."""

import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PARTS = ("rpc", "signal", "memory", "wide", "memory and signal", "bulk", "two callers", "callback and bound",
         "compound", "direct", "events", "capabilities", "locks", "instance", "interrupts")


def test_connectors(boot):
    console = boot(os.path.join(TOP, "tests", "adl", "connectors"))
    for part in PARTS:
        console.expect(rf"ok {part}\r*\n", 60)
    console.expect(r"connectors: All OK", 10)
