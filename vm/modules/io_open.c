/* Module _io: open(), and the module. */
#include "vm/modules/io.h"
#include "vm/runtime.h"
#include <sys/stat.h>
#include <unistd.h>

typedef struct OpenMode {
    char raw[8]; /* for FileIO */
    bool reading, writing, updating, binary, text;
} OpenMode;

static int parse_mode(Value mode, OpenMode *out) {
    const char *text = py_str_utf8(mode, 0);
    if (!text) return -1;
    *out = (OpenMode){.text = false};
    int kinds = 0, seen[128] = {0};
    size_t n = 0;
    for (const char *p = text; *p; p++) {
        if (*p < 0 || !strchr("axrwb+t", *p) || seen[(int)*p]++) return py_raise_int(TYPE_ValueError, "invalid mode: %R", mode);
        if (strchr("axrw", *p)) kinds++, out->raw[n++] = *p;
        out->reading |= *p == 'r';
        out->writing |= *p == 'a' || *p == 'x' || *p == 'w';
        out->updating |= *p == '+';
        out->binary |= *p == 'b';
        out->text |= *p == 't';
    }
    if (out->updating) out->raw[n++] = '+';
    if (out->text && out->binary) return py_raise_int(TYPE_ValueError, "can't have text and binary mode at once");
    if (kinds > 1) return py_raise_int(TYPE_ValueError, "must have exactly one of create/read/write/append mode");
    return 0;
}

static int check_text_arguments(const OpenMode *mode, Value encoding, Value errors, Value newline) {
    if (!mode->binary) return 0;
    if (encoding != VM_NONE) return py_raise_int(TYPE_ValueError, "binary mode doesn't take an encoding argument");
    if (errors != VM_NONE) return py_raise_int(TYPE_ValueError, "binary mode doesn't take an errors argument");
    if (newline != VM_NONE) return py_raise_int(TYPE_ValueError, "binary mode doesn't take a newline argument");
    return 0;
}

static int64_t default_buffer(Value raw) {
    struct stat st;
    int64_t fd = GET(REF(FileIO, raw), fd);
    return fd >= 0 && fstat((int)fd, &st) == 0 && st.st_blksize > 1 ? st.st_blksize : IO_DEFAULT_BUFFER;
}

static Value wrap_text(Value buffer, Value encoding, Value errors, Value newline, bool line_buffering, Value mode) {
    const Value args[] = {buffer, encoding, errors, newline, vm_bool(line_buffering)};
    Value stream = py_call(py_type(TYPE_TEXT_IO), args, 5, 0);
    return stream && py_setattr(stream, py_intern_c("mode"), mode) == 0 ? stream : 0;
}

static Value close_and_fail(Value stream) {
    Value error = py_error_take();
    if (!py_call_method(stream, "close", 0, 0)) py_error_clear();
    py_error_restore(error);
    return 0;
}

Value io_open(const Value *args) {
    Value mode_value = args[1] ? args[1] : py_intern_c("r"), encoding = args[3] ? args[3] : VM_NONE, errors = args[4] ? args[4] : VM_NONE,
          newline = args[5] ? args[5] : VM_NONE, opener = args[7] ? args[7] : VM_NONE, file = args[0];
    if (!py_is_int(file) && !(file = fspath(file))) return 0;
    if (!py_is_str(mode_value)) return py_raise(TYPE_TypeError, "open() argument 'mode' must be str, not %T", mode_value);
    int64_t buffering = args[2] ? py_index_int64(args[2], "OverflowError") : -1;
    int close_fd = args[6] ? py_truth(args[6]) : 1;
    OpenMode mode;
    if ((buffering == -1 && py_error()) || close_fd < 0 || parse_mode(mode_value, &mode) < 0 ||
        check_text_arguments(&mode, encoding, errors, newline) < 0)
        return 0;
    if (mode.binary && buffering == 1 &&
        py_warn(TYPE_RuntimeWarning, 1, "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used") < 0)
        return 0;
    Value raw = file_io_open(py_type(TYPE_FILE_IO), file, mode.raw, close_fd, opener);
    if (!raw) return 0;
    bool line_buffering = buffering == 1 && !mode.binary;
    if (buffering == 0) {
        if (mode.binary) return raw;
        py_raise(TYPE_ValueError, "can't have unbuffered text I/O");
        return close_and_fail(raw);
    }
    if (buffering < 0 && !mode.binary && isatty((int)GET(REF(FileIO, raw), fd))) line_buffering = true;
    int64_t size = buffering > 1 ? buffering : default_buffer(raw);
    Value buffer = buffered_new(mode.updating ? TYPE_BUFFERED_RANDOM : mode.writing ? TYPE_BUFFERED_WRITER : TYPE_BUFFERED_READER, raw, size);
    if (!buffer) return close_and_fail(raw);
    if (mode.binary) return buffer;
    Value stream = wrap_text(buffer, encoding, errors, newline, line_buffering, mode_value);
    return stream ? stream : close_and_fail(buffer);
}

IO(module_open) { return io_open(args); }
IO(module_open_code) {
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "open_code() argument 'path' must be str, not %T", args[0]);
    const Value open_args[8] = {args[0], py_intern_c("rb")};
    return io_open(open_args);
}
IO(module_text_encoding) {
    if (args[0] != VM_NONE) return args[0];
    int64_t level = args[1] ? py_index_int64(args[1], "OverflowError") : 2;
    if ((level == -1 && py_error()) || io_warn_default_encoding(level) < 0) return 0;
    return vm_options.utf8_mode ? NAME(utf8) : py_intern_c("locale");
}

static const PyMethodDef io_functions[] = {
    {"open", "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)", module_open, 0,
     "Open file and return a stream.  Raise OSError upon failure."},
    {"open_code", "($module, /, path)", module_open_code, 0, "Opens the provided file with the intent to import the contents."},
    {"text_encoding", "($module, encoding, stacklevel=2, /)", module_text_encoding, 0, "A helper function to choose the text encoding."},
    {0}};

static int io_init(Value module) {
    static const uint32_t types[] = {TYPE_IO_BASE, TYPE_RAW_IO_BASE, TYPE_BUFFERED_IO_BASE, TYPE_TEXT_IO_BASE, TYPE_FILE_IO, TYPE_BYTES_IO,
                                     TYPE_BUFFERED_READER, TYPE_BUFFERED_WRITER, TYPE_BUFFERED_RANDOM, TYPE_BUFFERED_RWPAIR, TYPE_TEXT_IO,
                                     TYPE_STRING_IO, TYPE_NEWLINE_DECODER, TYPE_BlockingIOError};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    Value bases = py_tuple_pack(2, py_type(TYPE_OSError), py_type(TYPE_ValueError)), dict = py_dict_new();
    if (!bases || !dict || py_dict_set(dict, NAME(__module__), py_intern_c("io")) < 0) return -1;
    io_unsupported_operation = py_type_new_heap(py_type(TYPE_TYPE), py_intern_c("UnsupportedOperation"), bases, dict);
    if (!io_unsupported_operation) return -1;
    vm_root_register(&io_unsupported_operation);
    return py_module_add(module, "UnsupportedOperation", io_unsupported_operation) < 0 ? -1
                                                                                      : py_module_add(module, "DEFAULT_BUFFER_SIZE", int_make(IO_DEFAULT_BUFFER));
}
const PyModuleDef py_module_io = {.doc = "The io module provides the Python interfaces to stream handling.", .functions = io_functions, .init = io_init};
