/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* introspect CONNECTION: fills a page of memory with a text, writes the guest-physical address of
 * the page into the first 8 bytes of the dataport and signals, so that a component can show that
 * it reads the guest's memory. The page stays until the answering event, or the end of standard
 * input. */
#include "tool.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The physical address behind `page`; root only. */
static uint64_t physical_address(const void *page)
{
    uint64_t entry = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    off_t at = (off_t)((uintptr_t)page / (uintptr_t)getpagesize() * sizeof(entry));
    if (fd < 0 || pread(fd, &entry, sizeof(entry), at) != sizeof(entry)) {
        tool_fail_errno("/proc/self/pagemap");
    }
    close(fd);
    uint64_t frame = entry & ((1ull << 55) - 1);
    if (!(entry >> 63) || frame == 0) {
        tool_fail("the kernel does not tell the address; run as root");
    }
    return frame * (uint64_t)getpagesize();
}

int main(int argc, char **argv)
{
    struct camkes_connection *c = tool_open(argc, argv, 1, 1, "CONNECTION");
    size_t size = 0;
    volatile uint64_t *data = tool_map(c, &size);
    size_t bytes = (size_t)getpagesize();
    char *page =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    if (page == MAP_FAILED) {
        tool_fail_errno("a page of memory");
    }
    snprintf(page, bytes, "hello from process %d", (int)getpid());
    if (!camkes_writable(c)) {
        tool_fail("the dataport is read-only");
    }
    data[0] = physical_address(page);
    printf("page at 0x%llx: %s\n", (unsigned long long)data[0], page);
    fflush(stdout);
    if (camkes_emits(c)) {
        tool_emit(c);
    }
    if (camkes_consumes(c)) {
        tool_wait(c, -1);
    } else {
        while (getchar() != EOF) {
        }
    }
    camkes_close(c);
    return tool_end();
}
