/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What stands at the beginning of each dataport: a request of the guest to its peer. */
#include <stdint.h>

/** Requests. Each but PEER_BURST is answered by one event. */
enum peer_command {
    PEER_NOTHING,  /**< only count the event; no answer */
    PEER_FILL,     /**< write the pattern of `argument` behind this header; result: bytes of all */
    PEER_CHECK,    /**< result: words that differ from the pattern of `argument` */
    PEER_BURST,    /**< emit `argument` events */
    PEER_RECEIVED, /**< result: events since the last time, without this one */
    PEER_ECHO,     /**< answer until the next other command */
};

/** The header; the rest of the dataport is words. */
struct peer_page {
    volatile uint32_t command, argument, result, unused;
    volatile uint32_t words[];
};

/** Word i of a pattern. */
static inline uint32_t peer_word(uint32_t pattern, uint32_t i)
{
    return (i ^ pattern) * 2654435761u;
}

/** Words behind the header of a dataport of `size` bytes. */
static inline uint32_t peer_words(uint64_t size)
{
    return (uint32_t)((size - sizeof(struct peer_page)) / 4);
}
