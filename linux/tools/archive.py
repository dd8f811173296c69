# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A root file system as an archive (cpio, format newc) held in memory.

Nothing is unpacked: owners, modes and device nodes stay as they are without root, and no name in
an archive, folder or package can reach a file of this machine."""

import bz2
import dataclasses
import gzip
import lzma
import os
import posixpath
import re
import stat
import subprocess
import zlib

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
FIELDS = ("ino", "mode", "uid", "gid", "nlink", "mtime", "size", "major", "minor", "rmajor",
          "rminor", "namesize", "check")
HEADER = re.compile(rb"070701[0-9A-Fa-f]{104}")


class Refused(Exception):
    """Something the user must put right; the text names the file."""


@dataclasses.dataclass
class Entry:
    """A file, folder, link or node. `source` tells where it came from, None: the base."""
    mode: int
    data: bytes = b""
    uid: int = 0
    gid: int = 0
    rdev: tuple = (0, 0)
    source: str = None

    def is_folder(self):
        return stat.S_ISDIR(self.mode)

    def is_link(self):
        return stat.S_ISLNK(self.mode)


def checked_name(name, where):
    """`name` without ./ and / in front; refused when it would lead out of the root."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise Refused(f"{where}: the name '{name}' leads out of the root file system")
    return "/".join(parts)


def check_link(name, target, where):
    """A relative link may not climb above the root."""
    depth = 0 if target.startswith("/") else name.count("/")
    for part in target.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            raise Refused(f"{where}: the link {name} -> {target} leads out of the root file system")


class Tree:
    """Paths without a leading / and their entries."""

    def __init__(self):
        self.entries = {}
        self.early = b""  # archives in front of the root file system, kept as they are

    def resolve(self, name, last=True, where=None):
        """The path behind the links in `name`, as the guest would see it. `where` is named if that
        cannot be told."""
        done, rest, hops = [], name.split("/"), 0
        while rest:
            part = rest.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                done = done[:-1]
                continue
            path = "/".join(done + [part])
            entry = self.entries.get(path)
            if entry and entry.is_link() and (rest or last):
                hops += 1
                if hops > 40:
                    raise Refused(f"{where or 'image'}: too many links in the path of /{name}")
                target = os.fsdecode(entry.data)
                done = [] if target.startswith("/") else done
                rest = target.split("/") + rest
                continue
            done.append(part)
        return "/".join(done)

    def get(self, name):
        """The entry that the guest finds under `name`, or None."""
        return self.entries.get(self.resolve(name.strip("/")))

    def add(self, name, entry):
        """Adds or replaces; links of folders in the tree are followed."""
        where = entry.source
        name = checked_name(name, where)
        if not name:
            return
        if entry.is_link():
            check_link(name, os.fsdecode(entry.data), where)
        name = self.resolve(name, entry.is_folder(), where)
        self.add_parents(name, where)
        old = self.entries.get(name)
        if old and old.is_folder() != entry.is_folder():
            kind = "a folder" if old.is_folder() else "not a folder"
            raise Refused(f"{where}: /{name} is {kind} in the image")
        if old and old.is_folder():
            return  # keeps its mode and owner
        self.entries[name] = entry

    def add_parents(self, name, where):
        parent = posixpath.dirname(name)
        if not parent:
            return
        old = self.entries.get(parent)
        if old is None:
            self.add_parents(parent, where)
            self.entries[parent] = Entry(stat.S_IFDIR | 0o755, source=where)
        elif not old.is_folder():
            raise Refused(f"{where}: /{parent} is not a folder in the image")

    def add_folder(self, folder, below=""):
        """Adds what is in a folder of this machine. Modes follow the executable bit alone."""
        if not os.path.isdir(folder):
            raise Refused(f"{folder}: no such folder")
        for path, folders, files in os.walk(folder):
            folders.sort()
            inside = os.path.relpath(path, folder)
            for name in sorted(folders + files):
                self.add_file(os.path.join(path, name), posixpath.join(below, inside, name))

    def add_file(self, path, name):
        """Adds one file, link or folder of this machine."""
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            entry = Entry(stat.S_IFLNK | 0o777, os.fsencode(os.readlink(path)))
        elif stat.S_ISDIR(mode):
            entry = Entry(stat.S_IFDIR | (mode & 0o1000) | 0o755)
        elif stat.S_ISREG(mode):
            with open(path, "rb") as file:
                entry = Entry(stat.S_IFREG | (0o755 if mode & 0o100 else 0o644), file.read())
        else:
            raise Refused(f"{path}: neither a file, a folder nor a link")
        entry.source = path
        self.add(name, entry)

    def pack(self, when):
        """The archive: sorted names, one time stamp, inodes numbered from 1."""
        out = [self.early]
        for number, name in enumerate(sorted(self.entries, key=os.fsencode), 1):
            out.append(packed(name, self.entries[name], number, when))
        out.append(packed(TRAILER, Entry(0), 0, 0))
        data = b"".join(out)
        return data + bytes(-len(data) % 512)


def check_output(path):
    """Refuses what write_file() could not write, before the work for it begins."""
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise Refused(f"{path}: there is no folder {folder}")
    if os.path.isdir(path):
        raise Refused(f"{path}: is a folder")


def write_file(path, data):
    """All of it or nothing: who reads meanwhile finds the old file."""
    temporary = f"{path}.tmp.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.remove(temporary)
        raise


def padded(data):
    return data + bytes(-len(data) % 4)


def packed(name, entry, number, when):
    raw = os.fsencode(name) + b"\0"
    nlink = 2 if entry.is_folder() else 1
    values = (number, entry.mode, entry.uid, entry.gid, nlink, when, len(entry.data), 0, 0,
              *entry.rdev, len(raw), 0)
    head = MAGIC + b"".join(b"%08X" % value for value in values)
    return padded(head + raw) + padded(entry.data)


def unpack_stream(data, where):
    """Uncompressed content of `data`, by its first bytes."""
    kinds = ((b"\x1f\x8b", gzip.decompress), (b"\xfd7zXZ\0", lzma.decompress),
             (b"BZh", bz2.decompress), (b"]\0\0", lzma.decompress),
             (b"\x28\xb5\x2f\xfd", lambda d: tool("zstd", d)),
             (b"\x02!L\x18", lambda d: tool("lz4", d)), (b"\x04\x22M\x18", lambda d: tool("lz4", d)))
    for magic, unpack in kinds:
        if data.startswith(magic):
            try:
                return unpack(data)
            except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error,
                    subprocess.CalledProcessError) as error:
                raise Refused(f"{where}: damaged: {error}") from error
    raise Refused(f"{where}: neither a cpio archive (newc) nor compressed in a known way")


def compress(data, kind):
    """`data` compressed with gzip or zstd; the same data give the same bytes."""
    if kind == "gzip":
        return gzip.compress(data, mtime=0)
    return tool("zstd", data, "-q", "-12", "--single-thread", "-c")


def tool(name, data, *words):
    try:
        return subprocess.run([name, *(words or ["-dc"])], input=data, capture_output=True,
                              check=True).stdout
    except FileNotFoundError as error:
        raise Refused(f"missing tool; run: sudo apt-get install {name}") from error


def read_entries(data, offset, where):
    """Yields (name, fields, content); the last thing it yields is the offset behind them."""
    while True:
        if data[offset:offset + 6] != MAGIC:
            raise Refused(f"{where}: no cpio header (newc) at byte {offset}")
        if not HEADER.fullmatch(data, offset, offset + 110):
            raise Refused(f"{where}: damaged cpio header at byte {offset}")
        head = {field: int(data[offset + 6 + 8 * i:offset + 14 + 8 * i], 16)
                for i, field in enumerate(FIELDS)}
        begin = offset + 110
        name = os.fsdecode(data[begin:begin + head["namesize"] - 1])
        body = (begin + head["namesize"] + 3) & ~3
        offset = (body + head["size"] + 3) & ~3
        if body + head["size"] > len(data):
            raise Refused(f"{where}: the archive ends inside '{name}'")
        yield name, head, data[body:body + head["size"]]
        if name == TRAILER:
            yield offset
            return


def read_tree(path):
    """The archive at `path`, compressed or not. Of several archives in one file the last one is
    the root file system; those before it (microcode) are kept in front."""
    with open(path, "rb") as file:
        data = file.read()
    tree, offset = Tree(), 0
    while True:
        if data[offset:offset + 6] != MAGIC:
            data, offset, early = unpack_stream(data[offset:], path), 0, data[:offset]
            tree.early += early
        end = read_one(tree, data, offset, path)
        rest = end
        while rest < len(data) and data[rest] == 0:
            rest += 1
        if rest == len(data):
            return tree
        if data[rest:rest + 6] == MAGIC:
            tree.early += data[offset:rest]
            data, rest = data[rest:], 0
        offset = rest


def read_one(tree, data, offset, path):
    tree.entries, linked = {}, {}
    for item in read_entries(data, offset, path):
        if isinstance(item, int):
            break
        name, head, content = item
        if name == TRAILER:
            continue
        name = checked_name(name, path)
        entry = Entry(head["mode"], content, head["uid"], head["gid"],
                      (head["rmajor"], head["rminor"]))
        if name:
            tree.entries[name] = entry
        if stat.S_ISREG(entry.mode) and head["nlink"] > 1:  # the last link carries the content
            linked.setdefault((head["major"], head["minor"], head["ino"]), []).append(entry)
    for group in linked.values():
        content = max((entry.data for entry in group), key=len)
        for entry in group:
            entry.data = content
    return item
