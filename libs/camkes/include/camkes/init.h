/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Names of the instance and its console; every component has them through camkes.h. */

/** The instance's name in the assembly, dotted for inner instances. */
const char *get_instance_name(void);

/** The processor the instance's threads run on. */
int get_instance_affinity(void);

/** Sends what the instance prints to `put`, one character each; NULL: the debug console. */
void set_putchar(void (*put)(int c));

/** Marks an interface method argument that may not be NULL. */
#define CAMKES_NONNULL __attribute__((nonnull))

/** The initialiser of an attribute, usable where a constant is needed. */
#define CAMKES_CONST_ATTR(attribute) attribute##_DEF

struct ps_io_ops;

/** Places `function`, an int (ps_io_ops_t *), in the table camkes_call_hardware_init_modules runs.
 */
#define CAMKES_HARDWARE_INIT_MODULE_DEFINE(name, function)                                         \
    __attribute__((used, section("_hardware_init"))) static int (*const name)(struct ps_io_ops *   \
                                                                              ops) = function
