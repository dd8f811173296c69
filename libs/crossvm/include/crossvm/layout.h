/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What a guest sees of a cross-VM connection: one PCI function, its register page (BAR 0) and its
 * dataport (BAR 1). Plain numbers only, so that guest software can copy or include this file.
 *
 * All registers are 32 bits wide, little-endian. The first 0x38 bytes are what older guests know;
 * the rest is there when CROSSVM_REG_MAGIC reads CROSSVM_MAGIC.
 *
 * The page is memory that the guest may only read: after the first access reads cost no exit, each
 * write is one. Registers change while the guest reads them; each by itself is always right.
 */

/** Identity of the PCI function; class code 05.00 (RAM). */
#define CROSSVM_PCI_VENDOR   0x1af4
#define CROSSVM_PCI_DEVICE   0xa111
#define CROSSVM_PCI_REVISION 1

/** BAR numbers: registers (4096 bytes) and dataport (a power of two, at least the size in
 * CROSSVM_REG_SIZE_*; absent when the connection has no dataport). Bytes of the BAR behind the size
 * read as all ones, and writes there are dropped. */
#define CROSSVM_BAR_REGISTERS 0
#define CROSSVM_BAR_DATAPORT  1
#define CROSSVM_REGISTER_PAGE 4096

/** Write of any value and width: signal the other side. Reads 0. */
#define CROSSVM_REG_EMIT 0x00
/** Incoming events not acknowledged yet. The interrupt is active while it is not 0. Writing 0
 * acknowledges all of them, writing n acknowledges n (at most those there are), so that
 * "n = read; write n" loses none that arrives between. */
#define CROSSVM_REG_EVENTS 0x04
/** Name of the connection, NUL-terminated, padded with NUL. */
#define CROSSVM_REG_NAME  0x08
#define CROSSVM_NAME_SIZE 48

/** "CXVM" */
#define CROSSVM_REG_MAGIC 0x40
#define CROSSVM_MAGIC     0x4d565843u
/** Version of this layout; a higher one only adds. */
#define CROSSVM_REG_VERSION 0x44
#define CROSSVM_VERSION     2
/** What the connection has: CROSSVM_FLAG_*. */
#define CROSSVM_REG_FLAGS     0x48
#define CROSSVM_FLAG_EMITS    0x1u /**< writing CROSSVM_REG_EMIT reaches somebody */
#define CROSSVM_FLAG_CONSUMES 0x2u /**< events may come in */
#define CROSSVM_FLAG_DATAPORT 0x4u /**< there is a BAR 1 */
#define CROSSVM_FLAG_WRITABLE 0x8u /**< the guest may write the dataport */
/** Number of the connection in its VM, from 0. */
#define CROSSVM_REG_INDEX 0x4c
/** Bytes of the dataport, a multiple of 4096: low and high half. */
#define CROSSVM_REG_SIZE_LOW  0x50
#define CROSSVM_REG_SIZE_HIGH 0x54
/** Incoming events since the machine was reset, modulo 2^32. Never goes back. */
#define CROSSVM_REG_TOTAL 0x58
/** How many of CROSSVM_REG_TOTAL are acknowledged; changes only when the guest acknowledges. From
 * version 2 on. */
#define CROSSVM_REG_TAKEN 0x5c
