/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Small macros that application sources expect. */
#include <stdio.h>

#ifndef ARRAY_SIZE
/** Elements of an array. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef BIT
/** The number with only bit n set. */
#define BIT(n) (1ul << (n))
#endif
/** The argument is not used. */
#define UNUSED __attribute__((unused))
/** Messages of three strengths; each ends the line. */
#define ZF_LOGE(...) ((void)(printf(__VA_ARGS__), printf("\n")))
#define ZF_LOGW      ZF_LOGE
#define ZF_LOGI      ZF_LOGE
