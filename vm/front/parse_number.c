/* parse_number.c -- the values of numeric literals. The tokenizer has checked their form. */
#include <errno.h>
#include <stdlib.h>

#include "parser.h"

enum { DEFAULT_MAX_INT_DIGITS = 4300 };

/* Copies the literal without underscores; returns its length. */
static size_t strip_underscores(const Token *token, char *out) {
    size_t length = 0;
    for (uint32_t i = 0; i < token->length; i++)
        if (token->start[i] != '_') out[length++] = token->start[i];
    out[length] = 0;
    return length;
}

/* strtod is exact and, as everywhere in the VM, runs with LC_NUMERIC "C". Short decimals, which are
 * nearly all, are exact without it: both parts are representable and there is one rounding. */
static double parse_double(const char *text) {
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    uint64_t digits = 0;
    int count = 0, scale = 0;
    bool point = false;
    for (const char *s = text;; s++) {
        if (*s == '.') {
            point = true;
        } else if (is_digit((unsigned char)*s)) {
            if (++count > 15) break;
            digits = digits * 10 + (uint64_t)(*s - '0');
            scale += point;
        } else if (*s == 0 || *s == 'j' || *s == 'J') {
            return (double)digits / powers[scale];
        } else {
            break;
        }
    }
    return strtod(text, NULL);
}

static void *raise_too_many_digits(Parser *p, const Token *token, size_t digits, int limit) {
    return raise_range(
        p, FRONT_SYNTAX_ERROR, token->lineno, -1, token->end_lineno, -1,
        "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
        "use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for "
        "huge integer literals to avoid decimal conversion limits.",
        limit, digits);
}

/* Fills an INT or BIGINT. */
static bool parse_integer(Parser *p, const Token *token, const char *text, size_t length,
                          AstConst *value) {
    int base = 10;
    if (text[0] == '0' && length > 1) {
        char letter = (char)(text[1] | 32);
        base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
        if (base != 10) text += 2, length -= 2;
    }
    while (length > 1 && *text == '0') text++, length--;
    errno = 0;
    int64_t integer = length <= 64 ? strtoll(text, NULL, base) : 0;
    if (length <= 64 && errno == 0) {
        value->kind = CONST_INT;
        value->integer = integer;
        return true;
    }
    int limit = p->options->max_int_digits ? p->options->max_int_digits : DEFAULT_MAX_INT_DIGITS;
    if (base == 10 && limit > 0 && length > (size_t)limit) {
        raise_too_many_digits(p, token, length, limit);
        return false;
    }
    value->kind = CONST_BIGINT;
    value->bigint.digits = arena_copy(p->arena, text, length);
    value->bigint.length = (uint32_t)length;
    value->bigint.base = (uint8_t)base;
    return true;
}

static bool looks_like_float(const char *text) {
    if (text[0] == '0' && (text[1] | 32) == 'x') return false;
    return strpbrk(text, ".eE") != NULL;
}

AstExpr *parse_number(Parser *p) {
    const Token *token = peek(p);
    char few[128];
    char *text = token->length < sizeof few ? few : arena_alloc(p->arena, token->length + 1);
    size_t length = strip_underscores(token, text);
    if (length < token->length) require_version(p, 6, "Underscores in numeric literals are");
    AstExpr *e = NEW_EXPR(p, Constant, pos_of_token(token));
    AstConst *value = &e->Constant.value;
    if ((text[length - 1] | 32) == 'j') {
        value->kind = CONST_COMPLEX;
        value->imag = parse_double(text);
    } else if (looks_like_float(text)) {
        value->kind = CONST_FLOAT;
        value->real = parse_double(text);
    } else if (!parse_integer(p, token, text, length, value)) {
        return NULL;
    }
    advance(p);
    return e;
}
