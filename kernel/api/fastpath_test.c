/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The short cuts give the same results as the long way: both run on copies of one machine. */
#include <stdlib.h>
#include <string.h>

#include <kernel/syscall.h>

#include "fixture.h"

#define EP 20

static struct tcb *client, *server, *other;

static int setup(void **state)
{
    fixture_setup(state);
    make_objects(OBJECT_EndpointObject, 0, EP, 1);
    make_objects(OBJECT_NotificationObject, 0, 21, 1);
    cnode_mint(22, EP, ALL_RIGHTS, 0x99);
    cnode_mint(23, EP, 9, 0x98);
    cnode_mint(24, EP, 1, 0x97);
    client = start_thread(30, 100);
    server = start_thread(40, 100);
    other = start_thread(50, 100);
    assert_ok(call(40, LABEL_TCBBindNotification, CAPS1(21)));
    call(ROOT_TCB, LABEL_TCBSuspend, NO_CAPS);
    return 0;
}

struct machine {
    struct host_machine host;
    struct kernel kernel;
    char ram[4 << 20];
};

/* Only the first megabytes of both halves of RAM are in use. */
static void save(struct machine *m)
{
    m->host = host;
    m->kernel = kernel;
    memcpy(m->ram, host.ram, 2 << 20);
    memcpy(m->ram + (2 << 20), host.ram + HOST_RAM_SIZE / 2, 2 << 20);
}

static void restore(const struct machine *m)
{
    host = m->host;
    kernel = m->kernel;
    memcpy(host.ram, m->ram, 2 << 20);
    memcpy(host.ram + HOST_RAM_SIZE / 2, m->ram + (2 << 20), 2 << 20);
}

static unsigned taken;

/* The system call in the current thread's registers, once each way. */
static void compare_ways(void)
{
    static struct machine start, fast, slow;
    bool is_call = host.cpu.current->regs[REG_RDX] == (word_t)SYS_Call;
    save(&start);
    taken += is_call ? fastpath_call() : fastpath_reply_receive();
    restore(&start);
    kernel_handle_syscall();
    kernel_schedule();
    save(&fast);
    restore(&start);
    if (is_call) {
        syscall_invoke(true, true);
    } else {
        syscall_reply();
        syscall_receive(true);
    }
    kernel_schedule();
    save(&slow);
    assert_memory_equal(fast.ram, slow.ram, sizeof(fast.ram));
    assert_memory_equal(&fast.kernel, &slow.kernel, sizeof(fast.kernel));
    assert_ptr_equal(fast.host.cpu.current, slow.host.cpu.current);
    assert_memory_equal(fast.host.cpu.ready, slow.host.cpu.ready, sizeof(fast.host.cpu.ready));
}

static void prepare(int64_t number, word_t cptr, word_t info)
{
    struct tcb *t = host.cpu.current;
    t->regs[REG_RIP] = PROGRAM + 2;
    t->regs[REG_FAULT_IP] = PROGRAM;
    t->regs[REG_RDX] = (word_t)number;
    t->regs[REG_RDI] = cptr;
    t->regs[REG_RSI] = info;
    for (unsigned i = 0; i < NUM_MSG_REGISTERS; i++) {
        t->regs[msg_register(i)] = (word_t)rand();
    }
}

static void test_random(void **state)
{
    (void)state;
    static const word_t targets[] = {EP, 22, 22, 22, 23, 24, 21, 500};
    srand(1);
    taken = 0;
    for (unsigned round = 0; round < 120; round++) {
        if (!sched_is_runnable(client)) {
            tcb_restart(client);
        }
        if (!sched_is_runnable(server)) {
            tcb_restart(server);
        }
        kernel_schedule();
        sched_set_priority(client, 99 + (unsigned)rand() % 3);
        sched_set_priority(server, 99 + (unsigned)rand() % 3);
        sched_set_priority(other, 99 + (unsigned)rand() % 3);
        run_as(server);
        if (rand() % 8) {
            receive(EP);
        }
        if (rand() % 8 == 0) {
            notification_signal(cap_notification(slot(21)->cap), 1);
        }
        run_as(client);
        prepare(SYS_Call, targets[rand() % 8], msg_info(7, 0, rand() % 4 == 0, (word_t)rand() % 6));
        compare_ways();
        if (sched_is_runnable(server)) {
            run_as(server);
            prepare(SYS_ReplyRecv, rand() % 6 ? EP : 23,
                    msg_info(8, 0, rand() % 8 == 0, (word_t)rand() % 6));
            compare_ways();
        }
    }
    /* both ways have been seen */
    assert_true(taken > 30);
    assert_true(taken < 230);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, setup, fixture_check)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
