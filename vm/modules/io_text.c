/* Module _io: TextIOWrapper: text over a buffered binary stream.
 *
 * Writing encodes at once into the buffer below, so there is no text waiting here. Reading decodes a chunk of bytes at a time: `decoded`
 * is the text of `chunk` (newlines translated), `decoded_used` how much of it has been read. UTF-8, ASCII and Latin-1 are
 * decoded here (`tail` keeps an unfinished character); other encodings by the incremental decoder of the codecs registry. */
#include "vm/modules/io.h"
#include "vm/objects/bytes.h"
#include "vm/objects/str.h"
#include "vm/runtime.h"
#include <langinfo.h>

enum {
    TEXT_READY = 1, TEXT_DETACHED = 2, TEXT_LINE_BUFFERING = 4, TEXT_WRITE_THROUGH = 8,
    TEXT_TRANSLATE_READ = 16,  /* newline=None */
    TEXT_UNIVERSAL = 32,       /* newline=None or "" */
    TEXT_WRITE_CRLF = 64, TEXT_WRITE_CR = 128,
    TEXT_NATIVE = 256,         /* decoded and encoded here */
    TEXT_PENDING_CR = 512, TEXT_EOF_CR = 1024,
    TEXT_UNREADABLE = 2048, TEXT_UNWRITABLE = 4096,
    TEXT_SEEN_SHIFT = 16       /* SEEN_* */
};

static TextIO GS *of(Value self) { return REF(TextIO, self); }
static uint64_t flags_of(Value self) { return GET(of(self), flags); }
static void set_flags(Value self, uint64_t flags) { SET(of(self), flags, flags); }

static Value buffer_of(Value self) {
    uint64_t flags = flags_of(self);
    if (flags & TEXT_READY) return GET(of(self), buffer);
    return py_raise(TYPE_ValueError, flags & TEXT_DETACHED ? "underlying buffer has been detached" : "I/O operation on uninitialized object");
}

static int check_open(Value self) {
    Value buffer = buffer_of(self);
    if (!buffer) return -1;
    if (is_buffered_writer(buffer) || is_buffered_reader(buffer)) {
        Value raw = GET(REF(Buffered, buffer), raw);
        if (is_ref(raw) && vm_type_of(raw)->id == TYPE_FILE_IO)
            return GET(REF(FileIO, raw), fd) >= 0 ? 0 : py_raise_int(TYPE_ValueError, "I/O operation on closed file.");
    }
    Value closed = py_getattr_c(buffer, "closed");
    int yes = closed ? py_truth(closed) : -1;
    return yes > 0 ? py_raise_int(TYPE_ValueError, "I/O operation on closed file.") : yes;
}

static const char *c_text(Value text, char *out, size_t size) {
    const char *utf8 = py_str_utf8(text, 0);
    if (!utf8) return 0;
    strncpy(out, utf8, size - 1);
    out[size - 1] = 0;
    return out;
}

/* ---- construction ------------------------------------------------------------------------------------------------------------------------ */

static int set_newline(Value self, Value newline) {
    if (newline != VM_NONE && !py_is_str(newline))
        return py_raise_int(TYPE_TypeError, "illegal newline type: %T", newline);
    static const struct {
        const char *text;
        uint64_t flags;
    } kinds[] = {{"", TEXT_UNIVERSAL}, {"\n", 0}, {"\r", TEXT_WRITE_CR}, {"\r\n", TEXT_WRITE_CRLF}};
    uint64_t chosen = TEXT_UNIVERSAL | TEXT_TRANSLATE_READ;
    bool known = newline == VM_NONE;
    for (size_t i = 0; i < 4 && !known; i++)
        if ((known = py_str_equal_c(newline, kinds[i].text))) chosen = kinds[i].flags;
    if (!known) return py_raise_int(TYPE_ValueError, "illegal newline value: %R", newline);
    const uint64_t all = TEXT_UNIVERSAL | TEXT_TRANSLATE_READ | TEXT_WRITE_CR | TEXT_WRITE_CRLF;
    set_flags(self, (flags_of(self) & ~all) | chosen);
    SET(of(self), newline, newline == VM_NONE ? VM_NONE : newline);
    return 0;
}

/* Is the encoding one that is handled here? */
static bool is_native(const char *encoding) {
    char plain[16];
    size_t n = 0;
    for (const char *p = encoding; *p && n < sizeof plain - 1; p++)
        if (*p != '-' && *p != '_' && *p != ' ') plain[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    plain[n] = 0;
    static const char *const native[] = {"utf8", "ascii", "usascii", "latin1", "iso88591"};
    for (size_t i = 0; i < 5; i++)
        if (strcmp(plain, native[i]) == 0) return true;
    return false;
}

static int set_encoding(Value self, Value encoding, Value errors) {
    char name[64];
    if (!c_text(encoding, name, sizeof name)) return -1;
    SET(of(self), encoding, encoding);
    SET(of(self), errors, errors);
    SET(of(self), decoder, 0);
    SET(of(self), encoder, 0);
    if (is_native(name)) {
        set_flags(self, flags_of(self) | TEXT_NATIVE);
        return 0;
    }
    set_flags(self, flags_of(self) & ~(uint64_t)TEXT_NATIVE);
    Value lookup = py_import_attr("codecs", "lookup"), info = lookup ? py_call1(lookup, encoding) : 0;
    if (!info) return -1;
    Value is_text = py_getattr_opt(info, py_intern_c("_is_text_encoding"));
    if (is_text == VM_FALSE)
        return py_raise_int(TYPE_LookupError, "%R is not a text encoding; use codecs.open() to handle arbitrary codecs", encoding);
    Value make_decoder = py_getattr_c(info, "incrementaldecoder"), make_encoder = py_getattr_c(info, "incrementalencoder");
    Value decoder = make_decoder ? py_call1(make_decoder, errors) : 0, encoder = make_encoder && decoder ? py_call1(make_encoder, errors) : 0;
    if (!encoder) return -1;
    SET(of(self), decoder, decoder);
    SET(of(self), encoder, encoder);
    return 0;
}

static int set_flag_from(Value self, Value v, uint64_t flag) {
    int yes = v ? py_truth(v) : 0;
    if (yes < 0) return -1;
    set_flags(self, (flags_of(self) & ~flag) | (yes ? flag : 0));
    return 0;
}

/* args: self, buffer, encoding, errors, newline, line_buffering, write_through */
/* An encoder that begins with a byte order mark leaves it out, unless the stream is at its start. */
static int fix_encoder(Value self) {
    Value encoder = GET(of(self), encoder), buffer = GET(of(self), buffer), zero = int_make(0);
    int status = 0;
    if (!encoder || !io_true_attr(buffer, "seekable", &status)) return status;
    Value position = py_call_method(buffer, "tell", 0, 0);
    if (!position) return -1;
    int at_start = py_compare_bool(position, zero, PY_EQ);
    if (at_start) return at_start < 0 ? -1 : 0;
    return py_call_method(encoder, "setstate", 1, &zero) ? 0 : -1;
}

static int find_access(Value buffer, uint64_t *flags) {
    int status = 0;
    if (!io_true_attr(buffer, "readable", &status)) *flags |= TEXT_UNREADABLE;
    if (status == 0 && !io_true_attr(buffer, "writable", &status)) *flags |= TEXT_UNWRITABLE;
    return status;
}

int io_warn_default_encoding(int64_t level) {
    if (!vm_options.warn_default_encoding) return 0;
    return py_warn(TYPE_EncodingWarning, (int)level, "'encoding' argument not specified");
}

/* What encoding=None and "locale" stand for: the locale's, None in UTF-8 mode UTF-8. */
static Value default_encoding(bool locale) {
    if (vm_options.utf8_mode && !locale) return NAME(utf8);
    const char *name = nl_langinfo(CODESET);
    return *name ? py_intern_c(name) : NAME(utf8);
}

IO(text_init) {
    Value self = args[0], encoding = args[2] ? args[2] : VM_NONE, errors = args[3] ? args[3] : VM_NONE;
    if (encoding == VM_NONE && io_warn_default_encoding(1) < 0) return 0;
    bool locale = py_is_str(encoding) && py_str_equal_c(encoding, "locale");
    if (encoding == VM_NONE || locale) encoding = default_encoding(locale);
    if (errors == VM_NONE) errors = NAME(strict_errors);
    if (!py_is_str(encoding)) return py_raise(TYPE_TypeError, "TextIOWrapper() argument 'encoding' must be str or None, not %T", encoding);
    if (!py_is_str(errors)) return py_raise(TYPE_TypeError, "TextIOWrapper() argument 'errors' must be str or None, not %T", errors);
    set_flags(self, 0);
    if (set_newline(self, args[4] ? args[4] : VM_NONE) < 0 || set_encoding(self, encoding, errors) < 0 ||
        set_flag_from(self, args[5], TEXT_LINE_BUFFERING) < 0 || set_flag_from(self, args[6], TEXT_WRITE_THROUGH) < 0)
        return 0;
    SET(of(self), buffer, args[1]);
    SET(of(self), chunk_size, IO_DEFAULT_BUFFER);
    SET(of(self), decoded, 0);
    SET(of(self), decoded_used, 0);
    SET(of(self), chunk, 0);
    SET(of(self), tail, 0);
    uint64_t access = 0;
    if (find_access(args[1], &access) < 0 || fix_encoder(self) < 0) return 0;
    set_flags(self, flags_of(self) | access | TEXT_READY);
    return VM_NONE;
}
IO_INIT(text_init_slot, text_init, "TextIOWrapper", "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)", 6)

static Value text_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Value self = py_alloc(type, 0);
    if (self) io_finalize_later(self);
    return self;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------------------ */

static Value encode(Value self, Value text) {
    char encoding[64], errors[64];
    if (!(flags_of(self) & TEXT_NATIVE)) return py_call_method(GET(of(self), encoder), "encode", 1, &text);
    if (!c_text(GET(of(self), encoding), encoding, sizeof encoding) || !c_text(GET(of(self), errors), errors, sizeof errors)) return 0;
    return py_encode(text, encoding, errors);
}

static bool contains(Value text, uint32_t c) {
    StrView view = str_view(text);
    if (view.width == 1) return memchr(view.data, (int)c, view.length) != 0;
    for (size_t i = 0; i < view.length; i++)
        if (view_char(&view, i) == c) return true;
    return false;
}

static void forget_read_ahead(Value self) {
    if (!GET(of(self), decoded) && !GET(of(self), chunk)) return;
    SET(of(self), decoded, 0);
    SET(of(self), decoded_used, 0);
    SET(of(self), chunk, 0);
}

/* What a failed write leaves waiting is not tried again: CPython has it in chunks of its own, which are given up. */
static Value write_failed(Value buffer) {
    if (is_buffered_writer(buffer) && !py_error_is(TYPE_BlockingIOError)) buffered_give_up(buffer, IO_DEFAULT_BUFFER);
    return 0;
}

IO(text_write) {
    Value self = args[0], text = args[1];
    if (!py_is_str(text)) return py_raise(TYPE_TypeError, "write() argument must be str, not %T", text);
    if (check_open(self) < 0) return 0;
    Value buffer = GET(of(self), buffer);
    uint64_t flags = flags_of(self);
    if (flags & TEXT_UNWRITABLE) return io_unsupported("not writable");
    int64_t length = (int64_t)str_length(text);
    bool newline = (flags & (TEXT_LINE_BUFFERING | TEXT_WRITE_CR | TEXT_WRITE_CRLF)) && contains(text, '\n');
    bool flush = (flags & TEXT_WRITE_THROUGH) || ((flags & TEXT_LINE_BUFFERING) && (newline || contains(text, '\r')));
    if (newline && (flags & (TEXT_WRITE_CR | TEXT_WRITE_CRLF))) {
        const Value replace[] = {py_str_char('\n'), py_intern_c(flags & TEXT_WRITE_CR ? "\r" : "\r\n")};
        text = py_call_method(text, "replace", 2, replace);
        if (!text) return 0;
    }
    if ((flags & TEXT_NATIVE) && str_is_ascii(text) && is_buffered_writer(buffer)) { /* its bytes are its encoding */
        StrView view = str_view(text);
        if (buffered_write_flat(buffer, view.data, view.length) < 0) return write_failed(buffer);
    } else {
        Value bytes = encode(self, text);
        if (!bytes) return 0;
        if (!py_call_method(buffer, "write", 1, &bytes)) return write_failed(buffer);
    }
    forget_read_ahead(self);
    if (flush && !py_call_method(buffer, "flush", 0, 0)) return 0;
    return int_make(length);
}

IO(text_flush) {
    if (check_open(args[0]) < 0) return 0;
    return py_call_method(GET(of(args[0]), buffer), "flush", 0, 0);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------------------- */

/* How many bytes at the end of [data, data+length) are the start of an unfinished UTF-8 character. */
static size_t unfinished_tail(const uint8_t *data, size_t length) {
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        uint8_t c = data[length - back];
        if ((c & 0xc0) == 0x80) continue;
        size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return need > back ? back : 0;
    }
    return 0;
}

static Value decode_native(Value self, Value bytes, bool final) {
    char encoding[64], errors[64];
    Value tail = GET(of(self), tail);
    if (tail) bytes = py_binary(PY_OP_ADD, tail, bytes);
    if (!bytes || !c_text(GET(of(self), encoding), encoding, sizeof encoding) || !c_text(GET(of(self), errors), errors, sizeof errors)) return 0;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    const uint8_t *data = stm_flat(bytes_data(bytes), length, false);
    bool utf8 = encoding[0] == 'u' || encoding[0] == 'U';
    size_t keep = final || !utf8 || encoding[1] == 's' ? 0 : unfinished_tail(data, length);
    Value rest = keep ? py_bytes_new(data + length - keep, keep) : 0;
    if (keep && !rest) return 0;
    SET(of(self), tail, rest);
    return py_decode(stm_flat(bytes_data(bytes), length - keep, false), length - keep, encoding, errors);
}

static Value decode(Value self, Value bytes, bool final) {
    Value text;
    if (flags_of(self) & TEXT_NATIVE) {
        text = decode_native(self, bytes, final);
    } else {
        const Value decode_args[] = {bytes, vm_bool(final)};
        text = py_call_method(GET(of(self), decoder), "decode", 2, decode_args);
        if (text && !py_is_str(text)) return py_raise(TYPE_TypeError, "decoder should return a string result, not '%T'", text);
    }
    if (!text) return 0;
    uint64_t flags = flags_of(self), seen = flags >> TEXT_SEEN_SHIFT;
    if (!(flags & TEXT_UNIVERSAL)) return text;
    bool pending = flags & TEXT_PENDING_CR;
    text = io_translate_newlines(text, flags & TEXT_TRANSLATE_READ, &pending, final, &seen);
    flags = (flags & (((uint64_t)1 << TEXT_SEEN_SHIFT) - 1) & ~(uint64_t)TEXT_PENDING_CR) | seen << TEXT_SEEN_SHIFT;
    set_flags(self, flags | (pending ? TEXT_PENDING_CR : 0));
    return text;
}

static Value remaining(Value self) {
    Value decoded = GET(of(self), decoded);
    int64_t used = GET(of(self), decoded_used);
    if (!decoded) return NAME(empty);
    return used ? py_str_substring(decoded, (size_t)used, str_length(decoded)) : decoded;
}

/* What the buffer's method has returned, as a bytes object; 0 with TypeError. */
static Value checked_bytes(Value v, const char *method) {
    if (py_is_bytes(v)) return v;
    if (vm_type_of(v)->slots->get_buffer) return bytes_from_buffer(v);
    return py_raise(TYPE_TypeError, "underlying %s() should have returned a bytes-like object, not '%T'", method, v);
}

/* Decode the next chunk behind what is left: 1, 0 at the end of the file, -1. */
static int read_chunk(Value self) {
    Value buffer = GET(of(self), buffer), size = int_make(GET(of(self), chunk_size));
    Value bytes;
    if (is_buffered_reader(buffer)) {
        bytes = buffered_read1(buffer, int_value(size));
    } else {
        Value read1 = py_getattr_opt(buffer, py_intern_c("read1"));
        bytes = read1 == VM_UNBOUND ? py_call_method(buffer, "read", 1, &size) : read1 ? py_call1(read1, size) : 0;
    }
    if (!bytes) return -1;
    if (bytes == VM_NONE) return py_raise_int(TYPE_BlockingIOError, "read would block");
    if (!(bytes = checked_bytes(bytes, "read1"))) return -1;
    bool end = REF(PyBytes, bytes)->length == 0;
    Value left = remaining(self);
    Value kept = left && str_length(left) ? GET(of(self), chunk) : 0; /* tell() needs all bytes since the chunk's start */
    Value tail_before = GET(of(self), tail), text = left ? decode(self, bytes, end) : 0;
    if (!text) return -1;
    Value joined = str_length(left) ? py_str_concat(left, text) : text;
    Value all = kept ? py_binary(PY_OP_ADD, kept, bytes) : tail_before ? py_binary(PY_OP_ADD, tail_before, bytes) : bytes;
    if (!joined || !all) return -1;
    if (!kept) SET(of(self), decoded_used, 0);
    /* with kept bytes the text in front of `left` must stay countable: keep it whole */
    if (kept) joined = py_str_concat(GET(of(self), decoded), text);
    if (!joined) return -1;
    SET(of(self), decoded, joined);
    SET(of(self), chunk, all);
    return !end || str_length(text) > 0;
}

static int64_t available(Value self) {
    Value decoded = GET(of(self), decoded);
    return decoded ? (int64_t)str_length(decoded) - GET(of(self), decoded_used) : 0;
}

static Value take(Value self, int64_t count) {
    Value decoded = GET(of(self), decoded);
    int64_t used = GET(of(self), decoded_used);
    if (!count || !decoded) return NAME(empty);
    SET(of(self), decoded_used, used + count);
    if (used == 0 && count == (int64_t)str_length(decoded)) return decoded;
    return py_str_substring(decoded, (size_t)used, (size_t)(used + count));
}

static int before_reading(Value self) {
    if (check_open(self) < 0) return -1;
    Value buffer = GET(of(self), buffer);
    if (is_buffered_reader(buffer)) return 0;
    if (flags_of(self) & TEXT_UNREADABLE) return io_unsupported("not readable"), -1;
    return 0;
}

IO(text_read) {
    int64_t size;
    if (io_size_argument(args[1], &size) < 0 || before_reading(args[0]) < 0) return 0;
    Value self = args[0];
    if (size < 0) {
        Value head = take(self, available(self)), buffer = GET(of(self), buffer), minus = int_make(-1);
        if (!head) return 0;
        Value bytes = is_buffered_reader(buffer) ? buffered_read(buffer, -1) : py_call_method(buffer, "read", 1, &minus);
        if (bytes == VM_NONE) bytes = py_bytes_new("", 0);
        if (bytes) bytes = checked_bytes(bytes, "read");
        Value text = bytes ? decode(self, bytes, true) : 0;
        if (!text) return 0;
        forget_read_ahead(self);
        return str_length(head) ? py_str_concat(head, text) : text;
    }
    int status = 1;
    while (available(self) < size && status > 0) status = read_chunk(self);
    if (status < 0) return 0;
    int64_t have = available(self);
    return take(self, have < size ? have : size);
}

static Value read_line(Value self, int64_t limit) {
    int status = 1;
    int64_t searched = 0;
    for (;;) {
        Value decoded = GET(of(self), decoded);
        int64_t used = GET(of(self), decoded_used), end = -1;
        if (decoded) {
            uint64_t flags = flags_of(self);
            Value newline = flags & TEXT_TRANSLATE_READ ? VM_NONE : GET(of(self), newline);
            end = io_find_line_end(decoded, used + searched, newline);
        }
        if (end >= 0 || status == 0 || (limit >= 0 && available(self) >= limit)) {
            int64_t count = end >= 0 ? end - used : available(self);
            if (limit >= 0 && count > limit) count = limit;
            return take(self, count);
        }
        searched = available(self);
        if (searched) searched--; /* a \r at the end is looked at again */
        status = read_chunk(self);
        if (status < 0) return 0;
    }
}

IO(text_readline) {
    int64_t limit;
    if (io_size_argument(args[1], &limit) < 0 || before_reading(args[0]) < 0) return 0;
    return read_line(args[0], limit);
}

static Value text_next(Value self) {
    Value line;
    if (has_type(self, TYPE_TEXT_IO)) {
        line = before_reading(self) < 0 ? 0 : read_line(self, -1);
    } else {
        line = py_call_method(self, "readline", 0, 0);
        if (line && !py_is_str(line)) return py_raise(TYPE_OSError, "readline() should have returned a str object, not '%T'", line);
    }
    return line && str_length(line) == 0 ? VM_STOP : line;
}
static Value text_iter(Value self) { return check_open(self) < 0 ? 0 : self; }

/* ---- position --------------------------------------------------------------------------------------------------------------------------------- */

/* Bytes of `chunk` that made the characters read so far: what is left over is encoded to count it. Newline translation is undone
 * by walking the bytes. */
static int64_t bytes_read(Value self) {
    Value chunk = GET(of(self), chunk), decoded = GET(of(self), decoded);
    int64_t used = GET(of(self), decoded_used), length = chunk ? REF(PyBytes, chunk)->length : 0;
    if (!chunk || !decoded || used == (int64_t)str_length(decoded)) {
        Value tail = GET(of(self), tail);
        return length - (tail && chunk ? REF(PyBytes, tail)->length : 0) - ((flags_of(self) & TEXT_PENDING_CR) ? 1 : 0);
    }
    Value front = py_str_substring(decoded, 0, (size_t)used), bytes = front ? encode(self, front) : 0;
    if (!bytes) return -1;
    int64_t count = REF(PyBytes, bytes)->length, at = 0;
    if (!(flags_of(self) & TEXT_TRANSLATE_READ)) return count;
    for (int64_t i = 0; i < count && at < length; i++, at++)
        if (bytes_data(chunk)[at] == '\r' && at + 1 < length && bytes_data(chunk)[at + 1] == '\n') at++;
    return at;
}

IO(text_tell) {
    if (check_open(args[0]) < 0) return 0;
    Value self = args[0], buffer = GET(of(self), buffer);
    if (!py_call_method(self, "flush", 0, 0)) return 0;
    Value position = py_call_method(buffer, "tell", 0, 0), chunk = GET(of(self), chunk);
    int64_t at = position ? py_index_int64(position, "OverflowError") : -1;
    if (at == -1 && py_error()) return 0;
    if (!chunk) return position;
    int64_t done = bytes_read(self);
    return done < 0 ? 0 : py_int_from_i64(at - REF(PyBytes, chunk)->length + done);
}

static int reset_reading(Value self) {
    forget_read_ahead(self);
    SET(of(self), tail, 0);
    set_flags(self, flags_of(self) & ~(uint64_t)TEXT_PENDING_CR);
    Value decoder = GET(of(self), decoder);
    return decoder && !py_call_method(decoder, "reset", 0, 0) ? -1 : 0;
}

IO(text_seek) {
    int whence = 0;
    Value self = args[0];
    if (check_open(self) < 0 || (args[2] && int_argument(args[2], &whence) < 0)) return 0;
    Value target = py_index(args[1]);
    if (!target) return 0;
    bool zero = target == int_make(0);
    if (whence == 1 && !zero) return io_unsupported("can't do nonzero cur-relative seeks");
    if (whence == 2 && !zero) return io_unsupported("can't do nonzero end-relative seeks");
    if (whence < 0 || whence > 2) return py_raise(TYPE_ValueError, "invalid whence (%d, should be 0, 1 or 2)", whence);
    if (whence == 0 && py_int_compare(target, int_make(0)) < 0) return py_raise(TYPE_ValueError, "negative seek position %R", target);
    if (whence == 1) {
        const Value tell_args[] = {self};
        target = text_tell(tell_args, 1, 0);
        whence = 0;
        if (!target) return 0;
    }
    if (!py_call_method(self, "flush", 0, 0) || reset_reading(self) < 0) return 0;
    const Value seek_args[] = {target, int_make(whence)};
    Value position = py_call_method(GET(of(self), buffer), "seek", 2, seek_args), encoder = GET(of(self), encoder), start = int_make(0);
    if (!position || !encoder) return position;
    Value done = position == start ? py_call_method(encoder, "reset", 0, 0) : py_call_method(encoder, "setstate", 1, &start);
    return done ? position : 0;
}

IO(text_truncate) {
    Value position = args[1];
    if (check_open(args[0]) < 0 || !py_call_method(args[0], "flush", 0, 0)) return 0;
    if (!position || position == VM_NONE) position = text_tell(args, 1, 0);
    return position ? py_call_method(GET(of(args[0]), buffer), "truncate", 1, &position) : 0;
}

/* ---- state ---------------------------------------------------------------------------------------------------------------------------------------- */

IO(text_close) {
    Value buffer = buffer_of(args[0]), closed = buffer ? py_getattr_c(buffer, "closed") : 0;
    int already = closed ? py_truth(closed) : -1;
    if (already) return already < 0 ? 0 : VM_NONE;
    Value flushed = py_call_method(args[0], "flush", 0, 0), error = flushed ? 0 : py_error_take();
    return io_close_after(buffer, error);
}
IO(text_detach) {
    Value buffer = buffer_of(args[0]);
    if (!buffer || !py_call_method(args[0], "flush", 0, 0)) return 0;
    SET(of(args[0]), buffer, VM_NONE);
    set_flags(args[0], (flags_of(args[0]) & ~(uint64_t)TEXT_READY) | TEXT_DETACHED);
    return buffer;
}
IO(text_reconfigure) {
    Value self = args[0], encoding = args[1] ? args[1] : VM_NONE, errors = args[2] ? args[2] : VM_NONE;
    if (!buffer_of(self) || !py_call_method(self, "flush", 0, 0)) return 0;
    if (GET(of(self), decoded) && (encoding != VM_NONE || errors != VM_NONE || args[3]))
        return io_unsupported("It is not possible to set the encoding or newline of stream after the first read");
    if (encoding != VM_NONE || errors != VM_NONE) {
        if (errors == VM_NONE) errors = encoding == VM_NONE ? GET(of(self), errors) : NAME(strict_errors);
        if (encoding == VM_NONE) encoding = GET(of(self), encoding);
        if (!py_is_str(encoding) || !py_is_str(errors)) return py_raise(TYPE_TypeError, "reconfigure() argument must be str or None");
        if (set_encoding(self, encoding, errors) < 0 || fix_encoder(self) < 0) return 0;
    }
    if (args[3] && set_newline(self, args[3]) < 0) return 0;
    if (args[4] && args[4] != VM_NONE && set_flag_from(self, args[4], TEXT_LINE_BUFFERING) < 0) return 0;
    if (args[5] && args[5] != VM_NONE && set_flag_from(self, args[5], TEXT_WRITE_THROUGH) < 0) return 0;
    return VM_NONE;
}
IO(text_del) {
    if (!(flags_of(args[0]) & TEXT_READY)) return VM_NONE;
    io_dealloc_warn(GET(of(args[0]), buffer), args[0]);
    return io_closed_by_del(args[0], text_close(args, 1, 0));
}

#define TO_BUFFER(name)                                                                                               \
    IO(text_##name) {                                                                                                 \
        Value buffer = buffer_of(args[0]);                                                                            \
        return buffer ? py_call_method(buffer, #name, 0, 0) : 0;                                                      \
    }
TO_BUFFER(seekable)
TO_BUFFER(readable)
TO_BUFFER(writable)
TO_BUFFER(fileno)
TO_BUFFER(isatty)

static Value get_buffer(Value self) { return buffer_of(self); }
static Value get_encoding(Value self) { return GET(of(self), encoding); }
static Value get_errors(Value self) { return GET(of(self), errors); }
static Value get_newlines(Value self) { return io_newlines_seen(flags_of(self) >> TEXT_SEEN_SHIFT); }
static Value get_line_buffering(Value self) { return vm_bool((flags_of(self) & TEXT_LINE_BUFFERING) != 0); }
static Value get_write_through(Value self) { return vm_bool((flags_of(self) & TEXT_WRITE_THROUGH) != 0); }
static Value get_closed(Value self) {
    Value buffer = buffer_of(self);
    return buffer ? py_getattr_c(buffer, "closed") : 0;
}
static Value get_name(Value self) {
    Value buffer = buffer_of(self);
    return buffer ? py_getattr(buffer, NAME(name)) : 0;
}
static Value get_chunk_size(Value self) { return int_make(GET(of(self), chunk_size)); }
static int set_chunk_size(Value self, Value value) {
    int64_t size = value ? py_index_int64(value, "OverflowError") : -1;
    if (size == -1 && py_error()) return -1;
    if (size <= 0) return py_raise_int(TYPE_ValueError, "a strictly positive integer is required");
    SET(of(self), chunk_size, size);
    return 0;
}
/* VM_UNBOUND where there is none, or a detached stream cannot tell. */
static Value attribute_to_show(Value self, Value name) {
    Value v = py_getattr_opt(self, name);
    if (v || !py_error_is(TYPE_ValueError)) return v;
    py_error_clear();
    return VM_UNBOUND;
}
static Value text_repr(Value self) {
    if (!(flags_of(self) & (TEXT_READY | TEXT_DETACHED))) return buffer_of(self);
    Value name = attribute_to_show(self, NAME(name)), mode = name ? attribute_to_show(self, py_intern_c("mode")) : 0;
    if (!mode || io_repr_enter(self) < 0) return 0;
    Value shown_name = name == VM_UNBOUND ? NAME(empty) : py_str_format(" name=%R", name);
    Value shown_mode = mode == VM_UNBOUND ? NAME(empty) : py_str_format(" mode=%R", mode);
    py_repr_leave(self);
    if (!shown_name || !shown_mode) return 0;
    return py_str_format("<_io.TextIOWrapper%S%S encoding=%R>", shown_name, shown_mode, GET(of(self), encoding));
}

static const PyMethodDef text_methods[] = {
    {"write", "($self, text, /)", text_write, 0, 0},
    {"read", "($self, size=-1, /)", text_read, 0, 0},
    {"readline", "($self, size=-1, /)", text_readline, 0, 0},
    {"flush", "($self, /)", text_flush, 0, 0},
    {"close", "($self, /)", text_close, 0, 0},
    {"detach", "($self, /)", text_detach, 0, 0},
    {"reconfigure", "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)", text_reconfigure, 0, "Reconfigure the text stream with new parameters."},
    {"tell", "($self, /)", text_tell, 0, 0},
    {"seek", "($self, cookie, whence=0, /)", text_seek, 0, 0},
    {"truncate", "($self, pos=None, /)", text_truncate, 0, 0},
    {"seekable", "($self, /)", text_seekable, 0, 0},
    {"readable", "($self, /)", text_readable, 0, 0},
    {"writable", "($self, /)", text_writable, 0, 0},
    {"fileno", "($self, /)", text_fileno, 0, 0},
    {"isatty", "($self, /)", text_isatty, 0, 0},
    {"__del__", "($self, /)", text_del, 0, 0},
    {0}};
static const PyGetSetDef text_getsets[] = {{"buffer", get_buffer, 0, 0},
                                           {"encoding", get_encoding, 0, 0},
                                           {"errors", get_errors, 0, 0},
                                           {"newlines", get_newlines, 0, 0},
                                           {"line_buffering", get_line_buffering, 0, 0},
                                           {"write_through", get_write_through, 0, 0},
                                           {"closed", get_closed, 0, 0},
                                           {"name", get_name, 0, 0},
                                           {"_CHUNK_SIZE", get_chunk_size, set_chunk_size, 0},
                                           {0}};
const PyTypeSpec py_spec_text_io = {.doc = "TextIOWrapper(buffer, encoding=None, errors=None, newline=None,\n              line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.",
                                    .slots = {.new = text_new, .init = text_init_slot, .iter = text_iter, .next = text_next, .repr = text_repr},
                                    .methods = text_methods,
                                    .getsets = text_getsets,
                                    .raw_words = 3,
                                    .has_dict = true,
                                    .module = "_io"};
