/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once

/** Bytes of each dataport; a string in it has at most one less. */
#define STRING_REVERSE_BUFSIZE 8192
