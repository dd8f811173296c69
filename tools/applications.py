# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Building applications as a user does: one place that knows how, for tests and benchmarks."""

import fcntl
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class BuildFailed(Exception):
    """`make build` did not succeed; the text is the end of what it said."""


def build_folder(app):
    """Where the products of an application (a name under apps/ or a folder) are."""
    return os.path.join(TOP, "build", "apps", os.path.basename(app.rstrip("/")))


def make(target, app, *words, **environment):
    """`make TARGET APP=app words…` as a user types it: (exit status, everything it said).

    One at a time, whoever calls: tests that run side by side share build folders, and one build
    uses all processors. Machines that run meanwhile come first: somebody waits for them.
    """
    os.makedirs(os.path.join(TOP, "build"), exist_ok=True)
    with open(os.path.join(TOP, "build", ".make-lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["nice", "-n5", "make", "--no-print-directory", target, f"APP={app}", *words],
                              cwd=TOP, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False, env={**os.environ, **environment})
    return done.returncode, done.stdout


def build(app, platform=""):
    """`make build APP=app`; returns the image's path. Raises BuildFailed.

    platform: "" is the application's choice; the image for another one is overwritten.
    """
    status, said = make("build", app, f"PLATFORM={platform}")
    if status != 0:
        raise BuildFailed(f"make build APP={app}:\n{said[-6000:]}")
    return os.path.join(build_folder(app), "image.elf")
