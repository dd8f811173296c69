/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The control page of a virtual machine: what its monitor tells the console server, and what the
 * console server asks of it. Shared memory, writable by both sides.
 *
 * The monitor writes everything but `command`. The server writes `command` alone, then signals the
 * monitor with the same notification that announces typed input; the monitor carries it out, sets
 * `done` to the command word, and signals the server as it does for output.
 *
 * Neither side trusts the page. The server copies the numbers once and checks them, and copies text
 * piece by piece, letting through printable characters and line ends only: a hostile monitor can
 * lie about itself, nothing more. The monitor copies the command word once; a code it does not know
 * does nothing. A fresh page (all zero) has no version and is not used.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_CONTROL_VERSION 1u
#define CONSOLE_CONTROL_BYTES   0x4000u
#define CONSOLE_CONTROL_VCPUS   16u
#define CONSOLE_CONTROL_TEXT    (CONSOLE_CONTROL_BYTES - 512u)

/** What a machine is doing. HALTED is told from RUNNING by the reader of the page. */
enum console_vm_state {
    CONSOLE_VM_STARTING, /**< being built */
    CONSOLE_VM_RUNNING,
    CONSOLE_VM_HALTED,  /**< all processors wait for an interrupt */
    CONSOLE_VM_STOPPED, /**< by the console; goes on where it was */
    CONSOLE_VM_OFF,     /**< the guest switched it off */
    CONSOLE_VM_CRASHED, /**< it is left as it was; a reset starts it again */
    CONSOLE_VM_STATES
};

/** What the server asks for. */
enum console_vm_command {
    CONSOLE_COMMAND_NONE,
    CONSOLE_COMMAND_RESET,   /**< reset and boot, whatever the state */
    CONSOLE_COMMAND_STOP,    /**< hold all processors */
    CONSOLE_COMMAND_START,   /**< go on; boot when off or crashed */
    CONSOLE_COMMAND_INSPECT, /**< write the state of processors and devices to text[] */
    CONSOLE_COMMANDS
};

/** The page. A command word is a running number times 256 plus an enum console_vm_command. */
struct console_control {
    uint32_t version;                       /**< written last, when the rest is valid */
    uint32_t state;                         /**< enum console_vm_state */
    uint32_t num_vcpus;                     /**< entries of exits[] and halted[] in use */
    uint32_t memory_mb;                     /**< guest memory in MiB */
    uint32_t resets;                        /**< since the start */
    uint32_t done;                          /**< command word carried out last */
    uint32_t text_size;                     /**< bytes of text[] */
    uint32_t command;                       /**< the server's */
    uint64_t exits[CONSOLE_CONTROL_VCPUS];  /**< since the start, of each processor */
    uint32_t halted[CONSOLE_CONTROL_VCPUS]; /**< processor waits for an interrupt: 1 */
    uint8_t reserved[512 - 32 - 12 * CONSOLE_CONTROL_VCPUS];
    char text[CONSOLE_CONTROL_TEXT];
};

_Static_assert(sizeof(struct console_control) == CONSOLE_CONTROL_BYTES, "the page's size");

/** The server's copy of the numbers. */
struct console_status {
    enum console_vm_state state;
    uint32_t memory_mb, resets, vcpus;
    uint64_t exits; /**< of all processors */
};

/** Server: copies and checks. False: nothing valid there (page NULL, or another version). */
bool console_control_read(const struct console_control *page, struct console_status *status);
/** Server: asks for something; `number` counts the server's requests. The caller signals. Returns
 * the command word. */
uint32_t console_control_ask(struct console_control *page, uint32_t number,
                             enum console_vm_command command);
/** Server: has this command word been carried out? */
bool console_control_answered(const struct console_control *page, uint32_t word);
/** Server: copies up to `size` bytes of the text from `offset`, unprintable ones as '?'. Returns
 * how many; 0 at the end. */
size_t console_control_text(const struct console_control *page, size_t offset, char *data,
                            size_t size);

/** Monitor: makes the page valid. */
void console_control_publish(struct console_control *page, uint32_t vcpus, uint32_t memory_mb);
/** Monitor: has the state changed for others to see. */
void console_control_set_state(struct console_control *page, enum console_vm_state state);
/** Monitor: the request in the page if it is not `*last`, which is updated; NONE when it is. */
enum console_vm_command console_control_take(const struct console_control *page, uint32_t *last);
/** Monitor: the request `word` is carried out; `text_size` bytes of text[] answer it. */
void console_control_finish(struct console_control *page, uint32_t word, size_t text_size);
/** Name of a state for people. */
const char *console_control_state_name(enum console_vm_state state);
