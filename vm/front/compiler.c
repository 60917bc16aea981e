/* The compiler's entry points: errors, units (one per code object), parsing with the VM's decoders.
 */
#include "vm/front/compile.h"
#include "vm/front/compiler.h"
#include "stm/atomic.h"
#include "vm/exec/safepoint.h"
#include "vm/objects/int.h"
#include "vm/objects/unicode_name.h"
#include "vm/runtime.h"
#include <stdlib.h>
#include <unistd.h>

enum {
    COMPILE_MAX_DEPTH = 9000
}; /* nested calls of the compiler's own functions; fewer where the stack is small */

/* ---- errors -----------------------------------------------------------------------------------
 */

/* These errors show the line of the file that the source is said to come from; of "<string>" there
 * is none. */
static const char *shown_source(const Compiler *c) {
    return c->source && access(c->filename, R_OK) == 0 ? c->source : 0;
}

void compile_error(Compiler *c, const AstPos *pos, const char *format, ...) {
    if (c->failed) return;
    c->failed = true;
    va_list ap;
    va_start(ap, format);
    char *message = arena_alloc(c->arena, 1024);
    vsnprintf(message, 1024, format, ap);
    va_end(ap);
    const char *source = shown_source(c);
    front_error_at(c->arena, &c->error, FRONT_SYNTAX_ERROR, message, pos, source, c->source_length);
}

void compile_fail_too_deep(Compiler *c) {
    if (c->failed) return;
    c->failed = true;
    c->error = (FrontError){.kind = FRONT_RECURSION_ERROR,
                            .message = "maximum recursion depth exceeded during compilation"};
}

bool compile_enter_recursion(Compiler *c) {
    if (++c->depth <= c->max_depth && !arena_stack_is_low(c->arena)) return true;
    c->depth--;
    compile_fail_too_deep(c);
    return false;
}

static uint32_t exception_of(FrontErrorClass kind) {
    switch (kind) {
    case FRONT_INDENTATION_ERROR: return TYPE_IndentationError;
    case FRONT_TAB_ERROR: return TYPE_TabError;
    case FRONT_RECURSION_ERROR: return TYPE_RecursionError;
    case FRONT_MEMORY_ERROR: return TYPE_MemoryError;
    case FRONT_VALUE_ERROR: return TYPE_ValueError;
    case FRONT_TYPE_ERROR: return TYPE_TypeError;
    case FRONT_OVERFLOW_ERROR: return TYPE_OverflowError;
    case FRONT_SYSTEM_ERROR: return TYPE_SystemError;
    default: return TYPE_SyntaxError;
    }
}

static bool is_syntax_error(FrontErrorClass kind) {
    return kind == FRONT_SYNTAX_ERROR || kind == FRONT_INDENTATION_ERROR || kind == FRONT_TAB_ERROR;
}

Value front_raise(const FrontError *error, const char *filename) {
    uint32_t type = exception_of(error->kind);
    if (!is_syntax_error(error->kind)) return py_raise(type, "%s", error->message);
    Value text = error->text ? py_str_new(error->text, error->text_length) : VM_NONE;
    Value name = filename ? py_decode_fs(filename, strlen(filename)) : VM_NONE;
    if (!text || !name) return 0;
    Value end_line = error->has_end ? int_make(error->end_lineno) : VM_NONE;
    Value end_offset = error->has_end ? int_make(error->end_offset) : VM_NONE;
    Value where = py_tuple_pack(6, name, int_make(error->lineno), int_make(error->offset), text,
                                end_line, end_offset);
    Value message = py_str_c(error->message);
    if (!where || !message) return 0;
    Value exception = py_call2(py_type(type), message, where);
    return exception ? py_raise_object(exception) : 0;
}

/* ---- units ------------------------------------------------------------------------------------
 */

bool compile_may_await(const Compiler *c, const Unit *u) {
    return u->kind == UNIT_ASYNC_FUNCTION || (c->top_level_await && u->kind == UNIT_MODULE);
}

static uint32_t unit_flags(const Compiler *c, const Unit *u) {
    const SymScope *s = u->scope;
    uint32_t flags = c->future & COMPILE_FUTURE_MASK;
    if (s->block != SYM_FUNCTION) return s->coroutine && compile_may_await(c, u) ? flags | CODE_COROUTINE : flags;
    flags |= CODE_OPTIMIZED | CODE_NEWLOCALS;
    if (s->nested) flags |= CODE_NESTED;
    if (s->generator && s->coroutine)
        flags |= CODE_ASYNC_GENERATOR;
    else if (s->generator)
        flags |= CODE_GENERATOR;
    else if (s->coroutine)
        flags |= CODE_COROUTINE;
    if (s->varargs) flags |= CODE_VARARGS;
    if (s->varkeywords) flags |= CODE_VARKEYWORDS;
    return flags;
}

/* "outer.<locals>.name"; a name declared global where it is defined starts anew. */
static const char *qualified_name(Compiler *c, const Unit *u) {
    const Unit *outer = u->outer;
    if (!outer || outer->kind == UNIT_MODULE) return u->name;
    if (u->kind == UNIT_FUNCTION || u->kind == UNIT_ASYNC_FUNCTION || u->kind == UNIT_CLASS) {
        const char *mangled = ast_mangle(c->arena, outer->class_name, u->name);
        const Symbol *s = symtable_lookup(outer->scope, mangled);
        if (s && s->scope == SYM_GLOBAL_EXPLICIT) return u->name;
    }
    bool locals = outer->kind == UNIT_FUNCTION || outer->kind == UNIT_ASYNC_FUNCTION ||
                  outer->kind == UNIT_LAMBDA;
    return arena_printf(c->arena, "%s%s.%s", outer->qualname, locals ? ".<locals>" : "", u->name);
}

/* Locals (in functions), then cells that are no parameters, then free variables. */
static void assign_registers(Compiler *c, Unit *u) {
    const SymScope *s = u->scope;
    int next = 0;
    if (s->block == SYM_FUNCTION) {
        u->local_count = s->locals.count;
        for (int i = 0; i < s->locals.count; i++)
            name_map_put(c, &u->registers, s->locals.items[i], next++);
    }
    for (int i = 0; i < s->cellvars.count; i++) {
        int32_t reg;
        if (name_map_get(&u->registers, s->cellvars.items[i], &reg)) continue;
        name_map_put(c, &u->registers, s->cellvars.items[i], next++);
        u->cell_count++;
    }
    u->outer_class = NO_REG;
    for (int i = 0; i < s->freevars.count; i++, next++) {
        if (s->needs_class_closure && !strcmp(s->freevars.items[i], "__class__")) u->outer_class = next;
        else name_map_put(c, &u->registers, s->freevars.items[i], next);
    }
    u->free_count = s->freevars.count;
    u->temp_base = u->temp_top = u->temp_max = next;
}

Unit *unit_enter(Compiler *c, UnitKind kind, const void *node, const char *name,
                 const AstPos *pos) {
    if (c->failed) return 0;
    Unit *u = ARENA_NEW(c->arena, Unit);
    u->outer = c->unit;
    u->kind = kind;
    u->name = name;
    u->scope = symtable_scope_of(c->table, node);
    u->handler = NO_HANDLER;
    u->class_name = kind == UNIT_CLASS ? name : u->outer ? u->outer->class_name : 0;
    u->qualname = qualified_name(c, u);
    u->first_line = kind == UNIT_MODULE ? 1 : pos->lineno;
    u->flags = unit_flags(c, u);
    if (kind == UNIT_COMPREHENSION) u->arg_count = 1;
    assign_registers(c, u);
    c->unit = u;
    return u;
}

/* A unit that falls off its end returns None. */
static void implicit_return(Compiler *c) {
    Unit *u = c->unit;
    if (u->dead || c->failed) return;
    /* It belongs to the last statement, unless several ways lead here. */
    AstPos pos = u->count ? u->code[u->count - 1].pos : compile_no_pos;
    for (int i = 0; i < u->label_count; i++)
        if (u->labels[i].position == u->count) pos = compile_no_pos;
    Reg r = temp_new(c);
    emit_none(c, &pos, r);
    emit(c, &pos, OP_RETURN, 0, r, 0, 0);
}

Value unit_finish(Compiler *c) {
    Unit *u = c->unit;
    implicit_return(c);
    Value code = 0;
    if (!c->failed) {
        compile_optimize(c, u);
        code = compile_assemble(c, u);
        if (!code) c->failed = true;
    }
    c->unit = u->outer;
    return code;
}

int unit_leave_to_constant(Compiler *c) {
    Value code = unit_finish(c);
    if (!code || c->unit->dead) return -1;
    return constant_add_code(c, code);
}

/* ---- modules -----------------------------------------------------------------------------------
 */

static Value compile_module(Compiler *c, AstMod *mod) {
    AstPos pos = {1, 0, 1, 0};
    if (!unit_enter(c, UNIT_MODULE, mod, arena_intern_str(c->arena, "<module>"), &pos)) return 0;
    compile_entry(c);
    switch (mod->kind) {
    case MOD_Module: compile_body(c, &mod->Module.body); break;
    case MOD_Interactive:
        c->interactive = true;
        compile_body(c, &mod->Interactive.body);
        break;
    case MOD_Expression: {
        const AstExpr *e = mod->Expression.body;
        Reg r = compile_operand(c, e, NO_REG);
        emit(c, &e->pos, OP_RETURN, 0, r, 0, 0);
        break;
    }
    default: compile_error(c, &pos, "this kind of tree cannot be compiled"); break;
    }
    return unit_finish(c);
}

/* Must be known before folding, which leaves annotations alone that become strings. */
static bool imports_annotations(const AstMod *mod) {
    if (mod->kind != MOD_Module && mod->kind != MOD_Interactive) return false;
    const AstStmtSeq *body = mod->kind == MOD_Module ? &mod->Module.body : &mod->Interactive.body;
    for (int i = 0; i < body->count; i++) {
        const AstStmt *s = body->items[i];
        if (i == 0 && ast_docstring(body)) continue;
        if (s->kind != STMT_ImportFrom || !s->ImportFrom.module ||
            strcmp(s->ImportFrom.module, "__future__"))
            return false;
        for (int k = 0; k < s->ImportFrom.names.count; k++)
            if (!strcmp(s->ImportFrom.names.items[k]->name, "annotations")) return true;
    }
    return false;
}

static void fail_from_symtable(Compiler *c, const SymError *error) {
    c->failed = true;
    if (error->has_pos)
        front_error_at(c->arena, &c->error, (FrontErrorClass)error->kind, error->message,
                       &error->pos, shown_source(c), c->source_length);
    else
        c->error = (FrontError){.kind = (FrontErrorClass)error->kind, .message = error->message};
}

Symtable *vm_symtable(Arena *arena, AstMod *mod, const char *source, size_t length, const char *filename) {
    Compiler c = {.arena = arena, .source = source, .source_length = length, .filename = filename};
    SymError error = {0};
    Symtable *table = front_symtable(arena, mod, 0, 0, &error);
    if (table) return table;
    fail_from_symtable(&c, &error);
    front_raise(&c.error, filename);
    return NULL;
}

static Value compile_tree(Compiler *c, AstMod *mod) {
    c->arena->stack_limit = vm_thread()->c_stack_limit;
    if (!compile_fold(c->arena, mod, c->optimize, c->annotations, c->max_depth, &c->has_walrus)) {
        compile_fail_too_deep(c);
        return 0;
    }
    SymError sym_error = {0};
    unsigned inherited = c->annotations ? SYM_FUTURE_ANNOTATIONS : 0;
    Symtable *table = front_symtable(c->arena, mod, inherited, 0, &sym_error);
    if (!table) {
        fail_from_symtable(c, &sym_error);
        return 0;
    }
    c->table = table;
    c->future |= table->future_co;
    return compile_module(c, mod);
}

Value vm_compile_tree_may_call(Arena *arena, AstMod *mod, const char *source, size_t length,
                               const char *filename, uint32_t flags, int optimize) {
    Compiler c = {.arena = arena,
                  .source = source,
                  .source_length = length,
                  .filename = filename,
                  .future = flags & COMPILE_FUTURE_MASK,
                  .top_level_await = flags & COMPILE_TOP_LEVEL_AWAIT,
                  .optimize = optimize < 0 ? vm_options.optimize : optimize,
                  .max_depth = COMPILE_MAX_DEPTH};
    c.annotations = (flags & CODE_FUTURE_ANNOTATIONS) || imports_annotations(mod);
    if (c.annotations) c.future |= CODE_FUTURE_ANNOTATIONS;
    Value name = py_decode_fs(filename, strlen(filename));
    c.filename_value = name ? py_permanent(name) : 0;
    if (!c.filename_value) return 0;
    Value code = compile_tree(&c, mod);
    if (code && !c.failed) return code;
    return c.error.kind == FRONT_NO_ERROR ? 0 : front_raise(&c.error, filename);
}

/* ---- source ------------------------------------------------------------------------------------
 */

static int decode_source(void *context, const char *encoding, const char *bytes, size_t length,
                         char **utf8, size_t *utf8_length, const char **error) {
    Arena *arena = context;
    Value text = py_decode(bytes, length, encoding, "strict");
    const char *flat = text ? py_str_utf8(text, utf8_length) : 0;
    if (flat) {
        *utf8 = malloc(*utf8_length + 1);
        if (!*utf8) stm_out_of_memory("out of memory for source text");
        memcpy(*utf8, flat, *utf8_length + 1);
        return 0;
    }
    bool unknown = py_error_is(TYPE_LookupError);
    Value exception = py_error_take();
    Value message = unknown ? 0 : py_str(exception);
    const char *words = message ? py_str_utf8(message, 0) : 0;
    *error = words ? arena_copy(arena, words, strlen(words))
                   : arena_printf(arena, "unknown encoding: %s", encoding);
    py_error_clear();
    return -1;
}

static int32_t unicode_name_escape(void *context, const char *name, size_t length) {
    (void)context;
    return unicode_by_name(name, length, true);
}

static unsigned front_flags(uint32_t flags) {
    unsigned out = 0;
    if (flags & COMPILE_TYPE_COMMENTS) out |= FRONT_TYPE_COMMENTS;
    if (flags & COMPILE_DONT_IMPLY_DEDENT) out |= FRONT_DONT_IMPLY_DEDENT;
    if (flags & COMPILE_INCOMPLETE_INPUT) out |= FRONT_ALLOW_INCOMPLETE;
    if (flags & (COMPILE_SOURCE_IS_UTF8 | COMPILE_IGNORE_COOKIE)) out |= FRONT_SOURCE_IS_UTF8;
    if (flags & COMPILE_FUTURE_BARRY) out |= FRONT_BARRY_AS_BDFL;
    return out;
}

static bool issue_warnings(Compiler *c, const FrontWarning *w) {
    for (; w; w = w->next) {
        bool syntax = w->kind == FRONT_SYNTAX_WARNING;
        uint32_t category = syntax ? TYPE_SyntaxWarning : TYPE_DeprecationWarning;
        if (compile_issue_warning(c, category, w->message, w->lineno)) continue;
        if (!py_error_is(category)) return false;
        py_error_clear();
        front_raise(&w->as_error, c->filename);
        return false;
    }
    return true;
}

AstMod *vm_parse_may_call(Arena *arena, const char *source, size_t length, const char *filename,
                          FrontMode mode, uint32_t flags, int feature_version) {
    arena->stack_limit = vm_thread()->c_stack_limit;
    FrontHooks hooks = {decode_source, unicode_name_escape, arena};
    FrontOptions options = {
        .filename = filename, .mode = mode, .flags = front_flags(flags), .hooks = &hooks, .feature_version = feature_version};
    int64_t digits = atomic_load_relaxed(&py_int_max_str_digits);
    options.max_int_digits = digits > 0 ? (int)digits : -1;
    FrontError error = {0};
    FrontWarning *warnings = 0;
    AstMod *mod = front_parse(arena, source, length, &options, &error, &warnings);
    Compiler c = {.arena = arena, .filename = filename};
    Value name = warnings ? py_decode_fs(filename, strlen(filename)) : VM_NONE;
    c.filename_value = name ? py_permanent(name) : 0;
    if (!c.filename_value || !issue_warnings(&c, warnings)) return 0;
    if (!mod) front_raise(&error, filename);
    return mod;
}

static bool mode_of(const char *mode, FrontMode *out) {
    if (!strcmp(mode, "exec"))
        *out = FRONT_EXEC;
    else if (!strcmp(mode, "eval"))
        *out = FRONT_EVAL;
    else if (!strcmp(mode, "single"))
        *out = FRONT_SINGLE;
    else
        return false;
    return true;
}

Value vm_compile(const char *source, size_t length, const char *filename, const char *mode,
                 uint32_t future_flags, int optimize, bool dont_inherit) {
    (void)dont_inherit; /* the caller has merged what is inherited into future_flags */
    FrontMode front_mode;
    if (!mode_of(mode, &front_mode))
        return py_raise(TYPE_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
    Arena arena;
    arena_init(&arena);
    vm_c_memory_enter(); /* the arena, and the caller's source */
    AstMod *mod = vm_parse_may_call(&arena, source, length, filename, front_mode, future_flags, 0);
    Value code = 0;
    if (mod)
        code =
            vm_compile_tree_may_call(&arena, mod, source, length, filename, future_flags, optimize);
    vm_c_memory_leave();
    arena_free(&arena);
    return code;
}

/* The error of a parse at the prompt; kind FRONT_NO_ERROR if there was none. */
static FrontError parse_at_prompt_may_call(Arena *arena, const char *source, size_t length, uint32_t flags) {
    arena->stack_limit = vm_thread()->c_stack_limit;
    FrontHooks hooks = {decode_source, unicode_name_escape, arena};
    uint32_t all = flags | COMPILE_DONT_IMPLY_DEDENT | COMPILE_INCOMPLETE_INPUT | COMPILE_SOURCE_IS_UTF8;
    FrontOptions options = {.filename = "<stdin>", .mode = FRONT_SINGLE, .flags = front_flags(all), .hooks = &hooks};
    FrontError error = {0};
    return front_parse(arena, source, length, &options, &error, 0) ? (FrontError){0} : error;
}

bool vm_source_is_incomplete_may_call(const char *source, size_t length, uint32_t flags) {
    Arena arena;
    arena_init(&arena);
    const char *copy = arena_copy(&arena, source, length);
    vm_c_memory_enter();
    FrontError first = parse_at_prompt_may_call(&arena, copy, length - (length && copy[length - 1] == '\n'), flags);
    bool incomplete = false;
    if (first.kind != FRONT_NO_ERROR) {
        FrontError second = parse_at_prompt_may_call(&arena, copy, length, flags);
        incomplete = second.kind == FRONT_NO_ERROR || strcmp(second.message, "incomplete input") == 0;
    }
    vm_c_memory_leave();
    arena_free(&arena);
    return incomplete;
}
