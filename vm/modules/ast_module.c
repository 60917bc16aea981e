/* Module _ast: the classes of syntax tree nodes, from vm/front/ast.tbl. Classes are made as class statements would make them, over
 * the base AST, whose constructor takes the fields. */
#include "vm/modules/module.h"
#include "vm/objects/type.h"

/* ---- AST ------------------------------------------------------------------------------------------------------- */

static int ast_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value names = nargs ? py_getattr_c(py_type_of(self), "_fields") : 0;
    if (nargs && !names) return -1;
    names = nargs ? py_tuple_from_iterable(names) : 0;
    if (nargs && !names) return -1;
    int64_t fields = names ? tuple_length(names) : 0, keywords = kwnames ? tuple_length(kwnames) : 0;
    if (names && fields < (int64_t)nargs)
        return py_raise_int(TYPE_TypeError, "%N constructor takes %s%zd positional argument%s", py_type_of(self), fields ? "at most " : "", (ssize_t)fields,
                            fields == 1 ? "" : "s");
    for (size_t i = 0; i < nargs; i++)
        if (py_setattr(self, tuple_item(names, (int64_t)i), args[i]) < 0) return -1;
    for (int64_t k = 0; k < keywords; k++) {
        Value name = tuple_item(kwnames, k);
        for (int64_t i = 0; i < (int64_t)nargs; i++)
            if (py_str_equal(name, tuple_item(names, i)))
                return py_raise_int(TYPE_TypeError, "%N got multiple values for argument %R", py_type_of(self), name);
        if (py_setattr(self, name, args[nargs + (size_t)k]) < 0) return -1;
    }
    return 0;
}
static Value ast_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}
const PyTypeSpec py_spec_ast = {.slots = {.new = ast_new, .init = ast_init}, .raw_words = 0, .has_dict = true, .module = "ast"};

/* ---- the other classes ------------------------------------------------------------------------------------------- */

typedef struct NodeClass {
    const char *name, *base;
    const char *fields; /* "name name? ...": a '?' follows what may be left out */
    bool position;      /* has lineno, col_offset and their ends */
} NodeClass;

#define QUANTITY_ONE    ""
#define QUANTITY_OPT    "?"
#define QUANTITY_SEQ    ""
#define QUANTITY_OPTSEQ ""
#define POSITION_mod     false
#define POSITION_stmt    true
#define POSITION_expr    true
#define POSITION_pattern true
#define POSITION_excepthandler true
#define POSITION_type_ignore   false

static const NodeClass sums[] = {{"mod", "AST", "", false}, {"stmt", "AST", "", true}, {"expr", "AST", "", true}, {"pattern", "AST", "", true},
                                 {"excepthandler", "AST", "", true}, {"type_ignore", "AST", "", false}, {"expr_context", "AST", "", false},
                                 {"boolop", "AST", "", false}, {"operator", "AST", "", false}, {"unaryop", "AST", "", false}, {"cmpop", "AST", "", false}};
static const NodeClass nodes[] = {
#define AST_F(type, quantity, name)          #name QUANTITY_##quantity " "
#define AST_CTOR(sum, Name, fields)          {#Name, #sum, "" fields, POSITION_##sum},
#define AST_SINGLE(sum, Name, fields)        {#Name, #sum, "" fields, POSITION_##sum},
#define AST_PRODUCT(type, has_pos, fields)   {#type, "AST", "" fields, has_pos},
#define AST_ENUM(sum, Name)                  {#Name, #sum, "", false},
#include "vm/front/ast.tbl"
};

static Value position_names(void) {
    return py_tuple_pack(4, py_intern_c("lineno"), py_intern_c("col_offset"), py_intern_c("end_lineno"), py_intern_c("end_col_offset"));
}

static int add_fields(Value dict, const char *fields) {
    Value list = py_list_new(0);
    while (list && *fields) {
        size_t length = strcspn(fields, "? ");
        Value name = py_intern(py_str_new(fields, length));
        if (py_list_append(list, name) < 0) return -1;
        if (fields[length] == '?') {
            if (py_dict_set(dict, name, VM_NONE) < 0) return -1;
            length++;
        }
        fields += length + 1;
    }
    Value tuple = list ? py_list_to_tuple(list) : 0;
    return tuple && py_dict_set_c(dict, "_fields", tuple) == 0 ? py_dict_set_c(dict, "__match_args__", tuple) : -1;
}

static int add_class(Value module, const NodeClass *class) {
    Value base = py_getattr_c(module, class->base), dict = base ? py_dict_new() : 0;
    if (!dict || add_fields(dict, class->fields) < 0 || py_dict_set_c(dict, "__module__", py_intern_c("ast")) < 0) return -1;
    bool own_position = class->position && strcmp(class->base, "AST") == 0;
    if (own_position) {
        if (py_dict_set_c(dict, "_attributes", position_names()) < 0) return -1;
        bool may_lack_end = strcmp(class->name, "pattern") != 0;
        if (may_lack_end && (py_dict_set_c(dict, "end_lineno", VM_NONE) < 0 || py_dict_set_c(dict, "end_col_offset", VM_NONE) < 0)) return -1;
    }
    Value type = py_type_new_heap(py_type(TYPE_TYPE), py_intern_c(class->name), py_tuple_pack(1, base), dict);
    return type ? py_module_add(module, class->name, type) : -1;
}

static int ast_module_init(Value module) {
    static const IntConstant flags[] = {{"PyCF_ONLY_AST", 0x400}, {"PyCF_TYPE_COMMENTS", 0x1000}, {"PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000}};
    Value none = py_tuple_new(0), base = py_type(TYPE_AST);
    static const char *const empty[] = {"_fields", "_attributes", "__match_args__"};
    for (int i = 0; i < 3; i++)
        if (type_dict_set(base, py_intern_c(empty[i]), none) < 0) return -1;
    if (ADD_CONSTANTS(module, flags) < 0 || py_module_add(module, "AST", base) < 0) return -1;
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        if (add_class(module, &sums[i]) < 0) return -1;
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        if (add_class(module, &nodes[i]) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_ast = {.init = ast_module_init};
