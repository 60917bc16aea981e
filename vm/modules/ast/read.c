/* Syntax trees given as Python objects, as trees of the front end. Attributes of the objects are read in the order of their
 * declaration; objects of the sums must be instances of a constructor's class, those of the products may be anything that has the
 * attributes. What a tree must be like beyond that says vm/front/ast_check.h. */
#include "vm/front/ast_check.h"
#include "vm/front/compile.h"
#include "vm/modules/ast/ast_module.h"
#include <limits.h>

typedef struct TreeReader {
    Arena *arena;
    AstState state;
} TreeReader;

static int read_node(TreeReader *r, AstBaseType type, Value v, void **out);

/* ---- values ---------------------------------------------------------------------------------------------------------- */

/* The bytes of a str, lone surrogates included; in *out with a NUL behind. */
static int read_text(TreeReader *r, Value str, const char **out, size_t *length) {
    Value bytes = py_encode(str, "utf-8", "surrogatepass");
    if (!bytes) return -1;
    *length = (size_t)REF(PyBytes, bytes)->length;
    *out = arena_copy(r->arena, stm_flat(bytes_data(bytes), *length, false), *length);
    return 0;
}

static int read_name(TreeReader *r, AstBaseType type, Value v, const char **out) {
    *out = NULL;
    if (v == VM_NONE) return 0;
    bool string = type == AST_IS_string;
    if (!is_exactly(v, TYPE_STR) && !(string && is_exactly(v, TYPE_BYTES)))
        return py_raise_int(TYPE_TypeError, "AST %s must be of type str", string ? "string" : "identifier");
    if (is_exactly(v, TYPE_BYTES)) v = py_decode(stm_flat(bytes_data(v), (size_t)REF(PyBytes, v)->length, false),
                                                 (size_t)REF(PyBytes, v)->length, "latin-1", "strict");
    const char *text;
    size_t length;
    if (!v || read_text(r, v, &text, &length) < 0) return -1;
    *out = arena_intern(r->arena, text, length);
    return 0;
}

static int read_int(Value v, int *out) {
    int64_t i;
    if (!py_is_int(v)) return py_raise_int(TYPE_ValueError, "invalid integer value: %R", v);
    if (py_int_as_i64(v, &i) || i > INT_MAX || i < INT_MIN)
        return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C int");
    *out = (int)i;
    return 0;
}

static int read_integer(TreeReader *r, Value v, AstConst *out) {
    int64_t i;
    if (py_int_as_i64(v, &i) == 0) {
        *out = (AstConst){.kind = CONST_INT, .integer = i};
        return 0;
    }
    const char *digits;
    size_t length;
    Value text = py_int_to_str(v, 16, false);
    if (!text || read_text(r, text, &digits, &length) < 0) return -1;
    bool negative = digits[0] == '-';
    *out = (AstConst){.kind = CONST_BIGINT};
    out->bigint.digits = digits + negative;
    out->bigint.length = (uint32_t)(length - negative);
    out->bigint.base = 16;
    out->bigint.negative = negative;
    return 0;
}

static int read_constant(TreeReader *r, Value v, AstConst *out);

static int read_items(TreeReader *r, Value v, AstConst *out) {
    Value tuple = py_is_tuple(v) ? v : py_tuple_from_iterable(v);
    if (!tuple || py_enter_recursion(" during compilation") < 0) return -1;
    size_t count = (size_t)tuple_length(tuple);
    AstConst *items = ARENA_ARRAY(r->arena, AstConst, count);
    *out = (AstConst){.kind = is_exactly(v, TYPE_TUPLE) ? CONST_TUPLE : CONST_FROZENSET};
    out->items.data = items, out->items.count = count;
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++) {
        failed = read_constant(r, tuple_item(tuple, (int64_t)i), &items[i]);
        if (items[i].kind == CONST_INVALID) *out = items[i];
    }
    py_leave_recursion();
    return failed;
}

static int read_bytes(TreeReader *r, Value v, AstConst *out) {
    size_t length = (size_t)REF(PyBytes, v)->length;
    out->kind = CONST_BYTES;
    out->bytes.data = arena_copy(r->arena, stm_flat(bytes_data(v), length, false), length);
    out->bytes.length = length;
    return 0;
}

/* Any object; what cannot be a constant is refused by ast_check, which knows where it stands. */
static int read_constant(TreeReader *r, Value v, AstConst *out) {
    *out = (AstConst){.kind = CONST_NONE};
    if (v == VM_NONE) return 0;
    if (v == VM_TRUE || v == VM_FALSE || v == VM_ELLIPSIS) {
        out->kind = v == VM_TRUE ? CONST_TRUE : v == VM_FALSE ? CONST_FALSE : CONST_ELLIPSIS;
        return 0;
    }
    Value type = py_type_of(v);
    if (type == py_type(TYPE_INT)) return read_integer(r, v, out);
    if (type == py_type(TYPE_TUPLE) || type == py_type(TYPE_FROZENSET)) return read_items(r, v, out);
    if (type == py_type(TYPE_BYTES)) return read_bytes(r, v, out);
    if (type == py_type(TYPE_STR)) out->kind = CONST_STR;
    else if (type == py_type(TYPE_FLOAT)) *out = (AstConst){.kind = CONST_FLOAT, .real = py_float_value(v)};
    else if (type == py_type(TYPE_COMPLEX)) {
        *out = (AstConst){.kind = CONST_COMPLEX, .real = REF(PyComplex, v)->real};
        out->imag = REF(PyComplex, v)->imag;
    } else {
        out->kind = CONST_INVALID;
        v = py_type_name(type);
    }
    if (out->kind != CONST_STR && out->kind != CONST_INVALID) return 0;
    return read_text(r, v, &out->bytes.data, &out->bytes.length);
}

static int no_such(AstBaseType type, Value v) {
    return py_raise_int(TYPE_TypeError, "expected some sort of %s, but got %R", ast_type_name(type), v);
}

/* Is v an instance of one of the classes first .. last-1? Its number, or -1; -2 with an exception. */
static int find_class(TreeReader *r, int first, int last, Value v) {
    Value type = py_type_of(v);
    for (int i = first; i < last; i++)
        if (type == ast_class(&r->state, i)) return i;
    for (int i = first; i < last; i++) {
        int is = py_isinstance(v, ast_class(&r->state, i));
        if (is) return is < 0 ? -2 : i;
    }
    return -1;
}

/* Numbers of the constructors of a sum. */
static void constructors(AstBaseType type, int *first, int *last) {
    static const int ranges[][2] = {
        [AST_IS_expr_context] = {AST_CLASS_ENUM + AST_Load, AST_CLASS_ENUM + AST_Del + 1},
        [AST_IS_boolop] = {AST_CLASS_ENUM + AST_And, AST_CLASS_ENUM + AST_Or + 1},
        [AST_IS_operator] = {AST_CLASS_ENUM + AST_Add, AST_CLASS_ENUM + AST_FloorDiv + 1},
        [AST_IS_unaryop] = {AST_CLASS_ENUM + AST_Invert, AST_CLASS_ENUM + AST_USub + 1},
        [AST_IS_cmpop] = {AST_CLASS_ENUM + AST_Eq, AST_CLASS_ENUM + AST_NotIn + 1},
        [AST_IS_mod] = {MOD_Module, STMT_FunctionDef},
        [AST_IS_stmt] = {STMT_FunctionDef, EXPR_BoolOp},
        [AST_IS_expr] = {EXPR_BoolOp, PATTERN_MatchValue},
        [AST_IS_pattern] = {PATTERN_MatchValue, AST_KIND_COUNT},
        [AST_IS_excepthandler] = {AST_CLASS_ExceptHandler, AST_CLASS_ExceptHandler + 1},
        [AST_IS_type_ignore] = {AST_CLASS_TypeIgnore, AST_CLASS_TypeIgnore + 1},
    };
    *first = ranges[type][0], *last = ranges[type][1];
}

static int read_enumeration(TreeReader *r, AstBaseType type, Value v, AstEnum *out) {
    int first, last;
    constructors(type, &first, &last);
    int number = find_class(r, first, last, v);
    if (number < 0) return number == -1 ? no_such(type, v) : -1;
    *out = (AstEnum)(number - AST_CLASS_ENUM);
    return 0;
}

/* ---- fields ----------------------------------------------------------------------------------------------------------- */

static int read_value(TreeReader *r, AstBaseType type, Value v, void *where) {
    switch (type) {
    case AST_IS_identifier:
    case AST_IS_string: return read_name(r, type, v, where);
    case AST_IS_int: return read_int(v, where);
    case AST_IS_constant: return read_constant(r, v, where);
    default: return AST_IS_ENUMERATION(type) ? read_enumeration(r, type, v, where) : read_node(r, type, v, where);
    }
}

/* Is a field of this type a pointer? */
static bool is_pointer(AstBaseType type) { return type != AST_IS_int && type != AST_IS_constant && !AST_IS_ENUMERATION(type); }

static int read_sequence(TreeReader *r, const AstClass *class, const AstField *field, Value list, AstPtrSeq *out) {
    if (!py_is_list(list))
        return py_raise_int(TYPE_TypeError, "%s field \"%s\" must be a list, not a %T", class->name, field->name, list);
    int64_t count = py_list_length(list);
    if (count > INT_MAX / 16) return py_raise_memory(), -1;
    size_t step = is_pointer(field->type) ? sizeof(void *) : sizeof(AstEnum);
    out->count = (int)count;
    out->items = count ? arena_alloc(r->arena, (size_t)count * step) : NULL;
    for (int64_t i = 0; i < count; i++) {
        char *where = (char *)out->items + (size_t)i * step;
        if (read_value(r, field->type, py_list_item(list, i), where) < 0) return -1;
        if (field->type == AST_IS_identifier && !*(void **)(void *)where)
            return py_raise_int(TYPE_ValueError, "None disallowed in %s field \"%s\"", class->name, field->name);
        if (py_list_length(list) != count)
            return py_raise_int(TYPE_RuntimeError, "%s field \"%s\" changed size during iteration", class->name, field->name);
    }
    return 0;
}

static int missing(const char *field, const char *class) {
    return py_raise_int(TYPE_TypeError, "required field \"%s\" missing from %s", field, class);
}

static int read_field(TreeReader *r, const AstClass *class, const AstField *field, Value name, Value v, void *node) {
    char *where = (char *)node + field->offset;
    Value value = py_getattr_opt(v, name);
    if (!value) return -1;
    bool sequence = field->quantity == AST_SEQ || field->quantity == AST_OPTSEQ, optional = field->quantity == AST_OPT;
    if (optional && (value == VM_UNBOUND || value == VM_NONE)) return 0;
    if (value == VM_UNBOUND) return missing(field->name, class->name);
    return sequence ? read_sequence(r, class, field, value, (void *)where) : read_value(r, field->type, value, where);
}

/* None in the place of a node or a name that must be there. */
static int check_required(const AstClass *class, const void *node) {
    for (int i = 0; i < class->field_count; i++) {
        const AstField *field = &class->fields[i];
        if (field->quantity == AST_ONE && is_pointer(field->type) && !*(void *const *)(const void *)((const char *)node + field->offset))
            return py_raise_int(TYPE_ValueError, "field '%s' is required for %s", field->name, class->name);
    }
    return 0;
}

/* Without an end a node ends where it begins. */
static int read_position(AstBaseType type, Value v, AstPos *pos) {
    int *numbers[4] = {&pos->lineno, &pos->col_offset, &pos->end_lineno, &pos->end_col_offset};
    for (int i = 0; i < 4; i++) {
        bool optional = i >= 2 && type != AST_IS_pattern;
        Value name = ast_position_name(i), value = py_getattr_opt(v, name);
        if (!value) return -1;
        if (optional && (value == VM_UNBOUND || value == VM_NONE)) *numbers[i] = *numbers[i - 2];
        else if (value == VM_UNBOUND) return missing(py_str_utf8(name, 0), ast_type_name(type));
        else if (read_int(value, numbers[i]) < 0) return -1;
    }
    return 0;
}

/* The attributes of v into a struct of class `number`. */
static int read_fields(TreeReader *r, int number, Value v, void *node) {
    const AstClass *class = ast_class_of_number(number);
    for (int i = 0; i < class->field_count; i++)
        if (read_field(r, class, &class->fields[i], ast_field_name(&r->state, number, i), v, node) < 0) return -1;
    return check_required(class, node);
}

static int read_sum(TreeReader *r, AstBaseType type, Value v, void **out) {
    AstPos pos = {0};
    if (type != AST_IS_mod && type != AST_IS_type_ignore && read_position(type, v, &pos) < 0) return -1;
    int first, last;
    constructors(type, &first, &last);
    int number = find_class(r, first, last, v);
    if (number < 0) return number == -1 ? no_such(type, v) : -1;
    const AstClass *class = ast_class_of_number(number);
    char *node = arena_alloc(r->arena, class->size);
    if (number < AST_CLASS_ENUM) *(AstKind *)(void *)node = (AstKind)number;
    if (class->has_pos) *(AstPos *)(void *)(node + class->pos_offset) = pos;
    *out = node;
    return read_fields(r, number, v, node);
}

static int read_product(TreeReader *r, AstBaseType type, Value v, void **out) {
    int number = AST_CLASS_TYPE + (int)type;
    const AstClass *class = ast_class_of_number(number);
    char *node = arena_alloc(r->arena, class->size);
    *out = node;
    if (read_fields(r, number, v, node) < 0) return -1;
    return class->has_pos ? read_position(type, v, (AstPos *)(void *)(node + class->pos_offset)) : 0;
}

static int read_node(TreeReader *r, AstBaseType type, Value v, void **out) {
    bool sum = type < AST_IS_comprehension;
    if (sum && v == VM_NONE) return 0;
    char where[48];
    snprintf(where, sizeof where, " while traversing '%s' node", ast_type_name(type));
    if (py_enter_recursion(where) < 0) return -1;
    int failed = sum ? read_sum(r, type, v, out) : read_product(r, type, v, out);
    py_leave_recursion();
    return failed;
}

AstMod *ast_from_object_may_call(Arena *arena, Value object, AstKind wanted) {
    TreeReader r = {.arena = arena};
    if (ast_state(&r.state) < 0) return NULL;
    int is = py_isinstance(object, ast_class(&r.state, (int)wanted));
    if (is < 0) return NULL;
    if (!is) {
        py_raise(TYPE_TypeError, "expected %s node, got %T", ast_class_of_kind(wanted)->name, object);
        return NULL;
    }
    void *mod = NULL;
    if (read_node(&r, AST_IS_mod, object, &mod) < 0) return NULL;
    FrontError error = {0};
    if (ast_check(arena, mod, &error)) return mod;
    front_raise(&error, NULL);
    return NULL;
}
