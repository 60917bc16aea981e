/* Lines typed at the terminal. */
#include "vm/console.h"
#include "vm/exec/safepoint.h"
#include "vm/runtime.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

Value (*vm_console_editor)(const char *prompt);

/* The C buffer keeps what has been read of a longer input, as the prompt is its only reader. */
static Value plain_line(const char *prompt) {
    char *line = 0;
    size_t room = 0;
    ssize_t length;
    int err;
    for (;;) {
        VM_DETACHED("a line of standard input", fputs(prompt, stderr); fflush(stderr); errno = 0; length = getline(&line, &room, stdin); err = errno);
        if (length >= 0 || err != EINTR) break;
        clearerr(stdin);
        vm_c_memory_enter();
        int raised = vm_run_events_may_call();
        vm_c_memory_leave();
        prompt = "";
        if (raised < 0) break;
    }
    if (length < 0) clearerr(stdin); /* more may follow an end of file that was typed */
    Value bytes = py_error() ? 0 : py_bytes_new(length > 0 ? line : "", length > 0 ? (size_t)length : 0);
    free(line);
    return bytes;
}

Value vm_console_line(Value prompt) {
    char text[4096]; /* reading detaches: nothing of the heap then */
    int64_t length = REF(PyBytes, prompt)->length;
    if (length >= (int64_t)sizeof text) length = sizeof text - 1;
    memcpy(text, stm_flat(bytes_data(prompt), (size_t)length, false), (size_t)length);
    text[length] = 0;
    if (vm_console_editor && isatty(0) && isatty(1)) return vm_console_editor(text);
    return plain_line(text);
}

/* The descriptor behind a stream; -1 without exception if there is none. */
static int descriptor(Value stream) {
    Value number = py_call_method(stream, "fileno", 0, 0);
    int64_t fd = -1;
    if (!number || !py_is_int(number) || py_int_as_i64(number, &fd) != 0) fd = -1;
    py_error_clear();
    return (int)fd;
}

bool vm_console_owns(Value in, Value out) { return isatty(0) && isatty(1) && descriptor(in) == 0 && descriptor(out) == 1; }
