/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local connected = ... -*/
/*- local X = connected.interface.name -*/
seL4_CPtr /*? X ?*/_notification(void);
seL4_Word /*? X ?*/_notification_badge(void);
size_t /*? X ?*/_get_size(void);
