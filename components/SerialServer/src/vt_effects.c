/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What ended sequences and single bytes do: attributes, modes, the cursor. */
#include <string.h>
#include "vt.h"

enum { KEY_BS = 0x08, KEY_SO = 0x0e, KEY_SI = 0x0f, KEY_ESC = 0x1b };
enum { LAST_POSITION = 998 };
/* A size is learned from where a program goes; one that looks for the corner goes further. */
enum { LARGEST = 500 };
/* A full-screen program that lets this many lines pass without addressing the cursor has ended. */
enum { LINES_OF_TEXT = 8 };

const struct vt_modes vt_default_modes = {.charset = {'B', 'B'}};

unsigned vt_parameters(const struct vt *vt, unsigned value[VT_MAX_PARAMETERS])
{
    unsigned n = 0;
    memset(value, 0, VT_MAX_PARAMETERS * sizeof(value[0]));
    for (size_t i = 1; i < vt->length && i < VT_SEQUENCE; i++) {
        char c = vt->sequence[i];
        if (c == ';' && ++n == VT_MAX_PARAMETERS)
            return VT_MAX_PARAMETERS;
        if (c >= '0' && c <= '9' && value[n] <= LAST_POSITION)
            value[n] = value[n] * 10 + (unsigned)(c - '0');
    }
    return n + 1;
}

static void vt_attributes(struct vt *vt)
{
    unsigned value[VT_MAX_PARAMETERS], count = vt_parameters(vt, value);
    bool reset = false, sets = false;
    for (unsigned i = 0; i < count; i++) {
        reset = reset || value[i] == 0;
        sets = sets || value[i] != 0;
        if ((value[i] == 38 || value[i] == 48) && i + 1 < count) /* colour by index or by RGB */
            i += value[i + 1] == 5 ? 2 : 4;
    }
    vt->sgr_reset = reset;
    if (reset || vt->sgr_used + vt->length + 1u > VT_SGR)
        vt->sgr_used = 0;
    if (!sets || vt->length + 1u > VT_SGR)
        return;
    vt->sgr[vt->sgr_used++] = KEY_ESC;
    memcpy(vt->sgr + vt->sgr_used, vt->sequence, vt->length);
    vt->sgr_used = (uint8_t)(vt->sgr_used + vt->length);
}

static uint16_t vt_position(unsigned one_based)
{
    unsigned position = one_based == 0 ? 0 : one_based - 1;
    return (uint16_t)(position > LAST_POSITION ? LAST_POSITION : position);
}

static void vt_move_to(struct vt *vt, unsigned row, unsigned column)
{
    vt->row = vt_position(row);
    vt->column = vt_position(column);
    if (vt->row >= vt->rows && vt->row < LARGEST)
        vt->rows = vt->row + 1;
    if (vt->column >= vt->columns && vt->column < LARGEST)
        vt->columns = vt->column + 1;
    vt->lines = 0;
    /* Home alone comes before a cleared screen full of lines: still a text of lines. */
    vt->picture = row <= 1 && column <= 1;
    if (!vt->picture)
        vt->screen = true;
}

static uint16_t vt_step(uint16_t from, unsigned by, bool forward, uint16_t size)
{
    by = by == 0 ? 1 : by;
    if (!forward)
        return by > from ? 0 : (uint16_t)(from - by);
    return from + by >= size ? (uint16_t)(size - 1) : (uint16_t)(from + by);
}

static void vt_private_mode(struct vt *vt, bool set, unsigned mode)
{
    switch (mode) {
    case 1:
        vt->modes.cursor_keys = set;
        vt->touched |= VT_CURSOR_KEYS;
        break;
    case 6:
        vt->modes.origin = set;
        break;
    case 7:
        vt->modes.no_wrap = !set;
        break;
    case 25:
        vt->modes.hidden = !set;
        break;
    case 47:
    case 1047:
    case 1049:
        vt->modes.alternate = vt->screen = set;
        vt->touched |= VT_ALTERNATE;
        vt->picture = vt->picture && set;
        vt->lines = 0;
        break;
    case 2004:
        vt->modes.paste = set;
        vt->touched |= VT_PASTE;
        break;
    default:
        break;
    }
}

static void vt_set_modes(struct vt *vt, const unsigned *value, unsigned count, bool set)
{
    bool private = vt->length > 1 && vt->sequence[1] == '?';
    for (unsigned i = 0; i < count; i++) {
        if (private)
            vt_private_mode(vt, set, value[i]);
        else if (value[i] == 4)
            vt->modes.insert = set;
    }
}

/* A region of all rows is one, too: the terminal may have more of them than the guest knows. */
static void vt_region(struct vt *vt, unsigned top, unsigned bottom)
{
    bool picture = vt->picture, none = top <= 1 && bottom == 0;
    if (bottom > vt->rows && bottom <= LARGEST)
        vt->rows = (uint16_t)bottom;
    bottom = bottom == 0 || bottom > vt->rows ? vt->rows : bottom;
    top = top == 0 ? 1 : top;
    if (top >= bottom)
        return;
    vt->modes.top = none ? 0 : (uint16_t)(top - 1);
    vt->modes.bottom = none ? 0 : (uint16_t)bottom;
    vt_move_to(vt, 0, 0);
    vt->picture = picture;
}

/* A cleared screen may be followed by lines or by a picture: what comes next tells. */
static void vt_clear(struct vt *vt, unsigned how)
{
    bool all = how >= 2 || (how == 0 && vt->row == 0 && vt->column == 0);
    if (!all || vt->modes.alternate)
        return;
    vt->screen = false;
    vt->picture = true;
    vt->lines = 0;
}

void vt_control_sequence(struct vt *vt, char final)
{
    unsigned value[VT_MAX_PARAMETERS];
    char first = vt->length > 1 ? vt->sequence[1] : '\0';
    unsigned count = vt_parameters(vt, value);
    if ((first == '?' || first <= '9') && (final == 'h' || final == 'l'))
        vt_set_modes(vt, value, count, final == 'h');
    if (first >= '<' && first <= '?')
        return;
    switch (final) {
    case 'm':
        vt_attributes(vt);
        break;
    case 'H':
    case 'f':
        vt_move_to(vt, value[0], value[1]);
        break;
    case 'r': /* scrolling region: the cursor goes home */
        vt_region(vt, value[0], value[1]);
        break;
    case 'J':
        vt_clear(vt, value[0]);
        break;
    case 'A':
    case 'B':
        vt->row = vt_step(vt->row, value[0], final == 'B', vt->rows);
        break;
    case 'C':
    case 'D':
        vt->column = vt_step(vt->column, value[0], final == 'C', vt->columns);
        break;
    case 'G':
        vt->column = vt_position(value[0]);
        break;
    case 'd':
        vt->row = vt_position(value[0]);
        break;
    default:
        break;
    }
}

static void vt_line_feed(struct vt *vt)
{
    if (vt->row + 1 < vt->rows)
        vt->row++;
    if (vt->lines < UINT8_MAX)
        vt->lines++;
    if (vt->lines >= LINES_OF_TEXT)
        vt->screen = false;
    if (vt->lines > vt->rows)
        vt->picture = false;
}

static void vt_printable(struct vt *vt)
{
    if (vt->column + 1 < vt->columns)
        vt->column++;
}

void vt_escape_sequence(struct vt *vt)
{
    char first = vt->sequence[0];
    if (first == 'c') { /* back to power-on */
        vt->sgr_used = 0;
        vt->sgr_reset = true;
        vt->screen = vt->picture = false;
        vt->row = vt->column = 0;
        vt->modes = vt_default_modes;
        vt->touched = VT_ALTERNATE | VT_CURSOR_KEYS | VT_KEYPAD | VT_PASTE;
    } else if (first == '=' || first == '>') {
        vt->modes.keypad = first == '=';
        vt->touched |= VT_KEYPAD;
    } else if ((first == '(' || first == ')') && vt->length == 2 && vt->sequence[1] >= '0' &&
               vt->sequence[1] < 0x7f) {
        vt->modes.charset[first == ')'] = vt->sequence[1];
    }
}

void vt_single(struct vt *vt, unsigned char c)
{
    if (c == '\n')
        vt_line_feed(vt);
    else if (c == '\r')
        vt->column = 0;
    else if (c == KEY_BS && vt->column != 0)
        vt->column--;
    else if (c == KEY_SO || c == KEY_SI)
        vt->modes.shifted = c == KEY_SO;
    else if (c == '\t')
        vt->column = vt_step(vt->column, 8u - vt->column % 8u, true, vt->columns);
    else if (c >= 0x20 && c != 0x7f)
        vt_printable(vt);
}
