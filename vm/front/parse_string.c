/* parse_string.c -- string and bytes literals: prefixes, escapes, adjacent literals. */
#include "string_literal.h"
#include "unicode.h"

void text_append(Arena *arena, Text *text, const char *bytes, size_t length) {
    if (text->length + length + 1 > text->capacity) {
        size_t capacity = (text->length + length) * 2 + 16;
        char *data = arena_alloc(arena, capacity);
        if (text->length) memcpy(data, text->data, text->length);
        text->data = data;
        text->capacity = capacity;
    }
    if (length) memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = 0;
}

void warn_invalid_escape(Parser *p, const Token *token, const char *escape) {
    if (!p->warnings) return;
    bool octal = *escape >= '0' && *escape <= '7';
    warn_at_token(p, token, arena_printf(p->arena, octal ? "invalid octal escape sequence '\\%.3s'" : "invalid escape sequence '\\%.1s'", escape));
}

static int hex_value(char c) {
    if (is_digit((unsigned char)c)) return c - '0';
    char low = (char)(c | 32);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* --- str escapes ----------------------------------------------------------------------------- */

/* One literal being decoded. AT is the position that CPython's codec would report for S: it sees
 * every non-ASCII character as a ten-character escape. */
typedef struct {
    Parser *p;
    const Token *token;
    const char *s, *end;
    size_t at;
    Text *out;
    const char *first_invalid;
} Decoder;

static bool raise_escape(Decoder *d, size_t length, const char *reason) {
    if (length == 1)
        raise_here(
            d->p, FRONT_SYNTAX_ERROR,
            "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: %s",
            d->at, reason);
    else
        raise_here(
            d->p, FRONT_SYNTAX_ERROR,
            "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s",
            d->at, d->at + length - 1, reason);
    return false;
}

static void put_code(Decoder *d, uint32_t code) {
    char utf8[4];
    text_append(d->p->arena, d->out, utf8, (size_t)unicode_put(utf8, code));
}

/* At the backslash of \x, \u or \U. */
static bool decode_hex(Decoder *d, int digits, const char *reason) {
    uint32_t code = 0;
    for (int i = 0; i < digits; i++) {
        const char *s = d->s + 2 + i;
        int value = s < d->end ? hex_value(*s) : -1;
        if (value < 0) return raise_escape(d, (size_t)i + 2, reason);
        code = code << 4 | (uint32_t)value;
    }
    if (code > 0x10FFFF) return raise_escape(d, (size_t)digits + 2, "illegal Unicode character");
    put_code(d, code);
    d->s += digits + 2;
    d->at += (size_t)digits + 2;
    return true;
}

/* At the backslash of \N. */
static bool decode_named(Decoder *d) {
    static const char malformed[] = "malformed \\N character escape";
    const char *open = d->s + 2;
    if (open >= d->end || *open != '{') return raise_escape(d, 2, malformed);
    const char *name = open + 1, *close = name;
    while (close < d->end && *close != '}') close++;
    if (close == d->end || close == name) return raise_escape(d, (size_t)(close - d->s), malformed);
    size_t length = (size_t)(close + 1 - d->s);
    const FrontHooks *hooks = d->p->options->hooks;
    if (!hooks || !hooks->unicode_name)
        return raise_escape(d, length, "\\N escapes not supported (can't load unicodedata module)");
    int32_t code = hooks->unicode_name(hooks->context, name, (size_t)(close - name));
    if (code < 0) return raise_escape(d, length, "unknown Unicode character name");
    put_code(d, (uint32_t)code);
    d->s += length;
    d->at += length;
    return true;
}

/* At a backslash followed by an octal digit; at most three count. The first that is too large for a byte is kept. */
static uint32_t decode_octal(const char **s, const char *end, const char **first_invalid) {
    uint32_t code = 0;
    const char *t = *s + 1;
    for (int i = 0; i < 3 && t < end && *t >= '0' && *t <= '7'; i++)
        code = code << 3 | (uint32_t)(*t++ - '0');
    if (code > 0377 && !*first_invalid) *first_invalid = *s + 1;
    *s = t;
    return code;
}

/* The character that a backslash and C stand for, or -1. */
static int simple_escape(char c) {
    switch (c) {
    case '\\':
    case '\'':
    case '"': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'v': return '\v';
    case 'a': return '\a';
    default: return -1;
    }
}

static bool decode_escape(Decoder *d) {
    if (d->s + 1 == d->end || (unsigned char)d->s[1] >= 0x80) {
        /* Not an escape: CPython spells this backslash as \u005c. */
        text_append(d->p->arena, d->out, "\\", 1);
        d->s++;
        d->at += 6;
        return true;
    }
    char c = d->s[1];
    switch (c) {
    case '\n': break;
    case 'x': return decode_hex(d, 2, "truncated \\xXX escape");
    case 'u': return decode_hex(d, 4, "truncated \\uXXXX escape");
    case 'U': return decode_hex(d, 8, "truncated \\UXXXXXXXX escape");
    case 'N': return decode_named(d);
    default:
        if (c >= '0' && c <= '7') {
            const char *start = d->s;
            put_code(d, decode_octal(&d->s, d->end, &d->first_invalid));
            d->at += (size_t)(d->s - start);
            return true;
        }
        int plain = simple_escape(c);
        if (plain >= 0) {
            put_code(d, (uint32_t)plain);
        } else {
            if (!d->first_invalid) d->first_invalid = d->s + 1;
            text_append(d->p->arena, d->out, d->s, 2);
        }
    }
    d->s += 2;
    d->at += 2;
    return true;
}

static bool append_utf8(Parser *p, const char *s, size_t length, Text *out) {
    const char *problem = utf8_problem(p->arena, s, length);
    if (problem) {
        raise_here(p, FRONT_SYNTAX_ERROR, "(unicode error) %s", problem);
        return false;
    }
    text_append(p->arena, out, s, length);
    return true;
}

bool decode_str(Parser *p, const Token *token, const char *s, size_t length, bool raw, Text *out) {
    if (raw) return append_utf8(p, s, length, out);
    Decoder d = {.p = p, .token = token, .s = s, .end = s + length, .out = out};
    while (d.s < d.end) {
        if (*d.s == '\\') {
            if (!decode_escape(&d)) return false;
            continue;
        }
        const char *run = d.s;
        if ((unsigned char)*run < 0x80) {
            while (d.s < d.end && *d.s != '\\' && (unsigned char)*d.s < 0x80) d.s++;
            text_append(p->arena, out, run, (size_t)(d.s - run));
            d.at += (size_t)(d.s - run);
        } else {
            while (d.s < d.end && (unsigned char)*d.s >= 0x80) {
                d.at += ((unsigned char)*d.s & 0xC0) != 0x80 ? 10 : 0;
                d.s++;
            }
            if (!append_utf8(p, run, (size_t)(d.s - run), out)) return false;
        }
    }
    if (d.first_invalid) warn_invalid_escape(p, token, d.first_invalid);
    return true;
}

/* --- bytes ----------------------------------------------------------------------------------- */

static bool decode_bytes(Parser *p, const Token *token, const char *s, size_t length, bool raw,
                         Text *out) {
    const char *start = s, *end = s + length;
    const char *first_invalid = NULL;
    if (raw) {
        text_append(p->arena, out, s, length);
        return true;
    }
    while (s < end) {
        if (*s != '\\') {
            const char *run = s;
            while (s < end && *s != '\\') s++;
            text_append(p->arena, out, run, (size_t)(s - run));
            continue;
        }
        char c = s[1], value;
        if (c == 'x') {
            int high = s + 2 < end ? hex_value(s[2]) : -1, low = s + 3 < end ? hex_value(s[3]) : -1;
            if (high < 0 || low < 0) {
                raise_here(p, FRONT_SYNTAX_ERROR,
                           "(value error) invalid \\x escape at position %zd", s - start);
                return false;
            }
            value = (char)(high << 4 | low);
            s += 4;
        } else if (c >= '0' && c <= '7') {
            value = (char)decode_octal(&s, end, &first_invalid);
        } else if (c == '\n') {
            s += 2;
            continue;
        } else {
            int plain = simple_escape(c);
            if (plain < 0) {
                if (!first_invalid) first_invalid = s + 1;
                text_append(p->arena, out, "\\", 1);
                s++;
                continue;
            }
            value = (char)plain;
            s += 2;
        }
        text_append(p->arena, out, &value, 1);
    }
    if (first_invalid) warn_invalid_escape(p, token, first_invalid);
    return true;
}

/* --- literals -------------------------------------------------------------------------------- */

typedef struct {
    bool bytes, raw, fstring;
    const char *s; /* the inside of the quotes */
    size_t length;
} Literal;

static bool open_literal(Parser *p, const Token *token, Literal *literal) {
    const char *s = token->start, *end = s + token->length;
    *literal = (Literal){0};
    for (; *s != '\'' && *s != '"'; s++) {
        char low = (char)(*s | 32);
        literal->bytes |= low == 'b';
        literal->raw |= low == 'r';
        literal->fstring |= low == 'f';
    }
    size_t quotes = end - s >= 6 && s[1] == s[0] && s[2] == s[0] ? 3 : 1;
    literal->s = s + quotes;
    literal->length = (size_t)(end - s) - 2 * quotes;
    if (literal->bytes) {
        for (size_t i = 0; i < literal->length; i++) {
            if ((unsigned char)literal->s[i] < 0x80) continue;
            raise_here(p, FRONT_SYNTAX_ERROR, "bytes can only contain ASCII literal characters");
            return false;
        }
    }
    if (!memchr(literal->s, '\\', literal->length)) literal->raw = true;
    return true;
}

AstExpr *new_str_constant(Concatenation *c, AstPos pos) {
    AstExpr *e = NEW_EXPR(c->p, Constant, pos);
    e->Constant.value.kind = CONST_STR;
    e->Constant.value.bytes.data = c->text.data ? c->text.data : "";
    e->Constant.value.bytes.length = c->text.length;
    e->Constant.kind = c->kind;
    c->text = (Text){0};
    return e;
}

/* The commonest case: the text can be used where it stands, copied once. */
static AstExpr *new_plain_constant(Parser *p, const Literal *literal, AstConstKind kind, AstPos pos,
                                   const char *u) {
    AstExpr *e = NEW_EXPR(p, Constant, pos);
    e->Constant.value.kind = kind;
    e->Constant.value.bytes.data = arena_copy(p->arena, literal->s, literal->length);
    e->Constant.value.bytes.length = literal->length;
    e->Constant.kind = u;
    return e;
}

static bool is_ascii(const char *s, size_t length) {
    unsigned char all = 0;
    for (size_t i = 0; i < length; i++) all |= (unsigned char)s[i];
    return all < 0x80;
}

static bool append_literal(Concatenation *c, const Literal *literal) {
    if (literal->fstring)
        return append_fstring(c, literal->s, literal->s + literal->length, literal->raw);
    if (literal->bytes)
        return decode_bytes(c->p, c->token, literal->s, literal->length, literal->raw, &c->text);
    return decode_str(c->p, c->token, literal->s, literal->length, literal->raw, &c->text);
}

/* One token of a run; *BYTES says what the tokens before it were. CPython decodes escapes before it
 * compares kinds, and parses f-strings after. */
static bool add_token(Concatenation *c, bool first, bool *bytes) {
    Literal literal;
    if (!open_literal(c->p, c->token, &literal)) return false;
    if (!literal.fstring && !append_literal(c, &literal)) return false;
    if (!first && literal.bytes != *bytes) {
        raise_here(c->p, FRONT_SYNTAX_ERROR, "cannot mix bytes and nonbytes literals");
        return false;
    }
    *bytes = literal.bytes;
    c->is_fstring |= literal.fstring;
    return !literal.fstring || append_literal(c, &literal);
}

/* A run of adjacent STRING tokens. */
AstExpr *parse_strings(Parser *p) {
    int start = p->pos;
    do advance(p);
    while (peek_type(p) == TOK_STRING);
    Concatenation c = {.p = p, .pos = pos_from(p, start), .mark = p->stack_top};
    c.field_pos = c.pos;
    c.kind = p->tokens[start].start[0] == 'u' ? "u" : NULL;
    if (p->pos == start + 1) {
        Literal literal;
        if (!open_literal(p, &p->tokens[start], &literal)) return NULL;
        if (literal.raw && !literal.fstring &&
            (literal.bytes || is_ascii(literal.s, literal.length)))
            return new_plain_constant(p, &literal, literal.bytes ? CONST_BYTES : CONST_STR, c.pos,
                                      c.kind);
    }
    bool bytes = false;
    for (int i = start; i < p->pos; i++) {
        c.token = &p->tokens[i];
        if (!add_token(&c, i == start, &bytes)) return NULL;
    }
    if (c.is_fstring) return finish_joined(&c);
    AstExpr *e = new_str_constant(&c, c.pos);
    if (bytes) {
        e->Constant.value.kind = CONST_BYTES;
        e->Constant.kind = NULL;
    }
    return e;
}
