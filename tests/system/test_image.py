# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""`make image`, `make netboot`: discs, sticks and the network, on BIOS and on UEFI machines."""

import os
import re
import shlex
import shutil

import applications
import machines
import pytest
from conftest import TOP
from console import Console

OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd"
ARGUMENTS = ["said=so;and", "then"]  # with what GRUB must not take for its own
OVMF_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"


def make(target):
    """Makes a target of the front door for hello; its output."""
    status, said = applications.make(target, "hello", "KARGS=" + shlex.join(ARGUMENTS))
    assert status == 0, said[-4000:]
    return said


@pytest.fixture(scope="module")
def disc():
    output = make("image")
    assert "dd if=build/hello.iso of=/dev/sdX" in output
    path = output.strip().splitlines()[-1]
    assert path == "build/hello.iso"
    return os.path.join(TOP, path)


def boot_from(medium, name):
    """Boots hello from a medium, given as words for QEMU."""
    command = machines.qemu("none", memory=512, extra=["-display", "none", "-serial", "mon:stdio"])
    at = command.index("-kernel")
    del command[at:at + 2]
    if "-netdev" in medium:
        at = command.index("-nic")
        del command[at:at + 2]
    console = Console(command + medium, os.path.join(TOP, "build", "logs", f"test_image_{name}.log"))
    try:
        console.expect(f'boot: command line "{re.escape(" ".join(ARGUMENTS))}"', 180)
        console.expect("hello: done", 180)
    finally:
        console.close()


def uefi(folder):
    """Words that make QEMU a UEFI machine."""
    if not os.path.exists(OVMF):
        pytest.skip("the UEFI firmware for QEMU (package ovmf) is not installed")
    variables = folder / "variables.fd"
    shutil.copy(OVMF_VARIABLES, variables)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


def stick(disc):
    """A USB stick that the disc image was copied to."""
    return ["-device", "qemu-xhci", "-drive", f"if=none,id=stick,format=raw,readonly=on,file={disc}",
            "-device", "usb-storage,drive=stick"]


def test_disc_boots_on_bios(disc):
    boot_from(["-cdrom", disc], "bios")


def test_disc_boots_on_uefi(disc, tmp_path):
    boot_from(["-cdrom", disc] + uefi(tmp_path), "uefi")


def test_stick_boots_on_bios(disc):
    boot_from(stick(disc), "stick_bios")


def test_stick_boots_on_uefi(disc, tmp_path):
    boot_from(stick(disc) + uefi(tmp_path), "stick_uefi")


def network(boot_file):
    """A network whose server has hello, on a card that the firmware can boot from."""
    folder = os.path.join(TOP, make("netboot").strip().splitlines()[-1])
    return ["-netdev", f"user,id=net,tftp={folder},bootfile={boot_file}",
            "-device", "virtio-net-pci,netdev=net,bootindex=1"]


def test_network_boot_on_bios():
    if not os.path.exists("/usr/lib/ipxe/qemu/pxe-virtio.rom"):
        pytest.skip("the PXE firmware for QEMU (package ipxe-qemu) is not installed")
    boot_from(network("/boot/grub/i386-pc/core.0"), "net_bios")


def test_network_boot_on_uefi(tmp_path):
    boot_from(network("/boot/grub/x86_64-efi/core.efi") + uefi(tmp_path), "net_uefi")
