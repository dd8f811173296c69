/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Subcommands of `camkes`: one function each, argv[0] is the subcommand's name. The return
 * value is the exit status: 0, 1 for diagnosed errors, 2 for a wrong command line.
 */
int command_check(int argc, char **argv);
int command_model(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_emit(int argc, char **argv);
int command_link(int argc, char **argv);
int command_report(int argc, char **argv);
