/* Module _pickle: writing objects of built-in types, the memo and the frames. Others go by their reducers (pickle_reduce.c).
 *
 * The text grows in a buffer that the dump alone refers to; reducers run Python code between any two opcodes. */
#include "vm/modules/pickle.h"
#include "vm/objects/float.h"
#include "vm/objects/int.h"

/* ---- bytes, frames ------------------------------------------------------------------------------------------------ */

static void put_number(uint8_t *at, uint64_t n, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(n >> 8 * i);
}
int pickle_put(Pickle *p, const void *data, size_t n) { return byte_builder_add(p->framing ? &p->frame : &p->out, data, n); }
int pickle_op(Pickle *p, uint8_t op) { return pickle_put(p, &op, 1); }
static int put_op_number(Pickle *p, uint8_t op, uint64_t n, int bytes) {
    uint8_t text[9] = {op};
    put_number(text + 1, n, bytes);
    return pickle_put(p, text, (size_t)bytes + 1);
}
static int put_op_text(Pickle *p, uint8_t op, Value ascii_or_utf8) {
    size_t n;
    const char *text = py_str_utf8(ascii_or_utf8, &n);
    if (!text) return -1;
    return pickle_op(p, op) < 0 || pickle_put(p, text, n) < 0 || pickle_put(p, "\n", 1) < 0 ? -1 : 0;
}

/* What `out` has goes to the file. */
static int flush(Pickle *p) {
    if (!p->write || !p->out.length) return 0;
    Value bytes = byte_builder_finish(&p->out);
    p->out = (ByteBuilder){0};
    return bytes && py_call1(p->write, bytes) ? 0 : -1;
}
static int end_frame(Pickle *p) {
    if (!p->framing || !p->frame.length) return 0;
    uint8_t head[9] = {OP_FRAME};
    put_number(head + 1, p->frame.length, 8);
    if (p->frame.length >= PICKLE_FRAME_LEAST && byte_builder_add(&p->out, head, sizeof head) < 0) return -1;
    Value bytes = byte_builder_finish(&p->frame);
    p->frame = (ByteBuilder){0};
    if (!bytes) return -1;
    const uint8_t *data = stm_flat(bytes_data(bytes), bytes_length(bytes), false);
    return byte_builder_add(&p->out, data, bytes_length(bytes));
}
/* Between opcodes: a frame that has become long ends. */
static int opcode_boundary(Pickle *p) {
    if (!p->framing || p->frame.length < PICKLE_FRAME) return 0;
    return end_frame(p) < 0 ? -1 : flush(p);
}
/* A head and what follows it; long payloads stand outside of frames, and go to a file as they are. */
static int put_payload(Pickle *p, const uint8_t *head, size_t head_length, Value payload, size_t n) {
    bool framing = p->framing, large = n >= PICKLE_FRAME;
    if (large && framing && end_frame(p) < 0) return -1;
    if (large) p->framing = false;
    int status = pickle_put(p, head, head_length);
    if (status == 0 && large && p->write) {
        Value bytes = py_is_bytes(payload) ? payload : py_call1(py_type(TYPE_BYTES), payload);
        status = bytes && flush(p) == 0 && py_call1(p->write, bytes) ? 0 : -1;
    } else if (status == 0 && n) {
        ByteView view;
        status = byte_view_get(payload, &view);
        if (status == 0) {
            status = pickle_put(p, view.data, n);
            byte_view_release(&view);
        }
    }
    p->framing = framing;
    return status;
}

/* ---- the memo ------------------------------------------------------------------------------------------------------ */

int pickle_get(Pickle *p, Value v) {
    int64_t i = p->fast ? MEMO_ABSENT : pickle_memo_find(p->pickler, v);
    if (i < 0) return i == MEMO_ABSENT ? 0 : -1;
    char text[32];
    int status = !p->binary       ? pickle_put(p, text, (size_t)snprintf(text, sizeof text, "g%ld\n", (long)i))
                 : i < 256        ? put_op_number(p, OP_BINGET, (uint64_t)i, 1)
                 : i < UINT32_MAX ? put_op_number(p, OP_LONG_BINGET, (uint64_t)i, 4)
                                  : py_raise_int(TYPE_PICKLING_ERROR, "memo id too large for LONG_BINGET");
    return status < 0 ? -1 : 1;
}
int pickle_memoize(Pickle *p, Value v) {
    if (p->fast) return 0;
    int64_t i = pickle_memo_add(p->pickler, v);
    if (i == MEMO_FAILED) return -1;
    if (p->protocol >= 4) return pickle_op(p, OP_MEMOIZE);
    char text[32];
    if (!p->binary) return pickle_put(p, text, (size_t)snprintf(text, sizeof text, "p%ld\n", (long)i));
    if (i < 256) return put_op_number(p, OP_BINPUT, (uint64_t)i, 1);
    return i < UINT32_MAX ? put_op_number(p, OP_LONG_BINPUT, (uint64_t)i, 4) : py_raise_int(TYPE_PICKLING_ERROR, "memo id too large for LONG_BINPUT");
}

/* ---- numbers, texts ------------------------------------------------------------------------------------------------- */

static int save_long(Pickle *p, Value v) {
    if (p->protocol < 2) {
        Value text = py_int_to_str(v, 10, false), with = text ? py_str_format("%SL", text) : 0;
        return with ? put_op_text(p, OP_LONG, with) : -1;
    }
    size_t n = py_int_bit_length(v) / 8 + 1;
    Value bytes = py_bytes_new(0, n);
    if (!bytes) return -1;
    uint8_t *out = bytes_fill(bytes);
    py_int_to_bytes(v, out, n, true, true);
    if (n > 1 && out[n - 1] == 0xff && out[n - 2] & 0x80) n--;
    if (n > INT32_MAX) return py_raise_int(TYPE_OverflowError, "int too large to pickle");
    uint8_t head[5] = {n < 256 ? OP_LONG1 : OP_LONG4};
    put_number(head + 1, n, n < 256 ? 1 : 4);
    return put_payload(p, head, n < 256 ? 2 : 5, bytes, n);
}
static int save_int(Pickle *p, Value v) {
    int64_t i;
    char text[32];
    if (py_int_as_i64(v, &i) || i != (int32_t)i) return save_long(p, v);
    if (!p->binary) return pickle_put(p, text, (size_t)snprintf(text, sizeof text, "I%ld\n", (long)i));
    if (i >= 0 && i < 256) return put_op_number(p, OP_BININT1, (uint64_t)i, 1);
    if (i >= 0 && i < 65536) return put_op_number(p, OP_BININT2, (uint64_t)i, 2);
    return put_op_number(p, OP_BININT, (uint32_t)i, 4);
}
static int save_float(Pickle *p, Value v) {
    if (!p->binary) {
        Value text = py_float_repr(py_float_value(v));
        return text ? put_op_text(p, OP_FLOAT, text) : -1;
    }
    double d = py_float_value(v);
    uint64_t bits;
    uint8_t text[9] = {OP_BINFLOAT};
    memcpy(&bits, &d, 8);
    put_number(text + 1, __builtin_bswap64(bits), 8);
    return pickle_put(p, text, sizeof text);
}
static int save_bool(Pickle *p, Value v) {
    if (p->protocol >= 2) return pickle_op(p, v == VM_TRUE ? OP_NEWTRUE : OP_NEWFALSE);
    return pickle_put(p, v == VM_TRUE ? "I01\n" : "I00\n", 4);
}

static int save_reduction(Pickle *p, Value callable, Value arguments, Value object) {
    Value reduced = arguments ? py_tuple_pack(2, callable, arguments) : 0;
    return reduced ? pickle_save_reduced(p, reduced, object) : -1;
}
/* Without an opcode for bytes: as the encoding of a text. */
static int save_old_bytes(Pickle *p, Value v) {
    size_t n = bytes_length(v);
    if (!n) return save_reduction(p, py_type(TYPE_BYTES), py_tuple_new(0), v);
    Value text = py_decode(stm_flat(bytes_data(v), n, false), n, "latin-1", "strict"), encode = text ? py_import_attr("_codecs", "encode") : 0;
    return encode ? save_reduction(p, encode, py_tuple_pack(2, text, py_intern_c("latin1")), v) : -1;
}
static int save_bytes(Pickle *p, Value v) {
    size_t n = bytes_length(v);
    if (p->protocol < 3) return save_old_bytes(p, v);
    if (n > UINT32_MAX && p->protocol < 4) return py_raise_int(TYPE_OverflowError, "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher");
    int width = n < 256 ? 1 : n <= UINT32_MAX ? 4 : 8;
    uint8_t head[9] = {width == 1 ? OP_SHORT_BINBYTES : width == 4 ? OP_BINBYTES : OP_BINBYTES8};
    put_number(head + 1, n, width);
    return put_payload(p, head, (size_t)width + 1, v, n) < 0 ? -1 : pickle_memoize(p, v);
}
static int save_bytearray(Pickle *p, Value v) {
    int64_t n = py_length(v);
    if (n < 0) return -1;
    if (p->protocol < 5) {
        Value bytes = n ? py_call1(py_type(TYPE_BYTES), v) : 0;
        return n && !bytes ? -1 : save_reduction(p, py_type(TYPE_BYTEARRAY), n ? py_tuple_pack(1, bytes) : py_tuple_new(0), v);
    }
    uint8_t head[9] = {OP_BYTEARRAY8};
    put_number(head + 1, (uint64_t)n, 8);
    return put_payload(p, head, 9, v, (size_t)n) < 0 ? -1 : pickle_memoize(p, v);
}

/* Protocol 0: one line; what would end it or the text is written as \uXXXX. */
static int save_text_line(Pickle *p, Value v) {
    PyStrBuilder out;
    py_builder_init(&out);
    for (size_t i = 0; i < str_length(v); i++) {
        uint32_t c = str_at(v, i);
        char text[16];
        bool plain = c < 256 && c != '\\' && c && c != '\n' && c != '\r' && c != 0x1a;
        int status = plain ? py_builder_char(&out, c) : py_builder_ascii(&out, text, (size_t)snprintf(text, sizeof text, c > 0xffff ? "\\U%08x" : "\\u%04x", c));
        if (status < 0) return -1;
    }
    Value line = py_builder_finish(&out), bytes = line ? py_encode(line, "latin-1", "strict") : 0;
    if (!bytes || pickle_op(p, OP_UNICODE) < 0) return -1;
    return pickle_put(p, stm_flat(bytes_data(bytes), bytes_length(bytes), false), bytes_length(bytes)) < 0 ? -1 : pickle_put(p, "\n", 1);
}
static int save_binary_text(Pickle *p, Value v) {
    size_t n = str_length(v);
    uint8_t head[9];
    bool short_ascii = str_is_ascii(v) && n < 256 && p->protocol >= 4;
    if (short_ascii) {
        head[0] = OP_SHORT_BINUNICODE, head[1] = (uint8_t)n;
        StrView view = str_view(v);
        return pickle_put(p, head, 2) < 0 ? -1 : pickle_put(p, view.data, n);
    }
    Value bytes = py_encode(v, "utf-8", "surrogatepass");
    if (!bytes) return -1;
    n = bytes_length(bytes);
    if (n > UINT32_MAX && p->protocol < 4) return py_raise_int(TYPE_OverflowError, "serializing a string larger than 4 GiB requires pickle protocol 4 or higher");
    int width = n < 256 && p->protocol >= 4 ? 1 : n <= UINT32_MAX ? 4 : 8;
    head[0] = width == 1 ? OP_SHORT_BINUNICODE : width == 4 ? OP_BINUNICODE : OP_BINUNICODE8;
    put_number(head + 1, n, width);
    return put_payload(p, head, (size_t)width + 1, bytes, n);
}
static int save_str(Pickle *p, Value v) {
    return (p->binary ? save_binary_text(p, v) : save_text_line(p, v)) < 0 ? -1 : pickle_memoize(p, v);
}

/* ---- containers ------------------------------------------------------------------------------------------------------- */

/* What a tuple's or frozenset's items have put into the memo is itself: drop its items from the stack. 1, 0 or -1. */
static int already_there(Pickle *p, Value v, int64_t pops) {
    int64_t number = p->fast ? MEMO_ABSENT : pickle_memo_find(p->pickler, v);
    if (number < 0) return number == MEMO_ABSENT ? 0 : -1;
    if (pops < 0 && p->binary && pickle_op(p, OP_POP_MARK) < 0) return -1;
    for (int64_t i = 0; i < (pops < 0 ? p->binary ? 0 : -pops : pops); i++)
        if (pickle_op(p, OP_POP) < 0) return -1;
    return pickle_get(p, v);
}
static int save_tuple(Pickle *p, Value v) {
    int64_t n = tuple_length(v);
    if (!n && p->binary) return pickle_op(p, OP_EMPTY_TUPLE);
    bool few = n >= 1 && n <= 3 && p->protocol >= 2;
    if (!few && pickle_op(p, OP_MARK) < 0) return -1;
    for (int64_t i = 0; i < n; i++)
        if (pickle_save(p, tuple_item(v, i), true) < 0) return -1;
    if (!n) return pickle_op(p, OP_TUPLE);
    int there = already_there(p, v, few ? n : -(n + 1));
    if (there) return there < 0 ? -1 : 0;
    return pickle_op(p, few ? (uint8_t)(OP_TUPLE1 + n - 1) : OP_TUPLE) < 0 ? -1 : pickle_memoize(p, v);
}

/* Next of an iterator into *item: 1, 0 at the end, -1. */
static int step(Value iterator, Value *item) {
    *item = py_next(iterator);
    return !*item ? -1 : *item != VM_STOP;
}
static int save_item(Pickle *p, Value item, bool pairs) {
    if (!pairs) return pickle_save(p, item, true);
    if (!py_is_tuple(item) || tuple_length(item) != 2) return py_raise_int(TYPE_TypeError, "dict items iterator must return 2-tuples");
    return pickle_save(p, tuple_item(item, 0), true) < 0 ? -1 : pickle_save(p, tuple_item(item, 1), true);
}
/* Batches between MARK and `many`, or single ones with `one`. */
static int save_batches(Pickle *p, Value iterator, bool pairs, uint8_t one, uint8_t many) {
    Value item, next;
    int more = step(iterator, &item);
    while (more > 0) {
        int have_next = p->binary ? step(iterator, &next) : 0;
        if (have_next < 0) return -1;
        if (!have_next) {
            if (save_item(p, item, pairs) < 0 || pickle_op(p, one) < 0) return -1;
            if (p->binary) return 0;
            more = step(iterator, &item);
            continue;
        }
        if (pickle_op(p, OP_MARK) < 0 || save_item(p, item, pairs) < 0 || save_item(p, next, pairs) < 0) return -1;
        int n = 2;
        while (n < PICKLE_BATCH && (more = step(iterator, &item)) > 0) {
            if (save_item(p, item, pairs) < 0) return -1;
            n++;
        }
        if (more < 0 || pickle_op(p, many) < 0) return -1;
        if (n == PICKLE_BATCH) more = step(iterator, &item);
    }
    return more;
}
int pickle_items(Pickle *p, Value iterator) { return save_batches(p, iterator, false, OP_APPEND, OP_APPENDS); }
int pickle_pairs(Pickle *p, Value iterator) { return save_batches(p, iterator, true, OP_SETITEM, OP_SETITEMS); }

static int open_container(Pickle *p, Value v, uint8_t empty, uint8_t old) {
    int status = p->binary ? pickle_op(p, empty) : pickle_op(p, OP_MARK) < 0 ? -1 : pickle_op(p, old);
    return status < 0 ? -1 : pickle_memoize(p, v);
}
/* Of exactly this type, which need no iterator; saving an item may run Python code, which may change them. */
static int save_list_items(Pickle *p, Value list) {
    if (py_list_length(list) == 1) return pickle_save(p, py_list_item(list, 0), true) < 0 ? -1 : pickle_op(p, OP_APPEND);
    for (int64_t i = 0; i < py_list_length(list);) {
        if (pickle_op(p, OP_MARK) < 0) return -1;
        for (int n = 0; n < PICKLE_BATCH && i < py_list_length(list); n++, i++)
            if (pickle_save(p, py_list_item(list, i), true) < 0) return -1;
        if (pickle_op(p, OP_APPENDS) < 0) return -1;
    }
    return 0;
}
static int save_dict_items(Pickle *p, Value dict) {
    int64_t size = py_dict_length(dict), at = 0, n, batch = size == 1 ? 1 : PICKLE_BATCH;
    Value key, value;
    do {
        if (size != 1 && pickle_op(p, OP_MARK) < 0) return -1;
        for (n = 0; n < batch && py_dict_next(dict, &at, &key, &value); n++)
            if (pickle_save(p, key, true) < 0 || pickle_save(p, value, true) < 0) return -1;
        if (pickle_op(p, size == 1 ? OP_SETITEM : OP_SETITEMS) < 0) return -1;
        if (size != 1 && py_dict_length(dict) != size) return py_raise_int(TYPE_RuntimeError, "dictionary changed size during iteration");
    } while (n == PICKLE_BATCH);
    return 0;
}

static int save_list(Pickle *p, Value v) {
    if (open_container(p, v, OP_EMPTY_LIST, OP_LIST) < 0) return -1;
    if (p->binary) return save_list_items(p, v);
    Value iterator = py_list_length(v) ? py_iter(v) : VM_NONE;
    return !iterator ? -1 : iterator == VM_NONE ? 0 : pickle_items(p, iterator);
}
static int save_dict(Pickle *p, Value v) {
    if (open_container(p, v, OP_EMPTY_DICT, OP_DICT) < 0) return -1;
    if (!py_dict_length(v)) return 0;
    if (p->binary) return save_dict_items(p, v);
    Value items = py_call_method(v, "items", 0, 0), iterator = items ? py_iter(items) : 0;
    return iterator ? pickle_pairs(p, iterator) : -1;
}
static int save_set_items(Pickle *p, Value v) {
    Value iterator = py_iter(v), item;
    int more = iterator ? step(iterator, &item) : -1;
    while (more > 0) {
        if (pickle_op(p, OP_MARK) < 0) return -1;
        for (int n = 0; n < PICKLE_BATCH && more > 0; n++) {
            if (pickle_save(p, item, true) < 0) return -1;
            more = step(iterator, &item);
        }
        if (more < 0 || pickle_op(p, OP_ADDITEMS) < 0) return -1;
    }
    return more;
}
static int save_set(Pickle *p, Value v) {
    bool frozen = is_exactly(v, TYPE_FROZENSET);
    if (p->protocol < 4) {
        Value list = py_list_from_iterable(v);
        return list ? save_reduction(p, py_type_of(v), py_tuple_pack(1, list), v) : -1;
    }
    if (!frozen) return pickle_op(p, OP_EMPTY_SET) < 0 || pickle_memoize(p, v) < 0 ? -1 : save_set_items(p, v);
    Value iterator = py_iter(v), item;
    if (!iterator || pickle_op(p, OP_MARK) < 0) return -1;
    int more;
    while ((more = step(iterator, &item)) > 0)
        if (pickle_save(p, item, true) < 0) return -1;
    if (more < 0) return -1;
    int there = already_there(p, v, -1);
    if (there) return there < 0 ? -1 : 0;
    return pickle_op(p, OP_FROZENSET) < 0 ? -1 : pickle_memoize(p, v);
}

/* ---- any object ------------------------------------------------------------------------------------------------------- */

static int save_persistent(Pickle *p, Value pid) {
    if (p->binary) return pickle_save(p, pid, false) < 0 ? -1 : pickle_op(p, OP_BINPERSID);
    Value text = py_str(pid);
    if (!text) return -1;
    if (!str_is_ascii(text)) return py_raise_int(TYPE_PICKLING_ERROR, "persistent IDs in protocol 0 must be ASCII strings");
    return put_op_text(p, OP_PERSID, text);
}

/* 1: written; 0: of no type that is done here; -1. */
static int save_atom(Pickle *p, Value v) {
    if (v == VM_NONE) return pickle_op(p, OP_NONE) < 0 ? -1 : 1;
    if (is_bool(v)) return save_bool(p, v) < 0 ? -1 : 1;
    if (is_exactly(v, TYPE_INT)) return save_int(p, v) < 0 ? -1 : 1;
    if (is_exactly(v, TYPE_FLOAT)) return save_float(p, v) < 0 ? -1 : 1;
    return 0;
}
static int save_by_type(Pickle *p, Value v) {
    switch (shape_of(v)) {
    case TYPE_DICT: return save_dict(p, v);
    case TYPE_SET: case TYPE_FROZENSET: return save_set(p, v);
    case TYPE_LIST: return save_list(p, v);
    case TYPE_TUPLE: return save_tuple(p, v);
    case TYPE_BYTEARRAY: return save_bytearray(p, v);
    case TYPE_PICKLE_BUFFER: return pickle_save_buffer(p, v);
    default: return pickle_save_object(p, v);
    }
}
int pickle_save(Pickle *p, Value v, bool ask_persistent) {
    if (opcode_boundary(p) < 0) return -1;
    if (ask_persistent && p->persistent_id) {
        Value pid = py_call1(p->persistent_id, v);
        if (!pid) return -1;
        if (pid != VM_NONE) return save_persistent(p, pid);
    }
    int done = save_atom(p, v);
    if (!done) done = pickle_get(p, v);
    if (done) return done < 0 ? -1 : 0;
    if (is_exactly(v, TYPE_STR)) return save_str(p, v);
    if (is_exactly(v, TYPE_BYTES)) return save_bytes(p, v);
    if (py_enter_recursion(" while pickling an object") < 0) return -1;
    done = save_by_type(p, v);
    py_leave_recursion();
    return done;
}

/* The attribute if it is not the class's own of Pickler; 0 without exception if there is none. */
static int optional_attribute(Value v, const char *name, Value *out) {
    Value found = py_getattr_opt(v, py_intern_c(name));
    *out = found == VM_UNBOUND ? 0 : found;
    return found ? 0 : -1;
}

int pickle_dump(Value pickler, Value v, Value write_or_0, Value *bytes_or_0) {
    PyPickler GS *self = REF(PyPickler, pickler);
    Pickle p = {.pickler = pickler, .write = write_or_0, .protocol = (int)self->protocol, .binary = GET(self, binary), .fast = GET(self, fast), .fix_imports = self->fix_imports};
    bool exact = has_type(pickler, TYPE_PICKLER);
    Value instance_table = GET(self, dispatch_table);
    if (optional_attribute(pickler, "persistent_id", &p.persistent_id) < 0 || (!exact && optional_attribute(pickler, "reducer_override", &p.reducer_override) < 0) ||
        (!instance_table && optional_attribute(pickler, "dispatch_table", &instance_table) < 0))
        return -1;
    p.dispatch_table = instance_table;
    if (p.protocol >= 2 && put_op_number(&p, OP_PROTO, (uint64_t)p.protocol, 1) < 0) return -1;
    p.framing = p.protocol >= 4;
    if (pickle_save(&p, v, true) < 0 || pickle_op(&p, OP_STOP) < 0 || end_frame(&p) < 0) return -1;
    if (write_or_0) return flush(&p);
    return (*bytes_or_0 = byte_builder_finish(&p.out)) ? 0 : -1;
}
