# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""`make image`: a disc that boots on machines with BIOS and with UEFI firmware."""

import os
import shutil
import subprocess

import machines
import pytest
from conftest import TOP
from console import Console

OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"


@pytest.fixture(scope="module")
def disc():
    done = subprocess.run(["make", "--no-print-directory", "image", "APP=hello"], cwd=TOP, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    path = done.stdout.strip().splitlines()[-1]
    assert path == "build/hello.iso"
    return os.path.join(TOP, path)


def boot_disc(disc, name, firmware=()):
    command = machines.qemu(disc, memory=512, extra=["-display", "none", "-serial", "mon:stdio"])
    command[command.index("-kernel")] = "-cdrom"
    log = os.path.join(TOP, "build", "logs", f"test_image_{name}.log")
    console = Console(command + list(firmware), log)
    try:
        console.expect("hello: done", 180)
    finally:
        console.close()


def test_disc_boots_on_bios(disc):
    boot_disc(disc, "bios")


def test_disc_boots_on_uefi(disc, tmp_path):
    if not os.path.exists(OVMF):
        pytest.skip("the UEFI firmware for QEMU (package ovmf) is not installed")
    variables = tmp_path / "variables.fd"
    shutil.copy(OVMF_VARIABLES, variables)
    boot_disc(disc, "uefi", ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}",
                             "-drive", f"if=pflash,format=raw,file={variables}"])
