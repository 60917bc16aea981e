/* parse_pattern.c -- the patterns of 'case'. */
#include "parser.h"

static AstPattern *parse_or_pattern(Parser *p);

/* A name in a pattern captures unless it goes on as a dotted name, a class or a keyword. */
static bool at_capture_end(const Parser *p) {
    TokenType type = peek_type(p);
    return type != TOK_DOT && type != TOK_LPAREN && type != TOK_ASSIGN;
}

/* The target of a capture: any name but "_". */
static const char *parse_capture_target(Parser *p) {
    const Token *token = peek(p);
    if (token->type != TOK_NAME || token->name == p->name_underscore) return NULL;
    advance(p);
    return at_capture_end(p) ? token->name : NULL;
}

/* NAME ('.' NAME)*, as an expression. */
static AstExpr *parse_dotted(Parser *p) {
    int start = p->pos;
    AstExpr *e = new_name(p, peek(p), AST_Load);
    advance(p);
    while (accept(p, TOK_DOT)) {
        const Token *name = peek(p);
        if (!accept(p, TOK_NAME)) return NULL;
        AstExpr *attribute = NEW_EXPR(p, Attribute, pos_from(p, start));
        attribute->Attribute.value = e;
        attribute->Attribute.attr = name->name;
        attribute->Attribute.ctx = AST_Load;
        e = attribute;
    }
    return e;
}

/* --- literals -------------------------------------------------------------------------------- */

static AstExpr *parse_signed_number(Parser *p) {
    int start = p->pos;
    bool minus = accept(p, TOK_MINUS);
    if (peek_type(p) != TOK_NUMBER) return NULL;
    AstExpr *number = parse_number(p);
    if (!minus || !number) return number;
    AstExpr *e = NEW_EXPR(p, UnaryOp, pos_from(p, start));
    e->UnaryOp.op = AST_USub;
    e->UnaryOp.operand = number;
    return e;
}

static bool is_imaginary(const AstExpr *e) {
    if (e->kind == EXPR_UnaryOp) e = e->UnaryOp.operand;
    return e->Constant.value.kind == CONST_COMPLEX;
}

/* "-1", or a complex number "-1 + 2j". */
static AstExpr *parse_number_literal(Parser *p) {
    int start = p->pos;
    AstExpr *real = parse_signed_number(p);
    if (!real) return NULL;
    TokenType type = peek_type(p);
    if (type != TOK_PLUS && type != TOK_MINUS) return real;
    advance(p);
    if (is_imaginary(real) || peek_type(p) != TOK_NUMBER) return NULL;
    AstExpr *imaginary = parse_number(p);
    if (!imaginary || !is_imaginary(imaginary)) return NULL;
    AstExpr *e = NEW_EXPR(p, BinOp, pos_from(p, start));
    e->BinOp.left = real;
    e->BinOp.op = type == TOK_PLUS ? AST_Add : AST_Sub;
    e->BinOp.right = imaginary;
    return e;
}

static AstPattern *new_value_pattern(Parser *p, int start, AstExpr *value) {
    if (!value) return NULL;
    AstPattern *pattern = NEW_PATTERN(p, MatchValue, pos_from(p, start));
    pattern->MatchValue.value = value;
    return pattern;
}

static AstPattern *parse_singleton_pattern(Parser *p, AstConstKind kind) {
    AstPattern *pattern = NEW_PATTERN(p, MatchSingleton, pos_of_token(peek(p)));
    pattern->MatchSingleton.value.kind = kind;
    advance(p);
    return pattern;
}

/* --- sequences ------------------------------------------------------------------------------- */

static AstPattern *parse_maybe_star_pattern(Parser *p) {
    int start = p->pos;
    if (!accept(p, TOK_STAR)) return parse_pattern(p);
    const char *name = NULL;
    if (!(at_soft_keyword(p, p->name_underscore))) {
        name = parse_capture_target(p);
        if (!name) return NULL;
    } else {
        advance(p);
    }
    AstPattern *pattern = NEW_PATTERN(p, MatchStar, pos_from(p, start));
    pattern->MatchStar.name = name;
    return pattern;
}

static bool at_pattern(const Parser *p) {
    switch (peek_type(p)) {
    case TOK_NAME:
    case TOK_NUMBER:
    case TOK_MINUS:
    case TOK_STRING:
    case TOK_NONE:
    case TOK_TRUE:
    case TOK_FALSE:
    case TOK_LPAREN:
    case TOK_LBRACKET:
    case TOK_LBRACE:
    case TOK_STAR: return true;
    default: return false;
    }
}

/* The rest of an open sequence whose FIRST item has been read and which has a comma. */
static bool parse_sequence_items(Parser *p, AstPattern *first, AstPatternSeq *seq) {
    int mark = p->stack_top;
    push(p, first);
    while (accept(p, TOK_COMMA) && at_pattern(p)) {
        AstPattern *next = parse_maybe_star_pattern(p);
        if (!next) return false;
        push(p, next);
    }
    POP_SEQ(p, mark, *seq);
    return true;
}

static AstPattern *new_sequence(Parser *p, int start, AstPatternSeq patterns) {
    AstPattern *pattern = NEW_PATTERN(p, MatchSequence, pos_from(p, start));
    pattern->MatchSequence.patterns = patterns;
    return pattern;
}

/* "[...]", or "(...)": which without a comma is a group. */
static AstPattern *parse_bracketed(Parser *p, TokenType close) {
    int start = p->pos;
    AstPatternSeq patterns = {0};
    advance(p);
    if (accept(p, close)) return new_sequence(p, start, patterns);
    AstPattern *first = parse_maybe_star_pattern(p);
    if (!first) return NULL;
    if (close == TOK_RPAREN && peek_type(p) != TOK_COMMA)
        return first->kind != PATTERN_MatchStar && accept(p, close) ? first : NULL;
    if (!parse_sequence_items(p, first, &patterns) || !accept(p, close)) return NULL;
    return new_sequence(p, start, patterns);
}

/* --- mappings and classes -------------------------------------------------------------------- */

static AstExpr *parse_mapping_key(Parser *p) {
    int start = p->pos;
    AstConstKind kind;
    switch (peek_type(p)) {
    case TOK_NUMBER:
    case TOK_MINUS: return parse_number_literal(p);
    case TOK_STRING: return parse_strings(p);
    case TOK_NONE: kind = CONST_NONE; break;
    case TOK_TRUE: kind = CONST_TRUE; break;
    case TOK_FALSE: kind = CONST_FALSE; break;
    case TOK_NAME: {
        AstExpr *e = parse_dotted(p);
        return e && e->kind == EXPR_Attribute ? e : NULL;
    }
    default: return NULL;
    }
    advance(p);
    AstExpr *e = NEW_EXPR(p, Constant, pos_from(p, start));
    e->Constant.value.kind = kind;
    return e;
}

static AstPattern *parse_mapping(Parser *p) {
    int start = p->pos, mark = p->stack_top, count = 0;
    const char *rest = NULL;
    advance(p);
    while (peek_type(p) != TOK_RBRACE) {
        if (accept(p, TOK_POWER)) {
            rest = parse_capture_target(p);
            if (!rest) return NULL;
            accept(p, TOK_COMMA);
            break;
        }
        AstExpr *key = parse_mapping_key(p);
        if (!key || !accept(p, TOK_COLON)) return NULL;
        AstPattern *value = parse_pattern(p);
        if (!value) return NULL;
        push(p, key);
        push(p, value);
        count++;
        if (!accept(p, TOK_COMMA)) break;
    }
    if (!accept(p, TOK_RBRACE)) return NULL;
    AstPattern *pattern = NEW_PATTERN(p, MatchMapping, pos_from(p, start));
    if (count) {
        pattern->MatchMapping.keys.items = ARENA_ARRAY(p->arena, AstExpr *, count);
        pattern->MatchMapping.patterns.items = ARENA_ARRAY(p->arena, AstPattern *, count);
    }
    pattern->MatchMapping.keys.count = pattern->MatchMapping.patterns.count = count;
    for (int i = 0; i < count; i++) {
        pattern->MatchMapping.keys.items[i] = p->stack[mark + 2 * i];
        pattern->MatchMapping.patterns.items[i] = p->stack[mark + 2 * i + 1];
    }
    p->stack_top = mark;
    pattern->MatchMapping.rest = rest;
    return pattern;
}

/* "Class(positional, ..., name=pattern, ...)", at '('. */
static AstPattern *parse_class(Parser *p, int start, AstExpr *cls) {
    int mark = p->stack_top, keyword_count = 0;
    AstPatternSeq patterns = {0};
    advance(p);
    while (peek_type(p) != TOK_RPAREN) {
        bool keyword = peek_type(p) == TOK_NAME && peek_ahead(p, 1) == TOK_ASSIGN;
        if (!keyword && keyword_count) return NULL;
        if (keyword) {
            if (keyword_count == 0) POP_SEQ(p, mark, patterns);
            push(p, (void *)(uintptr_t)peek(p)->name);
            keyword_count++;
            p->pos += 2;
        }
        AstPattern *value = parse_pattern(p);
        if (!value) return NULL;
        push(p, value);
        if (!accept(p, TOK_COMMA)) break;
    }
    if (keyword_count == 0) POP_SEQ(p, mark, patterns);
    if (!accept(p, TOK_RPAREN)) return NULL;
    AstPattern *pattern = NEW_PATTERN(p, MatchClass, pos_from(p, start));
    AstIn_MatchClass *fields = &pattern->MatchClass;
    fields->cls = cls;
    fields->patterns = patterns;
    fields->kwd_attrs.count = fields->kwd_patterns.count = keyword_count;
    if (keyword_count) {
        fields->kwd_attrs.items = ARENA_ARRAY(p->arena, const char *, keyword_count);
        fields->kwd_patterns.items = ARENA_ARRAY(p->arena, AstPattern *, keyword_count);
    }
    for (int i = 0; i < keyword_count; i++) {
        fields->kwd_attrs.items[i] = p->stack[mark + 2 * i];
        fields->kwd_patterns.items[i] = p->stack[mark + 2 * i + 1];
    }
    p->stack_top = mark;
    return pattern;
}

/* A capture, the wildcard "_", a dotted value, or a class. */
static AstPattern *parse_name_pattern(Parser *p) {
    int start = p->pos;
    bool wildcard = peek(p)->name == p->name_underscore;
    TokenType next = peek_ahead(p, 1);
    if (wildcard || (next != TOK_DOT && next != TOK_LPAREN)) {
        const char *name = wildcard ? NULL : parse_capture_target(p);
        if (wildcard)
            advance(p);
        else if (!name)
            return NULL;
        AstPattern *pattern = NEW_PATTERN(p, MatchAs, pos_from(p, start));
        pattern->MatchAs.name = name;
        return pattern;
    }
    AstExpr *dotted = parse_dotted(p);
    if (!dotted) return NULL;
    if (peek_type(p) == TOK_LPAREN) return parse_class(p, start, dotted);
    return at_capture_end(p) ? new_value_pattern(p, start, dotted) : NULL;
}

/* --- composition ----------------------------------------------------------------------------- */

static AstPattern *parse_closed_pattern(Parser *p) {
    int start = p->pos;
    switch (peek_type(p)) {
    case TOK_NUMBER:
    case TOK_MINUS: {
        AstExpr *value = parse_number_literal(p);
        return new_value_pattern(p, start, value);
    }
    case TOK_STRING: {
        AstExpr *value = parse_strings(p);
        return new_value_pattern(p, start, value);
    }
    case TOK_NONE: return parse_singleton_pattern(p, CONST_NONE);
    case TOK_TRUE: return parse_singleton_pattern(p, CONST_TRUE);
    case TOK_FALSE: return parse_singleton_pattern(p, CONST_FALSE);
    case TOK_NAME: return parse_name_pattern(p);
    case TOK_LPAREN: return parse_bracketed(p, TOK_RPAREN);
    case TOK_LBRACKET: return parse_bracketed(p, TOK_RBRACKET);
    case TOK_LBRACE: return parse_mapping(p);
    default: return NULL;
    }
}

static AstPattern *parse_or_pattern(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    AstPattern *first = enter(p) ? parse_closed_pattern(p) : NULL;
    leave(p);
    if (!first || peek_type(p) != TOK_VBAR) return first;
    push(p, first);
    while (accept(p, TOK_VBAR)) {
        AstPattern *next = parse_closed_pattern(p);
        if (!next) return NULL;
        push(p, next);
    }
    AstPattern *pattern = NEW_PATTERN(p, MatchOr, pos_from(p, start));
    POP_SEQ(p, mark, pattern->MatchOr.patterns);
    return pattern;
}

AstPattern *parse_pattern(Parser *p) {
    int start = p->pos;
    AstPattern *inner = parse_or_pattern(p);
    if (!inner || !accept(p, TOK_AS)) return inner;
    const char *name = parse_capture_target(p);
    if (!name) return NULL;
    AstPattern *pattern = NEW_PATTERN(p, MatchAs, pos_from(p, start));
    pattern->MatchAs.pattern = inner;
    pattern->MatchAs.name = name;
    return pattern;
}

/* The pattern of a case: at this level a sequence needs no brackets. */
AstPattern *parse_patterns(Parser *p) {
    int start = p->pos;
    AstPattern *first = parse_maybe_star_pattern(p);
    if (!first) return NULL;
    if (peek_type(p) != TOK_COMMA) return first->kind == PATTERN_MatchStar ? NULL : first;
    AstPatternSeq patterns;
    if (!parse_sequence_items(p, first, &patterns)) return NULL;
    return new_sequence(p, start, patterns);
}
