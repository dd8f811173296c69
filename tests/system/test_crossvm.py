# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Cross-VM connections as a guest sees them, without drivers: PCI functions, registers, dataports."""

from guest import PROMPT, Guest

EMIT, EVENTS, NAME, MAGIC, FLAGS, SIZE, TOTAL = 0, 4, 8, 0x40, 0x48, 0x50, 0x58
FIRST_SLOT = 16


class Connection:
    """Connection `index`, through /dev/mem."""

    def __init__(self, guest, index):
        self.guest = guest
        self.folder = f"/sys/bus/pci/devices/0000:00:{FIRST_SLOT + index:02x}.0"
        bars = [line.split() for line in guest.run(f"cat {self.folder}/resource").splitlines()]
        self.registers, self.dataport = int(bars[0][0], 16), int(bars[1][0], 16)
        self.bar_bytes = int(bars[1][1], 16) - self.dataport + 1

    def id(self, name):
        return int(self.guest.run(f"cat {self.folder}/{name}"), 16)

    def read(self, offset, width=32):
        return int(self.guest.run(f"busybox devmem {self.registers + offset:#x} {width}"), 16)

    def write(self, offset, value):
        self.guest.run(f"busybox devmem {self.registers + offset:#x} 32 {value:#x}")

    def peek(self, offset, length):
        start = self.dataport + offset
        values = self.guest.run(f"for a in $(seq {start} 4 {start + length - 1}); do "
                                "busybox devmem $a 32; done").split()
        return b"".join(int(v, 16).to_bytes(4, "little") for v in values)

    def poke(self, offset, data):
        data += bytes(-len(data) % 4)
        for i in range(0, len(data), 4):
            word = int.from_bytes(data[i:i + 4], "little")
            self.guest.run(f"busybox devmem {self.dataport + offset + i:#x} 32 {word:#x}")


def without_driver(guest):
    """The devices src and dest, whose registers now belong to this test."""
    guest.run("cd /sys/bus/pci/drivers/connector && "
              "for d in 0000:*; do echo $d >unbind; done; cd")
    return Connection(guest, 0), Connection(guest, 1)


def type_lines(guest):
    """As a person does it: the program of the default overlay, typed lines, reversed answers."""
    assert guest.run("ls -l /dev/camkes | sed -n 's/.* \\([a-z]* -> \\)/\\1/p'").splitlines() == [
        "dest -> ../uio1", "src -> ../uio0"]
    guest.console.line("string_reverse")
    for line in "hello", "a man, a plan":
        guest.console.line(line)
        guest.console.expect(rf"(?:^|\n){line[::-1]}\r*\n", 20, guest.style)
    guest.console.send("\x04")
    guest.console.expect(PROMPT, 20, guest.style)
    assert guest.run("for w in one two three; do echo $w; done | string_reverse src dest") == \
        "eno\nowt\neerht"


def scribble_while_the_component_reads(guest):
    """Strings without end that change under the reader's eyes: it answers, and goes on."""
    guest.run("(while :; do head -c 8191 /dev/urandom | tr -d '\\0' | dataport_write src; done) & "
              "emits_event_emit src 1000; kill $!; sleep 1", 200)
    assert guest.run("echo still | string_reverse") == "llits"


def read_registers(src, dest):
    for device in src, dest:
        assert (device.id("vendor"), device.id("device")) == (0x1af4, 0xa111)
        assert device.id("class") == 0x050000
        assert device.read(MAGIC) == 0x4d565843
        assert device.read(SIZE) == device.bar_bytes == 8192
        assert device.dataport % device.bar_bytes == 0
    assert src.read(NAME) == int.from_bytes(b"src", "little")
    assert (src.read(FLAGS), dest.read(FLAGS)) == (0xd, 0x6)
    dest.write(EVENTS, 0)
    before = dest.read(TOTAL)
    for turn, text in enumerate((b"hello", b"a longer string", b"")):
        src.poke(0, text + b"\0")
        src.write(EMIT, 1)
        assert dest.peek(0, 16).split(b"\0")[0] == text[::-1]
        assert dest.read(EVENTS) == 1
        dest.write(EVENTS, 1)
        assert (dest.read(EVENTS), dest.read(TOTAL) - before) == (0, turn + 1)


def write_read_only_dataport(src, dest):
    src.poke(0, b"abc\0")
    src.write(EMIT, 1)
    assert dest.peek(0, 4) == b"cba\0"
    dest.poke(0, b"XXXX")
    assert dest.peek(0, 4) == b"cba\0"


def escaped(word):
    return "".join(f"\\x{b:02x}" for b in word.to_bytes(4, "little"))


def move_dataport(guest, dest):
    """The guest moves the BAR behind its kernel's back, into another page table's range, and back."""
    old, new = dest.dataport, 0xd8000000
    for at in (new, old, new):
        guest.run(f"printf '{escaped(at)}' | dd of={dest.folder}/config bs=1 seek=20 conv=notrunc")
        dest.dataport = at
        assert dest.peek(0, 4) == b"cba\0"


def test_string_reverse(boot):
    guest = Guest(boot("string_reverse"), 0)
    guest.log_in()
    type_lines(guest)
    scribble_while_the_component_reads(guest)
    src, dest = without_driver(guest)
    read_registers(src, dest)
    write_read_only_dataport(src, dest)
    move_dataport(guest, dest)
    guest.console.line("reboot")
    guest.log_in()
    assert guest.run("echo again | string_reverse") == "niaga"


def test_connections_by_a_c_file(boot):
    """Two connections of the attribute, the application's own table, and two at library level."""
    guest = Guest(boot("tests/system/apps/cross_vm_c"), 0)
    guest.log_in()
    names = ["words", "answers", "connector", "connector-3", "src", "dest"]
    assert guest.run("cat /sys/class/uio/*/name").split() == names
    assert guest.run("ls /dev/camkes").split() == sorted(names)
    assert guest.run("for w in one two; do echo $w | string_reverse; "
                     "echo $w | string_reverse connector connector-3; "
                     "echo $w | string_reverse src dest; done") == "\n".join(3 * ["eno"] + 3 * ["owt"])
