/* Names: which storage a name has in the unit, and the instructions that read, write and delete it.
 */
#include "vm/front/compiler.h"

const char *compile_mangle(Compiler *c, const char *name) {
    return ast_mangle(c->arena, c->unit->class_name, name);
}

typedef enum { STORE_LOCAL, STORE_CELL, STORE_FREE, STORE_GLOBAL, STORE_NAME } Storage;

static bool is_function(const Unit *u) { return u->scope->block == SYM_FUNCTION; }

static Storage storage_of(Compiler *c, const char *mangled) {
    const Unit *u = c->unit;
    const Symbol *symbol = symtable_lookup(u->scope, mangled);
    switch (symbol ? symbol->scope : SYM_SCOPE_UNKNOWN) {
    case SYM_FREE: return STORE_FREE;
    case SYM_CELL: return STORE_CELL;
    case SYM_LOCAL: return is_function(u) ? STORE_LOCAL : STORE_NAME;
    case SYM_GLOBAL_IMPLICIT: return is_function(u) ? STORE_GLOBAL : STORE_NAME;
    case SYM_GLOBAL_EXPLICIT: return STORE_GLOBAL;
    default: return STORE_NAME;
    }
}

static Reg register_of(Compiler *c, const char *mangled) {
    int32_t reg;
    if (name_map_get(&c->unit->registers, mangled, &reg)) return reg;
    compile_error(c, &compile_no_pos, "no register for name '%s'", mangled);
    return 0;
}

/* Of a name that the unit itself reads or writes as a cell: its methods' __class__ is another one than its own. */
static Reg deref_register(Compiler *c, const char *mangled) {
    Reg outer = c->unit->outer_class;
    return outer != NO_REG && !strcmp(mangled, "__class__") ? outer : register_of(c, mangled);
}

Reg name_cell(Compiler *c, const char *name) { return register_of(c, name); }

Reg name_local(Compiler *c, const char *name) {
    const char *mangled = compile_mangle(c, name);
    return storage_of(c, mangled) == STORE_LOCAL ? register_of(c, mangled) : NO_REG;
}

static int name_add_live(Compiler *c, const char *mangled) { return c->unit->dead ? 0 : name_add(c, mangled); }

void compile_name_load(Compiler *c, const AstPos *pos, const char *name, Reg dst) {
    const char *mangled = compile_mangle(c, name);
    Storage storage = storage_of(c, mangled);
    switch (storage) {
    case STORE_LOCAL: {
        Reg reg = register_of(c, mangled);
        emit(c, pos, OP_CHECK_BOUND, 0, reg, 0, 0);
        emit_move(c, pos, dst, reg);
        return;
    }
    case STORE_CELL:
    case STORE_FREE:
        if (c->unit->scope->block == SYM_CLASS && storage == STORE_FREE)
            emit(c, pos, OP_LOAD_CLASS_DEREF, 0, dst, deref_register(c, mangled), 0);
        else
            emit(c, pos, OP_LOAD_DEREF, storage == STORE_CELL, dst, deref_register(c, mangled), 0);
        return;
    case STORE_GLOBAL: emit(c, pos, OP_LOAD_GLOBAL, 0, dst, name_add_live(c, mangled), 0); return;
    case STORE_NAME: emit(c, pos, OP_LOAD_NAME, 0, dst, name_add_live(c, mangled), 0); return;
    }
}

void compile_name_store(Compiler *c, const AstPos *pos, const char *name, Reg src) {
    const char *mangled = compile_mangle(c, name);
    switch (storage_of(c, mangled)) {
    case STORE_LOCAL: emit_move(c, pos, register_of(c, mangled), src); return;
    case STORE_CELL:
    case STORE_FREE: emit(c, pos, OP_STORE_DEREF, 0, src, deref_register(c, mangled), 0); return;
    case STORE_GLOBAL: emit(c, pos, OP_STORE_GLOBAL, 0, src, name_add(c, mangled), 0); return;
    case STORE_NAME: emit(c, pos, OP_STORE_NAME, 0, src, name_add(c, mangled), 0); return;
    }
}

void compile_name_delete(Compiler *c, const AstPos *pos, const char *name) {
    const char *mangled = compile_mangle(c, name);
    Storage storage = storage_of(c, mangled);
    switch (storage) {
    case STORE_LOCAL: {
        Reg reg = register_of(c, mangled);
        emit(c, pos, OP_CHECK_BOUND, 0, reg, 0, 0);
        emit(c, pos, OP_LOAD_IMM, 0, reg, (int)VM_UNBOUND, 0);
        return;
    }
    case STORE_CELL:
    case STORE_FREE:
        emit(c, pos, OP_DELETE_DEREF, storage == STORE_CELL, 0, deref_register(c, mangled), 0);
        return;
    case STORE_GLOBAL: emit(c, pos, OP_DELETE_GLOBAL, 0, 0, name_add_live(c, mangled), 0); return;
    case STORE_NAME: emit(c, pos, OP_DELETE_NAME, 0, 0, name_add_live(c, mangled), 0); return;
    }
}

/* __debug__ can be neither assigned nor deleted (None, True and False are keywords). */
bool compile_forbidden_name(Compiler *c, const AstPos *pos, const char *name, AstEnum ctx) {
    if (strcmp(name, "__debug__") || ctx == AST_Load) return false;
    compile_error(c, pos,
                  ctx == AST_Del ? "cannot delete __debug__" : "cannot assign to __debug__");
    return true;
}

const AstConst *compile_static_value(const AstExpr *e) {
    return e && e->kind == EXPR_Constant ? &e->Constant.value : 0;
}

int constant_truth(const AstConst *k) {
    switch (k->kind) {
    case CONST_NONE:
    case CONST_FALSE:
    case CONST_INVALID: return 0;
    case CONST_TRUE:
    case CONST_ELLIPSIS: return 1;
    case CONST_INT: return k->integer != 0;
    case CONST_BIGINT:
        for (uint32_t i = 0; i < k->bigint.length; i++)
            if (k->bigint.digits[i] != '0') return 1;
        return 0;
    case CONST_FLOAT: return k->real != 0;
    case CONST_COMPLEX: return k->real != 0 || k->imag != 0;
    case CONST_STR:
    case CONST_BYTES: return k->bytes.length != 0;
    case CONST_TUPLE:
    case CONST_FROZENSET: return k->items.count != 0;
    }
    return 1;
}
