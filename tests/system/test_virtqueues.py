# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tests/system/apps/virtqueues: rings between components, in one buffer and in pieces."""


def test_virtqueues(boot):
    console = boot("tests/system/apps/virtqueues")
    console.expect(r"virtqueues: 600 questions answered", 60)
