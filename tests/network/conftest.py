# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Fixtures of the network tests: those of the system tests, cables, and a server on the host."""

import importlib.util
import os
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
