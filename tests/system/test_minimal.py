# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/minimal: an unmodified Debian kernel in a VM, from power-on to power-off."""

import datetime
import glob
import hashlib
import os
import re
import subprocess
import time

import pytest
from conftest import TOP, build
from guest import Guest

# The shifts differ in how much virtual time an instruction takes: other interleavings each time.
BOOTS = 50 if os.environ.get("CAMKES_VM_TEST_ALL") else 3


def package_kernel():
    """The bytes of the kernel file inside the Debian package that was downloaded."""
    cache = os.path.join(TOP, "build", "guests")
    with open(os.path.join(cache, "kernel-package"), encoding="utf-8") as file:
        packages = glob.glob(os.path.join(cache, f"{file.read().strip()}_*.deb"))
    assert packages, "no kernel package under build/guests"
    for package in sorted(packages, key=os.path.getmtime, reverse=True):
        names = subprocess.run(f"dpkg-deb --fsys-tarfile '{package}' | tar -t", shell=True,
                               text=True, capture_output=True, check=True).stdout.split()
        kernels = [n for n in names if n.startswith("./boot/vmlinuz-")]
        if kernels:
            return subprocess.run(f"dpkg-deb --fsys-tarfile '{package}' | tar -xO {kernels[0]}",
                                  shell=True, capture_output=True, check=True).stdout
    raise AssertionError("no vmlinuz in " + ", ".join(packages))


def test_kernel_file_is_the_packages(boot):
    build("minimal")
    kernel = package_kernel()
    with open(os.path.join(TOP, "linux", "bzimage"), "rb") as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(kernel).digest()
    with open(build("minimal"), "rb") as file:
        assert kernel in file.read(), "the image does not hold the package's kernel unchanged"


def test_a_session(boot):
    console = boot("minimal")
    guest = Guest(console, 0)
    guest.log_in()
    assert re.match(r"Linux vm0 6\.\S+-cloud-amd64 .* x86_64 GNU/Linux", guest.run("uname -a"))
    total = int(re.search(r"MemTotal: +(\d+) kB", guest.run("cat /proc/meminfo"))[1])
    assert 190000 < total < 256 * 1024
    log = guest.run("dmesg", 120)
    assert "Command line: " in log and "Linux version" in log
    guest.run("sleep 1")
    assert guest.run("i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; echo $i", 120) == "10000"
    command_line = guest.run("cat /proc/cmdline")
    assert not re.search(r"noapic|nolapic|nomsi|acpi=off", command_line), command_line
    now = datetime.datetime.utcnow().timestamp()
    assert abs(int(guest.run("date -u +%s")) - now) < 60


def test_clock_keeps_real_time(boot):
    console = boot("minimal")
    guest = Guest(console, 0)
    guest.log_in()
    first, real_first, slack_first = guest.clock()
    time.sleep(20)
    second, real_second, slack_second = guest.clock()
    real = real_second - real_first
    assert abs((second - first) - real) <= real * 0.01 + slack_first + slack_second


def test_poweroff(boot):
    console = boot("minimal")
    guest = Guest(console, 0)
    guest.log_in()
    console.line("poweroff")
    console.expect(r"reboot: Power down", 60, guest.style)
    console.expect(r"vm0: .*(powered off|power off)", 30)


def test_reboot(boot):
    console = boot("minimal")
    guest = Guest(console, 0)
    guest.log_in()
    guest.run("touch /only-in-this-life")
    console.line("reboot")
    console.expect(r"reboot: Restarting system", 60, guest.style)
    guest.log_in()
    assert guest.run("ls /only-in-this-life 2>/dev/null || echo gone") == "gone"


@pytest.mark.parametrize("turn", range(BOOTS))
def test_boots_under_varied_time(boot, turn):
    console = boot("minimal", icount=turn % 7)
    Guest(console, 0).log_in(900)
