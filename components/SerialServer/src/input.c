/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "input.h"
#include <stdio.h>
#include <string.h>

enum { KEY_CTRL_C = 0x03, KEY_REDRAW = 0x0c, KEY_CTRL_Z = 0x1a, KEY_ESC = 0x1b };

/* Before the redraw key is sent, the guests finish what they say about earlier keys. */
enum { REDRAW_TICKS = 5 };

/* An escape. The table below both dispatches and explains them. */
struct input_command {
    char key;
    const char *keys;            /* how the help names it */
    const char *help;            /* what it says, %d: the highest client */
    const char *question;        /* printed while it waits for a client; NULL: takes none */
    const char *confirm;         /* asked before it acts on that client, %d; NULL: acts at once */
    const char *confirm_stopped; /* the same for a VM that does not run */
    bool vms;                    /* its client must be a VM */
    void (*run)(struct input *input, int client); /* without client: 0 */
};

static void input_deliver(struct input *input, char c);

static void command_escape(struct input *input, int client)
{
    (void)client;
    input_deliver(input, INPUT_ESCAPE);
    input->state = INPUT_NORMAL;
}

static void command_client(struct input *input, int client)
{
    char line[48];
    input->active = client;
    input->multi = false;
    input->redraw = 0;
    mux_set_multi(input->mux, false, 0);
    mux_focus(input->mux, client);
    snprintf(line, sizeof(line), "Switching input to %d", client);
    mux_message(input->mux, line);
    mux_redraw(input->mux, client);
}

static void command_multi(struct input *input, int client)
{
    (void)client;
    input->selecting = 0;
    mux_message_part(input->mux, "Multi-client input to clients: ", true);
    input->state = INPUT_SELECT;
}

static void command_debug(struct input *input, int client)
{
    char line[32];
    (void)client;
    input->mux->debug = (input->mux->debug + 1) % 3;
    snprintf(line, sizeof(line), "Debug: %u", input->mux->debug);
    mux_message(input->mux, line);
}

static void command_scheduler(struct input *input, int client)
{
    (void)client;
    mux_message(input->mux, "Dumping the scheduler");
    input->ops->dump_scheduler(input->context);
}

static void command_timestamps(struct input *input, int client)
{
    (void)client;
    input->mux->timestamps = !input->mux->timestamps;
    mux_message(input->mux, input->mux->timestamps ? "Timestamps: on" : "Timestamps: off");
}

static void command_list(struct input *input, int client)
{
    (void)client;
    input->ops->list(input->context);
}

static void command_history(struct input *input, int client)
{
    input->ops->history(input->context, client);
}

static void command_inspect(struct input *input, int client)
{
    input->ops->inspect(input->context, client);
}

static void command_reset(struct input *input, int client)
{
    input->ops->reset(input->context, client);
}

static void command_stop_start(struct input *input, int client)
{
    input->ops->stop_start(input->context, client);
}

static void command_help(struct input *input, int client);

/* The first entry is dispatched by its range of keys, the others by `key`. */
static const struct input_command commands[] = {
    {.keys = "0 - %d",
     .help = "input to that client (10 is ':', 11 is ';'); redraws its full-screen program",
     .run = command_client},
    {.key = INPUT_ESCAPE, .keys = "@", .help = "types one @", .run = command_escape},
    {.key = 'm',
     .keys = "m",
     .help = "input to several clients: their numbers, then Return (redraws full-screen "
             "programs) or m; Esc cancels; equal output is printed once",
     .run = command_multi},
    {.key = 'l',
     .keys = "l",
     .help = "lists the clients: state, exits per second, memory",
     .run = command_list},
    {.key = 'h',
     .keys = "hN",
     .help = "the last lines of client N",
     .question = "Lines of client: ",
     .run = command_history},
    {.key = 't', .keys = "t", .help = "timestamps on or off", .run = command_timestamps},
    {.key = 'r',
     .keys = "rN",
     .help = "resets VM N (asks first)",
     .question = "Reset VM: ",
     .confirm = "Reset VM %d? (y/n) ",
     .confirm_stopped = "Reset VM %d? (y/n) ",
     .vms = true,
     .run = command_reset},
    {.key = 'x',
     .keys = "xN",
     .help = "stops VM N, or starts it again (asks first)",
     .question = "Stop or start VM: ",
     .confirm = "Stop VM %d? (y/n) ",
     .confirm_stopped = "Start VM %d? (y/n) ",
     .vms = true,
     .run = command_stop_start},
    {.key = 'i',
     .keys = "iN",
     .help = "inspects VM N: registers, devices, exits",
     .question = "Inspect VM: ",
     .vms = true,
     .run = command_inspect},
    {.key = 'd',
     .keys = "d",
     .help = "next debug mode: 0 none, 1 coalescing, 2 line flushing",
     .run = command_debug},
    {.key = 's',
     .keys = "s",
     .help = "dumps the scheduler (debug kernels)",
     .run = command_scheduler},
    {.key = '?', .keys = "?", .help = "this help", .run = command_help},
};
enum { NUM_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

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
        mux_key(input->mux, input->active);
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

static void command_help(struct input *input, int client)
{
    char line[200], keys[16], target[80];
    (void)client;
    input_describe_target(input, target, sizeof(target));
    mux_message(input->mux, "--- SerialServer help ---");
    snprintf(line, sizeof(line),
             "Escape character: %c, at the start of a line; input goes to: %s\r\n", INPUT_ESCAPE,
             target);
    mux_message_part(input->mux, line, false);
    for (int i = 0; i < NUM_COMMANDS; i++) {
        snprintf(keys, sizeof(keys), commands[i].keys, input->clients - 1);
        snprintf(line, sizeof(line), "%c%-6s %s\r\n", INPUT_ESCAPE, keys, commands[i].help);
        mux_message_part(input->mux, line, false);
    }
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

static const struct input_command *input_find(const struct input *input, char c)
{
    if (input_client(input, c) >= 0)
        return &commands[0];
    for (int i = 1; i < NUM_COMMANDS; i++)
        if (commands[i].key == c)
            return &commands[i];
    return NULL;
}

static void input_command(struct input *input, char c)
{
    const struct input_command *command = input_find(input, c);
    input->state = INPUT_LINE_START;
    if (command == NULL) {
        /* A lone escape character before Return: nothing was asked for. */
        if (c != '\r' && c != '\n')
            input_invalid(input, c);
        return;
    }
    if (command->question == NULL) {
        command->run(input, command == &commands[0] ? input_client(input, c) : 0);
        return;
    }
    input->command = command;
    input->state = INPUT_ARGUMENT;
    mux_message_part(input->mux, command->question, true);
}

static void input_cancel(struct input *input)
{
    mux_message_part(input->mux, "cancelled\r\n", false);
}

static void input_argument(struct input *input, char c)
{
    const struct input_command *command = input->command;
    int client = input_client(input, c);
    char line[48];
    input->state = INPUT_LINE_START;
    if (client < 0) {
        input_cancel(input);
        return;
    }
    snprintf(line, sizeof(line), "%d\r\n", client);
    mux_message_part(input->mux, line, false);
    if (command->vms && !input->ops->controls(input->context, client)) {
        snprintf(line, sizeof(line), "Client %d is not a VM\r\n", client);
        mux_message_part(input->mux, line, false);
        return;
    }
    if (command->confirm == NULL) {
        command->run(input, client);
        return;
    }
    bool runs = input->ops->runs(input->context, client);
    snprintf(line, sizeof(line), runs ? command->confirm : command->confirm_stopped, client);
    mux_message_part(input->mux, line, false);
    input->argument = client;
    input->state = INPUT_CONFIRM;
}

static void input_confirm(struct input *input, char c)
{
    input->state = INPUT_LINE_START;
    if (c != 'y' && c != 'Y') {
        input_cancel(input);
        return;
    }
    mux_message_part(input->mux, "yes\r\n", false);
    input->command->run(input, input->argument);
}

/* The set is complete. Full-screen programs in it start from a fresh picture. */
static void input_apply_selection(struct input *input, bool redraw)
{
    input->state = INPUT_LINE_START;
    input->multi = true;
    input->selected = input->selecting;
    mux_set_multi(input->mux, true, input->selected);
    mux_message(input->mux, input->selected == 0
                                ? "Input goes to no client"
                                : "Input goes to these clients; equal output is coalesced (white)");
    input->redraw = redraw && mux_full_screen(input->mux, input->selected) ? REDRAW_TICKS : 0;
}

void input_tick(struct input *input)
{
    if (input->redraw != 0 && --input->redraw == 0 && input->multi)
        input_deliver(input, KEY_REDRAW);
}

static void input_select(struct input *input, char c)
{
    int client = input_client(input, c);
    if (client >= 0) {
        char text[16];
        snprintf(text, sizeof(text), "%s%d", input->selecting != 0 ? "," : "", client);
        if ((input->selecting >> client & 1) == 0)
            mux_message_part(input->mux, text, false);
        input->selecting |= 1u << client;
    } else if (c == KEY_ESC || c == INPUT_ESCAPE || c == KEY_CTRL_C) {
        input->state = INPUT_LINE_START;
        mux_message(input->mux, "Multi-client input: cancelled");
    } else if (c == '\r' || c == '\n' || c == 'm' || c == 'M') {
        input_apply_selection(input, c == '\r' || c == '\n');
    } /* separators and whatever else: nothing */
}

uint32_t input_targets(const struct input *input, char c)
{
    bool data =
        input->state == INPUT_NORMAL || (input->state == INPUT_LINE_START && c != INPUT_ESCAPE);
    if (input->state == INPUT_COMMAND && c == INPUT_ESCAPE)
        data = true;
    if (!data || input->clients == 0)
        return 0;
    return input->multi ? input->selected : 1u << input->active;
}

void input_byte(struct input *input, char c)
{
    if (input->clients == 0)
        return;
    switch (input->state) {
    case INPUT_COMMAND:
        input_command(input, c);
        return;
    case INPUT_SELECT:
        input_select(input, c);
        return;
    case INPUT_ARGUMENT:
        input_argument(input, c);
        return;
    case INPUT_CONFIRM:
        input_confirm(input, c);
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
