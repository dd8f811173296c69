# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
#
# The same prompt in every guest, so that one line typed to several gives the same output in all.
PS1='\w # '
[ "$(stty size 2>/dev/null)" = "0 0" ] && stty rows 24 columns 80
