/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <console/control.h>

#define READ(field)         __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define WRITE(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

bool console_control_read(const struct console_control *page, struct console_status *status)
{
    *status = (struct console_status){.state = CONSOLE_VM_STARTING};
    if (page == NULL ||
        __atomic_load_n(&page->version, __ATOMIC_ACQUIRE) != CONSOLE_CONTROL_VERSION)
        return false;
    uint32_t state = READ(page->state);
    uint32_t vcpus = READ(page->num_vcpus);
    if (state >= CONSOLE_VM_STATES || vcpus > CONSOLE_CONTROL_VCPUS)
        return false;
    bool halted = vcpus != 0;
    for (uint32_t i = 0; i < vcpus; i++) {
        status->exits += READ(page->exits[i]);
        halted = halted && READ(page->halted[i]) != 0;
    }
    status->state = state == CONSOLE_VM_RUNNING && halted ? CONSOLE_VM_HALTED : state;
    status->vcpus = vcpus;
    status->memory_mb = READ(page->memory_mb);
    status->resets = READ(page->resets);
    return true;
}

uint32_t console_control_ask(struct console_control *page, uint32_t number,
                             enum console_vm_command command)
{
    uint32_t word = number << 8 | (uint32_t)command;
    __atomic_store_n(&page->command, word, __ATOMIC_RELEASE);
    return word;
}

bool console_control_answered(const struct console_control *page, uint32_t word)
{
    return __atomic_load_n(&page->done, __ATOMIC_ACQUIRE) == word;
}

size_t console_control_text(const struct console_control *page, size_t offset, char *data,
                            size_t size)
{
    size_t end = READ(page->text_size);
    if (end > CONSOLE_CONTROL_TEXT)
        end = CONSOLE_CONTROL_TEXT;
    if (offset >= end)
        return 0;
    if (size > end - offset)
        size = end - offset;
    for (size_t i = 0; i < size; i++) {
        char c = READ(page->text[offset + i]);
        data[i] = (c >= ' ' && c < 0x7f) || c == '\n' ? c : '?';
    }
    return size;
}

void console_control_publish(struct console_control *page, uint32_t vcpus, uint32_t memory_mb)
{
    WRITE(page->num_vcpus, vcpus);
    WRITE(page->memory_mb, memory_mb);
    WRITE(page->text_size, 0);
    __atomic_store_n(&page->version, CONSOLE_CONTROL_VERSION, __ATOMIC_RELEASE);
}

void console_control_set_state(struct console_control *page, enum console_vm_state state)
{
    __atomic_store_n(&page->state, (uint32_t)state, __ATOMIC_RELEASE);
}

enum console_vm_command console_control_take(const struct console_control *page, uint32_t *last)
{
    uint32_t word = __atomic_load_n(&page->command, __ATOMIC_ACQUIRE);
    if (word == *last)
        return CONSOLE_COMMAND_NONE;
    *last = word;
    return (word & 0xff) < CONSOLE_COMMANDS ? (enum console_vm_command)(word & 0xff)
                                            : CONSOLE_COMMAND_NONE;
}

void console_control_finish(struct console_control *page, uint32_t word, size_t text_size)
{
    WRITE(page->text_size, (uint32_t)text_size);
    __atomic_store_n(&page->done, word, __ATOMIC_RELEASE);
}

const char *console_control_state_name(enum console_vm_state state)
{
    static const char *const name[CONSOLE_VM_STATES] = {"starting", "running", "halted",
                                                        "stopped",  "off",     "crashed"};
    return (unsigned)state < CONSOLE_VM_STATES ? name[state] : "unknown";
}
