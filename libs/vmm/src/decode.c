/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "decode.h"
#include <sel4/vcpu.h>
#include <string.h>

/* Cursor over the bytes plus what the prefixes said. */
struct cursor {
    const uint8_t *bytes;
    unsigned n, at;
    bool failed;
    unsigned bits;
    bool prefix66, prefix67;
    uint8_t rex;
    bool segment_set;
};

#define REX_W 8u
#define REX_R 4u
#define REX_X 2u
#define REX_B 1u

static uint8_t next(struct cursor *c)
{
    if (c->at >= c->n || c->at >= 15) {
        c->failed = true;
        return 0;
    }
    return c->bytes[c->at++];
}

/* size bytes, sign-extended */
static uint64_t next_signed(struct cursor *c, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value |= (uint64_t)next(c) << (8 * i);
    }
    unsigned shift = 64 - 8 * size;
    return size == 0 ? 0 : (uint64_t)((int64_t)(value << shift) >> shift);
}

static bool legacy_prefix(struct cursor *c, struct insn *in, uint8_t byte)
{
    static const uint8_t segment_bytes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    switch (byte) {
    case 0x66:
        c->prefix66 = true;
        return true;
    case 0x67:
        c->prefix67 = true;
        return true;
    case 0xf0:
        in->lock = true;
        return true;
    case 0xf2:
        in->repne = true;
        in->rep = false;
        return true;
    case 0xf3:
        in->rep = true;
        in->repne = false;
        return true;
    default:
        break;
    }
    for (unsigned i = 0; i < sizeof segment_bytes; i++) {
        if (byte == segment_bytes[i]) {
            /* in 64-bit code only FS and GS count */
            if (c->bits != 64 || i >= VCPU_FS) {
                in->segment = (uint8_t)i;
                c->segment_set = true;
            }
            return true;
        }
    }
    return false;
}

/* Prefixes; returns the first opcode byte. */
static uint8_t prefixes(struct cursor *c, struct insn *in)
{
    in->segment = VCPU_DS;
    for (;;) {
        uint8_t byte = next(c);
        if (c->failed) {
            return 0;
        }
        if (legacy_prefix(c, in, byte)) {
            c->rex = 0; /* a REX prefix counts only right before the opcode */
        } else if (c->bits == 64 && (byte & 0xf0) == 0x40) {
            c->rex = byte;
        } else {
            in->rex = c->rex != 0;
            return byte;
        }
    }
}

static void memory16(struct cursor *c, struct insn *in, unsigned mod, unsigned rm)
{
    static const uint8_t base[8] = {VCPU_RBX, VCPU_RBX, VCPU_RBP, VCPU_RBP,
                                    VCPU_RSI, VCPU_RDI, VCPU_RBP, VCPU_RBX};
    static const uint8_t index[8] = {VCPU_RSI,    VCPU_RDI,    VCPU_RSI,    VCPU_RDI,
                                     INSN_NO_REG, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG};
    if (mod == 0 && rm == 6) {
        in->displacement = (int64_t)(next_signed(c, 2) & 0xffff);
        return;
    }
    in->base = base[rm];
    in->index = index[rm];
    in->displacement = (int64_t)next_signed(c, mod);
    if (in->base == VCPU_RBP && !c->segment_set) {
        in->segment = VCPU_SS;
    }
}

static void memory32(struct cursor *c, struct insn *in, unsigned mod, unsigned rm)
{
    uint8_t base = (uint8_t)rm;
    if (rm == 4) {
        uint8_t sib = next(c);
        in->scale = sib >> 6;
        uint8_t index = ((sib >> 3) & 7u) | (c->rex & REX_X ? 8u : 0);
        in->index = index == 4 ? INSN_NO_REG : index;
        base = sib & 7u;
    }
    if (mod == 0 && base == 5) {
        in->rip_relative = rm == 5 && c->bits == 64;
        in->displacement = (int64_t)next_signed(c, 4);
        return;
    }
    in->base = base | (c->rex & REX_B ? 8u : 0);
    in->displacement = (int64_t)next_signed(c, mod == 2 ? 4 : mod);
    if ((in->base == VCPU_RSP || in->base == VCPU_RBP) && !c->segment_set) {
        in->segment = VCPU_SS;
    }
}

/* ModRM with SIB and displacement. Returns the raw /digit. */
static unsigned modrm(struct cursor *c, struct insn *in)
{
    uint8_t byte = next(c);
    unsigned mod = byte >> 6, rm = byte & 7u, digit = (byte >> 3) & 7u;
    in->reg = (uint8_t)(digit | (c->rex & REX_R ? 8u : 0));
    in->rm_is_memory = mod != 3;
    if (mod == 3) {
        in->rm = (uint8_t)(rm | (c->rex & REX_B ? 8u : 0));
    } else if (in->address_size == 2) {
        memory16(c, in, mod, rm);
    } else {
        memory32(c, in, mod, rm);
    }
    return digit;
}

static void set_sizes(struct cursor *c, struct insn *in)
{
    bool operand16 = (c->bits == 16) != c->prefix66;
    bool address_other = c->prefix67;
    in->size = c->rex & REX_W ? 8 : operand16 ? 2 : 4;
    if (c->bits == 64) {
        in->address_size = address_other ? 4 : 8;
    } else {
        in->address_size = (c->bits == 16) != address_other ? 2 : 4;
    }
    in->base = in->index = INSN_NO_REG;
}

static void set(struct insn *in, enum insn_op op, enum insn_operand dst, enum insn_operand src)
{
    in->op = op;
    in->dst = dst;
    in->src = src;
}

static void immediate(struct cursor *c, struct insn *in, bool byte)
{
    in->immediate = next_signed(c, byte ? 1 : in->size > 4 ? 4 : in->size);
}

static void direct_address(struct cursor *c, struct insn *in)
{
    in->rm_is_memory = true;
    in->displacement = (int64_t)next_signed(c, in->address_size);
}

/* 00..3f: eight operations in six forms */
static void arithmetic(struct cursor *c, struct insn *in, uint8_t opcode)
{
    enum insn_op op = (enum insn_op)(INSN_ADD + ((opcode >> 3) & 7u));
    switch (opcode & 7u) {
    case 0:
    case 1:
        modrm(c, in);
        set(in, op, OPERAND_RM, OPERAND_REG);
        break;
    case 2:
    case 3:
        modrm(c, in);
        set(in, op, OPERAND_REG, OPERAND_RM);
        break;
    case 4:
    case 5:
        immediate(c, in, in->size == 1);
        set(in, op, OPERAND_ACC, OPERAND_IMM);
        break;
    default:
        break; /* segment pushes, BCD: no memory operand of interest */
    }
}

static void group3(struct cursor *c, struct insn *in)
{
    unsigned digit = modrm(c, in);
    if (digit < 2) {
        immediate(c, in, in->size == 1);
        set(in, INSN_TEST, OPERAND_RM, OPERAND_IMM);
    } else if (digit < 4) {
        set(in, digit == 2 ? INSN_NOT : INSN_NEG, OPERAND_RM, OPERAND_NONE);
    }
}

static void moves(struct cursor *c, struct insn *in, uint8_t opcode)
{
    switch (opcode & 0xfeu) {
    case 0x84:
        modrm(c, in);
        set(in, INSN_TEST, OPERAND_RM, OPERAND_REG);
        break;
    case 0x86:
        modrm(c, in);
        set(in, INSN_XCHG, OPERAND_RM, OPERAND_REG);
        break;
    case 0x88:
        modrm(c, in);
        set(in, INSN_MOV, OPERAND_RM, OPERAND_REG);
        break;
    case 0x8a:
        modrm(c, in);
        set(in, INSN_MOV, OPERAND_REG, OPERAND_RM);
        break;
    case 0xa0:
        direct_address(c, in);
        set(in, INSN_MOV, OPERAND_ACC, OPERAND_RM);
        break;
    case 0xa2:
        direct_address(c, in);
        set(in, INSN_MOV, OPERAND_RM, OPERAND_ACC);
        break;
    case 0xc6:
        if (modrm(c, in) == 0) {
            immediate(c, in, in->size == 1);
            set(in, INSN_MOV, OPERAND_RM, OPERAND_IMM);
        }
        break;
    default:
        break;
    }
}

static bool strings(struct insn *in, uint8_t opcode)
{
    static const struct {
        uint8_t opcode;
        enum insn_op op;
    } table[] = {{0x6c, INSN_INS},  {0x6e, INSN_OUTS}, {0xa4, INSN_MOVS}, {0xa6, INSN_CMPS},
                 {0xaa, INSN_STOS}, {0xac, INSN_LODS}, {0xae, INSN_SCAS}};
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((opcode & 0xfeu) == table[i].opcode) {
            in->op = table[i].op;
            return true;
        }
    }
    return false;
}

static void port_io(struct cursor *c, struct insn *in, uint8_t opcode)
{
    in->op = opcode & 2u ? INSN_OUT : INSN_IN;
    in->src = opcode & 8u ? OPERAND_REG : OPERAND_IMM;
    if (!(opcode & 8u)) {
        in->immediate = next(c);
    }
}

static void one_byte(struct cursor *c, struct insn *in, uint8_t opcode)
{
    if (!(opcode & 1u) && opcode != 0x80 && opcode != 0x82 && opcode != 0x8c && opcode != 0x63) {
        in->size = 1;
    }
    if (opcode < 0x40) {
        arithmetic(c, in, opcode);
    } else if (opcode == 0x63 && c->bits == 64) {
        modrm(c, in);
        set(in, INSN_MOVSX, OPERAND_REG, OPERAND_RM);
        in->rm_size = 4;
    } else if (opcode >= 0x80 && opcode <= 0x83) {
        bool byte = opcode == 0x80 || opcode == 0x82;
        in->size = byte ? 1 : in->size;
        enum insn_op op = (enum insn_op)(INSN_ADD + modrm(c, in));
        immediate(c, in, opcode != 0x81);
        set(in, opcode == 0x82 && c->bits == 64 ? INSN_INVALID : op, OPERAND_RM, OPERAND_IMM);
    } else if (strings(in, opcode)) {
        return;
    } else if ((opcode & 0xfeu) == 0xa8) {
        immediate(c, in, in->size == 1);
        set(in, INSN_TEST, OPERAND_ACC, OPERAND_IMM);
    } else if ((opcode & 0xfeu) == 0xf6) {
        group3(c, in);
    } else if ((opcode & 0xfeu) == 0xfe) {
        unsigned digit = modrm(c, in);
        if (digit < 2) {
            set(in, digit ? INSN_DEC : INSN_INC, OPERAND_RM, OPERAND_NONE);
        }
    } else if ((opcode & 0xf4u) == 0xe4) {
        port_io(c, in, opcode);
    } else if (opcode == 0xf4) {
        in->op = INSN_OTHER;
    } else {
        moves(c, in, opcode);
    }
}

static void extend_move(struct cursor *c, struct insn *in, uint8_t opcode)
{
    modrm(c, in);
    set(in, opcode < 0xb8 ? INSN_MOVZX : INSN_MOVSX, OPERAND_REG, OPERAND_RM);
    in->rm_size = opcode & 1u ? 2 : 1;
}

static void bit_test(struct cursor *c, struct insn *in, uint8_t opcode)
{
    unsigned digit = modrm(c, in);
    if (opcode == 0xba) {
        in->immediate = next(c);
        set(in, digit < 4 ? INSN_INVALID : (enum insn_op)(INSN_BT + digit - 4), OPERAND_RM,
            OPERAND_IMM);
    } else {
        set(in, (enum insn_op)(INSN_BT + ((opcode >> 3) & 3u)), OPERAND_RM, OPERAND_REG);
    }
}

static void special_register(struct cursor *c, struct insn *in, uint8_t opcode)
{
    /* mod bits are ignored: always a register */
    uint8_t byte = next(c);
    in->reg = ((byte >> 3) & 7u) | (c->rex & REX_R ? 8u : 0);
    in->rm = (byte & 7u) | (c->rex & REX_B ? 8u : 0);
    in->op = opcode & 1u ? INSN_MOV_DR : INSN_MOV_CR;
    in->to_special = opcode & 2u;
    if (in->lock && in->op == INSN_MOV_CR) {
        in->reg |= 8u; /* AMD: LOCK MOV CR0 is CR8 */
    }
}

static void two_byte(struct cursor *c, struct insn *in)
{
    uint8_t opcode = next(c);
    switch (opcode) {
    case 0x01:
        modrm(c, in);
        in->op = INSN_OTHER;
        break;
    case 0x06:
    case 0x08:
    case 0x09:
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0xa2:
        in->op = INSN_OTHER;
        break;
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
        special_register(c, in, opcode);
        break;
    case 0xa3:
    case 0xab:
    case 0xb3:
    case 0xbb:
    case 0xba:
        bit_test(c, in, opcode);
        break;
    case 0xb0:
    case 0xb1:
    case 0xc0:
    case 0xc1:
        in->size = opcode & 1u ? in->size : 1;
        modrm(c, in);
        set(in, opcode < 0xc0 ? INSN_CMPXCHG : INSN_XADD, OPERAND_RM, OPERAND_REG);
        break;
    case 0xb6:
    case 0xb7:
    case 0xbe:
    case 0xbf:
        extend_move(c, in, opcode);
        break;
    case 0xc3: /* MOVNTI */
        modrm(c, in);
        set(in, INSN_MOV, OPERAND_RM, OPERAND_REG);
        break;
    default:
        if ((opcode & 0xf0u) == 0x40) {
            modrm(c, in);
            set(in, INSN_CMOV, OPERAND_REG, OPERAND_RM);
        } else if ((opcode & 0xf0u) == 0x90) {
            in->size = 1;
            modrm(c, in);
            set(in, INSN_SETCC, OPERAND_RM, OPERAND_NONE);
        }
        in->condition = opcode & 0xfu;
        break;
    }
}

bool insn_decode(const uint8_t *bytes, unsigned n, unsigned bits, struct insn *in)
{
    memset(in, 0, sizeof *in);
    struct cursor c = {.bytes = bytes, .n = n, .bits = bits};
    uint8_t opcode = prefixes(&c, in);
    set_sizes(&c, in);
    if (c.failed) {
        return false;
    }
    if (opcode == 0x0f) {
        two_byte(&c, in);
    } else {
        one_byte(&c, in, opcode);
    }
    if (in->rm_size == 0) {
        in->rm_size = in->size;
    }
    in->length = (uint8_t)c.at;
    return !c.failed && in->op != INSN_INVALID;
}
