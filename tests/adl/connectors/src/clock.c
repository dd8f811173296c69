/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* MC146818: register A rate 6 (1024 Hz), register B bit 6 periodic interrupt, C acknowledges. */
#include <camkes.h>

static uint8_t cmos_read(uint8_t reg)
{
    ports_out8_offset(0, reg);
    return ports_in8_offset(1);
}

static void cmos_write(uint8_t reg, uint8_t value)
{
    ports_out8(0x70, reg);
    ports_out8(0x71, value);
}

static unsigned interrupts;

/* The kernel's log ring starts with two words: bytes written, size; "CAmkES" is in its first line.
 */
static int check_memory(void)
{
    const volatile uint64_t *words = log;
    const volatile uint8_t *text = (const volatile uint8_t *)log + 16;
    int found = 0;
    for (int i = 0; i < 200; i++)
        found |= text[i] == 'C' && text[i + 1] == 'A' && text[i + 2] == 'm';
    volatile uint16_t *cells = screen;
    uint16_t old = cells[0];
    cells[0] = 0x0741;
    found &= words[0] > 0 && cells[0] == 0x0741;
    cells[0] = old;
    found &= ports_in_range(0x70) && ports_in_range(0x71); /* the last is one of them */
    found &= !ports_in_range(0x6f) && !ports_in_range(0x72);
    return found && screen_translate_paddr(0xb8010, 4) == (char *)screen + 16 &&
           !screen_translate_paddr(0xb9000, 4);
}

void irq_handle(void)
{
    cmos_read(0x0c);
    if (++interrupts == 5 && check_memory()) {
        cmos_write(0x0b, cmos_read(0x0b) & ~0x40);
        beat_emit();
    }
    int refused = irq_acknowledge();
    (void)refused;
}

int run(void)
{
    cmos_write(0x0a, (cmos_read(0x0a) & 0xf0) | 6);
    cmos_write(0x0b, cmos_read(0x0b) | 0x40);
    cmos_read(0x0c);
    return irq_acknowledge();
}
