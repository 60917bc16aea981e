/* Module builtins: compile. */
#include "vm/exec/interp.h"
#include "vm/exec/safepoint.h"
#include "vm/front/compile.h"
#include "vm/modules/ast/ast_module.h"
#include "vm/modules/builtins.h"
#include <stdlib.h>

/* ---- texts ------------------------------------------------------------------------------------------------------------------------ */

char *builtins_source_text(Value source, const char *who, const char *what, size_t *length) {
    char *copy = 0;
    if (py_is_str(source)) {
        const char *text = py_str_utf8(source, length);
        if (!text) return 0;
        copy = malloc(*length + 1);
        if (copy) memcpy(copy, text, *length);
    } else {
        PyBuffer buffer;
        if (!vm_type_of(source)->slots->get_buffer && !py_is_bytes(source)) {
            py_raise(TYPE_TypeError, "%s() arg 1 must be a %s object", who, what);
            return 0;
        }
        if (py_get_buffer(source, &buffer, false) < 0) return 0;
        *length = (size_t)buffer.length;
        copy = malloc(*length + 1);
        if (copy) memcpy(copy, buffer.data, *length);
        py_release_buffer(&buffer);
    }
    if (!copy) return py_raise_memory(), (char *)0;
    copy[*length] = 0;
    if (strlen(copy) != *length) {
        free(copy);
        py_raise(TYPE_ValueError, "source code string cannot contain null bytes");
        return 0;
    }
    return copy;
}

uint32_t builtins_inherited_flags(void) {
    VmFrame *frame = vm_current_frame();
    return frame ? frame->code->flags & COMPILE_FUTURE_MASK : 0;
}

Value builtins_compile_text(Value source, const char *who, const char *what, const char *filename, const char *mode, uint32_t flags,
                            int optimize) {
    size_t length;
    char *text = builtins_source_text(source, who, what, &length);
    if (!text) return 0;
    bool is_str = py_is_str(source);
    Value code = vm_compile(text, length, filename, mode, flags | (is_str ? COMPILE_IGNORE_COOKIE : 0), optimize, false);
    free(text);
    return code;
}

/* ---- compile ---------------------------------------------------------------------------------------------------------------------- */

typedef struct CompileRequest {
    Value source;
    const char *filename;
    FrontMode mode;
    uint32_t flags;
    int optimize, feature_version;
} CompileRequest;

static const char *const modes[] = {[FRONT_EXEC] = "exec", [FRONT_EVAL] = "eval", [FRONT_SINGLE] = "single", [FRONT_FUNC_TYPE] = "func_type"};

/* Source text to a tree of Python objects. */
static Value parse_to_tree(const CompileRequest *r) {
    size_t length;
    char *text = builtins_source_text(r->source, "compile", "string, bytes or AST", &length);
    if (!text) return 0;
    uint32_t flags = r->flags | (py_is_str(r->source) ? COMPILE_IGNORE_COOKIE : 0);
    Arena arena;
    arena_init(&arena);
    vm_c_memory_enter(); /* the arena and the text */
    AstMod *mod = vm_parse_may_call(&arena, text, length, r->filename, r->mode, flags, r->feature_version);
    Value tree = mod ? ast_to_object_may_call(mod) : 0;
    vm_c_memory_leave();
    arena_free(&arena);
    free(text);
    return tree;
}

static Value compile_tree(const CompileRequest *r) {
    if (r->flags & COMPILE_ONLY_AST) return r->source;
    static const AstKind kinds[] = {[FRONT_EXEC] = MOD_Module, [FRONT_EVAL] = MOD_Expression, [FRONT_SINGLE] = MOD_Interactive};
    Arena arena;
    arena_init(&arena);
    vm_c_memory_enter(); /* the arena */
    AstMod *mod = ast_from_object_may_call(&arena, r->source, kinds[r->mode]);
    Value code = mod ? vm_compile_tree_may_call(&arena, mod, 0, 0, r->filename, r->flags, r->optimize) : 0;
    vm_c_memory_leave();
    arena_free(&arena);
    return code;
}

static Value compile_request(const CompileRequest *r) {
    if (py_is_instance_of(r->source, TYPE_AST)) return compile_tree(r);
    if (r->flags & COMPILE_ONLY_AST) return parse_to_tree(r);
    return builtins_compile_text(r->source, "compile", "string, bytes or AST", r->filename, modes[r->mode], r->flags, r->optimize);
}

static int mode_argument(Value value, bool only_ast, FrontMode *out) {
    if (!py_is_str(value)) return py_raise_int(TYPE_TypeError, "compile() argument 'mode' must be str, not %T", value);
    const char *text = py_str_utf8(value, 0);
    if (!text) return -1;
    for (int i = FRONT_EXEC; i <= FRONT_FUNC_TYPE; i++) {
        if (strcmp(modes[i], text) != 0) continue;
        *out = (FrontMode)i;
        if (i != FRONT_FUNC_TYPE || only_ast) return 0;
        return py_raise_int(TYPE_ValueError, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
    }
    return py_raise_int(TYPE_ValueError, only_ast ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
                                                  : "compile() mode must be 'exec', 'eval' or 'single'");
}

/* A path as a str. */
static Value path_text(Value path) {
    if (py_is_str(path)) return path;
    if (vm_type_of(path)->slots->get_buffer && !py_is_bytes(path)) {
        if (py_warn(TYPE_DeprecationWarning, 1, "path should be string, bytes, or os.PathLike, not %T", path) < 0) return 0;
        path = py_call1(py_type(TYPE_BYTES), path);
        if (!path) return 0;
    }
    if (!py_is_bytes(path)) return py_call_method(py_import("os"), "fsdecode", 1, &path);
    size_t length = (size_t)REF(PyBytes, path)->length;
    return py_decode_fs(stm_flat(bytes_data(path), length, false), length);
}

char *builtins_filename(Value path) {
    Value text = path_text(path), name = text ? py_encode(text, "utf-8", "surrogateescape") : 0;
    if (!name) return 0;
    size_t length = (size_t)REF(PyBytes, name)->length;
    char *filename = malloc(length + 1);
    if (!filename) return py_raise_memory(), (char *)0;
    memcpy(filename, stm_flat(bytes_data(name), length, false), length);
    filename[length] = 0;
    return filename;
}

BUILTIN(builtin_compile) {
    int64_t flags = args[3] ? py_index_int64(args[3], "int") : 0, optimize = args[5] ? py_index_int64(args[5], "int") : -1;
    int dont_inherit = args[4] ? py_truth(args[4]) : 0;
    int64_t feature_version = args[6] ? py_index_int64(args[6], "int") : -1;
    if (py_error()) return 0;
    if (flags != (int32_t)flags || optimize != (int32_t)optimize) return py_raise(TYPE_OverflowError, "Python int too large to convert to C int");
    if (flags & ~(int64_t)COMPILE_KNOWN_FLAGS) return py_raise(TYPE_ValueError, "compile(): unrecognised flags");
    if (optimize < -1 || optimize > 2) return py_raise(TYPE_ValueError, "compile(): invalid optimize value");
    CompileRequest r = {.source = args[0], .flags = (uint32_t)flags, .optimize = (int)optimize};
    if (feature_version >= 0 && (flags & COMPILE_ONLY_AST)) r.feature_version = feature_version ? (int)feature_version : 1;
    if (!dont_inherit) r.flags |= builtins_inherited_flags();
    if (mode_argument(args[2], flags & COMPILE_ONLY_AST, &r.mode) < 0) return 0;
    char *filename = builtins_filename(args[1]);
    if (!filename) return 0;
    r.filename = filename;
    vm_c_memory_enter();
    Value result = compile_request(&r);
    vm_c_memory_leave();
    free(filename);
    return result;
}

const PyMethodDef builtins_compile_functions[] = {
    {"compile", "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)", builtin_compile, 0, "Compile source into a code object that can be executed by exec() or eval()."},
    {0}};
