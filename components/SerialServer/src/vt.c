/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "vt.h"
#include <string.h>

enum vt_state { VT_GROUND, VT_ESCAPE, VT_INTERMEDIATE, VT_CSI, VT_STRING, VT_STRING_END, VT_UTF8 };
enum { KEY_CAN = 0x18, KEY_SUB = 0x1a, KEY_ESC = 0x1b, KEY_BEL = 0x07, KEY_BS = 0x08 };
enum { ROWS = 24, COLUMNS = 80, LAST_POSITION = 998, MAX_PARAMETERS = 8 };
/* A full-screen program that lets this many lines pass without addressing the cursor has ended. */
enum { LINES_OF_TEXT = 8 };

void vt_init(struct vt *vt)
{
    *vt = (struct vt){.rows = ROWS, .columns = COLUMNS};
}

bool vt_ground(const struct vt *vt)
{
    return vt->state == VT_GROUND;
}

/* Numbers of a control sequence; missing ones are 0. Returns how many there are. */
static unsigned vt_parameters(const struct vt *vt, unsigned value[MAX_PARAMETERS])
{
    unsigned n = 0;
    memset(value, 0, MAX_PARAMETERS * sizeof(value[0]));
    for (size_t i = 1; i < vt->length && i < VT_SEQUENCE; i++) {
        char c = vt->sequence[i];
        if (c == ';' && ++n == MAX_PARAMETERS)
            return MAX_PARAMETERS;
        if (c >= '0' && c <= '9' && value[n] <= LAST_POSITION)
            value[n] = value[n] * 10 + (unsigned)(c - '0');
    }
    return n + 1;
}

static void vt_attributes(struct vt *vt)
{
    unsigned value[MAX_PARAMETERS], count = vt_parameters(vt, value);
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
    if (vt->row >= vt->rows)
        vt->rows = vt->row + 1;
    if (vt->column >= vt->columns)
        vt->columns = vt->column + 1;
    vt->lines = 0;
    /* Home alone comes before a cleared screen full of lines: still a text of lines. */
    if (row > 1 || column > 1)
        vt->screen = true;
}

static uint16_t vt_step(uint16_t from, unsigned by, bool forward, uint16_t size)
{
    by = by == 0 ? 1 : by;
    if (!forward)
        return by > from ? 0 : (uint16_t)(from - by);
    return from + by >= size ? (uint16_t)(size - 1) : (uint16_t)(from + by);
}

/* Alternate screens are set and left with private modes 47, 1047 and 1049. */
static void vt_private_mode(struct vt *vt, char final, unsigned mode)
{
    if (mode == 47 || mode == 1047 || mode == 1049) {
        vt->screen = final == 'h';
        vt->lines = 0;
    }
}

static void vt_control_sequence(struct vt *vt, char final)
{
    unsigned value[MAX_PARAMETERS];
    char first = vt->length > 1 ? vt->sequence[1] : '\0';
    vt_parameters(vt, value);
    if (first == '?')
        vt_private_mode(vt, final, value[0]);
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
        if (value[1] > vt->rows && value[1] <= LAST_POSITION)
            vt->rows = (uint16_t)value[1];
        vt_move_to(vt, 0, 0);
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
    if (vt->screen && ++vt->lines >= LINES_OF_TEXT)
        vt->screen = false;
}

static void vt_printable(struct vt *vt)
{
    if (vt->column + 1 < vt->columns)
        vt->column++;
}

static void vt_single(struct vt *vt, unsigned char c)
{
    if (c == '\n')
        vt_line_feed(vt);
    else if (c == '\r')
        vt->column = 0;
    else if (c == KEY_BS && vt->column != 0)
        vt->column--;
    else if (c == '\t')
        vt->column = vt_step(vt->column, 8u - vt->column % 8u, true, vt->columns);
    else if (c >= 0x20 && c != 0x7f)
        vt_printable(vt);
}

static uint8_t vt_ground_byte(struct vt *vt, unsigned char c)
{
    if (c == KEY_ESC) {
        vt->length = 0;
        return VT_ESCAPE;
    }
    vt_single(vt, c);
    if (c < 0xc2 || c > 0xf4)
        return VT_GROUND;
    vt->left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    return VT_UTF8;
}

static void vt_keep(struct vt *vt, unsigned char c)
{
    if (vt->length < VT_SEQUENCE)
        vt->sequence[vt->length] = (char)c;
    vt->length++;
}

static uint8_t vt_escape_byte(struct vt *vt, unsigned char c)
{
    vt_keep(vt, c);
    switch (c) {
    case '[':
        return VT_CSI;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        return VT_STRING;
    default:
        return c >= 0x20 && c < 0x30 ? VT_INTERMEDIATE : VT_GROUND;
    }
}

static uint8_t vt_csi_byte(struct vt *vt, unsigned char c)
{
    vt_keep(vt, c);
    if (c < 0x40)
        return vt->length < VT_SEQUENCE ? VT_CSI : VT_GROUND;
    if (c < 0x7f && vt->length <= VT_SEQUENCE)
        vt_control_sequence(vt, (char)c);
    return VT_GROUND;
}

static uint8_t vt_string_byte(struct vt *vt, unsigned char c)
{
    vt->length++;
    return c == KEY_BEL || vt->length >= VT_STRING_LIMIT ? VT_GROUND : VT_STRING;
}

static uint8_t vt_utf8_byte(struct vt *vt, unsigned char c)
{
    if (c < 0x80 || c >= 0xc0)
        return vt_ground_byte(vt, c); /* not a continuation: the character was cut short */
    return --vt->left == 0 ? VT_GROUND : VT_UTF8;
}

static uint8_t vt_sequence_byte(struct vt *vt, unsigned char c)
{
    if (c == KEY_ESC) {
        bool string = vt->state == VT_STRING;
        vt->length = 0;
        return string ? VT_STRING_END : VT_ESCAPE;
    }
    /* A line end or a cancelling control ends whatever was unfinished, as on a terminal. */
    if (c == '\n' || c == '\r' || c == KEY_CAN || c == KEY_SUB)
        return vt_ground_byte(vt, c);
    switch (vt->state) {
    case VT_CSI:
        return vt_csi_byte(vt, c);
    case VT_STRING:
        return vt_string_byte(vt, c);
    case VT_STRING_END:
        return c == '\\' ? VT_GROUND : vt_escape_byte(vt, c);
    case VT_INTERMEDIATE:
        vt_keep(vt, c);
        return c >= 0x20 && c < 0x30 && vt->length < VT_SEQUENCE ? VT_INTERMEDIATE : VT_GROUND;
    default:
        return vt_escape_byte(vt, c);
    }
}

bool vt_feed(struct vt *vt, char c)
{
    unsigned char byte = (unsigned char)c;
    vt->sgr_reset = false;
    if (vt->state == VT_GROUND)
        vt->state = vt_ground_byte(vt, byte);
    else if (vt->state == VT_UTF8)
        vt->state = vt_utf8_byte(vt, byte);
    else
        vt->state = vt_sequence_byte(vt, byte);
    return vt->state == VT_GROUND;
}

size_t vt_boundary(const struct vt *vt, const char *data, size_t size)
{
    struct vt copy = *vt;
    size_t boundary = 0;
    for (size_t i = 0; i < size; i++)
        if (vt_feed(&copy, data[i]))
            boundary = i + 1;
    return boundary;
}
