# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The emulated machines: one place that knows how to start them, for people and for tests."""

import json
import os

NAMES = ("qemu", "bochs")
DEFAULT_MEMORY_MB = 2048
# An image without platform data beside it.
DEFAULT_PLATFORM = {"memory_mb": DEFAULT_MEMORY_MB, "kernel_args": "", "machine": "q35",
                    "cpu": "max", "serial_ports": 1, "devices": []}


ACCELERATORS = ("tcg", "kvm")


class UnknownMachine(Exception):
    """The machine name is not one of NAMES."""


def escape_code(key):
    """QEMU's number for the control key of `key`, a letter."""
    if len(key) != 1 or not key.isalpha():
        raise UnknownMachine(f"--escape {key}: expected one letter")
    return ord(key.lower()) - ord("a") + 1


def side_by_side(memory_mb):
    """How many machines, each using so much memory, tests may run at once.

    What this host has processors and room for now, or what CAMKES_VM_TEST_JOBS says.
    """
    if os.environ.get("CAMKES_VM_TEST_JOBS"):
        return max(1, int(os.environ["CAMKES_VM_TEST_JOBS"]))
    with open("/proc/meminfo", encoding="ascii") as file:
        facts = dict(line.split(":") for line in file)
    free = int(facts["MemAvailable"].split()[0]) // 1024
    return max(1, min(len(os.sched_getaffinity(0)), free // memory_mb))


def check_name(name):
    """UnknownMachine if there is no machine of that name."""
    if name not in NAMES:
        raise UnknownMachine(
            f"MACHINE={name}: unknown machine, expected one of: {', '.join(NAMES)}")


def platform_of(image):
    """What the build wrote about the machine an image is for (cmake/platform.cmake)."""
    path = os.path.join(os.path.dirname(image), "platform.json")
    if not os.path.exists(path):
        return dict(DEFAULT_PLATFORM)
    with open(path, encoding="utf-8") as file:
        return {**DEFAULT_PLATFORM, **json.load(file)}


def nested_kvm(root="/"):
    """None if KVM offers virtualization to its guests, or the text that says what is missing.

    Looks at files only, so that it needs no right to use KVM; root: where /dev and /sys are.
    """
    modules = os.path.join(root, "sys", "module")
    makers = [name for name in ("kvm_amd", "kvm_intel") if os.path.isdir(os.path.join(modules, name))]
    if not os.path.exists(os.path.join(root, "dev", "kvm")) or not makers:
        return ("ACCEL=kvm: this machine has no KVM (no /dev/kvm with module kvm_amd or kvm_intel). "
                "Leave ACCEL out: QEMU emulates the processor.")
    for name in makers:
        try:
            with open(os.path.join(modules, name, "parameters", "nested"), encoding="ascii") as file:
                if file.read().strip() in ("1", "Y", "y"):
                    return None
        except OSError:
            pass
    return (f"ACCEL=kvm: KVM gives its guests no virtualization (parameter nested of {makers[0]} is "
            f"off), and guests of this system need it. As root: modprobe -r {makers[0]}; "
            f"modprobe {makers[0]} nested=1. Or leave ACCEL out: QEMU emulates the processor.")


def accelerate(words, accel, root="/"):
    """The QEMU command line with another accelerator; UnknownMachine if this machine has none."""
    if accel not in ACCELERATORS:
        raise UnknownMachine(
            f"ACCEL={accel}: unknown accelerator, expected one of: {', '.join(ACCELERATORS)}")
    if accel == "tcg":
        return words
    problem = nested_kvm(root)
    if problem:
        raise UnknownMachine(problem)
    words = list(words)
    words[words.index("-accel") + 1] = "kvm"
    words[words.index("-cpu") + 1] = "host"  # the emulated models are TCG's
    return words


def command(options):
    """The command line (a list) that runs options.image on QEMU."""
    words = qemu(options.image, memory=options.memory, cpu=options.cpu, kernel_args=options.args,
                 icount=options.icount,
                 extra=["-display", "none", "-serial", "mon:stdio",
                        "-echr", str(escape_code(options.escape))] + options.qemu)
    return accelerate(words, options.accel)


def check_bochs(options, most_memory_mb):
    """UnknownMachine if Bochs cannot be what options ask for; else its memory in MiB."""
    if options.accel != "tcg":
        raise UnknownMachine(f"ACCEL={options.accel}: MACHINE=bochs emulates the processor itself")
    if options.qemu or options.cpu or options.icount:
        raise UnknownMachine("MACHINE=bochs takes no options of QEMU")
    memory = options.memory or platform_of(options.image)["memory_mb"]
    if memory > most_memory_mb:
        raise UnknownMachine(f"MACHINE=bochs has at most {most_memory_mb} MiB of memory, the image "
                             f"is for {memory}")
    return memory


def devices_of(image):
    """The QEMU options the application of `image` asks for (DeclareMachineDevices)."""
    try:
        with open(os.path.join(os.path.dirname(image), "machine.args"), encoding="utf-8") as file:
            return file.read().split("\n")[:-1]
    except FileNotFoundError:
        return []


def qemu(image, memory=None, cpu=None, kernel_args="", icount=None, extra=(), devices=None,
         program="qemu-system-x86_64", platform=None):
    """QEMU without hardware virtualization: its TCG emulates AMD SVM with nested paging.

    The machine is the one the image was built for; memory and cpu override its data, kernel_args
    follow those of its data.
    devices: options to use instead of those the application asks for.
    extra: further options; what they say of serial ports begins at COM1, nothing is at the others.
    program: the QEMU to run, a path or a list that begins with one.
    platform: facts to use instead of those of the image's.
    """
    platform = {**platform_of(image), **(platform or {})}
    words = [program] if isinstance(program, str) else list(program)
    words += ["-accel", "tcg", "-machine", platform["machine"],
              "-cpu", cpu or platform["cpu"], "-m", str(memory or platform["memory_mb"]),
              "-nic", "none", "-no-reboot",
              "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", image]
    words += platform["devices"]
    arguments = " ".join(filter(None, (platform["kernel_args"], kernel_args)))
    if arguments:
        words += ["-append", arguments]
    if icount is not None:
        words += ["-icount", f"shift={icount},sleep=off", "-rtc", "base=2026-01-01,clock=vm"]
    extra = list(devices_of(image) if devices is None else devices) + list(extra)
    if "-serial" in extra:
        extra += ["-serial", "null"] * (platform["serial_ports"] - extra.count("-serial"))
    return words + extra
