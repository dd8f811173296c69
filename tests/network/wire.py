# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The other end of an emulated machine's network cable: sends and collects raw frames.

    with Wire(folder) as wire:
        console = boot("app", devices=wire.devices("e1000e"))
        wire.send(frames.ethernet(...))
        frame = wire.expect(lambda f: f[12:14] == b"\\x08\\x06", "an ARP frame")

Frames travel as datagrams between two Unix sockets (QEMU's netdev `dgram`): nothing on the host
sees them, and machines that run at the same time do not meet.
"""

import os
import select
import socket
import tempfile
import time

from console import PATIENCE


class Wire:
    """One cable; `name` tells several of one machine apart."""

    def __init__(self, name="net0"):
        self.name = name
        self.folder = tempfile.TemporaryDirectory(prefix="wire-")
        self.ours = os.path.join(self.folder.name, "a")
        self.theirs = os.path.join(self.folder.name, "b")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.ours)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setblocking(False)
        self.waiting = []   # received frames nobody has asked for yet

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()
        self.folder.cleanup()

    def devices(self, model="e1000e", mac="52:54:00:12:34:56", more=""):
        """QEMU options for a network controller at this cable."""
        return ["-netdev", f"dgram,id={self.name},local.type=unix,local.path={self.theirs},"
                f"remote.type=unix,remote.path={self.ours}",
                "-device", f"{model},netdev={self.name},mac={mac}{more}"]

    def send(self, frame, seconds=20):
        """Sends a frame; waits while the machine's end is full (or not there yet)."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            try:
                self.socket.sendto(bytes(frame), self.theirs)
                return
            except (BlockingIOError, FileNotFoundError, ConnectionRefusedError, OSError) as error:
                assert time.monotonic() < deadline, f"the machine takes no frame: {error}"
                self._read(0.001)

    def _read(self, seconds):
        """Fetches what has come; waits at most `seconds` for the first frame."""
        ready, _, _ = select.select([self.socket], [], [], max(seconds, 0))
        while ready:
            try:
                self.waiting.append(self.socket.recv(65536))
            except BlockingIOError:
                return

    def receive(self, seconds=10):
        """The next frame, or None."""
        if not self.waiting:
            self._read(seconds * PATIENCE)
        return self.waiting.pop(0) if self.waiting else None

    def collect(self, seconds):
        """All frames that come within `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)
        frames, self.waiting = self.waiting, []
        return frames

    def expect(self, wanted, what, seconds=20):
        """The first frame for which wanted(frame) is true; others are dropped."""
        deadline = time.monotonic() + seconds * PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            if not self.waiting:
                self._read(left)
            while self.waiting:
                frame = self.waiting.pop(0)
                if wanted(frame):
                    return frame
        raise AssertionError(f"{what} did not come within {seconds} s")
