/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "vt.h"
#include <string.h>

enum vt_state { VT_GROUND, VT_ESCAPE, VT_INTERMEDIATE, VT_CSI, VT_STRING, VT_STRING_END, VT_UTF8 };
enum { KEY_CAN = 0x18, KEY_SUB = 0x1a, KEY_ESC = 0x1b, KEY_BEL = 0x07, KEY_DEL = 0x7f };
enum { ROWS = 24, COLUMNS = 80, REPLACEMENT = 0xfffd };

void vt_init(struct vt *vt)
{
    *vt = (struct vt){.rows = ROWS, .columns = COLUMNS, .modes = vt_default_modes};
}

bool vt_ground(const struct vt *vt)
{
    return vt->state == VT_GROUND;
}

static uint8_t vt_ground_byte(struct vt *vt, unsigned char c)
{
    if (c == KEY_ESC) {
        vt->length = 0;
        return VT_ESCAPE;
    }
    vt_single(vt, c);
    if (c < 0xc2 || c > 0xf4) {
        vt->event = c < ' ' || c == KEY_DEL ? VT_CONTROL : VT_TEXT;
        vt->code = c > KEY_DEL ? REPLACEMENT : c;
        return VT_GROUND;
    }
    vt->left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    vt->code = c & (0x3fu >> vt->left);
    return VT_UTF8;
}

static void vt_keep(struct vt *vt, unsigned char c)
{
    if (vt->length < VT_SEQUENCE)
        vt->sequence[vt->length] = (char)c;
    vt->length++;
}

static uint8_t vt_escape_end(struct vt *vt)
{
    vt_escape_sequence(vt);
    vt->event = VT_ESCAPE_SEQUENCE;
    return VT_GROUND;
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
        return c >= 0x20 && c < 0x30 ? VT_INTERMEDIATE : vt_escape_end(vt);
    }
}

static uint8_t vt_csi_byte(struct vt *vt, unsigned char c)
{
    vt_keep(vt, c);
    if (c < 0x40)
        return vt->length < VT_SEQUENCE ? VT_CSI : VT_GROUND;
    if (c < KEY_DEL && vt->length <= VT_SEQUENCE) {
        vt_control_sequence(vt, (char)c);
        vt->event = VT_CONTROL_SEQUENCE;
    }
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
    vt->code = vt->code << 6 | (c & 0x3f);
    if (--vt->left != 0)
        return VT_UTF8;
    vt->event = VT_TEXT;
    return VT_GROUND;
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
        if (c >= ' ')
            return vt_csi_byte(vt, c);
        vt_single(vt, c); /* takes effect at once, and is no part of it */
        return VT_CSI;
    case VT_STRING:
        return vt_string_byte(vt, c);
    case VT_STRING_END:
        return c == '\\' ? VT_GROUND : vt_escape_byte(vt, c);
    case VT_INTERMEDIATE:
        vt_keep(vt, c);
        if (c < 0x20 || c >= 0x30)
            return vt_escape_end(vt);
        return vt->length < VT_SEQUENCE ? VT_INTERMEDIATE : VT_GROUND;
    default:
        return vt_escape_byte(vt, c);
    }
}

bool vt_feed(struct vt *vt, char c)
{
    unsigned char byte = (unsigned char)c;
    vt->sgr_reset = false;
    if (vt->state == VT_GROUND && byte >= ' ' && byte < KEY_DEL) { /* nearly all there is */
        vt->event = VT_TEXT;
        vt->code = byte;
        vt->column += vt->column + 1u < vt->columns;
        return true;
    }
    vt->event = VT_NOTHING;
    if (vt->state == VT_GROUND)
        vt->state = vt_ground_byte(vt, byte);
    else if (vt->state == VT_UTF8)
        vt->state = vt_utf8_byte(vt, byte);
    else
        vt->state = vt_sequence_byte(vt, byte);
    return vt->state == VT_GROUND;
}

void vt_abandon(struct vt *vt)
{
    vt->state = VT_GROUND;
}

size_t vt_boundary(const struct vt *vt, const char *data, size_t size)
{
    size_t boundary = 0, i = 0;
    while (vt->state == VT_GROUND && i < size && data[i] != KEY_ESC && data[i] >= 0)
        i++;
    boundary = i; /* of plain text every byte is one */
    if (i == size)
        return size;
    struct vt copy = *vt;
    for (; i < size; i++)
        if (vt_feed(&copy, data[i]))
            boundary = i + 1;
    return boundary;
}
