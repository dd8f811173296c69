# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The guest's utilities, each alone, on real connections: through our kernel module, and in an
unmodified guest through uio_pci_generic and without any driver."""

import os
import re
import shutil

import pytest
from conftest import HERE, TOP
from guest import log_in_all

APP = os.path.join(HERE, "apps", "guest_tools")


def application(kind):
    """A copy of the application; its CMakeLists.txt takes the kernel from the folder's name."""
    folder = os.path.join(TOP, "build", "test-apps", f"guest_tools_{kind}")
    shutil.copytree(APP, folder, dirs_exist_ok=True)
    return folder


def fails(guest, command):
    """What a command says that must fail."""
    return guest.run(f"! {command} 2>&1")


def links(guest):
    assert guest.run("cd /dev/camkes; for f in *; do echo $f $(readlink $f); done; cd").split("\n") \
        == ["alarm ../uio3", "bell ../uio2", "sealed ../uio1", "tools ../uio0"]
    assert guest.run("cat /sys/class/uio/uio0/name /sys/class/uio/uio0/maps/map1/size").split() == \
        ["tools", "0x0000000000002000"]


def dataports(guest):
    address = guest.run("basename $(readlink -f /sys/class/uio/uio0/device)")
    for name in ("tools", "/dev/camkes/tools", "/dev/uio0", address, "0"):
        guest.run(f"echo text for {name} | dataport_write {name}")
        assert guest.run(f"dataport_read {name}") == f"text for {name}"
    # every byte is a byte, and the end of the file is no byte
    guest.run(r"printf 'a\377b\n\001' | dataport_write tools")
    assert guest.run("dataport_read tools | od -An -tx1").split() == "61 ff 62 0a 01 0a".split()
    guest.run("echo abcdefgh | dataport_write tools 4")
    assert guest.run("dataport_read tools") == "abc"
    assert guest.run("dataport_read tools 2") == "ab"
    guest.run("yes | dataport_write tools")  # more than it holds
    assert guest.run("dataport_read tools | wc -c") == "8192"
    assert "smaller" in fails(guest, "dataport_read tools 8193")
    assert fails(guest, "dataport_read nobody") == "dataport_read: nobody: No such device"
    assert "no dataport" in fails(guest, "dataport_read bell")


def read_only(guest):
    assert guest.run("dataport_read sealed") == "no bells"
    assert fails(guest, "dataport_write sealed </dev/null") == \
        "dataport_write: the dataport is read-only"


def events(guest, extra=True):
    assert fails(guest, "consumes_event_wait alarm 200") == \
        "consumes_event_wait: no event came in time"
    guest.run("emits_event_emit bell")
    assert guest.run("consumes_event_wait alarm 20000") == "Back from waiting with val: 1"
    # a process that waits when the event comes
    guest.run("consumes_event_wait alarm >/tmp/answer & sleep 1; emits_event_emit bell; wait")
    assert guest.run("cat /tmp/answer") == "Back from waiting with val: 1"
    assert "cannot emit" in fails(guest, "emits_event_emit alarm")
    assert "cannot wait" in fails(guest, "consumes_event_wait bell")
    if extra:
        guest.run("emits_event_emit bell 3; sleep 1")
        assert guest.run("dataport_read sealed") == "5 bells"
        guest.run("echo olleh | dataport_write tools; emits_event_emit tools; "
                  "consumes_event_wait tools 20000")
        assert guest.run("dataport_read tools").strip() == "hello"


def reversed_strings(guest):
    assert guest.run("for w in one two ''; do echo $w; done | string_reverse tools") == "eno\nowt"
    assert "No such device" in fails(guest, "string_reverse nobody")


def introspection(guest):
    said = guest.run("introspect tools")
    address = re.fullmatch(r"page at (0x[0-9a-f]+): hello from process \d+", said)[1]
    assert int(address, 16) % 4096 == 0
    guest.console.expect(rf"helper{guest.number}: page at {address}\b", 20)


LIBRARY = """driver {}
bell: emits 1, consumes 0, writable 0
alarm: emits 0, consumes 1, writable 0
{}
open: ENODEV
map: ENXIO
emit: ENXIO
poll: ENXIO
wait: ENXIO"""
MODULE, GENERIC, NONE = range(3)


def library(guest, driver):
    """camkes_guest.h from a program: poll(2) says when there is something, and counts are exact."""
    assert guest.run("library", 150) == \
        LIBRARY.format(driver, "wait 0 1 0" if driver == NONE else "poll 0 1 1 0")


USAGE = {"dataport_read": "CONNECTION [SIZE]", "dataport_write": "CONNECTION [SIZE]",
         "emits_event_emit": "CONNECTION [COUNT]", "introspect": "CONNECTION",
         "consumes_event_wait": "CONNECTION [MILLISECONDS]", "string_reverse": "[SOURCE [DESTINATION]]"}


def arguments(guest):
    for tool, words in USAGE.items():
        usage = f"usage: {tool} {words}"
        assert guest.run(f"{tool} --help") == guest.run(f"{tool} -h") == usage
        assert guest.run(f"{tool} a b c d 2>&1 >/dev/null; echo $?") == f"{usage}\n2"
        if not words.startswith("["):
            assert guest.run(f"{tool} 2>&1 >/dev/null; echo $?") == f"{usage}\n2"
    for number in ("x", "-1", "''", "99999999999999999999", "1x"):
        assert fails(guest, f"emits_event_emit bell {number}") == \
            "emits_event_emit: a number between 0 and 2147483647 is expected"
    guest.run("while consumes_event_wait alarm 0 2>/dev/null; do :; done")  # of earlier steps
    guest.run("emits_event_emit bell 0")
    assert fails(guest, "consumes_event_wait alarm 0") == \
        "consumes_event_wait: no event came in time"
    assert "smaller" in fails(guest, "dataport_read tools 0")
    assert fails(guest, "dataport_write tools </dev") == \
        "dataport_write: standard input: Is a directory"
    assert fails(guest, "(dataport_read tools >/dev/full)") == \
        "dataport_read: standard output: No space left on device"


def driver_leaves(guest):
    """The module cannot go while a process waits; the device can, and the process is told. An event
    that comes while there is no driver is there for the next one."""
    guest.run("consumes_event_wait alarm >/tmp/told 2>&1 & p=$!; "
              "until ls -l /proc/$p/fd | grep -q uio3; do sleep 1; done")
    fails(guest, "rmmod connection")
    guest.run("d=$(readlink -f /sys/class/uio/uio3/device); "
              "echo ${d##*/} >/sys/bus/pci/drivers/connector/unbind")
    assert guest.run("! wait $p && cat /tmp/told") == \
        "consumes_event_wait: cannot wait: Input/output error"
    guest.run("rmmod connection && emits_event_emit bell && modprobe connection && "
              "/etc/init.d/S10camkes start")
    links(guest)
    assert guest.run("consumes_event_wait alarm 20000") == "Back from waiting with val: 1"


def modified_guest(guest):
    links(guest)
    dataports(guest)
    read_only(guest)
    events(guest)
    arguments(guest)
    library(guest, MODULE)
    driver_leaves(guest)
    reversed_strings(guest)
    introspection(guest)


def interrupts(guest):
    return sum(int(n) for n in
               guest.run("sed -n 's/uio_pci_generic.*//p' /proc/interrupts | tr -s ' ' '\\n' | "
                         "grep -x '[0-9]*' || true").split())


def unmodified_guest(guest):
    """No module of ours: with no driver through sysfs, then with the kernel's own uio_pci_generic."""
    assert guest.run("ls -d /sys/bus/pci/drivers/connector /dev/camkes 2>/dev/null || true") == ""
    assert guest.run("find /lib -name 'connection*'") == ""
    assert "resource1" in guest.run("ls /sys/bus/pci/devices/0000:00:10.0")
    reversed_strings(guest)
    events(guest, extra=False)
    library(guest, NONE)
    guest.run("modprobe uio_pci_generic 2>/dev/null; "  # the small kernel has it built in
              "echo 1af4 a111 >/sys/bus/pci/drivers/uio_pci_generic/new_id")
    assert guest.run("ls -d /dev/uio*").split() == [f"/dev/uio{i}" for i in range(4)]
    before = interrupts(guest)
    reversed_strings(guest)
    events(guest, extra=False)
    library(guest, GENERIC)
    assert interrupts(guest) > before


def both_guests(boot, app):
    for guest, session in zip(log_in_all(boot(app), 2), (modified_guest, unmodified_guest)):
        guest.focus()
        session(guest)


def test_default_kernel(boot):
    both_guests(boot, APP)


@pytest.mark.parametrize("kind", ["32", "generic", "small"])
def test_other_kernels(boot, long_tests, kind):
    both_guests(boot, application(kind))
