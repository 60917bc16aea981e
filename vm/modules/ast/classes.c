/* Module _ast: the classes of syntax tree nodes, from vm/front/ast.tbl. Classes are made as class statements would make them, over
 * the base AST, whose constructor takes the fields. They are made when a tree is first converted or the module first imported;
 * replacing sys.modules["_ast"] changes nothing. */
#include "vm/modules/ast/ast_module.h"
#include "vm/modules/module.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"

/* ---- AST ------------------------------------------------------------------------------------------------------- */

static Value fields_of(Value self) {
    Value fields = py_getattr_opt(py_type_of(self), py_intern_c("_fields"));
    return fields == VM_UNBOUND ? py_tuple_new(0) : fields ? py_tuple_from_iterable(fields) : 0;
}

static int set_keyword(Value self, Value fields, size_t given, Value name, Value value) {
    for (int64_t i = 0; i < (int64_t)given; i++) {
        int same = py_equal(tuple_item(fields, i), name);
        if (same < 0) return -1;
        if (same) return py_raise_int(TYPE_TypeError, "%N got multiple values for argument %R", py_type_of(self), name);
    }
    return py_setattr(self, name, value);
}

static int node_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value fields = nargs ? fields_of(self) : py_tuple_new(0);
    if (!fields) return -1;
    int64_t most = tuple_length(fields), keywords = kwnames ? tuple_length(kwnames) : 0;
    if (most < (int64_t)nargs)
        return py_raise_int(TYPE_TypeError, "%N constructor takes at most %zd positional argument%s", py_type_of(self), (ssize_t)most,
                            most == 1 ? "" : "s");
    for (size_t i = 0; i < nargs; i++)
        if (py_setattr(self, tuple_item(fields, (int64_t)i), args[i]) < 0) return -1;
    for (int64_t k = 0; k < keywords; k++)
        if (set_keyword(self, fields, nargs, tuple_item(kwnames, k), args[nargs + (size_t)k]) < 0) return -1;
    return 0;
}
static Value node_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}
FUNCTION(node_reduce) {
    Value dict = py_getattr_opt(args[0], NAME(__dict__)), none = py_tuple_new(0);
    if (!dict || !none) return 0;
    return dict == VM_UNBOUND ? py_tuple_pack(2, py_type_of(args[0]), none) : py_tuple_pack(3, py_type_of(args[0]), none, dict);
}
static const PyMethodDef node_methods[] = {{"__reduce__", "($self, /)", node_reduce, 0, 0}, {0}};
const PyTypeSpec py_spec_ast = {
    .slots = {.new = node_new, .init = node_init}, .methods = node_methods, .raw_words = 0, .has_dict = true, .module = "ast"};

/* ---- the other classes ------------------------------------------------------------------------------------------- */

typedef struct NodeClass {
    const char *name;
    AstBaseType sum;    /* what the class derives from, if is_constructor */
    bool is_constructor;
    bool has_pos;       /* the class itself declares lineno, col_offset and their ends */
    const char *fields; /* "type name, type? name, type* name, " */
} NodeClass;

#define QUANTITY_ONE
#define QUANTITY_OPT    "?"
#define QUANTITY_SEQ    "*"
#define QUANTITY_OPTSEQ "*"
#define AST_F(type, quantity, name)        #type QUANTITY_##quantity " " #name ", "
#define AST_CTOR(sum, Name, fields)        [AST_KIND_##sum(Name)] = {#Name, AST_IS_##sum, true, false, "" fields},
#define AST_SINGLE(sum, Name, fields)      [AST_CLASS_##Name] = {#Name, AST_IS_##sum, true, false, "" fields},
#define AST_PRODUCT(type, has_pos, fields) [AST_CLASS_TYPE + AST_IS_##type] = {#type, 0, false, has_pos, "" fields},
#define AST_ENUM(sum, Name)                [AST_CLASS_ENUM + AST_##Name] = {#Name, AST_IS_##sum, true, false, ""},
#define SUM(type, has_pos)                 [AST_CLASS_TYPE + AST_IS_##type] = {#type, 0, false, has_pos, ""}
static const NodeClass node_classes[AST_CLASS_COUNT] = {
    SUM(mod, false),     SUM(stmt, true),         SUM(expr, true),        SUM(pattern, true),
    SUM(excepthandler, true), SUM(type_ignore, false), SUM(expr_context, false), SUM(boolop, false),
    SUM(operator, false), SUM(unaryop, false),    SUM(cmpop, false),
#include "vm/front/ast.tbl"
};

int ast_class_number(AstBaseType type, const void *node) {
    switch (type) {
    case AST_IS_mod:
    case AST_IS_stmt:
    case AST_IS_expr:
    case AST_IS_pattern: return (int)*(const AstKind *)node;
    case AST_IS_excepthandler: return AST_CLASS_ExceptHandler;
    case AST_IS_type_ignore: return AST_CLASS_TypeIgnore;
    default: return AST_CLASS_TYPE + (int)type;
    }
}

const AstClass *ast_class_of_number(int number) {
    if (number < AST_CLASS_ENUM) return ast_class_of_kind((AstKind)number);
    if (number == AST_CLASS_ExceptHandler) return ast_class_of_type(AST_IS_excepthandler);
    if (number == AST_CLASS_TypeIgnore) return ast_class_of_type(AST_IS_type_ignore);
    bool product = number >= AST_CLASS_TYPE + (int)AST_IS_comprehension;
    return product ? ast_class_of_type((AstBaseType)(number - AST_CLASS_TYPE)) : NULL;
}

Value ast_position_name(int i) {
    static const char *const names[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
    return py_intern_c(names[i]);
}
static Value position_names(void) {
    return py_tuple_pack(4, ast_position_name(0), ast_position_name(1), ast_position_name(2), ast_position_name(3));
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* "Name(type field, ...)" */
static int add_constructor_doc(PyStrBuilder *b, const NodeClass *class) {
    size_t length = strlen(class->fields);
    if (py_builder_ascii(b, class->name, strlen(class->name)) < 0) return -1;
    if (!length) return 0;
    if (py_builder_char(b, '(') < 0 || py_builder_ascii(b, class->fields, length - 2) < 0) return -1;
    return py_builder_char(b, ')');
}

static bool is_of_sum(const NodeClass *class, AstBaseType sum) { return class->name && class->is_constructor && class->sum == sum; }

/* "sum = A | B", or one constructor to a line where some have fields. */
static int add_sum_doc(PyStrBuilder *b, const char *name, AstBaseType sum) {
    bool enumeration = AST_IS_ENUMERATION(sum), first = true;
    if (py_builder_ascii(b, name, strlen(name)) < 0 || py_builder_ascii(b, " = ", 3) < 0) return -1;
    for (int i = 0; i < AST_CLASS_COUNT; i++) {
        if (!is_of_sum(&node_classes[i], sum)) continue;
        if (!first && !enumeration && py_builder_char(b, '\n') < 0) return -1;
        for (size_t k = 0; !first && !enumeration && k < strlen(name); k++)
            if (py_builder_char(b, ' ') < 0) return -1;
        if (!first && py_builder_ascii(b, " | ", 3) < 0) return -1;
        if (add_constructor_doc(b, &node_classes[i]) < 0) return -1;
        first = false;
    }
    return 0;
}

static Value class_doc(int number) {
    const NodeClass *class = &node_classes[number];
    bool sum = !class->is_constructor && !ast_class_of_number(number);
    PyStrBuilder b;
    py_builder_init(&b);
    int failed = sum ? add_sum_doc(&b, class->name, (AstBaseType)(number - AST_CLASS_TYPE)) : add_constructor_doc(&b, class);
    return failed ? 0 : py_builder_finish(&b);
}

/* ---- making classes ----------------------------------------------------------------------------------------------- */

/* The names of the fields; those that may be left out are None in the class. */
static Value make_fields(Value dict, const char *fields) {
    Value list = py_list_new(0);
    while (list && *fields) {
        const char *space = strchr(fields, ' '), *end = strchr(space, ',');
        Value name = py_intern(py_str_new(space + 1, (size_t)(end - space - 1)));
        if (py_list_append(list, name) < 0) return 0;
        if (space[-1] == '?' && py_dict_set(dict, name, VM_NONE) < 0) return 0;
        fields = end + 2;
    }
    return list ? py_list_to_tuple(list) : 0;
}

static int add_attributes(Value dict, const NodeClass *class) {
    Value names = class->has_pos ? position_names() : py_tuple_new(0);
    if (!names || py_dict_set_c(dict, "_attributes", names) < 0) return -1;
    bool may_lack_end = class->has_pos && strcmp(class->name, "pattern") != 0;
    for (int i = 2; may_lack_end && i < 4; i++)
        if (py_dict_set(dict, tuple_item(names, i), VM_NONE) < 0) return -1;
    return 0;
}

static Value make_class(int number, Value base, Value *fields) {
    const NodeClass *class = &node_classes[number];
    Value dict = py_dict_new(), doc = class_doc(number);
    if (!dict || !doc) return 0;
    *fields = make_fields(dict, class->fields);
    if (!*fields || py_dict_set_c(dict, "_fields", *fields) < 0 || py_dict_set_c(dict, "__match_args__", *fields) < 0 ||
        py_dict_set(dict, NAME(__module__), py_intern_c("ast")) < 0 || py_dict_set(dict, NAME(__doc__), doc) < 0)
        return 0;
    if (!class->is_constructor && add_attributes(dict, class) < 0) return 0;
    return py_type_new_heap(py_type(TYPE_TYPE), py_intern_c(class->name), py_tuple_pack(1, base), dict);
}

/* Sums and products first, then the constructors, whose bases are the sums. */
static int make_classes(Value classes, Value fields) {
    Value root = py_type(TYPE_AST), none = py_tuple_new(0);
    static const char *const empty[] = {"_fields", "_attributes", "__match_args__"};
    for (int i = 0; i < 3; i++)
        if (!none || type_dict_set(root, py_intern_c(empty[i]), none) < 0) return -1;
    for (int constructors = 0; constructors <= 1; constructors++)
        for (int i = 0; i < AST_CLASS_COUNT; i++) {
            const NodeClass *class = &node_classes[i];
            if (!class->name || class->is_constructor != (bool)constructors) continue;
            Value base = constructors ? py_list_item(classes, AST_CLASS_TYPE + (int)class->sum) : root, names;
            Value type = make_class(i, base, &names);
            if (!type) return -1;
            py_list_set_item(classes, i, type);
            py_list_set_item(fields, i, names);
        }
    return 0;
}

/* ---- the state ---------------------------------------------------------------------------------------------------- */

static Value state_list; /* empty, or [classes, fields, instances] */

int ast_init(void) {
    state_list = py_list_new(0);
    vm_root_register(&state_list);
    return state_list ? 0 : -1;
}

static int make_state(AstState *s) {
    Value classes = py_list_new(AST_CLASS_COUNT), fields = py_list_new(AST_CLASS_COUNT), instances = py_list_new(0);
    if (!classes || !fields || !instances || make_classes(classes, fields) < 0) return -1;
    for (int i = 0; i < AST_ENUM_COUNT; i++) {
        Value instance = py_call0(py_list_item(classes, AST_CLASS_ENUM + i));
        if (!instance || py_list_append(instances, instance) < 0) return -1;
    }
    *s = (AstState){py_list_to_tuple(classes), py_list_to_tuple(fields), py_list_to_tuple(instances)};
    if (!s->classes || !s->fields || !s->instances || py_list_length(state_list)) return -!s->instances;
    Value parts[3] = {s->classes, s->fields, s->instances};
    for (int i = 0; i < 3; i++)
        if (py_list_append(state_list, parts[i]) < 0) return -1;
    return 0;
}

int ast_state(AstState *s) {
    if (!py_list_length(state_list)) return make_state(s);
    *s = (AstState){py_list_item(state_list, 0), py_list_item(state_list, 1), py_list_item(state_list, 2)};
    return 0;
}

static int ast_module_init(Value module) {
    static const IntConstant flags[] = {{"PyCF_ONLY_AST", 0x400}, {"PyCF_TYPE_COMMENTS", 0x1000}, {"PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000}};
    AstState s;
    if (ast_state(&s) < 0 || ADD_CONSTANTS(module, flags) < 0 || py_module_add(module, "AST", py_type(TYPE_AST)) < 0) return -1;
    for (int i = 0; i < AST_CLASS_COUNT; i++)
        if (node_classes[i].name && py_module_add(module, node_classes[i].name, ast_class(&s, i)) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_ast = {.init = ast_module_init};
