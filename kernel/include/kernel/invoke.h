/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * One invocation of a capability, from the trap to the reply. An object's invoke function
 * decodes and checks everything first, then commits; after the first change nothing fails.
 */
#include <kernel/api.h>
#include <kernel/object.h>

/** How an invocation ended. */
enum invoke_status {
    INVOKE_DONE,      /* committed; a Call gets a reply */
    INVOKE_ERROR,     /* nothing changed; this_cpu()->syscall_error tells why */
    INVOKE_PREEMPTED, /* a long operation stopped at a preemption point: the thread restarts */
};

struct invocation {
    struct tcb *thread;               /* the invoker */
    word_t cptr;                      /* as given by the invoker */
    cte_t *slot;                      /* slot of the invoked capability */
    cap_t cap;                        /* copy of it, taken before decoding */
    word_t label;                     /* of the message info */
    word_t length;                    /* message words available through invocation_mr() */
    cte_t *extra[MSG_MAX_EXTRA_CAPS]; /* NULL where the caller gave none; may hold null caps */
    word_t *buffer;       /* the invoker's IPC buffer in the kernel window, NULL if none */
    bool is_call;         /* the invoker waits for results */
    bool is_blocking;     /* false for NBSend */
    word_t result_length; /* message words set with invocation_set_result() */
};

/** Message word n of the invoker; n < inv->length. */
word_t invocation_mr(const struct invocation *inv, unsigned n);
/**
 * Sets message word n of the reply (ignored unless the invocation is a Call). Overwrites
 * arguments: call it only when committing, after reading all of them.
 */
void invocation_set_result(struct invocation *inv, unsigned n, word_t value);

/* Errors. Each fills this_cpu()->syscall_error and returns INVOKE_ERROR. */
/** An error without detail: IllegalOperation, AlignmentError, TruncatedMessage, DeleteFirst,
 * RevokeFirst. */
enum invoke_status invoke_error(enum kernel_error error);
/** InvalidArgument: argument number n, counted as in the user stub's parameter list. */
enum invoke_status invoke_error_argument(unsigned n);
/** InvalidCapability: 0 is the invoked capability, n + 1 extra capability n. */
enum invoke_status invoke_error_capability(unsigned n);
/** RangeError with the legal bounds. */
enum invoke_status invoke_error_range(word_t min, word_t max);
/** NotEnoughMemory with the bytes still available. */
enum invoke_status invoke_error_memory(word_t bytes);
/** FailedLookup. source: the lookup of the source side failed. */
enum invoke_status invoke_error_lookup(bool source, struct lookup_fault fault);
/** FailedLookup(destination, MissingCapability(bits_left)): what mapping calls report, 39/30/21. */
enum invoke_status invoke_error_missing(unsigned bits_left);

/**
 * Preemption point of long operations: call once per unit of work. True when the caller
 * must save its progress and return INVOKE_PREEMPTED.
 */
bool preemption_point(void);
