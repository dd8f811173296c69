/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the kernel tells the first thread: which capabilities lie in which slots, and what
 * memory there is. One 4 KiB page, followed by the extra records (seL4_BootInfoHeader).
 */
#include <autoconf.h>
#include <sel4/types.h>

/** Slots of the initial CNode with a fixed meaning. */
enum {
    seL4_CapNull = 0,
    seL4_CapInitThreadTCB = 1,
    seL4_CapInitThreadCNode = 2,
    seL4_CapInitThreadVSpace = 3,
    seL4_CapIRQControl = 4,
    seL4_CapASIDControl = 5,
    seL4_CapInitThreadASIDPool = 6,
    seL4_CapIOPortControl = 7,
    seL4_CapIOSpace = 8,
    seL4_CapBootInfoFrame = 9,
    seL4_CapInitThreadIPCBuffer = 10,
    seL4_CapDomain = 11,
    seL4_CapSMMUSIDControl = 12,
    seL4_CapSMMUCBControl = 13,
    seL4_CapInitThreadSC = 14,
    seL4_CapSMC = 15,
    seL4_NumInitialCaps = 16
};
/** The same slot under its name for 32-bit machines. */
#define seL4_CapInitThreadPD seL4_CapInitThreadVSpace

/** A slot number. */
typedef seL4_Word seL4_SlotPos;

/** Slots start .. end-1. */
typedef struct seL4_SlotRegion {
    seL4_SlotPos start;
    seL4_SlotPos end;
} seL4_SlotRegion;

/** One untyped capability of the boot information. */
typedef struct seL4_UntypedDesc {
    seL4_Word paddr;     /* physical address */
    seL4_Uint8 sizeBits; /* its size is 2^sizeBits bytes */
    seL4_Uint8 isDevice; /* 1: not ordinary RAM; never cleared by the kernel */
    seL4_Uint8 padding[sizeof(seL4_Word) - 2];
} seL4_UntypedDesc;

/** The boot information page; its address is the first thread's first argument. */
typedef struct seL4_BootInfo {
    seL4_Word extraLen;                /* bytes of extra records behind this page */
    seL4_NodeId nodeID;                /* CPU of the first thread */
    seL4_Word numNodes;                /* CPUs */
    seL4_Word numIOPTLevels;           /* levels of I/O page tables, all ones without IOMMU */
    seL4_IPCBuffer *ipcBuffer;         /* of the first thread */
    seL4_SlotRegion empty;             /* free slots of the initial CNode */
    seL4_SlotRegion sharedFrames;      /* none on x86 */
    seL4_SlotRegion userImageFrames;   /* 4 KiB frames of the first thread's program, by address */
    seL4_SlotRegion userImagePaging;   /* its PDPTs, then page directories, then page tables */
    seL4_SlotRegion ioSpaceCaps;       /* none on x86 */
    seL4_SlotRegion extraBIPages;      /* frames that hold the extra records */
    seL4_Word initThreadCNodeSizeBits; /* slots of the initial CNode, as a power of two */
    seL4_Domain initThreadDomain;
    seL4_SlotRegion untyped; /* slot start+i holds the untyped of untypedList[i] */
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

_Static_assert(sizeof(seL4_BootInfo) <= 4096, "the boot information is one page");
_Static_assert(__builtin_offsetof(seL4_BootInfo, untypedList) == 168, "published offset");

/** Head of an extra record; len counts the head too. */
typedef struct seL4_BootInfoHeader {
    seL4_Word id;
    seL4_Word len;
} seL4_BootInfoHeader;

/** Kinds of extra records. 16 and up are this kernel's own. */
typedef enum {
    SEL4_BOOTINFO_HEADER_PADDING = 0,
    SEL4_BOOTINFO_HEADER_X86_VBE = 1,
    SEL4_BOOTINFO_HEADER_X86_MBMMAP = 2,
    SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP = 3,
    SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER = 4,
    SEL4_BOOTINFO_HEADER_X86_TSC_FREQ = 5, /* u32, MHz */
    SEL4_BOOTINFO_HEADER_FDT = 6,
    SEL4_BOOTINFO_HEADER_PAYLOAD = 16,    /* struct seL4_BootPayload */
    SEL4_BOOTINFO_HEADER_KERNEL_LOG = 17, /* struct seL4_BootKernelLog */
    SEL4_BOOTINFO_HEADER_CMDLINE = 18,    /* NUL-terminated boot command line */
    SEL4_BOOTINFO_HEADER_TSC_HZ = 19,     /* struct seL4_BootTscHz */
    SEL4_BOOTINFO_HEADER_MACHINE = 20,    /* struct seL4_BootMachine */
    SEL4_BOOTINFO_HEADER_NUM = SEL4_BOOTINFO_HEADER_MACHINE,
    SEL4_FORCE_LONG_ENUM(seL4_BootInfoID),
} seL4_BootInfoID;

/** One item that came with the kernel image, covered by device untypeds, never cleared. */
typedef struct seL4_BootPayloadItem {
    seL4_Uint64 paddr; /* page-aligned */
    seL4_Uint64 size;  /* bytes */
    char name[16];     /* NUL-padded */
} seL4_BootPayloadItem;

/** Record SEL4_BOOTINFO_HEADER_PAYLOAD. */
typedef struct seL4_BootPayload {
    seL4_BootInfoHeader header;
    seL4_Uint64 count;
    seL4_BootPayloadItem item[];
} seL4_BootPayload;

/** Record SEL4_BOOTINFO_HEADER_KERNEL_LOG: where the kernel's log ring lies. */
typedef struct seL4_BootKernelLog {
    seL4_BootInfoHeader header;
    seL4_Uint64 paddr;
    seL4_Uint64 size; /* of the whole block, a struct seL4_KernelLog */
} seL4_BootKernelLog;

/** The log ring itself: byte n of the log is data[n % size]; the last `size` bytes are there. */
typedef struct seL4_KernelLog {
    volatile seL4_Uint64 written; /* bytes ever written */
    seL4_Uint64 size;             /* bytes in data */
    char data[];
} seL4_KernelLog;

/** Record SEL4_BOOTINFO_HEADER_TSC_HZ. */
typedef struct seL4_BootTscHz {
    seL4_BootInfoHeader header;
    seL4_Uint64 hz;
} seL4_BootTscHz;

/** What the boot self-check looks for: X(bit, name, text). */
#define SEL4_MACHINE_LIST(X)                                                                       \
    X(0, GUESTS, "virtual machines")                                                               \
    X(1, IOMMU, "IOMMU")                                                                           \
    X(2, SERIAL, "serial port COM1")                                                               \
    X(3, SCREEN, "screen")                                                                         \
    X(4, TSC_INVARIANT, "invariant TSC")                                                           \
    X(5, TSC_DEADLINE, "TSC deadline timer")                                                       \
    X(6, HPET, "HPET")                                                                             \
    X(7, X2APIC, "x2APIC")                                                                         \
    X(8, MEMORY_ABOVE_4G, "memory above 4 GiB")                                                    \
    X(9, MANY_CPUS, "more than one CPU")

/** Bits of seL4_BootMachine.present. */
enum {
#define SEL4_MACHINE_ITEM(bit, name, text) SEL4_MACHINE_##name = 1 << (bit),
    SEL4_MACHINE_LIST(SEL4_MACHINE_ITEM)
#undef SEL4_MACHINE_ITEM
};

/** Record SEL4_BOOTINFO_HEADER_MACHINE: what the boot self-check found. */
typedef struct seL4_BootMachine {
    seL4_BootInfoHeader header;
    seL4_Uint64 present; /* SEL4_MACHINE_* */
    seL4_Uint64 cpus;    /* that the firmware lists as usable */
    char guests[112];    /* what runs virtual machines, or why nothing does */
} seL4_BootMachine;

/** Record SEL4_BOOTINFO_HEADER_X86_TSC_FREQ. */
typedef struct seL4_X86_BootInfo_tscFreq {
    seL4_BootInfoHeader header;
    seL4_Uint32 freq; /* MHz */
} SEL4_PACKED seL4_X86_BootInfo_tscFreq;

/** VESA BIOS information as a multiboot loader passes it. */
typedef struct seL4_VBEInfoBlock {
    char signature[4];
    seL4_Uint16 version;
    seL4_Uint32 oemStringPtr;
    seL4_Uint32 capabilities;
    seL4_Uint32 modeListPtr;
    seL4_Uint16 totalMemory;
    seL4_Uint16 oemSoftwareRev;
    seL4_Uint32 oemVendorNamePtr;
    seL4_Uint32 oemProductNamePtr;
    seL4_Uint32 oemProductRevPtr;
    seL4_Uint8 reserved[222];
    seL4_Uint8 oemData[256];
} SEL4_PACKED seL4_VBEInfoBlock_t;

/** A VESA mode; the first 50 bytes are those of VBE 2.0. */
typedef struct seL4_VBEModeInfoBlock {
    seL4_Uint8 bytes[256];
} SEL4_PACKED seL4_VBEModeInfoBlock_t;

/** Record SEL4_BOOTINFO_HEADER_X86_VBE. */
typedef struct seL4_X86_BootInfo_VBE {
    seL4_BootInfoHeader header;
    seL4_VBEInfoBlock_t vbeInfoBlock;
    seL4_VBEModeInfoBlock_t vbeModeInfoBlock;
    seL4_Uint32 vbeMode;
    seL4_Uint32 vbeInterfaceSeg;
    seL4_Uint32 vbeInterfaceOff;
    seL4_Uint32 vbeInterfaceLen;
} SEL4_PACKED seL4_X86_BootInfo_VBE;

/** Record SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER. */
typedef struct seL4_X86_BootInfo_fb {
    seL4_BootInfoHeader header;
    seL4_Uint64 addr;
    seL4_Uint32 pitch;
    seL4_Uint32 width;
    seL4_Uint32 height;
    seL4_Uint8 bpp;
    seL4_Uint8 type;
} SEL4_PACKED seL4_X86_BootInfo_fb_t;

/** One range of the boot loader's memory map. */
typedef struct seL4_X86_mb_mmap {
    seL4_Uint32 size;
    seL4_Uint64 base_addr;
    seL4_Uint64 length;
    seL4_Uint32 type;
} SEL4_PACKED seL4_X86_mb_mmap_t;

#define SEL4_MULTIBOOT_MAX_MMAP_ENTRIES 50
#define SEL4_MULTIBOOT_RAM_REGION_TYPE  1

/** Record SEL4_BOOTINFO_HEADER_X86_MBMMAP. */
typedef struct seL4_X86_BootInfo_mmap {
    seL4_BootInfoHeader header;
    seL4_Uint32 mmap_length; /* bytes used in mmap */
    seL4_X86_mb_mmap_t mmap[SEL4_MULTIBOOT_MAX_MMAP_ENTRIES];
} SEL4_PACKED seL4_X86_BootInfo_mmap_t;

_Static_assert(sizeof(seL4_X86_BootInfo_mmap_t) == 1220, "published size");
_Static_assert(sizeof(seL4_X86_BootInfo_VBE) == 800, "published size");
