/* Module _symtable: the compiler's scopes (vm/front/symtable.h) as objects, for symtable.py. */
#include "vm/exec/safepoint.h"
#include "vm/front/compile.h"
#include "vm/modules/builtins.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include <stdlib.h>

/* ---- the type --------------------------------------------------------------------------------------------------------- */

static Value entry_repr(Value self) {
    const SymtableEntry GS *e = REF(SymtableEntry, self);
    return py_str_format("<symtable entry %S(%R), line %ld>", e->name, e->id, (long)e->line);
}

#define ENTRY_VALUE(field)                                                                                            \
    static Value get_##field(Value self) { return GET(REF(SymtableEntry, self), field); }
#define ENTRY_INT(field)                                                                                              \
    static Value get_##field(Value self) { return int_make((int64_t)REF(SymtableEntry, self)->field); }
ENTRY_VALUE(id)
ENTRY_VALUE(name)
ENTRY_VALUE(symbols)
ENTRY_VALUE(varnames)
ENTRY_VALUE(children)
ENTRY_INT(nested)
ENTRY_INT(type)
ENTRY_INT(line)

static const PyGetSetDef entry_getsets[] = {{"id", get_id, 0, 0},           {"name", get_name, 0, 0},         {"symbols", get_symbols, 0, 0},
                                            {"varnames", get_varnames, 0, 0}, {"children", get_children, 0, 0}, {"nested", get_nested, 0, 0},
                                            {"type", get_type, 0, 0},       {"lineno", get_line, 0, 0},       {0}};
const PyTypeSpec py_spec_symtable_entry = {.slots = {.repr = entry_repr}, .getsets = entry_getsets, .raw_words = 3};

/* ---- from the front end's scopes ---------------------------------------------------------------------------------------- */

enum { SCOPE_OFFSET = 11, SCOPE_MASK = 15 }; /* a symbol's value: its flags, and above them its SymNameScope */

static Value name_value(const char *name) { return py_intern(py_str_new(name, arena_name_length(name))); }

static Value make_symbols(const SymScope *scope) {
    Value dict = py_dict_new();
    for (int i = 0; dict && i < scope->symbol_count; i++) {
        const Symbol *s = &scope->symbols[i];
        if (py_dict_set(dict, name_value(s->name), int_make(s->flags | s->scope << SCOPE_OFFSET)) < 0) return 0;
    }
    return dict;
}

static Value make_varnames(const SymScope *scope) {
    Value list = py_list_new(0);
    for (int i = 0; list && i < scope->symbol_count; i++)
        if (scope->symbols[i].flags & SYM_DEF_PARAM && py_list_append(list, name_value(scope->symbols[i].name)) < 0) return 0;
    return list;
}

static Value make_entry(const SymScope *scope);

static Value make_children(const SymScope *scope) {
    Value list = py_list_new(0);
    for (int i = 0; list && i < scope->children.count; i++) {
        Value child = make_entry(scope->children.items[i]);
        if (!child || py_list_append(list, child) < 0) return 0;
    }
    return list;
}

static Value make_entry(const SymScope *scope) {
    static const uint8_t types[] = {[SYM_FUNCTION] = 0, [SYM_CLASS] = 1, [SYM_MODULE] = 2, [SYM_ANNOTATION] = 3};
    Value self = py_alloc_id(TYPE_SYMTABLE_ENTRY, 0), symbols = make_symbols(scope), varnames = make_varnames(scope);
    Value children = make_children(scope), id = py_int_from_u64((uint64_t)(uintptr_t)scope), name = py_str_c(scope->name);
    if (!self || !symbols || !varnames || !children || !id || !name) return 0;
    SymtableEntry GS *e = REF(SymtableEntry, self);
    e->nested = scope->nested;
    e->type = types[scope->block];
    e->line = scope->block == SYM_MODULE ? 0 : scope->pos.lineno;
    SET(e, id, id);
    SET(e, name, name);
    SET(e, symbols, symbols);
    SET(e, varnames, varnames);
    SET(e, children, children);
    return self;
}

/* ---- the module ----------------------------------------------------------------------------------------------------------- */

static Value scopes_of(const char *text, size_t length, const char *filename, FrontMode mode, uint32_t flags) {
    Arena arena;
    arena_init(&arena);
    AstMod *mod = vm_parse_may_call(&arena, text, length, filename, mode, flags, 0);
    Symtable *table = mod ? vm_symtable(&arena, mod, text, length, filename) : NULL;
    Value result = table ? make_entry(table->top) : 0;
    arena_free(&arena);
    return result;
}

FUNCTION(symtable_symtable) {
    static const char *const modes[] = {[FRONT_EXEC] = "exec", [FRONT_EVAL] = "eval", [FRONT_SINGLE] = "single"};
    if (!py_is_str(args[2])) return py_raise(TYPE_TypeError, "symtable() argument 3 must be str, not %T", args[2]);
    int mode = FRONT_EXEC;
    while (mode <= FRONT_SINGLE && !py_str_equal_c(args[2], modes[mode])) mode++;
    char *filename = builtins_filename(args[1]);
    if (!filename) return 0;
    size_t length;
    char *text = builtins_source_text(args[0], "symtable", "string or bytes", &length);
    Value result = 0;
    vm_c_memory_enter(); /* the texts, and the arena */
    if (text && mode > FRONT_SINGLE)
        py_raise(TYPE_ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    else if (text)
        result = scopes_of(text, length, filename, (FrontMode)mode, py_is_str(args[0]) ? COMPILE_IGNORE_COOKIE : 0);
    vm_c_memory_leave();
    free(text);
    free(filename);
    return result;
}

static const PyMethodDef symtable_functions[] = {
    {"symtable", "($module, source, filename, startstr, /)", symtable_symtable, 0,
     "Return symbol and scope dictionaries used internally by compiler."},
    {0}};

static int symtable_init(Value module) {
    static const IntConstant constants[] = {
        {"USE", SYM_USE}, {"DEF_GLOBAL", SYM_DEF_GLOBAL}, {"DEF_NONLOCAL", SYM_DEF_NONLOCAL}, {"DEF_LOCAL", SYM_DEF_LOCAL},
        {"DEF_PARAM", SYM_DEF_PARAM}, {"DEF_FREE", 32}, {"DEF_FREE_CLASS", SYM_DEF_FREE_CLASS}, {"DEF_IMPORT", SYM_DEF_IMPORT},
        {"DEF_BOUND", SYM_DEF_BOUND}, {"DEF_ANNOT", SYM_DEF_ANNOT}, {"TYPE_FUNCTION", 0}, {"TYPE_CLASS", 1}, {"TYPE_MODULE", 2},
        {"LOCAL", SYM_LOCAL}, {"GLOBAL_EXPLICIT", SYM_GLOBAL_EXPLICIT}, {"GLOBAL_IMPLICIT", SYM_GLOBAL_IMPLICIT},
        {"FREE", SYM_FREE}, {"CELL", SYM_CELL}, {"SCOPE_OFF", SCOPE_OFFSET}, CONSTANT(SCOPE_MASK)};
    return ADD_CONSTANTS(module, constants);
}
const PyModuleDef py_module_symtable = {.functions = symtable_functions, .init = symtable_init};
