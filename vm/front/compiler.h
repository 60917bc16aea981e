/* compiler.h -- internal to the compiler: AST and scopes in, VmCode out.
 *
 *   compile_fold.c      constant folding on the tree           compile_expr.c      operators,
 * tests, names in expressions compile_number.c    its arithmetic compile_call.c      calls, super()
 *   compiler.c          entry points, errors, units            compile_display.c   lists, dicts,
 * f-strings, constants compile_emit.c      instructions, labels, registers compile_function.c
 * functions, lambdas, classes, annotations compile_name.c      names to registers, cells, globals
 * compile_comp.c      comprehensions compile_optimize.c  jumps, dead code, CHECK_BOUND
 * compile_stmt.c      simple statements, assignment targets compile_assemble.c  instructions to
 * VmCode                 compile_flow.c      if, loops, leaving blocks compile_warn.c
 * SyntaxWarnings                         compile_try.c       try, with constant.c permanent
 * constants                    compile_pattern.c   match
 *
 * I1. After an error `failed` is set; everything may go on but has no effect any more.
 * I2. An expression compiled into a local's register writes it in one instruction, the last on its
 * path: an exception on the way leaves the old value. I3. Temporaries are a stack: what is
 * allocated after temp_mark() is released together. I4. A local is used as a direct operand only if
 * nothing evaluated before that use can rebind it. */
#ifndef WEFT_FRONT_COMPILER_H
#define WEFT_FRONT_COMPILER_H

#include "vm/exec/code.h"
#include "vm/front/front.h"

typedef int Reg;
enum { NO_REG = -1, NO_LABEL = -1, NO_HANDLER = -1 };

/* An instruction before assembly: operands may be wider than in VmInstr. For "bc:" operands the
 * value is in b. */
typedef struct IrInstr {
    uint8_t op, x;
    int32_t a, b, c;
    int32_t label;   /* of a jump, else NO_LABEL */
    int32_t handler; /* innermost around it, or NO_HANDLER */
    int32_t ext;     /* data of a +ext word */
    AstPos pos;      /* lineno -1: none */
} IrInstr;

typedef struct IrLabel {
    int32_t position; /* index of the instruction behind it; -1: not bound */
    bool used;
} IrLabel;

typedef struct IrHandler {
    int32_t label;
    Reg exception;
    bool used; /* protects an instruction that may raise */
} IrHandler;

typedef struct IrConst {
    const AstConst *constant; /* or 0: */
    Value code;
    uint32_t hash;
} IrConst;

/* From interned names to small numbers. */
typedef struct NameMap {
    const char **keys;
    int32_t *values;
    uint32_t count, capacity;
} NameMap;

typedef enum {
    UNIT_MODULE,
    UNIT_CLASS,
    UNIT_FUNCTION,
    UNIT_ASYNC_FUNCTION,
    UNIT_LAMBDA,
    UNIT_COMPREHENSION
} UnitKind;

/* What `return`, `break` and `continue` must clean up on their way out. */
typedef enum {
    BLOCK_LOOP,
    BLOCK_TRY,         /* body of try/except: nothing to do */
    BLOCK_FINALLY_TRY, /* body of try/finally: run a copy of finalbody */
    BLOCK_HANDLER,     /* exception handler: the handled exception is restored */
    BLOCK_NAMED,       /* body of `except E as name`: name is unbound */
    BLOCK_WITH,
    BLOCK_GROUP /* body of except*: break, continue and return are errors */
} BlockKind;

typedef struct Block {
    struct Block *outer;
    BlockKind kind;
    int handler;                     /* active outside */
    int break_label, continue_label; /* LOOP */
    bool is_async;                   /* WITH */
    Reg reg;                         /* HANDLER: saved exception; WITH: exit function, self */
    const char *name;                /* NAMED */
    const AstStmtSeq *finalbody;     /* FINALLY_TRY */
    AstPos pos;
} Block;

/* One code object under construction. */
typedef struct Unit {
    struct Unit *outer;
    UnitKind kind;
    SymScope *scope;
    const char *name, *qualname, *class_name; /* class_name: for mangling */
    const AstConst *doc;
    uint32_t flags, arg_count, posonly_count, kwonly_count;
    int first_line;

    IrInstr *code;
    int count, capacity;
    IrLabel *labels;
    int label_count, label_capacity;
    IrHandler *handlers;
    int handler_count, handler_capacity;
    IrConst *constants;
    int constant_count, constant_capacity;
    int32_t *constant_index; /* hash table over constants */
    uint32_t constant_index_capacity;
    const char **names;
    int name_count, name_capacity;
    NameMap name_map;

    NameMap registers; /* locals, cells and free variables */
    Reg outer_class;   /* free variable __class__ of a class body that has a cell of this name too; or NO_REG */
    int local_count, cell_count, free_count;
    int temp_base, temp_top, temp_max;

    Block *block;
    int block_depth;
    int handler; /* NO_HANDLER outside try */
    bool dead;   /* the next instruction cannot be reached */
    bool has_checks;
} Unit;

typedef struct Compiler {
    Arena *arena;
    const Symtable *table;
    Unit *unit;
    const char *source; /* 0: unknown (compiled from a tree) */
    size_t source_length;
    const char *filename;
    Value filename_value;
    uint32_t future;  /* CO_FUTURE_* for co_flags */
    bool annotations; /* from __future__ import annotations */
    bool interactive; /* mode "single" */
    bool top_level_await; /* PyCF_ALLOW_TOP_LEVEL_AWAIT */
    bool has_walrus;
    int optimize;
    int depth, max_depth;
    bool failed;
    FrontError error; /* kind FRONT_NO_ERROR while failed: a Python exception is set instead */
} Compiler;

/* Items before a star: CPython's limit. Items behind it: 8 bits of the instruction. */
enum { UNPACK_MAX = 255 };

/* ---- compiler.c ---- */
void compile_error(Compiler *c, const AstPos *pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool compile_enter_recursion(Compiler *c); /* false: too deep, failed is set */
void compile_fail_too_deep(Compiler *c);
static inline void compile_leave_recursion(Compiler *c) { c->depth--; }
Unit *unit_enter(Compiler *c, UnitKind kind, const void *node, const char *name, const AstPos *pos);
/* Ends the unit: its code object is added to the constants of the outer one; returns the index, -1
 * after an error. */
int unit_leave_to_constant(Compiler *c);
Value unit_finish(Compiler *c);

/* ---- compile_emit.c ---- */
void emit(Compiler *c, const AstPos *pos, int op, int x, int a, int b, int d);
void emit_jump(Compiler *c, const AstPos *pos, int op, int x, int a, int b, int label);
void emit_constant(Compiler *c, const AstPos *pos, Reg dst, const AstConst *constant);
void emit_none(Compiler *c, const AstPos *pos, Reg dst);
void emit_unbound(Compiler *c, Reg dst);
/* A statement that needs no instruction of its own: one for trace functions, dropped where a neighbour is of the same line. */
void emit_line(Compiler *c, const AstPos *pos);
void emit_move(Compiler *c, const AstPos *pos, Reg dst, Reg src);
int label_new(Compiler *c);
void label_bind(Compiler *c, int label);
int handler_new(Compiler *c, Reg exception); /* its label is bound by handler_bind */
void handler_bind(Compiler *c, int handler);
Reg temp_new(Compiler *c);
Reg temp_run(Compiler *c, int count); /* consecutive registers */
static inline int temp_mark(const Compiler *c) { return c->unit->temp_top; }
static inline void temp_release(Compiler *c, int mark) { c->unit->temp_top = mark; }
static inline bool is_temp(const Compiler *c, Reg r) { return r >= c->unit->temp_base; }
int constant_add(Compiler *c, const AstConst *constant);
int constant_add_code(Compiler *c, Value code);
int constant_add_names(Compiler *c, const char *const *names, int count); /* a tuple of str */
const AstConst *constant_str(Compiler *c, const char *text);
int name_add(Compiler *c, const char *name);
bool name_map_get(const NameMap *map, const char *key, int32_t *value);
void name_map_put(Compiler *c, NameMap *map, const char *key, int32_t value);
extern const AstPos compile_no_pos;

/* ---- compile_name.c ---- */
const char *compile_mangle(Compiler *c, const char *name);
Reg name_local(Compiler *c, const char *name); /* register of a fast local, or NO_REG */
void compile_name_load(Compiler *c, const AstPos *pos, const char *name, Reg dst);
void compile_name_store(Compiler *c, const AstPos *pos, const char *name, Reg src);
void compile_name_delete(Compiler *c, const AstPos *pos, const char *name);
Reg name_cell(
    Compiler *c,
    const char *name); /* register of the cell of an own cell or free variable (mangled) */
bool compile_forbidden_name(Compiler *c, const AstPos *pos, const char *name, AstEnum ctx);
const AstConst *compile_static_value(const AstExpr *e); /* the constant that it is, or 0 */
int constant_truth(const AstConst *k);

/* ---- compile_expr.c ---- */
void compile_expr_into(Compiler *c, const AstExpr *e, Reg dst);
/* A register with the value: a local itself, else `scratch` if that is a temporary, else a new
 * temporary. */
Reg compile_operand(Compiler *c, const AstExpr *e, Reg scratch);
/* The same where `later` is evaluated before the register is used. */
Reg compile_operand_before(Compiler *c, const AstExpr *e, Reg scratch, const AstExpr *later);
bool compile_rebinds(Compiler *c, const AstExpr *e); /* contains := */
void compile_jump_if(Compiler *c, const AstExpr *e, int label, bool condition);
void compile_effect(Compiler *c, const AstExpr *e); /* for its side effects */
/* Leaves R[dst] = result of awaiting R[dst], a temporary. */
void compile_await(Compiler *c, const AstPos *pos, Reg dst, int kind);
/* Runs the iterator in the temporary R[iterator] to its end; R[dst] = its result. */
void compile_delegate(Compiler *c, const AstPos *pos, Reg dst, Reg iterator);
int compile_binary_op(AstEnum op);
bool compile_small_int(const AstExpr *e, int *value); /* int constant of 16 bits */
AstPos compile_attr_pos(const AstExpr *attribute, AstPos pos);

/* ---- compile_call.c, compile_display.c, compile_comp.c ---- */
void compile_call(Compiler *c, const AstExpr *e, Reg dst);
/* Calls R[base]; the first `given` positional arguments are in R[base+2..] already. base must be
 * the top of the temporaries so far. */
void compile_call_args(Compiler *c, const AstPos *pos, Reg dst, Reg base, int given, bool has_self,
                       const AstExprSeq *args, const AstKeywordSeq *keywords);
void compile_list(Compiler *c, const AstExpr *e, Reg dst);
void compile_tuple(Compiler *c, const AstExpr *e, Reg dst);
void compile_set(Compiler *c, const AstExpr *e, Reg dst);
void compile_dict(Compiler *c, const AstExpr *e, Reg dst);
void compile_joined_str(Compiler *c, const AstExpr *e, Reg dst);
void compile_formatted_value(Compiler *c, const AstExpr *e, Reg dst);
void compile_comprehension(Compiler *c, const AstExpr *e, Reg dst);
/* A list of the elements (stars allowed) in dst, a temporary, after `given` values in R[first..].
 */
void compile_list_of(Compiler *c, const AstPos *pos, const AstExprSeq *elts, Reg dst, Reg first,
                     int given);

/* ---- compile_function.c ---- */
void compile_function(Compiler *c, const AstStmt *s);
void compile_lambda(Compiler *c, const AstExpr *e, Reg dst);
void compile_class(Compiler *c, const AstStmt *s);
/* R[dst] = function of the code constant; parts (defaults ...) in R[first..] as `parts` says,
 * closure added here. */
void compile_make_function(Compiler *c, const AstPos *pos, Reg dst, int code, const SymScope *scope,
                           Reg first, int parts);
/* May `await`, `async for` and `async with` stand in the unit, comprehensions aside? */
bool compile_may_await(const Compiler *c, const Unit *u);
void compile_entry(Compiler *c); /* RESUME or RETURN_GENERATOR, cells */
void compile_annotation(Compiler *c, const AstExpr *e, Reg dst);

/* ---- compile_stmt.c, compile_flow.c, compile_try.c, compile_pattern.c ---- */
void compile_stmt(Compiler *c, const AstStmt *s);
void compile_body(Compiler *c, const AstStmtSeq *body);
void compile_store(Compiler *c, const AstExpr *target, Reg value);
bool compile_has_annotations(const AstStmtSeq *body);
void compile_if(Compiler *c, const AstStmt *s);
void compile_while(Compiler *c, const AstStmt *s);
void compile_for(Compiler *c, const AstStmt *s);
void compile_async_for(Compiler *c, const AstStmt *s);
void compile_return(Compiler *c, const AstStmt *s);
void compile_break(Compiler *c, const AstStmt *s);
void compile_continue(Compiler *c, const AstStmt *s);
/* GET_LOOP: new temporaries for FOR_LOOP. */
Reg compile_loop_start(Compiler *c, const AstPos *pos, const AstExpr *iterable);
Reg compile_async_loop_start(Compiler *c, const AstPos *pos, const AstExpr *iterable); /* GET_AITER */
/* `op` (FOR_ITER or FOR_LOOP) into a target: the local's own register, or through a temporary. */
void compile_for_iter(Compiler *c, const AstPos *pos, int op, const AstExpr *target, Reg iterator, int end);
void block_push(Compiler *c, Block *block, BlockKind kind, const AstPos *pos);
void block_pop(Compiler *c, Block *block);
void block_unwind(Compiler *c, Block *block, const AstPos *pos); /* the clean-up of this one */
void compile_try(Compiler *c, const AstStmt *s);
void compile_try_star(Compiler *c, const AstStmt *s);
void compile_with(Compiler *c, const AstStmt *s);
void compile_with_exit(Compiler *c, const AstPos *pos, Reg exit, bool is_async);
void compile_match(Compiler *c, const AstStmt *s);

/* ---- compile_warn.c: false after an error ---- */
bool compile_warn(Compiler *c, const AstPos *pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool compile_issue_warning(Compiler *c, uint32_t category, const char *message, int lineno);
void compile_check_compare(Compiler *c, const AstExpr *e);
void compile_check_caller(Compiler *c, const AstPos *pos, const AstExpr *func);
void compile_check_subscripter(Compiler *c, const AstPos *pos, const AstExpr *value);
void compile_check_index(Compiler *c, const AstPos *pos, const AstExpr *value,
                         const AstExpr *slice);

/* ---- compile_fold.c, compile_number.c ---- */
/* Folds constants in place. Returns false where the tree is too deep; *has_walrus: there is a :=
 * somewhere. */
bool compile_fold(Arena *arena, AstMod *mod, int optimize, bool annotations, int max_depth,
                  bool *has_walrus);
bool fold_unary(Arena *arena, AstEnum op, const AstConst *operand, AstConst *out);
bool fold_binary(Arena *arena, AstEnum op, const AstConst *left, const AstConst *right,
                 AstConst *out);
bool fold_subscript(Arena *arena, const AstConst *value, const AstConst *index, AstConst *out);

/* ---- compile_optimize.c, compile_assemble.c ---- */
void compile_optimize(Compiler *c, Unit *unit);
Value compile_assemble(Compiler *c, Unit *unit);

/* ---- constant.c ---- */
/* A permanent copy of an immutable constant (int, float, complex, str, bytes, tuple, frozenset of
 * such, code); 0 with an exception. Strings that look like identifiers are interned. */
Value py_permanent(Value v);
Value constant_value(const AstConst *k); /* permanent */
Value constant_make(const AstConst *k);  /* an ordinary object */

/* ---- unparse.c: the text of an expression, as ast.unparse and annotations give it; NULL: too deep ---- */
const char *compile_unparse(Arena *arena, const AstExpr *e, size_t *length);

#endif
