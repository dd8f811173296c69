/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A small builder for ACPI machine language (ACPI specification, chapter 20), enough for device
 * objects with fixed resources. Blocks nest: begin returns a mark that aml_end() takes.
 *
 *     size_t d = aml_device(aml, "COM1");
 *         aml_name(aml, "_HID"), aml_eisa_id(aml, "PNP0501");
 *         aml_name(aml, "_UID"), aml_integer(aml, 1);
 *         struct aml_resources r = {0};
 *         aml_io(&r, 0x3f8, 8), aml_irq(&r, 4);
 *         aml_name(aml, "_CRS"), aml_resources(aml, &r);
 *     aml_end(aml, d);
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Output buffer. When it is full, failed is set and further bytes are dropped. */
struct aml {
    uint8_t *data;
    size_t size, used;
    bool failed;
};

/** Raw bytes. */
void aml_bytes(struct aml *aml, const void *bytes, size_t n);

/** Begin Scope(path), Device(name), Method(name, args), If(...) (the predicate follows). Paths are
 * "\\_SB" or "\\_SB.PCI0", names have at most four characters. */
size_t aml_scope(struct aml *aml, const char *path);
size_t aml_device(struct aml *aml, const char *name);
size_t aml_method(struct aml *aml, const char *name, unsigned args);
size_t aml_if(struct aml *aml);
/** Begin Package of n elements; the elements follow. */
size_t aml_package(struct aml *aml, unsigned n);
/** End the block begun with this mark. */
void aml_end(struct aml *aml, size_t mark);

/** Name(name, ...): the value follows. */
void aml_name(struct aml *aml, const char *name);
/** Values and references. */
void aml_integer(struct aml *aml, uint64_t value);
void aml_string(struct aml *aml, const char *text);
void aml_eisa_id(struct aml *aml, const char *id);
void aml_path(struct aml *aml, const char *path);
/** Return(...): the value follows. */
void aml_return(struct aml *aml);
/** Store(Arg0, name). */
void aml_store_arg0(struct aml *aml, const char *name);

/** A resource template being built (ACPI 6.4). */
struct aml_resources {
    uint8_t data[256];
    size_t used;
};
/** Fixed I/O range. */
void aml_io(struct aml_resources *r, uint16_t base, uint8_t size);
/** Edge-triggered ISA interrupt. */
void aml_irq(struct aml_resources *r, unsigned irq);
/** Fixed 32-bit memory range. */
void aml_memory(struct aml_resources *r, uint32_t base, uint32_t size);
/** Windows of a bridge: buses, I/O ports, 32-bit memory; both bounds inclusive. */
void aml_bus_window(struct aml_resources *r, uint16_t first, uint16_t last);
void aml_io_window(struct aml_resources *r, uint16_t first, uint16_t last);
void aml_memory_window(struct aml_resources *r, uint32_t first, uint32_t last);
/** Emit the template as a buffer. */
void aml_resources(struct aml *aml, const struct aml_resources *r);
