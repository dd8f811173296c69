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


def build(app):
    """Builds an application (a name under apps/ or a folder); returns the image's path."""
    if app not in built:
        done = subprocess.run(["make", "--no-print-directory", "build", f"APP={app}"], cwd=TOP,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        assert done.returncode == 0, f"make build APP={app}:\n{done.stdout[-6000:]}"
        name = os.path.basename(app.rstrip("/"))
        built[app] = os.path.join(TOP, "build", "apps", name, "image.elf")
    return built[app]


@pytest.fixture
def boot(request):
    """boot(app, serial=(), more=(), **options of machines.qemu) -> Console; ended with the test.

    serial: what QEMU puts at the serial ports from COM2 on; more: other words for QEMU.
    """
    consoles = []

    def start(app, serial=(), more=(), **options):
        extra = ["-display", "none", "-serial", "mon:stdio"]
        for port in serial:
            extra += ["-serial", port]
        extra += more
        command = machines.qemu(build(app), extra=extra, **options)
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
