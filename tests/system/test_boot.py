# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Machines of other kinds: without serial port, without virtualization, large, with many CPUs."""

import os
import shutil

import machines
import pytest
from conftest import TOP, build
from guest import Guest
from screen import ScreenMachine
from test_image import make, uefi


@pytest.fixture
def screen(tmp_path, request):
    """screen(image, memory, words for QEMU) -> a machine without serial port."""
    running = []

    def start(image, memory=512, extra=()):
        command = machines.qemu(image, memory=memory, extra=["-serial", "none"])
        at = command.index("-device")  # the test exit: a panic would end the machine at once
        del command[at:at + 2]
        if not image:
            at = command.index("-kernel")
            del command[at:at + 2]
        running.append(ScreenMachine(command + list(extra), tmp_path))
        return running[-1]

    yield start
    for machine in running:
        machine.picture(request.node.name)
        machine.close()


def test_log_as_vga_text(screen):
    machine = screen(build("hello"))
    lines = machine.expect(machine.text_mode, "^hello: done$", 60)
    assert "machine: serial      COM1 missing" in lines
    assert "machine: screen      80 x 25 characters, VGA text" in lines
    # The picture has something where the text is, and nothing below it.
    picture = machine.picture()
    assert (picture.width, picture.height) == (720, 400)
    assert any(picture.pixels[:720 * 3 * 16])


def test_log_on_a_frame_buffer(screen, tmp_path):
    """UEFI machines have no text mode. Read back from the pixels, with the kernel's font."""
    iso = tmp_path / "disc.iso"
    make("image")
    shutil.copy(os.path.join(TOP, "build", "hello.iso"), iso)
    machine = screen("", extra=["-cdrom", str(iso)] + uefi(tmp_path))
    lines = machine.expect(lambda: machine.picture().text(), "^hello: done$", 180)
    assert "machine: serial      COM1 missing" in lines
    assert any(line.startswith("machine: firmware    UEFI, ACPI 2.0") for line in lines)
    assert not any("\ufffd" in line for line in lines), "\n".join(lines)


def test_panic_is_on_the_screen(screen):
    machine = screen(os.path.join(TOP, "build", "host", "kernel", "kernel.elf"))
    machine.expect(machine.text_mode, "^KERNEL PANIC: .*no root task", 60)


def test_guest_on_the_screen(screen):
    """Without a serial port the shared console is shown, not typed at."""
    machine = screen(build("minimal"), memory=1024)
    machine.expect(machine.text_mode, "^vm0 login:", 240)


@pytest.mark.parametrize("cpu", ["qemu32", "max,-nx"])
def test_processor_that_is_too_old_says_so(boot, screen, cpu):
    needs = "This kernel needs a 64-bit processor with the NX bit."
    boot("hello", cpu=cpu).expect(needs, 60)
    machine = screen(build("hello"), extra=["-cpu", cpu])
    machine.expect(machine.text_mode, "^" + needs, 60)


def test_image_that_needs_guests_says_so(boot):
    console = boot("minimal", cpu="max,-svm")
    console.expect("machine: guests      MISSING: the processor has neither SVM nor VT-x", 60)
    console.expect("loader: this image needs what this machine does not have:", 60)
    console.expect("loader: MISSING: virtual machines: the processor has neither SVM nor VT-x", 60)
    console.expect("loader: the system was not started", 60)


def test_image_that_needs_more_memory_says_so(boot):
    console = boot("minimal", memory=200)
    console.expect(r"loader: the system needs \d+ KiB of memory, this machine has \d+ KiB free", 60)
    console.expect("loader: the system was not started", 60)
    assert "MISSING" not in console.text


def test_everything_that_is_missing_is_told_at_once(boot):
    console = boot("minimal", memory=200, cpu="max,-npt")
    console.expect("loader: MISSING: virtual machines: SVM has no nested paging", 60)
    console.expect(r"loader: the system needs \d+ KiB of memory, this machine has \d+ KiB free", 60)
    console.expect("loader: the system was not started", 60)


def test_guest_on_a_large_machine(boot):
    """6 GiB, most of it above 4 GiB, and four CPUs, of which three wait."""
    console = boot("minimal", memory=6144, more=["-smp", "4"])
    console.expect(r"machine: memory      614\d MiB, 4096 MiB above 4 GiB", 60)
    console.expect("machine: CPUs        4, 1 in use", 60)
    guest = Guest(console, 0)
    guest.log_in()
    assert guest.run("nproc") == "1"
