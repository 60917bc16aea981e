/* diagnose.c -- finds the syntax error that CPython 3.11 would report.
 *
 * CPython parses a text twice when it has an error: first to find how far it can go, then with
 * extra rules that describe common mistakes. Which of several errors wins depends on the order in
 * which its PEG parser tries alternatives, on what it remembers between attempts and on how many
 * tokens it has read. So this interpreter follows the same evaluation, over grammar.tbl:
 *
 * D1. p->fill counts the tokens that were looked at, in both passes together.
 * D2. Only rules marked M or L are memoised: with error rules off for a while
 * (expression_without_invalid) a memo may hold a result that would differ with them on, and that is
 * wanted. D3. After an error is raised nothing matches any more. */
#include "diagnose.h"

#include <stdlib.h>

enum { DEFAULT_MAX_LEVEL = 6000 };

typedef struct PegMemo {
    struct PegMemo *next;
    int rule;
    int end; /* mark after the match, or -1 */
} PegMemo;

static bool match_item(Diagnosis *d, const PegItem *item);
static bool match_alternatives(Diagnosis *d, const PegAlternative *first);

const Token *peg_token(Diagnosis *d) {
    Parser *p = d->p;
    const Token *token = &p->tokens[d->mark < p->count ? d->mark : p->count - 1];
    if (d->mark >= p->fill) {
        p->fill = d->mark < p->count ? d->mark + 1 : p->count;
        if (token->type == TOK_ERROR) raise_tokenizer_error(p);
    }
    if (token->type == TOK_ERROR) d->stopped = true;
    return d->stopped ? NULL : token;
}

static bool enter_level(Diagnosis *d) {
    int limit = d->p->options->max_depth ? d->p->options->max_depth : DEFAULT_MAX_LEVEL;
    if (d->level++ < limit && !arena_stack_is_low(d->p->arena)) return true;
    d->too_deep = d->stopped = true;
    return false;
}

/* --- rules ----------------------------------------------------------------------------------- */

static PegMemo *find_memo(Diagnosis *d, int mark, int rule) {
    for (PegMemo *memo = d->memos[mark]; memo; memo = memo->next)
        if (memo->rule == rule) return memo;
    return NULL;
}

static PegMemo *add_memo(Diagnosis *d, int mark, int rule, int end) {
    PegMemo *memo = ARENA_NEW(d->p->arena, PegMemo);
    *memo = (PegMemo){d->memos[mark], rule, end};
    d->memos[mark] = memo;
    return memo;
}

static bool use_memo(Diagnosis *d, const PegMemo *memo) {
    if (memo->end >= 0) d->mark = memo->end;
    return memo->end >= 0;
}

/* Grows the match of a left-recursive rule: each round may use the match of the round before. */
static bool match_left_recursive(Diagnosis *d, int rule) {
    int start = d->mark, best = -1;
    PegMemo *memo = add_memo(d, start, rule, -1);
    for (;;) {
        d->mark = start;
        bool matched = enter_level(d) && match_alternatives(d, d->rules[rule].alternatives);
        d->level--;
        if (d->stopped) return false;
        if (!matched || d->mark <= (best < 0 ? start : best)) break;
        memo->end = best = d->mark;
    }
    d->mark = best < 0 ? start : best;
    return best >= 0;
}

static bool match_rule_body(Diagnosis *d, int id) {
    const PegRule *rule = &d->rules[id];
    if (rule->flag == '0') {
        if (id != RULE_expression_without_invalid) return match_alternatives(d, rule->alternatives);
        bool call_invalid = d->call_invalid;
        d->call_invalid = false;
        bool matched = match_alternatives(d, rule->alternatives);
        d->call_invalid = call_invalid;
        return matched;
    }
    if (!peg_token(d)) return false;
    int start = d->mark;
    const PegMemo *memo = find_memo(d, start, id);
    if (memo) return use_memo(d, memo);
    if (rule->flag == 'L') return match_left_recursive(d, id);
    bool matched = match_alternatives(d, rule->alternatives);
    if (!d->stopped) add_memo(d, start, id, matched ? d->mark : -1);
    return matched;
}

static bool match_rule(Diagnosis *d, int id) {
    bool matched = enter_level(d) && match_rule_body(d, id);
    d->level--;
    return matched && !d->stopped;
}

/* --- items ----------------------------------------------------------------------------------- */

static bool match_token(Diagnosis *d, TokenType type) {
    const Token *token = peg_token(d);
    if (!token || token->type != type) return false;
    d->mark++;
    if (type != TOK_NUMBER) return true;
    /* The value is computed at once, and may be too long. */
    d->p->pos = d->mark - 1;
    if (!parse_number(d->p)) d->stopped = true;
    return !d->stopped;
}

/* CPython compares only as many characters as the name has: "m" or "ca" count as soft keywords too
 * where any of them will do. */
static bool begins_soft_keyword(const char *name) {
    static const char *const keywords[] = {"_", "case", "match"};
    for (int i = 0; i < 3; i++)
        if (strncmp(keywords[i], name, arena_name_length(name)) == 0) return true;
    return false;
}

static bool match_soft_keyword(Diagnosis *d, const char *text) {
    const Token *token = peg_token(d);
    if (!token || token->type != TOK_NAME) return false;
    bool matched = text ? token->name == text : begins_soft_keyword(token->name);
    if (matched) d->mark++;
    return matched;
}

static bool match_group(Diagnosis *d, const PegAlternative *first) {
    bool matched = enter_level(d) && match_alternatives(d, first);
    d->level--;
    return matched && !d->stopped;
}

static bool match_loop(Diagnosis *d, const PegItem *loop) {
    /* A list with separators is two nested rules in CPython, a plain loop one. */
    int levels = loop->separator ? 2 : 1, count = 0;
    d->level += levels - 1;
    bool good = enter_level(d);
    while (good) {
        int start = d->mark;
        bool matched = (!loop->separator || count == 0 || match_item(d, loop->separator)) &&
                       match_item(d, loop->item);
        if (!matched) {
            d->mark = start;
            break;
        }
        count++;
    }
    d->level -= levels;
    return good && !d->stopped && count >= loop->minimum;
}

static bool match_lookahead(Diagnosis *d, const PegItem *item, bool wanted) {
    int start = d->mark;
    bool matched = match_item(d, item);
    d->mark = start;
    return !d->stopped && matched == wanted;
}

static bool match_forced(Diagnosis *d, const PegItem *token) {
    if (match_item(d, token)) return true;
    if (d->stopped) return false;
    const Token *found = peg_token(d);
    if (found) {
        AstPos pos = pos_of_token(found);
        raise_at_pos(d->p, &pos, "expected '%s'", token->text);
    }
    d->stopped = true;
    return false;
}

static bool match_item(Diagnosis *d, const PegItem *item) {
    if (d->stopped) return false;
    int start = d->mark;
    switch (item->kind) {
    case PEG_TOKEN: return match_token(d, item->type);
    case PEG_SOFT_KEYWORD: return match_soft_keyword(d, item->text);
    case PEG_RULE: return match_rule(d, item->rule);
    case PEG_GROUP: return match_group(d, item->first);
    case PEG_OPTIONAL:
        if (!match_item(d, item->item)) d->mark = start;
        return !d->stopped;
    case PEG_LOOP: return match_loop(d, item);
    case PEG_AND: return match_lookahead(d, item->item, true);
    case PEG_NOT: return match_lookahead(d, item->item, false);
    case PEG_FORCE: return match_forced(d, item->item);
    case PEG_CUT: return true;
    }
    return false;
}

/* *CUT becomes true when the alternative is committed to. */
static bool match_alternative(Diagnosis *d, const PegAlternative *alternative, bool *cut) {
    PegCapture captures[2] = {{-1, -1, NULL}, {-1, -1, NULL}};
    for (const PegItem *item = alternative->items; item; item = item->next) {
        int start = d->mark;
        if (item->kind == PEG_CUT) *cut = true;
        if (!match_item(d, item)) return false;
        if (item->capture) captures[item->capture - 'a'] = (PegCapture){start, d->mark, item};
    }
    if (!alternative->action) return true;
    bool matched = peg_run_action(d, alternative->action, captures);
    if (raised(d->p)) d->stopped = true;
    return matched && !d->stopped;
}

static bool match_alternatives(Diagnosis *d, const PegAlternative *first) {
    int start = d->mark;
    bool cut = false;
    for (const PegAlternative *a = first; a && !cut && !d->stopped; a = a->next) {
        if (a->only_invalid && !d->call_invalid) continue;
        if (match_alternative(d, a, &cut)) return true;
        d->mark = start;
    }
    return false;
}

/* --- the two passes -------------------------------------------------------------------------- */

static int find_rule(const PegRule *rules, const char *name) {
    for (int i = 0; i < RULE_COUNT; i++)
        if (strcmp(rules[i].name, name) == 0) return i;
    abort();
}

static bool run_pass(Diagnosis *d, int rule, bool call_invalid) {
    d->memos = calloc((size_t)d->p->count + 1, sizeof *d->memos);
    if (!d->memos) abort();
    d->mark = d->level = 0;
    d->call_invalid = call_invalid;
    d->stopped = d->too_deep = false;
    bool matched = match_rule(d, rule);
    free(d->memos);
    return matched;
}

/* An error of the parser gives way to one that the tokenizer finds in the rest of the text, or to a
 * bracket that was opened on an earlier line and never closed. */
static void prefer_tokenizer_error(Parser *p) {
    const Token *last = &p->tokens[p->count - 1];
    if (p->fill >= p->count || last->type != TOK_ERROR) return;
    const Tokenizer *t = &p->tokenizer;
    FrontError found = *p->error;
    *p->error = (FrontError){0};
    if (t->state == TOKENIZER_RAISED)
        *p->error = t->error;
    else if (t->level && p->tokens[p->fill - 1].lineno > t->bracket_line[t->level - 1])
        raise_unclosed_bracket(p);
    if (!raised(p)) *p->error = found;
}

static bool stopped_by_tokenizer(const Parser *p) {
    return p->fill == p->count && p->tokens[p->count - 1].type == TOK_ERROR;
}

static void raise_generic(Parser *p, int last_index) {
    const Token *last = &p->tokens[last_index];
    if (last->type == TOK_INDENT)
        raise_here(p, FRONT_INDENTATION_ERROR, "unexpected indent");
    else if (last->type == TOK_DEDENT)
        raise_here(p, FRONT_INDENTATION_ERROR, "unexpected unindent");
    else {
        AstPos pos = pos_of_token(last);
        raise_at_pos(p, &pos, "invalid syntax");
        prefer_tokenizer_error(p);
    }
}

static void raise_memory(Parser *p) {
    *p->error = (FrontError){.kind = FRONT_MEMORY_ERROR, .message = ""};
}

/* The text may only need more lines: for interactive use (codeop). */
static bool raise_incomplete(Parser *p) {
    if (!(p->flags & FRONT_ALLOW_INCOMPLETE)) return false;
    Tokenizer t;
    replay_tokenizer(p, &t);
    /* Reading any token but a string looks at the character after it. */
    bool at_end = t.state == TOKENIZER_OK && t.cur == t.end && t.cur > t.source &&
                  t.cur[-1] != '\n' && p->fill > 0 && p->tokens[p->fill - 1].type != TOK_STRING;
    if (t.state != TOKENIZER_EOF && !at_end && !t.unfinished_string) return false;
    *p->error = (FrontError){0};
    raise_here(p, FRONT_SYNTAX_ERROR, "incomplete input");
    return true;
}

void diagnose(Parser *p, const char *start) {
    Diagnosis d = {.p = p};
    d.rules = ARENA_ARRAY(p->arena, PegRule, RULE_COUNT);
    peg_read_grammar(p->arena, d.rules);
    int rule = find_rule(d.rules, start);
    p->fill = 0;
    bool matched = run_pass(&d, rule, false);
    int last = p->fill - 1;
    if (!matched && raise_incomplete(p)) return;
    if (!matched && !raised(p) && !d.too_deep) run_pass(&d, rule, true);
    if (d.too_deep)
        raise_memory(p);
    else if (matched)
        *p->error = (FrontError){.kind = FRONT_SYSTEM_ERROR, .message = "the two parsers disagree"};
    else if (!raised(p))
        raise_generic(p, last);
    else if (!stopped_by_tokenizer(p))
        prefer_tokenizer_error(p);
}

bool diagnose_depth(Parser *p, const char *start) {
    Diagnosis d = {.p = p};
    d.rules = ARENA_ARRAY(p->arena, PegRule, RULE_COUNT);
    peg_read_grammar(p->arena, d.rules);
    FrontWarning **warnings = p->warnings;
    p->warnings = NULL;
    p->fill = 0;
    run_pass(&d, find_rule(d.rules, start), false);
    p->warnings = warnings;
    return !d.too_deep;
}
