/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Uses each connector once; prints "ok PART" or "WRONG PART: line", and "All OK" at the end. */
#include <camkes.h>
#include <camkes/dma.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char *morecore_area;
extern size_t morecore_size;

static const char *part;
static unsigned wrong;

static void begin(const char *name)
{
    part = name;
}

static void check_at(bool holds, int line)
{
    if (holds)
        return;
    wrong++;
    printf("WRONG %s: line %d\n", part, line);
}

#define CHECK(condition) check_at(condition, __LINE__)

static void end(void)
{
    printf("ok %s\n", part);
}

static void test_rpc(void)
{
    begin("rpc");
    CHECK(a_who() == 1);
    CHECK(b_who() == 7);
    CHECK(a_half(5.0f) == 2.5);
    char *text = a_upper("abc");
    CHECK(!strcmp(text, "ABC"));
    free(text);
    size_t count = 1;
    int *history = malloc(sizeof *history);
    history[0] = 1;
    struct sample sample = b_twice((struct sample){21, 0.25}, &count, &history);
    CHECK(sample.number == 42 && sample.weight == 0.5);
    CHECK(count == 2 && history[0] == 1 && history[1] == 21);
    free(history);
    end();
}

static void test_signal(void)
{
    begin("signal");
    seL4_Word badge = 0;
    signal_kick();
    seL4_Wait(signal_notification(), &badge);
    CHECK((badge & signal_notification_badge()) == signal_notification_badge());
    end();
}

static void test_memory(void)
{
    begin("memory");
    char *memory = (char *)memory_buf;
    CHECK(memory_get_size() == 0x3000);
    strcpy(memory, "start");
    strcpy(memory + 0x2ff0, "end");
    memory_kick();
    CHECK(!strcmp(memory, "START") && !strcmp(memory + 0x2ff0, "END"));
    end();
}

static void test_memory_signal(void)
{
    begin("memory and signal");
    seL4_Word badge = 0;
    char *memory = (char *)full_buf;
    strcpy(memory, "full");
    full_kick();
    seL4_Wait(full_notification(), &badge);
    CHECK((badge & full_notification_badge()) == full_notification_badge());
    CHECK(!strcmp(memory, "Full"));
    end();
}

static void test_bulk(void)
{
    begin("bulk");
    size_t size = 100000;
    char *text = malloc(size);
    memset(text, 'b', size - 1);
    text[size - 1] = '\0';
    char *back = bulk_pass(text);
    CHECK(back && !strcmp(back, text));
    free(text);
    free(back);
    end();
}

static void call_too(void *passed)
{
    char *back = bulk_pass("fast");
    *(bool *)passed = back && !strcmp(back, "fast");
    free(back);
    b1_post();
}

/* A thread above the caller and the server calls in the middle of a call. */
static void test_two_callers(void)
{
    begin("two callers");
    static bool passed;
    CHECK(during_reg_callback(call_too, &passed) == 0);
    char *back = bulk_pass("slow");
    CHECK(back && !strcmp(back, "slow"));
    free(back);
    b1_wait();
    CHECK(passed);
    end();
}

static void test_bound(void)
{
    begin("callback and bound");
    seL4_Word badge = 0;
    ask_emit();
    seL4_Wait(answered_notification(), &badge);
    CHECK(badge == 4);
    end();
}

static void test_wide(void)
{
    begin("wide");
    char *text = malloc(4096);
    memset(text, 'w', 4095);
    text[4095] = '\0';
    char *back = wide_pass(text);
    CHECK(back && !strcmp(back, text));
    free(text);
    free(back);
    end();
}

static void test_compound(void)
{
    begin("compound");
    char *text = front_pass("x");
    CHECK(text && !strcmp(text, "x-F2-L0+front"));
    free(text);
    end();
}

static bool in_heap(const char *address)
{
    return address >= morecore_area && address < morecore_area + morecore_size;
}

static void test_direct(void)
{
    begin("direct");
    int numbers[] = {0, 0}, *history = numbers;
    size_t count = 2;
    CHECK(direct_who() == 6 && ID == 5);
    char *text = direct_upper("where");
    CHECK(!strcmp(text, "direct"));
    direct_kick();
    CHECK(!strcmp(text, "Direct"));
    direct_twice((struct sample){4, 0}, &count, &history);
    CHECK(numbers[1] == 4);
    /* One address space, but each member has a heap of its own. */
    char *theirs = direct_upper("heap"), *ours = malloc(1);
    CHECK(in_heap(ours) && theirs && !strcmp(theirs, "theirs") && !in_heap(theirs));
    free(ours);
    end();
}

static void test_events(void)
{
    begin("events");
    volatile unsigned *words = (volatile unsigned *)caps;
    CHECK(done_poll() == 0);
    for (unsigned round = 1; round <= 3; round++) {
        tick_emit();
        done_wait();
        CHECK(words[0] == round);
        CHECK(words[2047] == 9 + round);
    }
    lonely_emit();
    a_kick();
    native_wait();
    CHECK(native_poll() == 0);
    seL4_Word seen = 0, badge = 0;
    seL4_Word wanted = global_notification_badge() | called_notification_badge();
    CHECK(global_notification() == called_notification());
    while ((seen & wanted) != wanted) {
        seL4_Wait(global_notification(), &badge);
        seen |= badge;
    }
    CHECK(global_notification_badge() != called_notification_badge());
    end();
}

static void test_capabilities(void)
{
    begin("capabilities");
    CHECK(dataport_get_num_frame_caps(&caps_handle) == 2);
    seL4_X86_Page_GetAddress_t frame =
        seL4_X86_Page_GetAddress(dataport_get_nth_frame_cap(&caps_handle, 1));
    CHECK(frame.error == seL4_NoError && frame.paddr != 0);
    CHECK(absent == NULL && never_poll == NULL && nobody_pass == NULL);
    CHECK(dataport_wrap_ptr(absent).id == -1);
    CHECK(dataport_unwrap_ptr((dataport_ptr_t){.id = -1}) == NULL);
    dataport_ptr_t pointer = dataport_wrap_ptr((char *)wide_buffer + 20);
    CHECK(pointer.offset == 20);
    CHECK(dataport_unwrap_ptr(pointer) == (char *)wide_buffer + 20);
    CHECK(dataport_wrap_ptr(&pointer).id == -1);
    end();
}

static void test_locks(void)
{
    begin("locks");
    CHECK(s_trywait() == 0);
    CHECK(s_wait() == 0);
    CHECK(s_trywait() != 0);
    CHECK(s_post() == 0);
    CHECK(s_trywait() == 0);
    CHECK(b1_post() == 0);
    CHECK(b1_post() == 0);
    CHECK(b1_wait() == 0);
    end();
}

static void test_instance(void)
{
    begin("instance");
    static const int sized[sizeof points / sizeof *points];
    CHECK(sizeof sized == 2 * sizeof(int));
    CHECK(points[0].x == 3 && points[1].x == 9 && !strcmp(points[1].name, "q"));
    CHECK(!strcmp(get_instance_name(), "client"));
    CHECK(getpid() == 6); /* the device, which has no code, is counted */
    void *dma = camkes_dma_alloc(0x400000, 0, false);
    CHECK(dma != NULL && camkes_dma_get_paddr(dma) != 0);
    camkes_dma_free(dma, 0x400000);
    end();
}

static void test_interrupts(void)
{
    begin("interrupts");
    beat_wait();
    end();
}

int run(void)
{
    test_rpc();
    test_signal();
    test_memory();
    test_wide();
    test_memory_signal();
    test_bulk();
    test_two_callers();
    test_bound();
    test_compound();
    test_direct();
    test_events();
    test_capabilities();
    test_locks();
    test_instance();
    test_interrupts();
    printf("%s\n", wrong ? "connectors: failed" : "connectors: All OK");
    return 0;
}
