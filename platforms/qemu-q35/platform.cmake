# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# QEMU's q35 machine with 2 GiB, without hardware virtualization.

# Bytes a system may use: 5 % less than the machine has, for kernel, loader and firmware.
set(CAMKES_VM_PLATFORM_MEMORY 2040109465)
# QEMU options for this machine.
set(CAMKES_VM_PLATFORM_QEMU "-accel tcg -machine q35 -cpu max -m 2048 -nic none -no-reboot \
-device isa-debug-exit,iobase=0xf4,iosize=4")
