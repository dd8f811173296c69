/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Who decides about an error: the interface's handler, the component's, then the default. */
#include <camkes/generated.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static camkes_error_handler_t component_handler;

camkes_error_handler_t camkes_register_error_handler(camkes_error_handler_t handler)
{
    return __atomic_exchange_n(&component_handler, handler, __ATOMIC_ACQ_REL);
}

static const char *error_type_name(camkes_error_type_t type)
{
    static const char *const names[] = {
        [CE_NO_ERROR] = "no error",
        [CE_BUFFER_LENGTH_EXCEEDED] = "buffer length exceeded",
        [CE_INVALID_METHOD_INDEX] = "invalid method index",
        [CE_MALFORMED_RPC_PAYLOAD] = "malformed RPC payload",
        [CE_SYSCALL_FAILED] = "system call failed",
        [CE_ALLOCATION_FAILURE] = "allocation failure",
        [CE_OVERFLOW] = "value out of bounds",
    };
    return (unsigned)type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown error";
}

static void error_print_details(const camkes_error_t *e)
{
    switch (e->type) {
    case CE_BUFFER_LENGTH_EXCEEDED:
        fprintf(stderr, "  %u bytes are used, %u are needed\n", e->current_length,
                e->target_length);
        break;
    case CE_INVALID_METHOD_INDEX:
    case CE_OVERFLOW:
        fprintf(stderr, "  %" PRIu64 " is outside %" PRIu64 " .. %" PRIu64 "\n", e->invalid_index,
                e->lower_bound, e->upper_bound);
        break;
    case CE_MALFORMED_RPC_PAYLOAD:
        fprintf(stderr, "  message of %u bytes, read up to byte %u\n", e->length, e->current_index);
        break;
    case CE_SYSCALL_FAILED:
        fprintf(stderr, "  invocation %d failed with error %d\n", e->syscall, e->error);
        break;
    case CE_ALLOCATION_FAILURE:
        fprintf(stderr, "  %zu bytes were asked for\n", e->alloc_bytes);
        break;
    case CE_NO_ERROR:
        break;
    }
}

static camkes_error_action_t error_default(const camkes_error_t *e)
{
    fprintf(stderr, "%s: error in interface %s: %s: %s (%s:%ld)\n", e->instance,
            e->interface != NULL ? e->interface : "-", error_type_name(e->type),
            e->description != NULL ? e->description : "", e->filename != NULL ? e->filename : "?",
            e->lineno);
    error_print_details(e);
    return CEA_HALT;
}

camkes_error_action_t camkes_error_raise(camkes_error_handler_t interface_handler,
                                         const camkes_error_t *error)
{
    camkes_error_t copy = *error; /* handlers may write into it */
    camkes_error_handler_t handler = interface_handler;
    if (handler == NULL)
        handler = __atomic_load_n(&component_handler, __ATOMIC_ACQUIRE);
    camkes_error_action_t action = handler != NULL ? handler(&copy) : error_default(&copy);
    switch (action) {
    case CEA_DISCARD:
    case CEA_IGNORE:
        return action;
    case CEA_ABORT:
        abort();
    default:
        fprintf(stderr, "%s: thread stopped after an error\n", error->instance);
        camkes_block_forever();
    }
}
