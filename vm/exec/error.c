/* The thread's pending exception, raising from C, and message formatting.
 *
 * I1. VmThread.exception is 0 or an instance of BaseException (never a class), with __context__ set already: set_pending is
 *     the only place that stores a new one.
 * I2. Raising needs no Python code, except where a message shows a repr. */
#include "vm/exec/frame.h"
#include "vm/objects/type.h"
#include <errno.h>
#include <stdio.h>

Value py_error(void) { return vm_thread()->exception; }

bool py_error_is(uint32_t type_id) {
    Value exception = vm_thread()->exception;
    return exception && py_type_is_subtype(py_type_of(exception), py_type(type_id));
}

void py_error_clear(void) { vm_thread()->exception = 0; }

Value py_error_take(void) {
    Value exception = vm_thread()->exception;
    vm_thread()->exception = 0;
    return exception;
}

void py_error_restore(Value exception_or_0) { vm_thread()->exception = exception_or_0; }

/* The exception's context, or 0. */
static Value context_of(Value exception) {
    Value context = GET(REF(PyException, exception), context);
    return context && is_ref(context) ? context : 0;
}

/* Cut `exception` out of the chain of contexts that starts at `handled`, so that linking it in front makes no cycle.
 * Programs can have made a cycle before: `slow` follows at half the pace, and is met in one. */
static void avoid_context_cycle(Value handled, Value exception) {
    Value at = handled, slow = handled;
    bool follow = false;
    for (Value next; (next = context_of(at)); at = next) {
        if (next == exception) {
            SET(REF(PyException, at), context, VM_NONE);
            return;
        }
        if (next == slow) return;
        if (follow) slow = context_of(slow);
        follow = !follow;
    }
}

static void set_pending(Value exception) {
    VmThread *thread = vm_thread();
    Value handled = thread->handled;
    if (handled && is_ref(handled) && handled != exception) {
        avoid_context_cycle(handled, exception);
        SET(REF(PyException, exception), context, handled);
    }
    thread->exception = exception;
}

Value py_raise_object(Value exception) {
    set_pending(exception);
    return 0;
}

Value py_raise_value(uint32_t type_id, Value arg) {
    Value exception = py_alloc_id(type_id, 0);
    if (!exception) return 0;
    Value args = py_tuple_from(&arg, 1);
    if (!args) return 0;
    REF(PyException, exception)->args = args;
    if (type_id == TYPE_StopIteration) REF(PyStopIteration, exception)->value = arg;
    if (type_id == TYPE_SystemExit) REF(PySystemExit, exception)->code = arg;
    if (type_id == TYPE_ImportError || type_id == TYPE_ModuleNotFoundError) REF(PyImportError, exception)->msg = arg;
    set_pending(exception);
    return 0;
}

static Value raise_formatted(uint32_t type_id, const char *format, va_list ap) {
    Value message = py_format_message(format, ap);
    return message ? py_raise_value(type_id, message) : 0;
}

Value py_raise(uint32_t type_id, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    raise_formatted(type_id, format, ap);
    va_end(ap);
    return 0;
}

int py_raise_int(uint32_t type_id, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    raise_formatted(type_id, format, ap);
    va_end(ap);
    return -1;
}

Value py_raise_memory(void) {
    Value exception = py_alloc_id(TYPE_MemoryError, 0);
    if (!exception) return 0;
    REF(PyException, exception)->args = py_tuple_new(0);
    set_pending(exception);
    return 0;
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

static int append_value(PyStrBuilder *builder, char conversion, Value v) {
    Value text = 0;
    switch (conversion) {
    case 'R': text = py_repr(v); break;
    case 'S': text = py_str(v); break;
    case 'A': text = py_ascii(v); break;
    case 'T': text = type_full_name(py_type_of(v)); break; /* built-in: with its module */
    case 'N': text = py_type_name(v); break;
    case 'F': text = type_full_name(v); break;
    }
    return text ? py_builder_str(builder, text) : -1;
}

static int append_utf8(PyStrBuilder *builder, const char *s) {
    Value text = py_str_c(s ? s : "(null)");
    return text ? py_builder_str(builder, text) : -1;
}

/* One conversion, `spec` at its '%'; `*end` receives the character after it. Precision (%.200s) is honoured for strings. */
static int append_conversion(PyStrBuilder *builder, const char *spec, const char **end, va_list *ap) {
    char number[400], plain[16];
    const char *p = spec + 1;
    while (strchr("0123456789.-+#", *p) && *p) p++;
    int longs = 0;
    bool size = false;
    for (; *p == 'l' || *p == 'z'; p++) *p == 'l' ? (void)longs++ : (void)(size = true);
    size_t length = (size_t)(p + 1 - spec);
    if (length >= sizeof plain) stm_fatal("message format too long: %s", spec);
    memcpy(plain, spec, length);
    plain[length] = 0;
    *end = p + 1;
    switch (*p) {
    case '%': return py_builder_char(builder, '%');
    case 'c': return py_builder_char(builder, (uint32_t)va_arg(*ap, int));
    case 'R':
    case 'S':
    case 'A':
    case 'T':
    case 'N':
    case 'F': return append_value(builder, *p, va_arg(*ap, Value));
    case 's': {
        const char *s = va_arg(*ap, const char *);
        if (length == 2) return append_utf8(builder, s);
        snprintf(number, sizeof number, plain, s ? s : "(null)");
        return append_utf8(builder, number);
    }
    case 'd':
    case 'i':
        if (longs || size) snprintf(number, sizeof number, plain, va_arg(*ap, long));
        else snprintf(number, sizeof number, plain, va_arg(*ap, int));
        break;
    case 'u':
    case 'x':
        if (longs || size) snprintf(number, sizeof number, plain, va_arg(*ap, unsigned long));
        else snprintf(number, sizeof number, plain, va_arg(*ap, unsigned));
        break;
    case 'p': snprintf(number, sizeof number, "%p", va_arg(*ap, void *)); break;
    default: stm_fatal("unknown conversion in message format: %s", spec);
    }
    return py_builder_ascii(builder, number, strlen(number));
}

Value py_format_message(const char *format, va_list arguments) {
    PyStrBuilder builder;
    py_builder_init(&builder);
    va_list ap;
    va_copy(ap, arguments);
    int status = 0;
    for (const char *p = format; *p && status == 0;) {
        size_t run = strcspn(p, "%");
        if (run) {
            Value text = py_str_new(p, run);
            status = text ? py_builder_str(&builder, text) : -1;
            p += run;
        } else {
            status = append_conversion(&builder, p, &p, &ap);
        }
    }
    va_end(ap);
    return status == 0 ? py_builder_finish(&builder) : 0;
}

Value py_str_format(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Value text = py_format_message(format, ap);
    va_end(ap);
    return text;
}

/* ---- OSError -------------------------------------------------------------------------------------------------- */

uint32_t py_oserror_type(int err) {
    switch (err) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS: return TYPE_BlockingIOError;
    case EPIPE:
    case ESHUTDOWN: return TYPE_BrokenPipeError;
    case ECHILD: return TYPE_ChildProcessError;
    case ECONNABORTED: return TYPE_ConnectionAbortedError;
    case ECONNREFUSED: return TYPE_ConnectionRefusedError;
    case ECONNRESET: return TYPE_ConnectionResetError;
    case EEXIST: return TYPE_FileExistsError;
    case ENOENT: return TYPE_FileNotFoundError;
    case EINTR: return TYPE_InterruptedError;
    case EISDIR: return TYPE_IsADirectoryError;
    case ENOTDIR: return TYPE_NotADirectoryError;
    case EACCES:
    case EPERM: return TYPE_PermissionError;
    case ESRCH: return TYPE_ProcessLookupError;
    case ETIMEDOUT: return TYPE_TimeoutError;
    default: return TYPE_OSError;
    }
}

Value py_raise_errno(int err, Value filename_or_0) {
    Value exception = py_alloc_id(py_oserror_type(err), 0);
    Value text = py_str_c(strerror(err));
    if (!exception || !text) return 0;
    PyOSError GS *e = REF(PyOSError, exception);
    e->err = int_make(err);
    e->strerror = text;
    e->filename = filename_or_0;
    Value args[2] = {int_make(err), text};
    e->args = py_tuple_from(args, 2);
    if (!e->args) return 0;
    return py_raise_object(exception);
}

/* ---- warnings and unraisable errors ------------------------------------------------------------------------------ */

int py_warn(uint32_t category_type_id, int stack_level, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Value message = py_format_message(format, ap);
    va_end(ap);
    if (!message) return -1;
    Value warn = py_import_attr("_warnings", "warn");
    if (!warn) return -1;
    return py_call3(warn, message, py_type(category_type_id), int_make(stack_level)) ? 0 : -1;
}
