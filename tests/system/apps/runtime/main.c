/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <camkes/allocator.h>
#include <camkes/dma.h>
#include <camkes/io.h>
#include <errno.h>
#include <fcntl.h>
#include <fileserver_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wctype.h>
#include "check.h"

unsigned checks, failures;
static int order; /* counts the steps of the start-up protocol */

static __attribute__((constructor)) void constructor(void)
{
    order = order * 10 + 1;
}

void pre_init(void)
{
    order = order * 10 + 2;
}

void mine__init(void)
{
    order = order * 10 + 3;
}

void post_init(void)
{
    order = order * 10 + 4;
}

int mine_bump(int rounds)
{
    (void)rounds;
    errno = 77; /* of this thread alone */
    return (int)mine_get_sender_id();
}

/* Called by the peer while this component waits for the peer's answer. */
int mine_nested(int depth)
{
    if (depth < 0)
        return right_nested(depth); /* the peer's other thread, as the first one waits for us */
    return depth == 0 ? 1000 : left_nested(depth - 1) + 1;
}

float mine_half(float number)
{
    return number / 2;
}

int mine_lock_it(void)
{
    return 0;
}

int mine_unlock_it(void)
{
    return 0;
}

void mine_stop_here(void) {}

static void check_start(void)
{
    CHECK(order == 1234);
    CHECK(getpid() == 2 && getppid() == 1);
    CHECK(strcmp(get_instance_name(), "main") == 0);
    CHECK(strcmp(text, "an attribute") == 0);
    CHECK(strlen(lines) == 3 && lines[1] == '\n'); /* the escape is C's affair */
    CHECK(dma_pool == 0x200000 && tcb_pool == 1);
    CHECK(sizeof(numbers) / sizeof(numbers[0]) == 3 && numbers[2] == 4);
}

static void check_calls(void)
{
    errno = 5;
    CHECK(left_nested(3) == 1003 + 4);
    CHECK(left_nested(-5) == -5);
    CHECK(errno == 5);
    CHECK(third_half(5.0f) == 2.5f);
    /* A mutex taken in one call and released in a later one, by another thread. */
    CHECK(left_lock_it() == 0);
    CHECK(right_lock_it() == 1);   /* busy: the peer only reports it */
    CHECK(right_unlock_it() == 0); /* nobody owns it: another thread may release it */
    CHECK(right_lock_it() == 0);
    CHECK(left_unlock_it() == 0);
}

static void check_locks(void)
{
    CHECK(free_units_trywait() == 0 && free_units_trywait() == 0 && free_units_wait() == 0);
    CHECK(free_units_trywait() != 0);
    CHECK(free_units_post() == 0 && free_units_trywait() == 0);
    CHECK(flag_wait() == 0 && flag_post() == 0 && flag_post() == 0 && flag_wait() == 0);
    CHECK(one_trywait() == 0 && one_trywait() != 0); /* a semaphore starts with one */
}

static int called;

static void callback(void *argument)
{
    called += *(int *)argument;
}

static void check_events(void)
{
    int one = 1;
    tick_emit();
    tock_wait();
    CHECK(tock_poll() == 0);
    CHECK(tock_reg_callback(callback, &one) == 0);
    CHECK(tock_reg_callback(callback, &one) == -1);
    tick_emit();
    CHECK(third_bump(0) == 1); /* a round trip to the peer, whose thread has answered by then */
    while (called == 0)
        seL4_Yield();
    CHECK(called == 1);
}

static void check_dataport(void)
{
    char *area = page;
    dataport_ptr_t p = dataport_wrap_ptr(area + 5000);
    CHECK(p.id >= 0 && p.offset == 5000);
    CHECK(dataport_unwrap_ptr(p) == area + 5000);
    CHECK(dataport_wrap_ptr(&p).id == -1);
    CHECK(page_get_size() == 8192);
    area[0] = 42;
    tick_emit(); /* the peer adds one to the first byte */
    tock_wait();
    CHECK(area[0] == 43);
    char *shared = fused; /* two connections: one memory, of the size set for one of them */
    CHECK(fused_get_size() == 12288);
    shared[12287] = 9;
    CHECK(third_half(-9.0f) == 12287.0f);
}

static void check_dma(void)
{
    char *first = camkes_dma_alloc(4096, 4096, false);
    char *second = camkes_dma_alloc(100, 64, false);
    CHECK(first != NULL && second != NULL);
    uintptr_t paddr = camkes_dma_get_paddr(first);
    CHECK(paddr != 0 && paddr % 4096 == 0);
    CHECK(camkes_dma_get_paddr(second + 7) == paddr + (uintptr_t)(second + 7 - first));
    memset(first, 1, 4096);
    camkes_dma_free(first, 4096);
    camkes_dma_free(second, 100);
    void *whole = camkes_dma_alloc(0x200000, 0, false);
    CHECK(whole != NULL && camkes_dma_alloc(16, 0, false) == NULL);
    camkes_dma_free(whole, 0x200000);
    CHECK(camkes_dma_stats()->current_outstanding == 0);
    CHECK(camkes_dma_get_paddr(&paddr) == 0);
}

static void check_objects(void)
{
    seL4_CPtr large = camkes_alloc(seL4_UntypedObject, 13, 0);
    seL4_CPtr small = camkes_alloc(seL4_UntypedObject, 12, 0);
    CHECK(large != 0 && small != 0 && large != small);
    CHECK(camkes_alloc(seL4_UntypedObject, 13, 0) == 0);
    camkes_free(large);
    CHECK(camkes_alloc(seL4_UntypedObject, 14, 0) == large);
    CHECK(camkes_alloc(seL4_TCBObject, 0, 0) != 0);
    CHECK(camkes_alloc(seL4_EndpointObject, 0, 0) == 0);
}

static void check_files(void)
{
    char line[32] = "";
    CHECK(open("note.txt", O_RDONLY) == -1 && errno == ENOENT);
    install_fileserver(FILE_SERVER_INTERFACE(fs));
    FILE *f = fopen("note.txt", "r");
    CHECK(f != NULL);
    if (f == NULL)
        return;
    CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, "first line\n") == 0);
    CHECK(fseek(f, -5, SEEK_END) == 0 && fgets(line, sizeof(line), f) != NULL);
    CHECK(strcmp(line, "line\n") == 0);
    CHECK(fclose(f) == 0);
    CHECK(open("note.txt", O_RDWR) == -1 && errno == EROFS);
    CHECK(open("none", O_RDONLY) == -1 && errno == ENOENT);
    int fd = open("big.bin", O_RDONLY); /* larger than the shared buffer */
    static unsigned char data[20000];
    CHECK(fd >= 3 && read(fd, data, sizeof(data)) == 10000 && data[9999] == 'z');
    CHECK(read(fd, data, 1) == 0 && close(fd) == 0 && read(fd, data, 1) == -1 && errno == EBADF);
}

static void check_library(void)
{
    char text[64];
    void *memory = malloc(100000);
    CHECK(memory != NULL && malloc(1ul << 40) == NULL && errno == ENOMEM);
    free(memory);
    snprintf(text, sizeof(text), "%.3f %lld %zu %s", 1.0 / 3, -5000000000ll, sizeof(text), "x");
    CHECK(strcmp(text, "0.333 -5000000000 64 x") == 0);
    CHECK(strtod("2.5e3", NULL) == 2500.0);
    CHECK(towupper(L'a') == L'A' && iswdigit(L'7'));
    ps_io_ops_t ops;
    CHECK(camkes_io_ops(&ops) == 0);
    CHECK(ps_malloc(&ops.malloc_ops, 10, &memory) == 0 &&
          ps_free(&ops.malloc_ops, 10, memory) == 0);
    uint32_t value;
    CHECK(ps_io_port_in(&ops.io_port_ops, 0x3f8, 1, &value) != 0);
    CHECK(ps_io_map(&ops.io_mapper, 0xfee00000, 4096, 0, PS_MEM_NORMAL) == NULL);
    CHECK(camkes_call_hardware_init_modules(&ops) == 0);
}

/* A request that stops the serving thread leaves every other thread of the component alone. */
static void check_stopped_thread(void)
{
    CHECK(third_bump(1) == 1);
    printf("%u checks, %u failures\n", checks, failures);
    left_stop_here(); /* never comes back: the peer's thread calls exit() */
    printf("FAIL: a stopped server answered\n");
}

int run(void)
{
    check_start();
    check_calls();
    check_locks();
    check_events();
    check_self();
    check_dataport();
    check_dma();
    check_objects();
    check_files();
    check_library();
    check_stopped_thread();
    return 0;
}
