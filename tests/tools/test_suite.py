# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tests/suite and tests/junit.py: what runs, what is shown, and what is counted."""

import os
import shutil
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOOD = "import pytest\ndef test_good():\n    print('quiet words')\ndef test_other():\n    pass\n" \
    "def test_long():\n    pytest.skip('long')\n"
BAD = "def test_bad():\n    print('loud words')\n    assert 'left' == 'right'\n"
PYTEST = '<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>'
CTEST = '<testsuite tests="9" failures="2" disabled="1" skipped="1"/>'


@pytest.fixture
def suite(tmp_path):
    """suite(files, *words) -> (exit status, lines printed) of a suite `sample` with these files."""
    os.makedirs(tmp_path / "tests" / "sample")
    os.makedirs(tmp_path / "tools")
    for name in "tests/suite", "tests/junit.py", "tools/machines.py":
        shutil.copy(os.path.join(TOP, name), tmp_path / name)

    def run(files, *words):
        for name, text in files.items():
            (tmp_path / "tests" / "sample" / f"test_{name}.py").write_text(text)
        done = subprocess.run([tmp_path / "tests" / "suite", "sample", *words], cwd=tmp_path,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.splitlines()
    return run


def test_each_file_that_passes_is_a_line(suite):
    status, lines = suite({"one": GOOD, "two": GOOD})
    assert status == 0
    assert sorted(line.rsplit(",", 1)[0] for line in lines[:2]) == [
        "test_one.py: 2 passed, 0 failed, 1 skipped", "test_two.py: 2 passed, 0 failed, 1 skipped"]
    assert lines[2:] == ["4 passed, 0 failed, 2 skipped"]


def test_what_failed_is_shown(suite):
    status, lines = suite({"one": GOOD, "two": BAD})
    assert status == 1
    assert "loud words" in lines and "quiet words" not in lines
    assert any("assert 'left' == 'right'" in line for line in lines)
    assert lines[-1] == "2 passed, 1 failed, 1 skipped"


@pytest.mark.parametrize("words, last", [
    (["tests/sample/test_one.py"], "2 passed, 0 failed, 1 skipped"),
    (["tests/sample/test_one.py::test_good"], "1 passed, 0 failed, 0 skipped"),
    (["tests/sample/test_one.py", "-v", "-k", "other"], "1 passed, 0 failed, 0 skipped"),
    (["-k", "good or long"], "1 passed, 0 failed, 1 skipped"),
    (["-k", "nobody"], "0 passed, 1 failed, 0 skipped"),
    (["--durations", "1", "-k", "good"], "1 passed, 0 failed, 0 skipped"),
    (["tests/sample/test_nobody.py"], "0 passed, 1 failed, 0 skipped"),
    (["nobody"], "0 passed, 1 failed, 0 skipped"),
])
def test_choice(suite, words, last):
    status, lines = suite({"one": GOOD, "two": BAD}, *words)
    assert lines[-1] == last
    assert status == (" 0 failed" not in last)


def test_a_file_that_cannot_be_loaded_is_a_failure(suite):
    status, lines = suite({"one": GOOD, "two": "import nothing_of_this_name\n"})
    assert status == 1 and lines[-1] == "0 passed, 1 failed, 0 skipped"
    assert any("nothing_of_this_name" in line for line in lines)


@pytest.mark.parametrize("text, last", [
    (PYTEST, "3 passed, 3 failed, 3 skipped"), (CTEST, "5 passed, 2 failed, 2 skipped"),
    (PYTEST[:40], "0 passed, 1 failed, 0 skipped"), ("<other/>", "0 passed, 1 failed, 0 skipped"),
    (None, "0 passed, 1 failed, 0 skipped")])
def test_counts(tmp_path, text, last):
    path = tmp_path / "results.xml"
    if text is not None:
        path.write_text(text)
    done = subprocess.run([sys.executable, os.path.join(TOP, "tests", "junit.py"), path], text=True,
                          stdout=subprocess.PIPE, check=True)
    assert done.stdout == last + "\n"
