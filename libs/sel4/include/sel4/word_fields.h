/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Accessors of the API's packed words. Each field of a one-word structure gets the functions
 * that user code knows: T_get_f, T_set_f, T_ptr_get_f and T_ptr_set_f.
 */
#include <sel4/simple_types.h>

/** The low `width` bits. */
#define SEL4_FIELD_MASK(width) ((width) >= 64 ? ~0ul : (1ul << ((width)&63)) - 1)

/** Defines the accessors of the field of structure T at bit `shift` of words[index]. */
#define SEL4_WORD_FIELD(T, name, field, index, shift, width)                                       \
    LIBSEL4_INLINE_FUNC CONST seL4_Uint64 name##_get_##field(T value)                              \
    {                                                                                              \
        return (value.words[index] >> (shift)) & SEL4_FIELD_MASK(width);                           \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC CONST T name##_set_##field(T value, seL4_Uint64 v)                         \
    {                                                                                              \
        value.words[index] &= ~(SEL4_FIELD_MASK(width) << (shift));                                \
        value.words[index] |= (v & SEL4_FIELD_MASK(width)) << (shift);                             \
        return value;                                                                              \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC PURE seL4_Uint64 name##_ptr_get_##field(const T *p)                        \
    {                                                                                              \
        return (p->words[index] >> (shift)) & SEL4_FIELD_MASK(width);                              \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC void name##_ptr_set_##field(T *p, seL4_Uint64 v)                           \
    {                                                                                              \
        p->words[index] &= ~(SEL4_FIELD_MASK(width) << (shift));                                   \
        p->words[index] |= (v & SEL4_FIELD_MASK(width)) << (shift);                                \
    }
