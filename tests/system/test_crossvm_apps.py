# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The applications of docs/crossvm.md, used as their pages say."""

import hashlib
import os
import re
import shutil

import pytest
from conftest import TOP
from guest import Guest, log_in_all


@pytest.fixture
def pair(boot):
    """pair(app): both guests of an application, logged in."""
    return lambda app: log_in_all(boot(app), 2)


def expect_event(receiver, sender, command):
    """The receiver waits while the sender runs the command; one event arrives."""
    receiver.focus()
    receiver.run("consumes_event_wait in 120000 >/tmp/got & sleep 1")
    sender.focus()
    sender.run(command)
    receiver.focus()
    assert receiver.run("wait; cat /tmp/got") == "Back from waiting with val: 1"


TUTORIAL_FILES = ["components/PrintClient/PrintClient.camkes",
                  "components/PrintClient/print_client.c", "my-print.camkes",
                  "guest/print/print.c", "CMakeLists.txt"]


@pytest.fixture
def tutorial(tmp_path):
    """What docs/crossvm.md lets a newcomer type, in an empty folder."""
    with open(os.path.join(TOP, "docs", "crossvm.md"), encoding="utf-8") as page:
        text = page.read()
    steps = text[text.index("## Tutorial"):text.index("**5. Run it**")]
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", steps, re.M)
    assert len(blocks) == len(TUTORIAL_FILES)
    for name, block in zip(TUTORIAL_FILES, blocks):
        assert name in steps
        path = tmp_path / "my-print" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"^    ", "", block, flags=re.M).strip() + "\n", encoding="utf-8")
    yield str(tmp_path / "my-print")
    shutil.rmtree(os.path.join(TOP, "build", "apps", "my-print"), ignore_errors=True)


def test_tutorial(long_tests, tutorial, boot):
    guest = Guest(boot(tutorial), 0)
    guest.console.expect("print_client: ready", 60)
    guest.log_in()
    assert guest.run("print hello").endswith("printed")
    guest.console.expect(r"print_client: the guest says: hello\r*\n", 30)


def test_print_client(boot):
    guest = Guest(boot("print_client"), 0)
    guest.console.expect("print_client: ready", 60)
    guest.log_in()
    assert guest.run("print hello from the guest").endswith("printed")
    guest.console.expect("print_client: the guest says: hello from the guest", 30)
    guest.run("echo by hand | dataport_write printer && emits_event_emit printer")
    guest.console.expect(r"print_client: the guest says: by hand\?", 30)
    # Control characters do not reach the console.
    guest.run("printf 'a\\033[31mb' | dataport_write printer && emits_event_emit printer")
    guest.console.expect(r"says: a\?\[31mb\r*\n", 30)


def test_vm_to_vm(pair):
    zero, one = pair("vm_to_vm")
    text = "".join(f"{i}\n" for i in range(1, 20001))
    digest = hashlib.md5(text.encode()).hexdigest()
    for sender, receiver in (zero, one), (one, zero):
        expect_event(receiver, sender,
                     "seq 1 20000 | dataport_write out && emits_event_emit out")
        assert receiver.run(f"dataport_read in | head -c {len(text)} | md5sum").split()[0] == digest
        # The reader cannot write: what it tries to change stays.
        assert receiver.run("dataport_write in </dev/null >/tmp/said 2>&1 || cat /tmp/said") == \
            "dataport_write: the dataport is read-only"
        assert receiver.run("dataport_read in | head -n 1") == "1"


def test_crossvm_multi(pair):
    zero, one = pair("crossvm_multi")
    for sender, receiver in (zero, one), (one, zero):
        expect_event(receiver, sender, "printf 'one\\na secret\\ntw\\t\\377\\n' | "
                     "dataport_write out && emits_event_emit out")
        assert receiver.run("dataport_read in") == "one\ntw??"
    # A guest that floods the component with events does not keep the other from its work.
    zero.focus()
    zero.run("emits_event_emit out 10000000 & sleep 1")
    one.focus()
    assert one.run("seq 1 20000 | tail -n 1", 120) == "20000"
    zero.focus()
    zero.run("kill $!")
