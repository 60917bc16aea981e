/* Module sys: what describes the implementation, the machine and the command line. */
#include "vm/install.h"
#include "vm/modules/sys.h"
#include "vm/objects/structseq.h"
#include <float.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "GCC " __VERSION__
#endif
#define VERSION "3.11.2 (Weft 0.1, " __DATE__ ") [" COMPILER "]"
#define HEX_VERSION 0x030b02f0

const char *vm_version_text(void) { return VERSION; }

#define G(i, name) {name, structseq_get_##i, 0, 0}
static const PyGetSetDef flags_fields[] = {
    G(0, "debug"), G(1, "inspect"), G(2, "interactive"), G(3, "optimize"), G(4, "dont_write_bytecode"), G(5, "no_user_site"),
    G(6, "no_site"), G(7, "ignore_environment"), G(8, "verbose"), G(9, "bytes_warning"), G(10, "quiet"), G(11, "hash_randomization"),
    G(12, "isolated"), G(13, "dev_mode"), G(14, "utf8_mode"), G(15, "warn_default_encoding"), G(16, "safe_path"),
    G(17, "int_max_str_digits"), {0}};
STRUCTSEQ_SPEC_NEW(sys_flags, "sys.flags\n\nFlags provided through command line arguments or environment vars.", flags_fields, "sys", py_structseq_refuse);
static const PyGetSetDef version_fields[] = {G(0, "major"), G(1, "minor"), G(2, "micro"), G(3, "releaselevel"), G(4, "serial"), {0}};
STRUCTSEQ_SPEC_NEW(sys_version_info, "sys.version_info\n\nVersion information as a named tuple.", version_fields, "sys", py_structseq_refuse);
static const PyGetSetDef float_fields[] = {G(0, "max"), G(1, "max_exp"), G(2, "max_10_exp"), G(3, "min"), G(4, "min_exp"),
                                           G(5, "min_10_exp"), G(6, "dig"), G(7, "mant_dig"), G(8, "epsilon"), G(9, "radix"),
                                           G(10, "rounds"), {0}};
STRUCTSEQ_SPEC(sys_float_info, "sys.float_info\n\nA named tuple holding information about the float type.", float_fields, "sys");
static const PyGetSetDef int_fields[] = {G(0, "bits_per_digit"), G(1, "sizeof_digit"), G(2, "default_max_str_digits"),
                                         G(3, "str_digits_check_threshold"), {0}};
STRUCTSEQ_SPEC(sys_int_info, "sys.int_info\n\nA named tuple that holds information about Python's internal representation of integers.", int_fields, "sys");
static const PyGetSetDef hash_fields[] = {G(0, "width"), G(1, "modulus"), G(2, "inf"), G(3, "nan"), G(4, "imag"), G(5, "algorithm"),
                                          G(6, "hash_bits"), G(7, "seed_bits"), G(8, "cutoff"), {0}};
STRUCTSEQ_SPEC(sys_hash_info, "hash_info\n\nA named tuple providing parameters used for computing hashes.", hash_fields, "sys");
static const PyGetSetDef thread_fields[] = {G(0, "name"), G(1, "lock"), G(2, "version"), {0}};
STRUCTSEQ_SPEC(sys_thread_info, "sys.thread_info\n\nA named tuple holding information about the thread implementation.", thread_fields, "sys");
static const PyGetSetDef asyncgen_fields[] = {G(0, "firstiter"), G(1, "finalizer"), {0}};
STRUCTSEQ_SPEC(sys_asyncgen_hooks, "asyncgen_hooks", asyncgen_fields, "sys");
static const PyGetSetDef unraisable_fields[] = {G(0, "exc_type"), G(1, "exc_value"), G(2, "exc_traceback"), G(3, "err_msg"), G(4, "object"), {0}};
STRUCTSEQ_SPEC(sys_unraisable, "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.", unraisable_fields, "sys");
#undef G

/* Add a structure made of int64 fields. */
static int add_numbers(Value module, const char *name, uint32_t type, const int64_t *numbers, size_t count) {
    Value values[24];
    for (size_t i = 0; i < count; i++) values[i] = py_int_from_i64(numbers[i]);
    py_structseq_register(type, count);
    return py_module_add(module, name, py_structseq_new(type, values, count, count));
}

static int add_flags(Value module) {
    const VmOptions *o = &vm_options;
    const int64_t numbers[] = {o->debug, o->inspect, o->interactive, o->optimize, o->dont_write_bytecode, o->no_user_site, o->no_site,
                               o->ignore_environment, o->verbose, o->bytes_warning, o->quiet,
                               !(o->hash_seed && strcmp(o->hash_seed, "0") == 0), o->isolated, o->dev_mode, o->utf8_mode,
                               o->warn_default_encoding, o->safe_path, o->int_max_str_digits};
    size_t count = sizeof numbers / sizeof *numbers;
    Value values[24];
    for (size_t i = 0; i < count; i++) values[i] = int_make(numbers[i]);
    values[13] = vm_bool(o->dev_mode);
    values[16] = vm_bool(o->safe_path);
    py_structseq_register(TYPE_SYS_FLAGS, count);
    return py_module_add(module, "flags", py_structseq_new(TYPE_SYS_FLAGS, values, count, count));
}

static Value version_info(void) {
    const Value values[] = {int_make(3), int_make(11), int_make(2), py_intern_c("final"), int_make(0)};
    return py_structseq_new(TYPE_SYS_VERSION_INFO, values, 5, 5);
}

static int add_structures(Value module) {
    const Value floats[] = {float_make(DBL_MAX), int_make(DBL_MAX_EXP), int_make(DBL_MAX_10_EXP), float_make(DBL_MIN),
                            int_make(DBL_MIN_EXP), int_make(DBL_MIN_10_EXP), int_make(DBL_DIG), int_make(DBL_MANT_DIG),
                            float_make(DBL_EPSILON), int_make(FLT_RADIX), int_make(1)};
    const Value hashes[] = {int_make(64), int_make((INT64_C(1) << 61) - 1), int_make(314159), int_make(0), int_make(1000003),
                            py_intern_c("siphash13"), int_make(64), int_make(128), int_make(0)};
    char libpthread[64] = "";
    confstr(_CS_GNU_LIBPTHREAD_VERSION, libpthread, sizeof libpthread);
    const Value threads[] = {py_intern_c("pthread"), py_intern_c("semaphore"), py_str_c(libpthread)};
    const int64_t ints[] = {64, 8, 4300, 640};
    py_structseq_register(TYPE_SYS_VERSION_INFO, 5);
    py_structseq_register(TYPE_SYS_FLOAT_INFO, 11);
    py_structseq_register(TYPE_SYS_HASH_INFO, 9);
    py_structseq_register(TYPE_SYS_THREAD_INFO, 3);
    py_structseq_register(TYPE_SYS_ASYNCGEN_HOOKS, 2);
    py_structseq_register(TYPE_SYS_UNRAISABLE, 5);
    return add_numbers(module, "int_info", TYPE_SYS_INT_INFO, ints, 4) < 0 ||
                   py_module_add(module, "version_info", version_info()) < 0 ||
                   py_module_add(module, "float_info", py_structseq_new(TYPE_SYS_FLOAT_INFO, floats, 11, 11)) < 0 ||
                   py_module_add(module, "hash_info", py_structseq_new(TYPE_SYS_HASH_INFO, hashes, 9, 9)) < 0 ||
                   py_module_add(module, "thread_info", py_structseq_new(TYPE_SYS_THREAD_INFO, threads, 3, 3)) < 0
               ? -1
               : 0;
}

static int add_implementation(Value module) {
    Value namespace = py_call0(py_type(TYPE_NAMESPACE));
    if (!namespace) return -1;
    const struct {
        const char *name;
        Value value;
    } attributes[] = {{"name", py_intern_c("weft")},
                      {"version", version_info()},
                      {"hexversion", int_make(HEX_VERSION)},
                      {"cache_tag", py_intern_c("weft-311")},
                      {"_multiarch", py_intern_c("x86_64-linux-gnu")}};
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (py_setattr(namespace, py_intern_c(attributes[i].name), attributes[i].value) < 0) return -1;
    return py_module_add(module, "implementation", namespace);
}

static Value string_list(char *const *strings, int count) {
    Value list = py_list_new(0);
    for (int i = 0; list && i < count; i++) {
        Value text = py_decode_fs(strings[i], strlen(strings[i]));
        if (!text || py_list_append(list, text) < 0) return 0;
    }
    return list;
}

/* -X key=value: a dict of str, True without a value. */
static Value x_options(void) {
    Value dict = py_dict_new();
    for (int i = 0; dict && i < vm_options.x_option_count; i++) {
        const char *option = vm_options.x_options[i], *equals = strchr(option, '=');
        size_t length = equals ? (size_t)(equals - option) : strlen(option);
        Value value = equals ? py_decode_fs(equals + 1, strlen(equals + 1)) : VM_TRUE;
        if (!value || py_dict_set(dict, py_decode_fs(option, length), value) < 0) return 0;
    }
    return dict;
}

static Value path_text(const char *path) { return py_decode_fs(path, strlen(path)); }

/* What a variable says of the name of the directories for libraries below a prefix. */
static Value lib_directory(void) {
    const char *name = vm_options.ignore_environment ? 0 : getenv("PYTHONPLATLIBDIR");
    return name && *name ? path_text(name) : py_intern_c("lib");
}

static Value cache_prefix(void) { return vm_options.pycache_prefix ? path_text(vm_options.pycache_prefix) : VM_NONE; }

int sys_add_info(Value module) {
    Value empty = NAME(empty), prefix = path_text(vm_install.prefix), base = path_text(vm_install.base_prefix);
    if (add_flags(module) < 0 || add_structures(module) < 0 || add_implementation(module) < 0) return -1;
    const struct {
        const char *name;
        Value value;
    } constants[] = {
        {"version", py_intern_c(vm_version_text())}, {"hexversion", int_make(HEX_VERSION)}, {"api_version", int_make(1013)},
        {"copyright", py_str_c("Copyright (c) the Weft authors.")}, {"platform", py_intern_c("linux")},
        {"byteorder", py_intern_c("little")}, {"maxsize", py_int_from_i64(INT64_MAX)}, {"maxunicode", int_make(0x10ffff)},
        {"float_repr_style", py_intern_c("short")}, {"platlibdir", lib_directory()}, {"executable", path_text(vm_install.executable)},
        {"_base_executable", path_text(vm_install.base_executable)}, {"prefix", prefix}, {"base_prefix", base}, {"exec_prefix", prefix},
        {"base_exec_prefix", base}, {"_home", VM_NONE}, {"_framework", empty}, {"abiflags", empty},
        {"_git", py_tuple_pack(3, py_intern_c("Weft"), empty, empty)}, {"_stdlib_dir", py_decode_fs(vm_options.stdlib, strlen(vm_options.stdlib))},
        {"argv", string_list(vm_options.argv, vm_options.argc)}, {"orig_argv", string_list(vm_options.orig_argv, vm_options.orig_argc)},
        {"warnoptions", string_list((char *const *)vm_options.warnings, vm_options.warning_count)}, {"_xoptions", x_options()},
        {"dont_write_bytecode", vm_bool(vm_options.dont_write_bytecode)}, {"pycache_prefix", cache_prefix()},
        {"path", py_list_new(0)}, {"meta_path", py_list_new(0)}, {"path_hooks", py_list_new(0)},
        {"path_importer_cache", py_dict_new()}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (py_module_add(module, constants[i].name, constants[i].value) < 0) return -1;
    return 0;
}
