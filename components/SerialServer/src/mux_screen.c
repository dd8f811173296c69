/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One terminal for several full-screen programs: modes that streams do not share, and pictures that
 * are drawn again when others have drawn over them. */
#include "mux_internal.h"
#include <stdio.h>
#include <string.h>

#define LAST_ROW "\033[999;1H"

static bool mux_is_guest(int stream)
{
    return stream >= MUX_RAW(0) && stream < MUX_GUESTS_END;
}

void mux_feed(struct mux *mux, int stream, char c)
{
    struct vt *vt = mux_vt(mux, stream);
    vt_feed(vt, c);
    if (!mux_is_guest(stream))
        return;
    struct screen *screen = &mux->screen[stream - MUX_CLIENTS];
    if (!vt->screen && !vt->picture && !screen->active)
        return; /* lines */
    bool active = screen->active;
    screen_feed(screen, vt);
    if (!active && screen->active) /* it starts with an empty picture of its own */
        mux->covered &= ~(1u << (stream - MUX_CLIENTS));
}

void mux_cover(struct mux *mux, int stream)
{
    uint32_t keep = stream == MUX_COMMON   ? mux->multi.selected
                    : mux_is_guest(stream) ? 1u << (stream - MUX_CLIENTS)
                                           : 0;
    if (mux->multi.on && stream != MUX_COMMON && (keep & mux->multi.selected) != 0)
        mux->multi.coloured = true;
    mux->covered |= ~keep;
}

static void mux_switch_mode(struct mux *mux, bool wanted, bool *has, const char *name)
{
    char text[16];
    if (wanted == *has)
        return;
    *has = wanted;
    snprintf(text, sizeof(text), "\033[%s%c", name, wanted ? 'h' : 'l');
    mux_emit_text(mux, text);
}

static void mux_set_charsets(struct mux *mux, const struct vt_modes *wanted)
{
    for (int i = 0; i < 2; i++) {
        char text[4] = {'\033', "()"[i], wanted -> charset[i], '\0'};
        if (wanted->charset[i] != mux->modes.charset[i])
            mux_emit_text(mux, text);
        mux->modes.charset[i] = wanted->charset[i];
    }
    if (wanted->shifted != mux->modes.shifted)
        mux_emit_text(mux, wanted->shifted ? "\016" : "\017");
    mux->modes.shifted = wanted->shifted;
}

/* A new region sends the cursor home, and so does origin mode; lines go on in the last row. */
static void mux_set_region(struct mux *mux, const struct vt_modes *wanted)
{
    char text[24] = "\033[r";
    bool moves = wanted->origin != mux->modes.origin;
    if (wanted->top != mux->modes.top || wanted->bottom != mux->modes.bottom) {
        if (wanted->bottom != 0)
            snprintf(text, sizeof(text), "\033[%u;%ur", wanted->top + 1u, wanted->bottom + 0u);
        mux_emit_text(mux, text);
        moves = true;
    }
    mux->modes.top = wanted->top;
    mux->modes.bottom = wanted->bottom;
    mux_switch_mode(mux, wanted->origin, &mux->modes.origin, "?6");
    snprintf(text, sizeof(text), "\033[%u;1H", wanted->bottom + 0u);
    if (moves)
        mux_emit_text(mux, wanted->bottom == 0 ? LAST_ROW : text);
}

void mux_set_modes(struct mux *mux, const struct vt_modes *wanted)
{
    bool shows = !mux->modes.hidden, wraps = !mux->modes.no_wrap;
    if (memcmp(wanted, &mux->modes, sizeof(*wanted)) == 0)
        return;
    mux_set_charsets(mux, wanted);
    mux_switch_mode(mux, wanted->insert, &mux->modes.insert, "4");
    mux_switch_mode(mux, !wanted->no_wrap, &wraps, "?7");
    mux_switch_mode(mux, !wanted->hidden, &shows, "?25");
    mux->modes.no_wrap = wanted->no_wrap;
    mux->modes.hidden = wanted->hidden;
    mux_set_region(mux, wanted);
}

void mux_note_modes(struct mux *mux, const struct vt *vt)
{
    struct vt_modes now = vt->modes;
    if ((vt->touched & VT_ALTERNATE) == 0)
        now.alternate = mux->modes.alternate;
    if ((vt->touched & VT_CURSOR_KEYS) == 0)
        now.cursor_keys = mux->modes.cursor_keys;
    if ((vt->touched & VT_KEYPAD) == 0)
        now.keypad = mux->modes.keypad;
    if ((vt->touched & VT_PASTE) == 0)
        now.paste = mux->modes.paste;
    mux->modes = now;
}

void mux_leave_picture(struct mux *mux)
{
    mux_set_modes(mux, &vt_default_modes);
    mux_emit_text(mux, LAST_ROW);
}

/* Where the stream's cursor is: the picture knows it best. */
void mux_place_cursor(struct mux *mux, int stream)
{
    const struct vt *vt = mux_vt(mux, stream);
    int client = stream == MUX_COMMON ? mux->multi.first : stream - MUX_CLIENTS;
    unsigned row = vt->row, column = vt->column;
    char text[24];
    if (client >= 0 && client < MUX_CLIENTS && mux->screen[client].active) {
        row = mux->screen[client].row;
        column = mux->screen[client].column;
    }
    if (vt->modes.origin && row >= vt->modes.top)
        row -= vt->modes.top;
    snprintf(text, sizeof(text), "\033[%u;%uH", row + 1u, column + 1u);
    mux_emit_text(mux, text);
}

static size_t mux_encode(uint32_t code, char text[5])
{
    if (code < 0x80) {
        text[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        text[i] = (char)(0x80 | (code & 0x3f));
    text[0] = (char)((0xf00u >> length & 0xffu) | code);
    return length;
}

/* One colour of a pen: `base` is 30 or 40. */
static int mux_colour_words(char *text, size_t size, unsigned colour, unsigned base)
{
    unsigned index = colour - 1u;
    if (colour == 0)
        return 0;
    if ((colour & 0x8000u) != 0)
        return snprintf(text, size, ";%u;2;%u;%u;%u", base + 8u, (colour >> 10 & 31u) << 3,
                        (colour >> 5 & 31u) << 3, (colour & 31u) << 3);
    if (index < 8)
        return snprintf(text, size, ";%u", base + index);
    if (index < 16)
        return snprintf(text, size, ";%u", base + 60u + index - 8u);
    return snprintf(text, size, ";%u;5;%u", base + 8u, index);
}

/* Attributes of a cell, on top of the guest's colour. */
static void mux_draw_pen(struct mux *mux, int stream, const struct screen_pen *pen, bool graphics)
{
    char text[96] = "\033[";
    size_t used = 2;
    mux_emit_text(mux, "\033[0m");
    mux_emit_text(mux, mux_colour(mux, stream));
    for (unsigned i = 0; i < 8; i++)
        if ((pen->attributes >> i & 1) != 0)
            used += (size_t)snprintf(text + used, sizeof(text) - used, ";%u", i + 1u);
    used += (size_t)mux_colour_words(text + used, sizeof(text) - used, pen->foreground, 30);
    used += (size_t)mux_colour_words(text + used, sizeof(text) - used, pen->background, 40);
    if (used > 2) {
        text[2] = text[1]; /* the first word needs no semicolon */
        text[1] = '\033';
        snprintf(text + used, sizeof(text) - used, "m");
        mux_emit_text(mux, text + 1);
    }
    if (pen->graphics != graphics)
        mux_emit_text(mux, pen->graphics ? "\033(0" : "\033(B");
}

/* A picture on its way to the terminal. */
struct drawing {
    const struct screen *screen;
    int owner;             /* whose colour it has */
    struct screen_pen pen; /* of the last cell */
};

static void mux_draw_row(struct mux *mux, struct drawing *drawing, unsigned row)
{
    const struct screen *screen = drawing->screen;
    unsigned used = screen_used_columns(screen, row);
    char text[24];
    snprintf(text, sizeof(text), "\033[%u;1H", row + 1u);
    if (used != 0)
        mux_emit_text(mux, text);
    for (unsigned i = 0; i < used; i++) {
        const struct screen_cell *cell = &screen->cell[row][i];
        if (memcmp(&cell->pen, &drawing->pen, sizeof(cell->pen)) != 0)
            mux_draw_pen(mux, drawing->owner, &cell->pen, drawing->pen.graphics);
        drawing->pen = cell->pen;
        if (cell->code != 0)
            mux_emit(mux, text, mux_encode(cell->code, text));
    }
}

static void mux_use_screen(struct mux *mux, bool alternate)
{
    if (alternate != mux->modes.alternate)
        mux_emit_text(mux, alternate ? "\033[?1049h" : "\033[?1049l");
    mux->modes.alternate = alternate;
}

/* Can the client's picture be drawn again? */
static bool mux_has_picture(const struct mux *mux, int client)
{
    const struct vt *vt = &mux->stream[MUX_RAW(client)].vt;
    return vt->screen && mux->screen[client].active && vt_ground(vt);
}

/* Draws a client's picture; `owner`: the client's stream, or MUX_COMMON. */
static void mux_draw(struct mux *mux, int owner, int client)
{
    struct drawing drawing = {.screen = &mux->screen[client], .owner = owner};
    mux_emit_text(mux, "\033[0m");
    mux_leave_picture(mux);
    mux_use_screen(mux, mux->stream[MUX_RAW(client)].vt.modes.alternate);
    mux_emit_text(mux, mux_colour(mux, owner));
    mux_emit_text(mux, "\033[H\033[2J");
    unsigned rows = screen_used_rows(drawing.screen);
    for (unsigned row = 0; row < rows; row++)
        mux_draw_row(mux, &drawing, row);
    if (drawing.pen.graphics)
        mux_emit_text(mux, "\033(B");
    mux_emit_text(mux, "\033[0m");
    mux->mid_line = mux->line_begun = false;
    mux->current = MUX_NONE;
    mux_switch(mux, owner);
}

bool mux_redraw(struct mux *mux, int client)
{
    if (!mux_has_picture(mux, client))
        return false;
    mux_draw(mux, MUX_RAW(client), client);
    mux->covered &= ~(1u << client);
    return true;
}

bool mux_redraw_common(struct mux *mux, uint32_t clients)
{
    int first = -1;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if ((clients >> i & 1) == 0)
            continue;
        first = first < 0 ? i : first;
        if (!mux_has_picture(mux, i) || !screen_equal(&mux->screen[first], &mux->screen[i]) ||
            memcmp(&mux->stream[MUX_RAW(first)].vt.modes, &mux->stream[MUX_RAW(i)].vt.modes,
                   sizeof(struct vt_modes)) != 0)
            return false;
    }
    if (first < 0)
        return false;
    mux->multi.vt = mux->stream[MUX_RAW(first)].vt;
    mux->multi.first = first;
    mux_draw(mux, MUX_COMMON, first);
    mux->covered &= ~clients;
    mux->printed = true;
    return true;
}

void mux_key(struct mux *mux, int client)
{
    if ((mux->covered >> client & 1) != 0 && mux_redraw(mux, client))
        mux->printed = true;
}

void mux_focus(struct mux *mux, int client)
{
    const struct vt_modes *modes = &mux->stream[MUX_RAW(client)].vt.modes;
    if (!modes->alternate)
        mux_use_screen(mux, false);
    mux_switch_mode(mux, modes->cursor_keys, &mux->modes.cursor_keys, "?1");
    mux_switch_mode(mux, modes->paste, &mux->modes.paste, "?2004");
    if (modes->keypad != mux->modes.keypad)
        mux_emit_text(mux, modes->keypad ? "\033=" : "\033>");
    mux->modes.keypad = modes->keypad;
}

void mux_forget(struct mux *mux, int client)
{
    struct vt *vt = &mux->stream[MUX_RAW(client)].vt;
    uint16_t rows = vt->rows, columns = vt->columns;
    if (mux->current == MUX_RAW(client)) {
        mux_switch(mux, MUX_NONE);
        mux->current = MUX_NONE;
    }
    if (vt->modes.alternate)
        mux_use_screen(mux, false);
    vt_init(vt);
    vt->rows = rows;
    vt->columns = columns;
    screen_init(&mux->screen[client]);
    mux->multi.late.said[client] = mux->multi.late.end;
}
