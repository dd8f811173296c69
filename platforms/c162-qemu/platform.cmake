# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The emulated machine closest to the C162, to try its applications without the board: q35 with
# four serial ports and two 82574 Ethernet controllers, each with a host at 10.13.1.2 behind it.
camkes_vm_platform(DESCRIPTION "QEMU q35 with the serial and Ethernet ports of an Aitech C162")
camkes_vm_platform(RAM_MB 1024)
camkes_vm_platform(QEMU_DEVICES
    -netdev user,id=ethernet0,net=10.13.1.0/24 -device e1000e,netdev=ethernet0,addr=2
    -netdev user,id=ethernet1,net=10.13.1.0/24 -device e1000e,netdev=ethernet1,addr=3)
include(${CMAKE_CURRENT_LIST_DIR}/../c162/platform.cmake)
