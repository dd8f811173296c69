# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The guest images by themselves: Linux started straight on the emulated machine."""

import hashlib
import os
import subprocess

import pexpect
import pytest
from console import PATIENCE

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINUX = os.path.join(TOP, "linux")
PROMPT = r"~ # |/root # "


@pytest.fixture(scope="module", autouse=True)
def guests():
    """Makes the images unless they are there."""
    subprocess.run([os.path.join(LINUX, "make-guests")], check=True)


def boot(append="", extra=(), initrd=os.path.join(LINUX, "rootfs.cpio")):
    return pexpect.spawn("qemu-system-x86_64", [
        "-accel", "tcg", "-machine", "q35", "-m", "256", "-display", "none", "-no-reboot",
        "-nic", "none", *extra, "-serial", "mon:stdio",
        "-kernel", os.path.join(LINUX, "bzimage"), "-initrd", initrd,
        "-append", f"console=ttyS0 {append}"], timeout=120 * PATIENCE, encoding="utf-8",
        codec_errors="replace")


def log_in(console, name):
    console.expect(f"{name} login: ")
    console.sendline("root")
    console.expect(PROMPT)
    # A terminal shared by several guests would type its answer into one of them.
    assert "\x1b[6n" not in console.before, "the shell asks the terminal where its cursor is"


def answer(console, command):
    """Types a command and returns what it printed."""
    console.sendline(f"{command}; echo en''d")
    console.expect(r"(?s)en''d[\r\n]+(.*?)end[\r\n]+")
    text = console.match.group(1)
    console.expect(PROMPT)
    assert "\x1b[6n" not in console.before
    return text.strip().replace("\r", "")


def switch_off(console):
    console.sendline("poweroff")
    console.expect("reboot: Power down")
    console.expect(pexpect.EOF)


def test_login_uname_poweroff():
    console = boot("camkes.vm=3")
    log_in(console, "vm3")
    assert answer(console, "uname -s") == "Linux"
    assert answer(console, "uname -m") == "x86_64"
    assert answer(console, "hostname") == "vm3"
    assert answer(console, "tty") == "/dev/ttyS0"
    assert answer(console, "grep -c ^root::2 /etc/shadow") == "1"
    switch_off(console)


def test_without_a_number_the_guest_is_vm0():
    console = boot()
    log_in(console, "vm0")
    switch_off(console)


def test_drivers_follow_the_devices():
    console = boot(extra=["-device", "virtio-net-pci", "-device", "virtio-rng-pci"])
    log_in(console, "vm0")
    modules = answer(console, "lsmod")
    assert "virtio_net" in modules and "virtio_rng" in modules
    assert "virtio_blk" not in modules, "a driver without a device was loaded"
    assert "eth0" in answer(console, "ls /sys/class/net")
    assert answer(console, "modprobe uio && ls -d /sys/class/uio") == "/sys/class/uio"
    switch_off(console)


CARD = ["-device", "virtio-net-pci,netdev=n"]
NOBODY = ["-netdev", "hubport,id=n,hubid=0", *CARD]


def test_network_by_dhcp():
    console = boot(extra=["-netdev", "user,id=n", *CARD])
    console.expect("eth0: 10.0.2.15/24")
    log_in(console, "vm0")
    assert "default via 10.0.2.2 dev eth0" in answer(console, "ip route")
    assert answer(console, "cat /etc/resolv.conf") == "nameserver 10.0.2.3"
    switch_off(console)


def test_network_with_an_address_of_ones_own():
    console = boot("camkes.ip=192.0.2.7/24,192.0.2.1", extra=NOBODY)
    console.expect("eth0: 192.0.2.7/24")
    log_in(console, "vm0")
    assert "default via 192.0.2.1 dev eth0" in answer(console, "ip route")
    switch_off(console)


@pytest.mark.parametrize("append, text", [("", "eth0: no address"), ("camkes.net=off", None)])
def test_network_without_answer_or_switched_off(append, text):
    console = boot(append, extra=NOBODY)
    if text:
        console.expect(text)
    log_in(console, "vm0")
    up = answer(console, "ip link show eth0")
    assert ("UP" in up.split("mtu")[0]) == bool(text)
    switch_off(console)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def test_kernel_is_the_package_s_own_file():
    cache = os.path.join(TOP, "build", "guests")
    with open(os.path.join(cache, "kernel-package"), encoding="utf-8") as file:
        package = file.read().strip()
    abi = package.removeprefix("linux-image-")
    kernel = os.path.join(cache, f"{package}.root", "boot", f"vmlinuz-{abi}")
    assert digest(os.path.join(LINUX, "bzimage")) == digest(kernel)


def test_root_file_system_is_reproducible(tmp_path):
    cache = os.path.join(TOP, "build", "guests")
    with open(os.path.join(cache, "kernel-package"), encoding="utf-8") as file:
        kernel = os.path.join(cache, f"{file.read().strip()}.root")
    out = tmp_path / "again.cpio"
    subprocess.run([os.path.join(LINUX, "build-base"), "-k", kernel, "-b",
                    os.path.join(cache, "busybox-static.root"), "-o", str(out)], check=True)
    assert digest(out) == digest(os.path.join(cache, "base.cpio"))


def test_added_folder_is_in_the_archive(tmp_path):
    (tmp_path / "add" / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "add" / "usr" / "bin" / "hello").write_text("#!/bin/sh\necho hello\n")
    out = tmp_path / "more.cpio"
    subprocess.run([os.path.join(LINUX, "build-rootfs"), "-o", str(out), str(tmp_path / "add")],
                   check=True)
    with open(out, "rb") as file:
        names = subprocess.run(["cpio", "-it", "--quiet"], stdin=file, capture_output=True,
                               text=True, check=True).stdout.split("\n")
    assert "usr/bin/hello" in names and "init" in names
