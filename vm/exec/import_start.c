/* The start of importlib: its two files, run as the modules that CPython has frozen. Their bytecode comes from cache files, as that
 * of other modules does; importlib writes them, once it is there. */
#include "vm/exec/code.h"
#include "vm/exec/code_cache.h"
#include "vm/runtime.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

const char *const vm_bootstrap_names[2] = {"<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"};
static const char *const stems[2] = {"_bootstrap", "_bootstrap_external"};

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    size_t room = 1 << 16, used = 0;
    char *text = malloc(room);
    while (text) {
        used += fread(text + used, 1, room - used, file);
        if (used < room) break;
        text = realloc(text, room *= 2);
    }
    fclose(file);
    *length = used;
    return text;
}

static Value compile_file(const char *path, const char *filename) {
    size_t length;
    char *source = read_file(path, &length);
    if (!source) return py_raise_errno(errno ? errno : ENOMEM, py_decode_fs(path, strlen(path)));
    Value code = vm_compile(source, length, filename, "exec", 0, -1, true);
    free(source);
    return code;
}

static int run_code(Value code, Value globals) {
    Value exec = code ? py_dict_get_c(vm_runtime.builtins_dict, "exec") : 0;
    return exec && exec != VM_UNBOUND && py_call2(exec, code, globals) ? 0 : -1;
}

int vm_exec_source_file(const char *path, const char *filename, Value globals) {
    return run_code(compile_file(path, filename), globals);
}

/* ---- cache files ---------------------------------------------------------------------------------------------------------- */

/* Our bytecode is not CPython's: a magic number of our own (as CPython's: two bytes, "\r\n"), in files of our own (cache_tag). */
static uint32_t magic_number(void) { return (vm_instruction_set_id() & 0xffff) | 0x0a0d0000; }

/* As importlib.util.cache_from_source says; false where that depends on more than what is looked at here. */
static bool cache_path(char *out, size_t size, const char *stem) {
    char level[32] = "";
    if (vm_options.stdlib[0] != '/') return false;
    if (vm_options.optimize > 0) snprintf(level, sizeof level, ".opt-%d", vm_options.optimize);
    const char *prefix = vm_options.pycache_prefix;
    int n = snprintf(out, size, "%s%s/importlib%s/%s.weft-311%s.pyc", prefix ? prefix : "", vm_options.stdlib, prefix ? "" : "/__pycache__",
                     stem, level);
    return n > 0 && (size_t)n < size;
}

/* The code in the cache file of a source with this date and size; 0 without an exception if there is none. */
static Value cached_code(const char *stem, const struct stat *source) {
    char path[PATH_MAX], place[PATH_MAX];
    size_t length;
    if (!cache_path(path, sizeof path, stem)) return 0;
    uint8_t *data = vm_import_cache_place(path, place) ? (uint8_t *)read_file(place, &length) : 0;
    if (!data) data = (uint8_t *)read_file(path, &length);
    if (!data) return 0;
    const uint32_t expected[4] = {magic_number(), 0, (uint32_t)source->st_mtime, (uint32_t)source->st_size};
    bool fits = length > sizeof expected && memcmp(data, expected, sizeof expected) == 0;
    Value code = fits ? vm_marshal_loads(data + sizeof expected, length - sizeof expected, 0) : 0;
    free(data);
    if (fits && !code) py_error_clear();
    return code && is_ref(code) && is_exactly(code, TYPE_CODE) ? code : 0;
}

/* For the next start. */
static void write_cache(Value external, const char *path, const char *stem) {
    Value loader = py_getattr_c(external, "SourceFileLoader"), name = py_str_format("importlib.%s", stem);
    loader = loader && name ? py_call2(loader, name, py_decode_fs(path, strlen(path))) : 0;
    if (!loader || !py_call_method(loader, "get_code", 1, &name)) py_error_clear();
}

/* ---- start ----------------------------------------------------------------------------------------------------------------- */

typedef struct {
    char path[PATH_MAX];
    bool compiled; /* there was no cache file */
} BootstrapFile;

/* Run a file of importlib as the module that CPython has frozen under `name`. */
static Value run_bootstrap_file(BootstrapFile *file, int number, const char *name) {
    snprintf(file->path, sizeof file->path, "%s/importlib/%s.py", vm_options.stdlib, stems[number]);
    const char *filename = vm_bootstrap_names[number];
    Value key = py_intern_c(name), module = py_module_new(key);
    if (!module || py_dict_set(vm_runtime.modules, key, module) < 0) return 0;
    Value dict = py_module_dict(module);
    if (py_dict_set(dict, NAME(__builtins__), vm_runtime.builtins_dict) < 0) return 0;
    struct stat source;
    Value code = stat(file->path, &source) == 0 ? cached_code(stems[number], &source) : 0;
    file->compiled = !code;
    if (code && vm_code_rename(code, py_intern_c(filename)) < 0) return 0;
    if (!code) code = compile_file(file->path, filename);
    return run_code(code, dict) < 0 ? 0 : module;
}

/* Archives on sys.path: asked before directories. */
static int install_zip_importer(void) {
    Value importer = py_import_attr("zipimport", "zipimporter"), hooks = vm_sys_get("path_hooks");
    const Value args[] = {int_make(0), importer};
    if (!importer || !hooks || !py_call_method(hooks, "insert", 2, args)) return -1;
    Value cache = vm_sys_get("path_importer_cache"); /* of answers that were given without it */
    return cache && py_call_method(cache, "clear", 0, 0) ? 0 : -1;
}

int vm_import_init(void) {
    BootstrapFile files[2];
    Value bootstrap = run_bootstrap_file(&files[0], 0, "_frozen_importlib");
    Value imp = bootstrap ? vm_builtin_module_create("_imp") : 0;
    if (!imp) return -1;
    Value install = py_getattr_c(bootstrap, "_install");
    vm_runtime.bootstrap = bootstrap;
    if (!install || !py_call2(install, vm_runtime.sys, imp)) return -1;
    Value external = run_bootstrap_file(&files[1], 1, "_frozen_importlib_external");
    if (!external) return -1;
    uint32_t number = magic_number();
    Value magic = py_bytes_new(&number, 4);
    if (!magic || py_module_add(external, "MAGIC_NUMBER", magic) < 0 || /* the same as an int: little endian */
        py_module_add(external, "_RAW_MAGIC_NUMBER", int_make(number)) < 0)
        return -1;
    if (vm_import_cache_init(external) < 0) return -1;
    Value finish = py_getattr_c(bootstrap, "_install_external_importers");
    if (!finish || !py_call0(finish) || install_zip_importer() < 0) return -1;
    for (int i = 0; i < 2; i++)
        if (files[i].compiled && !vm_options.dont_write_bytecode) write_cache(external, files[i].path, stems[i]);
    return 0;
}
