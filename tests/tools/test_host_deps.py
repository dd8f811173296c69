# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Host packages: what a person sees who lacks them."""

import os
import shutil
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def as_nobody(words, folder):
    """Runs `words` in `folder` without root and without a sudo that works."""
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + words
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    return subprocess.run(words, cwd=folder, env=environment, text=True, capture_output=True,
                          check=False)


def front_door(tmp_path, packages):
    """A copy of the front door whose package list is `packages`."""
    os.chmod(tmp_path, 0o755)
    shutil.copy(os.path.join(TOP, "Makefile"), tmp_path)
    os.makedirs(tmp_path / "tools")
    shutil.copy(os.path.join(TOP, "tools", "host-deps"), tmp_path / "tools")
    (tmp_path / "tools" / "host-packages.txt").write_text(packages)
    for folder in list(tmp_path.parents)[:3]:
        os.chmod(folder, os.stat(folder).st_mode | 0o055)


def test_make_run_without_packages_and_without_root_prints_the_command(tmp_path):
    front_door(tmp_path, "no-such-package-a run why\nno-such-package-b build why\nlibc6 run why\n")
    done = as_nobody(["make", "run"], tmp_path)
    assert "sudo apt-get install no-such-package-b no-such-package-a\n" in done.stderr
    assert done.returncode == 2  # make's status for a target that failed


def test_host_deps_status_is_1_and_nothing_else_is_needed(tmp_path):
    front_door(tmp_path, "no-such-package run why\n")
    done = as_nobody(["tools/host-deps", "run"], tmp_path)
    assert done.returncode == 1
    done = as_nobody(["tools/host-deps", "build"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_document_is_generated_from_the_list():
    done = subprocess.run([os.path.join(TOP, "tools", "host-deps"), "--markdown"], text=True,
                          capture_output=True, check=True)
    with open(os.path.join(TOP, "docs", "host-dependencies.md"), encoding="utf-8") as page:
        assert page.read() == done.stdout, "run tools/host-deps --markdown > docs/host-dependencies.md"
