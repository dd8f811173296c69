# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The component runtime on the kernel: an application that checks itself."""

import os

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps", "runtime")


def test_runtime(boot):
    console = boot(APP)
    match = console.expect(r"(\d+) checks, (\d+) failures", 60)
    assert match[2] == "0", console.text[-3000:]
    assert int(match[1]) >= 82
    console.watch(2)
    assert "FAIL" not in console.text and "FAULT" not in console.text
