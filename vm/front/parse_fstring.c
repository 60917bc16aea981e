/* parse_fstring.c -- f-strings with the rules of Python 3.11.
 *
 * An f-string is one token. Its literal parts are decoded here; the text of each replacement field
 * is found by matching brackets and quotes, put in parentheses and given to a parser of its own. */
#include "string_literal.h"

enum { MAX_BRACKETS = 200, MAX_NESTING = 2 };

static bool parse_fields(Concatenation *c, const char **s, const char *end, bool raw, int nesting);

static bool fail(Concatenation *c, const char *message) {
    raise_here(c->p, FRONT_SYNTAX_ERROR, "f-string: %s", message);
    return false;
}

static bool fail_plainly(Concatenation *c, const char *message) {
    raise_here(c->p, FRONT_SYNTAX_ERROR, "%s", message);
    return false;
}

void flush_text(Concatenation *c, AstPos pos) {
    if (c->text.length) push(c->p, new_str_constant(c, pos));
}

AstExpr *finish_joined(Concatenation *c) {
    flush_text(c, c->pos);
    AstExpr *e = NEW_EXPR(c->p, JoinedStr, c->pos);
    POP_SEQ(c->p, c->mark, e->JoinedStr.values);
    return e;
}

/* --- literal text ---------------------------------------------------------------------------- */

/* Appends text up to a field, a '}' or the end. Doubled braces stand for one brace, but not inside
 * a format specification (NESTING > 0). */
static bool read_literal(Concatenation *c, const char **s, const char *end, bool raw, int nesting) {
    for (;;) {
        const char *start = *s, *t = start, *stop = NULL;
        bool doubled = false;
        while (t < end && !stop) {
            char ch = *t++;
            if (!raw && ch == '\\' && t < end) {
                ch = *t++;
                if (ch == 'N') {
                    /* The braces of \N{...} are no field. */
                    if (t < end && *t++ == '{')
                        while (t < end && *t++ != '}') continue;
                    continue;
                }
                if (ch == '{') warn_invalid_escape(c->p, c->token, t - 1);
            }
            if (ch != '{' && ch != '}') continue;
            if (nesting == 0) {
                doubled = t < end && *t == ch;
                if (!doubled && ch == '}') return fail(c, "single '}' is not allowed");
            }
            stop = doubled ? t : t - 1;
        }
        if (!stop) stop = t;
        *s = doubled ? stop + 1 : stop;
        if (stop > start &&
            !decode_str(c->p, c->token, start, (size_t)(stop - start), raw, &c->text))
            return false;
        if (!doubled) return true;
    }
}

/* --- the extent of an expression ------------------------------------------------------------- */

typedef struct {
    char brackets[MAX_BRACKETS];
    int depth;
    char quote;      /* 0: outside strings */
    int quote_count; /* 1 or 3 */
} Scan;

static bool close_bracket(Concatenation *c, Scan *scan, char ch) {
    if (scan->depth == 0) {
        raise_here(c->p, FRONT_SYNTAX_ERROR, "f-string: unmatched '%c'", ch);
        return false;
    }
    char open = scan->brackets[--scan->depth];
    if ((open == '(' && ch == ')') || (open == '[' && ch == ']') || (open == '{' && ch == '}'))
        return true;
    raise_here(c->p, FRONT_SYNTAX_ERROR,
               "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", ch,
               open);
    return false;
}

/* Inside a quoted string; moves over one character. */
static void scan_quoted(Scan *scan, const char **s, const char *end) {
    if (**s == scan->quote) {
        if (scan->quote_count == 1) {
            scan->quote = 0;
        } else if (*s + 2 < end && (*s)[1] == scan->quote && (*s)[2] == scan->quote) {
            *s += 2;
            scan->quote = 0;
        }
    }
    ++*s;
}

/* A '!', ':', '=', '<' or '>' outside brackets: is it part of an operator? Moves over it if so. */
static bool scan_operator(const char **s, const char *end) {
    char ch = **s;
    if (*s + 1 < end && (*s)[1] == '=' && ch != ':' && ch != '}') {
        *s += 2;
        return true;
    }
    if (ch != '<' && ch != '>') return false;
    ++*s;
    return true;
}

/* Moves *S from the start of an expression to the character that ends it. */
static bool scan_expression(Concatenation *c, const char **s, const char *end) {
    Scan scan = {.depth = 0};
    while (*s < end) {
        char ch = **s;
        if (ch == '\\')
            return fail_plainly(c, "f-string expression part cannot include a backslash");
        if (scan.quote) {
            scan_quoted(&scan, s, end);
            continue;
        }
        if (ch == '\'' || ch == '"') {
            bool triple = *s + 2 < end && (*s)[1] == ch && (*s)[2] == ch;
            scan.quote = ch;
            scan.quote_count = triple ? 3 : 1;
            *s += scan.quote_count;
            continue;
        }
        if (ch == '[' || ch == '{' || ch == '(') {
            if (scan.depth >= MAX_BRACKETS) return fail(c, "too many nested parenthesis");
            scan.brackets[scan.depth++] = ch;
        } else if (ch == '#') {
            return fail_plainly(c, "f-string expression part cannot include '#'");
        } else if (scan.depth == 0 && ch && strchr("!:}=<>", ch)) {
            if (!scan_operator(s, end)) break;
            continue;
        } else if (ch == ']' || ch == '}' || ch == ')') {
            if (!close_bracket(c, &scan, ch)) return false;
        }
        ++*s;
    }
    if (scan.quote) return fail(c, "unterminated string");
    if (scan.depth) {
        raise_here(c->p, FRONT_SYNTAX_ERROR, "f-string: unmatched '%c'",
                   scan.brackets[scan.depth - 1]);
        return false;
    }
    return *s < end || fail(c, "expecting '}'");
}

/* --- replacement fields ---------------------------------------------------------------------- */

/* Where the expression's tokens are: OPEN is its '{'. Columns on its first line are those of the
 * source, except that text after "{\n" counts from its own line. */
static void locate_expression(const Token *token, const char *open, int *lineno, int *col) {
    int lines = 0, cols = 0;
    const char *s = open + 1;
    while (*s == ' ' || *s == '\t' || *s == '\f') s++;
    if (*s != '\n' && *s != '}') {
        const char *line = open;
        while (line > token->start && *line != '\n') line--;
        cols = (int)(open - line);
        if (*line == '\n') cols--;
    }
    for (s = token->start; s < open; s++) lines += *s == '\n';
    *lineno = token->lineno + lines;
    *col = lines ? cols : token->col_offset + cols;
}

static AstExpr *compile_expression(Concatenation *c, const char *start, const char *end) {
    const char *s = start;
    while (s < end && strchr(" \t\n\f\r", *s)) s++;
    if (s == end && *end == '}') {
        fail(c, "empty expression not allowed");
        return NULL;
    }
    if (s == end)
        return raise_here(c->p, FRONT_SYNTAX_ERROR, "f-string: expression required before '%c'",
                          *end);
    size_t length = (size_t)(end - start);
    char *text = arena_alloc(c->p->arena, length + 4);
    text[0] = '(';
    memcpy(text + 1, start, length);
    text[length + 1] = ')';
    text[length + 2] = '\n';
    int lineno, col;
    locate_expression(c->token, start - 1, &lineno, &col);
    return parse_fstring_expression(c->p, text, length + 3, lineno, col);
}

static bool parse_conversion(Concatenation *c, const char **s, const char *end, int *conversion) {
    *conversion = -1;
    if (**s != '!') return true;
    if (++*s >= end) return fail(c, "expecting '}'");
    *conversion = (unsigned char)*(*s)++;
    if (*conversion != 's' && *conversion != 'r' && *conversion != 'a')
        return fail(c, "invalid conversion character: expected 's', 'r', or 'a'");
    return *s < end || fail(c, "expecting '}'");
}

/* After ':', up to the '}'. */
static AstExpr *parse_format_spec(Concatenation *c, const char **s, const char *end, bool raw,
                                  int nesting) {
    /* It and its text lie in this token, even where several literals are concatenated. */
    Concatenation spec = {.p = c->p,
                          .pos = pos_of_token(c->token),
                          .field_pos = c->field_pos,
                          .token = c->token,
                          .mark = c->p->stack_top};
    return parse_fields(&spec, s, end, raw, nesting + 1) ? finish_joined(&spec) : NULL;
}

/* At '{'. Pushes a FormattedValue, for "{x=}" after adding the source text to the literal text. */
static bool parse_field(Concatenation *c, const char **s, const char *end, bool raw, int nesting) {
    if (nesting >= MAX_NESTING) return fail(c, "expressions nested too deeply");
    const char *start = ++*s;
    if (!scan_expression(c, s, end)) return false;
    AstExpr *value = compile_expression(c, start, *s);
    if (!value) return false;
    bool debug = **s == '=';
    if (debug) {
        require_version(c->p, 8, "f-string: self documenting expressions are");
        ++*s;
        while (*s < end && strchr(" \t\n\r\f\v", **s)) ++*s;
        if (*s >= end) return fail(c, "expecting '}'");
        text_append(c->p->arena, &c->text, start, (size_t)(*s - start));
    }
    int conversion;
    AstExpr *spec = NULL;
    if (!parse_conversion(c, s, end, &conversion)) return false;
    flush_text(c, c->field_pos);
    if (**s == ':') {
        if (++*s >= end) return fail(c, "expecting '}'");
        spec = parse_format_spec(c, s, end, raw, nesting);
        if (!spec) return false;
    }
    if (*s >= end || **s != '}') return fail(c, "expecting '}'");
    ++*s;
    if (debug && !spec && conversion == -1) conversion = 'r';
    AstExpr *e = NEW_EXPR(c->p, FormattedValue, c->field_pos);
    e->FormattedValue.value = value;
    e->FormattedValue.conversion = conversion;
    e->FormattedValue.format_spec = spec;
    push(c->p, e);
    return true;
}

/* Literal text and fields, up to the end, or in a format specification up to its '}'. */
static bool parse_fields(Concatenation *c, const char **s, const char *end, bool raw, int nesting) {
    for (;;) {
        if (!read_literal(c, s, end, raw, nesting)) return false;
        if (*s >= end || **s == '}') break;
        if (!parse_field(c, s, end, raw, nesting)) return false;
    }
    if (nesting && (*s >= end || **s != '}')) return fail(c, "expecting '}'");
    return true;
}

bool append_fstring(Concatenation *c, const char *s, const char *end, bool raw) {
    require_version(c->p, 6, "Format strings are");
    return parse_fields(c, &s, end, raw, 0);
}
