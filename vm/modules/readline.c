/* Module readline: editing of lines, history and completion by GNU Readline.
 *
 * The library is C memory with pointers and one for the process: whatever calls it is inevitable first. It calls back for completions
 * and hooks, which run Python code: it holds memory across those calls (vm_c_memory_enter). Waiting for a key is detached. */
#define _GNU_SOURCE
#include "vm/console.h"
#include "vm/exec/safepoint.h"
#include "vm/lazy_library.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/runtime.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <readline/history.h>
#include <readline/readline.h>

enum { HOOK_COMPLETER, HOOK_STARTUP, HOOK_PRE_INPUT, HOOK_DISPLAY, HOOK_COUNT };
static Value hooks; /* list of HOOK_COUNT: what was set, or None */
static int history_limit = -1; /* of history files; negative: none */
static bool auto_history = true;
static int completion_begin, completion_end; /* in characters */

/* The library's variables, where they are once it is loaded. */
#define VARIABLES(X)                                                                                                                   \
    X(history_base) X(history_length) X(rl_attempted_completion_function) X(rl_attempted_completion_over) X(rl_catch_signals)           \
    X(rl_completer_word_break_characters) X(rl_completion_append_character) X(rl_completion_display_matches_hook)                      \
    X(rl_completion_suppress_append) X(rl_completion_type) X(rl_instream) X(rl_library_version) X(rl_line_buffer) X(rl_outstream)       \
    X(rl_pre_input_hook) X(rl_readline_name) X(rl_readline_version) X(rl_startup_hook) X(emacs_meta_keymap)
static struct {
#define VARIABLE(name) typeof(name) *name;
    VARIABLES(VARIABLE)
#undef VARIABLE
} lib;

static void find_variables(void) {
#define VARIABLE(name) lib.name = vm_lazy_symbol(LAZY_readline, #name);
    VARIABLES(VARIABLE)
#undef VARIABLE
}

static void enter_library(void) { VM_C_SAFEPOINT(stm_become_inevitable("readline")); }

/* A str's bytes in a copy that lives as long as the caller's array. */
typedef struct Text {
    char data[8192];
} Text;
static int text_argument(Text *out, Value v, const char *function) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "%s() argument must be str, not %T", function, v);
    Value bytes = py_encode(v, "utf-8", "surrogateescape");
    if (!bytes) return -1;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    if (length >= sizeof out->data) return py_raise_int(TYPE_ValueError, "line is too long");
    memcpy(out->data, stm_flat(bytes_data(bytes), length, false), length);
    out->data[length] = 0;
    return memchr(out->data, 0, length) ? py_raise_int(TYPE_ValueError, "embedded null character") : 0;
}
static Value text_value(const char *text) { return py_decode_fs(text, strlen(text)); }

static int characters(const char *utf8, int bytes) {
    int count = 0;
    for (int i = 0; i < bytes; i++) count += (utf8[i] & 0xc0) != 0x80;
    return count;
}

/* ---- calls from the library ----------------------------------------------------------------------------------------------- */

static char *on_completion(const char *text, int state) {
    Value completer = py_list_item(hooks, HOOK_COMPLETER), word = completer == VM_NONE ? VM_NONE : text_value(text);
    if (completer == VM_NONE || !word) return 0;
    *lib.rl_attempted_completion_over = 1;
    vm_c_memory_enter();
    Value result = py_call2(completer, word, int_make(state));
    vm_c_memory_leave();
    Value bytes = result && py_is_str(result) ? py_encode(result, "utf-8", "surrogateescape") : 0;
    py_error_clear();
    if (!bytes) return 0;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    return strndup(stm_flat(bytes_data(bytes), length, false), length);
}

static char **complete(const char *text, int start, int end) {
    *lib.rl_completion_append_character = 0;
    *lib.rl_completion_suppress_append = 0;
    completion_begin = characters(*lib.rl_line_buffer, start);
    completion_end = characters(*lib.rl_line_buffer, end);
    return rl_completion_matches(text, on_completion);
}

static int run_hook(int hook) {
    Value function = py_list_item(hooks, hook);
    if (function == VM_NONE) return 0;
    vm_c_memory_enter();
    Value result = py_call0(function);
    vm_c_memory_leave();
    int64_t number = 0;
    if (result && py_is_int(result) && py_int_as_i64(result, &number) != 0) number = 0;
    py_error_clear();
    return (int)number;
}
static int on_startup(void) { return run_hook(HOOK_STARTUP); }
static int on_pre_input(void) { return run_hook(HOOK_PRE_INPUT); }

static void on_display(char **matches, int count, int longest) {
    Value list = py_list_new(0), word = text_value(matches[0]);
    for (int i = 1; list && i <= count; i++) {
        Value match = text_value(matches[i]);
        if (!match || py_list_append(list, match) < 0) list = 0;
    }
    vm_c_memory_enter();
    if (list && word) py_call3(py_list_item(hooks, HOOK_DISPLAY), word, list, int_make(longest));
    vm_c_memory_leave();
    py_error_clear();
}

/* ---- reading a line -------------------------------------------------------------------------------------------------------- */

static char *typed_line;
static bool line_is_done;
static void on_line(char *line) {
    typed_line = line;
    line_is_done = true;
    rl_callback_handler_remove();
}

static void keep_in_history(const char *line) {
    if (!auto_history || !*line) return;
    HIST_ENTRY *last = *lib.history_length ? history_get(*lib.history_base + *lib.history_length - 1) : 0;
    if (!last || strcmp(last->line, line) != 0) add_history(line);
}

static void abandon_line(void) {
    rl_free_line_state();
    rl_callback_sigcleanup();
    rl_cleanup_after_signal();
    rl_callback_handler_remove();
}

static Value edit_line(const char *prompt) {
    enter_library();
    typed_line = 0;
    line_is_done = false;
    vm_c_memory_enter();
    rl_callback_handler_install(prompt, on_line);
    while (!line_is_done) {
        struct pollfd input = {fileno(*lib.rl_instream), POLLIN, 0};
        int ready, err;
        VM_DETACHED("a line of the terminal", ready = poll(&input, 1, -1); err = errno);
        enter_library();
        if (ready > 0) rl_callback_read_char();
        else if (err == EINTR && vm_run_events_may_call() < 0) {
            enter_library();
            abandon_line();
            vm_c_memory_leave();
            return 0;
        }
    }
    vm_c_memory_leave();
    if (!typed_line) return py_bytes_new("", 0);
    keep_in_history(typed_line);
    size_t length = strlen(typed_line);
    typed_line[length] = '\n'; /* in the NUL's place */
    Value bytes = py_bytes_new(typed_line, length + 1);
    free(typed_line);
    return bytes;
}

/* ---- the library's settings -------------------------------------------------------------------------------------------------- */

FUNCTION(readline_parse_and_bind) {
    Text line;
    if (text_argument(&line, args[0], "parse_and_bind") < 0) return 0;
    enter_library();
    rl_parse_and_bind(line.data); /* writes to it */
    rl_variable_bind("enable-bracketed-paste", "off");
    return VM_NONE;
}

/* Functions of a file name: its default in the library is meant by None. */
static int file_argument(Path *path, Value v, const char *function, const char **name) {
    if (path_init(path, v, function, "filename", PATH_NONE) < 0) return -1;
    *name = path->object ? path->text : 0;
    enter_library();
    return 0;
}
static Value file_result(int err) { return err ? py_raise_errno(err, 0) : VM_NONE; }

FUNCTION(readline_read_init_file) {
    Path path;
    const char *name;
    if (file_argument(&path, args[0], "read_init_file", &name) < 0) return 0;
    int err = rl_read_init_file(name);
    rl_variable_bind("enable-bracketed-paste", "off");
    return file_result(err);
}
FUNCTION(readline_read_history_file) {
    Path path;
    const char *name;
    if (file_argument(&path, args[0], "read_history_file", &name) < 0) return 0;
    return file_result(read_history(name));
}
static Value written(const char *name, int err) {
    if (!err && history_limit >= 0) history_truncate_file(name, history_limit);
    return file_result(err);
}
FUNCTION(readline_write_history_file) {
    Path path;
    const char *name;
    if (file_argument(&path, args[0], "write_history_file", &name) < 0) return 0;
    return written(name, write_history(name));
}
FUNCTION(readline_append_history_file) {
    Path path;
    const char *name;
    int count;
    if (int_argument(args[0], &count) < 0 || file_argument(&path, args[1], "append_history_file", &name) < 0) return 0;
    if (count < 0) return py_raise(TYPE_ValueError, "nelements must be positive");
    return written(name, append_history(count, name));
}

/* ---- history ---------------------------------------------------------------------------------------------------------------------- */

FUNCTION(readline_get_history_length) { return int_make(history_limit); }
FUNCTION(readline_set_history_length) {
    int limit;
    if (int_argument(args[0], &limit) < 0) return 0;
    enter_library();
    history_limit = limit;
    return VM_NONE;
}
FUNCTION(readline_get_current_history_length) {
    enter_library();
    return int_make(*lib.history_length);
}
FUNCTION(readline_get_history_item) {
    int index;
    if (int_argument(args[0], &index) < 0) return 0;
    enter_library();
    HIST_ENTRY *entry = history_get(index);
    return entry ? text_value(entry->line) : VM_NONE;
}

FUNCTION(readline_add_history) {
    Text line;
    if (text_argument(&line, args[0], "add_history") < 0) return 0;
    enter_library();
    add_history(line.data);
    return VM_NONE;
}
static int position_argument(Value v, int *position) {
    if (int_argument(v, position) < 0) return -1;
    if (*position < 0) return py_raise_int(TYPE_ValueError, "History index cannot be negative");
    enter_library();
    return 0;
}
FUNCTION(readline_remove_history_item) {
    int position;
    if (position_argument(args[0], &position) < 0) return 0;
    HIST_ENTRY *entry = remove_history(position);
    if (!entry) return py_raise(TYPE_ValueError, "No history item at position %d", position);
    free_history_entry(entry);
    return VM_NONE;
}
FUNCTION(readline_replace_history_item) {
    int position;
    Text line;
    if (text_argument(&line, args[1], "replace_history_item") < 0 || position_argument(args[0], &position) < 0) return 0;
    HIST_ENTRY *entry = replace_history_entry(position, line.data, 0);
    if (!entry) return py_raise(TYPE_ValueError, "No history item at position %d", position);
    free_history_entry(entry);
    return VM_NONE;
}
FUNCTION(readline_clear_history) {
    enter_library();
    clear_history();
    return VM_NONE;
}
FUNCTION(readline_set_auto_history) {
    int on = py_truth(args[0]);
    if (on < 0) return 0;
    enter_library();
    auto_history = on;
    return VM_NONE;
}

/* ---- the line being edited -------------------------------------------------------------------------------------------------------- */

FUNCTION(readline_get_line_buffer) {
    enter_library();
    return text_value(*lib.rl_line_buffer ? *lib.rl_line_buffer : "");
}
FUNCTION(readline_insert_text) {
    Text text;
    if (text_argument(&text, args[0], "insert_text") < 0) return 0;
    enter_library();
    rl_insert_text(text.data);
    return VM_NONE;
}
FUNCTION(readline_redisplay) {
    enter_library();
    rl_redisplay();
    return VM_NONE;
}

/* ---- hooks and completion ------------------------------------------------------------------------------------------------------------ */

static Value set_hook(int hook, Value function, const char *name) {
    if (function && function != VM_NONE && !py_callable(function)) return py_raise(TYPE_TypeError, "%s(func): argument not callable", name);
    enter_library();
    py_list_set_item(hooks, hook, function ? function : VM_NONE);
    return VM_NONE;
}
FUNCTION(readline_set_completer) { return set_hook(HOOK_COMPLETER, args[0], "set_completer"); }
FUNCTION(readline_get_completer) { return py_list_item(hooks, HOOK_COMPLETER); }
FUNCTION(readline_set_startup_hook) { return set_hook(HOOK_STARTUP, args[0], "set_startup_hook"); }
FUNCTION(readline_set_pre_input_hook) { return set_hook(HOOK_PRE_INPUT, args[0], "set_pre_input_hook"); }
FUNCTION(readline_set_completion_display_matches_hook) {
    Value result = set_hook(HOOK_DISPLAY, args[0], "set_completion_display_matches_hook");
    if (result) *lib.rl_completion_display_matches_hook = py_list_item(hooks, HOOK_DISPLAY) == VM_NONE ? 0 : on_display;
    return result;
}
FUNCTION(readline_get_completion_type) {
    enter_library();
    return int_make(*lib.rl_completion_type);
}
FUNCTION(readline_get_begidx) {
    enter_library();
    return int_make(completion_begin);
}
FUNCTION(readline_get_endidx) {
    enter_library();
    return int_make(completion_end);
}
static char *delimiters;
static int set_delimiters(const char *text) {
    char *copy = strdup(text);
    if (!copy) return py_raise_memory(), -1;
    free(delimiters);
    *lib.rl_completer_word_break_characters = delimiters = copy;
    return 0;
}
FUNCTION(readline_set_completer_delims) {
    Text text;
    if (text_argument(&text, args[0], "set_completer_delims") < 0) return 0;
    enter_library();
    return set_delimiters(text.data) < 0 ? 0 : VM_NONE;
}
FUNCTION(readline_get_completer_delims) {
    enter_library();
    return text_value(delimiters);
}

static const PyMethodDef readline_functions[] = {
    {"parse_and_bind", "($module, string, /)", readline_parse_and_bind, 0, "Execute the init line provided in the string argument."},
    {"read_init_file", "($module, filename=None, /)", readline_read_init_file, 0, "Execute a readline initialization file."},
    {"read_history_file", "($module, filename=None, /)", readline_read_history_file, 0, "Load a readline history file."},
    {"write_history_file", "($module, filename=None, /)", readline_write_history_file, 0, "Save a readline history file."},
    {"append_history_file", "($module, nelements, filename=None, /)", readline_append_history_file, 0, "Append the last nelements items of the history list to file."},
    {"get_history_length", "($module, /)", readline_get_history_length, 0, "Return the maximum number of lines that will be written to the history file."},
    {"set_history_length", "($module, length, /)", readline_set_history_length, 0, "Set the maximal number of lines which will be written to the history file."},
    {"get_current_history_length", "($module, /)", readline_get_current_history_length, 0, "Return the current (not the maximum) length of history."},
    {"get_history_item", "($module, index, /)", readline_get_history_item, 0, "Return the current contents of history item at index."},
    {"add_history", "($module, string, /)", readline_add_history, 0, "Add an item to the history buffer."},
    {"remove_history_item", "($module, pos, /)", readline_remove_history_item, 0, "Remove history item given by its position."},
    {"replace_history_item", "($module, pos, line, /)", readline_replace_history_item, 0, "Replaces history item given by its position with contents of line."},
    {"clear_history", "($module, /)", readline_clear_history, 0, "Clear the current readline history."},
    {"set_auto_history", "($module, enabled, /)", readline_set_auto_history, 0, "Enables or disables automatic history."},
    {"get_line_buffer", "($module, /)", readline_get_line_buffer, 0, "Return the current contents of the line buffer."},
    {"insert_text", "($module, string, /)", readline_insert_text, 0, "Insert text into the line buffer at the cursor position."},
    {"redisplay", "($module, /)", readline_redisplay, 0, "Change what's displayed on the screen to reflect contents of the line buffer."},
    {"set_completer", "($module, function=None, /)", readline_set_completer, 0, "Set or remove the completer function."},
    {"get_completer", "($module, /)", readline_get_completer, 0, "Get the current completer function."},
    {"set_startup_hook", "($module, function=None, /)", readline_set_startup_hook, 0, "Set or remove the function invoked by the rl_startup_hook callback."},
    {"set_pre_input_hook", "($module, function=None, /)", readline_set_pre_input_hook, 0, "Set or remove the function invoked by the rl_pre_input_hook callback."},
    {"set_completion_display_matches_hook", "($module, function=None, /)", readline_set_completion_display_matches_hook, 0, "Set or remove the completion display function."},
    {"get_completion_type", "($module, /)", readline_get_completion_type, 0, "Get the type of completion being attempted."},
    {"get_begidx", "($module, /)", readline_get_begidx, 0, "Get the beginning index of the completion scope."},
    {"get_endidx", "($module, /)", readline_get_endidx, 0, "Get the ending index of the completion scope."},
    {"set_completer_delims", "($module, string, /)", readline_set_completer_delims, 0, "Set the word delimiters for completion."},
    {"get_completer_delims", "($module, /)", readline_get_completer_delims, 0, "Get the word delimiters for completion."},
    {0}};

static int start_library(void) {
    find_variables();
    *lib.rl_readline_name = "python";
    *lib.rl_instream = stdin;
    *lib.rl_outstream = stdout;
    *lib.rl_catch_signals = 0; /* Ctrl-C comes to Python's handler */
    using_history();
    rl_bind_key('\t', rl_insert);
    rl_bind_key_in_map('\t', rl_complete, *lib.emacs_meta_keymap);
    rl_bind_key_in_map('\033', rl_complete, *lib.emacs_meta_keymap);
    *lib.rl_startup_hook = on_startup;
    *lib.rl_pre_input_hook = on_pre_input;
    *lib.rl_attempted_completion_function = complete;
    if (set_delimiters(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?") < 0) return -1;
    if (!isatty(1)) rl_variable_bind("enable-meta-key", "off"); /* no escape sequence for a file or pipe */
    rl_initialize();
    rl_variable_bind("enable-bracketed-paste", "off"); /* the prompt takes pasted text line by line */
    return 0;
}

static int readline_init(Value module) {
    hooks = py_list_new(HOOK_COUNT);
    if (!hooks) return -1;
    vm_root_register(&hooks);
    if (start_library() < 0) return -1;
    vm_console_editor = edit_line;
    return py_module_add(module, "_READLINE_VERSION", int_make(RL_READLINE_VERSION)) < 0 ||
                   py_module_add(module, "_READLINE_RUNTIME_VERSION", int_make(*lib.rl_readline_version)) < 0 ||
                   py_module_add(module, "_READLINE_LIBRARY_VERSION", py_str_c(*lib.rl_library_version)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_readline = {
    .doc = "Importing this module enables command line editing using GNU readline.", .functions = readline_functions, .init = readline_init};
