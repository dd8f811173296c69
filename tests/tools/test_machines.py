# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""ACCEL=kvm: what is started, and what is said where it cannot be. KVM itself is never touched."""

import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tools"))
import machines  # noqa: E402

TCG = machines.qemu("image.elf")


def make_host(root, module=None, nested=None, device=True):
    """A file system root as KVM's modules make it."""
    os.makedirs(root / "dev")
    if device:
        (root / "dev" / "kvm").touch()
    if module:
        folder = root / "sys" / "module" / module / "parameters"
        os.makedirs(folder)
        if nested is not None:
            (folder / "nested").write_text(nested + "\n", encoding="ascii")
    return str(root)


@pytest.mark.parametrize("module,nested", [("kvm_amd", "1"), ("kvm_intel", "Y")])
def test_nested_kvm_is_used(tmp_path, module, nested):
    words = machines.accelerate(TCG, "kvm", make_host(tmp_path, module, nested))
    assert words[words.index("-accel") + 1] == "kvm"
    assert words[words.index("-cpu") + 1] == "host"
    assert "tcg" not in words and len(words) == len(TCG)


@pytest.mark.parametrize("module,nested", [("kvm_amd", "0"), ("kvm_intel", "N"), ("kvm_amd", None)])
def test_kvm_without_nesting_says_how_to_switch_it_on(tmp_path, module, nested):
    with pytest.raises(machines.UnknownMachine) as refusal:
        machines.accelerate(TCG, "kvm", make_host(tmp_path, module, nested))
    assert f"modprobe {module} nested=1" in str(refusal.value)
    assert "leave ACCEL out" in str(refusal.value)


@pytest.mark.parametrize("module,device", [(None, True), ("kvm_amd", False), (None, False)])
def test_no_kvm(tmp_path, module, device):
    with pytest.raises(machines.UnknownMachine, match="this machine has no KVM"):
        machines.accelerate(TCG, "kvm", make_host(tmp_path, module, "1", device))


def test_other_accelerators_are_unknown():
    assert machines.accelerate(TCG, "tcg") == TCG
    with pytest.raises(machines.UnknownMachine, match="ACCEL=warp: unknown"):
        machines.accelerate(TCG, "warp")


@pytest.mark.parametrize("words,said", [
    (["--accel", "kvm"], "MACHINE=bochs emulates the processor itself"),
    (["--", "-smp", "4"], "MACHINE=bochs takes no options of QEMU"),
    (["--cpu", "max"], "MACHINE=bochs takes no options of QEMU"),
    (["--memory", "2049"], "MACHINE=bochs has at most 2048 MiB of memory, the image is for 2049"),
])
def test_what_bochs_cannot_be_is_refused(tmp_path, words, said):
    image = tmp_path / "image.elf"
    image.touch()
    done = subprocess.run([os.path.join(TOP, "tools", "run"), "--machine", "bochs", str(image),
                           *words], text=True, capture_output=True, check=False)
    assert done.returncode != 0
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("words,said", [
    ({"APP": "", "APP_NAME": ""}, "APP=: no folder"),
    ({"APP": "nowhere", "APP_NAME": "nowhere"}, "known applications: "),
    ({"APP": "hello", "APP_NAME": "hello", "PLATFORM": "no/where"}, "PLATFORM=no/where: no such folder"),
])
def test_names_that_do_not_exist(words, said):
    done = subprocess.run([os.path.join(TOP, "tools", "configure-image")], text=True, cwd=TOP,
                          env=dict(os.environ, **words), capture_output=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr and "can't cd" not in done.stderr
