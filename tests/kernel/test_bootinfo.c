/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The boot information page, the slots it describes and the extra records. */
#include "test.h"

enum {
    TAG_NULL = 0,
    TAG_FRAME = 1,
    TAG_UNTYPED = 2,
    TAG_PT = 3,
    TAG_PD = 5,
    TAG_PDPT = 7,
    TAG_PML4 = 9,
    TAG_CNODE = 10,
    TAG_ASID_CONTROL = 11,
    TAG_THREAD = 12,
    TAG_ASID_POOL = 13,
    TAG_IRQ_CONTROL = 14,
    TAG_DOMAIN = 20,
    TAG_IO_PORT_CONTROL = 31
};

extern char __executable_start[] __attribute__((weak));
#define IMAGE_START 0x400000ul

TEST(bootinfo_initial_slots_hold_their_capabilities)
{
    const unsigned char expected[seL4_NumInitialCaps] = {
        [seL4_CapInitThreadTCB] = TAG_THREAD,          [seL4_CapInitThreadCNode] = TAG_CNODE,
        [seL4_CapInitThreadVSpace] = TAG_PML4,         [seL4_CapIRQControl] = TAG_IRQ_CONTROL,
        [seL4_CapASIDControl] = TAG_ASID_CONTROL,      [seL4_CapInitThreadASIDPool] = TAG_ASID_POOL,
        [seL4_CapIOPortControl] = TAG_IO_PORT_CONTROL, [seL4_CapBootInfoFrame] = TAG_FRAME,
        [seL4_CapInitThreadIPCBuffer] = TAG_FRAME,     [seL4_CapDomain] = TAG_DOMAIN,
    };
    for (seL4_CPtr i = 0; i < seL4_NumInitialCaps; i++) {
        if (i != seL4_CapIOSpace) { /* depends on the machine */
            CHECK_EQ(seL4_DebugCapIdentify(i), expected[i]);
        }
    }
}

TEST(bootinfo_ranges_follow_in_boot_order)
{
    const seL4_BootInfo *b = boot_info;
    CHECK_EQ(b->nodeID, 0);
    CHECK_EQ(b->numNodes, 1);
    CHECK_EQ(b->initThreadDomain, 0);
    CHECK_EQ(b->initThreadCNodeSizeBits, CONFIG_ROOT_CNODE_SIZE_BITS);
    CHECK_EQ(b->userImagePaging.start, seL4_NumInitialCaps);
    CHECK_EQ(b->extraBIPages.start, b->userImagePaging.end);
    CHECK_EQ(b->userImageFrames.start, b->extraBIPages.end);
    CHECK_EQ(b->untyped.start, b->userImageFrames.end);
    CHECK_EQ(b->empty.start, b->untyped.end);
    CHECK_EQ(b->empty.end, 1ul << b->initThreadCNodeSizeBits);
    CHECK_EQ(b->sharedFrames.start, b->sharedFrames.end);
    CHECK_EQ(b->ioSpaceCaps.start, b->ioSpaceCaps.end);
    for (seL4_CPtr i = b->empty.start; i < b->empty.start + 100; i++) {
        CHECK_EQ(seL4_DebugCapIdentify(i), TAG_NULL);
    }
}

TEST(bootinfo_image_paging_lists_tables_top_down)
{
    seL4_CPtr at = boot_info->userImagePaging.start;
    CHECK_EQ(seL4_DebugCapIdentify(at++), TAG_PDPT);
    CHECK_EQ(seL4_DebugCapIdentify(at++), TAG_PD);
    CHECK(at < boot_info->userImagePaging.end);
    while (at < boot_info->userImagePaging.end) {
        CHECK_EQ(seL4_DebugCapIdentify(at++), TAG_PT);
    }
}

TEST(bootinfo_image_frames_are_in_address_order)
{
    /* Each frame holds what is mapped at its place: map it elsewhere too and compare. */
    seL4_Word count = boot_info->userImageFrames.end - boot_info->userImageFrames.start;
    CHECK_EQ((seL4_Word)boot_info->ipcBuffer, IMAGE_START + count * PAGE_SIZE);
    CHECK_EQ((seL4_Word)boot_info, IMAGE_START + (count + 1) * PAGE_SIZE);
    for (seL4_Word i = 0; i < 3; i++) {
        seL4_CPtr copy = new_minted(boot_info->userImageFrames.start + i, seL4_ReadWrite, 0);
        CHECK(memcmp(map_frame(copy, seL4_PageBits), (void *)(IMAGE_START + i * PAGE_SIZE),
                     PAGE_SIZE) == 0);
    }
}

TEST(bootinfo_untypeds_match_their_capabilities)
{
    const seL4_BootInfo *b = boot_info;
    seL4_Word count = b->untyped.end - b->untyped.start;
    CHECK(count > 0 && count <= CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS);
    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *u = &b->untypedList[i];
        CHECK_EQ(seL4_DebugCapIdentify(b->untyped.start + i), TAG_UNTYPED);
        CHECK(u->sizeBits >= seL4_MinUntypedBits && u->sizeBits <= seL4_MaxUntypedBits);
        CHECK_EQ(u->paddr & ((1ul << u->sizeBits) - 1), 0);
        CHECK(u->isDevice <= 1);
    }
}

TEST(bootinfo_untypeds_do_not_overlap)
{
    const seL4_UntypedDesc *u = boot_info->untypedList;
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start;
    for (seL4_Word i = 0; i < count; i++) {
        for (seL4_Word j = i + 1; j < count; j++) {
            seL4_Word iend = u[i].paddr + (1ul << u[i].sizeBits);
            seL4_Word jend = u[j].paddr + (1ul << u[j].sizeBits);
            CHECK(iend <= u[j].paddr || jend <= u[i].paddr);
        }
    }
}

TEST(bootinfo_interrupt_controllers_are_not_given_away)
{
    const seL4_UntypedDesc *u = boot_info->untypedList;
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start;
    for (seL4_Word i = 0; i < count; i++) {
        seL4_Word end = u[i].paddr + (1ul << u[i].sizeBits);
        CHECK(end <= 0xfec00000ul || u[i].paddr >= 0xfec01000ul);
        CHECK(end <= 0xfee00000ul || u[i].paddr >= 0xfef00000ul);
    }
}

TEST(bootinfo_frame_of_an_untyped_has_its_address)
{
    const seL4_UntypedDesc *u = boot_info->untypedList;
    seL4_Word i = 0;
    while (!u[i].isDevice || u[i].sizeBits < seL4_PageBits) {
        i++;
    }
    seL4_CPtr frame = new_slot();
    CHECK_EQ(seL4_Untyped_Retype(boot_info->untyped.start + i, seL4_X86_4K, 0, ROOT_CNODE, 0, 0,
                                 frame, 1),
             seL4_NoError);
    CHECK_EQ(seL4_X86_Page_GetAddress(frame).paddr, u[i].paddr);
}

TEST(bootinfo_extra_records_chain_exactly)
{
    const char *at = (const char *)boot_info + PAGE_SIZE;
    const char *end = at + boot_info->extraLen;
    seL4_Word pages = boot_info->extraBIPages.end - boot_info->extraBIPages.start;
    unsigned previous_known = 0;
    CHECK(boot_info->extraLen <= pages * PAGE_SIZE);
    CHECK_EQ(pages & (pages - 1), 0);
    while (at < end) {
        seL4_BootInfoHeader h;
        memcpy(&h, at, sizeof(h));
        CHECK(h.len >= sizeof(h) && h.len <= (seL4_Word)(end - at));
        previous_known += h.id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ;
        at += h.len;
    }
    CHECK(at == end);
    CHECK_EQ(previous_known, 1);
}

TEST(bootinfo_records_have_published_sizes)
{
    seL4_BootInfoHeader h;
    CHECK(boot_record(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP) != NULL);
    memcpy(&h, boot_record(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP), sizeof(h));
    CHECK_EQ(h.len, 52);
    CHECK(memcmp((char *)boot_record(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP) + 16, "RSD PTR ", 8) == 0);
    memcpy(&h, boot_record(SEL4_BOOTINFO_HEADER_X86_MBMMAP), sizeof(h));
    CHECK_EQ(h.len, 1220);
    memcpy(&h, boot_record(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ), sizeof(h));
    CHECK_EQ(h.len, 20);
}

TEST(bootinfo_payload_is_listed_and_kept)
{
    const seL4_BootPayload *p = boot_record(SEL4_BOOTINFO_HEADER_PAYLOAD);
    CHECK(p != NULL);
    CHECK_EQ(p->count, 1);
    CHECK_EQ(p->item[0].size, 8000);
    CHECK(memcmp(p->item[0].name, "payload\0\0\0\0\0\0\0\0", 16) == 0);
    seL4_Word i = 0;
    while (boot_info->untypedList[i].paddr != p->item[0].paddr) {
        CHECK(++i < boot_info->untyped.end - boot_info->untyped.start);
    }
    CHECK_EQ(boot_info->untypedList[i].isDevice, 1);
    seL4_CPtr frame = new_slot();
    CHECK_EQ(seL4_Untyped_Retype(boot_info->untyped.start + i, seL4_X86_4K, 0, ROOT_CNODE, 0, 0,
                                 frame, 1),
             seL4_NoError);
    const char *text = map_frame(frame, seL4_PageBits);
    for (unsigned at = 0; at < PAGE_SIZE; at += 8) {
        CHECK(memcmp(text + at, "payload ", 8) == 0);
    }
}

TEST(bootinfo_tsc_frequencies_agree)
{
    seL4_X86_BootInfo_tscFreq mhz;
    memcpy(&mhz, boot_record(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ), sizeof(mhz));
    CHECK(mhz.freq > 0);
    CHECK_EQ((tsc_hz() + 500000) / 1000000, mhz.freq);
}

TEST(bootinfo_kernel_log_is_readable_device_memory)
{
    seL4_BootKernelLog log;
    memcpy(&log, boot_record(SEL4_BOOTINFO_HEADER_KERNEL_LOG), sizeof(log));
    seL4_Word i = 0;
    while (boot_info->untypedList[i].paddr != log.paddr) {
        CHECK(++i < boot_info->untyped.end - boot_info->untyped.start);
    }
    CHECK_EQ(boot_info->untypedList[i].isDevice, 1);
    CHECK_EQ(1ul << boot_info->untypedList[i].sizeBits, log.size);
    seL4_CPtr frame = new_slot();
    CHECK_EQ(seL4_Untyped_Retype(boot_info->untyped.start + i, seL4_X86_4K, 0, ROOT_CNODE, 0, 0,
                                 frame, 1),
             seL4_NoError);
    seL4_KernelLog *ring = map_frame(frame, seL4_PageBits);
    CHECK_EQ(ring->size, log.size - 16);
    CHECK(memcmp(ring->data, "\nCAmkES VMM", 11) == 0);
    seL4_Word before = ring->written;
    seL4_DebugPutString("# log\n");
    CHECK_EQ(ring->written, before + 6);
}
