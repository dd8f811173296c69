/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The packed capability specification: what `camkes link` writes and the loader realises.
 *
 * One position-independent, little-endian blob: a header, tables of fixed-size records
 * (sections), a string table, and the contents of frames on whole pages behind them.
 * Kernel objects have flat numbers: record r covers first .. first + count - 1.
 *
 * Every object belongs to a custody: a CNode per instance (number 0: the system) that holds
 * the original capability of each object and the copies that carry mappings. The loader
 * retypes straight into it. No thread of the system has a capability to a custody CNode.
 */
#include <stdint.h>

/** First eight bytes of a packed specification. */
#define CAPSPEC_MAGIC "CAPSPEC"
/** Format version; the loader accepts exactly this one. */
#define CAPSPEC_VERSION 1
/** "No object", "no slot". */
#define CAPSPEC_NONE 0xffffffffu
/** Alignment of the data area and of the contents in it. */
#define CAPSPEC_DATA_ALIGN 4096u

/** Object types: retype types keep the numbers of sel4/api_table.h, ours follow. */
enum capspec_type {
    CAPSPEC_UNTYPED = 0,
    CAPSPEC_TCB = 1,
    CAPSPEC_ENDPOINT = 2,
    CAPSPEC_NOTIFICATION = 3,
    CAPSPEC_CNODE = 4, /* size_bits: radix */
    CAPSPEC_PDPT = 5,
    CAPSPEC_PML4 = 6,
    CAPSPEC_FRAME_1G = 7,
    CAPSPEC_FRAME_4K = 8,
    CAPSPEC_FRAME_2M = 9,
    CAPSPEC_PT = 10,
    CAPSPEC_PD = 11,
    CAPSPEC_IOPT = 12,
    CAPSPEC_VCPU = 13,
    CAPSPEC_EPT_PML4 = 14,
    CAPSPEC_EPT_PDPT = 15,
    CAPSPEC_EPT_PD = 16,
    CAPSPEC_EPT_PT = 17,
    CAPSPEC_NUM_RETYPE = 18,
    /* not made by retype */
    CAPSPEC_IRQ = 64,      /* hardware: CAPSPEC_HW_IRQ_* */
    CAPSPEC_PORTS = 65,    /* hardware: CAPSPEC_HW_PORTS or CAPSPEC_HW_PCI_PORTS */
    CAPSPEC_IOSPACE = 66,  /* hardware: CAPSPEC_HW_IOSPACE */
    CAPSPEC_ASID_POOL = 67 /* made from a 4 KiB untyped */
};

/** Sections, in file order. */
enum capspec_section_id {
    CAPSPEC_SEC_STRINGS,  /* char, NUL-terminated strings; offset 0 is "" */
    CAPSPEC_SEC_CUSTODY,  /* struct capspec_custody */
    CAPSPEC_SEC_HARDWARE, /* struct capspec_hardware */
    CAPSPEC_SEC_OBJECTS,  /* struct capspec_object, ascending `first` */
    CAPSPEC_SEC_MAPS,     /* struct capspec_map, upper tables before what hangs below them */
    CAPSPEC_SEC_FILLS,    /* struct capspec_fill */
    CAPSPEC_SEC_PATCHES,  /* struct capspec_patch */
    CAPSPEC_SEC_CAPS,     /* struct capspec_cap */
    CAPSPEC_SEC_IRQS,     /* struct capspec_irq */
    CAPSPEC_SEC_THREADS,  /* struct capspec_thread, in start order */
    CAPSPEC_SEC_PORTS,    /* struct capspec_guest_ports */
    CAPSPEC_NUM_SECTIONS
};

/** Place of one table: bytes from the start of the blob, and number of records (strings: bytes). */
struct capspec_section {
    uint32_t offset;
    uint32_t count;
};

struct capspec_header {
    char magic[8];        /* CAPSPEC_MAGIC */
    uint32_t version;     /* CAPSPEC_VERSION */
    uint32_t api_version; /* SEL4_API_VERSION it was linked for */
    uint64_t total_size;  /* bytes of the blob, data area included */
    uint64_t
        data_offset; /* bytes from the start, CAPSPEC_DATA_ALIGN aligned: also size of the tables */
    uint64_t memory; /* bytes of ordinary memory the objects need */
    uint32_t num_objects; /* flat objects */
    uint32_t root_bits; /* radix of the loader's top CNode: slots for all custodies and one more */
    struct capspec_section section[CAPSPEC_NUM_SECTIONS];
};

/** A custody CNode; its own object is made by the loader from this record. */
struct capspec_custody {
    uint32_t name; /* string: the instance; "" is the system */
    uint32_t bits; /* radix */
};

/** Kinds of symbolic hardware. arg[] as noted; unused ones are 0. */
enum capspec_hw_kind {
    CAPSPEC_HW_PCI_BAR = 1, /* arg: PCI id (CAPSPEC_PCI_*), BAR number; memory */
    CAPSPEC_HW_KERNEL_LOG,  /* the kernel's log ring */
    CAPSPEC_HW_PAYLOAD,     /* arg: string, name of the payload item ("files") */
    CAPSPEC_HW_IRQ_ISA,     /* arg: ISA line, vector */
    CAPSPEC_HW_IRQ_GSI,     /* arg: GSI, vector, level, active low */
    CAPSPEC_HW_IRQ_IOAPIC,  /* arg: IOAPIC, vector, level, active low, pin */
    CAPSPEC_HW_IRQ_MSI,     /* arg: PCI id, vector, handle */
    CAPSPEC_HW_PORTS,       /* arg: first port, last port, both inclusive */
    CAPSPEC_HW_PCI_PORTS,   /* arg: PCI id, BAR number; I/O BAR */
    CAPSPEC_HW_IOSPACE,     /* arg: PCI id, domain */
    /* PCI functions named by place: arg[3] is vendor << 16 | device that must be there, 0: any */
};
/** vector value meaning "the loader picks a free one" */
#define CAPSPEC_VECTOR_ANY 0xffffffffu

/** A PCI function as symbolic id: by place, or the first with this vendor and device. */
#define CAPSPEC_PCI_BDF(b, d, f) (((uint32_t)(b) << 8) | ((uint32_t)(d) << 3) | (uint32_t)(f))

struct capspec_hardware {
    uint32_t name; /* string: how the text form writes it, for error messages */
    uint32_t kind; /* enum capspec_hw_kind */
    uint32_t arg[5];
    uint32_t pci_id; /* 0: arg[0] is a CAPSPEC_PCI_BDF; else vendor << 16 | device and arg[0] is
                        unused */
};

/** Object flags. */
#define CAPSPEC_OBJ_AT_PADDR    (1u << 0) /* source is a physical address */
#define CAPSPEC_OBJ_AT_HARDWARE (1u << 1) /* source is an offset into `hardware` */
#define CAPSPEC_OBJ_CONTIGUOUS  (1u << 2) /* the run is physically contiguous */
#define CAPSPEC_OBJ_NO_ASID     (1u << 3) /* PML4/EPT PML4 that gets no ASID from the loader */

/** A run of equal objects: numbers first .. first+count-1, custody slots slot .. slot+count-1. */
struct capspec_object {
    uint32_t name;
    uint32_t first;
    uint32_t count;
    uint32_t slot;
    uint16_t custody;
    uint8_t type;      /* enum capspec_type */
    uint8_t size_bits; /* untyped and frames: log2 bytes; CNode: radix; others: log2 bytes */
    uint16_t flags;
    uint16_t
        hardware; /* record number; only with CAPSPEC_OBJ_AT_HARDWARE and for IRQ, PORTS, IOSPACE */
    uint64_t source;
};

/** Rights bits, as everywhere in the specification. */
#define CAPSPEC_WRITE       1u
#define CAPSPEC_READ        2u
#define CAPSPEC_GRANT       4u
#define CAPSPEC_GRANT_REPLY 8u
#define CAPSPEC_ALL_RIGHTS  15u

/** Map attributes. */
#define CAPSPEC_MAP_UNCACHED       1u
#define CAPSPEC_MAP_EXECUTE        2u /* absent: ExecuteNever (PML4 spaces only) */
#define CAPSPEC_MAP_WRITE_COMBINED 4u

/** A run of tables or frames at consecutive addresses of one space (PML4 or EPT PML4). */
struct capspec_map {
    uint32_t space;  /* object */
    uint32_t object; /* first object: table or frame */
    uint32_t count;
    uint32_t
        slot; /* custody slot (of the space's custody) for copies; CAPSPEC_NONE: the original */
    uint64_t vaddr;     /* of the first */
    uint8_t rights;     /* CAPSPEC_READ | CAPSPEC_WRITE; 0 for tables */
    uint8_t attributes; /* CAPSPEC_MAP_* */
    uint16_t unused;
    uint32_t unused2;
};

/** Where the bytes of a fill come from. */
enum capspec_fill_kind {
    CAPSPEC_FILL_DATA,     /* data area, at source (bytes from data_offset) */
    CAPSPEC_FILL_BOOTINFO, /* extra bootinfo blob with id source, header included; cut to size */
};

/** Contents: `size` bytes into a run of equal frames, from `offset` in frame `object` on. */
struct capspec_fill {
    uint32_t object;
    uint16_t kind;
    uint16_t unused;
    uint64_t offset;
    uint64_t source;
    uint64_t size;
};

/** Values only the machine knows, written as one 64-bit word. */
enum capspec_patch_kind {
    CAPSPEC_PATCH_PADDR,   /* physical address of object `value` */
    CAPSPEC_PATCH_HW_BASE, /* physical base of hardware record `value` (ports: first port; irq:
                              vector) */
    CAPSPEC_PATCH_HW_SIZE, /* bytes of hardware record `value` */
    CAPSPEC_PATCH_TSC_HZ,  /* TSC frequency, Hz */
};

struct capspec_patch {
    uint32_t object; /* frame */
    uint32_t kind;
    uint64_t offset; /* in the frame, 8-aligned */
    uint64_t value;
};

/** Cap flags. */
#define CAPSPEC_CAP_MOVE  1u /* the custody's original itself moves into the slot */
#define CAPSPEC_CAP_GUARD 2u /* badge holds CNode guard data: guard << 6 | guard bits */

/** A run of capabilities: slots slot.. of a CNode get copies of objects object.. */
struct capspec_cap {
    uint32_t cnode;
    uint32_t slot;
    uint32_t object;
    uint32_t count;
    uint64_t badge;
    uint32_t rights;
    uint32_t flags;
};

/** Binds an IRQ handler to a notification. */
struct capspec_irq {
    uint32_t irq;          /* object */
    uint32_t notification; /* object */
    uint64_t badge;
    uint32_t slot;  /* custody slot (of the irq's custody) for the badged notification capability */
    uint32_t flags; /* CAPSPEC_IRQ_ACK */
};
/** acknowledge (unmask) once at start */
#define CAPSPEC_IRQ_ACK 1u

/** Thread flags. */
#define CAPSPEC_THREAD_RESUME 1u
#define CAPSPEC_THREAD_NO_FPU 2u

/** A TCB: all it is given before it starts. Objects or CAPSPEC_NONE. */
struct capspec_thread {
    uint32_t tcb;
    uint32_t cspace;     /* CNode; the loader sets its guard to 64 - radix zero bits */
    uint32_t vspace;     /* PML4 */
    uint32_t ipc_buffer; /* frame; copied, so it stays mapped where the maps put it */
    uint64_t ipc_vaddr;
    uint64_t fault_ep;     /* CPtr in the thread's own CSpace, 0 for none */
    uint32_t notification; /* bound notification */
    uint32_t vcpu;
    uint32_t run_page; /* frame */
    uint32_t ept_root;
    uint8_t priority;
    uint8_t max_priority;
    uint8_t domain;
    uint8_t affinity;
    uint32_t flags;
    uint64_t rip, rsp;
    uint64_t arg[4]; /* rdi, rsi, rdx, rcx */
};

/** Ports of an IOPORT capability opened to a vCPU's guest. */
struct capspec_guest_ports {
    uint32_t vcpu;
    uint32_t ports;
    uint32_t first, last;
};

_Static_assert(sizeof(struct capspec_object) == 32, "packed format");
_Static_assert(sizeof(struct capspec_map) == 32, "packed format");
_Static_assert(sizeof(struct capspec_fill) == 32, "packed format");
_Static_assert(sizeof(struct capspec_patch) == 24, "packed format");
_Static_assert(sizeof(struct capspec_cap) == 32, "packed format");
_Static_assert(sizeof(struct capspec_irq) == 24, "packed format");
_Static_assert(sizeof(struct capspec_hardware) == 32, "packed format");
_Static_assert(sizeof(struct capspec_thread) == 104, "packed format");
