# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The house rules catch what they are for: one bad file per rule."""

import os
import shutil
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEAD = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
LONG = "".join(f"    x += {n};\n" for n in range(90))


@pytest.fixture
def house(tmp_path):
    """A small repository with the rules and nothing else; house(files) lints these files."""
    shutil.copytree(os.path.join(TOP, "tools", "lint"), tmp_path / "tools" / "lint",
                    ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(os.path.join(TOP, ".clang-format"), tmp_path)

    def lint(files):
        for name, text in files.items():
            os.makedirs(tmp_path / os.path.dirname(name), exist_ok=True)
            (tmp_path / name).write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        done = subprocess.run([tmp_path / "tools" / "lint" / "lint"], cwd=tmp_path, text=True,
                              capture_output=True, check=False)
        return done.returncode, done.stdout

    return lint


CLEAN = {"libs/vmm/README.md": "x\n", "tools/README.md": "x\n", "kernel/README.md": "x\n",
         "libs/vmm/a.c": HEAD + "int a;\n"}


@pytest.mark.parametrize("name, text, complaint", [
    ("libs/vmm/b.c", "int b;\n", "no `SPDX-License-Identifier: BSD-2-Clause`"),
    ("libs/vmm/b.c", HEAD + "int   b;\n", "not formatted"),
    ("libs/vmm/b.h", HEAD + "#pragma once\nuint8_t b;\n", "does not compile alone"),
    ("libs/vmm/b.c", HEAD + "void f(int x)\n{\n" + LONG + "}\n", "function f has 92 lines"),
    ("libs/vmm/b.c", HEAD + "int b;\n" * 601, "the limit is 600"),
    ("libs/vmm/b.c", HEAD + "#if 1\n#endif\n", "#if per 1000 lines"),
    ("libs/vmm/b.c", HEAD + "void f(void)\n{\n    assert(1);\n}\n", "assertion in guest-facing code"),
    ("libs/vmm/include/b.h", HEAD + "#pragma once\n\nint f(void);\n", "has no /** comment"),
    ("libs/zzz/b.c", HEAD + "int b;\n", "libs/zzz/ has no README.md"),
], ids=["spdx", "format", "alone", "function", "file", "conditionals", "assertion", "documented",
        "readme"])
def test_a_fault_is_found(house, name, text, complaint):
    status, output = house({**CLEAN, name: text})
    assert status == 1 and complaint in output


def test_the_layer_rule(house):
    status, output = house({**CLEAN, "libs/vmm/include/vmm/b.h": HEAD + "#pragma once\n",
                            "kernel/a.c": HEAD + "#include <vmm/b.h>\n"})
    assert status == 1 and "against the layer rule" in output


def test_a_clean_house_passes(house):
    status, output = house(CLEAN)
    assert status == 0, output
