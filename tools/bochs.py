# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Bochs: an emulator with Intel VT-x, started from a GRUB ISO; used by tools/run and the tests."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import tty

# Bochs draws the screen on a pseudo-terminal that nobody reads: once it is full, Bochs waits.
ARGS = "screen=off"
MODEL = "corei7_haswell_4770"  # has all of VT-x that we use, and its TSC is measured right
MOST_MEMORY_MB = 2048  # Debian's Bochs takes no more
NEEDS = ["grub-mkrescue", "xorriso", "bochs", "/usr/share/bochs/VGABIOS-lgpl-latest"]

CONFIG = """plugin_ctrl: unmapped=true, biosdev=true, serial=true
cpu: model={model}, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
megs: {memory}
clock: sync=none
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
pci: enabled=1, chipset=i440fx
boot: cdrom
ata0-master: type=cdrom, path={iso}, status=inserted
com1: enabled=1, mode={com1_mode}, dev={com1}
vga: extension=none
display_library: term
panic: action=fatal
log: {folder}/bochs.log
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
speaker: enabled=0
"""


def make_iso(folder, kernel, modules, args="", before=(), version="2"):
    """A BIOS and UEFI image that boots a kernel by multiboot; modules: (file, words) pairs.

    before: commands for GRUB, version: of multiboot, "" for 1.
    """
    boot = os.path.join(folder, "iso", "boot")
    os.makedirs(os.path.join(boot, "grub"), exist_ok=True)
    lines = ["set timeout=0", "if [ $grub_platform = efi ]; then insmod all_video; fi",
             *before, "menuentry kernel {", f" multiboot{version} /boot/kernel.elf {args}".rstrip()]
    copies = [(kernel, "kernel.elf")]
    for number, (path, words) in enumerate(modules):
        copies.append((path, f"module{number}"))
        # Unlike multiboot2, multiboot 1 leaves the path to us.
        lines.append(f" module{version} /boot/module{number} {words}")
    for path, name in copies:
        with open(path, "rb") as src, open(os.path.join(boot, name), "wb") as dst:
            dst.write(src.read())
    with open(os.path.join(boot, "grub", "grub.cfg"), "w", encoding="ascii") as config:
        config.write("\n".join(lines) + "\n}\n")
    iso = os.path.join(folder, "boot.iso")
    subprocess.run(["grub-mkrescue", "-o", iso, os.path.join(folder, "iso")], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return iso


def start(folder, iso, com1, com1_mode="file", model=MODEL, memory=512):
    """Starts Bochs with COM1 on a file, fifo (mode file) or terminal (mode term); the process."""
    with open(os.path.join(folder, "bochsrc"), "w", encoding="ascii") as config:
        config.write(CONFIG.format(model=model, folder=folder, iso=iso, memory=memory,
                                   com1=com1, com1_mode=com1_mode))
    with open(os.path.join(folder, "continue"), "w", encoding="ascii") as script:
        script.write("c\n")
    # Debian's Bochs is the debugger build and draws on a terminal: give it one to draw on.
    return subprocess.Popen(["script", "-qfc", f"exec bochs -q -f {folder}/bochsrc -rc "
                             f"{folder}/continue", "/dev/null"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=dict(os.environ, TERM="xterm"))


def missing():
    """What this host lacks for Bochs."""
    return [name for name in NEEDS
            if not (os.path.exists(name) if name.startswith("/") else shutil.which(name))]


class Keys:
    """What is typed: the escape key and x leave, the escape key twice is the key itself."""

    def __init__(self, escape):
        self.escape = bytes([escape])
        self.escaped = False

    def take(self, typed):
        """Bytes for the machine, and whether to leave."""
        passed = b""
        for key in (typed[i:i + 1] for i in range(len(typed))):
            if not self.escaped and key == self.escape:
                self.escaped = True
                continue
            if self.escaped and key == b"x":
                return passed, True
            if self.escaped and key != self.escape:
                passed += self.escape
            self.escaped = False
            passed += key
        return passed, False


def connect(process, line, keys):
    """Joins this terminal with the machine's COM1 until either ends; False: it said nothing."""
    sources = [line, sys.stdin.fileno()]
    heard = False
    while process.poll() is None:
        ready, _, _ = select.select(sources, [], [], 0.5)
        if line in ready:
            os.write(sys.stdout.fileno(), os.read(line, 4096))
            heard = True
        if sys.stdin.fileno() in ready:
            typed = os.read(sys.stdin.fileno(), 4096)
            if not typed:
                sources.remove(sys.stdin.fileno())
                continue
            passed, leave = keys.take(typed)
            os.write(line, passed)
            if leave:
                return True
    return heard


def why(folder):
    """What Bochs wrote last of what went wrong, "" if nothing."""
    try:
        with open(os.path.join(folder, "bochs.log"), encoding="ascii", errors="replace") as log:
            return "".join([line for line in log if "PANIC" in line][-3:])
    except FileNotFoundError:
        return ""


def run(image, memory, escape, args=""):
    """An image interactively: COM1 on this terminal, raw, until Ctrl-escape x or power-off."""
    lacking = missing()
    if lacking:
        sys.exit("MACHINE=bochs needs: " + " ".join(lacking) + " (apt install bochs bochs-term "
                 "bochsbios vgabios grub-pc-bin grub-common xorriso)")
    mkiso = os.path.join(os.path.dirname(os.path.abspath(__file__)), "image", "mkiso")
    with tempfile.TemporaryDirectory() as folder:
        iso = os.path.join(folder, "boot.iso")
        subprocess.run([mkiso, image, iso, ARGS] + args.split(), check=True)
        # Killed, or its terminal closed: Bochs must not stay behind.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda got, _: sys.exit(128 + got))
        line, com1 = os.openpty()
        tty.setraw(com1)
        process = start(folder, iso, os.ttyname(com1), "term", memory=memory)
        before = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None
        try:
            if before:
                tty.setraw(sys.stdin)
            came_up = connect(process, line, Keys(escape))
        finally:
            if before:
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
            process.terminate()
            process.wait()
        if not came_up:
            sys.exit("MACHINE=bochs: Bochs ended before the machine had said anything\n" + why(folder))
