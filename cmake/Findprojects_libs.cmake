# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Application list files say find_package(projects_libs); everything it would find is part of this tree.
set(projects_libs_FOUND TRUE)
