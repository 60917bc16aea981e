/* match statements. A pattern jumps to its `fail` label or falls through with its captures in
 * registers of their own; they are stored to their names only when the whole pattern has matched.
 */
#include "vm/front/compiler.h"

typedef struct {
    const char **names;
    bool *bound; /* in the alternative being compiled */
    int count, capacity;
    Reg first; /* name i is captured in R[first + i] */
    bool irrefutable_allowed;
} Captures;

/* ---- which names a pattern captures
 * ---------------------------------------------------------------- */

static void collect_name(Compiler *c, Captures *k, const char *name) {
    if (!name) return;
    for (int i = 0; i < k->count; i++)
        if (k->names[i] == name) return;
    if (k->count == k->capacity) {
        k->capacity = k->capacity ? 2 * k->capacity : 8;
        const char **grown = ARENA_ARRAY(c->arena, const char *, k->capacity);
        if (k->count) memcpy(grown, k->names, sizeof *grown * (size_t)k->count);
        k->names = grown;
    }
    k->names[k->count++] = name;
}

static void collect(Compiler *c, Captures *k, const AstPattern *p);

static void collect_all(Compiler *c, Captures *k, const AstPatternSeq *patterns) {
    for (int i = 0; i < patterns->count; i++) collect(c, k, patterns->items[i]);
}

static void collect(Compiler *c, Captures *k, const AstPattern *p) {
    switch (p->kind) {
    case PATTERN_MatchSequence: collect_all(c, k, &p->MatchSequence.patterns); return;
    case PATTERN_MatchMapping:
        collect_all(c, k, &p->MatchMapping.patterns);
        collect_name(c, k, p->MatchMapping.rest);
        return;
    case PATTERN_MatchClass:
        collect_all(c, k, &p->MatchClass.patterns);
        collect_all(c, k, &p->MatchClass.kwd_patterns);
        return;
    case PATTERN_MatchStar: collect_name(c, k, p->MatchStar.name); return;
    case PATTERN_MatchAs:
        if (p->MatchAs.pattern) collect(c, k, p->MatchAs.pattern);
        collect_name(c, k, p->MatchAs.name);
        return;
    case PATTERN_MatchOr: collect_all(c, k, &p->MatchOr.patterns); return;
    default: return;
    }
}

static void capture(Compiler *c, Captures *k, const AstPos *pos, const char *name, Reg value) {
    if (!name || compile_forbidden_name(c, pos, name, AST_Store)) return;
    int i = 0;
    while (k->names[i] != name) i++;
    if (k->bound[i]) compile_error(c, pos, "multiple assignments to name '%s' in pattern", name);
    k->bound[i] = true;
    emit_move(c, pos, k->first + i, value);
}

/* ---- simple patterns
 * ------------------------------------------------------------------------------ */

static void pattern(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail);

static bool is_wildcard(const AstPattern *p) {
    return p->kind == PATTERN_MatchAs && !p->MatchAs.name && !p->MatchAs.pattern;
}

static bool is_star_wildcard(const AstPattern *p) {
    return p->kind == PATTERN_MatchStar && !p->MatchStar.name;
}

static void subpattern(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    bool allowed = k->irrefutable_allowed;
    k->irrefutable_allowed = true;
    pattern(c, k, p, subject, fail);
    k->irrefutable_allowed = allowed;
}

static void match_value(Compiler *c, const AstPattern *p, Reg subject, int fail) {
    const AstExpr *value = p->MatchValue.value;
    int small;
    if (value->kind != EXPR_Constant && value->kind != EXPR_Attribute) {
        compile_error(c, &p->pos, "patterns may only match literals and attribute lookups");
        return;
    }
    if (compile_small_int(value, &small)) {
        emit_jump(c, &p->pos, OP_JUMP_CMP_I, PY_EQ, subject, small, fail);
        return;
    }
    int mark = temp_mark(c);
    Reg r = compile_operand(c, value, NO_REG);
    emit_jump(c, &p->pos, OP_JUMP_CMP, PY_EQ, subject, r, fail);
    temp_release(c, mark);
}

static void match_singleton(Compiler *c, const AstPattern *p, Reg subject, int fail) {
    if (p->MatchSingleton.value.kind == CONST_NONE) {
        emit_jump(c, &p->pos, OP_JUMP_IF_NOT_NONE, 0, subject, 0, fail);
        return;
    }
    int mark = temp_mark(c);
    Reg r = temp_new(c);
    emit_constant(c, &p->pos, r, &p->MatchSingleton.value);
    emit_jump(c, &p->pos, OP_JUMP_IS, 0, subject, r, fail);
    temp_release(c, mark);
}

static void match_as(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    const char *name = p->MatchAs.name;
    if (!p->MatchAs.pattern && !k->irrefutable_allowed) {
        if (name)
            compile_error(c, &p->pos, "name capture '%s' makes remaining patterns unreachable",
                          name);
        else
            compile_error(c, &p->pos, "wildcard makes remaining patterns unreachable");
        return;
    }
    if (p->MatchAs.pattern) pattern(c, k, p->MatchAs.pattern, subject, fail);
    capture(c, k, &p->pos, name, subject);
}

/* ---- sequences
 * ------------------------------------------------------------------------------------ */

/* Is `op` true of len(subject) and n? Otherwise jump to fail. */
static void check_length(Compiler *c, const AstPos *pos, Reg subject, int op, int n, int fail) {
    int mark = temp_mark(c);
    Reg length = temp_new(c), bound = temp_new(c);
    emit(c, pos, OP_GET_LEN, 0, length, subject, 0);
    if (n <= INT16_MAX)
        emit_jump(c, pos, OP_JUMP_CMP_I, op, length, n, fail);
    else {
        AstConst *k = ARENA_NEW(c->arena, AstConst);
        k->kind = CONST_INT, k->integer = n;
        emit_constant(c, pos, bound, k);
        emit_jump(c, pos, OP_JUMP_CMP, op, length, bound, fail);
    }
    temp_release(c, mark);
}

/* Items by index: where the star takes what nobody looks at. */
static void sequence_by_index(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int star,
                              int fail) {
    const AstPatternSeq *patterns = &p->MatchSequence.patterns;
    int n = patterns->count;
    for (int i = 0; i < n; i++) {
        const AstPattern *item = patterns->items[i];
        if (i == star || is_wildcard(item)) continue;
        int mark = temp_mark(c);
        Reg r = temp_new(c), index = temp_new(c);
        if (i < star)
            emit(c, &p->pos, OP_LOAD_IMM, 0, index, (int)int_make(i), 0);
        else {
            emit(c, &p->pos, OP_GET_LEN, 0, index, subject, 0);
            emit(c, &p->pos, OP_SUB_I, 0, index, index, n - i);
        }
        emit(c, &p->pos, OP_GETITEM, 0, r, subject, index);
        subpattern(c, k, item, r, fail);
        temp_release(c, mark);
    }
}

static void sequence_unpacked(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int star,
                              int fail) {
    const AstPatternSeq *patterns = &p->MatchSequence.patterns;
    int mark = temp_mark(c), n = patterns->count;
    if (star > UNPACK_MAX || (star >= 0 && n - star - 1 > UNPACK_MAX)) {
        compile_error(c, &p->pos, "too many expressions in star-unpacking sequence pattern");
        return;
    }
    Reg first = temp_run(c, n ? n : 1);
    if (star < 0)
        emit(c, &p->pos, OP_UNPACK, 0, first, subject, n);
    else
        emit(c, &p->pos, OP_UNPACK_EX, n - star - 1, first, subject, star);
    for (int i = 0; i < n; i++) {
        const AstPattern *item = patterns->items[i];
        if (i == star)
            capture(c, k, &item->pos, item->MatchStar.name, first + i);
        else
            subpattern(c, k, item, first + i, fail);
    }
    temp_release(c, mark);
}

static void match_sequence(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    const AstPatternSeq *patterns = &p->MatchSequence.patterns;
    int mark = temp_mark(c), star = -1, n = patterns->count;
    bool only_wildcards = true;
    for (int i = 0; i < n; i++) {
        const AstPattern *item = patterns->items[i];
        if (item->kind == PATTERN_MatchStar) {
            if (star >= 0) {
                compile_error(c, &p->pos, "multiple starred names in sequence pattern");
                return;
            }
            star = i;
        }
        only_wildcards &= is_wildcard(item) || is_star_wildcard(item);
    }
    Reg t = temp_new(c);
    emit(c, &p->pos, OP_MATCH_SEQUENCE, 0, t, subject, 0);
    emit_jump(c, &p->pos, OP_JUMP_IF_FALSE, 0, t, 0, fail);
    temp_release(c, mark);
    if (star < 0)
        check_length(c, &p->pos, subject, PY_EQ, n, fail);
    else if (n > 1)
        check_length(c, &p->pos, subject, PY_GE, n - 1, fail);
    if (only_wildcards) return;
    if (star >= 0 && is_star_wildcard(patterns->items[star]))
        sequence_by_index(c, k, p, subject, star, fail);
    else
        sequence_unpacked(c, k, p, subject, star, fail);
}

/* ---- mappings and classes
 * --------------------------------------------------------------------------- */

/* Is this key among those seen before, as Python compares them? */
static bool check_key(Compiler *c, const AstPattern *p, const AstConst *key, Value seen) {
    Value value = constant_make(key);
    int known = value && seen ? py_set_contains(seen, value) : -1;
    if (known == 0 && py_set_add(seen, value) == 0) return true;
    Value text = known > 0 ? py_repr(value) : 0;
    if (text) compile_error(c, &p->pos, "mapping pattern checks duplicate key (%s)", py_str_utf8(text, 0));
    c->failed = true;
    return false;
}

static bool check_keys(Compiler *c, const AstPattern *p) {
    const AstExprSeq *keys = &p->MatchMapping.keys;
    Value seen = py_set_new();
    for (int i = 0; i < keys->count; i++) {
        const AstExpr *key = keys->items[i];
        if (key->kind != EXPR_Constant && key->kind != EXPR_Attribute) {
            compile_error(c, &p->pos,
                          "mapping pattern keys may only match literals and attribute lookups");
            return false;
        }
        if (key->kind == EXPR_Constant && !check_key(c, p, &key->Constant.value, seen)) return false;
    }
    return true;
}

static void mapping_rest(Compiler *c, Captures *k, const AstPattern *p, Reg subject, Reg keys) {
    int mark = temp_mark(c);
    Reg rest = temp_new(c);
    emit(c, &p->pos, OP_BUILD_MAP, 0, rest, rest, 0);
    emit(c, &p->pos, OP_DICT_UPDATE, 0, rest, subject, 0);
    for (int i = 0; i < p->MatchMapping.keys.count; i++)
        emit(c, &p->pos, OP_DELITEM, 0, 0, rest, keys + i);
    capture(c, k, &p->pos, p->MatchMapping.rest, rest);
    temp_release(c, mark);
}

static void match_mapping(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    const AstExprSeq *keys = &p->MatchMapping.keys;
    int mark = temp_mark(c), n = keys->count;
    Reg t = temp_new(c);
    emit(c, &p->pos, OP_MATCH_MAPPING, 0, t, subject, 0);
    emit_jump(c, &p->pos, OP_JUMP_IF_FALSE, 0, t, 0, fail);
    if (n) check_length(c, &p->pos, subject, PY_GE, n, fail);
    if (!check_keys(c, p)) return;
    Reg key_regs = temp_run(c, n), values = temp_run(c, n);
    if (n) {
        for (int i = 0; i < n; i++) compile_expr_into(c, keys->items[i], key_regs + i);
        emit(c, &p->pos, OP_BUILD_TUPLE, 0, t, key_regs, n);
        emit(c, &p->pos, OP_MATCH_KEYS, 0, t, subject, t);
        emit_jump(c, &p->pos, OP_JUMP_IF_NONE, 0, t, 0, fail);
        emit(c, &p->pos, OP_UNPACK, 0, values, t, n);
        for (int i = 0; i < n; i++)
            subpattern(c, k, p->MatchMapping.patterns.items[i], values + i, fail);
    }
    if (p->MatchMapping.rest) mapping_rest(c, k, p, subject, key_regs);
    temp_release(c, mark);
}

static bool check_attributes(Compiler *c, const AstPattern *p) {
    const AstNameSeq *names = &p->MatchClass.kwd_attrs;
    for (int i = 0; i < names->count; i++) {
        const AstPattern *value = p->MatchClass.kwd_patterns.items[i];
        if (compile_forbidden_name(c, &value->pos, names->items[i], AST_Store)) return false;
        for (int j = i + 1; j < names->count; j++) {
            if (names->items[i] != names->items[j]) continue;
            compile_error(c, &p->MatchClass.kwd_patterns.items[j]->pos,
                          "attribute name repeated in class pattern: %s", names->items[i]);
            return false;
        }
    }
    return true;
}

static void match_class(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    const AstPatternSeq *patterns = &p->MatchClass.patterns, *keyword = &p->MatchClass.kwd_patterns;
    int mark = temp_mark(c), n = patterns->count, total = n + keyword->count;
    if (!check_attributes(c, p)) return;
    if (n > 255) {
        size_t length;
        compile_error(c, &p->pos, "too many sub-patterns in class pattern '%s'",
                      compile_unparse(c->arena, p->MatchClass.cls, &length));
        return;
    }
    Reg base = temp_run(c, 2), values = temp_run(c, total);
    emit_move(c, &p->pos, base, subject);
    compile_expr_into(c, p->MatchClass.cls, base + 1);
    if (c->unit->dead || c->failed) return;
    emit(c, &p->pos, OP_MATCH_CLASS, n, base, base,
         constant_add_names(c, p->MatchClass.kwd_attrs.items, keyword->count));
    emit_jump(c, &p->pos, OP_JUMP_IF_NONE, 0, base, 0, fail);
    if (total) emit(c, &p->pos, OP_UNPACK, 0, values, base, total);
    for (int i = 0; i < total; i++) {
        const AstPattern *item = i < n ? patterns->items[i] : keyword->items[i - n];
        if (!is_wildcard(item)) subpattern(c, k, item, values + i, fail);
    }
    temp_release(c, mark);
}

/* ---- alternatives
 * ----------------------------------------------------------------------------------- */

static void match_or(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    const AstPatternSeq *patterns = &p->MatchOr.patterns;
    int end = label_new(c), n = patterns->count;
    bool allowed = k->irrefutable_allowed, *outer = k->bound, *first = 0;
    for (int i = 0; i < n; i++) {
        bool last = i == n - 1;
        int next = last ? fail : label_new(c);
        bool *bound = ARENA_ARRAY(c->arena, bool, k->count + 1);
        if (k->count) memcpy(bound, outer, (size_t)k->count);
        k->bound = bound;
        k->irrefutable_allowed = last && allowed;
        pattern(c, k, patterns->items[i], subject, next);
        if (!first)
            first = bound;
        else if (memcmp(first, bound, (size_t)k->count) && !c->failed)
            compile_error(c, &p->pos, "alternative patterns bind different names");
        if (!last) {
            emit_jump(c, &p->pos, OP_JUMP, 0, 0, 0, end);
            label_bind(c, next);
        }
    }
    memcpy(outer, first, (size_t)k->count);
    k->bound = outer;
    k->irrefutable_allowed = allowed;
    label_bind(c, end);
}

static void pattern(Compiler *c, Captures *k, const AstPattern *p, Reg subject, int fail) {
    if (c->failed || !compile_enter_recursion(c)) return;
    switch (p->kind) {
    case PATTERN_MatchValue: match_value(c, p, subject, fail); break;
    case PATTERN_MatchSingleton: match_singleton(c, p, subject, fail); break;
    case PATTERN_MatchSequence: match_sequence(c, k, p, subject, fail); break;
    case PATTERN_MatchMapping: match_mapping(c, k, p, subject, fail); break;
    case PATTERN_MatchClass: match_class(c, k, p, subject, fail); break;
    case PATTERN_MatchAs: match_as(c, k, p, subject, fail); break;
    case PATTERN_MatchOr: match_or(c, k, p, subject, fail); break;
    default: compile_error(c, &p->pos, "can't use starred pattern here"); break;
    }
    compile_leave_recursion(c);
}

static void match_case(Compiler *c, const AstMatchCase *m, Reg subject, bool last, int end) {
    int mark = temp_mark(c), fail = label_new(c);
    Captures k = {.irrefutable_allowed = m->guard || last};
    collect(c, &k, m->pattern);
    k.bound = ARENA_ARRAY(c->arena, bool, k.count + 1);
    k.first = temp_run(c, k.count);
    pattern(c, &k, m->pattern, subject, fail);
    if (is_wildcard(m->pattern)) emit_line(c, &m->pattern->pos);
    for (int i = 0; i < k.count; i++)
        compile_name_store(c, &m->pattern->pos, k.names[i], k.first + i);
    temp_release(c, mark);
    if (m->guard) compile_jump_if(c, m->guard, fail, false);
    for (int i = 0; i < m->body.count; i++) compile_stmt(c, m->body.items[i]);
    emit_jump(c, &m->pattern->pos, OP_JUMP, 0, 0, 0, end);
    label_bind(c, fail);
}

void compile_match(Compiler *c, const AstStmt *s) {
    int mark = temp_mark(c), end = label_new(c);
    Reg subject = temp_new(c); /* not a local itself: a capture may rebind that */
    compile_expr_into(c, s->Match.subject, subject);
    for (int i = 0; i < s->Match.cases.count; i++)
        match_case(c, s->Match.cases.items[i], subject, i == s->Match.cases.count - 1, end);
    label_bind(c, end);
    temp_release(c, mark);
}
