# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tools/describe-machine: a made-up board's /proc and /sys become a platform that builds use."""

import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(TOP, "tools", "describe-machine")
SERIAL = """serinfo:1.0 driver revision:
0: uart:16550A port:000003F8 irq:4 tx:1 rx:0 RTS|DTR
1: uart:16550A port:000002F8 irq:3 tx:0 rx:0
2: uart:unknown port:000003E8 irq:4
4: uart:16550A port:0000C000 irq:19 tx:0 rx:0
"""
NOTHING = "0x0 0x0 0x0\n"


def put(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def function(root, place, kind, ids, resources, irq=0):
    folder = f"sys/bus/pci/devices/0000:{place}/"
    for name, value in (("class", kind), ("vendor", ids[0]), ("device", ids[1])):
        put(root, folder + name, f"{value}\n")
    put(root, folder + "irq", f"{irq}\n")
    put(root, folder + "resource", resources)


def board(root):
    for n, (start, end, kind) in enumerate(((0, 0x9ffff, "System RAM"),
                                            (0xa0000, 0xfffff, "Reserved"),
                                            (0x100000, 0x3fffffff, "System RAM"),
                                            (0x100000000, 0x13fffffff, "System RAM"))):
        for name, value in (("start", hex(start)), ("end", hex(end)), ("type", kind)):
            put(root, f"sys/firmware/memmap/{n}/{name}", f"{value}\n")
    put(root, "proc/tty/driver/serial", SERIAL)
    put(root, "sys/class/dmi/id/product_name", 'Board "7";\n')
    function(root, "00:00.0", "0x060000", ("0x8086", "0x29c0"), NOTHING)
    function(root, "00:1f.3", "0x0c0500", ("0x8086", "0x2930"),
             NOTHING * 4 + "0xe000 0xe01f 0x40101\n" + NOTHING, 18)
    function(root, "01:00.0", "0x020000", ("0x8086", "0x150e"),
             "0xf1b80000 0xf1bfffff 0x40200\n" + NOTHING * 5, 16)
    function(root, "01:00.1", "0x020000", ("0x8086", "0x150e"), NOTHING * 6, 17)


def describe(folder, root):
    return subprocess.run([TOOL, folder, "--root", root], text=True, capture_output=True,
                          check=False)


def test_board(tmp_path):
    root, folder = str(tmp_path / "root"), str(tmp_path / "board")
    board(root)
    done = describe(folder, root)
    assert done.returncode == 0, done.stderr
    assert "Board 7, 2047 MiB, 3 PCI functions" in done.stdout
    with open(os.path.join(folder, "platform.cmake"), encoding="ascii") as file:
        facts = file.read()
    assert "camkes_vm_platform(RAM_MB 2047)\n" in facts
    assert "camkes_vm_platform(SERIAL_PORTS 2)\n" in facts
    with open(os.path.join(folder, "include/platform/devices.h"), encoding="ascii") as file:
        text = file.read()
    for line in ("#define PLATFORM_SMBUS0_DEV 0x1f", "#define PLATFORM_SMBUS0_IRQ 18 ",
                 "#define PLATFORM_SMBUS0_PORTS0 0xe000 ", "#define PLATFORM_ETHERNET0_BUS 0x1",
                 "#define PLATFORM_ETHERNET0_MEMORY0 0xf1b80000 ",
                 "#define PLATFORM_ETHERNET1_FUN 0x1", "COM2: ports 0x2f8 to 0x2ff, interrupt 3"):
        assert line in text
    assert "29c0" not in text and "0xc000" not in text
    # A build takes it as it is.
    done = subprocess.run(["cmake", "-S", TOP, "-B", str(tmp_path / "build"), "-G", "Ninja",
                           "-DAPP=serial_passthrough", f"-DCAMKES_VM_PLATFORM={folder}"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout


def test_refusals(tmp_path):
    done = describe(str(tmp_path / "board"), str(tmp_path))
    assert done.returncode != 0
    assert "tells the memory" in done.stderr
    board(str(tmp_path / "root"))
    os.makedirs(tmp_path / "board")
    done = describe(str(tmp_path / "board"), str(tmp_path / "root"))
    assert done.returncode != 0
    assert "exists already" in done.stderr
