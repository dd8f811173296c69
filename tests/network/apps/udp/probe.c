/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Makes the calls of UDPRecv and UDPSend that a datagram to its port `command` asks for, and
 * answers with what came out:
 *
 *   poll             data_poll(): RESULT LENGTH PORT ADDRESS FIRST-BYTE LAST-BYTE
 *   signals          how often `data` was signalled so far
 *   send LENGTH      sender_send() to where the command came from: its result
 *   send LENGTH PORT sender_send_to()
 */
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 70000, LINE = 200 };

static unsigned signals;
static char line[LINE], content[LARGEST];

static void poll_data(char *answer)
{
    unsigned length = 0;
    uint16_t port = 0;
    uint32_t address = 0;
    int result = data_poll(&length, &port, &address);
    const volatile uint8_t *bytes = data_get_buf();
    bool any = result >= 0 && length != 0;
    snprintf(answer, LINE, "%d %u %u %08x %u %u", result, length, port,
             (unsigned)__builtin_bswap32(address), any ? bytes[0] : 0, any ? bytes[length - 1] : 0);
}

static void send_data(const char *words, uint32_t address, char *answer)
{
    unsigned length = 0, port = 0;
    int count = sscanf(words, "%u %u", &length, &port);
    memset(content, 'x', sizeof content);
    int result = count == 2 ? sender_send_to((uintptr_t)content, length, address, (uint16_t)port)
                            : sender_send((uintptr_t)content, length, address);
    snprintf(answer, LINE, "%d", result);
}

/* One command; true: more wait. */
static bool obey(void)
{
    char answer[LINE] = "?";
    unsigned length = 0;
    uint16_t port = 0;
    uint32_t address = 0;
    int result = command_poll(&length, &port, &address);
    if (result < 0)
        return false;
    length = length < LINE ? length : LINE - 1;
    memcpy(line, (const void *)command_get_buf(), length);
    line[length] = 0;
    if (!strcmp(line, "poll"))
        poll_data(answer);
    else if (!strcmp(line, "signals"))
        snprintf(answer, LINE, "%u", signals);
    else if (!strncmp(line, "send ", 5))
        send_data(line + 5, address, answer);
    answer_send_to((uintptr_t)answer, (unsigned)strlen(answer), address, port);
    return result == 0;
}

int run(void)
{
    for (;;) {
        seL4_Word badge = 0;
        seL4_Word of_data = (seL4_Word)data_notification_badge();
        while (obey())
            continue;
        seL4_Wait(command_notification(), &badge);
        signals += (badge & of_data) == of_data;
    }
    return 0;
}
