# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tests/external_app, copied somewhere else, builds and boots with `make run APP=<there>`."""

import os
import shutil

import pytest
from conftest import TOP
from console import Console
from guest import Guest


@pytest.fixture
def copied(tmp_path):
    folder = tmp_path / "external_app"
    shutil.copytree(os.path.join(TOP, "tests", "external_app"), folder)
    built = os.path.join(TOP, "build", "apps", "external_app")
    shutil.rmtree(built, ignore_errors=True)
    yield folder, built
    shutil.rmtree(built, ignore_errors=True)


def test_external_application(copied):
    folder, built = copied
    console = Console(["make", "--no-print-directory", "run", f"APP={folder}",
                       "QEMU_ARGS=-netdev user,id=net0 -device e1000e,netdev=net0"],
                      os.path.join(TOP, "build", "logs", "test_external_application.log"))
    try:
        guest = Guest(console, 0)
        guest.log_in(600)
        assert guest.run("echo it runs") == "it runs"
        # app_settings.cmake was read
        clocks = "/sys/devices/system/clocksource/clocksource0/available_clocksource"
        assert "hpet" in guest.run(f"cat {clocks}")
        # through the firewall and the driver to the UDP server, whose heap_size is 0
        assert "1 packets received" in guest.run("ping -c 1 10.0.2.100", 120)
        assert os.access(os.path.join(built, "simulate"), os.X_OK)
        console.send("\x01x")  # leaves QEMU
        assert console.expect_end(30) == 0
    finally:
        console.close()
