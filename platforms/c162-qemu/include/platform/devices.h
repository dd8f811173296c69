/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The C162's devices where QEMU's q35 machine has something like them. */

#define C162_EMULATED 1

/* AHCI and SMBus of q35's ICH9 are at the board's places; there is no USB controller and no VME. */
#define C162_USB_BUS      0
#define C162_USB_DEV      0x1d
#define C162_USB_FUN      0
#define C162_USB_VENDOR   0xffff
#define C162_USB_DEVICE   0xffff
#define C162_SMBUS_BUS    0
#define C162_SMBUS_DEV    0x1f
#define C162_SMBUS_FUN    3
#define C162_SMBUS_VENDOR 0x8086
#define C162_SMBUS_DEVICE 0x2930
#define C162_VME_BUS      5
#define C162_VME_DEV      8
#define C162_VME_FUN      0
#define C162_VME_VENDOR   0xffff
#define C162_VME_DEVICE   0xffff

/* Ethernet: two 82574 (platform.cmake puts them at slots 2 and 3). */
#define C162_ETHERNET0_BUS    0
#define C162_ETHERNET0_DEV    2
#define C162_ETHERNET0_FUN    0
#define C162_ETHERNET0_VENDOR 0x8086
#define C162_ETHERNET0_DEVICE 0x10d3
#define C162_ETHERNET1_BUS    0
#define C162_ETHERNET1_DEV    3
#define C162_ETHERNET1_FUN    0
#define C162_ETHERNET1_VENDOR 0x8086
#define C162_ETHERNET1_DEVICE 0x10d3
#define C162_ETHERNET_SIZE    0x20000
#define C162_ETHERNET_DRIVER  82574

#include "../../../c162/include/platform/devices.h"
