# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Fixtures of the network tests: those of the system tests, cables, and a server on the host."""

import functools
import importlib.util
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEM = os.path.join(os.path.dirname(HERE), "system")
sys.path[:0] = [HERE, SYSTEM]
spec = importlib.util.spec_from_file_location("system_conftest", os.path.join(SYSTEM, "conftest.py"))
system = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system)
boot, build, long_tests, TOP = system.boot, system.build, system.long_tests, system.TOP
from server import Server  # noqa: E402
from wire import Wire      # noqa: E402


@functools.lru_cache(maxsize=None)
def find_igb_qemu():
    """A QEMU that has the igb model: (program, None) or (None, why there is none)."""
    installed = subprocess.run(["qemu-system-x86_64", "-device", "help"], text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if '"igb"' in installed.stdout:
        return "qemu-system-x86_64", None
    folder = os.path.join(TOP, "build", "qemu-backports")
    done = subprocess.run([os.path.join(TOP, "tools", "fetch-qemu"), folder], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        return None, done.stdout.strip()
    return os.path.join(folder, "qemu-system-x86_64"), None


@pytest.fixture
def igb_qemu():
    """The program of a QEMU with an igb, for boot(…, program=…)."""
    program, reason = find_igb_qemu()
    if program is None:
        pytest.skip(f"needs QEMU >= 8 (igb): {reason}")
    return program


@pytest.fixture(params=["e1000e", "igb"])
def nic(request):
    """Each controller in turn: (QEMU's name of it, suffix of the application, options of boot)."""
    if request.param == "e1000e":
        return "e1000e", "", {}
    return "igb", "_igb", {"program": request.getfixturevalue("igb_qemu")}


@pytest.fixture
def wire():
    """A cable to the machine's only network controller."""
    with Wire() as cable:
        yield cable


@pytest.fixture
def server():
    """Files for downloads over QEMU's user networking, where the host is 10.0.2.2."""
    with Server() as files:
        yield files
