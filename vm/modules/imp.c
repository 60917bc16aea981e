/* Module _imp: what importlib asks of the VM. No module is frozen and no extension module is loadable: C modules are built in. */
#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"
#include "vm/front/compiler.h"
#include "vm/modules/lock.h"
#include "vm/runtime.h"

#define IMP(name)                                                                                                     \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

IMP(imp_is_builtin) { return int_make(py_is_str(args[0]) && vm_is_builtin_module(args[0])); }
IMP(imp_create_builtin) {
    Value name = py_getattr(args[0], NAME(name));
    const char *text = name ? py_str_utf8(name, 0) : 0;
    if (!text) return 0;
    Value module = vm_builtin_module_create(text);
    return module || py_error() ? module : VM_NONE;
}
IMP(imp_exec_builtin) { return int_make(0); }
IMP(imp_false) { return VM_FALSE; }
IMP(imp_none) { return VM_NONE; }
IMP(imp_empty_list) { return py_list_new(0); }
IMP(imp_get_frozen_object) { return py_raise(TYPE_ImportError, "No such frozen object named %S", args[0]); }

/* Code that was read from a cache file says where its source was when it was compiled: now it is at `path`. */
static int rename_code(Value v, Value from, Value to) {
    if (py_is_tuple(v)) {
        for (int64_t i = 0; i < tuple_length(v); i++)
            if (rename_code(tuple_item(v, i), from, to) < 0) return -1;
    }
    if (!is_ref(v) || !is_exactly(v, TYPE_CODE)) return 0;
    VmCode *code = vm_code((uint32_t)REF(PyCode, v)->code_id);
    if (!py_str_equal(code->filename, from)) return 0;
    code->filename = to;
    for (uint32_t i = 0; i < code->constant_count; i++)
        if (rename_code(code->constants[i], from, to) < 0) return -1;
    return 0;
}
int vm_code_rename(Value v, Value filename) {
    Value from = vm_code((uint32_t)REF(PyCode, v)->code_id)->filename;
    if (py_str_equal(from, filename)) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("code is renamed")); /* C memory */
    Value to = py_permanent(filename);
    return to ? rename_code(v, from, to) : -1;
}
IMP(imp_fix_co_filename) {
    if (!is_ref(args[0]) || !is_exactly(args[0], TYPE_CODE)) return py_raise(TYPE_TypeError, "_fix_co_filename() argument 1 must be code, not %T", args[0]);
    return vm_code_rename(args[0], args[1]) == 0 ? VM_NONE : 0;
}

/* The import lock. importlib takes it around its table of module locks, whose look-up and insertion may be parted by the end of
 * a transaction: without it two threads could make two locks for one module, and one of them see it half initialised. */
static Value import_lock;

IMP(imp_acquire_lock) { return py_rlock_acquire(import_lock, -1) < 0 ? 0 : VM_NONE; }
IMP(imp_release_lock) { return py_rlock_release(import_lock) < 0 ? py_raise(TYPE_RuntimeError, "not holding the import lock") : VM_NONE; }
IMP(imp_lock_held) { return vm_bool(py_lock_is_held(import_lock)); }
int vm_import_lock_before_fork(void) { return py_rlock_acquire(import_lock, -1) < 0 ? -1 : 0; }
void vm_import_lock_after_fork(void) { py_rlock_release(import_lock); }

/* 64 bits that tell one source from another (PEP 552). */
IMP(imp_source_hash) {
    PyBuffer buffer;
    if (py_get_buffer(args[1], &buffer, false) < 0) return 0;
    uint64_t key = (uint64_t)py_index_int64(args[0], 0);
    uint64_t hash = key ^ 0xcbf29ce484222325u;
    for (int64_t i = 0; i < buffer.length; i++) hash = (hash ^ ((uint8_t *)buffer.data)[i]) * 0x100000001b3u;
    py_release_buffer(&buffer);
    return py_bytes_new(&hash, 8);
}

static const PyMethodDef imp_functions[] = {
    {"is_builtin", "($module, name, /)", imp_is_builtin, 0, 0},
    {"create_builtin", "($module, spec, /)", imp_create_builtin, 0, 0},
    {"exec_builtin", "($module, mod, /)", imp_exec_builtin, 0, 0},
    {"create_dynamic", "($module, spec, file=None, /)", imp_get_frozen_object, 0, 0},
    {"exec_dynamic", "($module, mod, /)", imp_exec_builtin, 0, 0},
    {"is_frozen", "($module, name, /)", imp_false, 0, 0},
    {"is_frozen_package", "($module, name, /)", imp_false, 0, 0},
    {"init_frozen", "($module, name, /)", imp_none, 0, 0},
    {"find_frozen", "($module, name, /, *, withdata=False)", imp_none, 0, 0},
    {"get_frozen_object", "($module, name, data=None, /)", imp_get_frozen_object, 0, 0},
    {"_frozen_module_names", "($module, /)", imp_empty_list, 0, 0},
    {"_override_frozen_modules_for_tests", "($module, override, /)", imp_none, 0, 0},
    {"extension_suffixes", "($module, /)", imp_empty_list, 0, 0},
    {"lock_held", "($module, /)", imp_lock_held, 0, 0},
    {"acquire_lock", "($module, /)", imp_acquire_lock, 0, 0},
    {"release_lock", "($module, /)", imp_release_lock, 0, 0},
    {"_fix_co_filename", "($module, code, path, /)", imp_fix_co_filename, 0, 0},
    {"source_hash", "($module, /, key, source)", imp_source_hash, 0, 0},
    {0}};

static int imp_init(Value module) {
    import_lock = py_rlock_new();
    if (!import_lock) return -1;
    vm_root_register(&import_lock);
    return py_module_add(module, "check_hash_based_pycs", py_intern_c(vm_options.check_hash_pycs ? vm_options.check_hash_pycs : "default"));
}
const PyModuleDef py_module_imp = {
    .doc = "(Extremely) low-level import machinery bits as used by importlib.", .functions = imp_functions, .init = imp_init};
