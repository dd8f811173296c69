# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The older transport of connections, driven by a kernel module of the guest."""

from guest import Guest


def test_legacy_transport(boot):
    guest = Guest(boot("tests/system/apps/legacy"), 0)
    guest.log_in()
    assert guest.run("grep -l 0xa111 /sys/bus/pci/devices/*/device || echo none") == "none"
    for turn in range(2):  # the second time after a reset, with all memory in its place again
        guest.run("modprobe legacy || insmod $(find /lib/modules -name 'legacy.ko*')")
        assert guest.run("cat /sys/module/legacy/parameters/refused") == "10"
        for word in "hello", "another word", "x" * 200:
            assert guest.run(f"printf '{word}' >/dev/legacy && cat /dev/legacy") == word[::-1]
        assert guest.run("i=0; while [ $i -lt 200 ]; do echo $i >/dev/legacy; cat /dev/legacy >/dev/null;"
                         " i=$((i+1)); done; cat /sys/module/legacy/parameters/events", 120) == "203"
        if turn == 0:
            guest.console.line("reboot")
            guest.log_in()
