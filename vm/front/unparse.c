/* An expression's text again, for annotations under `from __future__ import annotations`: canonical
 * spacing, and only the parentheses that precedence asks for. */
#include "vm/front/compiler.h"

/* Binding strength of what stands around; a weaker expression gets parentheses. */
typedef enum {
    LEVEL_TUPLE,
    LEVEL_TEST, /* if-else, lambda */
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_BIT_OR,
    LEVEL_EXPR = LEVEL_BIT_OR,
    LEVEL_BIT_XOR,
    LEVEL_BIT_AND,
    LEVEL_SHIFT,
    LEVEL_SUM,
    LEVEL_TERM,
    LEVEL_FACTOR,
    LEVEL_POWER,
    LEVEL_AWAIT,
    LEVEL_ATOM
} Level;

typedef struct {
    Arena *arena;
    char *text;
    size_t length, capacity;
    bool too_deep;
} Text;

static void put_bytes(Text *t, const char *data, size_t length) {
    if (t->length + length + 1 > t->capacity) {
        t->capacity = 2 * (t->length + length) + 64;
        char *grown = arena_alloc(t->arena, t->capacity);
        if (t->length) memcpy(grown, t->text, t->length);
        t->text = grown;
    }
    memcpy(t->text + t->length, data, length);
    t->length += length;
    t->text[t->length] = 0;
}

static void put(Text *t, const char *s) { put_bytes(t, s, strlen(s)); }
static void put_if(Text *t, bool condition, const char *s) {
    if (condition) put(t, s);
}

static void put_expr(Text *t, const AstExpr *e, Level level);

static void put_list(Text *t, const AstExprSeq *elts) {
    for (int i = 0; i < elts->count; i++) {
        put_if(t, i > 0, ", ");
        put_expr(t, elts->items[i], LEVEL_TEST);
    }
}

/* ---- constants and f-strings
 * --------------------------------------------------------------------- */

static void put_repr(Text *t, const AstConst *k) {
    Value v = constant_make(k);
    Value repr = v ? py_repr(v) : 0;
    size_t length;
    const char *utf8 = repr ? py_str_utf8(repr, &length) : 0;
    if (utf8)
        put_bytes(t, utf8, length);
    else
        py_error_clear(); /* out of memory: the text stays short */
}

static void put_number(Text *t, const AstConst *k) { /* infinity reads back as 1e309 */
    Text plain = {.arena = t->arena};
    put_repr(&plain, k);
    for (size_t i = 0; i < plain.length;) {
        if (!strncmp(plain.text + i, "inf", 3))
            put(t, "1e309"), i += 3;
        else
            put_bytes(t, plain.text + i++, 1);
    }
}

static void put_constant(Text *t, const AstExpr *e) {
    const AstConst *k = &e->Constant.value;
    if (k->kind == CONST_ELLIPSIS)
        put(t, "...");
    else if (k->kind == CONST_FLOAT || k->kind == CONST_COMPLEX || k->kind == CONST_TUPLE)
        put_number(t, k);
    else {
        put_if(t, e->Constant.kind != 0, "u");
        put_repr(t, k);
    }
}

static void put_fstring_part(Text *t, const AstExpr *e, bool is_spec);

static void put_fstring_body(Text *t, const AstExprSeq *values, bool is_spec) {
    for (int i = 0; i < values->count; i++) put_fstring_part(t, values->items[i], is_spec);
}

static void put_formatted_value(Text *t, const AstExpr *e) {
    Text inner = {.arena = t->arena};
    put_expr(&inner, e->FormattedValue.value, LEVEL_TEST + 1);
    put(t, inner.length && inner.text[0] == '{' ? "{ " : "{");
    if (inner.length) put_bytes(t, inner.text, inner.length);
    if (e->FormattedValue.conversion > 0) {
        char conversion[3] = {'!', (char)e->FormattedValue.conversion, 0};
        put(t, conversion);
    }
    if (e->FormattedValue.format_spec) {
        put(t, ":");
        put_fstring_part(t, e->FormattedValue.format_spec, true);
    }
    put(t, "}");
}

static void put_fstring_part(Text *t, const AstExpr *e, bool is_spec) {
    if (e->kind == EXPR_JoinedStr)
        put_fstring_body(t, &e->JoinedStr.values, is_spec);
    else if (e->kind == EXPR_FormattedValue)
        put_formatted_value(t, e);
    else if (e->kind == EXPR_Constant && e->Constant.value.kind == CONST_STR) {
        const AstConst *k = &e->Constant.value;
        for (size_t i = 0; i < k->bytes.length; i++) {
            char ch = k->bytes.data[i];
            put_bytes(t, &ch, 1);
            if (ch == '{' || ch == '}') put_bytes(t, &ch, 1);
        }
    }
}

static void put_fstring(Text *t, const AstExpr *e) {
    Text body = {.arena = t->arena};
    put(&body, "");
    put_fstring_part(&body, e, false);
    AstConst k = {.kind = CONST_STR, .bytes = {body.text, body.length}};
    put(t, "f");
    put_repr(t, &k);
}

/* ---- operators
 * ------------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    Level level;
} binary_ops[] = {
    [AST_Add - AST_Add] = {" + ", LEVEL_SUM},
    [AST_Sub - AST_Add] = {" - ", LEVEL_SUM},
    [AST_Mult - AST_Add] = {" * ", LEVEL_TERM},
    [AST_MatMult - AST_Add] = {" @ ", LEVEL_TERM},
    [AST_Div - AST_Add] = {" / ", LEVEL_TERM},
    [AST_Mod - AST_Add] = {" % ", LEVEL_TERM},
    [AST_Pow - AST_Add] = {" ** ", LEVEL_POWER},
    [AST_LShift - AST_Add] = {" << ", LEVEL_SHIFT},
    [AST_RShift - AST_Add] = {" >> ", LEVEL_SHIFT},
    [AST_BitOr - AST_Add] = {" | ", LEVEL_BIT_OR},
    [AST_BitXor - AST_Add] = {" ^ ", LEVEL_BIT_XOR},
    [AST_BitAnd - AST_Add] = {" & ", LEVEL_BIT_AND},
    [AST_FloorDiv - AST_Add] = {" // ", LEVEL_TERM},
};

static void put_bin_op(Text *t, const AstExpr *e, Level level) {
    Level own = binary_ops[e->BinOp.op - AST_Add].level;
    bool right_first = e->BinOp.op == AST_Pow;
    put_if(t, level > own, "(");
    put_expr(t, e->BinOp.left, own + right_first);
    put(t, binary_ops[e->BinOp.op - AST_Add].text);
    put_expr(t, e->BinOp.right, own + !right_first);
    put_if(t, level > own, ")");
}

static void put_bool_op(Text *t, const AstExpr *e, Level level) {
    Level own = e->BoolOp.op == AST_And ? LEVEL_AND : LEVEL_OR;
    put_if(t, level > own, "(");
    for (int i = 0; i < e->BoolOp.values.count; i++) {
        put_if(t, i > 0, e->BoolOp.op == AST_And ? " and " : " or ");
        put_expr(t, e->BoolOp.values.items[i], own + 1);
    }
    put_if(t, level > own, ")");
}

static void put_unary_op(Text *t, const AstExpr *e, Level level) {
    AstEnum op = e->UnaryOp.op;
    Level own = op == AST_Not ? LEVEL_NOT : LEVEL_FACTOR;
    put_if(t, level > own, "(");
    put(t, op == AST_Not ? "not " : op == AST_Invert ? "~" : op == AST_UAdd ? "+" : "-");
    put_expr(t, e->UnaryOp.operand, own);
    put_if(t, level > own, ")");
}

static void put_compare(Text *t, const AstExpr *e, Level level) {
    static const char *const ops[] = {" == ", " != ", " < ",      " <= ", " > ",
                                      " >= ", " is ", " is not ", " in ", " not in "};
    put_if(t, level > LEVEL_COMPARE, "(");
    put_expr(t, e->Compare.left, LEVEL_COMPARE + 1);
    for (int i = 0; i < e->Compare.ops.count; i++) {
        put(t, ops[e->Compare.ops.items[i] - AST_Eq]);
        put_expr(t, e->Compare.comparators.items[i], LEVEL_COMPARE + 1);
    }
    put_if(t, level > LEVEL_COMPARE, ")");
}

static void put_if_exp(Text *t, const AstExpr *e, Level level) {
    put_if(t, level > LEVEL_TEST, "(");
    put_expr(t, e->IfExp.body, LEVEL_TEST + 1);
    put(t, " if ");
    put_expr(t, e->IfExp.test, LEVEL_TEST + 1);
    put(t, " else ");
    put_expr(t, e->IfExp.orelse, LEVEL_TEST);
    put_if(t, level > LEVEL_TEST, ")");
}

/* ---- lambda
 * --------------------------------------------------------------------------------------- */

static void put_arg(Text *t, bool *first, const char *prefix, const AstArg *arg,
                    const AstExpr *value) {
    put_if(t, !*first, ", ");
    *first = false;
    put(t, prefix);
    if (arg) put(t, arg->arg);
    if (value) {
        put(t, "=");
        put_expr(t, value, LEVEL_TEST);
    }
}

static void put_args(Text *t, const AstArguments *a) {
    bool first = true;
    int positional = a->posonlyargs.count + a->args.count;
    for (int i = 0; i < positional; i++) {
        int n = a->posonlyargs.count, d = i - (positional - a->defaults.count);
        put_arg(t, &first, "", i < n ? a->posonlyargs.items[i] : a->args.items[i - n],
                d >= 0 ? a->defaults.items[d] : 0);
        if (n && i + 1 == n) put_arg(t, &first, "/", 0, 0);
    }
    if (a->vararg)
        put_arg(t, &first, "*", a->vararg, 0);
    else if (a->kwonlyargs.count)
        put_arg(t, &first, "*", 0, 0);
    for (int i = 0; i < a->kwonlyargs.count; i++)
        put_arg(t, &first, "", a->kwonlyargs.items[i], a->kw_defaults.items[i]);
    if (a->kwarg) put_arg(t, &first, "**", a->kwarg, 0);
}

static void put_lambda(Text *t, const AstExpr *e, Level level) {
    const AstArguments *a = e->Lambda.args;
    bool any =
        a->posonlyargs.count || a->args.count || a->kwonlyargs.count || a->vararg || a->kwarg;
    put_if(t, level > LEVEL_TEST, "(");
    put(t, any ? "lambda " : "lambda");
    put_args(t, a);
    put(t, ": ");
    put_expr(t, e->Lambda.body, LEVEL_TEST);
    put_if(t, level > LEVEL_TEST, ")");
}

/* ---- displays, calls
 * ------------------------------------------------------------------------------- */

static void put_dict(Text *t, const AstExpr *e) {
    put(t, "{");
    for (int i = 0; i < e->Dict.values.count; i++) {
        put_if(t, i > 0, ", ");
        if (e->Dict.keys.items[i]) {
            put_expr(t, e->Dict.keys.items[i], LEVEL_TEST);
            put(t, ": ");
            put_expr(t, e->Dict.values.items[i], LEVEL_TEST);
        } else {
            put(t, "**");
            put_expr(t, e->Dict.values.items[i], LEVEL_EXPR);
        }
    }
    put(t, "}");
}

static void put_generators(Text *t, const AstComprehensionSeq *generators) {
    for (int i = 0; i < generators->count; i++) {
        const AstComprehension *g = generators->items[i];
        put(t, g->is_async ? " async for " : " for ");
        put_expr(t, g->target, LEVEL_TUPLE);
        put(t, " in ");
        put_expr(t, g->iter, LEVEL_TEST + 1);
        for (int k = 0; k < g->ifs.count; k++) {
            put(t, " if ");
            put_expr(t, g->ifs.items[k], LEVEL_TEST + 1);
        }
    }
}

static void put_comprehension(Text *t, const char *open, const AstExpr *key, const AstExpr *value,
                              const AstComprehensionSeq *generators, const char *close) {
    put(t, open);
    put_expr(t, key, LEVEL_TEST);
    if (value) {
        put(t, ": ");
        put_expr(t, value, LEVEL_TEST);
    }
    put_generators(t, generators);
    put(t, close);
}

static void put_call(Text *t, const AstExpr *e) {
    const AstExprSeq *args = &e->Call.args;
    const AstKeywordSeq *keywords = &e->Call.keywords;
    put_expr(t, e->Call.func, LEVEL_ATOM);
    if (args->count == 1 && !keywords->count && args->items[0]->kind == EXPR_GeneratorExp) {
        put_expr(t, args->items[0], LEVEL_TEST); /* brings its own parentheses */
        return;
    }
    put(t, "(");
    put_list(t, args);
    for (int i = 0; i < keywords->count; i++) {
        put_if(t, i > 0 || args->count > 0, ", ");
        put(t, keywords->items[i]->arg ? keywords->items[i]->arg : "**");
        put_if(t, keywords->items[i]->arg != 0, "=");
        put_expr(t, keywords->items[i]->value, LEVEL_TEST);
    }
    put(t, ")");
}

static void put_tuple(Text *t, const AstExpr *e, Level level) {
    const AstExprSeq *elts = &e->Tuple.elts;
    bool parens = level > LEVEL_TUPLE || !elts->count;
    put_if(t, parens, "(");
    put_list(t, elts);
    put_if(t, elts->count == 1, ",");
    put_if(t, parens, ")");
}

static void put_attribute(Text *t, const AstExpr *e) {
    const AstConst *k = compile_static_value(e->Attribute.value);
    put_expr(t, e->Attribute.value, LEVEL_ATOM);
    /* "1 .real": the dot would belong to the number */
    put(t, k && (k->kind == CONST_INT || k->kind == CONST_BIGINT) ? " ." : ".");
    put(t, e->Attribute.attr);
}

static void put_slice(Text *t, const AstExpr *e) {
    if (e->Slice.lower) put_expr(t, e->Slice.lower, LEVEL_TEST);
    put(t, ":");
    if (e->Slice.upper) put_expr(t, e->Slice.upper, LEVEL_TEST);
    if (e->Slice.step) {
        put(t, ":");
        put_expr(t, e->Slice.step, LEVEL_TEST);
    }
}

static void put_prefixed(Text *t, const char *open, const AstExpr *value, Level level,
                         const char *close) {
    put(t, open);
    if (value) put_expr(t, value, level);
    put(t, close);
}

static void put_expr(Text *t, const AstExpr *e, Level level) {
    t->too_deep |= arena_stack_is_low(t->arena);
    if (t->too_deep) return;
    switch (e->kind) {
    case EXPR_BoolOp: put_bool_op(t, e, level); return;
    case EXPR_BinOp: put_bin_op(t, e, level); return;
    case EXPR_UnaryOp: put_unary_op(t, e, level); return;
    case EXPR_Lambda: put_lambda(t, e, level); return;
    case EXPR_IfExp: put_if_exp(t, e, level); return;
    case EXPR_Dict: put_dict(t, e); return;
    case EXPR_Set:
        put(t, "{");
        put_list(t, &e->Set.elts);
        put(t, "}");
        return;
    case EXPR_GeneratorExp:
        put_comprehension(t, "(", e->GeneratorExp.elt, 0, &e->GeneratorExp.generators, ")");
        return;
    case EXPR_ListComp:
        put_comprehension(t, "[", e->ListComp.elt, 0, &e->ListComp.generators, "]");
        return;
    case EXPR_SetComp:
        put_comprehension(t, "{", e->SetComp.elt, 0, &e->SetComp.generators, "}");
        return;
    case EXPR_DictComp:
        put_comprehension(t, "{", e->DictComp.key, e->DictComp.value, &e->DictComp.generators, "}");
        return;
    case EXPR_Yield:
        put_prefixed(t, e->Yield.value ? "(yield " : "(yield", e->Yield.value, LEVEL_TEST, ")");
        return;
    case EXPR_YieldFrom:
        put_prefixed(t, "(yield from ", e->YieldFrom.value, LEVEL_TEST, ")");
        return;
    case EXPR_Await:
        put_prefixed(t, level > LEVEL_AWAIT ? "(await " : "await ", e->Await.value, LEVEL_ATOM,
                     level > LEVEL_AWAIT ? ")" : "");
        return;
    case EXPR_Compare: put_compare(t, e, level); return;
    case EXPR_Call: put_call(t, e); return;
    case EXPR_FormattedValue:
    case EXPR_JoinedStr: put_fstring(t, e); return;
    case EXPR_Constant: put_constant(t, e); return;
    case EXPR_Attribute: put_attribute(t, e); return;
    case EXPR_Starred: put_prefixed(t, "*", e->Starred.value, LEVEL_EXPR, ""); return;
    case EXPR_Name: put(t, e->Name.id); return;
    case EXPR_List:
        put(t, "[");
        put_list(t, &e->List.elts);
        put(t, "]");
        return;
    case EXPR_Tuple: put_tuple(t, e, level); return;
    case EXPR_Subscript:
        put_expr(t, e->Subscript.value, LEVEL_ATOM);
        put_prefixed(t, "[", e->Subscript.slice, LEVEL_TUPLE, "]");
        return;
    case EXPR_Slice: put_slice(t, e); return;
    case EXPR_NamedExpr:
        put_if(t, level > LEVEL_TUPLE, "(");
        put_expr(t, e->NamedExpr.target, LEVEL_ATOM);
        put_prefixed(t, " := ", e->NamedExpr.value, LEVEL_ATOM, "");
        put_if(t, level > LEVEL_TUPLE, ")");
        return;
    default: return;
    }
}

const char *compile_unparse(Arena *arena, const AstExpr *e, size_t *length) {
    Text t = {.arena = arena};
    put(&t, "");
    put_expr(&t, e, LEVEL_TEST);
    *length = t.length;
    return t.too_deep ? NULL : t.text;
}
