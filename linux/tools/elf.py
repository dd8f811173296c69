# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Shared libraries that the programs in a root file system need, and which of them are missing."""

import posixpath
import struct

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 1, 5, 15, 29
FOLDERS = {2: ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib",
               "usr/lib", "usr/local/lib"),
           1: ("lib/i386-linux-gnu", "usr/lib/i386-linux-gnu", "lib32", "usr/lib32", "lib",
               "usr/lib", "usr/local/lib")}


class Damaged(Exception):
    """Begins like an ELF file, but is none that a loader could use."""


class Program:
    """What the loader reads of an ELF file; `interpreter` and `needed` are empty for static ones."""

    def __init__(self, data):
        self.data = data
        self.bits = data[4]  # 1: 32 bits, 2: 64 bits
        self.interpreter, self.needed, self.paths = "", [], []
        segments = list(self.segments())
        for kind, offset, _, size in segments:
            if kind == PT_INTERP:
                self.interpreter = self.data[offset:offset + size].rstrip(b"\0").decode()
            elif kind == PT_DYNAMIC:
                self.read_dynamic(offset, size, segments)

    def segments(self):
        wide = self.bits == 2
        table, = struct.unpack_from("<Q" if wide else "<I", self.data, 32 if wide else 28)
        step, count = struct.unpack_from("<HH", self.data, 54 if wide else 42)
        for i in range(count):
            at = table + i * step
            if wide:
                kind, _, offset, address, _, size = struct.unpack_from("<IIQQQQ", self.data, at)
            else:
                kind, offset, address, _, size = struct.unpack_from("<IIIII", self.data, at)
            yield kind, offset, address, size

    def read_dynamic(self, offset, size, segments):
        form = "<qQ" if self.bits == 2 else "<iI"
        step = struct.calcsize(form)
        items = [struct.unpack_from(form, self.data, at)
                 for at in range(offset, offset + size - step + 1, step)]
        table = dict(items).get(DT_STRTAB, 0)
        for kind, begin, address, length in segments:
            if kind == PT_LOAD and address <= table < address + length:
                table += begin - address
                break
        for tag, value in items:
            if tag == DT_NEEDED:
                self.needed.append(self.text(table + value))
            elif tag in (DT_RPATH, DT_RUNPATH):
                self.paths += self.text(table + value).split(":")

    def text(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()


def missing(tree, name, entry):
    """Names of what the program `name` of the tree needs and the tree does not hold; raises
    Damaged."""
    if entry.data[:4] != b"\x7fELF" or len(entry.data) < 64 or entry.data[16:18] == b"\1\0":
        return []  # relocatable files are kernel modules and objects
    try:
        program = Program(entry.data)
    except (struct.error, ValueError, OverflowError) as error:
        raise Damaged from error
    origin = posixpath.dirname(name)
    folders = [path.replace("$ORIGIN", origin).replace("${ORIGIN}", origin).strip("/")
               for path in program.paths] + list(FOLDERS.get(program.bits, ()))
    absent = [] if not program.interpreter or tree.get(program.interpreter) else \
        [program.interpreter]
    for library in program.needed:
        if not any(tree.get(f"{folder}/{library}") for folder in folders):
            absent.append(library)
    return absent
