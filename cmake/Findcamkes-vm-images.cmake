# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# Application list files say find_package(camkes-vm-images); everything it would find is part of this tree.
set(camkes-vm-images_FOUND TRUE)
