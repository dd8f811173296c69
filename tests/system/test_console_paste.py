# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A long paste arrives complete: no byte lost, none twice."""

import hashlib
import random

from guest import Guest

SIZE = 65536


def test_paste_into_a_guest(boot):
    console = boot("minimal")
    guest = Guest(console, 0)
    guest.log_in(400)
    letters = random.Random(3)
    text = ""
    while len(text) < SIZE:
        text += "".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789@ ", k=63)) + "\n"
    # An @ at the start of a line would be the console's.
    text = text.replace("\n@", "\nx")[:SIZE].lstrip("@").ljust(SIZE, "z")
    console.line(f"stty raw -echo; echo rea''dy; head -c {SIZE} > /tmp/paste; stty sane -echo; stty echo")
    console.expect(r"ready", 30, guest.style)
    for start in range(0, SIZE, 4096):
        console.send(text[start:start + 4096])
        console.watch(0.05)
    console.expect(r" # ", 120, guest.style)
    guest.widen()
    assert guest.run("md5sum < /tmp/paste | cut -c1-32") == hashlib.md5(text.encode()).hexdigest()
    # Line by line, with echo, as into an editor.
    lines = [f"line {number} of a text that is pasted" for number in range(400)]
    console.line("cat > /tmp/lines")
    console.watch(1)
    for line in lines:
        console.line(line)
    console.watch(1)
    console.send("\x04")
    console.expect(r" # ", 120, guest.style)
    whole = "".join(line + "\n" for line in lines)
    assert guest.run("md5sum < /tmp/lines | cut -c1-32") == hashlib.md5(whole.encode()).hexdigest()
