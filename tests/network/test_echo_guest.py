# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""apps/echo: the echo service beside a guest, from the line and from the guest."""

import pytest
from guest import Guest
from station import Connection, Station

SERVER, GUEST = "10.0.2.20", "10.0.2.15"
PEERS = {SERVER: "06:00:00:0c:0d:0e", GUEST: "06:00:00:0b:0c:0d"}


@pytest.fixture
def system(boot, wire, nic):
    """(guest, station) once both the server and the guest are there."""
    model, suffix, options = nic
    console = boot(f"tests/network/apps/echo{suffix}" if suffix else "echo",
                   devices=wire.devices(model), **options)
    station = Station(wire, PEERS)
    station.find(SERVER)
    return Guest(console, 0), station


def test_from_both_sides(system):
    guest, station = system
    guest.log_in()
    station.echo(SERVER, 7, b"from the line", 5000)
    station.echo(SERVER, 8, bytes(1472), 5001)
    station.ping(SERVER, 9)
    station.ping_answer(SERVER, 9)
    connection = Connection(station, SERVER, 7)
    connection.open()
    connection.write(b"over TCP")
    assert connection.read(8) == b"over TCP"
    connection.close()
    # the guest's frames go to the server through the driver, not over the line
    assert "0% packet loss" in guest.run("ping -c 5 10.0.2.20", 60)
    assert guest.run("echo from-the-guest | nc.openbsd -u -w 2 10.0.2.20 7", 30) == "from-the-guest"
    assert guest.run("echo eight | nc.openbsd -u -w 2 10.0.2.20 8", 30) == "eight"
    assert guest.run("echo over TCP | nc.openbsd -N -w 2 10.0.2.20 7", 30) == "over TCP"
    assert not [f for f in station.drain() if f[12:14] == b"\x08\0"]
    # all at once
    guest.console.line("ping -q -i 0.1 -c 50 10.0.2.20")
    for i in range(200):
        station.echo(SERVER, 7 + i % 2, b"%d" % i, 6000 + i)
    guest.console.expect(r" 0% packet loss", 60, guest.style)
