/* Running the program that the command line names, and ending the process as python3 does. */
#define _GNU_SOURCE /* memmem */
#include "vm/audit.h"
#include "vm/console.h"
#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"
#include "vm/front/front.h"
#include "vm/install.h"
#include "vm/objects/weakref.h"
#include "vm/run_main.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- __main__ ---------------------------------------------------------------------------------------------------------- */

static Value make_main(void) {
    Value name = NAME(__main__), module = py_module_new(name);
    if (!module || py_dict_set(vm_runtime.modules, name, module) < 0) return 0;
    Value dict = py_module_dict(module);
    Value loader = py_import_attr("_frozen_importlib", "BuiltinImporter");
    if (!loader || py_dict_set(dict, NAME(__builtins__), vm_runtime.builtins) < 0 || py_dict_set(dict, NAME(__loader__), loader) < 0 ||
        py_dict_set(dict, NAME(__spec__), VM_NONE) < 0)
        return 0;
    return py_dict_set_c(dict, "__annotations__", py_dict_new()) < 0 ? 0 : dict;
}

/* sys.path[0]: always so for a directory or archive that is the program itself. */
static int prepend_program(const char *directory, size_t length) {
    Value path = vm_sys_get("path"), entry = py_decode_fs(directory, length);
    const Value args[] = {int_make(0), entry};
    return path && entry && py_call_method(path, "insert", 2, args) ? 0 : -1;
}

static int prepend_path(const char *directory, size_t length) {
    return vm_options.safe_path || vm_options.isolated ? 0 : prepend_program(directory, length);
}

/* The program has been loaded: what --stress-after=main has held back starts. */
static void start_stress(void) {
    if (vm_options.stm_multi) {
        VM_C_SAFEPOINT(stm_enter_multi());
        stm_stay_multi();
        stm_become_inevitable("start of the program"); /* no interpreter loop to come back to yet */
    }
    if (!vm_options.stress_after_main) return;
    stm_set_quantum(vm_options.stm_quantum);
    stm_set_chaos(vm_options.stm_chaos);
    gc_set_stress(vm_options.gc_stress);
}

static int run_code(Value code, Value dict) {
    Value exec = code ? py_dict_get_c(vm_runtime.builtins_dict, "exec") : 0;
    if (!exec) return -1;
    start_stress();
    return py_call2(exec, code, dict) ? 0 : -1;
}

static int run_source(const char *source, size_t length, const char *filename, uint32_t flags, Value dict) {
    return run_code(vm_compile(source, length, filename, "exec", flags, vm_options.optimize, true), dict);
}

/* Of a file: what is missing at its end has no column. */
static int run_file_source(const char *source, size_t length, const char *filename, Value dict) {
    if (run_source(source, length, filename, 0, dict) == 0) return 0;
    Value error = py_error();
    bool at_end = error && py_is_instance_of(error, TYPE_SyntaxError) && GET(REF(PySyntaxError, error), end_offset) == int_make(-1) &&
                  py_str_equal(GET(REF(PySyntaxError, error), filename), py_str_c(filename));
    if (at_end) SET_VALUE(REF(PySyntaxError, error), offset, int_make(0));
    return -1;
}

static int run_module(const char *name, bool alter_argv) {
    if (!make_main()) return -1;
    Value run = py_import_attr("runpy", "_run_module_as_main"), text = py_decode_fs(name, strlen(name));
    if (!run || !text) return -1;
    start_stress();
    return py_call2(run, text, vm_bool(alter_argv)) ? 0 : -1;
}

/* Is standard input a dialogue? */
static bool prompts(void) { return isatty(0) || vm_options.interactive; }

/* The whole of a stream in C memory; 0 with errno. */
static char *read_all(FILE *file, size_t *length) {
    size_t room = 1 << 16, used = 0;
    char *text = malloc(room);
    while (text && !ferror(file)) {
        used += fread(text + used, 1, room - used, file);
        if (used < room) break;
        text = realloc(text, room *= 2);
    }
    *length = used;
    if (text && ferror(file)) {
        free(text);
        text = 0;
    }
    return text;
}

/* A NUL hides the rest of its line, line end included, as where a program is read by C strings. Returns the new length. */
static size_t drop_after_nul(char *text, size_t length) {
    char *nul = memchr(text, 0, length), *end = text + length, *to = nul;
    while (nul) {
        char *line_end = memchr(nul, '\n', (size_t)(end - nul)), *from = line_end ? line_end + 1 : end;
        nul = memchr(from, 0, (size_t)(end - from));
        size_t kept = (size_t)((nul ? nul : end) - from);
        memmove(to, from, kept);
        to += kept;
    }
    return to ? (size_t)(to - text) : length;
}

static int cannot_open(const char *path, int err) {
    fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n", *vm_install.executable ? vm_install.executable : "weft", path, err, strerror(err));
    return 2;
}

static int check_encoding(const char *source, size_t length, const char *path) {
    unsigned char byte;
    int line = front_undeclared_line(source, length, &byte);
    if (!line) return 0;
    Value text = py_str_format("Non-UTF-8 code starting with '\\x%02x' in file %s on line %d, but no encoding declared; "
                               "see https://peps.python.org/pep-0263/ for details",
                               byte, path, line);
    Value error = text ? py_call1(py_type(TYPE_SyntaxError), text) : 0;
    if (error) py_raise_object(error);
    return -1;
}

/* Does the import system know how to look into the path: a directory, an archive? -1 with an exception. */
static int is_importable(const char *path) {
    Value finder = py_import_attr("_frozen_importlib_external", "PathFinder"), text = py_decode_fs(path, strlen(path));
    Value importer = finder && text ? py_call_method(finder, "_path_importer_cache", 1, &text) : 0;
    return importer ? importer != VM_NONE : -1;
}

static bool has_archive_end(const char *data, size_t length) {
    size_t tail = length < 65557 ? length : 65557; /* the end record and the longest comment */
    return memmem(data + length - tail, tail, "PK\5\6", 4) != 0;
}

static int run_archive(const char *path) { return prepend_program(path, strlen(path)) < 0 ? -1 : run_module("__main__", false); }

static bool has_suffix(const char *path, const char *suffix) {
    size_t length = strlen(path), n = strlen(suffix);
    return length >= n && strcmp(path + length - n, suffix) == 0;
}

/* What __main__ knows of the file it comes from. The loader, or 0. */
static Value describe_file(Value dict, const char *path, const char *loader_name) {
    Value text = py_decode_fs(path, strlen(path)), type = py_import_attr("_frozen_importlib_external", loader_name);
    Value loader = type && text ? py_call2(type, NAME(__main__), text) : 0;
    return loader && py_dict_set(dict, NAME(__file__), text) == 0 && py_dict_set(dict, NAME(__cached__), VM_NONE) == 0 &&
                   py_dict_set(dict, NAME(__loader__), loader) == 0
               ? loader
               : 0;
}

static int run_bytecode(Value dict, const char *path) {
    Value loader = describe_file(dict, path, "SourcelessFileLoader"), name = NAME(__main__);
    return loader ? run_code(py_call_method(loader, "get_code", 1, &name), dict) : -1;
}

static size_t first_line_length(const char *source, size_t length) {
    const char *end = memchr(source, '\n', length);
    return end ? (size_t)(end - source) : length;
}

/* The file's content, read already. */
static int run_file_content(const char *path, const char *absolute, char *source, size_t length) {
    static char resolved[PATH_MAX];
    int importable = has_archive_end(source, length) ? is_importable(absolute) : 0;
    if (importable) return importable < 0 ? -1 : run_archive(absolute);
    if (!realpath(path, resolved)) strcpy(resolved, "/");
    size_t directory = (size_t)(strrchr(resolved, '/') - resolved);
    Value dict = make_main();
    if (!dict || prepend_path(resolved, directory ? directory : 1) < 0) return -1;
    if (has_suffix(path, ".pyc")) return run_bytecode(dict, absolute);
    if (!describe_file(dict, absolute, "SourceFileLoader") || check_encoding(source, length, absolute) < 0) return -1;
    length = drop_after_nul(source, length);
    size_t skipped = vm_options.skip_first_line ? first_line_length(source, length) : 0; /* its newline stays, for line numbers */
    return run_file_source(source + skipped, length - skipped, absolute, dict);
}

static int run_file(const char *path, int *status) {
    struct stat info;
    static char absolute[3 * PATH_MAX]; /* not on the C stack: collections scan that */
    if (path[0] == '/' || !getcwd(absolute, PATH_MAX)) snprintf(absolute, sizeof absolute, "%s", path);
    else snprintf(absolute + strlen(absolute), sizeof absolute - strlen(absolute), "/%s", path);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return run_archive(absolute);
    FILE *file = fopen(path, "rb");
    if (!file) return *status = cannot_open(absolute, errno), 0;
    size_t length;
    char *source = read_all(file, &length);
    int err = errno;
    fclose(file);
    if (!source) return *status = cannot_open(absolute, err), 0;
    int done = run_file_content(path, absolute, source, length);
    free(source);
    return done;
}

static int run_stdin(int *status) {
    Value dict = make_main();
    if (!dict || prepend_path("", 0) < 0) return -1;
    if (prompts()) {
        vm_options.inspect = false; /* sys.exit() ends the program */
        vm_interactive_startup(dict);
        vm_interactive_hook();
        start_stress();
        return *status = vm_interactive(dict), 0;
    }
    size_t length;
    char *source = read_all(stdin, &length);
    int done = source ? run_file_source(source, length, "<stdin>", dict) : 0; /* closed: nothing to run */
    free(source);
    return done;
}

static int run_command(const char *command, int *status) {
    Value dict = make_main(), text = py_decode_fs(command, strlen(command));
    if (!dict || !text || prepend_path("", 0) < 0) return -1;
    if (!py_str_utf8(text, 0)) {
        fputs("Unable to decode the command from the command line:\n", stderr);
        return *status = vm_status_of_error(), 0;
    }
    return run_source(command, strlen(command), "<string>", VM_COMPILE_IGNORE_COOKIE, dict);
}

static int run_named_module(const char *name) {
    char directory[4096];
    if (!getcwd(directory, sizeof directory)) directory[0] = 0;
    return prepend_path(directory, strlen(directory)) < 0 ? -1 : run_module(name, true);
}

/* ---- how a program ends ---------------------------------------------------------------------------------------------------- */

/* SystemExit's code: the status, after writing what is no number to stderr. */
static int system_exit_status(Value exception) {
    Value code = GET(REF(PySystemExit, exception), code);
    if (!code || code == VM_NONE) return 0;
    int64_t number;
    if (py_is_int(code)) return py_int_as_i64(code, &number) == 0 ? (int)(number & 0xff) : 255;
    Value text = py_str(code), err = vm_sys_get("stderr"), newline = py_str_char('\n');
    if (text && err && py_call_method(err, "write", 1, &text)) py_call_method(err, "write", 1, &newline);
    py_error_clear();
    return 1;
}

static bool interrupted; /* the status is that of a process killed by SIGINT */

static void show_error(Value exception) {
    Value hook = vm_sys_get("excepthook"), traceback = GET(REF(PyException, exception), traceback);
    if (vm_sys_set("last_type", py_type_of(exception)) < 0 || vm_sys_set("last_value", exception) < 0 ||
        vm_sys_set("last_traceback", traceback ? traceback : VM_NONE) < 0)
        py_error_clear();
    if (!hook) {
        fprintf(stderr, "sys.excepthook is missing\n");
        vm_print_error(exception);
        return;
    }
    Value shown = traceback ? traceback : VM_NONE;
    if (VM_AUDIT("sys.excepthook", py_tuple_pack(4, hook, py_type_of(exception), exception, shown)) < 0) {
        if (!py_error_is(TYPE_RuntimeError)) py_write_unraisable(0);
        py_error_clear();
    }
    if (py_call3(hook, py_type_of(exception), exception, shown)) return;
    Value second = py_error_take();
    if (second && py_is_instance_of(second, TYPE_SystemExit)) return;
    fprintf(stderr, "Error in sys.excepthook:\n");
    if (second) vm_print_error(second);
    fprintf(stderr, "\nOriginal exception was:\n");
    vm_print_error(exception);
}

void vm_show_pending_error(void) { show_error(py_error_take()); }

int vm_status_of_error(void) {
    Value exception = py_error_take();
    if (py_is_instance_of(exception, TYPE_SystemExit) && !vm_options.inspect) return system_exit_status(exception);
    interrupted = py_is_instance_of(exception, TYPE_KeyboardInterrupt);
    show_error(exception);
    return 1;
}

/* -i, or PYTHONINSPECT, which the program may have set itself: a prompt in what it leaves behind. */
static int inspect_after(int status) {
    const char *wanted = vm_options.ignore_environment ? 0 : getenv("PYTHONINSPECT");
    if (!vm_options.inspect && !(wanted && *wanted)) return status;
    vm_options.inspect = false;
    if (!vm_options.runs_code || !prompts()) return status;
    Value module = py_dict_get(vm_runtime.modules, NAME(__main__));
    if (!module || module == VM_UNBOUND) return status;
    vm_interactive_hook();
    return vm_interactive(py_module_dict(module));
}

int vm_run_main(const VmProgram *program) {
    int status = 0, done = 0;
    bool dialogue = program->kind == PROGRAM_STDIN && prompts();
    if (!vm_options.quiet && dialogue) vm_interactive_banner();
    if (!vm_options.isolated && prompts() && (dialogue || vm_options.inspect) && !py_import("readline")) py_error_clear();
    switch (program->kind) {
    case PROGRAM_FILE: done = run_file(program->text, &status); break;
    case PROGRAM_COMMAND: done = run_command(program->text, &status); break;
    case PROGRAM_MODULE: done = run_named_module(program->text); break;
    case PROGRAM_STDIN: done = run_stdin(&status); break;
    }
    if (done < 0) status = vm_status_of_error();
    return inspect_after(status);
}

/* Call module.function() if the module has been imported; errors are reported, not raised. */
static void call_if_imported(const char *module_name, const char *function) {
    Value module = py_dict_get_c(vm_runtime.modules, module_name);
    if (!module || module == VM_UNBOUND) return;
    Value callable = py_getattr_c(module, function);
    if (!callable || !py_call0(callable)) py_write_unraisable(callable);
}

static int flush_stream(const char *name) {
    Value stream = vm_sys_get(name);
    if (!stream || stream == VM_NONE) return 0;
    Value closed = py_getattr_opt(stream, py_intern_c("closed"));
    if (closed == VM_TRUE) return 0;
    if (py_call_method(stream, "flush", 0, 0)) return 0;
    return -1;
}

enum { STATUS_UNWRITTEN = 120 };

static int flush_streams(int status) {
    if (flush_stream("stdout") < 0) {
        py_write_unraisable(vm_sys_get("stdout"));
        status = STATUS_UNWRITTEN;
    }
    if (flush_stream("stderr") < 0) {
        py_error_clear();
        status = STATUS_UNWRITTEN;
    }
    return status;
}

/* Files that nobody has closed are flushed, __del__ methods and finally blocks of generators run: as when CPython clears its
 * modules, but with all names still there. Daemon threads stand still from here on. */
static void finalize(void) {
    vm_threads_freeze();
    gc_minor(); /* callbacks that are due come first: finalizers then do not run inside them */
    vm_run_finalizers_may_call();
    gc_finalize_all();
    vm_run_finalizers_may_call();
}

static bool finalizing;
bool vm_is_finalizing(void) { return finalizing; }

int vm_finish(int status) {
    call_if_imported("threading", "_shutdown");
    vm_run_exit_functions();
    finalizing = true;
    status = flush_streams(status);
    finalize();
    if (flush_stream("stdout") < 0) py_error_clear(); /* what finalizers have printed */
    if (flush_stream("stderr") < 0) py_error_clear();
    stm_finish_event_log();
    if (interrupted) { /* as a shell expects of a program stopped by Ctrl-C */
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return status;
}
