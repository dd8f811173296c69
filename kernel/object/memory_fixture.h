/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* For unit tests of address spaces and vCPUs: objects in simulated RAM, direct invocations. */
#include "host.h"
#include <kernel/cspace.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>

/** The invoker; its IPC buffer is plain memory. */
struct fixture {
    struct tcb *thread;
    paddr_t next_free;
    word_t buffer[128] __attribute__((aligned(1024)));
};
extern struct fixture fixture;

/** A fresh machine. */
void fixture_reset(void);
/** Clear memory of 2^bits bytes, aligned. */
paddr_t fixture_alloc(unsigned bits);
/** Stores a new object's first capability in *slot. */
void fixture_create(cte_t *slot, enum kernel_object_type type);
/** Copies src's capability to *dest as CNode_Copy does. */
enum invoke_status fixture_copy(cte_t *dest, cte_t *src);
/** Deletes *slot's capability. */
void fixture_delete(cte_t *slot);

/** Words and capabilities of a message. */
struct message {
    word_t label, length;
    word_t mr[4];
    cte_t *extra[MSG_MAX_EXTRA_CAPS];
};
/** Invokes slot's capability; the error, ERROR_NoError if done. */
enum kernel_error fixture_invoke(cte_t *slot, struct message m);
/** First error word: argument or capability number; for FailedLookup the missing level. */
word_t fixture_error_word(void);
/** First result of the last invocation. */
word_t fixture_result(void);
