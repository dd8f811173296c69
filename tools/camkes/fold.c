/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Constant folding. The semantics are those of unbounded integers with floor division, as
 * existing descriptions expect; what does not fit 127 bits is an error, never a wrap.
 */
#include <math.h>

#include "parser.h"

static struct value *make_int(struct parser *p, struct loc loc, adl_int integer)
{
    struct value *value = arena_new(p->arena, struct value);
    value->kind = VALUE_INT;
    value->loc = loc;
    value->integer = integer;
    return value;
}

static struct value *make_float(struct parser *p, struct loc loc, double real)
{
    struct value *value = arena_new(p->arena, struct value);
    value->kind = VALUE_FLOAT;
    value->loc = loc;
    value->real = real;
    return value;
}

static struct value *fold_error(struct parser *p, struct loc loc, const char *text)
{
    if (!p->failed)
        diag_error(p->diag, loc, "%s", text);
    parser_fail(p);
    return NULL;
}

bool fold_is_true(const struct value *value)
{
    return value->kind == VALUE_FLOAT ? value->real != 0 : value->integer != 0;
}

static double as_real(const struct value *value)
{
    return value->kind == VALUE_FLOAT ? value->real : (double)value->integer;
}

struct value *fold_unary(struct parser *p, unsigned op, struct loc loc, struct value *operand)
{
    bool real = operand->kind == VALUE_FLOAT;
    switch (op) {
    case '!':
        return make_int(p, loc, !fold_is_true(operand));
    case '-':
        return real ? make_float(p, loc, -operand->real) : make_int(p, loc, -operand->integer);
    case '~':
        if (real)
            return fold_error(p, loc, "'~' needs an integer");
        return make_int(p, loc, ~operand->integer);
    default:
        return operand;
    }
}

static adl_int floor_div(adl_int a, adl_int b)
{
    adl_int quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/* Square and multiply; false on overflow. */
static bool power(adl_int base, adl_int exponent, adl_int *result)
{
    bool fits = true;
    *result = 1;
    while (exponent > 0 && fits) {
        if (exponent & 1)
            fits = !__builtin_mul_overflow(*result, base, result);
        exponent >>= 1;
        if (exponent && fits)
            fits = !__builtin_mul_overflow(base, base, &base);
    }
    return fits;
}

static bool shift_left(adl_int a, adl_int count, adl_int *result)
{
    adl_int factor;
    *result = 0;
    if (a == 0)
        return true;
    return count < 127 && power(2, count, &factor) && !__builtin_mul_overflow(a, factor, result);
}

static struct value *fold_arithmetic(struct parser *p, const struct token *op, adl_int a, adl_int b)
{
    adl_int result = 0;
    bool fits = true;
    switch (op->punct) {
    case '+':
        fits = !__builtin_add_overflow(a, b, &result);
        break;
    case '-':
        fits = !__builtin_sub_overflow(a, b, &result);
        break;
    case '*':
        fits = !__builtin_mul_overflow(a, b, &result);
        break;
    case '/':
    case '%':
        if (b == 0)
            return fold_error(p, op->loc, "division by zero");
        result = op->punct == '/' ? floor_div(a, b) : a - floor_div(a, b) * b;
        break;
    case PUNCT2('*', '*'):
        if (b < 0 && a == 0)
            return fold_error(p, op->loc, "division by zero");
        if (b < 0)
            return make_float(p, op->loc, pow((double)a, (double)b));
        fits = power(a, b, &result);
        break;
    case PUNCT2('<', '<'):
    case PUNCT2('>', '>'):
        if (b < 0)
            return fold_error(p, op->loc, "negative shift count");
        if (op->punct == PUNCT2('<', '<'))
            fits = shift_left(a, b, &result);
        else
            result = a >> (b < 127 ? (int)b : 127);
        break;
    case '&':
        result = a & b;
        break;
    case '|':
        result = a | b;
        break;
    default:
        result = a ^ b;
        break;
    }
    if (!fits)
        return fold_error(p, op->loc, "the result is too large");
    return make_int(p, op->loc, result);
}

static struct value *fold_real(struct parser *p, const struct token *op, double a, double b)
{
    switch (op->punct) {
    case '+':
        return make_float(p, op->loc, a + b);
    case '-':
        return make_float(p, op->loc, a - b);
    case '*':
        return make_float(p, op->loc, a * b);
    case '/':
    case '%':
        if (b == 0)
            return fold_error(p, op->loc, "division by zero");
        return make_float(p, op->loc, op->punct == '/' ? a / b : a - floor(a / b) * b);
    case PUNCT2('*', '*'):
        return make_float(p, op->loc, pow(a, b));
    default:
        return fold_error(p, op->loc, "this operator needs integers");
    }
}

/* -1, 0, 1; exact for integers, which a double could not tell apart. */
static int compare(const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_INT && right->kind == VALUE_INT)
        return (left->integer > right->integer) - (left->integer < right->integer);
    double a = as_real(left), b = as_real(right);
    return (a > b) - (a < b);
}

static bool is_comparison(unsigned op)
{
    return op == '<' || op == '>' || op == PUNCT2('<', '=') || op == PUNCT2('>', '=') ||
           op == PUNCT2('=', '=') || op == PUNCT2('!', '=');
}

static bool holds(unsigned op, int order)
{
    switch (op) {
    case '<':
        return order < 0;
    case '>':
        return order > 0;
    case PUNCT2('<', '='):
        return order <= 0;
    case PUNCT2('>', '='):
        return order >= 0;
    case PUNCT2('=', '='):
        return order == 0;
    default:
        return order != 0;
    }
}

struct value *fold_binary(struct parser *p, const struct token *op, struct value *left,
                          struct value *right)
{
    struct loc loc = left->loc;
    struct value *result;
    if (is_comparison(op->punct))
        result = make_int(p, loc, holds(op->punct, compare(left, right)));
    else if (op->punct == PUNCT2('&', '&'))
        result = fold_is_true(left) ? right : left; /* the operand itself: 1 && 2 is 2 */
    else if (op->punct == PUNCT2('|', '|'))
        result = fold_is_true(left) ? left : right;
    else if (left->kind == VALUE_FLOAT || right->kind == VALUE_FLOAT)
        result = fold_real(p, op, as_real(left), as_real(right));
    else
        result = fold_arithmetic(p, op, left->integer, right->integer);
    if (result && result != left && result != right)
        result->loc = loc;
    return result;
}
