/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* lwIP on newlib: types, messages. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

/** newlib has ssize_t; lwIP looks for the macro. */
#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif

#ifndef BYTE_ORDER
#define BYTE_ORDER LITTLE_ENDIAN
#endif

/** newlib has errno values, but no protection of code sections. */
#define LWIP_ERRNO_STDINCLUDE 1

#define LWIP_PLATFORM_DIAG(arguments) printf arguments

/** An invariant of the stack itself is broken: this thread stops, everybody else goes on. */
#define LWIP_PLATFORM_ASSERT(text)                                                                 \
    do {                                                                                           \
        printf("lwIP: %s (%s:%d)\n", text, __FILE__, __LINE__);                                    \
        abort();                                                                                   \
    } while (0)
