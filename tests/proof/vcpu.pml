/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Model of seL4_VMEnter: injection, windows, HALT, deadline, notification, restart.
 * It follows kernel/vcpu/run.c; docs/architecture.md, "The vCPU ABI", has the rules (3 to 7).
 *
 *   vcpu_cpu   the CPU of the vCPU: VMM in user mode, kernel (under the big lock: atomic),
 *              and guest, one after the other
 *   signaller  another CPU signals the bound notification
 *   timer      time passes; a deadline on the list interrupts or wakes
 *
 * -DBREAK_x breaks one rule each; run-spin checks that every one of them is noticed.
 */
#define NONE       255
#define LAST_TIME  3
#define MAX_EVENTS 2
#define MAX_SIGNALS 2

/* run page, "in": written by the VMM; the kernel clears the mask */
bool in_event, in_cancel, in_window, in_halt, in_deadline;
byte in_deadline_at;

/* record: what the VMM may rely on */
bool rec_if, rec_pending;

/* vCPU object */
bool event;       /* to be delivered */
bool window;
bool halted;
byte deadline_at = NONE;
byte armed = NONE; /* on the timer list of the CPU */

/* thread and CPU */
mtype = { user, running_vm, halted_vm };
mtype state = user;
bool in_guest;
bool ipi;         /* an interrupt waits at the CPU */
bool ntfn;        /* bound notification active */
bool restarted;   /* the one restart of this run has happened */

/* guest */
bool guest_if = true;

/* bookkeeping */
byte now = 0, asked = 0, delivered = 0, cancelled = 0, signals = 0;
bool due_in_vm;   /* deadline passed while VMEnter is under way */

#define ACCOUNTS (asked == delivered + cancelled + event)

/* Rule 6: the VMM asks for an event only if the record allows it, else for a window. */
inline vmm_decide() {
    in_halt = false;
    if
    :: asked < MAX_EVENTS ->
        if
#ifdef BREAK_WINDOW
        :: !rec_pending -> in_event = true; asked++
#else
        :: rec_if && !rec_pending -> in_event = true; asked++
#endif
        :: !rec_if && !rec_pending -> in_window = true
        :: rec_pending -> in_event = true; in_cancel = true
        :: skip
        fi
    :: else -> skip
    fi;
    if
    :: now < LAST_TIME -> in_deadline = true; in_deadline_at = now + 1
    :: now >= deadline_at -> in_deadline = true; in_deadline_at = NONE
    :: skip
    fi;
    if
    :: !in_event && !rec_pending -> in_halt = true
    :: skip
    fi
}

/* Rule 3, first half: take everything, clear the mask. */
inline kernel_commit() {
    if
    :: in_event && in_cancel ->
        cancelled = cancelled + event; event = false
    :: in_event && !in_cancel ->
        assert(!event); /* never two for one request */
        event = true
    :: else -> skip
    fi;
    if
    :: in_window -> window = true
    :: else -> skip
    fi;
    if
    :: in_deadline -> deadline_at = in_deadline_at
    :: else -> skip
    fi;
    if
    :: in_halt -> halted = true
    :: else -> skip
    fi;
#ifndef BREAK_CLEAR
    in_event = false; in_cancel = false; in_window = false; in_halt = false;
    in_deadline = false;
#endif
    state = running_vm
}

inline complete() {
    rec_if = guest_if; rec_pending = event;
    halted = false; due_in_vm = false;
    state = user
}

active proctype vcpu_cpu() {
user_mode:
    skip;
    atomic { in_event = false; in_cancel = false; in_window = false; in_deadline = false };
    vmm_decide();

system_call:
    atomic { kernel_commit() }

kernel_loop:
    /* Under the lock, interrupts off: notification, deadline, wait or enter (rule 3, 7). */
    atomic {
        if
        :: !restarted ->
            /* suspended and resumed: the call starts again with the page as it is */
            if
            :: restarted = true; goto system_call
            :: skip
            fi
        :: else -> skip
        fi;
        if
#ifndef BREAK_TEST
        :: ntfn -> ntfn = false; complete(); goto user_mode
#endif
#ifdef BREAK_EARLY
        :: deadline_at != NONE && now + 1 >= deadline_at ->
            assert(now >= deadline_at); complete(); goto user_mode
#else
        :: !ntfn && deadline_at != NONE && now >= deadline_at ->
            complete(); goto user_mode
#endif
        :: else -> skip
        fi;
#ifdef BREAK_ARM
        armed = (halted -> NONE : deadline_at);
#else
        armed = deadline_at;
#endif
        if
        :: halted -> state = halted_vm; goto asleep
        :: else -> skip
        fi;
#ifndef BREAK_IRQS_ON
        in_guest = true
#endif
    }
#ifdef BREAK_IRQS_ON
    /* interrupts on between test and entry: a kick is taken here and forgotten */
    atomic { ipi = false; in_guest = true }
#endif

guest:
    /* The event is the first thing the guest sees. */
    atomic {
        if
        :: ipi && !event -> ipi = false; in_guest = false; goto kernel_loop
        :: event ->
            assert(guest_if); /* rule 6 */
            if
            :: delivered++; event = false; guest_if = false
            :: /* nested page fault while delivering (rule 5) */
#ifdef BREAK_REINJECT
                event = false;
#endif
                in_guest = false; complete(); assert(ACCOUNTS); goto user_mode
            fi
        :: else -> skip
        fi;
        assert(ACCOUNTS)
    }
    if
    :: goto guest                                    /* computes without an exit */
    :: atomic { guest_if = !guest_if }; goto guest
    :: atomic { window && guest_if && !event ->
            window = false; in_guest = false; complete() }; goto user_mode
    :: atomic { in_guest = false; complete() }; goto user_mode  /* any other exit */
    fi;

asleep:
    state != halted_vm -> goto kernel_loop
}

/* Rule 7: mark under the lock, interrupt the CPU if it is in the guest, wake if it sleeps. */
active proctype signaller() {
    do
    :: atomic { signals < MAX_SIGNALS && !ntfn ->
        signals++;
        ntfn = true;
        if
#ifndef BREAK_WAKE
        :: state == halted_vm -> state = running_vm
#endif
#ifndef BREAK_KICK
        :: state == running_vm -> ipi = true
#endif
        :: else -> skip
        fi }
    :: signals == MAX_SIGNALS -> break
    od
}

active proctype timer() {
    do
    :: atomic { now < LAST_TIME ->
        now++;
        if
        :: armed != NONE && now >= armed ->
            armed = NONE;
            if
            :: state == halted_vm -> state = running_vm
            :: else -> ipi = true
            fi
        :: else -> skip
        fi;
        if
        :: state != user && deadline_at != NONE && now >= deadline_at -> due_in_vm = true
        :: else -> skip
        fi }
    :: now == LAST_TIME -> break
    od
}

/* A signal is taken, whatever the guest does; a deadline ends VMEnter, also in HALT. */
ltl signal_taken { [] (ntfn -> <> !ntfn) }
ltl deadline_fires { [] (due_in_vm -> <> !due_in_vm) }
