# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The loader without its system calls: what the host test runs too.
set(loader_logic acpi.c contents.c hardware.c loader.c maps.c memory.c needs.c objects.c pci.c print.c
                 space.c threads.c view.c)
list(TRANSFORM loader_logic PREPEND ${CMAKE_CURRENT_LIST_DIR}/src/)
