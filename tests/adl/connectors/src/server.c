/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <ctype.h>
#include <string.h>

/* The three Calc interfaces share one implementation but for who() and kick(). */

static char *upper(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

static struct sample twice(struct sample value, size_t *history_sz, int **history)
{
    int lock = m_lock();
    *history = realloc(*history, (*history_sz + 1) * sizeof **history);
    (*history)[(*history_sz)++] = value.number;
    lock |= m_unlock();
    return (struct sample){value.number * 2 + lock, value.weight * 2};
}

#define CALC(X)                                                                                    \
    int X##_who(void)                                                                              \
    {                                                                                              \
        return (int)X##_get_sender_id();                                                           \
    }                                                                                              \
    double X##_half(float value)                                                                   \
    {                                                                                              \
        return value / 2;                                                                          \
    }                                                                                              \
    char *X##_upper(const char *text)                                                              \
    {                                                                                              \
        return upper(text);                                                                        \
    }                                                                                              \
    struct sample X##_twice(struct sample value, size_t *history_sz, int **history)                \
    {                                                                                              \
        return twice(value, history_sz, history);                                                  \
    }

CALC(many)
CALC(signal)
CALC(memory)
CALC(full)

void many_kick(void)
{
    native_emit();
    global_emit();
    called_emit();
}

/* Waiting inside a request keeps the caller's reply. */
void signal_kick(void)
{
    signal_emit((unsigned)signal_get_sender_id());
}

void memory_kick(void)
{
    char *text = memory_buf(memory_get_sender_id());
    for (size_t i = 0; i < memory_buf_size(memory_get_sender_id()); i++)
        text[i] = (char)toupper((unsigned char)text[i]);
}

void full_kick(void)
{
    char *text = full_buf(full_get_sender_id());
    text[0] = 'F';
    full_emit((unsigned)full_get_sender_id());
}

/* Runs on the interface's own thread, with the bits of all events since the last time. */
void asked_callback(seL4_Word badge)
{
    if (badge & asked_notification_badge())
        answered_emit();
}

char *bulk_pass(const char *text)
{
    if (!strcmp(text, "slow"))
        during_emit();
    return strdup(text);
}

char *wide_pass(const char *text)
{
    return strdup(text);
}

static void on_tick(void *argument)
{
    unsigned *words = (unsigned *)caps;
    words[0]++;
    words[2047] = (unsigned)(uintptr_t)argument;
    if (tick_reg_callback(on_tick, (char *)argument + 1))
        words[0] = 1000;
    done_emit();
}

void post_init(void)
{
    if (tick_reg_callback(on_tick, (void *)10))
        ((unsigned *)caps)[0] = 2000;
}
