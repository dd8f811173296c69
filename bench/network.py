# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A guest's download through the driver component against the same kernel that drives the same
network controller itself. Not under instruction counting: packets come from the host in real time.
Beside the time it takes there is the processor time of the emulator, which a busy host disturbs
less."""

import os
import re
import time

import machines
from console import Console
from guest import Guest
from server import Server

MIB = 64
ROUNDS = 3


def processor_seconds(process):
    """Processor time a process has used."""
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def interface(guest, name):
    """A counter of the guest's eth0."""
    return int(guest.run(f"cat /sys/class/net/eth0/statistics/{name}"))


def exits(guest):
    """All exits of the guest's vcpu 0 so far, by reason, as the console's inspector says."""
    counts = re.findall(r"vcpu0 exits, ([^:\n]+): (\d+)", guest.inspect())
    return {reason: int(count) for reason, count in counts}


def timed(guest, command):
    """(seconds, processor seconds of the emulator) of a command in a guest, the best of ROUNDS."""
    emulator, best = guest.console.child.pid, None
    for _ in range(ROUNDS):
        used, start = processor_seconds(emulator), time.monotonic()
        guest.run(command, 600)
        took = (time.monotonic() - start, processor_seconds(emulator) - used)
        best = min(best or took, took, key=lambda t: t[1])
    return best


def download(server):
    """The command that fetches MIB."""
    return f"wget -q -O /dev/null {server.url(MIB << 20)}"


def through_driver(image, log, row):
    """apps/net with this kernel: figures, and exits and frames for each packet of the line."""
    console = Console(machines.qemu(image, extra=["-display", "none", "-serial", "mon:stdio"]), log)
    guest = Guest(console, 0)
    guest.log_in()
    with Server() as server:
        best = timed(guest, download(server))
        before, frames = sum(exits(guest).values()), interface(guest, "rx_packets")
        guest.run(download(server), 600)
        frames = interface(guest, "rx_packets") - frames
        after = sum(exits(guest).values())
    console.close()
    packets = (MIB << 20) / 1460
    row("download: exits per packet of the line", f"{(after - before) / packets:.2f}")
    row("download: frames through the monitor per packet", f"{frames / packets:.3f}")
    return best


def direct(kernel, initrd, log):
    """The same kernel as the machine's only system."""
    extra = ["-display", "none", "-serial", "mon:stdio", "-initrd", initrd]
    console = Console(machines.qemu(kernel, memory=256, kernel_args="console=ttyS0", extra=extra,
                                    devices=["-netdev", "user,id=net0",
                                             "-device", "e1000e,netdev=net0"]), log)
    guest = Guest(console, 0)
    guest.style = None
    console.expect(r"login: ", 240)
    console.line("root")
    console.expect(r" # ", 60)
    guest.widen()
    with Server() as server:
        best = timed(guest, download(server))
    console.close()
    return best
