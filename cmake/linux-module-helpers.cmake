# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Linux module helpers: not in this version (see SUPPORT.md). Calling one stops with a clear text.
include_guard(GLOBAL)

function(DefineLinuxModule)
    message(FATAL_ERROR "DefineLinuxModule: building kernel modules is not supported yet")
endfunction()
