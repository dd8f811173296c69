# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""tests/network/apps/page: a card without rings behind it, driven in the old way, and functions of
the application in init_cons."""

from guest import Guest


def second_card(guest):
    """Another interface of the VM is another card, by ring, and without a word in init_cons."""
    assert guest.run("ifconfig eth1").split("HWaddr ")[1].startswith("06:00:00:0B:0C:0E")
    guest.run("ip link set eth0 down; ip addr add 10.0.2.99/24 dev eth1; ip link set eth1 up")
    assert "3 packets received, 0% packet loss" in guest.run("ping -c 3 10.0.2.2", 60)
    guest.run("ping -c 3 -s 1400 10.0.2.2", 60)
    guest.run("ip link set eth1 down; ip link set eth0 up")
    assert "3 packets received, 0% packet loss" in guest.run("ping -c 3 10.0.2.2", 60)


def test_page(boot):
    console = boot("tests/network/apps/page")
    console.expect(r"note: init 1", 60)
    guest = Guest(console, 0)
    guest.log_in(240)
    assert "inet addr:10.0.2.15" in guest.run("ifconfig eth0")
    assert guest.run("ifconfig eth0").split("HWaddr ")[1].startswith("06:00:00:0B:0C:0D")
    assert "3 packets received, 0% packet loss" in guest.run("ping -c 3 10.0.2.2", 60)
    guest.run("ping -c 3 -s 1400 10.0.2.2", 60)
    second_card(guest)
    # driven as by an old kernel: legacy registers, and a line interrupt
    assert guest.run("grep -c virtio0-input /proc/interrupts || true") == "0"
    assert "IO-APIC" in guest.run("grep virtio /proc/interrupts")
    assert int(guest.run("cut -c33 /sys/bus/virtio/devices/virtio0/features")) == 0  # VERSION_1
    assert "note: three events" in console.text
