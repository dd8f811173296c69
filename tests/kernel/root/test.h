/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Kernel tests: a root task without any libc. A test is a function in a file test_*.c:
 *
 *     TEST(notification_badges_are_ored)
 *     {
 *         seL4_CPtr n = new_object(seL4_NotificationObject, 0);
 *         CHECK_EQ(seL4_CNode_Delete(seL4_CapInitThreadCNode, n, 64), seL4_NoError);
 *     }
 *
 * Everything a test makes with the helpers below is taken back after it.
 */
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOT_CNODE seL4_CapInitThreadCNode
#define ROOT_DEPTH 64
#define PAGE_SIZE  4096ul

/** One registered test. */
struct test {
    const char *name;
    void (*run)(void);
};

/** Defines and registers a test. */
#define TEST(id)                                                                                   \
    static void test_##id(void);                                                                   \
    static const struct test test_entry_##id                                                       \
        __attribute__((section("test_table"), used, aligned(8))) = {#id, test_##id};               \
    static void test_##id(void)

/** Ends the test as failed unless cond holds. Works in threads too. */
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            test_fail(__FILE__, __LINE__, "%s", #cond);                                            \
        }                                                                                          \
    } while (0)
/** Ends the test as failed unless both integers are equal; prints both. */
#define CHECK_EQ(is, expected)                                                                     \
    do {                                                                                           \
        seL4_Word is_ = (seL4_Word)(is), expected_ = (seL4_Word)(expected);                        \
        if (is_ != expected_) {                                                                    \
            test_fail(__FILE__, __LINE__, "%s is %lu (0x%lx), not %lu (0x%lx)", #is, is_, is_,     \
                      expected_, expected_);                                                       \
        }                                                                                          \
    } while (0)
/** Ends the test without result, for machines that cannot run it. */
#define SKIP(reason) test_skip(reason)

_Noreturn void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void test_skip(const char *reason);

/** Prints: %s %c %d %i %u %x %p with l, width, 0 and -. TAP wants notes to start with "# ". */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprint(const char *format, __builtin_va_list args);

/** The boot information and the payload of an extra record, or NULL. */
extern seL4_BootInfo *boot_info;
void *boot_record(seL4_Word id);
/** True if the word is on the boot command line. */
bool boot_option(const char *word);
/** TSC ticks per second. */
uint64_t tsc_hz(void);
uint64_t rdtsc(void);

/* Objects. All come out of one untyped that is revoked after the test. */
/** A free slot of the root CNode. */
seL4_CPtr new_slot(void);
/** `count` free slots in a row. */
seL4_CPtr new_slots(unsigned count);
/** Makes an object in a new slot; size_bits only matters for untypeds and CNodes. */
seL4_CPtr new_object(seL4_Word type, seL4_Word size_bits);
/** An untyped of 2^size_bits bytes. */
seL4_CPtr new_untyped(seL4_Word size_bits);
/** A copy of a capability with a badge and rights. */
seL4_CPtr new_minted(seL4_CPtr from, seL4_CapRights_t rights, seL4_Word badge);
/** Maps a frame (4 KiB or larger) read-write at the next free address; makes page tables. */
void *map_frame(seL4_CPtr frame, seL4_Word size_bits);
/** Maps a frame at a given address in a given space. */
void map_frame_at(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights,
                  seL4_Word attributes);
/** Pages of fresh memory, mapped in a row. */
void *new_pages(unsigned count);
/** An I/O port capability. */
seL4_CPtr new_port(seL4_Word first, seL4_Word last);

/* Threads. */
struct thread {
    seL4_CPtr tcb;
    seL4_CPtr done; /* notification, signalled when the function returns */
    seL4_IPCBuffer *buffer;
    seL4_CPtr buffer_frame;
    void (*function)(struct thread *);
    uintptr_t arg[4]; /* for the test */
    seL4_Word result; /* for the test */
    char *stack;
    char *tls;
};
/** Stack size of a thread. */
#define THREAD_STACK 16384

/**
 * A thread in the caller's CSpace and VSpace, ready but not started. fault_ep may be 0.
 * The structure lives as long as the test.
 */
struct thread *new_thread(void (*function)(struct thread *), seL4_Word priority,
                          seL4_CPtr fault_ep);
/** Lets the thread start. */
void thread_start(struct thread *t);
/** Waits until its function has returned. */
void thread_join(struct thread *t);
/** new_thread and thread_start. */
struct thread *start_thread(void (*function)(struct thread *), seL4_Word priority, uintptr_t arg0,
                            uintptr_t arg1);
/** The priority tests run at, and the first lower one. */
#define MAIN_PRIORITY 200

/* Small helpers the compiler wants as well. */
void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
