# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# QEMU's q35 machine with 2 GiB, without hardware virtualization.
camkes_vm_platform(DESCRIPTION "QEMU q35, 2 GiB")
camkes_vm_platform(RAM_MB 2048)
