/* diagnose_grammar.c -- reads the notation of grammar.tbl. Runs once for each text with an error.
 */
#include <stdio.h>
#include <stdlib.h>

#include "diagnose.h"

typedef struct {
    Arena *arena;
    const PegRule *rules;
    const char *s; /* rest of the rule's text */
} Reader;

static PegAlternative *read_alternatives(Reader *r);
static PegItem *read_item(Reader *r);

static void skip_blanks(Reader *r) {
    while (*r->s == ' ') r->s++;
}

/* The tables are part of the program: a mistake in them is found by the first test. */
static _Noreturn void bad_grammar(const Reader *r) {
    fprintf(stderr, "front end: grammar.tbl: cannot read: %s\n", r->s);
    abort();
}

static TokenType token_of_text(const char *text, size_t length) {
    static const struct {
        const char *text;
        TokenType type;
    } tokens[] = {
#define TOKEN_CLASS(Name, text)   {text, TOK_##Name},
#define TOKEN_OP(Name, text)      {text, TOK_##Name},
#define TOKEN_KEYWORD(Name, text) {text, TOK_##Name},
#include "token.tbl"
    };
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        if (strlen(tokens[i].text) == length && memcmp(tokens[i].text, text, length) == 0)
            return tokens[i].type;
    return TOK_ZERO;
}

static PegItem *new_item(Reader *r, PegKind kind) {
    PegItem *item = ARENA_NEW(r->arena, PegItem);
    item->kind = kind;
    return item;
}

/* 'x' or "x". */
static PegItem *read_quoted(Reader *r) {
    char quote = *r->s++;
    const char *text = r->s;
    while (*r->s != quote) r->s++;
    size_t length = (size_t)(r->s++ - text);
    PegItem *item = new_item(r, quote == '"' ? PEG_SOFT_KEYWORD : PEG_TOKEN);
    item->text = arena_intern(r->arena, text, length);
    if (quote == '\'') item->type = token_of_text(text, length);
    if (quote == '\'' && item->type == TOK_ZERO) bad_grammar(r);
    return item;
}

/* A rule, or in capitals a class of tokens. */
static PegItem *read_word(Reader *r) {
    const char *text = r->s;
    while (is_name_char((unsigned char)*r->s)) r->s++;
    size_t length = (size_t)(r->s - text);
    if (length == 12 && memcmp(text, "SOFT_KEYWORD", length) == 0)
        return new_item(r, PEG_SOFT_KEYWORD);
    if (*text >= 'A' && *text <= 'Z') {
        PegItem *item = new_item(r, PEG_TOKEN);
        item->type = token_of_text(text, length);
        return item;
    }
    PegItem *item = new_item(r, PEG_RULE);
    for (item->rule = 0; item->rule < RULE_COUNT; item->rule++) {
        const char *name = r->rules[item->rule].name;
        if (strlen(name) == length && memcmp(name, text, length) == 0) return item;
    }
    r->s = text;
    bad_grammar(r);
}

static PegItem *read_bracketed(Reader *r, char close) {
    r->s++;
    PegItem *group = new_item(r, PEG_GROUP);
    group->first = read_alternatives(r);
    if (*r->s != close) bad_grammar(r);
    r->s++;
    if (close == ')') return group;
    PegItem *optional = new_item(r, PEG_OPTIONAL);
    /* An optional item alone needs no group: groups count as a level of nesting. */
    bool single = !group->first->next && !group->first->items->next;
    optional->item = single ? group->first->items : group;
    return optional;
}

static PegItem *read_primary(Reader *r) {
    skip_blanks(r);
    if (*r->s == '\'' || *r->s == '"') return read_quoted(r);
    if (*r->s == '(') return read_bracketed(r, ')');
    if (*r->s == '[') return read_bracketed(r, ']');
    return read_word(r);
}

/* A primary and what is written after it: ? * + or as a separator, ".x+". */
static PegItem *read_suffixed(Reader *r) {
    PegItem *inner = read_primary(r), *item = inner;
    if (*r->s == '?') {
        item = new_item(r, PEG_OPTIONAL);
    } else if (*r->s == '*' || *r->s == '+') {
        item = new_item(r, PEG_LOOP);
        item->minimum = *r->s == '+';
    } else if (*r->s == '.') {
        r->s++;
        item = new_item(r, PEG_LOOP);
        item->minimum = 1;
        item->separator = inner;
        inner = read_primary(r);
    } else {
        return item;
    }
    item->item = inner;
    r->s++;
    return item;
}

static PegItem *read_item(Reader *r) {
    skip_blanks(r);
    const char *s = r->s;
    if (s[0] == '~') {
        r->s++;
        return new_item(r, PEG_CUT);
    }
    if (s[0] == '&' || s[0] == '!') {
        bool force = s[0] == '&' && s[1] == '&';
        r->s += force ? 2 : 1;
        PegItem *item = new_item(r, force ? PEG_FORCE : s[0] == '&' ? PEG_AND : PEG_NOT);
        item->item = read_primary(r);
        return item;
    }
    if ((s[0] == 'a' || s[0] == 'b') && s[1] == '=') {
        r->s += 2;
        PegItem *item = read_suffixed(r);
        item->capture = s[0];
        return item;
    }
    return read_suffixed(r);
}

static PegAlternative *read_alternatives(Reader *r) {
    PegAlternative *alternative = ARENA_NEW(r->arena, PegAlternative);
    PegItem **last = &alternative->items;
    for (skip_blanks(r); *r->s && !strchr("|)]{", *r->s); skip_blanks(r)) {
        *last = read_item(r);
        last = &(*last)->next;
    }
    if (*r->s == '{') {
        const char *text = ++r->s;
        while (*r->s != '}') r->s++;
        alternative->action = arena_copy(r->arena, text, (size_t)(r->s++ - text));
        skip_blanks(r);
    }
    const PegItem *first = alternative->items;
    alternative->only_invalid = first && !first->next && first->kind == PEG_RULE &&
                                strncmp(r->rules[first->rule].name, "invalid_", 8) == 0;
    if (*r->s == '|') {
        r->s++;
        alternative->next = read_alternatives(r);
    }
    return alternative;
}

void peg_read_grammar(Arena *arena, PegRule *rules) {
    static const struct {
        const char *name, *flag, *text;
    } source[] = {
#define RULE(name, flags, text) {#name, #flags, text},
#include "grammar.tbl"
    };
    for (int i = 0; i < RULE_COUNT; i++)
        rules[i] = (PegRule){source[i].name, source[i].flag[0], NULL};
    for (int i = 0; i < RULE_COUNT; i++) {
        Reader r = {arena, rules, source[i].text};
        rules[i].alternatives = read_alternatives(&r);
        if (*r.s) bad_grammar(&r);
    }
}
