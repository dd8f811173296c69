# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The comparison of exit records sees what differs, and allows what is listed only."""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "kernel"))
import records  # noqa: E402


def of(*lines):
    return dict(records.parse(records.PREFIX + line) for line in lines)


SVM = of("ports.0 reason=3 rip=1000 next=+2 shadow=0", "ports.1 reason=8 rip=1002 next=? shadow=0",
         "shadows.3 shadow=1")


def test_equal_and_unknown():
    assert records.differences(SVM, SVM) == []
    vmx = of("ports.0 reason=3 rip=1000 next=+2 shadow=0", "ports.1 reason=8 rip=1002 next=+3 shadow=0",
             "shadows.3 shadow=2")
    assert records.differences(SVM, vmx) == []
    assert records.compare({"max": SVM, "haswell": vmx, "none": {}}) == (1, 0)


def test_values_that_differ():
    vmx = of("ports.0 reason=3 rip=1001 next=+2 shadow=1", "ports.1 reason=8 rip=1002 next=+3 shadow=0")
    assert records.differences(SVM, vmx) == ["ports.0: rip is 1001, not 1000",
                                             "ports.0: shadow is 1, not 0"]
    assert records.compare({"max": SVM, "haswell": vmx}) == (0, 1)


def test_two_known_lengths_that_differ():
    assert records.differences(SVM, of("ports.0 reason=3 rip=1000 next=+3 shadow=0",
                                       "ports.1 reason=8 rip=1002 next=? shadow=0")) == [
        "ports.0: next is +3, not +2"]


def test_faults_of_an_emulator_are_allowed_there_only():
    ours, its = of("a.0 cr2=0"), of("a.0 cr2=7000")
    assert records.differences(ours, its, ("max", "bochs-ryzen")) == []
    assert records.differences(ours, its, ("max", "bochs-haswell")) == ["a.0: cr2 is 7000, not 0"]
    ours, its = of("shadows.0 shadow=1"), of("shadows.0 shadow=0")
    assert records.differences(ours, its, ("max", "6g")) == []
    assert len(records.differences(ours, its, ("bochs-haswell", "bochs-arrandale"))) == 1


def test_exits_too_few_or_too_many():
    assert records.differences(SVM, of("ports.0 reason=3 rip=1000 next=+2 shadow=0")) == [
        "ports.1: missing"]
    assert records.differences(of("shadows.3 shadow=1"), SVM) == [
        "ports.0: one exit too many", "ports.1: one exit too many"]


def test_keys_that_only_one_has():
    assert records.differences(of("a.0 x=1"), of("a.0 x=1 r7=5")) == ["a.0: r7 is 5, not -"]
