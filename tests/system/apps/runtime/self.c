/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * An instance connected to itself. Its control thread has priority 200, so the thread of `eager`
 * (210) runs as soon as that event is emitted, and the thread of `late` (90) only when it sleeps.
 */
#include <camkes.h>
#include <errno.h>
#include <stdlib.h>
#include "check.h"

/* ---- functions whose names generated code might be tempted to use ---- */

int lock(void);
int unlock(void);
int poll(void);
int emit(void);
int dispatch(void);

int lock(void)
{
    return 1;
}

int unlock(void)
{
    return 2;
}

int poll(void)
{
    return 3;
}

int emit(void)
{
    return 4;
}

int dispatch(void)
{
    return 5;
}

/* ---- initialisation: by every interface with a thread, at the same time ---- */

static bool late_started, eager_saw_it;
static unsigned wrongly_started;

/* Each waits for the other; `go` and `back` start at zero, so nobody passes before the post. */
void late__init(void)
{
    late_started = true;
    int error = go_post();
    error |= back_wait();
    wrongly_started += error != 0;
}

void eager__init(void)
{
    int error = go_wait();
    eager_saw_it = late_started;
    error |= back_post();
    wrongly_started += error != 0;
}

/* Ends without a thread have nobody to run this. */
void eager_out__init(void)
{
    wrongly_started++;
}

void own__init(void)
{
    wrongly_started++;
}

void page__init(void)
{
    wrongly_started++;
}

/* ---- the callee ---- */

int ear_sender(void)
{
    return (int)ear_get_sender_id();
}

/* Sleeps for an event while the caller waits for the reply. */
int ear_wait_inside(void)
{
    late_out_emit();
    late_wait();
    return 17;
}

static uint64_t this_thread(void)
{
    return (uintptr_t)&errno;
}

uint64_t ear_served_by(void)
{
    return this_thread();
}

/* ---- checks ---- */

static void check_late(void)
{
    late_out_emit();
    late_out_emit();
    late_out_emit();
    CHECK(late_poll() == 0); /* its thread has not run yet */
    late_wait();
    CHECK(late_poll() == 0); /* the three were one */
}

static uint64_t called_by;

static void note_caller(void *count)
{
    ++*(int *)count;
    called_by = this_thread();
}

static void check_eager(void)
{
    int calls = 0;
    CHECK(eager_poll() == 0);
    eager_out_emit();
    CHECK(eager_poll() == 1 && eager_poll() == 0);
    eager_out_emit();
    eager_out_emit();
    CHECK(eager_poll() == 1 && eager_poll() == 1 && eager_poll() == 0);
    eager_out_emit();
    CHECK(eager_reg_callback(note_caller, &calls) == 0); /* at once, by this thread */
    CHECK(calls == 1 && called_by == this_thread());
    CHECK(eager_reg_callback(note_caller, &calls) == 0); /* kept for the next event */
    CHECK(calls == 1 && eager_reg_callback(note_caller, &calls) == -1);
    eager_out_emit();
    CHECK(calls == 2 && called_by != this_thread());
    CHECK(eager_poll() == 0);
    eager_out_emit(); /* the callback was for one event */
    CHECK(calls == 2 && eager_poll() == 1);
}

static void check_calls_to_self(void)
{
    CHECK(own_sender() == 1 && second_sender() == 2);
    CHECK(own_wait_inside() == 17);
    CHECK(own_served_by() == second_served_by()); /* one thread per end, not per client */
    CHECK(own_served_by() != this_thread());
}

void check_self(void)
{
    CHECK(eager_saw_it && late_started && wrongly_started == 0);
    CHECK(lock() + unlock() + poll() + emit() + dispatch() == 15);
    nobody_out_emit();
    check_late();
    check_eager();
    check_calls_to_self();
}
