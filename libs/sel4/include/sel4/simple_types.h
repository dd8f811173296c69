/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Integer types of the API, independent of any libc. */
#include <sel4/macros.h>

typedef signed char seL4_Int8;
typedef unsigned char seL4_Uint8;
typedef short seL4_Int16;
typedef unsigned short seL4_Uint16;
typedef int seL4_Int32;
typedef unsigned int seL4_Uint32;
/** 64-bit integers are `long` here. */
#define SEL4_INT64_IS_LONG 1
typedef long seL4_Int64;
typedef unsigned long seL4_Uint64;

/** A machine word: message registers, badges, addresses. */
typedef seL4_Uint64 seL4_Word;
/** The address of a capability in the caller's CSpace. */
typedef seL4_Word seL4_CPtr;
/** A truth value as it travels in messages: 8 bits. */
typedef seL4_Int8 seL4_Bool;

#define seL4_True  1
#define seL4_False 0
#define seL4_Null  ((void *)0)

/** printf conversions for the 64-bit types and for words. */
#define SEL4_PRId64    "ld"
#define SEL4_PRIi64    "li"
#define SEL4_PRIu64    "lu"
#define SEL4_PRIx64    "lx"
#define SEL4_PRI_word  "l"
#define SEL4_PRId_word "ld"
#define SEL4_PRIi_word "li"
#define SEL4_PRIu_word "lu"
#define SEL4_PRIx_word "lx"
/** Suffix for word-sized literals. */
#define SEL4_WORD_CONST(x) x##ul

_Static_assert(sizeof(seL4_Word) == 8 && sizeof(seL4_Bool) == 1, "the API is for x86-64");
