# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""linux/build-rootfs and the CMake functions on top of it: what is added runs in the guest, wrong
input is refused with the name of the file."""

import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
import time

import pytest

from test_guest_image import LINUX, TOP, answer, boot, guests, log_in, switch_off  # noqa: F401

sys.path.append(os.path.join(LINUX, "tools"))
import archive  # noqa: E402

BUILD = os.path.join(LINUX, "build-rootfs")
MODULE = """#include <linux/module.h>
static int __init begin(void) { pr_info("sample: " SAMPLE_TEXT "\\n"); return 0; }
static void __exit end(void) {}
module_init(begin);
module_exit(end);
MODULE_LICENSE("GPL");
"""
MAKEFILE = """obj-m := sample.o
ccflags-y := $(MODULE_INCLUDES)
all:
\t$(MAKE) -C $(KHEAD) M=$(CURDIR) modules
"""


def build(out, *words):
    subprocess.run([BUILD, *map(str, words), "-o", str(out)], check=True)
    return archive.read_tree(out)


def refused(tmp_path, *words):
    """What build-rootfs says when it must refuse."""
    done = subprocess.run([BUILD, "-o", str(tmp_path / "never.cpio"), *map(str, words)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "never.cpio").exists()
    return done.stderr


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.fixture
def module(tmp_path):
    write(tmp_path / "sample" / "Makefile", MAKEFILE)
    write(tmp_path / "sample" / "sample.c", '#include "sample_text.h"\n' + MODULE)
    write(tmp_path / "sample" / "sample_text.h", '#define SAMPLE_TEXT "module speaks"\n')
    # MODULE_INCLUDES names no folder of ours here; quotes look beside the file
    return tmp_path / "sample"


@pytest.fixture
def rich(tmp_path, module):
    """An image with everything by default, a program, a package and a module of the test."""
    write(tmp_path / "speak" / "speak.c",
          '#include <stdio.h>\nint main(void) { puts("program speaks"); return 0; }\n')
    out = tmp_path / "rich.cpio"
    build(out, "--defaults", "--app", tmp_path / "speak", "--package", "hello", "--module", module)
    return out


def test_program_package_and_module_run_in_the_guest(rich):
    console = boot(initrd=str(rich))
    log_in(console, "vm0")
    assert answer(console, "speak") == "program speaks"
    assert answer(console, "hello") == "Hello, world!"
    assert "module speaks" in answer(console, "modprobe sample && dmesg | tail -n 5")
    assert answer(console, "modprobe connection && lsmod | grep -c ^connection") == "1"
    for tool in ("dataport_read", "dataport_write", "emits_event_emit", "consumes_event_wait",
                 "introspect", "string_reverse"):
        assert answer(console, f"{tool} nothing") == f"{tool}: nothing: No such device"
    assert "usage: dataport_read CONNECTION" in answer(console, "dataport_read")
    switch_off(console)


def test_same_input_same_bytes(tmp_path, module):
    for name in ("a", "b"):
        build(tmp_path / name, "--defaults", "--module", module)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_images_of_32_bits(tmp_path, module):
    """The base decides for which kernel and width modules and programs are built."""
    if not os.path.exists(os.path.join(LINUX, "rootfs-32.cpio")):
        subprocess.run([os.path.join(LINUX, "make-guests"), "32"], check=True)
    write(tmp_path / "speak" / "speak.c", "int main(void) { return 0; }\n")
    tree = build(tmp_path / "out.cpio.zst", "--base", "32", "--zstd", "--module", module, "--app",
                 tmp_path / "speak", "--package", "hello")
    modules = [name for name in tree.entries if name.endswith("/extra/sample.ko")]
    assert len(modules) == 1 and "-686-pae/" in modules[0]
    for name in (modules[0], "usr/bin/speak", "usr/bin/hello"):
        assert tree.get(name).data[:5] == b"\x7fELF\x01", name
    by_file = build(tmp_path / "by-file.cpio", "--base", os.path.join(LINUX, "rootfs-32.cpio"),
                    "--app", tmp_path / "speak")
    assert by_file.get("usr/bin/speak").data == tree.get("usr/bin/speak").data


def test_manual_page_and_header_agree():
    """Every function of the header with the same types in the synopsis, and said a word about; no
    other ones. Every named constant, too."""
    def read(name):
        with open(os.path.join(LINUX, "lib", name), encoding="utf-8") as file:
            return file.read()
    header, page = read("camkes_guest.h"), read("camkes_guest.3")
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    functions = re.findall(r"^([a-z][^;{}#]*?\*?)\b(camkes_\w+)\(([^)]*)\);", code, re.M)
    assert len(functions) >= 12
    synopsis, text = page.split(".SH DESCRIPTION")
    told = re.sub(r'^\.BI "(.*)$', lambda m: m[1].replace('"', ""), synopsis, flags=re.M)
    told = re.findall(r"^(.*?)(camkes_\w+)\((.*)\);$", told, re.M)

    def plain(parts):  # types alone: without white space and the names of parameters
        result, name, parameters = parts
        types = [re.sub(r"\w+\s*$", "", one) for one in parameters.split(",")]
        return re.sub(r"\s", "", result), name, [re.sub(r"\s", "", one) for one in types]
    assert sorted(map(plain, told)) == sorted(map(plain, functions))
    for word in [name for _, name, _ in functions] + re.findall(r"\bCAMKES_[A-Z_]+\b", code):
        assert re.search(rf"\b{word}\b", text), f"{word} is not described"
    for word in re.findall(r"\bE[A-Z]{3,}\b", header):
        assert f".B {word}\n" in text, f"{word} is not under ERRORS"


def test_help_explains(tmp_path):
    text = subprocess.run([BUILD, "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("--base", "--overlay", "--package", "--module", "--app", "linux/pkg"):
        assert word in text


def test_base_of_ones_own_compressed(tmp_path):
    tree = build(tmp_path / "a.cpio", write(tmp_path / "add" / "etc" / "motd", "hi\n").parent.parent)
    assert tree.get("etc/motd").data == b"hi\n"
    again = build(tmp_path / "b.cpio.gz", "--base", tmp_path / "a.cpio", "--gzip", "--init",
                  write(tmp_path / "my-init", "#!/bin/sh\n"))
    assert again.get("etc/motd").data == b"hi\n"
    assert again.entries["init"].data == b"#!/bin/sh\n" and again.entries["init"].mode & 0o111
    assert gzip.decompress((tmp_path / "b.cpio.gz").read_bytes())[:6] == b"070701"
    both = tmp_path / "both"  # an early archive in front, as in Debian's own images
    both.write_bytes((tmp_path / "a.cpio").read_bytes() + (tmp_path / "b.cpio.gz").read_bytes())
    third = build(tmp_path / "c.cpio", "--base", both, tmp_path / "add")
    assert third.early == (tmp_path / "a.cpio").read_bytes()
    assert third.entries.keys() == again.entries.keys()


def test_links_of_the_base_lead_into_the_image(tmp_path):
    """An absolute link in the base is one of the guest, not of this machine."""
    tree = archive.Tree()
    tree.add("lib", archive.Entry(0o120777, b"/usr/lib", source="test"))
    tree.add("usr/lib", archive.Entry(0o040755, source="test"))
    (tmp_path / "base.cpio").write_bytes(tree.pack(0))
    write(tmp_path / "add" / "lib" / "file", "x")
    made = build(tmp_path / "out.cpio", "--base", tmp_path / "base.cpio", tmp_path / "add")
    assert sorted(made.entries) == ["lib", "usr", "usr/lib", "usr/lib/file"]


def test_names_that_lead_out_are_refused(tmp_path):
    evil = archive.packed("../evil", archive.Entry(0o100644, b"x"), 1, 0)
    (tmp_path / "evil.cpio").write_bytes(evil + archive.packed("TRAILER!!!", archive.Entry(0), 0, 0))
    said = refused(tmp_path, "--base", tmp_path / "evil.cpio", "--gzip")
    assert "evil.cpio: the name '../evil' leads out of the root file system" in said
    (tmp_path / "add" / "etc").mkdir(parents=True)
    (tmp_path / "add" / "etc" / "up").symlink_to("../../../etc/passwd")
    said = refused(tmp_path, tmp_path / "add")
    assert "add/etc/up: the link etc/up -> ../../../etc/passwd leads out" in said


def package(path, *members, raw=None):
    """A Debian package: members of its archive as (name, content or (kind, target))."""
    def tar_of(items):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in items:
                info = tarfile.TarInfo(name)
                if isinstance(content, tuple):
                    info.type, info.linkname = content
                    tar.addfile(info)
                else:
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
        return out.getvalue()
    control = b"Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    parts = [("debian-binary", b"2.0\n"), ("control.tar", tar_of([("./control", control)])),
             ("data.tar", tar_of(members) if raw is None else raw)]
    with open(path, "wb") as file:
        file.write(b"!<arch>\n")
        for name, data in parts:
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode())
            file.write(data + b"\n" * (len(data) % 2))
    return path


LINK, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE


@pytest.mark.parametrize("members, text", [
    ([("./../../etc/evil", b"x")], "the name '../../etc/evil' leads out"),
    ([("./usr/x", (LINK, "../../../etc")), ("./usr/x/passwd", b"x")], "usr/x -> ../../../etc leads out"),
    ([("./usr/bin/h", (HARD, "./nowhere"))], "the hard link ./usr/bin/h leads to no file"),
    ([("./h", (HARD, "../../../../etc/passwd"))], "the hard link ./h leads to no file"),
    ([("./a", (LINK, "b")), ("./b", (LINK, "a")), ("./a/x", b"x")], "too many links in the path of /a/x"),
    ([("./dev/mem", (tarfile.CHRTYPE, ""))], "dev/mem is neither a file, a folder nor a link"),
    (None, "damaged"),
])
def test_hostile_packages(tmp_path, members, text):
    deb = package(tmp_path / "evil.deb", *(members or []), raw=None if members else b"j" * 2000)
    said = refused(tmp_path, "--package", deb)
    assert f"{deb}: " in said and text in said


def test_links_of_packages_stay_in_the_image(tmp_path):
    deb = package(tmp_path / "good.deb", ("./usr/x", (LINK, "/etc")), ("./usr/x/motd", b"hi"),
                  ("./usr/share/y/z", b"zz"), ("./usr/share/y/h", (HARD, "./usr/share/y/z")))
    tree = build(tmp_path / "out.cpio", "--package", deb)
    assert tree.entries["etc/motd"].data == b"hi" and tree.get("usr/x/motd").data == b"hi"
    assert tree.get("usr/share/y/h").data == b"zz"


def test_damaged_archives(tmp_path):
    with open(os.path.join(TOP, "build", "guests", "base.cpio"), "rb") as base:
        packed = bytearray(gzip.compress(base.read(200000)))
    packed[20:60] = b"\xff" * 40
    (tmp_path / "bits.gz").write_bytes(packed)
    assert "bits.gz: damaged" in refused(tmp_path, "--base", tmp_path / "bits.gz", "--gzip")
    head = bytearray(archive.packed("a", archive.Entry(0o100644, b"x"), 1, 0))
    head[54:62] = b"-0000078"  # a size below zero would lead back to this very header
    (tmp_path / "back.cpio").write_bytes(head)
    said = refused(tmp_path, "--base", tmp_path / "back.cpio", "--gzip")
    assert "back.cpio: damaged cpio header at byte 0" in said
    elf = bytearray(b"\x7fELF\2\1\1" + bytes(57))
    elf[16:18], elf[32:40], elf[54:58] = b"\2\0", b"\xff" * 8, b"\x38\0\3\0"
    (tmp_path / "add").mkdir()
    (tmp_path / "add" / "tool").write_bytes(elf)
    assert "add/tool: /tool is a damaged program" in refused(tmp_path, tmp_path / "add")


def test_white_space_in_names(tmp_path, module):
    write(tmp_path / "my program" / "a b.c", "int main(void) { return 0; }\n")
    write(tmp_path / "made it" / "p.c", "#include <camkes_guest.h>\nint main(void) { return 0; }\n")
    write(tmp_path / "made it" / "Makefile", "p: p.c\n\t$(CC) $(CFLAGS) $(LDFLAGS) -o p p.c $(LDLIBS)\n"
          "install: p\n\tinstall -D p $(DESTDIR)/usr/bin/p\n")
    write(tmp_path / "over lay" / "etc" / "a b", "hi\n")
    module.rename(tmp_path / "a sample")
    tree = build(tmp_path / "my image.cpio", "--app", tmp_path / "my program", "--app",
                 tmp_path / "made it", "--module", tmp_path / "a sample", tmp_path / "over lay")
    assert tree.get("usr/bin/my program") and tree.get("usr/bin/p")
    assert tree.get("etc/a b").data == b"hi\n"
    assert [name for name in tree.entries if name.endswith("/extra/sample.ko")]


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "folder").mkdir()
    for out, text in ((tmp_path / "nowhere" / "x.cpio", "there is no folder"),
                      (tmp_path / "folder", "is a folder")):
        done = subprocess.run([BUILD, "--gzip", "-o", str(out)], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 1 and f"build-rootfs: {out}: {text}" in done.stderr
    assert os.listdir(tmp_path) == ["folder"]


def alive(process):
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            return bool(file.read())
    except OSError:
        return False


def test_an_interrupted_run_leaves_nothing(tmp_path):
    """Neither half an image nor its scratch folder nor a process; the old image stays."""
    scratch, slow = tmp_path / "scratch", tmp_path / "slow"
    scratch.mkdir()
    write(slow / "Makefile", f"all:\n\techo $$$$ >{tmp_path}/part; mv {tmp_path}/part {tmp_path}/begun;"
          " sleep 600; true\n")
    (tmp_path / "out.cpio").write_bytes(b"old")
    with subprocess.Popen([BUILD, "-o", tmp_path / "out.cpio", "--app", slow],
                          env={**os.environ, "TMPDIR": str(scratch)}) as run:
        while not (tmp_path / "begun").exists() and run.poll() is None:
            time.sleep(0.1)
        run.terminate()
        assert run.wait() == 143
    shell = (tmp_path / "begun").read_text().strip()
    while alive(shell):
        time.sleep(0.1)
    assert os.listdir(scratch) == []
    assert sorted(os.listdir(tmp_path)) == ["begun", "out.cpio", "scratch", "slow"]
    assert (tmp_path / "out.cpio").read_bytes() == b"old"


STUB = """#!/bin/sh
# An apt that knows every package, and downloads half of it at first.
case " $* " in
*" download "*)
    mkdir ../busy || { echo "two at once"; exit 1; }
    echo half >hello_1_all.deb
    [ -e ../broken ] && { rm ../broken; rmdir ../busy; kill -9 $PPID; }
    sleep 1
    echo whole >hello_1_all.deb
    rmdir ../busy ;;
esac
"""


def test_downloads_are_whole_and_one_at_a_time(tmp_path):
    for name in ("apt-get", "apt-cache"):
        write(tmp_path / "bin" / name, STUB, 0o755)
    cache = tmp_path / "cache"
    words = [os.path.join(LINUX, "tools", "fetch-packages"), str(cache), "default", "--alone", "hello"]
    path = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    write(cache / "packages" / "broken", "")
    assert subprocess.run(words, env=path, check=False, capture_output=True).returncode != 0
    assert not (cache / "packages" / "hello_1_all.deb").exists()
    runs = [subprocess.Popen(words, env=path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [run.communicate()[0] for run in runs]
    assert said == [f"{cache}/packages/hello_1_all.deb\n"] * 2
    assert (cache / "packages" / "hello_1_all.deb").read_text() == "whole\n"


def test_missing_libraries_are_named(tmp_path):
    write(tmp_path / "own.c", "int own(void) { return 3; }\n")
    write(tmp_path / "user.c", "int own(void);\nint main(void) { return own(); }\n")
    (tmp_path / "add" / "opt").mkdir(parents=True)
    (tmp_path / "lib" / "usr" / "lib").mkdir(parents=True)
    library = tmp_path / "lib" / "usr" / "lib" / "libown.so"
    subprocess.run(["gcc", "-shared", "-fPIC", tmp_path / "own.c", "-o", library], check=True)
    subprocess.run(["gcc", tmp_path / "user.c", library, "-o", tmp_path / "add" / "opt" / "user",
                    "-Wl,-soname,x"], check=True)
    said = refused(tmp_path, tmp_path / "add")
    assert re.search(r"/opt/user \(from .*add/opt/user\): needs \S*libown.so, which is not in the "
                     "image", said)


@pytest.mark.parametrize("words, text", [
    (["--bsae", "x"], "unknown option --bsae"),
    (["--app"], "--app needs a value"),
    (["nowhere"], "nowhere: no such folder"),
    (["--app", "empty"], "empty: neither a Makefile nor a C file"),
    (["--module", "empty"], "empty: neither a Makefile nor a Kbuild file"),
    (["--app", "broken"], "broken.c:1:"),
    (["--module", "broken"], "neither a Makefile nor a Kbuild file"),
    (["--package", "no-such-package-anywhere"], "'no-such-package-anywhere' is not available"),
    (["--package", "../x"], "'../x' is no name of a Debian package"),
    (["--package", "x.deb"], "x.deb: no such file"),
    (["--package", "text.deb"], "text.deb"),
    (["--base", "text.deb", "--gzip"], "text.deb: neither a cpio archive"),
    (["--base", "half.cpio", "--gzip"], "half.cpio: the archive ends inside"),
    (["--init", "nowhere"], "--init nowhere: no such file"),
    (["--base", "nowhere"], "nowhere: No such file"),
    (["--kernel", "64"], "--kernel 64: is none of default, generic, 32, small"),
    (["conflict"], "conflict/bin: /bin is a folder in the image"),
])
def test_wrong_input(tmp_path, monkeypatch, words, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write(tmp_path / "broken" / "broken.c", "int main(void) { return nothing; }\n")
    write(tmp_path / "text.deb", "no package\n")
    write(tmp_path / "conflict" / "bin", "no folder\n")
    with open(os.path.join(TOP, "build", "guests", "base.cpio"), "rb") as base:
        (tmp_path / "half.cpio").write_bytes(base.read(200000))
    assert text in refused(tmp_path, *words)


@pytest.mark.parametrize("words, status, text", [
    (["make-guests", "nonsense"], 1, "'nonsense' is no kind of guest image; there are: default"),
    (["make-guests", "--wrong"], 2, "usage: linux/make-guests"),
    (["make-headers", "nonsense"], 1, "'nonsense' is no kind of guest image"),
    (["make-headers", "32", "64"], 2, "usage: linux/make-headers"),
    (["make-source", "6"], 2, "usage: linux/make-source"),
    (["make-small-kernel"], 2, "usage: linux/make-small-kernel"),
    (["make-debian", "--tar"], 2, "usage: linux/make-debian"),
    (["make-debian", ".", "nowhere.cpio", "out.cpio"], 1, "nowhere.cpio"),
    (["build-base", "-o", "out.cpio"], 1, "-b BUSYBOX_ROOT is missing"),
    (["build-module", "nowhere"], 2, "usage: linux/build-module"),
    (["build-module", "nowhere", "out.ko"], 1, "build-module: nowhere: no such folder"),
    (["build-module", ".", "nowhere/out.ko"], 1, "nowhere/out.ko: there is no folder nowhere"),
    (["tools/fetch-packages", "cache", "default"], 2, "usage: fetch-packages"),
])
def test_wrong_words_for_the_other_tools(tmp_path, words, status, text):
    done = subprocess.run([os.path.join(LINUX, words[0]), *words[1:]], cwd=tmp_path, text=True,
                          capture_output=True, check=False)
    assert (done.returncode, text in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr and os.listdir(tmp_path) == []


HEAD = """cmake_minimum_required(VERSION 3.16)
project(sample NONE)
include(${CAMKES_VM_DIR}/cmake/vm-linux-helpers.cmake)
include(${CAMKES_VM_DIR}/cmake/linux-source-helpers.cmake)
"""


def configure(tmp_path, text):
    write(tmp_path / "project" / "CMakeLists.txt", HEAD + text)
    return subprocess.run(["cmake", "-G", "Ninja", f"-DCAMKES_VM_DIR={TOP}", "-S",
                           tmp_path / "project", "-B", tmp_path / "made"], text=True,
                          capture_output=True, check=False)


PROJECT = """
include(ExternalProject)
ExternalProject_Add(outside SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/outside CONFIGURE_COMMAND ""
    BUILD_COMMAND "" INSTALL_COMMAND ${CMAKE_COMMAND} -E copy <SOURCE_DIR>/tool <INSTALL_DIR>/tool)
ExternalProject_Get_Property(outside INSTALL_DIR)
AddExternalProjFilesToOverlay(outside ${INSTALL_DIR} over usr/sbin FILES tool)
AddFileToOverlayDir(greeting text.txt /etc over)
AddLinkToOverlayDir(hello /etc/greeting etc over)
DefineLinuxModule(sample ko sample_module)
AddFileToOverlayDir(sample.ko ${ko} lib/modules over DEPENDS sample_module)
GetDefaultLinuxRootfsFile(rootfs)
AddOverlayDirToRootfs(over ${rootfs} "buildroot" "rootfs_install" file made_rootfs GZIP
    APPS speak CUSTOM_INIT text.txt)
AddOverlayToRootfs(outside ${file} debian rootfs_install second second_rootfs DEPENDS made_rootfs)
AddOverlayDirToRootfs(default_buildroot_overlay ${rootfs} buildroot rootfs_install third third_rootfs)
add_custom_target(everything ALL DEPENDS second_rootfs third_rootfs)
file(WRITE ${CMAKE_BINARY_DIR}/paths "${second}\\n${third}\\n")
"""


def make(tmp_path):
    done = subprocess.run(["ninja", "-C", tmp_path / "made"], text=True, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cmake_functions(tmp_path, module):
    project = tmp_path / "project"
    module.rename(write(project / "text.txt", "hi\n").parent / "sample")
    write(project / "outside" / "tool", "#!/bin/sh\n", 0o755)
    write(project / "speak" / "speak.c", "int main(void) { return 0; }\n")
    done = configure(tmp_path, PROJECT)
    assert done.returncode == 0, done.stderr
    make(tmp_path)
    second, third = (tmp_path / "made" / "paths").read_text().split()
    tree = archive.read_tree(second)
    assert tree.get("etc/hello").data == b"hi\n" == tree.entries["init"].data
    assert tree.get("usr/sbin/tool").mode & 0o111 and tree.get("tool") and tree.get("usr/bin/speak")
    assert tree.get("lib/modules/sample.ko").data[:4] == b"\x7fELF"
    tree = archive.read_tree(third)
    assert tree.get("usr/bin/string_reverse") and not tree.get("etc/greeting")
    # a changed file comes into the image, a removed one leaves it
    write(project / "text.txt", "hello\n")
    make(tmp_path)
    assert archive.read_tree(second).get("etc/hello").data == b"hello\n"
    configure(tmp_path, PROJECT.replace("AddLinkToOverlayDir(hello /etc/greeting etc over)", ""))
    make(tmp_path)
    assert not archive.read_tree(second).get("etc/hello")


def examples(page):
    """The indented blocks of a page."""
    with open(os.path.join(TOP, "docs", page), encoding="utf-8") as file:
        blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", file.read(), re.M)
    return [re.sub(r"^    ", "", block, flags=re.M).strip() + "\n" for block in blocks]


FRAME = """
list(APPEND CMAKE_MODULE_PATH ${CAMKES_VM_DIR}/cmake)
set(CAMKES_VM_LINUX_HELPERS_PATH ${CAMKES_VM_DIR}/cmake/vm-linux-helpers.cmake)
function(AddToFileServer name file)
    file(APPEND ${CMAKE_BINARY_DIR}/served "${file}\\n")
endfunction()
"""


def test_examples_of_the_page(tmp_path):
    """What docs/guests.md shows, typed into an empty folder: its CMake lines and its program."""
    blocks = examples("guests.md")
    cmake, = [block for block in blocks if block.startswith("find_package(")]
    program, = [block for block in blocks if block.startswith("#include <camkes_guest.h>")]
    project = tmp_path / "project"
    write(project / "src" / "my.conf", "x = 1\n")
    write(project / "src" / "my" / "my.c", program)
    done = configure(tmp_path, FRAME + cmake + "add_custom_target(it ALL DEPENDS image_target)\n")
    assert done.returncode == 0, done.stderr
    make(tmp_path)
    _, image = (tmp_path / "made" / "served").read_text().split()
    tree = archive.read_tree(image)
    assert tree.get("etc/my.conf").data == b"x = 1\n" and tree.get("usr/bin/strace")
    assert tree.entries["etc/init.d/S50my"].data == b"/usr/bin/my"
    assert tree.get("usr/bin/my").data[:4] == b"\x7fELF"


SOURCES = """
GetDefaultLinuxMajor(major)
GetDefaultLinuxMinor(minor)
GetDefaultLinuxMd5(md5)
DownloadLinux(${major} ${minor} ${md5} tree linux_sources)
ConfigureLinux(${tree} config symvers linux_configured DEPENDS linux_sources)
DefineLinuxModule(sample ko sample_module KERNEL_DIR ${tree} DEPENDS linux_configured)
"""


def test_modules_for_sources_of_ones_own(tmp_path, module, long_tests):
    project = tmp_path / "project"
    project.mkdir()
    module.rename(project / "sample")
    headers = subprocess.run([os.path.join(LINUX, "make-headers"), "default"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    for name, file in (("config", ".config"), ("symvers", "Module.symvers")):
        with open(os.path.join(headers, file), "rb") as source:
            (project / name).write_bytes(source.read())
    done = configure(tmp_path, SOURCES)
    assert done.returncode == 0, done.stderr
    make(tmp_path)
    said = subprocess.run(["/usr/sbin/modinfo", tmp_path / "made" / "sample.ko"], text=True,
                          capture_output=True, check=True).stdout
    version = subprocess.run([os.path.join(LINUX, "make-source"), "--version"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    assert re.search(rf"vermagic: +{re.escape(version)}\S* SMP", said), said


def test_other_sources_are_refused():
    done = subprocess.run([os.path.join(LINUX, "make-source"), "4.8.16", "-", "/nowhere"], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 1 and "Linux 4.8.16 is not to be had" in done.stderr


@pytest.mark.parametrize("call, text", [
    ("ConfigureLinux(dir here.txt nowhere t)", "no file"),
    ("ConfigureLinux(dir here.txt here.txt t WORD)", "unknown word 'WORD'"),
    ("AddFileToOverlayDir(a here.txt etc over WORD)", "unknown word 'WORD', expected one of: DEPENDS"),
    ("AddFileToOverlayDir(a nowhere etc over)", "no file nowhere, and no DEPENDS"),
    ("AddFileToOverlayDir(a here.txt ../etc over)", "'../etc/a' is no place in a root file system"),
    ("AddFileToOverlayDir(a here.txt etc over)\nAddFileToOverlayDir(a here.txt etc over)",
     "'/etc/a' is in 'over' already"),
    ("AddLinkToOverlayDir(.. target etc over)", "'etc/..' is no place"),
    ("AddExternalProjFilesToOverlay(out dir over etc)", "FILES names no file"),
    ("AddExternalProjFilesToOverlay(out dir over etc FILES x)", "no target 'out'"),
    ("AddOverlayDirToRootfs(over here.txt buildroot rootfs_install v t)", "there is no overlay 'over'"),
    ("AddOverlayToRootfs(nowhere here.txt buildroot rootfs_install v t)", "no folder"),
    ("AddOverlayToRootfs(. here.txt gentoo rootfs_install v t)", "neither debian nor buildroot"),
    ("AddOverlayToRootfs(. here.txt debian overlay v t)", "the mode 'overlay' is not supported"),
    ("AddOverlayToRootfs(. here.txt buildroot install v t)", "unknown mode 'install'"),
    ("AddOverlayToRootfs(. nowhere buildroot rootfs_install v t)", "no file"),
    ("AddOverlayToRootfs(. here.txt buildroot rootfs_install v t GZIPPED)", "unknown word 'GZIPPED'"),
    ("AddOverlayToRootfs(. here.txt buildroot rootfs_install v t APPS nowhere)", "APPS: there is no"),
    ("DefineLinuxModule(. v t)", "neither a Makefile nor a Kbuild file"),
    ("DefineLinuxModule(. v t KERNELS x)", "unknown word 'KERNELS'"),
    ("AddOverlayToRootfs(. here.txt debian rootfs_install v t KERNEL tiny)", "'tiny' is none of"),
    ("GetLinuxKernelFile(64 v)", "'64' is none of: default, generic, 32, small, debian"),
    ('GetArchDefaultLinuxKernelFile("16" v)', "'16' is neither 32 nor 64"),
])
def test_cmake_errors_name_the_place(tmp_path, call, text):
    write(tmp_path / "project" / "here.txt", "x")
    done = configure(tmp_path, call)
    said = re.sub(r"\s+", " ", done.stderr)
    assert done.returncode != 0, "accepted"
    assert text in said, said
    line = HEAD.count("\n") + 1 + call.count("\n")
    assert f"CMakeLists.txt:{line} " in done.stderr, said
