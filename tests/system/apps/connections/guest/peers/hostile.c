/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Scribbles over the registers, and moves, resizes and switches off the BARs, through sysfs. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "peers.h"

#define PCI_COMMAND  0x04
#define PCI_BAR      0x10
#define CONFIG_BYTES 256

static uint32_t state = 1;

static uint32_t number(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static void scribble(volatile uint8_t *page)
{
    for (unsigned i = 0; i < 64; i++) {
        uint32_t at = number() % 4096;
        switch (number() % 4) {
        case 0:
            page[at] = (uint8_t)number();
            break;
        case 1:
            *(volatile uint16_t *)(page + (at & ~1u)) = (uint16_t)number();
            break;
        case 2:
            *(volatile uint32_t *)(page + (at & ~3u)) = number();
            break;
        default:
            *(volatile uint64_t *)(page + (at & ~7u)) = number();
        }
    }
}

/* Addresses a BAR is put to: guest RAM, chips, other BARs, nowhere. */
static uint32_t place(void)
{
    static const uint32_t places[] = {0,          0x100000,   0xa0000,    0xc0000000, 0xc0001000,
                                      0xc1000000, 0xdff00000, 0xfec00000, 0xfee00000, 0xffffffff,
                                      0xb0000000, 0xe0000000, 0xd8000000, 0xd8001000};
    return places[number() % (sizeof places / sizeof *places)];
}

static void put32(int config, off_t offset, uint32_t value)
{
    if (pwrite(config, &value, 4, offset) != 4) {
        perror("config");
        exit(1);
    }
}

static uint32_t touch(volatile uint32_t *page)
{
    return page[0];
}

/* Moves the BARs with memory decoding on and off; the dataport is touched in each place. */
static void move(int config, const uint8_t *saved, const struct peer *p)
{
    uint32_t command;
    memcpy(&command, saved + PCI_COMMAND, 4);
    command &= 0xffff;
    for (unsigned i = 0; i < 16; i++) {
        put32(config, PCI_COMMAND, number() & 1 ? command : command & ~2u);
        put32(config, PCI_BAR + 4 * (number() % 6), place());
        touch(&p->page->result);
    }
    for (unsigned i = 0; i < 6; i++) {
        uint32_t bar;
        memcpy(&bar, saved + PCI_BAR + 4 * i, 4);
        put32(config, PCI_BAR + 4 * i, bar);
    }
    put32(config, PCI_COMMAND, command);
}

/* The UIO device of the connection: its map 0 is the register page. */
static void open_device(const char *name, int *uio, int *config)
{
    char path[128], target[64] = {0};
    snprintf(path, sizeof path, "/dev/camkes/%s", name);
    *uio = open(path, O_RDWR);
    if (readlink(path, target, sizeof target - 1) < 0) {
        perror(path);
        exit(1);
    }
    const char *base = strrchr(target, '/');
    snprintf(path, sizeof path, "/sys/class/uio/%.40s/device/config", base ? base + 1 : target);
    *config = open(path, O_RDWR);
    if (*uio < 0 || *config < 0) {
        perror(path);
        exit(1);
    }
}

void peer_hostile(const struct peer *p, uint32_t rounds)
{
    int uio, config;
    uint8_t saved[CONFIG_BYTES];
    open_device(p->name, &uio, &config);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, uio, 0);
    if (page == MAP_FAILED || pread(config, saved, 64, 0) != 64) {
        perror("hostile");
        exit(1);
    }
    for (uint32_t i = 0; i < rounds; i++) {
        scribble(page);
        move(config, saved, p);
    }
    sleep(1);
    camkes_poll(p->c);
    printf("%s: %u rounds done\n", p->name, rounds);
}
