# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Settings that applications include before their own. Published names; those that describe
# another kernel's configuration are accepted and have no effect here.
include_guard(GLOBAL)

set(KernelArch x86 CACHE STRING "Accepted; the architecture is always x86")
set(KernelSel4Arch x86_64 CACHE STRING "Accepted; the kernel is always 64 bit")
set(KernelPlatform pc99 CACHE STRING "Accepted; the platform is the PC")
set(KernelX86_64VTX64BitGuests ON CACHE BOOL "Default guest images are those of 64 bits")
option(CAmkESVMGuestDMAIommu "Accepted; there is no IOMMU yet" ON)
option(LibSel4VMMPlatsupportVESAFrameBuffer "Accepted; there is no framebuffer" ON)
option(LibSel4VMMUseHPET "Give guests a high precision event timer" OFF)
option(LibSel4VMVMXTimerDebug "Accepted; no effect" OFF)
set(LibSel4VMVMXTimerTimeout 4000 CACHE STRING "Accepted; no effect")
option(LibSel4VMDeferMemoryMap "Accepted; guest memory is mapped before the guest starts" OFF)
option(SataserverUseAHCI "Accepted; there is no Sataserver" OFF)
set(CAmkESVMDestHardware "" CACHE STRING "Accepted; CAMKES_VM_PLATFORM chooses the machine")
set(CapDLLoaderMaxObjects 900000 CACHE STRING "Accepted; there is no limit to set")
