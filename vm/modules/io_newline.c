/* Module _io: universal newlines, and IncrementalNewlineDecoder. */
#include "vm/modules/io.h"
#include "vm/objects/str.h"

/* Turns \r and \r\n into \n if `translate`; notes which kinds there were. A \r at the end waits in *pending_cr for what follows,
 * unless `final`. */
Value io_translate_newlines(Value text, bool translate, bool *pending_cr, bool final, uint64_t *seen) {
    if (*pending_cr && (str_length(text) || final)) {
        text = py_str_concat(py_str_char('\r'), text);
        *pending_cr = false;
        if (!text) return 0;
    }
    size_t length = str_length(text);
    if (length && str_at(text, length - 1) == '\r' && !final) {
        *pending_cr = true;
        text = py_str_substring(text, 0, --length);
        if (!text) return 0;
    }
    StrView view = str_view(text);
    bool has_cr = false;
    for (size_t i = 0; i < length; i++) {
        uint32_t c = view_char(&view, i);
        if (c == '\n') {
            *seen |= SEEN_LF;
        } else if (c == '\r') {
            bool pair = i + 1 < length && view_char(&view, i + 1) == '\n';
            *seen |= pair ? SEEN_CRLF : SEEN_CR;
            i += pair;
            has_cr = true;
        }
    }
    if (!translate || !has_cr) return text;
    PyStrBuilder builder;
    py_builder_init(&builder);
    for (size_t i = 0; i < length; i++) {
        view = str_view(text);
        uint32_t c = view_char(&view, i);
        if (c == '\r') {
            if (i + 1 < length && view_char(&view, i + 1) == '\n') i++;
            c = '\n';
        }
        if (py_builder_char(&builder, c) < 0) return 0;
    }
    return py_builder_finish(&builder);
}

Value io_newlines_seen(uint64_t seen) {
    static const char *const kinds[] = {"\r", "\n", "\r\n"};
    Value found[3];
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        if (seen >> i & 1) found[n++] = py_intern_c(kinds[i]);
    return n == 0 ? VM_NONE : n == 1 ? found[0] : py_tuple_from(found, n);
}

static int64_t find_char(const StrView *view, int64_t start, uint32_t c) {
    if (view->width == 1) {
        const char *data = view->data, *found = memchr(data + start, (int)c, view->length - (size_t)start);
        return found ? found - data : -1;
    }
    for (size_t i = (size_t)start; i < view->length; i++)
        if (view_char(view, i) == c) return (int64_t)i;
    return -1;
}

int64_t io_find_line_end(Value text, int64_t start, Value newline) {
    StrView view = str_view(text);
    size_t kind = newline == VM_NONE ? 1 : str_length(newline);
    if (kind == 0) { /* any of the three: \r at the end may still become \r\n */
        for (size_t i = (size_t)start; i < view.length; i++) {
            uint32_t c = view_char(&view, i);
            if (c == '\n') return (int64_t)i + 1;
            if (c != '\r') continue;
            if (i + 1 == view.length) return -1;
            return (int64_t)i + (view_char(&view, i + 1) == '\n' ? 2 : 1);
        }
        return -1;
    }
    uint32_t first = newline == VM_NONE ? '\n' : str_at(newline, 0);
    for (int64_t at = start; (at = find_char(&view, at, first)) >= 0; at++) {
        if (kind == 1) return at + 1;
        if ((size_t)at + 1 < view.length && view_char(&view, (size_t)at + 1) == '\n') return at + 2;
    }
    return -1;
}

/* ---- IncrementalNewlineDecoder ---------------------------------------------------------------------------------------------------------- */

enum { NEWLINE_TRANSLATE = 1, NEWLINE_PENDING = 2 };

IO(newline_init) {
    int translate = py_truth(args[2]);
    if (translate < 0) return 0;
    NewlineDecoder GS *d = REF(NewlineDecoder, args[0]);
    SET(d, decoder, args[1]);
    SET(d, flags, translate ? NEWLINE_TRANSLATE : 0);
    SET(d, errors, args[3] ? args[3] : NAME(strict_errors));
    return VM_NONE;
}
IO_INIT(newline_init_slot, newline_init, "IncrementalNewlineDecoder", "(decoder, translate, errors='strict')", 3)

IO(newline_decode) {
    NewlineDecoder GS *d = REF(NewlineDecoder, args[0]);
    int final = args[2] ? py_truth(args[2]) : 0;
    Value decoder = GET(d, decoder), text = args[1];
    if (final < 0) return 0;
    if (decoder && decoder != VM_NONE) {
        const Value decode_args[] = {args[1], vm_bool(final)};
        text = py_call_method(decoder, "decode", 2, decode_args);
    }
    if (!text) return 0;
    if (!py_is_str(text)) return py_raise(TYPE_TypeError, "decoder should return a string result, not '%T'", text);
    uint64_t flags = GET(d, flags), seen = GET(d, seen);
    bool pending = flags & NEWLINE_PENDING;
    text = io_translate_newlines(text, flags & NEWLINE_TRANSLATE, &pending, final, &seen);
    if (!text) return 0;
    SET(d, seen, seen);
    SET(d, flags, (flags & NEWLINE_TRANSLATE) | (pending ? NEWLINE_PENDING : 0));
    return text;
}

IO(newline_getstate) {
    NewlineDecoder GS *d = REF(NewlineDecoder, args[0]);
    Value decoder = GET(d, decoder), buffer = py_bytes_new("", 0);
    int64_t flag = 0;
    if (decoder && decoder != VM_NONE) {
        Value state = py_call_method(decoder, "getstate", 0, 0);
        if (!state) return 0;
        if (!py_is_tuple(state) || tuple_length(state) != 2) return py_raise(TYPE_TypeError, "illegal decoder state");
        buffer = tuple_item(state, 0);
        flag = py_index_int64(tuple_item(state, 1), "OverflowError");
        if (flag == -1 && py_error()) return 0;
    }
    return py_tuple_pack(2, buffer, int_make(flag << 1 | ((GET(d, flags) & NEWLINE_PENDING) != 0)));
}
IO(newline_setstate) {
    NewlineDecoder GS *d = REF(NewlineDecoder, args[0]);
    if (!py_is_tuple(args[1]) || tuple_length(args[1]) != 2) return py_raise(TYPE_TypeError, "state argument must be a tuple");
    int64_t flag = py_index_int64(tuple_item(args[1], 1), "OverflowError");
    if (flag == -1 && py_error()) return 0;
    SET(d, flags, (GET(d, flags) & NEWLINE_TRANSLATE) | (flag & 1 ? NEWLINE_PENDING : 0));
    Value decoder = GET(d, decoder);
    if (!decoder || decoder == VM_NONE) return VM_NONE;
    Value state = py_tuple_pack(2, tuple_item(args[1], 0), int_make(flag >> 1));
    return state ? py_call_method(decoder, "setstate", 1, &state) : 0;
}
IO(newline_reset) {
    NewlineDecoder GS *d = REF(NewlineDecoder, args[0]);
    SET(d, seen, 0);
    SET(d, flags, GET(d, flags) & NEWLINE_TRANSLATE);
    Value decoder = GET(d, decoder);
    return decoder && decoder != VM_NONE ? py_call_method(decoder, "reset", 0, 0) : VM_NONE;
}
static Value newline_newlines(Value self) { return io_newlines_seen(GET(REF(NewlineDecoder, self), seen)); }

static const PyMethodDef newline_methods[] = {{"decode", "($self, /, input, final=False)", newline_decode, 0, 0},
                                              {"getstate", "($self, /)", newline_getstate, 0, 0},
                                              {"setstate", "($self, state, /)", newline_setstate, 0, 0},
                                              {"reset", "($self, /)", newline_reset, 0, 0},
                                              {0}};
static const PyGetSetDef newline_getsets[] = {{"newlines", newline_newlines, 0, 0}, {0}};
const PyTypeSpec py_spec_newline_decoder = {.doc = "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nCodec used when reading a file in universal newlines mode.",
                                            .slots = {.new = io_new, .init = newline_init_slot},
                                            .methods = newline_methods,
                                            .getsets = newline_getsets,
                                            .raw_words = 2,
                                            .module = "_io"};
