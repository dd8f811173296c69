# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Guests on Intel VT-x, as Bochs emulates it: `make run MACHINE=bochs`."""

import os

import bochs
import pytest
from conftest import TOP, build
from console import Console
from guest import Guest


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


def test_multi_to_login(intel, long_tests):
    console = intel("multi")
    console.expect("machine: guests      Intel VT-x", 120)
    for number in range(3):
        Guest(console, number).expect_login(1800)
