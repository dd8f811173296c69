# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Fixtures of the system tests: build an application once, boot it per test."""

import os
import subprocess
import sys

import pytest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tools")]
from console import Console  # noqa: E402
import machines  # noqa: E402

built = {}


def build(app, target=""):
    """Builds an application (a name under apps/ or a folder); returns the image's path.

    target: the platform, "" is the application's choice; the image for another is overwritten.
    """
    if built.get(app) != target:
        done = subprocess.run(["make", "--no-print-directory", "build", f"APP={app}",
                               f"PLATFORM={target}"], cwd=TOP, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, f"make build APP={app}:\n{done.stdout[-6000:]}"
        built[app] = target
    name = os.path.basename(app.rstrip("/"))
    return os.path.join(TOP, "build", "apps", name, "image.elf")


@pytest.fixture
def boot(request):
    """boot(app, serial=(), more=(), target="", **options of machines.qemu) -> Console.

    It is ended with the test. serial: what QEMU puts at the serial ports from COM2 on; more: other
    words for QEMU; target: as build() has it.
    """
    consoles = []

    def start(app, serial=(), more=(), target="", **options):
        extra = ["-display", "none", "-serial", "mon:stdio"]
        for port in serial:
            extra += ["-serial", port]
        extra += more
        command = machines.qemu(build(app, target), extra=extra, **options)
        name = request.node.name.replace("/", "_")
        console = Console(command, os.path.join(TOP, "build", "logs", f"{name}-{len(consoles)}.log"))
        consoles.append(console)
        return console

    yield start
    for console in consoles:
        console.close()


@pytest.fixture
def long_tests():
    """Skips a test that only `make test-all` runs."""
    if not os.environ.get("CAMKES_VM_TEST_ALL"):
        pytest.skip("long test: run by make test-all")
