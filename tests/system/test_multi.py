# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/multi: three guests share the console."""

import pytest
from console import style_of_guest
from guest import log_in_all


@pytest.fixture
def guests(boot):
    """Three guests, logged in, and their console."""
    console = boot("multi")
    return console, log_in_all(console, 3, 600)


def test_each_answers_in_its_colour(guests):
    console, three = guests
    for guest in three:
        guest.focus()
        word = f"only{guest.number}"
        assert guest.run(f"echo {word}$((6*7))") == f"{word}42"
        assert guest.run("hostname") == f"vm{guest.number}"
    for guest in three:
        for other in three:
            seen = f"only{other.number}42" in console.streams[style_of_guest(guest.number)]
            assert seen == (guest is other), "input or output of one guest reached another"


def test_escapes(guests):
    console, three = guests
    three[0].focus()
    # Help lists every escape.
    console.send("\x03@?")
    for words in (r"@\?", r"@m", r"@d", r"@@", r"0 *- *2"):
        console.expect(words, 10)
        console.marks[None] = 0
    # @@ types one @; an @ within a line is data.
    three[0].focus()
    console.send("\x03")
    console.send("@@echo a@1b\r")
    console.expect(r"@echo: not found", 20, three[0].style)
    console.expect(r" # ", 20, three[0].style)
    assert three[0].run("echo a@1b") == "a@1b"
    # A client that does not exist is refused and changes nothing.
    console.send("\x03@7")
    console.expect(r"Invalid SerialServer command: 7", 10)
    assert three[0].run("hostname") == "vm0"
