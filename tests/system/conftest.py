# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Fixtures of the system tests: build an application once, boot it per test."""

import os
import sys

import pytest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tools")]
from console import Console  # noqa: E402
import applications  # noqa: E402
import machines  # noqa: E402

built = {}


def build(app, target=""):
    """Builds an application (a name under apps/ or a folder); returns the image's path.

    target: the platform, "" is the application's choice; the image for another is overwritten.
    """
    if built.get(app) != target:
        applications.build(app, target)
        built[app] = target
    return os.path.join(applications.build_folder(app), "image.elf")


def start(app, log, serial=(), more=(), target="", **options):
    """Boots an application; returns its Console."""
    extra = ["-display", "none", "-serial", "mon:stdio"]
    for port in serial:
        extra += ["-serial", port]
    extra += more
    command = machines.qemu(build(app, target), extra=extra, **options)
    return Console(command, os.path.join(TOP, "build", "logs", log + ".log"))


@pytest.fixture
def boot(request):
    """boot(app, serial=(), more=(), target="", **options of machines.qemu) -> Console.

    It is ended with the test. serial: what QEMU puts at the serial ports from COM2 on; more: other
    words for QEMU; target: as build() has it.
    """
    consoles = []

    def boot_one(app, **options):
        name = request.node.name.replace("/", "_")
        consoles.append(start(app, f"{name}-{len(consoles)}", **options))
        return consoles[-1]

    yield boot_one
    for console in consoles:
        console.close()


class Shared:
    """A machine that the tests of a file use one after the other."""

    def __init__(self, name):
        self.name = name
        self.console = None
        self.boots = 0

    def get(self, app, prepare, **options):
        """The machine; after the boot prepare(console) makes it ready for the first test."""
        if self.console is None:
            self.console = start(app, f"{self.name}-{self.boots}", **options)
            self.boots += 1
            prepare(self.console)
        return self.console

    def close(self):
        """Ends the machine; the next get() boots another one."""
        if self.console is not None:
            self.console.close()
        self.console = None


@pytest.fixture(scope="module")
def shared_machine(request):
    """The file's Shared."""
    machine = Shared(os.path.splitext(os.path.basename(str(request.node.path)))[0])
    yield machine
    machine.close()


@pytest.fixture
def shared(request, shared_machine):
    """The file's Shared; a test that fails leaves no machine to the next one."""
    failures = request.session.testsfailed
    yield shared_machine
    if request.session.testsfailed != failures:
        shared_machine.close()


@pytest.fixture
def long_tests():
    """Skips a test that only `make test-all` runs."""
    if not os.environ.get("CAMKES_VM_TEST_ALL"):
        pytest.skip("long test: run by make test-all")
