#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""usage: junit.py FILE    prints what a suite ends with: N passed, N failed, N skipped."""

import sys
import xml.etree.ElementTree as tree


def counts(path):
    """[passed, failed, skipped] of a JUnit file, as pytest and ctest write it.

    A file that is missing or cut short is one failure: what it should tell did not come about.
    """
    try:
        root = tree.parse(path).getroot()
        suite = root if root.tag == "testsuite" else root.find("testsuite")
        total, failures, errors, skipped, disabled = (
            int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped", "disabled"))
    except (OSError, tree.ParseError, AttributeError, ValueError):
        return [0, 1, 0]
    failed, left_out = failures + errors, skipped + disabled
    return [total - failed - left_out, failed, left_out]


def summary(numbers):
    """The last line of a suite's output."""
    return "{} passed, {} failed, {} skipped".format(*numbers)


if __name__ == "__main__":
    print(summary(counts(sys.argv[1])))
