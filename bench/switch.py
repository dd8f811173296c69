# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""iperf3 between two guests: through our virtual switch, and under KVM in a Linux host, on the same
emulated machine, by the clock of the build machine."""

import os
import subprocess

import machines
from console import Console
from guest import PROMPT, Guest
from network import timed

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MIB = 16


def transfer(guest):
    """(seconds, processor seconds of the emulator) for MIB from this guest to 10.1.0.2, the best."""
    guest.run("ping -c 3 10.1.0.2", 60)
    return timed(guest, f"iperf3 -c 10.1.0.2 -n {MIB}M >/dev/null")


def ours(image, log):
    """apps/vswitch: guest 0 to guest 1."""
    console = Console(machines.qemu(image, extra=["-display", "none", "-serial", "mon:stdio"]), log)
    guests = [Guest(console, number) for number in range(3)]
    guests[0].log_in(600)
    for other in guests[1:]:
        console.expect(rf"vm{other.number} login: ", 600, other.style)
    best = transfer(guests[0])
    console.close()
    return best


def kvm(rootfs, folder, log):
    """The same two guests under KVM in a Linux host."""
    subprocess.run([os.path.join(TOP, "bench", "kvm", "pack"), folder, rootfs], check=True)
    extra = ["-display", "none", "-serial", "mon:stdio", "-initrd", os.path.join(folder, "host.cpio")]
    console = Console(machines.qemu(os.path.join(TOP, "linux", "bzimage"), devices=[], extra=extra,
                                    kernel_args="console=ttyS0 quiet camkes.net=off"), log)
    host = Guest(console, 0)
    host.style = None
    console.expect(r"login: ", 240)
    console.line("root")
    console.expect(PROMPT, 60)
    host.widen()
    host.run("/kvm/start >/dev/null 2>&1; test -c /dev/kvm", 60)
    console.line("/kvm/guest 1 -display none -serial file:/tmp/1 </dev/null >/dev/null 2>&1 &")
    console.expect(PROMPT, 20)
    host.run("until grep -q login: /tmp/1; do sleep 1; done", 600)
    console.line("/kvm/guest 0 -display none -serial stdio")
    console.expect(r"vm0 login: ", 600)
    console.line("root")
    console.expect(PROMPT, 60)
    host.widen()
    best = transfer(host)
    console.close()
    return best
