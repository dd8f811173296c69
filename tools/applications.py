# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Building applications as a user does: one place that knows how, for tests and benchmarks."""

import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class BuildFailed(Exception):
    """`make build` did not succeed; the text is the end of what it said."""


def build_folder(app):
    """Where the products of an application (a name under apps/ or a folder) are."""
    return os.path.join(TOP, "build", "apps", os.path.basename(app.rstrip("/")))


def build(app, platform=""):
    """`make build APP=app`; returns the image's path. Raises BuildFailed.

    platform: "" is the application's choice; the image for another one is overwritten.
    """
    done = subprocess.run(["make", "--no-print-directory", "build", f"APP={app}",
                           f"PLATFORM={platform}"], cwd=TOP, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"make build APP={app}:\n{done.stdout[-6000:]}")
    return os.path.join(build_folder(app), "image.elf")
