# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A machine without a serial port: pictures of its screen, and the text in them.

Text is read back from the pixels with the kernel's own font (kernel/arch/x86/font.c), or from the
memory of the VGA text mode.
"""

import os
import re
import socket
import subprocess
import time

from console import PATIENCE, TOP

CELL_WIDTH, CELL_HEIGHT = 8, 16


def read_font():
    """16 rows of 8 pixels as bytes -> character, as the kernel draws them."""
    glyphs = {}
    with open(os.path.join(TOP, "kernel", "arch", "x86", "font.c"), encoding="ascii") as file:
        rows = re.findall(r"^ +\{((?:0x[0-9a-f]{2}(?:, )?){8})\}", file.read(), re.M)
    assert len(rows) == 95
    for number, row in enumerate(rows):
        dots = [int(word, 16) for word in row.split(", ")]
        glyphs[bytes(d << 2 | d << 1 for d in dots for _ in range(2))] = chr(32 + number)
    return glyphs


class Picture:
    """A picture in the format PPM (P6, 8 bits)."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        match = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
        assert match, f"{path}: not a picture"
        self.width, self.height = int(match[1]), int(match[2])
        self.pixels = data[match.end():]

    def cell(self, column, row):
        """The pixels of a cell as bits: 1 where they differ from its upper left corner."""
        rows = []
        for y in range(row * CELL_HEIGHT, (row + 1) * CELL_HEIGHT):
            at = (y * self.width + column * CELL_WIDTH) * 3
            line = self.pixels[at:at + CELL_WIDTH * 3]
            if not rows:
                paper = line[:3]
            rows.append(sum(1 << (7 - x) for x in range(CELL_WIDTH)
                            if line[3 * x:3 * x + 3] != paper))
        return bytes(rows)

    def text(self):
        """The lines of text; characters that are not of the font are "\\ufffd"."""
        font, lines = read_font(), []
        for row in range(self.height // CELL_HEIGHT):
            line = "".join(font.get(self.cell(column, row), "\ufffd")
                           for column in range(self.width // CELL_WIDTH))
            lines.append(line.rstrip())
        return lines


def connect(path, seconds=30):
    """The socket that QEMU listens at, once it does."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        try:
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(path)
            return peer
        except OSError:
            peer.close()
            assert time.monotonic() < deadline, f"{path}: QEMU does not listen"
            time.sleep(0.1)


class ScreenMachine:
    """A running machine, watched through QEMU's monitor."""

    def __init__(self, command, folder):
        self.folder = str(folder)
        path = os.path.join(self.folder, "monitor")
        self.process = subprocess.Popen(
            command + ["-display", "none", "-monitor", f"unix:{path},server,nowait"],
            stdin=subprocess.DEVNULL, cwd=TOP)
        self.monitor = connect(path)
        self._answer()

    def _answer(self):
        self.monitor.settimeout(30 * PATIENCE)
        text = b""
        while not text.endswith(b"(qemu) "):
            more = self.monitor.recv(65536)
            assert more, "the machine ended"
            text += more
        return text

    def ask(self, command):
        """The monitor's answer to a command."""
        self.monitor.sendall(command.encode() + b"\n")
        return self._answer()

    def picture(self, name="screen"):
        """Takes a picture, kept as build/logs/NAME.ppm."""
        path = os.path.join(TOP, "build", "logs", name + ".ppm")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.remove(path)
        self.ask(f"screendump {path}")
        return Picture(path)

    def text_mode(self):
        """The 25 lines of the VGA text mode, from its memory."""
        path = os.path.join(self.folder, "text")
        self.ask(f'pmemsave 0xb8000 4000 "{path}"')
        with open(path, "rb") as file:
            cells = file.read()
        characters = cells[::2].decode("cp437")
        return [characters[at:at + 80].rstrip() for at in range(0, 2000, 80)]

    def expect(self, look, pattern, seconds):
        """Looks again and again until a line matches; returns all lines. look: gives the lines."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            lines = look()
            if any(re.search(pattern, line) for line in lines):
                return lines
            assert time.monotonic() < deadline, f"no {pattern!r} on the screen:\n" + "\n".join(lines)
            time.sleep(0.5)

    def close(self):
        self.monitor.close()
        self.process.kill()
        self.process.wait()
