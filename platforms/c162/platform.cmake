# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Aitech C162: VME single-board computer, first-generation Core with Ibex Peak chip set, two 82580
# Ethernet ports, console on COM1. The size of its memory is the least that its historical
# configurations used (addresses up to 0x31000000); say what yours has:
# make image … PLATFORM=c162 and cmake -DCAMKES_VM_PLATFORM_RAM_MB=…
camkes_vm_platform(DESCRIPTION "Aitech C162")
camkes_vm_platform(RAM_MB 784)
camkes_vm_platform(SERIAL_PORTS 4)
# `make run` emulates what QEMU can: the serial ports. There is no 82580 in QEMU; the platform
# c162-qemu has the nearest machine.
camkes_vm_platform(QEMU_DEVICES "")
