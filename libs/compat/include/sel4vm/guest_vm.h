/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The virtual machine as application sources name it. */

/** What an application hands from its hook to the library functions; opaque to it. */
typedef struct crossvm_set vm_t;
