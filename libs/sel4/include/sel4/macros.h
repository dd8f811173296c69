/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Compiler attributes and small helpers that user code expects from <sel4/macros.h>. */
#include <autoconf.h>

/** Attributes of an inline procedure or function of this library. */
#define LIBSEL4_INLINE      static inline __attribute__((unused))
#define LIBSEL4_INLINE_FUNC static inline __attribute__((unused))
/** Marks something that may stay unused. */
#define LIBSEL4_UNUSED __attribute__((unused))
/** A weak symbol: another definition wins. */
#define LIBSEL4_WEAK __attribute__((weak))
/** Keeps the compiler from inlining. */
#define LIBSEL4_NOINLINE __attribute__((noinline))
/** Storage class of per-thread variables of this library. */
#define LIBSEL4_THREAD_LOCAL __thread

/** No padding between members. */
#define SEL4_PACKED __attribute__((packed))
/** Warns at each use, with a text. */
#define SEL4_DEPRECATED(x) __attribute__((deprecated(x)))
/** Distance of a member from the start of its structure. */
#define SEL4_OFFSETOF(type, member) __builtin_offsetof(type, member)

/** An enumerator that makes an enumeration as wide as a word, so that it can be a message word. */
#define SEL4_FORCE_LONG_ENUM(type) _enum_pad_##type = ((1ULL << ((sizeof(long) * 8) - 1)) - 1)

/** Functions that only compute from their arguments (CONST) or from memory too (PURE). */
#ifndef CONST
#define CONST __attribute__((__const__))
#endif
#ifndef PURE
#define PURE __attribute__((__pure__))
#endif

/** 2 to the power n. */
#define LIBSEL4_BIT(n) (1ul << (n))

/** Fails the compilation, naming the condition, if expr is false. */
#define SEL4_COMPILE_ASSERT(name, expr) _Static_assert(expr, #name);
/** Fails the compilation unless index and entry size in bits add up to the size in bits. */
#define SEL4_SIZE_SANITY(index, entry, size)                                                       \
    _Static_assert((index) + (entry) == (size), "object size constants disagree");
