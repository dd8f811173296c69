/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The fault handler thread. It must work whatever is broken in the component, so it uses no heap,
 * no stdio and no connection: text is formatted into a line on its own stack and goes to the
 * kernel log. The faulting thread is never resumed; all others go on.
 */
#include <camkes/fault.h>
#include "fault_format.h"
#include "runtime.h"

/* What the processor was asked to do: bits of the page fault error code (AMD APM vol. 2, 8.4.2). */
enum { PF_PRESENT = 1, PF_WRITE = 2, PF_FETCH = 16 };
enum { FAULT_MAX_REGIONS = 64 };

/* Who faulted, and what its address space looks like. */
struct fault_source {
    const char *name;
    seL4_CPtr tcb; /* 0: registers cannot be read */
    const struct camkes_vma *map;
    size_t map_count;
};

static void fault_line(struct fault_line *line)
{
    camkes_fault_add_text(line, "\n");
    seL4_DebugPutString(line->text);
    line->length = 0;
    camkes_fault_add_text(line, "FAULT HANDLER: ");
}

static void fault_head(struct fault_line *line, const char *what, const char *name, seL4_CPtr id)
{
    camkes_fault_add_text(line, what);
    camkes_fault_add_text(line, " from ");
    camkes_fault_add_text(line, name);
    camkes_fault_add_text(line, " (ID ");
    camkes_fault_add_hex(line, id);
    camkes_fault_add_text(line, ")");
}

static void camkes_fault_add_value(struct fault_line *line, const char *label, uint64_t value)
{
    camkes_fault_add_text(line, label);
    camkes_fault_add_hex(line, value);
}

/* Prints what happened; returns the address the picture should mark. */
static seL4_Word fault_describe(struct fault_line *line, seL4_MessageInfo_t info, seL4_CPtr id,
                                const char *name)
{
    seL4_Word fsr, address = 0;
    switch (seL4_MessageInfo_get_label(info)) {
    case seL4_Fault_VMFault:
        fsr = seL4_GetMR(seL4_VMFault_FSR);
        address = seL4_GetMR(seL4_VMFault_Addr);
        fault_head(line,
                   seL4_GetMR(seL4_VMFault_PrefetchFault) ? "instruction fault" : "data fault",
                   name, id);
        camkes_fault_add_value(line, " on address ", address);
        camkes_fault_add_value(line, ", pc = ", seL4_GetMR(seL4_VMFault_IP));
        camkes_fault_add_value(line, ", fsr = ", fsr);
        camkes_fault_add_text(line, fsr & PF_FETCH   ? " (execute"
                                    : fsr & PF_WRITE ? " (write"
                                                     : " (read");
        camkes_fault_add_text(line, fsr & PF_PRESENT ? ", not allowed)" : ", nothing mapped)");
        break;
    case seL4_Fault_CapFault:
        fault_head(line, "cap fault", name, id);
        camkes_fault_add_text(line, seL4_GetMR(seL4_CapFault_InRecvPhase) ? " in receive phase"
                                                                          : " in send phase");
        camkes_fault_add_value(line, ", cptr = ", seL4_GetMR(seL4_CapFault_Addr));
        address = seL4_GetMR(seL4_CapFault_IP);
        camkes_fault_add_value(line, ", pc = ", address);
        break;
    case seL4_Fault_UnknownSyscall:
        fault_head(line, "unknown system call", name, id);
        camkes_fault_add_value(line, ", number = ", seL4_GetMR(seL4_UnknownSyscall_Syscall));
        address = seL4_GetMR(seL4_UnknownSyscall_FaultIP);
        camkes_fault_add_value(line, ", pc = ", address);
        break;
    case seL4_Fault_UserException:
        fault_head(line, "exception", name, id);
        camkes_fault_add_text(line, ": ");
        camkes_fault_add_text(line,
                              camkes_fault_exception_name(seL4_GetMR(seL4_UserException_Number)));
        camkes_fault_add_value(line, ", code = ", seL4_GetMR(seL4_UserException_Code));
        address = seL4_GetMR(seL4_UserException_FaultIP);
        camkes_fault_add_value(line, ", pc = ", address);
        break;
    default:
        fault_head(line, "fault of unknown kind", name, id);
        camkes_fault_add_value(line, ", label = ", seL4_MessageInfo_get_label(info));
    }
    fault_line(line);
    return address;
}

static void fault_registers(struct fault_line *line, seL4_CPtr tcb)
{
    static const char *const names[] = {"rip", "rsp", "rflags", "rax", "rbx", "rcx",
                                        "rdx", "rsi", "rdi",    "rbp", "r8",  "r9",
                                        "r10", "r11", "r12",    "r13", "r14", "r15"};
    enum { COUNT = sizeof(names) / sizeof(names[0]), PER_LINE = 3 };
    seL4_UserContext context;
    if (seL4_TCB_ReadRegisters(tcb, false, 0, sizeof(context) / sizeof(seL4_Word), &context) !=
        seL4_NoError) {
        camkes_fault_add_text(line, "registers are not available");
        fault_line(line);
        return;
    }
    camkes_fault_add_text(line, "register dump:");
    fault_line(line);
    const seL4_Word *values = (const seL4_Word *)&context;
    for (unsigned i = 0; i < COUNT; i++) {
        camkes_fault_add_text(line, "  ");
        camkes_fault_add_padded(line, names[i], 7);
        camkes_fault_add_hex16(line, values[i]);
        if (i % PER_LINE == PER_LINE - 1 || i == COUNT - 1)
            fault_line(line);
    }
}

/* Draws the ranges next to the address: the one that holds it, or its two neighbours. */
static void fault_picture(struct fault_line *line, const camkes_memory_region_t *map, size_t count,
                          seL4_Word address)
{
    const camkes_memory_region_t *below = NULL, *above = NULL;
    for (const camkes_memory_region_t *r = map; r < map + count; r++) {
        if ((seL4_Word)r->start <= address && (below == NULL || r->start > below->start))
            below = r;
        if ((seL4_Word)r->start > address && (above == NULL || r->start < above->start))
            above = r;
    }
    camkes_fault_add_text(line, "memory map:");
    fault_line(line);
    bool inside = below != NULL && address < (seL4_Word)below->end;
    if (above != NULL) {
        camkes_fault_add_region(line, above);
        fault_line(line);
    }
    if (!inside) {
        camkes_fault_add_value(line, "  > nothing is mapped at ", address);
        fault_line(line);
    }
    if (below != NULL) {
        camkes_fault_add_region(line, below);
        if (inside)
            camkes_fault_add_value(line, "  < here: ", address);
        fault_line(line);
    }
}

static void fault_report(seL4_MessageInfo_t info, const struct fault_source *source)
{
    struct fault_line line = {.length = 0};
    camkes_fault_add_text(&line, "FAULT HANDLER: ");
    seL4_Word address = fault_describe(&line, info, source->tcb, source->name);
    if (source->tcb != 0)
        fault_registers(&line, source->tcb);
    if (source->map_count != 0)
        fault_picture(&line, source->map, source->map_count, address);
    camkes_fault_add_text(&line,
                          "the thread is stopped; the other threads of the component go on\n");
    seL4_DebugPutString(line.text);
}

void camkes_show_fault(seL4_MessageInfo_t info, seL4_CPtr thread_id, const char *name,
                       bool tcb_caps, const camkes_memory_region_t *map)
{
    struct fault_source source = {.name = name, .tcb = tcb_caps ? thread_id : 0, .map = map};
    while (map != NULL &&
           (map[source.map_count].start != NULL || map[source.map_count].end != NULL))
        source.map_count++;
    fault_report(info, &source);
}

/* component.lds: the segments of the program, which the generated table does not know. */
extern char camkes_text_start[], camkes_text_end[], camkes_rodata_start[], camkes_rodata_end[];
extern char camkes_data_start[], camkes_data_end[];

/* The whole address space: the program's segments and the generated table. */
static size_t fault_collect_map(struct camkes_vma *map, size_t limit)
{
    size_t count = 0;
    map[count++] =
        (struct camkes_vma){camkes_text_start, camkes_text_end, true, false, true, true, "code"};
    map[count++] = (struct camkes_vma){
        camkes_rodata_start, camkes_rodata_end, true, false, false, true, "constants"};
    map[count++] = (struct camkes_vma){camkes_data_start, camkes_data_end, true, true, false, true,
                                       "data and heap"};
    for (size_t i = 0; i < camkes_vmas_size && count < limit; i++)
        map[count++] = camkes_vmas[i];
    return count;
}

void camkes_fault_run(void)
{
    static struct camkes_vma map[FAULT_MAX_REGIONS];
    size_t map_count = fault_collect_map(map, FAULT_MAX_REGIONS);
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t info = seL4_Recv(camkes_instance.fault_endpoint, &badge);
        const struct camkes_thread *thread = NULL;
        if (badge >= 1 && badge <= camkes_instance.thread_count)
            thread = &camkes_instance.threads[badge - 1];
        struct fault_line name = {.length = 0};
        camkes_fault_add_text(&name, camkes_instance.name);
        camkes_fault_add_text(&name, ".");
        camkes_fault_add_text(&name, thread != NULL ? thread->name : "unknown");
        struct fault_source source = {.name = name.text,
                                      .tcb = thread != NULL ? thread->tcb : 0,
                                      .map = map,
                                      .map_count = map_count};
        fault_report(info, &source);
    }
}
