/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* TCP connections whose data goes back as it came. */
#include <stdbool.h>
#include <stdint.h>

/** Listens on a port; false: no memory, or the port is taken. */
bool tcp_echo_start(uint16_t port);
