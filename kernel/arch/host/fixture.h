/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A small system for unit tests: a root thread with all initial capabilities, and functions
 * that do system calls as a user program would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <kernel/boot.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/sched.h>

#include "host.h"

/** Slots of the root CNode, as the root task has them, and ours from 12 on. */
enum root_slot {
    ROOT_NULL,
    ROOT_TCB,
    ROOT_CNODE,
    ROOT_VSPACE,
    ROOT_IRQ_CONTROL,
    ROOT_ASID_CONTROL,
    ROOT_ASID_POOL,
    ROOT_IO_PORT_CONTROL,
    ROOT_IO_SPACE,
    ROOT_BOOT_INFO,
    ROOT_BUFFER,
    ROOT_DOMAIN,
    ROOT_UNTYPED, /* UNTYPED_BITS of RAM */
    ROOT_DEVICE,  /* DEVICE_BITS of device memory */
    ROOT_FREE = 16,
};

#define ROOT_RADIX     10
#define UNTYPED_BITS   25
#define DEVICE_BITS    24
#define DEVICE_BASE    0xf0000000ull
#define BUFFER_ADDRESS 0x10000000ull
#define PROGRAM        0x400000ull /* where threads' system call instructions are */

/** Extra capabilities of a message. */
struct caps {
    unsigned count;
    word_t cptr[MSG_MAX_EXTRA_CAPS];
};
#define NO_CAPS        ((struct caps){0, {0}})
#define CAPS1(a)       ((struct caps){1, {a}})
#define CAPS2(a, b)    ((struct caps){2, {a, b}})
#define CAPS3(a, b, c) ((struct caps){3, {a, b, c}})

/** What a thread has in its registers after a system call. */
struct reply {
    word_t label, length, badge, info;
    word_t mr[MSG_MAX_LENGTH];
    bool is_running; /* false: the thread did not get on */
};

/** Makes the system; use as cmocka set-up function. */
int fixture_setup(void **state);
/** Checks the derivation list. */
int fixture_check(void **state);
/** The root thread. */
struct tcb *root_thread(void);
/** The slot in the root CNode. */
cte_t *slot(word_t index);

/** Lets thread t, which must be runnable, be the current one. */
void run_as(struct tcb *t);
/** Puts the thread's message into registers and buffer. */
struct message {
    int64_t syscall;
    word_t cptr, label, length;
    const word_t *mr;
    struct caps caps;
};
/** System call of the current thread up to the end of its kernel entry, restarts included. */
struct reply system_call(const struct message *m);
/** Only one kernel entry: system_call() without restarts. */
void system_call_once(const struct message *m);
/** Registers and buffer of a thread as a reply. */
struct reply reply_of(struct tcb *t);
/** Restarts since fixture_setup(). */
extern unsigned restarts;

#define WORDS(...)  ((word_t[]){0, ##__VA_ARGS__} + 1)
#define NWORDS(...) (sizeof((word_t[]){0, ##__VA_ARGS__}) / sizeof(word_t) - 1)
/** call(cptr, label, caps, message words …): seL4_Call. */
#define call(cptr_, label_, caps_, ...)                                                            \
    system_call(&(struct message){SYS_Call, cptr_, label_, NWORDS(__VA_ARGS__),                    \
                                  WORDS(__VA_ARGS__), caps_})
/** The other system calls on a capability. */
#define send(cptr_, label_, caps_, ...)                                                            \
    system_call(&(struct message){SYS_Send, cptr_, label_, NWORDS(__VA_ARGS__),                    \
                                  WORDS(__VA_ARGS__), caps_})
#define receive(cptr_)    system_call(&(struct message){.syscall = SYS_Recv, .cptr = cptr_})
#define nb_receive(cptr_) system_call(&(struct message){.syscall = SYS_NBRecv, .cptr = cptr_})
#define reply_with(label_, caps_, ...)                                                             \
    system_call(                                                                                   \
        &(struct message){SYS_Reply, 0, label_, NWORDS(__VA_ARGS__), WORDS(__VA_ARGS__), caps_})

/** Retype count objects into root slots from dest on; asserts success. */
void make_objects(word_t type, word_t size_bits, word_t dest, word_t count);
/** A configured, stopped thread: TCB in slot dest, IPC buffer frame in dest + 1. */
struct tcb *make_thread(word_t dest, word_t priority);
/** The same, running. */
struct tcb *start_thread(word_t dest, word_t priority);
/** CNode operations in the root CNode; return the error. */
word_t cnode_copy(word_t dest, word_t src, word_t rights);
word_t cnode_mint(word_t dest, word_t src, word_t rights, word_t badge);
word_t cnode_delete(word_t index);
word_t cnode_revoke(word_t index);
/** Follows the fault handler's and others' rights: all four. */
#define ALL_RIGHTS 15u

/** Asserts an error reply and its words. */
#define assert_error(reply_, error_)                                                               \
    do {                                                                                           \
        struct reply r_ = reply_;                                                                  \
        assert_true(r_.is_running);                                                                \
        assert_int_equal(r_.label, error_);                                                        \
    } while (0)
#define assert_error1(reply_, error_, a)                                                           \
    do {                                                                                           \
        struct reply r_ = reply_;                                                                  \
        assert_int_equal(r_.label, error_);                                                        \
        assert_int_equal(r_.length, 1);                                                            \
        assert_int_equal(r_.mr[0], a);                                                             \
    } while (0)
#define assert_range(reply_, min_, max_)                                                           \
    do {                                                                                           \
        struct reply r_ = reply_;                                                                  \
        assert_int_equal(r_.label, ERROR_RangeError);                                              \
        assert_int_equal(r_.length, 2);                                                            \
        assert_int_equal(r_.mr[0], min_);                                                          \
        assert_int_equal(r_.mr[1], max_);                                                          \
    } while (0)
#define assert_lookup(reply_, source_, type_)                                                      \
    do {                                                                                           \
        struct reply r_ = reply_;                                                                  \
        assert_int_equal(r_.label, ERROR_FailedLookup);                                            \
        assert_int_equal(r_.mr[0], source_);                                                       \
        assert_int_equal(r_.mr[1], type_);                                                         \
    } while (0)
#define assert_ok(reply_) assert_error(reply_, ERROR_NoError)

/** A test with a fresh system that checks the derivation list when it is over. */
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_check)
