/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>

static bool held;

static int lock_it(void)
{
    if (held)
        return 1;
    int error = m_lock();
    held = true;
    return error;
}

static int unlock_it(void)
{
    held = false;
    return m_unlock();
}

int left_bump(int rounds)
{
    return rounds;
}

/* Calls back into the caller, which waits for this answer: the reply must survive that. */
int left_nested(int depth)
{
    if (depth < 0)
        return back_nested(depth);
    int sum = 0;
    for (int i = 0; i <= depth; i++)
        sum += back_nested(0) == 1000;
    return 1003 + sum;
}

float left_half(float number)
{
    return number / 2;
}

int left_lock_it(void)
{
    return lock_it();
}

int left_unlock_it(void)
{
    return unlock_it();
}

void left_stop_here(void)
{
    exit(3);
}

int right_bump(int rounds)
{
    return rounds;
}

int right_nested(int depth)
{
    return depth;
}

float right_half(float number)
{
    return number / 2;
}

int right_lock_it(void)
{
    return lock_it();
}

int right_unlock_it(void)
{
    return unlock_it();
}

void right_stop_here(void) {}

/* The badge of this component at the other one. */
int third_bump(int rounds)
{
    return back_bump(rounds);
}

int third_nested(int depth)
{
    return depth;
}

float third_half(float number)
{
    const char *ends[] = {first, last};
    if (number < 0) { /* where both views of one memory have this value at their end */
        size_t at = first_get_size() - 1;
        return ends[0][at] == -(int)number && ends[1][at] == ends[0][at] ? (float)at : 0;
    }
    return number / 2;
}

int third_lock_it(void)
{
    return lock_it();
}

int third_unlock_it(void)
{
    return unlock_it();
}

void third_stop_here(void) {}

static void answer(void *unused)
{
    char *area = page;
    area[0]++;
    tock_emit();
    tick_reg_callback(answer, unused);
}

void tick__init(void)
{
    tick_reg_callback(answer, NULL);
}
