/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
static seL4_Word holder __attribute__((unused));
