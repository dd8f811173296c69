/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Devices of QEMU's q35 machine. */
#include "../../../pc/include/platform/devices.h"
