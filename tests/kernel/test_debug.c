/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Debug system calls: what a capability is, names of threads, the dump of all authority. */
#include "test.h"

#define LOG_PAGES 16

/* The kernel log, mapped. Its untyped is found by address; it is revoked after use. */
static seL4_CPtr log_untyped;

static seL4_KernelLog *map_log(void)
{
    seL4_BootKernelLog log;
    memcpy(&log, boot_record(SEL4_BOOTINFO_HEADER_KERNEL_LOG), sizeof(log));
    seL4_Word i = 0;
    while (boot_info->untypedList[i].paddr != log.paddr) {
        CHECK(++i < boot_info->untyped.end - boot_info->untyped.start);
    }
    log_untyped = boot_info->untyped.start + i;
    CHECK_EQ(log.size, LOG_PAGES * PAGE_SIZE);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, log_untyped, ROOT_DEPTH), seL4_NoError);
    seL4_CPtr frames = new_slots(LOG_PAGES);
    CHECK_EQ(seL4_Untyped_Retype(log_untyped, seL4_X86_4K, 0, ROOT_CNODE, 0, 0, frames, LOG_PAGES),
             seL4_NoError);
    char *first = map_frame(frames, seL4_PageBits);
    for (unsigned k = 1; k < LOG_PAGES; k++) {
        CHECK_EQ((seL4_Word)map_frame(frames + k, seL4_PageBits), (seL4_Word)first + k * PAGE_SIZE);
    }
    return (seL4_KernelLog *)first;
}

/* True if text was printed after the log had `from` characters. */
static bool was_printed(const seL4_KernelLog *log, seL4_Word from, const char *text)
{
    seL4_Word length = strlen(text);
    for (seL4_Word at = from; at + length <= log->written; at++) {
        seL4_Word k = 0;
        while (k < length && log->data[(at + k) % log->size] == text[k]) {
            k++;
        }
        if (k == length) {
            return true;
        }
    }
    return false;
}

TEST(debug_identify_knows_the_initial_capabilities)
{
    CHECK_EQ(seL4_DebugCapIdentify(seL4_CapNull), 0);
    CHECK_EQ(seL4_DebugCapIdentify(seL4_CapInitThreadTCB), 12);
    CHECK_EQ(seL4_DebugCapIdentify(seL4_CapInitThreadCNode), 10);
    CHECK_EQ(seL4_DebugCapIdentify(seL4_CapInitThreadVSpace), 9);
    CHECK_EQ(seL4_DebugCapIdentify(seL4_CapIRQControl), 14);
    CHECK_EQ(seL4_DebugCapIdentify(new_object(seL4_EndpointObject, 0)), 4);
    CHECK_EQ(seL4_DebugCapIdentify(new_object(seL4_NotificationObject, 0)), 6);
    CHECK_EQ(seL4_DebugCapIdentify(1ul << 60), 0); /* leads nowhere */
}

static void do_nothing(struct thread *t)
{
    (void)t;
}

TEST(debug_names_appear_in_reports)
{
    seL4_KernelLog *log = map_log();
    struct thread *t = new_thread(do_nothing, MAIN_PRIORITY - 1, 0);
    seL4_DebugNameThread(t->tcb, "namesake");
    seL4_DebugNameThread(seL4_CapInitThreadCNode, "not a thread"); /* no harm */
    thread_start(t);
    seL4_Word before = log->written;
    seL4_DebugDumpScheduler();
    CHECK(was_printed(log, before, "namesake"));
    thread_join(t);
}

TEST(debug_snapshot_lists_capabilities)
{
    seL4_KernelLog *log = map_log();
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    new_minted(ep, seL4_CapRights_new(0, 1, 0, 1), 0xbad9e);
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    /* a loop of CNodes has an end */
    CHECK_EQ(seL4_CNode_Copy(node, 3, 4, ROOT_CNODE, ROOT_CNODE, ROOT_DEPTH, seL4_AllRights),
             seL4_NoError);
    seL4_Word before = log->written;
    seL4_DebugSnapshot();
    CHECK(log->written - before < log->size);
    CHECK(was_printed(log, before, "snapshot begin\n"));
    CHECK(was_printed(log, before, " -WG- badge 0xbad9e\n"));
    CHECK(was_printed(log, before, "  [0x3] cnode 0x"));
    CHECK(was_printed(log, before, "vspace 0x"));
    CHECK(was_printed(log, before, "snapshot end\n"));
    /* marks are gone: slots can be used as before */
    CHECK_EQ(seL4_CNode_Delete(node, 3, 4), seL4_NoError);
}
