# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/vswitch: three guests talk to each other; one lies, one dies, the others go on."""

import json
import re

import pytest
from guest import log_in_all

ADDRESS = ["10.1.0.1", "10.1.0.2", "10.1.0.3"]


@pytest.fixture
def guests(boot):
    console = boot("vswitch", memory=2048)
    three = log_in_all(console, 3)
    three[0].focus()
    return three


def transfer(guest, to, megabytes, words=""):
    """TCP from a guest to the server on another (with -R back)."""
    out = guest.run(f"iperf3 -J -c {ADDRESS[to]} -n {megabytes}M {words}", 300)
    report = json.loads(out)
    assert "error" not in report, report["error"]
    sent, received = report["end"]["sum_sent"], report["end"]["sum_received"]
    print(f"{guest.number} -> {to} {words}: {received['bits_per_second'] / 1e6:.0f} Mbit/s, "
          f"{sent.get('retransmits')} retransmitted")
    # the receiver stops counting when the sender says that it is done, with data on its way
    assert sent["bytes"] >= megabytes << 20 and received["bytes"] > sent["bytes"] * 0.5


def pings(guest, to, words=""):
    out = guest.run(f"ping -c 5 -i 0.2 {words} {ADDRESS[to]}", 120)
    assert "5 packets received, 0% packet loss" in out, out


def each_pair(guests):
    """TCP and ICMP between each two guests."""
    for source, to in ((0, 1), (0, 2), (1, 2)):
        if source:
            guests[source].focus()
        pings(guests[source], to)
        transfer(guests[source], to, 2)


def large_frames(guests):
    """MTU 9000, and nothing was dropped so far. One guest was told of it by its card."""
    for guest, mtu in (guests[2], "9000"), (guests[1], "1500"), (guests[0], "1500"):
        guest.focus()
        assert guest.run("cat /sys/class/net/eth0/mtu") == mtu
        guest.run("ip link set eth0 mtu 9000")
        assert guest.run("cat /sys/class/net/eth0/statistics/rx_dropped") == "0"
    pings(guests[0], 1, "-s 8900")
    transfer(guests[0], 2, 4, "-M 8900")


def counters(guests, number):
    """Those of this guest's card and its place on the switch; the keyboard is guest 0's then."""
    text = guests[number].inspect()
    guests[0].focus()
    return {name: int(value) for name, value in re.findall(r"^vswitch_(\S+) (\d+)$", text, re.M)}


def settled(guests):
    """The counters of guests 0 and 1 when nothing is under way: Linux has things to say of its own."""
    guests[0].focus()
    pings(guests[0], 1)   # behind what was sent
    last = None
    for _ in range(30):
        now = counters(guests, 0), counters(guests, 1)
        if now == last:
            return now
        last = now
    raise AssertionError(f"there is always something under way: {last}")


def none_is_lost(guests):
    """Of datagrams sent as fast as it goes, each arrives, or is counted as one that found no room
    for too long: a machine that stands still for a while may be to blame for that."""
    guests[2].focus()
    guests[2].run("ip link set eth0 down")   # it would send to the group now and then
    before = settled(guests)
    guests[0].run(f"iperf3 -u -b 0 -l 1400 -n 8M -c {ADDRESS[1]} >/dev/null", 300)
    after = settled(guests)
    sender, receiver = ({name: end[name] - start[name] for name in end}
                        for start, end in zip(before, after))
    to_receiver = sender["02:00:00:00:00:02_sent"]
    assert to_receiver + sender["02:00:00:00:00:02_dropped"] > 5000
    assert receiver["02:00:00:00:00:01_received"] == to_receiver
    assert receiver["rx_frames"] == to_receiver
    assert after[1]["rx_dropped"] == 0
    guests[2].focus()
    guests[2].run("ip link set eth0 up")
    guests[0].focus()


def forged(guests):
    """The receiver's monitor does not take frames with another's address."""
    address = "ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:{}; ip link set eth0 up"
    guests[0].run(address.format("03"))
    guests[0].run(f"! ping -c 2 -W 2 {ADDRESS[1]}")
    guests[0].run(address.format("01"))
    pings(guests[0], 1)
    at_receiver = counters(guests, 1)
    assert at_receiver["02:00:00:00:00:01_forged"] > 0
    assert at_receiver["02:00:00:00:00:03_forged"] == 0


def one_dies(guests):
    """Traffic between two while the third is killed in the middle of its own."""
    guests[2].focus()
    guests[2].run("(iperf3 -c 10.1.0.1 -t 600 >/dev/null 2>&1 &)")
    guests[2].console.line("sleep 2; echo c >/proc/sysrq-trigger")
    guests[2].console.expect(r"end Kernel panic", 120)
    guests[0].focus()
    guests[0].run(f"! ping -c 2 -W 2 {ADDRESS[2]} >/dev/null")
    guests[0].run("killall iperf3; iperf3 -s -D")  # it still serves the dead one
    pings(guests[0], 1)
    transfer(guests[0], 1, 2)
    transfer(guests[0], 1, 2, "-R")


def test_vswitch(guests):
    each_pair(guests)
    large_frames(guests)
    none_is_lost(guests)
    forged(guests)
    one_dies(guests)
