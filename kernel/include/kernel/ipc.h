/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Messages between threads: endpoints, notifications, replies, faults. */
#include <kernel/invoke.h>

/* Message info words. */
/** Number of message words, at most MSG_MAX_LENGTH. */
static inline word_t msg_info_length(word_t info)
{
    word_t length = info & 0x7f;
    return length > MSG_MAX_LENGTH ? MSG_MAX_LENGTH : length;
}
static inline word_t msg_info_extra_caps(word_t info)
{
    return info >> 7 & 3;
}
static inline word_t msg_info_label(word_t info)
{
    return info >> 12;
}
static inline word_t msg_info(word_t label, word_t unwrapped, word_t extra_caps, word_t length)
{
    return label << 12 | (unwrapped & 7) << 9 | (extra_caps & 3) << 7 | (length & 0x7f);
}

/** The register of message word n < NUM_MSG_REGISTERS. */
enum user_register msg_register(unsigned n);
/** A thread's IPC buffer in the kernel window; NULL without one, or (write) without write right. */
word_t *ipc_buffer(const struct tcb *t, bool write);
/** Message word n of t; buffer from ipc_buffer(). 0 for words beyond the registers without buffer.
 */
word_t ipc_get_mr(const struct tcb *t, const word_t *buffer, unsigned n);
/** Sets message word n; words that have no place are dropped. */
void ipc_set_mr(struct tcb *t, word_t *buffer, unsigned n, word_t value);
/**
 * Resolves the extra capabilities that info announces. False: one cannot be resolved; *bad is
 * its pointer and *fault says why.
 */
bool ipc_lookup_extra(struct tcb *t, word_t info, cte_t *extra[MSG_MAX_EXTRA_CAPS], word_t *bad,
                      struct lookup_fault *fault);

/** How a message travels. */
struct ipc_transfer {
    struct tcb *from, *to;
    struct endpoint *endpoint; /* NULL for replies */
    word_t badge;
    bool can_grant;
};
/** Moves message, capabilities and badge; a fault message if from has faulted. */
void ipc_transfer(const struct ipc_transfer *x);

/** What a sender may do and how it waits. */
struct ipc_send {
    word_t badge;
    bool can_grant, can_grant_reply, is_call, is_blocking;
};
/** Sends to an endpoint; the sender may block. */
void endpoint_send(struct endpoint *ep, struct tcb *t, const struct ipc_send *s);
/** Receives from an endpoint through cap; the thread may block, or gets badge 0. */
void endpoint_receive(struct tcb *t, cap_t cap, bool is_blocking);
/** The receiver that would get the next message, or NULL. */
struct tcb *endpoint_first_receiver(const struct endpoint *ep);
/** Takes the first of the queue, which is not empty, out of it. */
struct tcb *endpoint_take_head(struct endpoint *ep);
/** Queues t, which then waits for a message; the caller sees to the scheduler. */
void endpoint_block_receiver(struct endpoint *ep, struct tcb *t, bool can_grant);
/** True if a sender waits. */
bool endpoint_has_sender(const struct endpoint *ep);
/** Takes t, blocked on an endpoint, out of its queue. */
void endpoint_remove(struct tcb *t);
/** Restarts all threads queued at an endpoint. */
void endpoint_cancel_all(struct endpoint *ep);
/** Restarts the senders with a badge. */
void endpoint_cancel_badged(struct endpoint *ep, word_t badge);

/** Signals: bound thread, waiting thread, or remembered. */
void notification_signal(struct notification *n, word_t badge);
/** Waits on a notification; the thread may block, or gets badge 0. */
void notification_wait(struct tcb *t, struct notification *n, bool is_blocking);
/** Takes t, blocked on a notification, out of its queue. */
void notification_remove(struct tcb *t);
/** Takes the signal of t's bound notification if there is one: *badge. */
bool notification_take_bound(struct tcb *t, word_t *badge);
void notification_bind(struct tcb *t, struct notification *n);
/** Undoes t's binding; no effect without one. */
void notification_unbind(struct tcb *t);

/** Answers the caller that the reply capability in slot names, and consumes it. */
void reply_send(struct tcb *from, cte_t *slot);
/** Gives receiver the capability to answer caller, which then waits for it. */
void reply_setup(struct tcb *caller, struct tcb *receiver, bool can_grant);
/** Puts the reply master into a new or restarted thread. */
void reply_setup_master(struct tcb *t);

/** Takes t out of any wait, with its reply capability and fault; t becomes neither queued nor
 * ready. */
void ipc_cancel(struct tcb *t);

/** t has faulted: t->fault is set; tells its fault handler, or stops t if it has none. */
void fault_send(struct tcb *t);
/** Writes t's fault as a message to the handler: returns the message info. */
word_t fault_write_message(const struct tcb *t, struct tcb *handler);
/** Applies the handler's answer to t; true: t continues. */
bool fault_apply_reply(struct tcb *t, const struct tcb *handler);

/** Makes a stopped or blocked thread run again at its fault address. */
void tcb_restart(struct tcb *t);
/** Stops a thread. A running one continues after its last instruction when resumed. */
void tcb_suspend(struct tcb *t);

/* From capabilities to objects. */
/** The endpoint of an endpoint capability. */
struct endpoint *cap_endpoint(cap_t cap);
/** The notification of a notification capability. */
struct notification *cap_notification(cap_t cap);
/** The thread of a thread capability, or the one that a reply capability answers. */
struct tcb *cap_tcb(cap_t cap);
/** Words that describe a lookup failure in messages; returns how many. */
unsigned lookup_fault_words(const struct lookup_fault *f, word_t words[4]);
