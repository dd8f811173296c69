# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
cmake_minimum_required(VERSION 3.8.2)

set(KernelSel4Arch x86_64 CACHE STRING "" FORCE)
set(LibSel4VMMUseHPET ON CACHE BOOL "" FORCE)
