/* SyntaxWarnings of the compiler. A filter may turn them into errors: then a SyntaxError with the
 * same words. */
#include "vm/front/compiler.h"
#include "vm/runtime.h"

/* warnings.warn_explicit(message, category, filename, lineno). Before the warnings module can be
 * imported, at start-up, nothing is shown. */
bool compile_issue_warning(Compiler *c, uint32_t category, const char *message, int lineno) {
    if (!vm_runtime.modules) return true;
    Value warn = py_import_attr("_warnings", "warn_explicit");
    if (!warn) {
        py_error_clear();
        return true;
    }
    Value text = py_str_c(message);
    if (!text) return false;
    Value args[4] = {text, py_type(category), c->filename_value, int_make(lineno)};
    return py_call(warn, args, 4, 0) != 0;
}

bool compile_warn(Compiler *c, const AstPos *pos, const char *format, ...) {
    if (c->failed) return false;
    char *message = arena_alloc(c->arena, 512);
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, 512, format, ap);
    va_end(ap);
    if (compile_issue_warning(c, TYPE_SyntaxWarning, message, pos->lineno)) return true;
    if (py_error_is(TYPE_SyntaxWarning)) {
        py_error_clear();
        compile_error(c, pos, "%s", message);
    } else
        c->failed = true;
    return false;
}

/* The name of the type that an expression surely has, or 0. */
static const char *inferred_type(const AstExpr *e) {
    switch (e->kind) {
    case EXPR_Tuple: return "tuple";
    case EXPR_List:
    case EXPR_ListComp: return "list";
    case EXPR_Dict:
    case EXPR_DictComp: return "dict";
    case EXPR_Set:
    case EXPR_SetComp: return "set";
    case EXPR_GeneratorExp: return "generator";
    case EXPR_Lambda: return "function";
    case EXPR_JoinedStr:
    case EXPR_FormattedValue: return "str";
    case EXPR_Constant: break;
    default: return 0;
    }
    switch (e->Constant.value.kind) {
    case CONST_NONE: return "NoneType";
    case CONST_TRUE:
    case CONST_FALSE: return "bool";
    case CONST_ELLIPSIS: return "ellipsis";
    case CONST_INT:
    case CONST_BIGINT: return "int";
    case CONST_FLOAT: return "float";
    case CONST_COMPLEX: return "complex";
    case CONST_STR: return "str";
    case CONST_BYTES: return "bytes";
    case CONST_TUPLE: return "tuple";
    case CONST_FROZENSET: return "frozenset";
    case CONST_INVALID: break;
    }
    return 0;
}

void compile_check_caller(Compiler *c, const AstPos *pos, const AstExpr *func) {
    switch (func->kind) {
    case EXPR_Constant:
    case EXPR_Tuple:
    case EXPR_List:
    case EXPR_ListComp:
    case EXPR_Dict:
    case EXPR_DictComp:
    case EXPR_Set:
    case EXPR_SetComp:
    case EXPR_GeneratorExp:
    case EXPR_JoinedStr:
    case EXPR_FormattedValue:
        compile_warn(c, pos, "'%s' object is not callable; perhaps you missed a comma?",
                     inferred_type(func));
        return;
    default: return;
    }
}

void compile_check_subscripter(Compiler *c, const AstPos *pos, const AstExpr *value) {
    switch (value->kind) {
    case EXPR_Constant:
        switch (value->Constant.value.kind) {
        case CONST_NONE:
        case CONST_ELLIPSIS:
        case CONST_INT:
        case CONST_BIGINT:
        case CONST_TRUE:
        case CONST_FALSE:
        case CONST_FLOAT:
        case CONST_COMPLEX:
        case CONST_FROZENSET: break;
        default: return;
        }
        break;
    case EXPR_Set:
    case EXPR_SetComp:
    case EXPR_GeneratorExp:
    case EXPR_Lambda: break;
    default: return;
    }
    compile_warn(c, pos, "'%s' object is not subscriptable; perhaps you missed a comma?",
                 inferred_type(value));
}

void compile_check_index(Compiler *c, const AstPos *pos, const AstExpr *value,
                         const AstExpr *slice) {
    const char *type = inferred_type(slice);
    const AstConst *k = compile_static_value(value);
    if (!type || slice->kind == EXPR_Slice) return;
    if (!strcmp(type, "int") || !strcmp(type, "bool")) return;
    switch (value->kind) {
    case EXPR_Constant:
        if (k->kind != CONST_STR && k->kind != CONST_BYTES && k->kind != CONST_TUPLE) return;
        break;
    case EXPR_Tuple:
    case EXPR_List:
    case EXPR_ListComp:
    case EXPR_JoinedStr:
    case EXPR_FormattedValue: break;
    default: return;
    }
    compile_warn(c, pos,
                 "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
                 inferred_type(value), type);
}

/* Is it wrong to compare this constant by identity? None, True, False and ... are fine. */
static bool literal_argument(const AstExpr *e) {
    const AstConst *k = compile_static_value(e);
    if (!k) return false;
    return k->kind != CONST_NONE && k->kind != CONST_TRUE && k->kind != CONST_FALSE &&
           k->kind != CONST_ELLIPSIS;
}

void compile_check_compare(Compiler *c, const AstExpr *e) {
    bool left = literal_argument(e->Compare.left);
    for (int i = 0; i < e->Compare.ops.count; i++) {
        AstEnum op = e->Compare.ops.items[i];
        bool right = literal_argument(e->Compare.comparators.items[i]);
        if ((op == AST_Is || op == AST_IsNot) && (left || right)) {
            compile_warn(c, &e->pos,
                         op == AST_Is ? "\"is\" with a literal. Did you mean \"==\"?"
                                      : "\"is not\" with a literal. Did you mean \"!=\"?");
            return;
        }
        left = right;
    }
}
