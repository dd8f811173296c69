# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""PCIConfigIO: each client sees the functions it was given, and cannot move them."""

import os
import re

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps", "pci_filter")


def test_each_sees_its_own(boot):
    console = boot(APP)
    for _ in range(3):
        console.expect(r"(disk|bus|nobody): seen all", 60)
    seen = re.findall(r"(\w+): (\S+) is (\w+:\w+)", console.text)
    assert sorted(seen) == [("bus", "00:1f.3", "8086:2930"), ("disk", "00:1f.2", "8086:2922")]
    assert len(re.findall("bar at .. stays", console.text)) == 4
    assert console.text.count("command is mine") == 2
    assert "MOVED" not in console.text and "REFUSED" not in console.text
