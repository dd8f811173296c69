# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Any PC with at least 2 GiB: nothing is assumed but what every PC has. Emulated as the other
# machine of QEMU, i440FX and PIIX3, so that images are tried on more than one chip set.
camkes_vm_platform(DESCRIPTION "PC, 2 GiB or more")
camkes_vm_platform(RAM_MB 2048)
camkes_vm_platform(QEMU_MACHINE pc)
