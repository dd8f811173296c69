# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Guests on Intel VT-x, as Bochs emulates it: `make run MACHINE=bochs`."""

import os
import signal
import time

import bochs
import pytest
from conftest import TOP, build
from console import PATIENCE, Console
from guest import Guest


def children(pid):
    """Process ids."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def intel(request):
    """intel(app) -> its console on Bochs, ended when the test ends."""
    if bochs.missing():
        pytest.skip("not installed: " + " ".join(bochs.missing()))
    consoles = []

    def start(app, memory=1024):
        command = [os.path.join(TOP, "tools", "run"), "--machine", "bochs", "--memory", str(memory),
                   build(app)]
        log = os.path.join(TOP, "build", "logs", f"{request.node.name}.log")
        consoles.append(Console(command, log))
        return consoles[-1]

    yield start
    for console in consoles:
        if console.child.isalive():
            console.send("\x01x")  # as a person leaves: Bochs ends with it
            console.expect_end(30)
        console.close()


def test_minimal_to_login(intel):
    console = intel("minimal")
    console.expect("machine: guests      Intel VT-x", 120)
    guest = Guest(console, 0)
    guest.log_in(900)
    assert "GenuineIntel" in guest.run("cat /proc/cpuinfo", 300)
    assert guest.run("uname -s", 120) == "Linux"


def test_leaving(intel):
    console = intel("hello", memory=256)
    console.expect("hello: done", 120)
    console.send("\x01x")
    assert console.expect_end(60) == 0


def test_killed(intel):
    """What started Bochs takes it along."""
    console = intel("hello", memory=256)
    console.expect("hello: done", 120)
    (script,) = children(console.child.pid)
    (emulator,) = children(script)
    os.kill(console.child.pid, signal.SIGTERM)
    assert console.expect_end(60) == 128 + signal.SIGTERM
    deadline = time.monotonic() + 60 * PATIENCE
    while is_running(script) or is_running(emulator):
        assert time.monotonic() < deadline, "Bochs is left"
        time.sleep(0.2)


def test_multi_to_login(intel, long_tests):
    console = intel("multi")
    console.expect("machine: guests      Intel VT-x", 120)
    for number in range(3):
        Guest(console, number).expect_login(1800)
