/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * `camkes link`: completes a planned specification from the ELF files of its address spaces
 * and packs it. The steps run in the order of the declarations here; each adds its errors to
 * the specification and later ones do not run on a faulty one.
 */
#include "spec.h"

/** An ELF image given on the command line. */
struct link_elf {
    const char *name; /* as the plan calls it */
    const char *path;
    uint8_t *data;
    size_t size;
    struct link_elf *next;
};

struct link {
    struct spec *spec;
    struct link_elf *elfs;
    uint64_t memory_limit; /* bytes of ordinary memory the platform offers; 0: not checked */
    uint64_t payload;      /* bytes of it that files in the image take */
    const char *platform;  /* its name, for messages */
};

/** Reads and checks an ELF; errors go to the specification. Returns NULL then. */
struct link_elf *link_add_elf(struct link *link, const char *name, const char *path);
/** Frees the ELF images. */
void link_free(struct link *link);
/** Address and size of a symbol. */
bool link_find_symbol(const struct link_elf *elf, const char *symbol, uint64_t *address,
                      uint64_t *size);
/** The image of a name, or NULL. */
struct link_elf *link_find_elf(const struct link *link, const char *name);

/** Addresses of mapped symbols; thread entries. */
void link_resolve_symbols(struct link *link);
/** Frames, mappings and contents for the segments of every image. */
void link_add_segments(struct link *link);
/** No two mappings of a space overlap; thread records are complete. */
void link_check_spaces(struct link *link);
/** Page tables of every space. */
void link_add_tables(struct link *link);
/** CNode sizes from the slots in use. */
void link_size_cnodes(struct link *link);
/** Places of patches, in frames. */
void link_place_patches(struct link *link);
/** Flat numbers, custodies and their slots. */
void link_assign_custody(struct link *link);
/** Ordinary memory of all objects, bytes; also checks it against the limit. */
uint64_t link_check_memory(struct link *link);
/** All steps in order. False: spec_errors(). */
bool link_complete(struct link *link);

/** One custody: an owner and the slots its CNode needs. */
struct link_custody {
    const char *name;
    uint32_t slots; /* next free one; slot 0 stays empty */
};
/** Number of custodies and the table itself; after link_assign_custody. */
unsigned link_custodies(const struct spec *spec, struct link_custody **table);

/** Objects in packed order (their `first` ascending); count in *count. Caller frees. */
struct spec_object **link_order_objects(const struct spec *spec, size_t *count);
/** Writes the packed form of a completed specification. False: error in the specification. */
bool link_pack(struct link *link, FILE *out);
