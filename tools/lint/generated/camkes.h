/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Stands for the header that is generated per instance, so that headers can be compiled alone. */
#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>
