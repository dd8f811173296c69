# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Builds what goes into a root file system: programs, kernel modules, Debian packages."""

import glob
import io
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile

from archive import Entry, Refused

LINUX = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(LINUX)
INCLUDES = [f"-I{LINUX}/lib", f"-I{TOP}/libs/crossvm/include"]
# documentation stays out of the image
LEFT_OUT = tuple(f"usr/share/{name}/" for name in ("doc", "man", "info", "locale", "lintian"))


def run(command, what, **options):
    """Runs a command; its output is shown only if it fails."""
    try:
        child = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 process_group=0, **options)
    except FileNotFoundError as error:
        raise Refused(f"missing tool '{command[0]}'; run: sudo apt-get install build-essential") \
            from error
    with child:
        try:
            said, _ = child.communicate()
        except BaseException:  # what it has started ends with us
            os.killpg(child.pid, signal.SIGTERM)
            raise
    if child.returncode != 0:
        raise Refused(f"{what}: {' '.join(command[:2])} failed:\n{said[-4000:].rstrip()}")
    return said


def scratch_folder():
    """A folder that goes away with its `with`."""
    if re.search(r"\s", tempfile.gettempdir()):
        raise Refused(f"TMPDIR: '{tempfile.gettempdir()}' holds white space, which the Makefiles of "
                      "kernel modules cannot bear")
    return tempfile.TemporaryDirectory()


def run_main(main):
    """Ends the program with what main() says; a signal leaves nothing half done behind."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def file_content(tar, member, path):
    """The bytes of a file, or of the file that a hard link is."""
    try:
        file = tar.extractfile(member)
    except KeyError:
        file = None
    if file is None:
        raise Refused(f"{path}: the hard link {member.name} leads to no file of the package")
    return file.read()


class Builder:
    """Builds in a scratch folder for guests with the kernel `kind`; `tree` takes the results."""

    def __init__(self, tree, scratch, cache, kind="default"):
        self.tree, self.scratch, self.cache, self.kind = tree, scratch, cache, kind
        self.width = ["-m32"] if kind == "32" else []
        self.library = None
        self.headers = None
        self.release = None

    def copy(self, folder):
        if not os.path.isdir(folder):
            raise Refused(f"{folder}: no such folder")
        name = os.path.basename(os.path.abspath(folder))
        # Makefiles, those of the kernel first of all, cannot bear white space in a path
        to = os.path.join(self.scratch, f"{len(os.listdir(self.scratch))}",
                          re.sub(r"\s", "_", name))
        shutil.copytree(folder, to, symlinks=True,
                        ignore=shutil.ignore_patterns("*.o", "*.ko", "*.mod", "*.cmd", "*.a"))
        return name, to

    def flags(self, folder):
        return [*self.width, "-std=gnu17", "-D_GNU_SOURCE", "-Os", "-ffunction-sections", "-fdata-sections",
                f"-ffile-prefix-map={folder}=.", f"-ffile-prefix-map={TOP}=.", *INCLUDES]

    def guest_library(self):
        """libcamkes_guest.a, built once."""
        if self.library is None:
            folder = os.path.join(self.scratch, "lib")
            os.mkdir(folder)
            for source in sorted(glob.glob(f"{LINUX}/lib/*.c")):
                run(["gcc", *self.flags(folder), "-c", source], source, cwd=folder)
            objects = sorted(os.path.basename(o) for o in glob.glob(f"{folder}/*.o"))
            self.library = os.path.join(folder, "libcamkes_guest.a")
            run(["ar", "rcsD", self.library, *objects], LINUX + "/lib", cwd=folder)
        return self.library

    def add_app(self, folder):
        """A program: with a Makefile what its `install` puts into DESTDIR, otherwise all *.c of
        the folder as one static program usr/bin/<name of the folder>."""
        name, work = self.copy(folder)
        flags = self.flags(work)
        link = [*self.width, "-static", "-s", "-Wl,--gc-sections", "-Wl,--build-id=none"]
        if os.path.exists(os.path.join(work, "Makefile")):
            result = os.path.join(self.scratch, f"{len(os.listdir(self.scratch))}")
            os.mkdir(result)
            words = [f"DESTDIR={result}", "CC=gcc", f"CFLAGS={shlex.join(flags)}", f"LDFLAGS={' '.join(link)}",
                     f"LDLIBS={self.guest_library()}"]
            run(["make", "-C", work, *words], folder)
            run(["make", "-C", work, *words, "install"], folder)
            return self.tree.add_folder(result)
        sources = sorted(os.path.basename(s) for s in glob.glob(f"{work}/*.c"))
        if not sources:
            raise Refused(f"{folder}: neither a Makefile nor a C file")
        run(["gcc", *flags, "-Wall", *sources, *link, "-o", f"../{name}.out",
             self.guest_library()], folder, cwd=work)
        return self.tree.add_file(f"{work}/../{name}.out", f"usr/bin/{name}")

    def kernel_headers(self):
        """Folder of the guest kernel's headers, and its release."""
        if self.headers is None:
            done = subprocess.run([f"{LINUX}/make-headers", self.kind], stdout=subprocess.PIPE, text=True,
                                  check=False)
            if done.returncode != 0:
                raise Refused("the headers of the guest kernel are not available (see above)")
            self.headers = done.stdout.split()[-1]
            with open(f"{self.headers}/include/generated/utsrelease.h", encoding="ascii") as file:
                self.release = file.read().split('"')[1]
        return self.headers

    def build_module(self, folder, headers, includes=(), words=()):
        """Builds a module's folder, with further words for make; returns the files *.ko."""
        _, work = self.copy(folder)
        if not glob.glob(f"{work}/Makefile") and not glob.glob(f"{work}/Kbuild"):
            raise Refused(f"{folder}: neither a Makefile nor a Kbuild file")
        flags = shlex.join([f"-I{TOP}/libs/crossvm/include", *(f"-I{path}" for path in includes)])
        how = ["-C", work] if os.path.exists(f"{work}/Makefile") else \
            ["-C", headers, f"M={work}", "modules"]
        run(["make", *how, f"KHEAD={headers}", f"KDIR={headers}", f"MODULE_INCLUDES={flags}",
             *words, f"KCFLAGS=-ffile-prefix-map={work}=."], folder)
        files = sorted(glob.glob(f"{work}/**/*.ko", recursive=True))
        if not files:
            raise Refused(f"{folder}: its Makefile made no *.ko")
        for file in files:
            run(["strip", "--strip-debug", file], folder)
        return files

    def add_module(self, folder):
        """A kernel module, from its sources."""
        for file in self.build_module(folder, self.kernel_headers()):
            self.tree.add_file(file, f"lib/modules/{self.release}/extra/{os.path.basename(file)}")

    def index_modules(self):
        """Lets modprobe know the modules that were added."""
        place = self.tree.resolve("lib/modules")  # /lib is a link to /usr/lib in Debian's user land
        depth = place.count("/") + 1
        releases = {name.split("/")[depth] for name, entry in self.tree.entries.items()
                    if entry.source and name.startswith(f"{place}/") and name.endswith(".ko")
                    and name.count("/") > depth + 1}
        for release in sorted(releases):
            root = os.path.join(self.scratch, f"depmod-{release}")
            begin = f"lib/modules/{release}/"
            for name, entry in self.tree.entries.items():
                if name.startswith(f"{place}/{release}/") and stat.S_ISREG(entry.mode):
                    to = f"{root}/lib/modules{name.removeprefix(place)}"
                    os.makedirs(os.path.dirname(to), exist_ok=True)
                    with open(to, "wb") as file:
                        file.write(entry.data)
            path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
            run(["depmod", "-b", root, release], begin, env={**os.environ, "PATH": path})
            names = ["alias", "dep", "symbols"]
            if self.tree.get("bin/kmod"):  # reads nothing else; busybox reads the text
                names += ["alias.bin", "dep.bin", "symbols.bin", "builtin.bin"]
            for name in names:
                self.tree.add_file(f"{root}/{begin}modules.{name}", f"{begin}modules.{name}")

    def add_package(self, package):
        """A Debian package with what it depends on, or one (NAME:alone, a file *.deb) alone."""
        if package.endswith(".deb"):
            return self.add_deb(package)
        name = package.removesuffix(":alone")
        words = [name] if name == package else ["--alone", name]
        done = subprocess.run([f"{LINUX}/tools/fetch-packages", self.cache, self.kind, *words],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Refused(f"the package '{package}' is not available (see above)")
        for path in done.stdout.splitlines():
            self.add_deb(path)
        return None

    def add_deb(self, path):
        if not os.path.isfile(path):
            raise Refused(f"{path}: no such file")
        done = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], capture_output=True,
                              check=False)
        if done.returncode != 0:
            raise Refused(f"{path}: {done.stderr.decode(errors='replace').strip()}")
        try:
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
                for member in tar:
                    self.add_member(tar, member, path)
        except tarfile.TarError as error:
            raise Refused(f"{path}: damaged: {str(error).splitlines()[0]}") from error

    def add_member(self, tar, member, path):
        name = member.name.removeprefix("./")
        if name.startswith(LEFT_OUT):
            return
        if member.issym():
            entry = Entry(stat.S_IFLNK | 0o777, os.fsencode(member.linkname))
        elif member.isdir():
            entry = Entry(stat.S_IFDIR | member.mode)
        elif member.isreg() or member.islnk():
            entry = Entry(stat.S_IFREG | member.mode, file_content(tar, member, path))
        else:
            raise Refused(f"{path}: {name} is neither a file, a folder nor a link")
        entry.uid, entry.gid, entry.source = member.uid, member.gid, path
        self.tree.add(name, entry)
