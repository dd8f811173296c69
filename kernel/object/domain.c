/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The domain capability: scheduling domains and their schedule. There is one domain. */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/sched.h>

#define MAX_DURATION (1ull << 56)

static enum invoke_status domain_set(struct invocation *inv)
{
    if (inv->length < 1) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t domain = invocation_mr(inv, 0);
    if (domain >= NUM_DOMAINS) {
        return invoke_error_argument(0);
    }
    if (!inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (inv->extra[0]->cap.type != CAP_THREAD) {
        return invoke_error_argument(1);
    }
    sched_set_domain(cap_tcb(inv->extra[0]->cap), (unsigned)domain);
    return INVOKE_DONE;
}

static enum invoke_status domain_configure(struct invocation *inv)
{
    if (inv->length < 3) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t index = invocation_mr(inv, 0), domain = invocation_mr(inv, 1);
    word_t duration = invocation_mr(inv, 2);
    if (index >= DOMAIN_SCHEDULE_LENGTH - 1) {
        return invoke_error_range(0, DOMAIN_SCHEDULE_LENGTH - 2);
    }
    if (domain >= NUM_DOMAINS) {
        return invoke_error_range(0, NUM_DOMAINS - 1);
    }
    if (duration >= MAX_DURATION) {
        return invoke_error_argument(2);
    }
    if (duration == 0 && domain != 0) {
        return invoke_error_argument(1);
    }
    if (duration == 0 && index == kernel.schedule_start) {
        return invoke_error_argument(2);
    }
    kernel.schedule[index] = (struct domain_entry){.domain = domain, .duration = duration};
    return INVOKE_DONE;
}

static enum invoke_status domain_set_start(struct invocation *inv)
{
    if (inv->length < 1) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t index = invocation_mr(inv, 0);
    if (index >= DOMAIN_SCHEDULE_LENGTH) {
        return invoke_error_range(0, DOMAIN_SCHEDULE_LENGTH - 1);
    }
    if (kernel.schedule[index].duration == 0) {
        return invoke_error_argument(0);
    }
    kernel.schedule_start = kernel.schedule_index = (unsigned)index;
    kernel.domain_time = kernel.schedule[index].duration;
    sched_reschedule();
    return INVOKE_DONE;
}

static enum invoke_status domain_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_DomainSetSet:
        return domain_set(inv);
    case LABEL_DomainScheduleConfigure:
        return domain_configure(inv);
    case LABEL_DomainScheduleSetStart:
        return domain_set_start(inv);
    default:
        return invoke_error(ERROR_IllegalOperation);
    }
}

const struct object_ops domain_ops = {.invoke = domain_invoke};
