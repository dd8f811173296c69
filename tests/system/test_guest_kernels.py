# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Every kernel and user land of linux/make-guests boots in a VM, to a login and to power-off. The
default kernel is test_minimal.py's."""

import os
import re
import shutil

import pytest
from conftest import HERE, TOP
from console import style_of_vmm
from guest import Guest


def application(kind):
    """A copy of apps/kernel for this kind; its CMakeLists.txt goes by the folder's name."""
    folder = os.path.join(TOP, "build", "test-apps", f"kernel_{kind}")
    shutil.copytree(os.path.join(HERE, "apps", "kernel"), folder, dirs_exist_ok=True)
    return folder


def session(boot, kind, uname, **options):
    """Boots, logs in, looks at what every guest has, tries a module; returns the guest."""
    guest = Guest(boot(application(kind), **options), 0)
    guest.log_in()
    assert re.match(uname, guest.run("uname -a"))
    assert guest.run("id -un") == "root"
    assert guest.run("grep -c ^root::2 /etc/shadow") == "1"
    assert "Screen version" in guest.run("screen --version | cat")
    assert guest.run("cat /sys/devices/system/clocksource/clocksource0/current_clocksource") in (
        "kvm-clock", "tsc", "acpi_pm", "hpet")
    return guest


def switch_off(guest):
    guest.console.line("poweroff")
    guest.console.expect(r"reboot: Power down", 60, guest.style)
    guest.console.expect(r"\S+", 60, style_of_vmm(0))


def test_32_bits(boot):
    guest = session(boot, "32", r"Linux vm0 6\.\S+-686-pae .* i686 GNU/Linux")
    guest.run("modprobe uio_pci_generic && grep -q ^uio_pci_generic /proc/modules")
    assert "pae" in guest.run("grep -m1 ^flags /proc/cpuinfo")
    switch_off(guest)


def test_generic(boot):
    guest = session(boot, "generic", r"Linux vm0 6\.\S+\d-amd64 .* x86_64 GNU/Linux")
    guest.run("modprobe e1000e && modprobe igb && grep -q ^igb /proc/modules")
    switch_off(guest)


def test_small(boot, long_tests):
    guest = session(boot, "small", r"Linux vm0 6\.\S+-camkes-small .* x86_64 GNU/Linux")
    assert guest.run("wc -l </proc/modules") == "0"
    guest.run("ls -d /sys/bus/pci/drivers/uio_pci_generic /sys/bus/virtio/drivers/virtio_net")
    switch_off(guest)
