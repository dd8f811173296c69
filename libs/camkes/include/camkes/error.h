/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Error handling of generated code: what went wrong, and what the user wants done about it. */
#include <stddef.h>
#include <stdint.h>

/** What went wrong. */
typedef enum {
    CE_NO_ERROR = 0,
    CE_BUFFER_LENGTH_EXCEEDED, /**< marshalled arguments do not fit the transport */
    CE_INVALID_METHOD_INDEX,   /**< a request names a method the interface has not */
    CE_MALFORMED_RPC_PAYLOAD,  /**< a message is shorter or longer than its contents */
    CE_SYSCALL_FAILED,         /**< the kernel refused an invocation */
    CE_ALLOCATION_FAILURE,     /**< malloc returned NULL */
    CE_OVERFLOW,               /**< a value outside its bounds */
} camkes_error_type_t;

/** What to do about an error. */
typedef enum {
    CEA_INVALID = -1,
    CEA_DISCARD, /**< give up the operation; a stub returns zero or NULL */
    CEA_IGNORE,  /**< go on as if nothing had happened */
    CEA_ABORT,   /**< abort() the calling thread */
    CEA_HALT,    /**< print and stop the calling thread */
} camkes_error_action_t;

/** An error with its place and details; which union member is valid depends on type. */
typedef struct {
    camkes_error_type_t type;
    const char *instance;
    const char *interface;
    const char *filename;
    long lineno;
    const char *description;
    union {
        struct { /**< CE_BUFFER_LENGTH_EXCEEDED */
            unsigned int current_length;
            unsigned int target_length;
        };
        struct { /**< CE_INVALID_METHOD_INDEX, CE_OVERFLOW */
            uint64_t lower_bound;
            uint64_t upper_bound;
            uint64_t invalid_index;
        };
        struct { /**< CE_MALFORMED_RPC_PAYLOAD */
            unsigned int length;
            unsigned int current_index;
        };
        struct { /**< CE_SYSCALL_FAILED */
            int syscall;
            int error;
        };
        size_t alloc_bytes; /**< CE_ALLOCATION_FAILURE */
    };
} camkes_error_t;

/** A user's decision about one error. */
typedef camkes_error_action_t (*camkes_error_handler_t)(camkes_error_t *error);

/** Installs the handler of the whole component; returns the one before it. NULL: the default. */
camkes_error_handler_t camkes_register_error_handler(camkes_error_handler_t handler);
