# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Platforms: machine facts reach the build, the emulator and the boot menu."""

import json
import os
import subprocess

from conftest import TOP, machines
from guest import Guest

TINY = """camkes_vm_platform(RAM_MB 64)
camkes_vm_platform(KERNEL_ARGS "one two=2")
camkes_vm_platform(QEMU_MACHINE pc)
camkes_vm_platform(QEMU_DEVICES -device "edu,id=a")
camkes_vm_platform(SERIAL_PORTS 2)
"""


def configure(folder, platform, *options):
    """Configures apps/minimal for a platform; exit status and what was printed."""
    done = subprocess.run(["cmake", "-S", TOP, "-B", folder, "-G", "Ninja", "-DAPP=minimal",
                           f"-DCAMKES_VM_PLATFORM={platform}", *options], cwd=TOP, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, " ".join(done.stdout.split())


def make_platform(folder, text, header=""):
    os.makedirs(os.path.join(folder, "include", "platform"))
    with open(os.path.join(folder, "platform.cmake"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, "include", "platform", "devices.h"), "w",
              encoding="utf-8") as file:
        file.write(header)
    return folder


def test_guests_that_do_not_fit_stop_the_build(tmp_path):
    tiny = make_platform(str(tmp_path / "tiny"), TINY)
    status, text = configure(str(tmp_path / "build"), tiny)
    assert status != 0
    assert "minimal.camkes:" in text
    assert "the guests need 256 MiB, platform 'tiny' offers 60 MiB" in text
    # A fact of one's own: this board has more.
    status, text = configure(str(tmp_path / "build"), tiny, "-DCAMKES_VM_PLATFORM_RAM_MB=512")
    assert status == 0, text


def test_facts_reach_the_emulator(tmp_path):
    tiny = make_platform(str(tmp_path / "tiny"), TINY)
    build = str(tmp_path / "build")
    status, text = configure(build, tiny, "-DCAMKES_VM_PLATFORM_RAM_MB=512")
    assert status == 0, text
    with open(os.path.join(build, "boot-arguments"), encoding="utf-8") as file:
        assert file.read() == "one two=2\n"
    with open(os.path.join(build, "platform.json"), encoding="utf-8") as file:
        assert json.load(file)["name"] == "tiny"
    words = machines.qemu(os.path.join(build, "image.elf"), kernel_args="three",
                          extra=["-serial", "stdio"])
    line = " ".join(words)
    for wanted in ("-machine pc ", "-m 512 ", "-append one two=2 three", "-device edu,id=a",
                   "-serial stdio -serial null"):
        assert wanted in line + " ", line
    assert line.endswith("-serial null")
    # What nobody says is as QEMU's q35; an option of the run wins.
    assert "-machine q35" in " ".join(machines.qemu(str(tmp_path / "image.elf")))
    assert "-m 77" in " ".join(machines.qemu(os.path.join(build, "image.elf"), memory=77))


def test_mistakes_in_a_platform(tmp_path):
    """A fact that nobody knows would be a default in silence."""
    for number, (line, said) in enumerate((
            ("RAM 512", "platform p0: no fact is called RAM; there are RAM_MB, KERNEL_ARGS, "),
            ("RAM_MB 0x200", "platform p1: RAM_MB is '0x200', expected MiB"),
            ("RAM_MB 512 1024", "platform p2: RAM_MB is '512;1024', expected MiB"),
            ("SERIAL_PORTS many", "platform p3: SERIAL_PORTS is 'many', expected 1 to 4"))):
        folder = make_platform(str(tmp_path / f"p{number}"),
                               f"camkes_vm_platform({line})\ncamkes_vm_platform(RAM_MB 512)\n")
        status, text = configure(str(tmp_path / f"build{number}"), folder)
        assert status != 0
        assert said in text, text


def test_text_of_a_platform(tmp_path):
    """Quotation marks and semicolons reach whoever reads the facts."""
    folder = make_platform(str(tmp_path / "p"), 'camkes_vm_platform(RAM_MB 512)\n'
                           'camkes_vm_platform(DESCRIPTION "a \\"board\\"")\n'
                           'camkes_vm_platform(KERNEL_ARGS "a;b c=\\"d\\"")\n')
    build = str(tmp_path / "build")
    status, text = configure(build, folder)
    assert status == 0, text
    with open(os.path.join(build, "platform.json"), encoding="utf-8") as file:
        facts = json.load(file)
    assert facts["description"] == 'a "board"'
    assert facts["kernel_args"] == 'a;b c="d"'


def test_any_pc(boot, tmp_path):
    """Nothing in an image is compiled for a machine: it boots on QEMU's other chip set as well."""
    build = str(tmp_path / "build")
    status, text = configure(build, "pc")
    assert status == 0, text
    with open(os.path.join(build, "platform.json"), encoding="utf-8") as file:
        facts = json.load(file)
    assert facts["machine"] == "pc"  # i440FX
    console = boot("minimal", platform=facts)
    guest = Guest(console, 0)
    guest.log_in()
    assert guest.run("uname -s") == "Linux"


def test_unknown_platform(tmp_path):
    status, text = configure(str(tmp_path / "build"), "c163")
    assert status != 0
    assert "PLATFORM=c163: there are" in text and "c162-qemu" in text


def test_macros_of_a_board(tmp_path):
    """Own headers, on top of the PC's, and overrides from the command line."""
    app = tmp_path / "app"
    os.makedirs(app)
    (app / "CMakeLists.txt").write_text(
        "project(app C)\ninclude(${CAMKES_VM_HELPERS_PATH})\n"
        "AddToFileServer(bzimage ${CMAKE_CURRENT_SOURCE_DIR}/app.camkes)\nDeclareCAmkESVM(Init0)\n"
        "DeclareCAmkESVMRootServer(app.camkes)\n")
    (app / "platform").write_text("qemu-q35\n")
    (app / "app.camkes").write_text(
        "import <VM/vm.camkes>;\n#include <configurations/vm.h>\n#include <platform/devices.h>\n"
        "component Init0 { VM_INIT_DEF() }\nassembly {\n"
        "composition { VM_COMPOSITION_DEF() VM_PER_VM_COMP_DEF(0) }\n"
        "configuration { VM_CONFIGURATION_DEF() VM_PER_VM_CONFIG_DEF(0)\n"
        "vm0.guest_ram_mb = 64; vm0.kernel_image = \"bzimage\";\n"
        "vm0.vm_ioports = [PLATFORM_PORTS(COM4), PLATFORM_PORTS(PLD)];\n"
        "vm0.vm_irqs = [PLATFORM_ISA_IRQ(COM2)]; } }\n")
    build = str(tmp_path / "build")
    status, text = configure(build, "c162", f"-DAPP={app}", "-DCAMKES_VM_PLATFORM_FLAGS="
                             "-DPLATFORM_PLD_FIRST=0x1700 -DPLATFORM_PLD_LAST=0x1703")
    assert status == 0, text
    with open(os.path.join(build, "camkes", "app.plan"), encoding="utf-8") as file:
        plan = file.read()
    for wanted in ("ports(0x2e8-0x2ef)", "ports(0x1700-0x1703)", "ioapic(0,3,edge,high)"):
        assert wanted in plan
    # The application's own choice of machine knows no PLD: the error has its line.
    status, text = configure(str(tmp_path / "q35"), "", f"-DAPP={app}")
    assert status != 0
    assert "app.camkes:9:" in text and "PLATFORM_PLD_FIRST" in text
