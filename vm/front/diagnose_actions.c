/* diagnose_actions.c -- what grammar.tbl's actions do: almost all raise an error at some captured
 * text.
 *
 * A capture is a range of tokens. Where the position or the kind of an expression matters, the fast
 * parser parses it again: it begins where the capture begins, and is known to be right. */
#include <stdio.h>
#include <stdlib.h>

#include "diagnose.h"

/* --- captures -------------------------------------------------------------------------------- */

/* While a capture is parsed again, the token after it must not tempt the fast parser to go on: "1
 * in in x" was captured as "1". */
static uint8_t fence(Parser *p, const PegCapture *c) {
    uint8_t type = p->tokens[c->end].type;
    p->tokens[c->end].type = TOK_STRAY;
    p->pos = c->start;
    p->stack_top = 0;
    return type;
}

static void unfence(Parser *p, const PegCapture *c, uint8_t type) { p->tokens[c->end].type = type; }

static AstExpr *parse_by_rule(Parser *p, int rule) {
    switch (rule) {
    case RULE_expression:
    case RULE_expression_without_invalid: return parse_expression(p);
    case RULE_disjunction: return parse_disjunction(p);
    case RULE_bitwise_or: return parse_bitwise_or(p);
    case RULE_star_expressions: return parse_star_expressions(p);
    case RULE_star_named_expression: return parse_star_named_expression(p);
    case RULE_starred_expression: return parse_starred(p, parse_expression);
    case RULE_yield_expr: return parse_yield(p);
    case RULE_invalid_ann_assign_target: return parse_primary(p);
    default: return NULL;
    }
}

/* The expression that a capture holds, or NULL if it holds something else. */
static AstExpr *captured_expression(Diagnosis *d, const PegCapture *c) {
    if (c->item->kind != PEG_RULE) return NULL;
    uint8_t type = fence(d->p, c);
    AstExpr *e = parse_by_rule(d->p, c->item->rule);
    unfence(d->p, c, type);
    return e;
}

/* The last of the items of "star_named_expressions". */
static AstExpr *last_item(Diagnosis *d, const PegCapture *c) {
    Parser *p = d->p;
    AstExpr *last = NULL;
    uint8_t type = fence(p, c);
    do {
        AstExpr *next = p->pos < c->end ? parse_star_named_expression(p) : NULL;
        if (!next) break;
        last = next;
    } while (accept(p, TOK_COMMA));
    unfence(p, c, type);
    return last;
}

/* The last expression of the comprehension clauses. */
static AstExpr *last_of_clauses(Diagnosis *d, const PegCapture *c) {
    AstComprehensionSeq clauses;
    uint8_t type = fence(d->p, c);
    bool good = parse_comprehension_clauses(d->p, &clauses);
    unfence(d->p, c, type);
    if (!good) return NULL;
    AstComprehension *last = clauses.items[clauses.count - 1];
    return last->ifs.count ? last->ifs.items[last->ifs.count - 1] : last->iter;
}

static AstPos token_range(const Parser *p, int start, int end) {
    const Token *a = &p->tokens[start], *b = &p->tokens[end > start ? end - 1 : start];
    return (AstPos){a->lineno, a->col_offset, b->end_lineno, b->end_col_offset};
}

/* A parameter without the comma and default that follow it. */
static AstPos parameter_range(Parser *p, const PegCapture *c) {
    uint8_t type = fence(p, c);
    advance(p);
    if (c->item->rule != RULE_lambda_param && c->item->rule != RULE_lambda_param_no_default &&
        accept(p, TOK_COLON))
        parse_expression(p);
    unfence(p, c, type);
    return token_range(p, c->start, p->pos);
}

/* The positional patterns at the end of a class pattern's arguments. */
static AstPos trailing_patterns_range(Parser *p, const PegCapture *c) {
    AstPos first = {0}, last = {0};
    bool seen_keyword = false;
    uint8_t type = fence(p, c);
    do {
        bool keyword = peek_type(p) == TOK_NAME && peek_ahead(p, 1) == TOK_ASSIGN;
        if (keyword) p->pos += 2;
        AstPattern *pattern = parse_pattern(p);
        if (!pattern) break;
        if (!keyword && seen_keyword) {
            if (!first.lineno) first = pattern->pos;
            last = pattern->pos;
        }
        seen_keyword |= keyword;
    } while (p->pos < c->end && accept(p, TOK_COMMA));
    unfence(p, c, type);
    return (AstPos){first.lineno, first.col_offset, last.end_lineno, last.end_col_offset};
}

static AstPos captured_pos(Diagnosis *d, const PegCapture *c) {
    AstExpr *e = captured_expression(d, c);
    if (!e && c->item->kind == PEG_RULE) {
        switch (c->item->rule) {
        case RULE_star_named_expressions: e = last_item(d, c); break;
        case RULE_for_if_clauses: e = last_of_clauses(d, c); break;
        case RULE_param:
        case RULE_param_no_default:
        case RULE_lambda_param:
        case RULE_lambda_param_no_default: return parameter_range(d->p, c);
        case RULE_invalid_class_argument_pattern: return trailing_patterns_range(d->p, c);
        default: break;
        }
    }
    return e ? e->pos : token_range(d->p, c->start, c->end);
}

/* --- messages -------------------------------------------------------------------------------- */

/* Replaces %e, %t and %d: the kind of a's expression, its text, its line. */
static const char *expand_message(Diagnosis *d, const char *format, const PegCapture *a) {
    const char *percent = strchr(format, '%');
    if (!percent) return format;
    const Token *token = &d->p->tokens[a->start];
    char number[16];
    const char *value;
    size_t length;
    if (percent[1] == 'e') {
        const AstExpr *e = captured_expression(d, a);
        value = e ? expr_description(e) : "expression";
        length = strlen(value);
    } else if (percent[1] == 't') {
        value = token->start;
        length = token->length;
    } else {
        length = (size_t)snprintf(number, sizeof number, "%d", token->lineno);
        value = number;
    }
    return arena_printf(d->p->arena, "%.*s%.*s%s", (int)(percent - format), format, (int)length,
                        value, percent + 2);
}

static bool raise_range_of(Diagnosis *d, const PegCapture *a, const PegCapture *b,
                           const char *message) {
    AstPos first = captured_pos(d, a), last = captured_pos(d, b);
    AstPos pos = {first.lineno, first.col_offset, last.end_lineno, last.end_col_offset};
    raise_at_pos(d->p, &pos, "%s", message);
    return false;
}

/* From a to where the tokenizer stands. */
static bool raise_from(Diagnosis *d, const PegCapture *a, const char *message) {
    AstPos pos = captured_pos(d, a);
    Tokenizer t;
    replay_tokenizer(d->p, &t);
    raise_range(d->p, FRONT_SYNTAX_ERROR, pos.lineno, pos.col_offset, t.lineno,
                (int)(t.cur - t.line_start) - 1, "%s", message);
    return false;
}

/* --- actions with a logic of their own ------------------------------------------------------- */

static bool raise_invalid_target(Diagnosis *d, const PegCapture *a, TargetKind kind) {
    AstExpr *e = captured_expression(d, a);
    AstExpr *bad = e ? find_invalid_target(e, kind) : NULL;
    if (bad)
        raise_at_pos(d->p, &bad->pos,
                     kind == TARGETS_DEL ? "cannot delete %s" : "cannot assign to %s",
                     expr_description(bad));
    return false;
}

static bool is_legacy_statement(const Token *token) {
    return token->type == TOK_NAME &&
           (strcmp(token->name, "print") == 0 || strcmp(token->name, "exec") == 0);
}

static bool raise_legacy(Diagnosis *d, const PegCapture *c) {
    const Token *name = &d->p->tokens[c[0].start];
    if (!is_legacy_statement(name)) return false;
    return raise_range_of(d, &c[0], &c[1],
                          arena_printf(d->p->arena,
                                       "Missing parentheses in call to '%s'. Did you mean %s(...)?",
                                       name->name, name->name));
}

/* Two expressions in a row, inside brackets. */
static bool raise_forgot_comma(Diagnosis *d, const PegCapture *c) {
    const AstExpr *a = captured_expression(d, &c[0]);
    if (a && a->kind == EXPR_Name && is_legacy_statement(&d->p->tokens[c[0].start])) return false;
    if (d->p->tokens[d->mark - 1].level == 0) return false;
    return raise_range_of(d, &c[0], &c[1], "invalid syntax. Perhaps you forgot a comma?");
}

/* What the arguments of a call hold, as far as error messages care. */
typedef struct {
    int positional_count;
    AstExpr *last_positional;
    bool unpacks_keywords;
} ArgumentSummary;

static ArgumentSummary summarise_arguments(Parser *p, const PegCapture *c) {
    ArgumentSummary summary = {0};
    uint8_t type = fence(p, c);
    while (p->pos < c->end) {
        AstExpr *e;
        bool positional = false;
        if (accept(p, TOK_POWER)) {
            summary.unpacks_keywords = true;
            e = parse_expression(p);
        } else if (peek_type(p) == TOK_NAME && peek_ahead(p, 1) == TOK_ASSIGN) {
            p->pos += 2;
            e = parse_expression(p);
        } else {
            positional = true;
            e = peek_type(p) == TOK_STAR ? parse_starred(p, parse_expression)
                                         : parse_named_expression(p);
        }
        if (!e) break;
        if (positional) {
            summary.positional_count++;
            summary.last_positional = e;
        }
        if (!accept(p, TOK_COMMA)) break;
    }
    unfence(p, c, type);
    return summary;
}

/* "f(a, x for x in y)". A lone generator expression needs no parentheses. */
static bool raise_genexp_in_call(Diagnosis *d, const PegCapture *c) {
    ArgumentSummary summary = summarise_arguments(d->p, &c[0]);
    if (summary.positional_count <= 1) return false;
    AstPos last = captured_pos(d, &c[1]), pos = summary.last_positional->pos;
    pos.end_lineno = last.end_lineno;
    pos.end_col_offset = last.end_col_offset;
    raise_at_pos(d->p, &pos, "Generator expression must be parenthesized");
    return false;
}

static bool raise_positional_follows(Diagnosis *d, const PegCapture *c) {
    bool unpacks = summarise_arguments(d->p, &c[0]).unpacks_keywords;
    raise_here(d->p, FRONT_SYNTAX_ERROR, "positional argument follows keyword argument%s",
               unpacks ? " unpacking" : "");
    return false;
}

static bool raise_colon_after_key(Diagnosis *d, const PegCapture *a) {
    AstPos pos = captured_pos(d, a);
    raise_range(d->p, FRONT_SYNTAX_ERROR, pos.lineno, pos.end_col_offset - 1, pos.end_lineno, -1,
                "':' expected after dictionary key");
    return false;
}

/* The parts of "1 + 2j" in a pattern. */
static bool check_number(Diagnosis *d, const PegCapture *a, bool imaginary) {
    d->p->pos = a->start;
    AstExpr *e = parse_number(d->p);
    if (e && (e->Constant.value.kind == CONST_COMPLEX) == imaginary) return true;
    if (e)
        raise_at_pos(d->p, &e->pos, "%s number required in complex literal",
                     imaginary ? "imaginary" : "real");
    return false;
}

static bool check_not_equal(Diagnosis *d, const PegCapture *a) {
    bool barry = d->p->flags & FRONT_BARRY_AS_BDFL,
         written_as_less = d->p->tokens[a->start].start[0] == '<';
    if (barry && !written_as_less)
        raise_here(d->p, FRONT_SYNTAX_ERROR, "with Barry as BDFL, use '<>' instead of '!='");
    return barry == written_as_less;
}

static bool check_strings(Diagnosis *d, const PegCapture *a) {
    d->p->pos = a->start;
    return parse_strings(d->p) != NULL;
}

/* --- dispatch -------------------------------------------------------------------------------- */

static bool run_named_action(Diagnosis *d, const char *action, const PegCapture *c) {
    switch (action[0]) {
    case 's':
        return strcmp(action, "strings") == 0 ? check_strings(d, c)
                                              : raise_invalid_target(d, c, TARGETS_STAR);
    case 'd': return raise_invalid_target(d, c, TARGETS_DEL);
    case 'r': return check_number(d, c, false);
    case 'n': return check_not_equal(d, c);
    case 'g': return raise_genexp_in_call(d, c);
    case 'p': return raise_positional_follows(d, c);
    case 'l': return raise_legacy(d, c);
    case 'c': return raise_colon_after_key(d, c);
    case 'i': return check_number(d, c, true);
    case 'f':
        if (strcmp(action, "for_target") == 0) return raise_invalid_target(d, c, TARGETS_FOR);
        if (strcmp(action, "forgot_comma") == 0) return raise_forgot_comma(d, c);
        return false; /* {fail} */
    }
    fprintf(stderr, "front end: grammar.tbl: unknown action %s\n", action);
    abort();
}

bool peg_run_action(Diagnosis *d, const char *action, const PegCapture *c) {
    if (strncmp(action, "at a ", 5) == 0)
        return raise_range_of(d, &c[0], &c[0], expand_message(d, action + 5, &c[0]));
    if (strncmp(action, "range a b ", 10) == 0)
        return raise_range_of(d, &c[0], &c[1], expand_message(d, action + 10, &c[0]));
    if (strncmp(action, "range a a ", 10) == 0) return raise_range_of(d, &c[0], &c[0], action + 10);
    if (strncmp(action, "from a ", 7) == 0) return raise_from(d, &c[0], action + 7);
    if (strncmp(action, "here ", 5) == 0) {
        raise_here(d->p, FRONT_SYNTAX_ERROR, "%s", action + 5);
        return false;
    }
    if (strncmp(action, "indent ", 7) == 0) {
        const char *format = action + 7 + (action[7] == 'a' && action[8] == ' ' ? 2 : 0);
        raise_here(d->p, FRONT_INDENTATION_ERROR, "%s", expand_message(d, format, &c[0]));
        return false;
    }
    return run_named_action(d, action, c);
}
