/* The interactive prompt: lines are gathered until they make a statement, which is compiled in mode "single" and run. */
#include "vm/console.h"
#include "vm/exec/code.h"
#include "vm/front/compile.h"
#include "vm/run_main.h"
#include <errno.h>
#include <stdlib.h>

void vm_interactive_banner(void) {
    fprintf(stderr, "Python %s on linux\n", vm_version_text());
    if (!vm_options.no_site) fputs("Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n", stderr);
}

static void report(const char *what) {
    if (what) fprintf(stderr, "%s\n", what);
    if (py_error()) vm_show_pending_error();
}

void vm_interactive_startup(Value dict) {
    const char *path = vm_options.ignore_environment ? 0 : getenv("PYTHONSTARTUP");
    if (!path || !*path) return;
    FILE *file = fopen(path, "re");
    if (!file) {
        py_raise_errno(errno, py_decode_fs(path, strlen(path)));
        return report("Could not open PYTHONSTARTUP");
    }
    fclose(file);
    if (vm_exec_source_file(path, path, dict) < 0) report(0);
}

void vm_interactive_hook(void) {
    Value hook = vm_sys_get("__interactivehook__");
    if (hook && !py_call0(hook)) report("Failed calling sys.__interactivehook__");
}

/* ---- reading a statement ------------------------------------------------------------------------------------------------ */

/* sys.ps1 or sys.ps2 as bytes of the terminal. */
static Value prompt_of(const char *name) {
    Value prompt = vm_sys_get(name), text = prompt ? py_str(prompt) : NAME(empty);
    if (!text) py_error_clear(), text = NAME(empty);
    Value bytes = py_encode(text, "utf-8", "backslashreplace");
    if (!bytes) py_error_clear();
    return bytes ? bytes : py_bytes_new("", 0);
}

static Value decode_line(Value bytes) {
    Value in = vm_sys_get("stdin"), encoding = in && in != VM_NONE ? py_getattr_opt(in, py_intern_c("encoding")) : VM_UNBOUND;
    if (!encoding) py_error_clear();
    const char *name = encoding && is_ref(encoding) && py_is_str(encoding) ? py_str_utf8(encoding, 0) : "utf-8";
    char copy[64];
    snprintf(copy, sizeof copy, "%s", name ? name : "utf-8");
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    return py_decode(stm_flat(bytes_data(bytes), length, false), length, copy, "strict");
}

static bool is_blank(const char *text) {
    for (; *text; text++) {
        if (*text == '#') text += strcspn(text, "\n");
        if (!*text) break;
        if (!strchr(" \t\f\r\n", *text)) return false;
    }
    return true;
}

/* Lines up to the end of a statement, as a str: empty at the end of input, 0 with an exception. */
static Value read_statement(uint32_t flags) {
    Value text = NAME(empty);
    for (const char *prompt = "ps1";; prompt = "ps2") {
        Value bytes = vm_console_line(prompt_of(prompt));
        if (!bytes || REF(PyBytes, bytes)->length == 0) return bytes ? text : 0;
        Value line = decode_line(bytes);
        if (!line || !(text = py_str_concat(text, line))) return 0;
        size_t length;
        const char *utf8 = py_str_utf8(text, &length);
        if (!utf8) return 0;
        if (is_blank(utf8) || !vm_source_is_incomplete_may_call(utf8, length, flags)) return text;
    }
}

/* ---- running it ------------------------------------------------------------------------------------------------------------ */

static Value compile_statement(Value text, uint32_t *flags) {
    size_t length;
    const char *utf8 = py_str_utf8(text, &length);
    char *copy = utf8 ? malloc(length + 1) : 0;
    if (!copy) return utf8 ? py_raise_memory() : 0;
    memcpy(copy, utf8, length + 1);
    Value code = vm_compile(copy, length, "<stdin>", "single", *flags | VM_COMPILE_IGNORE_COOKIE, vm_options.optimize, true);
    free(copy);
    if (code) *flags |= vm_code(REF(PyCode, code)->code_id)->flags & COMPILE_FUTURE_MASK; /* from __future__ holds from here on */
    return code;
}

static void flush(const char *name) {
    Value stream = vm_sys_get(name);
    if (!stream || stream == VM_NONE || !py_call_method(stream, "flush", 0, 0)) py_error_clear();
}

/* One statement. 1: go on; 0: the input has ended; -1: with an exception. */
static int run_statement(Value dict, uint32_t *flags) {
    Value text = read_statement(*flags);
    if (!text) {
        if (py_error_is(TYPE_KeyboardInterrupt)) fputc('\n', stderr);
        return -1;
    }
    if (REF(PyStr, text)->length == 0) return 0;
    const char *utf8 = py_str_utf8(text, 0);
    if (utf8 && is_blank(utf8)) return 1;
    Value code = compile_statement(text, flags), exec = code ? py_dict_get_c(vm_runtime.builtins_dict, "exec") : 0;
    return exec && py_call2(exec, code, dict) ? 1 : -1;
}

int vm_interactive(Value dict) {
    uint32_t flags = 0;
    int more = 1;
    if ((!vm_sys_get("ps1") && vm_sys_set("ps1", py_intern_c(">>> ")) < 0) || (!vm_sys_get("ps2") && vm_sys_set("ps2", py_intern_c("... ")) < 0))
        return vm_status_of_error();
    while (more) {
        more = run_statement(dict, &flags);
        if (more < 0) {
            if (py_error_is(TYPE_SystemExit)) return vm_status_of_error();
            vm_show_pending_error();
        }
        flush("stderr");
        flush("stdout");
    }
    return 0;
}
