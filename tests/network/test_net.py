# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/net: a Linux guest reaches the world through a network driver in another component."""

import re

import pytest
from guest import Guest

SIZE = 64 << 20


@pytest.fixture
def guest(boot, nic):
    _, suffix, options = nic
    console = boot(f"tests/network/apps/net{suffix}" if suffix else "net", **options)
    return Guest(console, 0)


def test_download(guest, server):
    """An address before the prompt, the gateway answers, 64 MiB arrive unharmed."""
    guest.console.expect(r"eth0: 10\.0\.2\.15", 240, guest.style)
    guest.log_in()
    assert "0% packet loss" in guest.run("ping -c 5 10.0.2.2", 60)
    command = f"wget -q -O - {server.url(SIZE)} | sha256sum"
    assert guest.run(command, 900).split()[0] == server.sha256(SIZE)
    counters = guest.run("cat /sys/class/net/eth0/statistics/rx_errors")
    assert counters == "0"
    assert not re.search(r"BUG|Oops|Call Trace", guest.run("dmesg"))
