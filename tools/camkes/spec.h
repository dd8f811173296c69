/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The capability specification in memory: every kernel object, capability, mapping, thread
 * and frame content of a system. The plan fills it through the builder below and writes it
 * as text (spec_write); `camkes link` reads that text, completes it from the ELF files
 * (segment frames, page tables, symbol addresses, CNode sizes) and writes the final text and
 * the packed form (capspec/capspec.h).
 *
 * How to use the builder, by example:
 *
 *     struct spec *s = spec_create();
 *     struct spec_object *vs = spec_add_object(s, "client", CAPSPEC_PML4, "client_vspace", 0, 1);
 *     struct spec_object *cn = spec_add_object(s, "client", CAPSPEC_CNODE, "client_cnode", 0, 1);
 *     struct spec_object *ep = spec_add_object(s, "server", CAPSPEC_ENDPOINT, "conn_ep", 0, 1);
 *     spec_set_elf(s, vs, "client");                        // its image: ELF of that name at link
 *     uint64_t ep_slot = spec_add_cap(s, cn, SPEC_NEXT_SLOT, ep,
 *                                     CAPSPEC_WRITE | CAPSPEC_GRANT_REPLY, 5);
 *     struct spec_memory stack = spec_add_memory(s, vs, "client_stack", 16384, SPEC_RW);
 *     struct spec_memory ipc = spec_add_memory(s, vs, "client_ipc", 4096, SPEC_RW);
 *     struct spec_thread *t = spec_add_thread(s, "client", "client_0_control");
 *     t->cspace = cn; t->vspace = vs; t->ipc_buffer = ipc.frames; t->ipc_vaddr = ipc.vaddr;
 *     t->rsp = stack.vaddr + 16384; t->arg[0] = 1; t->priority = 100; t->max_priority = 100;
 *
 * A shared dataport of two instances: one frame run, mapped twice:
 *
 *     struct spec_memory a = spec_add_memory(s, vs1, "conn_data", 4096, SPEC_RW);
 *     uint64_t b = spec_reserve(s, vs2, 4096, 4096);
 *     spec_map(s, vs2, b, a.frames, 0, 1, CAPSPEC_READ);
 *
 * Errors (duplicate name, wrong object type, overlapping addresses ...) never stop the
 * builder: they are collected, and spec_errors() > 0 tells that nothing may be written.
 * Pointers stay valid until spec_destroy(). Names are unique over the specification,
 * [A-Za-z0-9_.-]. Order of calls is the order in the output: keep it deterministic.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <capspec/capspec.h>

/** Version of this interface and of the text form. */
#define SPEC_VERSION 1

/** spec_add_cap: the lowest slot never used so far in that CNode (first is 1; 0 stays null). */
#define SPEC_NEXT_SLOT UINT64_MAX

/** Mapping rights and attributes: CAPSPEC_READ, CAPSPEC_WRITE, and these. */
#define SPEC_EXECUTE  (1u << 8)
#define SPEC_UNCACHED (1u << 9)
#define SPEC_RW       (CAPSPEC_READ | CAPSPEC_WRITE)
/** spec_add_memory: frames of the run are physically contiguous (DMA) */
#define SPEC_CONTIGUOUS (1u << 10)
/** spec_add_memory: 4 KiB frames even for 2 MiB and more (frames are handed out one by one) */
#define SPEC_SMALL_FRAMES (1u << 11)

struct spec;
struct spec_region;
struct link_custody;
struct arena;

/** Symbolic hardware: where device frames, interrupts and ports really are is the loader's job. */
struct spec_hardware {
    char *name;                 /* text form, e.g. "pci(0:2.0).bar0": unique */
    struct capspec_hardware hw; /* kind, arg, pci_id (its name field is set when packed) */
    uint32_t number;            /* order of creation */
};

/** A run of `count` equal kernel objects. */
struct spec_object {
    char *name;
    char *owner; /* instance; "" is the system */
    enum capspec_type type;
    unsigned size_bits; /* untyped, frames: log2 bytes; CNode: radix, 0 = computed at link */
    uint32_t count;
    uint32_t flags;  /* CAPSPEC_OBJ_* */
    uint64_t source; /* physical address, or offset into hardware */
    struct spec_hardware *hardware;
    /* spaces (PML4, EPT PML4) */
    char *elf;                   /* name of the image whose segments it holds, or NULL */
    struct spec_region *regions; /* reserved addresses */
    uint64_t next_small;         /* next free address of the two windows of spec_reserve */
    uint64_t next_large;
    /* CNodes */
    uint64_t next_slot; /* lowest never used slot */
    /* filled in by link */
    uint32_t first;   /* flat number */
    uint16_t custody; /* number */
    uint32_t slot;    /* custody slot */
    uint8_t *used;    /* per object: its original carries a mapping, or was moved */
    bool from_link;   /* made by link, not by the plan */
    struct spec_object *next, *same_hash;
};

/** `count` capabilities in consecutive slots to consecutive objects of one run. */
struct spec_cap {
    struct spec_object *cnode;
    uint64_t slot;
    struct spec_object *target;
    uint32_t index; /* first object of the run */
    uint32_t count;
    uint64_t badge; /* endpoint, notification: badge; CNode: guard bits if flags has GUARD */
    uint32_t rights;
    uint32_t flags; /* CAPSPEC_CAP_* */
    struct spec_cap *next;
};

/** `count` frames (or, after link, tables) of one run at consecutive addresses of a space. */
struct spec_map {
    struct spec_object *space;
    struct spec_object *object;
    uint32_t index;
    uint32_t count;
    uint64_t vaddr;
    char *symbol;    /* not NULL: vaddr is this ELF symbol's address, known at link */
    uint32_t rights; /* CAPSPEC_READ, CAPSPEC_WRITE, SPEC_EXECUTE, SPEC_UNCACHED */
    uint32_t slot;   /* link: custody slot of the copies, CAPSPEC_NONE = the originals */
    struct spec_map *next;
};

/** Contents of frames: bytes of an ELF segment, of a file, of a payload item, or a bootinfo blob.
 */
struct spec_fill {
    struct spec_object *object;
    uint64_t offset; /* in the run's memory */
    enum capspec_fill_kind kind;
    char *file;      /* FILL_DATA: name of an ELF given to link, or a path */
    uint64_t source; /* offset in file or item; bootinfo id */
    uint64_t size;
    struct spec_fill *next;
};

/** A 64-bit word in a component's memory that only the loader can know. */
struct spec_patch {
    struct spec_object *space; /* where: space and address (or symbol + offset) ... */
    char *symbol;
    uint64_t vaddr;             /* address, or offset from symbol */
    struct spec_object *object; /* ... resolved by link to a frame run and an offset */
    uint64_t offset;
    enum capspec_patch_kind kind;
    struct spec_object *target; /* PATCH_PADDR */
    uint32_t target_index;
    struct spec_hardware *hardware; /* PATCH_HW_* */
    struct spec_patch *next;
};

/** IRQ handler `irq` signals `notification` with `badge`. */
struct spec_irq {
    struct spec_object *irq;
    struct spec_object *notification;
    uint64_t badge;
    uint32_t flags; /* CAPSPEC_IRQ_ACK */
    uint32_t slot;  /* link */
    struct spec_irq *next;
};

/** A thread: fill the fields after spec_add_thread; NULL means "none". */
struct spec_thread {
    struct spec_object *tcb;
    struct spec_object *cspace, *vspace;
    struct spec_object *ipc_buffer; /* 4 KiB frame run; mapped separately at ipc_vaddr */
    uint32_t ipc_index;             /* frame in that run */
    uint64_t ipc_vaddr;
    uint64_t fault_ep; /* CPtr in the thread's own CSpace */
    struct spec_object *notification;
    struct spec_object *vcpu;
    struct spec_object *run_page; /* 4 KiB frame */
    uint32_t run_page_index;
    struct spec_object *ept_root;
    unsigned priority, max_priority; /* default 100 */
    unsigned domain, affinity;
    bool resume; /* default true */
    bool no_fpu;
    char *entry; /* symbol; NULL: "_camkes_start_<owner>" if the ELF has it, else "_camkes_start" */
    uint64_t rip; /* not 0: used as is, entry ignored */
    uint64_t rsp;
    uint64_t arg[4]; /* rdi, rsi, rdx, rcx */
    struct spec_thread *next;
};

/** Ports first..last of a PORTS object are opened to the guest of `vcpu`. */
struct spec_guest_ports {
    struct spec_object *vcpu;
    struct spec_object *ports;
    uint32_t first, last;
    struct spec_guest_ports *next;
};

/** A remark for the reader of the report, e.g. an attribute that has no effect. */
struct spec_note {
    char *text; /* one line */
    struct spec_note *next;
};

/** Result of spec_add_memory. */
struct spec_memory {
    struct spec_object *frames;
    uint64_t vaddr;
    uint64_t size; /* bytes mapped, whole frames */
};

/** The whole specification. Lists are in order of creation. */
struct spec {
    struct spec_object *objects, **objects_tail;
    struct spec_hardware **hardware;
    uint32_t num_hardware;
    struct spec_cap *caps, **caps_tail;
    struct spec_map *maps, **maps_tail;
    struct spec_fill *fills, **fills_tail;
    struct spec_patch *patches, **patches_tail;
    struct spec_irq *irqs, **irqs_tail;
    struct spec_thread *threads, **threads_tail;
    struct spec_guest_ports *ports, **ports_tail;
    struct spec_note *notes, **notes_tail;
    struct arena *arena;
    struct spec_object *index[4096]; /* by hash of name, chained through same_hash */
    struct spec_cap *last_cap;
    struct link_custody *custody; /* by link: owners, [0] is "" */
    unsigned num_custody;
    bool linked; /* completed by link: tables, sizes and addresses are final */
    unsigned num_errors;
    char errors[4096]; /* messages, one per line */
};

/* --- life ----------------------------------------------------------------------------- */

/** An empty specification. */
struct spec *spec_create(void);
/** Frees everything reachable from it. */
void spec_destroy(struct spec *spec);
/** Number of errors so far; their text is in spec->errors. */
unsigned spec_errors(const struct spec *spec);
/** Adds an error line; for the plan's own findings too. */
void spec_error(struct spec *spec, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- objects -------------------------------------------------------------------------- */

/** Adds a run of `count` objects of a retype type. `size_bits` is needed for CAPSPEC_UNTYPED
 * (log2 bytes) and optional for CAPSPEC_CNODE (radix; 0: computed at link from the used slots);
 * ignored for all others. `owner` is the instance whose custody keeps them ("" system). */
struct spec_object *spec_add_object(struct spec *spec, const char *owner, enum capspec_type type,
                                    const char *name, unsigned size_bits, uint32_t count);
/** The object run of that name, or NULL. */
struct spec_object *spec_find(const struct spec *spec, const char *name);
/** Frames at a fixed physical address (device memory): bytes is a multiple of 4096; the largest
 * frame size that divides address and size is used. Asking again for exactly the same range
 * returns the same run (two drivers may map one device), whatever the name. */
struct spec_object *spec_add_device_frames(struct spec *spec, const char *owner, const char *name,
                                           uint64_t paddr, uint64_t bytes);
/** Frames at `offset` of symbolic hardware, `bytes` long (4 KiB frames, or 2 MiB if both are
 * multiples of 2 MiB). Same range again: same run. */
struct spec_object *spec_add_hardware_frames(struct spec *spec, const char *owner, const char *name,
                                             struct spec_hardware *hardware, uint64_t offset,
                                             uint64_t bytes);
/** An IRQ handler, port range or IO space: type CAPSPEC_IRQ, CAPSPEC_PORTS or CAPSPEC_IOSPACE with
 * the hardware that names it. Same hardware again: same object. */
struct spec_object *spec_add_hardware_object(struct spec *spec, const char *owner,
                                             enum capspec_type type, const char *name,
                                             struct spec_hardware *hardware);

/** Symbolic hardware from its text form (see libs/capspec/README.md):
 *   pci(0:2.0).bar0  pci(8086:100e).bar0  kernel_log  payload(files)
 *   isa(4)  isa(4,vector=20)  gsi(16,level,low)  ioapic(0,16,edge,high,vector=3)
 *   msi(0:2.0,handle=0,vector=40)  ports(0x3f8-0x3ff)  pci(0:2.0).io0  iospace(0:2.0,domain=1)
 * bus:device.function or vendor:device, hexadecimal. The same text returns the same record. */
struct spec_hardware *spec_hardware(struct spec *spec, const char *text);
/** Whether the text has this form, and what it says. */
bool spec_hardware_parse(const char *text, struct capspec_hardware *hw);

/* --- capabilities ----------------------------------------------------------------------- */

/** One capability to object 0 of `target` in `cnode`; returns its slot (= CPtr in a thread that
 * has this CNode as CSpace). `rights`: CAPSPEC_READ/WRITE/GRANT/GRANT_REPLY; `badge` 0 for none. */
uint64_t spec_add_cap(struct spec *spec, struct spec_object *cnode, uint64_t slot,
                      struct spec_object *target, uint32_t rights, uint64_t badge);
/** `count` capabilities in consecutive slots to objects index.. of the run; returns the first slot.
 * Untypeds are moved, not copied: at most one capability per untyped. */
uint64_t spec_add_caps(struct spec *spec, struct spec_object *cnode, uint64_t slot,
                       struct spec_object *target, uint32_t index, uint32_t count, uint32_t rights);
/** Takes `count` consecutive slots that stay empty (reply caps, dynamic use); returns the first. */
uint64_t spec_reserve_slots(struct spec *spec, struct spec_object *cnode, uint32_t count);

/* --- address spaces --------------------------------------------------------------------- */

/** The image of a PML4: the ELF that `camkes link --elf <name>=<path>` supplies. */
void spec_set_elf(struct spec *spec, struct spec_object *space, const char *name);
/** Reserves `bytes` of addresses with an unmapped guard page on both sides. `align` 4096, or 2 MiB
 * (then the mapping can use large frames). Below 2 MiB the addresses come from 0x20000000 on
 * (512 MiB window), otherwise from 0x100000000 on. Returns the address. */
uint64_t spec_reserve(struct spec *spec, struct spec_object *space, uint64_t bytes, uint64_t align);
/** Reserves a chosen range (e.g. hand-written layouts, guest memory of an EPT space). */
void spec_reserve_at(struct spec *spec, struct spec_object *space, uint64_t vaddr, uint64_t bytes);
/** Maps frames index .. index+count-1 of a run at vaddr (reserved by the caller) in a PML4 or EPT
 * PML4. Page tables are derived at link. Further mappings of a frame use capability copies. */
void spec_map(struct spec *spec, struct spec_object *space, uint64_t vaddr,
              struct spec_object *frames, uint32_t index, uint32_t count, uint32_t rights);
/** Same, at the address of a page-aligned ELF symbol; replaces the ELF's own pages there. */
void spec_map_symbol(struct spec *spec, struct spec_object *space, const char *symbol,
                     struct spec_object *frames, uint32_t index, uint32_t count, uint32_t rights);
/** New zeroed memory of that size (rounded up to pages), reserved with guard pages and mapped;
 * 2 MiB frames from 2 MiB on. `rights` is SPEC_RW etc., with SPEC_CONTIGUOUS, SPEC_SMALL_FRAMES.
 * The frame run is called `name` and belongs to the owner of the space. */
struct spec_memory spec_add_memory(struct spec *spec, struct spec_object *space, const char *name,
                                   uint64_t bytes, uint32_t rights);

/* --- threads, interrupts, contents ------------------------------------------------------- */

/** A TCB object named `name` and its thread record with defaults; fill in the rest. */
struct spec_thread *spec_add_thread(struct spec *spec, const char *owner, const char *name);
/** The handler signals the notification with badge; flags 0 or CAPSPEC_IRQ_ACK. */
void spec_bind_irq(struct spec *spec, struct spec_object *irq, struct spec_object *notification,
                   uint64_t badge, uint32_t flags);
/** Adds a remark of one line for the report. */
void spec_note(struct spec *spec, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Ports first..last of `ports` go straight to the guest of `vcpu`. */
void spec_open_guest_ports(struct spec *spec, struct spec_object *vcpu, struct spec_object *ports,
                           uint32_t first, uint32_t last);
/** Contents of a run. For kind DATA set `file` in the returned record: an ELF given to link; for
 * BOOTINFO source is the blob id. */
struct spec_fill *spec_add_fill(struct spec *spec, struct spec_object *frames, uint64_t offset,
                                enum capspec_fill_kind kind, uint64_t source, uint64_t size);
/** The loader writes a 64-bit value at symbol + offset of a space (symbol NULL: at address offset):
 * PATCH_PADDR needs target; PATCH_HW_* need hardware. Fill those fields in the returned record. */
struct spec_patch *spec_add_patch(struct spec *spec, struct spec_object *space, const char *symbol,
                                  uint64_t offset, enum capspec_patch_kind kind);

/* --- text form ---------------------------------------------------------------------------- */

/** Writes the text form (before or after link). Stable: equal specifications, equal bytes. */
void spec_write(const struct spec *spec, FILE *out);
/** Reads the text form into a new specification; errors ("file:line: ...") are in it. */
struct spec *spec_read(FILE *in, const char *file_name);
