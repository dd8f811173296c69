# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Every kernel and user land of linux/make-guests boots in a VM, to a login and to power-off. The
default kernel is test_minimal.py's."""

import os
import re
import shutil
import subprocess

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
    assert guest.run("cat /sys/devices/system/clocksource/clocksource0/current_clocksource") in (
        "kvm-clock", "tsc", "acpi_pm", "hpet")
    return guest


def switch_off(guest):
    guest.console.line("poweroff")
    guest.console.expect(r"reboot: Power down", 60, guest.style)
    guest.console.expect(r"\S+", 60, style_of_vmm(0))


def test_32_bits(boot):
    """The library loader of 32 bits works too."""
    guest = session(boot, "32", r"Linux vm0 6\.\S+-686-pae .* i686 GNU/Linux")
    assert "Screen version" in guest.run("screen --version | cat")
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


def test_debian(boot, long_tests):
    """Debian's user land under systemd, with our module and utilities and one more package."""
    guest = session(boot, "debian", r"Linux vm0 6\.\S+-cloud-amd64 .* x86_64 GNU/Linux")
    assert guest.run("cat /proc/1/comm") == "systemd"
    assert guest.run("head -n 1 /etc/os-release") == 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"'
    assert guest.run("systemctl is-system-running --wait", 300) == "running"
    assert guest.run("dpkg-query -W -f '${Status}' systemd") == "install ok installed"
    assert guest.run("hello") == "Hello, world!"
    assert guest.run("ls /dev/camkes").split() == ["dest", "src"]
    assert guest.run("echo debian | string_reverse src dest") == "naibed"
    switch_off(guest)


def test_debian_is_reproducible(tmp_path, long_tests):
    """Two installations of the same packages give the same bytes."""
    linux = os.path.join(TOP, "linux")
    subprocess.run([os.path.join(linux, "make-guests"), "debian"], check=True)
    cache = os.path.join(TOP, "build", "guests")
    subprocess.run([os.path.join(linux, "make-debian"), str(tmp_path / "folder"),
                    os.path.join(cache, "base.cpio"), str(tmp_path / "again.cpio")], check=True)
    with open(tmp_path / "again.cpio", "rb") as again, \
            open(os.path.join(cache, "debian", "base.cpio"), "rb") as first:
        assert again.read() == first.read()
