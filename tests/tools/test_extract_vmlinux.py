# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tools/extract-vmlinux: every compression a kernel can have, and what it says to bad files."""

import bz2
import gzip
import lzma
import os
import shutil
import struct
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(TOP, "tools", "extract-vmlinux")
KERNEL = b"\x7fELF" + bytes(range(256)) * 500 + b"relocations"


def tool(*command):
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


COMPRESSORS = {
    "gzip": gzip.compress,
    "xz": lambda data: lzma.compress(data, check=lzma.CHECK_CRC32),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "bzip2": bz2.compress,
    "lz4": tool("lz4", "-l", "-c"),
    "zstd": tool("zstd", "-qc"),
    "lzop": tool("lzop", "-c"),
}


def bzimage(compressed, trailer=True, version=0x20f, setup_sects=3):
    """An image as the kernel build makes it: setup code, a stub, the payload, more stub."""
    if trailer:
        compressed += struct.pack("<I", len(KERNEL))
    head = bytearray((setup_sects + 1) * 512)
    head[0x1f1] = setup_sects
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, version)
    struct.pack_into("<II", head, 0x248, 100, len(compressed))
    return bytes(head) + b"\x90" * 100 + compressed + b"\xf4" * 333


def run(tmp_path, image, *more):
    path = tmp_path / "bzimage"
    path.write_bytes(image)
    return subprocess.run([TOOL, str(path), *more], capture_output=True, check=False)


@pytest.mark.parametrize("name", sorted(COMPRESSORS))
def test_format(tmp_path, name):
    if name in ("lz4", "zstd", "lzop") and not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    out = tmp_path / "vmlinux"
    done = run(tmp_path, bzimage(COMPRESSORS[name](KERNEL), trailer=name != "gzip"), str(out))
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == KERNEL


def test_standard_output_and_elf_input(tmp_path):
    assert run(tmp_path, KERNEL).stdout == KERNEL
    assert run(tmp_path, KERNEL, "-").stdout == KERNEL


@pytest.mark.parametrize("image, message", [
    (b"hello", b"not a bzImage"),
    (bzimage(gzip.compress(KERNEL), trailer=False, version=0x207), b"boot protocol 2.07"),
    (bzimage(gzip.compress(KERNEL), trailer=False)[:3000], b"outside the file"),
    (bzimage(b"????????"), b"unknown compression, first bytes 3f 3f"),
    (bzimage(gzip.compress(KERNEL)[:-99] + bytes(99), trailer=False), b"damaged gzip"),
    (bzimage(lzma.compress(KERNEL[:-1])), b"bytes unpacked"),
    (bzimage(lzma.compress(b"X" * len(KERNEL))), b"not an ELF kernel"),
], ids=["no-image", "old", "cut", "unknown", "damaged", "short", "no-elf"])
def test_bad_image(tmp_path, image, message):
    out = tmp_path / "vmlinux"
    done = run(tmp_path, image, str(out))
    assert done.returncode == 1
    assert done.stderr.startswith(b"extract-vmlinux: ") and message in done.stderr
    assert not out.exists()


def test_the_guest_kernel(tmp_path):
    image = os.path.join(TOP, "linux", "bzimage")
    if not os.path.exists(image):
        pytest.skip("no guest images; run make guests")
    out = tmp_path / "vmlinux"
    subprocess.run([TOOL, image, str(out)], check=True)
    header = subprocess.run(["readelf", "-h", str(out)], capture_output=True, text=True, check=True)
    assert "EXEC" in header.stdout and "X86-64" in header.stdout
