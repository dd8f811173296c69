/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "input.h"
#include <stdio.h>
#include <string.h>

enum { KEY_CTRL_C = 0x03, KEY_CTRL_Z = 0x1a, KEY_ESC = 0x1b };

void input_init(struct input *input, struct mux *mux, const struct input_ops *ops, void *context)
{
    *input = (struct input){.state = INPUT_LINE_START, .mux = mux, .ops = ops, .context = context};
}

/* Keys after which a program usually stands at the start of a line. */
static bool input_ends_line(char c)
{
    return c == '\r' || c == '\n' || c == KEY_CTRL_C || c == KEY_CTRL_Z;
}

static void input_deliver(struct input *input, char c)
{
    if (!input->multi) {
        input->ops->deliver(input->context, input->active, c);
        return;
    }
    for (int i = 0; i < input->clients; i++)
        if ((input->selected >> i & 1) != 0)
            input->ops->deliver(input->context, i, c);
    mux_note_input(input->mux);
}

/* '0' … '9' and, for clients 10 and 11, ':' and ';'; -1: no such client. */
static int input_client(const struct input *input, char c)
{
    int client = c - '0';
    return client >= 0 && client < input->clients ? client : -1;
}

static void input_describe_target(const struct input *input, char *text, size_t size)
{
    if (!input->multi) {
        snprintf(text, size, "client %d", input->active);
        return;
    }
    size_t used = (size_t)snprintf(text, size, "clients");
    for (int i = 0; i < input->clients && used < size; i++)
        if ((input->selected >> i & 1) != 0)
            used += (size_t)snprintf(text + used, size - used, " %d", i);
    if (input->selected == 0)
        snprintf(text, size, "no client");
}

static void input_help(struct input *input)
{
    char line[160], target[80];
    input_describe_target(input, target, sizeof(target));
    mux_message(input->mux, "--- SerialServer help ---");
    mux_message_part(input->mux,
                     "Escape character: @, at the start of a line\r\n"
                     "@@    : types one @\r\n",
                     false);
    snprintf(line, sizeof(line),
             "@0 - %d: switches input to that client (10 is ':', 11 is ';'); now: %s\r\n",
             input->clients - 1, target);
    mux_message_part(input->mux, line, false);
    mux_message_part(input->mux,
                     "@m    : input to several clients: their numbers, then Return; equal output "
                     "is printed once\r\n"
                     "@s    : dump the scheduler (debug kernels)\r\n"
                     "@d    : next debug mode: 0 none, 1 coalescing, 2 line flushing\r\n"
                     "@?    : this help\r\n",
                     false);
}

static void input_select_one(struct input *input, int client)
{
    char line[48];
    input->active = client;
    input->multi = false;
    mux_set_multi(input->mux, false, 0);
    snprintf(line, sizeof(line), "Switching input to %d", client);
    mux_message(input->mux, line);
}

static void input_next_debug(struct input *input)
{
    char line[32];
    input->mux->debug = (input->mux->debug + 1) % 3;
    snprintf(line, sizeof(line), "Debug: %u", input->mux->debug);
    mux_message(input->mux, line);
}

static void input_invalid(struct input *input, char c)
{
    char line[96];
    bool visible = c > ' ' && c < 0x7f;
    snprintf(line, sizeof(line),
             visible ? "Invalid SerialServer command: %c" : "Invalid SerialServer command: 0x%02x",
             (unsigned char)c);
    mux_message(input->mux, line);
    snprintf(line, sizeof(line), "Use %c? for help\r\n", INPUT_ESCAPE);
    mux_message_part(input->mux, line, false);
}

static enum input_state input_command(struct input *input, char c)
{
    int client = input_client(input, c);
    if (c == INPUT_ESCAPE) {
        input_deliver(input, c);
        return INPUT_NORMAL;
    }
    if (client >= 0) {
        input_select_one(input, client);
        return INPUT_LINE_START;
    }
    switch (c) {
    case 'm':
        input->selecting = 0;
        mux_message_part(input->mux, "Multi-client input to clients: ", true);
        return INPUT_SELECT;
    case 'd':
        input_next_debug(input);
        break;
    case 's':
        mux_message(input->mux, "Dumping the scheduler");
        input->ops->dump_scheduler(input->context);
        break;
    case '?':
        input_help(input);
        break;
    case '\r':
    case '\n':
        break; /* a lone escape character: nothing was asked for */
    default:
        input_invalid(input, c);
    }
    return INPUT_LINE_START;
}

static enum input_state input_select(struct input *input, char c)
{
    int client = input_client(input, c);
    if (client >= 0) {
        char text[16];
        snprintf(text, sizeof(text), "%s%d", input->selecting != 0 ? "," : "", client);
        input->selecting |= 1u << client;
        mux_message_part(input->mux, text, false);
        return INPUT_SELECT;
    }
    if (c == KEY_ESC || c == INPUT_ESCAPE) {
        mux_message(input->mux, "Multi-client input: cancelled");
        return INPUT_LINE_START;
    }
    if (c != 'm' && c != 'M' && c != '\r' && c != '\n')
        return INPUT_SELECT; /* separators and whatever else */
    input->multi = true;
    input->selected = input->selecting;
    mux_set_multi(input->mux, true, input->selected);
    mux_message(input->mux, "Input goes to these clients; equal output is coalesced (white)");
    return INPUT_LINE_START;
}

void input_byte(struct input *input, char c)
{
    if (input->clients == 0)
        return;
    switch (input->state) {
    case INPUT_COMMAND:
        input->state = input_command(input, c);
        return;
    case INPUT_SELECT:
        input->state = input_select(input, c);
        return;
    case INPUT_LINE_START:
        if (c == INPUT_ESCAPE) {
            input->state = INPUT_COMMAND;
            return;
        }
        break;
    case INPUT_NORMAL:
        break;
    }
    input_deliver(input, c);
    input->state = input_ends_line(c) ? INPUT_LINE_START : INPUT_NORMAL;
}
