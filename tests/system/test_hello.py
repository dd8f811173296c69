# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/hello: a procedure, an event and a dataport between three native components."""


def test_hello(boot):
    console = boot("hello")
    for number in (1, 2, 3):
        console.expect(rf"logger: Hello, world, for time number {number}\r*\n", 60)
        console.expect(rf"client: greeting {number} had 31 characters\r*\n", 10)
    console.expect(r"hello: done", 10)
