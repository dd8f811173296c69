# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Linux source helpers: not in this version (see SUPPORT.md). Calling one stops with a clear text.
include_guard(GLOBAL)

foreach(name IN ITEMS GetDefaultLinuxMajor GetDefaultLinuxMinor GetDefaultLinuxMd5
                      GetDefaultLinuxVersion DownloadLinux ConfigureLinux)
    cmake_language(EVAL CODE "function(${name})
        message(FATAL_ERROR \"${name}: building kernels from source is not supported yet\")
    endfunction()")
endforeach()
