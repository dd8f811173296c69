# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Wrong descriptions fail the build with a located message; the keywords of the VM functions."""

import os
import re
import shutil
import subprocess

import pytest
from applications import build_folder, make

VM_ADL = """import <VM/vm.camkes>;
#include <configurations/vm.h>
{components}
component Init0 {{
    VM_INIT_DEF()
}}
assembly {{
    composition {{
        VM_COMPOSITION_DEF()
        VM_PER_VM_COMP_DEF(0)
        {composition}
    }}
    configuration {{
        VM_CONFIGURATION_DEF()
        VM_PER_VM_CONFIG_DEF(0)
        vm0.kernel_image = "bzimage";
        {configuration}
    }}
}}
"""
VM_LIST = """project(wrong C)
include(${CAMKES_VM_HELPERS_PATH})
find_package(camkes-vm-linux REQUIRED)
include(${CAMKES_VM_LINUX_HELPERS_PATH})
AddToFileServer("bzimage" kernel)
DeclareCAmkESVM(Init0)
DeclareCAmkESVMRootServer(wrong.camkes)
"""
RAM = "vm0.guest_ram_mb = 64;"

# components, composition, configuration, and the exact first line of the diagnosis.
WRONG = {
    "unknown_component": (
        "", "component Inti0 spare;", RAM,
        "wrong.camkes:11:19: error: unknown component 'Inti0'"),
    "interface_type_mismatch": (
        "procedure P { int f(in int a); }; procedure Q { int g(in int a); };"
        "component A { control; uses P p; } component B { provides Q q; }",
        "component A a; component B b; connection seL4RPCCall c(from a.p, to b.q);", RAM,
        "wrong.camkes:11:77: error: connection 'c' joins different types: "
        "'a.p' is 'P', 'b.q' is 'Q'"),
    "missing_attribute": (
        "", "", "", "wrong.camkes:10:9: error: 'vm0.guest_ram_mb' must be set to 1 … 1048576"),
    "file_not_added": (
        "", "", RAM + ' vm0.initrd_image = "rootfs.cpio";',
        "wrong.camkes:17:51: error: 'vm0.initrd_image': no file 'rootfs.cpio' was added with "
        "AddToFileServer"),
    "ram_beyond_platform": (
        "", "", "vm0.guest_ram_mb = 4096;",
        "wrong.camkes:17:28: error: 'vm0.guest_ram_mb': the guests need 4096 MiB, "
        "platform 'qemu-q35' offers 1945 MiB"),
}


@pytest.fixture
def app(tmp_path, request):
    """A folder for an application, and no traces of its build afterwards."""
    name = "test-" + re.sub(r"\W+", "-", request.node.name)
    folder = tmp_path / name
    folder.mkdir()
    shutil.rmtree(build_folder(str(folder)), ignore_errors=True)
    yield folder
    shutil.rmtree(build_folder(str(folder)), ignore_errors=True)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_description(app, case):
    components, composition, configuration, message = WRONG[case]
    (app / "wrong.camkes").write_text(VM_ADL.format(
        components=components, composition=composition, configuration=configuration))
    (app / "CMakeLists.txt").write_text(VM_LIST)
    (app / "kernel").write_bytes(b"no kernel")
    status, said = make("build", str(app))
    assert status != 0
    located = [line for line in said.splitlines() if ": error: " in line]
    assert located == [f"{app}/{message}"], said
    assert not os.path.exists(os.path.join(build_folder(str(app)), "image.elf"))


def test_unknown_word_names_file_and_line(app):
    (app / "wrong.camkes").write_text(VM_ADL.format(components="", composition="",
                                                    configuration=RAM))
    (app / "CMakeLists.txt").write_text(VM_LIST.replace("DeclareCAmkESVM(Init0)",
                                                        "DeclareCAmkESVM(Init0 EXTRA_SORUCES x.c)"))
    (app / "kernel").write_bytes(b"no kernel")
    status, said = make("build", str(app))
    assert status != 0
    assert "unknown word 'EXTRA_SORUCES'" in re.sub(r"\s+", " ", said)
    assert "CMakeLists.txt:6 (DeclareCAmkESVM)" in said


TWO_ADL = """import <VM/vm.camkes>;
#include <configurations/vm.h>
component Init0 { VM_INIT_DEF() }
component Init1 { VM_INIT_DEF() }
assembly {
    composition {
        VM_COMPOSITION_DEF()
        VM_PER_VM_COMP_DEF(0)
        VM_PER_VM_COMP_DEF(1)
    }
    configuration {
        VM_CONFIGURATION_DEF()
        VM_PER_VM_CONFIG_DEF(0)
        VM_PER_VM_CONFIG_DEF(1)
        vm0.guest_ram_mb = 64;
        vm0.kernel_image = "note";
        vm1.guest_ram_mb = 64;
        vm1.kernel_image = "note";
    }
}
"""
# All five keywords, for one component in the long, for the other in the short spelling.
TWO_LIST = """project(two C)
include(${{CAMKES_VM_HELPERS_PATH}})
camkes_vm_target_library(library_amber SOURCES library.c C_FLAGS -DNAME=library_of_amber)
camkes_vm_target_library(library_cobalt SOURCES library.c C_FLAGS -DNAME=library_of_cobalt)
add_custom_command(OUTPUT ${{CMAKE_CURRENT_BINARY_DIR}}/note
    COMMAND cp ${{CMAKE_CURRENT_SOURCE_DIR}}/origin ${{CMAKE_CURRENT_BINARY_DIR}}/note
    DEPENDS origin)
AddToFileServer("note" ${{CMAKE_CURRENT_BINARY_DIR}}/note DEPENDS origin)
DeclareCAmkESVM(Init0 {long}SOURCES amber.c {long}INCLUDES amber {long}LIBS library_amber
    {long}C_FLAGS -DVALUE=0x5a0 {long}LD_FLAGS -Wl,--defsym=linked_into=0x1000)
DeclareCAmkESVM(Init1 {short}SOURCES cobalt.c {short}INCLUDES cobalt {short}LIBS library_cobalt
    {short}C_FLAGS -DVALUE=0x5a1 {short}LD_FLAGS -Wl,--defsym=linked_into=0x2000)
DeclareCAmkESVMRootServer(two.camkes)
"""
# What is kept shows as symbols; `used` makes each a root of the garbage collection.
TWO_SOURCE = """#include "which.h"
extern int {library}(void);
extern char linked_into[];
__attribute__((used, retain)) int of_{name}_{which} = VALUE;
__attribute__((used, retain)) int (*const keep_{name})(void) = {library};
__attribute__((used, retain)) char *const linked_{name} = linked_into;
"""


def symbols(elf):
    """{name: address} of an ELF."""
    out = subprocess.run(["nm", elf], text=True, capture_output=True, check=True).stdout
    return {line.split()[-1]: int(line.split()[0], 16) for line in out.splitlines()
            if len(line.split()) == 3}


def write_two(app):
    (app / "two.camkes").write_text(TWO_ADL)
    (app / "CMakeLists.txt").write_text(TWO_LIST.format(long="EXTRA_", short=""))
    (app / "library.c").write_text("int NAME(void);\nint NAME(void) { return 1; }\n")
    (app / "origin").write_text("the first version of the note")
    for name in ("amber", "cobalt"):
        (app / name).mkdir()
        (app / name / "which.h").write_text("")
        (app / f"{name}.c").write_text(TWO_SOURCE.format(
            name=name, which="WHICH", library=f"library_of_{name}"))
        (app / name / "which.h").write_text(f"#define of_{name}_WHICH of_{name}_from_{name}\n")


def word_at(elf, address):
    """The 32-bit word that a program has at an address."""
    out = subprocess.run(["objdump", "-s", f"--start-address={address}",
                          f"--stop-address={address + 4}", elf],
                         text=True, capture_output=True, check=True).stdout
    data = re.search(rf"^ {address:x} ([0-9a-f]{{8}})", out, re.M)[1]
    return int.from_bytes(bytes.fromhex(data), "little")


def test_keywords_of_vm_components(app):
    write_two(app)
    status, said = make("build", str(app))
    assert status == 0, said[-4000:]
    build = build_folder(str(app))
    for vm, name, value, link, other in (("vm0", "amber", 0x5a0, 0x1000, "cobalt"),
                                         ("vm1", "cobalt", 0x5a1, 0x2000, "amber")):
        elf = os.path.join(build, "camkes", f"{vm}.elf")
        have = symbols(elf)
        assert f"of_{name}_from_{name}" in have                        # SOURCES, INCLUDES
        assert word_at(elf, have[f"of_{name}_from_{name}"]) == value   # C_FLAGS
        assert f"library_of_{name}" in have                            # LIBS
        assert word_at(elf, have[f"linked_{name}"]) == link            # LD_FLAGS
        assert not [symbol for symbol in have if other in symbol.split("_")], have
    # a touched dependency makes the image anew, and nothing else does
    image = os.path.join(build, "image.elf")
    assert b"the first version of the note" in open(image, "rb").read()
    before = os.stat(image).st_mtime_ns
    assert make("build", str(app))[0] == 0
    assert os.stat(image).st_mtime_ns == before
    (app / "origin").write_text("another version of the note")
    assert make("build", str(app))[0] == 0
    assert b"another version of the note" in open(image, "rb").read()
