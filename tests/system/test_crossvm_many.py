# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Seventeen connections of one guest: memory of every size, events counted, a hostile guest."""

import re

from guest import Guest

APP = "tests/system/apps/connections"
SIZES = [4096, 8192, 12288, 1048576, 20480, 2097152, 65536, 3145728, 4096, 524288, 16777216,
         131072, 2101248, 28672, 262144, 6291456, 40960]
EVENTS = 100000


def memory_of_all(guest):
    """Every word of every dataport is the same memory on both sides, both before and after."""
    names = [f"p{i}" for i in range(17)]
    assert guest.run("ls /dev/camkes").split() == sorted(names)
    answer = guest.run(f"for i in {' '.join(names)}; do peers memory $i; done", 300)
    assert answer.splitlines() == [f"{name}: {size} bytes, 0 wrong there, 0 wrong here"
                                   for name, size in zip(names, SIZES)]


def every_event_is_counted(guest):
    """Bursts with no answer in between; other connections see none of them."""
    assert guest.run(f"peers emit p3 {EVENTS}", 600) == \
        f"p3: sent {EVENTS}, the peer counted {EVENTS}"
    assert guest.run(f"peers burst p3 {EVENTS}", 600) == \
        f"p3: the peer sent {EVENTS}, counted {EVENTS} and then 0"
    assert guest.run("peers emit p4 0; peers burst p5 0") == \
        "p4: sent 0, the peer counted 0\np5: the peer sent 0, counted 0 and then 0"
    assert guest.run("peers echo p15 2000", 300) == "p15: 2000 of 2000 answers"


def page_faults(guest):
    """Nested page faults of both processors so far, as the console's inspector tells."""
    console = guest.console
    seen = len(console.text)
    console.send("\x03@i0")
    console.expect(r"vcpu1 injected", 60)
    counts = re.findall(r"vcpu\d exits, nested page fault: (\d+)", console.text[seen:])
    console.send("\r")
    console.watch(0.5)
    console.skip(guest.style)
    return sum(map(int, counts))


def reads_do_not_exit(guest):
    """Of an event there and back only the signal and the acknowledgement do."""
    before = page_faults(guest)
    assert guest.run("peers echo p1 1000", 300) == "p1: 1000 of 1000 answers"
    assert 1000 <= page_faults(guest) - before < 3000


def hostile_guest(guest):
    """Scribbles over the registers and moves the BARs: the devices, this one too, work after it."""
    assert guest.run("peers hostile p6 40", 300).endswith("p6: 40 rounds done")
    assert guest.run("for i in p6 p7; do peers memory $i; peers echo $i 10; done").splitlines() == [
        "p6: 65536 bytes, 0 wrong there, 0 wrong here", "p6: 10 of 10 answers",
        "p7: 3145728 bytes, 0 wrong there, 0 wrong here", "p7: 10 of 10 answers"]


def level_interrupts(guest):
    """uio_pci_generic needs no driver of ours: INTx, Interrupt Disable and Interrupt Status."""
    pci = "/sys/bus/pci/drivers"
    guest.run(f"cd {pci}/connector && for d in 0000:*; do echo $d >unbind; done; cd; "
              f"modprobe uio_pci_generic && echo 1af4 a111 >{pci}/uio_pci_generic/new_id")
    assert guest.run("grep -c uio_pci_generic /proc/interrupts") != "0"
    assert guest.run("peers echo p1 300; peers burst p2 5000; peers echo p15 50", 200).splitlines() \
        == ["p1: 300 of 300 answers", "p2: the peer sent 5000, counted 5000 and then 0",
            "p15: 50 of 50 answers"]
    guest.run("awk '/uio_pci_generic/ {n += $2 + $3; if (!/fasteoi/) other = 1} "
              "END {exit other || n < 300}' /proc/interrupts")


def test_many_connections(boot):
    guest = Guest(boot(APP), 0)
    guest.log_in()
    memory_of_all(guest)
    every_event_is_counted(guest)
    reads_do_not_exit(guest)
    hostile_guest(guest)
    level_interrupts(guest)
