/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The rest of what newlib asks of a system: heap, identity, time, and the calls that have no
 * meaning in a static system and fail with ENOSYS.
 */
#include <libc/libc.h>
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include <sel4/sel4.h>
#include "thread.h"

/* The heap of the instance; defined by generated code. */
extern char *morecore_area;
extern size_t morecore_size;

static int process_id = 1;
static int64_t (*clock_nanoseconds)(void);

int gettid(void);

void libc_set_pid(int pid)
{
    process_id = pid;
}

void libc_set_clock(int64_t (*nanoseconds)(void))
{
    clock_nanoseconds = nanoseconds;
}

/* Called with newlib's malloc lock held. */
void *sbrk(ptrdiff_t increment)
{
    static size_t used;
    if (increment < 0 ? (size_t)-increment > used : (size_t)increment > morecore_size - used) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *old = morecore_area + used;
    used += (size_t)increment;
    return old;
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *memory = memalign(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *pointer = memory;
    return 0;
}

void libc_thread_stop(void)
{
    if (libc_thread.tcb != 0)
        seL4_TCB_Suspend(libc_thread.tcb);
    for (;;) {
        if (libc_thread.parking != 0)
            seL4_Wait(libc_thread.parking, NULL);
        else
            seL4_Yield();
    }
}

/* Stops the calling thread only: the other threads of the instance serve on. */
void _exit(int status)
{
    libc_thread_stop();
}

pid_t getpid(void)
{
    return process_id;
}

pid_t getppid(void)
{
    return 1;
}

int gettid(void)
{
    return libc_thread.id;
}

int sched_yield(void)
{
    seL4_Yield();
    return 0;
}

/* A signal has no receiver but the caller: raise() and abort() end here. */
int kill(pid_t pid, int signal)
{
    if (pid == process_id)
        libc_thread_stop();
    errno = ESRCH;
    return -1;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int64_t now = clock_nanoseconds != NULL ? clock_nanoseconds() : -1;
    if (now < 0) {
        errno = ENOSYS;
        return -1;
    }
    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *time, void *zone)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

static int process_unsupported(void)
{
    errno = ENOSYS;
    return -1;
}

clock_t times(struct tms *buffer)
{
    return (clock_t)process_unsupported();
}

pid_t fork(void)
{
    return process_unsupported();
}

pid_t wait(int *status)
{
    return process_unsupported();
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    return process_unsupported();
}

int link(const char *from, const char *to)
{
    return process_unsupported();
}

int unlink(const char *name)
{
    return process_unsupported();
}

int mkdir(const char *name, mode_t mode)
{
    return process_unsupported();
}

int fcntl(int fd, int command, ...)
{
    return process_unsupported();
}

int getentropy(void *buffer, size_t length)
{
    return process_unsupported();
}

/* The wide character tables of newlib convert through Japanese encodings when built with them;
 * here wide characters are Unicode already. */
unsigned int _jp2uc_l(unsigned int character, void *locale);
unsigned int _jp2uc_l(unsigned int character, void *locale)
{
    return character;
}

unsigned int _uc2jp_l(unsigned int character, void *locale);
unsigned int _uc2jp_l(unsigned int character, void *locale)
{
    return character;
}
