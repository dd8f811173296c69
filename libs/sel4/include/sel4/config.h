/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/** CONFIG_ symbols; kept for programs that include them by this name. */
#include <autoconf.h>
