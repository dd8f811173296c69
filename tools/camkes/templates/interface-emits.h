/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local interface = ... -*/
void /*? interface.name ?*/_emit(void);
void /*? interface.name ?*/_emit_underlying(void) __attribute__((weak));
