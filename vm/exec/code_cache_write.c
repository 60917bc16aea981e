/* Writing the marshal format: see code_cache.h. */
#include "stm/atomic.h"
#include "vm/exec/code_cache.h"
#include "vm/exec/frame.h"
#include "vm/exec/opinfo.h"
#include <stdlib.h>

/* Interned strings written so far, by their number, and a hash table of the numbers. */
typedef struct {
    Value *shared;
    uint32_t *index;
    uint32_t count, capacity;
} StringTable;

typedef struct {
    uint8_t *data;
    size_t length, capacity;
    int depth;
    StringTable strings;
    const VmCode *outer; /* the code whose body is written, or 0 */
    bool failed;         /* an exception is set */
} Writer;

#ifndef COMPILER_ID
#error "the build passes a sum of the compiler's sources: see the Makefile"
#endif

uint32_t vm_instruction_set_id(void) {
    static const char table[] =
#define OP(name, operands, effects, what) #name operands
#include "vm/opcode.tbl"
#undef OP
        ;
    static uint64_t known;
    uint64_t sum = atomic_load_relaxed(&known);
    if (!sum) { /* idempotent */
        sum = vm_cache_checksum((const uint8_t *)table, sizeof table);
        atomic_store_relaxed(&known, sum);
    }
    return (uint32_t)(sum ^ sum >> 32) * 31 + COMPILER_ID;
}

/* Each step is a bijection of the state, so that a change of one word changes the sum. */
uint64_t vm_cache_checksum(const uint8_t *data, size_t length) {
    uint64_t h = length, word;
    for (; length >= 8; data += 8, length -= 8) {
        memcpy(&word, data, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, data, length);
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static void *resize(void *old, size_t bytes) {
    void *p = realloc(old, bytes);
    if (!p) stm_out_of_memory("out of memory while writing marshal data");
    return p;
}

static void put_bytes(Writer *w, const void *data, size_t n) {
    if (w->length + n > w->capacity) {
        w->capacity = 2 * (w->length + n) + 256;
        w->data = resize(w->data, w->capacity);
    }
    memcpy(w->data + w->length, data, n);
    w->length += n;
}

static void put_byte(Writer *w, unsigned byte) {
    uint8_t b = (uint8_t)byte;
    put_bytes(w, &b, 1);
}
static void put_u16(Writer *w, uint32_t v) {
    uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    put_bytes(w, b, 2);
}
static void put_u32(Writer *w, uint64_t v) {
    uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    put_bytes(w, b, 4);
}
static void put_u64(Writer *w, uint64_t v) {
    put_u32(w, v);
    put_u32(w, v >> 32);
}
static void put_double(Writer *w, double d) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    put_u64(w, bits);
}

static void fail(Writer *w, const char *message) {
    if (!w->failed) py_raise(TYPE_ValueError, "%s", message);
    w->failed = true;
}

static void put_size(Writer *w, int64_t n) {
    if (n > INT32_MAX) fail(w, "unmarshallable object");
    put_u32(w, (uint64_t)n);
}

/* ---- numbers and text
 * ---------------------------------------------------------------------------- */

/* 15-bit digits, least significant first; the count has the sign. */
static void put_limbs(Writer *w, const uint64_t *limbs, size_t count, bool negative) {
    size_t bits = 64 * count;
    while (bits && !(limbs[(bits - 1) / 64] >> (bits - 1) % 64 & 1)) bits--;
    int64_t digits = (int64_t)((bits + 14) / 15);
    put_byte(w, 'l');
    put_u32(w, (uint64_t)(negative ? -digits : digits));
    for (int64_t i = 0; i < digits; i++) {
        size_t bit = (size_t)i * 15;
        uint64_t digit = limbs[bit / 64] >> bit % 64;
        if (bit % 64 > 49 && bit / 64 + 1 < count) digit |= limbs[bit / 64 + 1] << (64 - bit % 64);
        put_u16(w, digit & 0x7fff);
    }
}

static void put_int(Writer *w, Value v) {
    if (is_int(v)) {
        int64_t i = int_value(v);
        uint64_t magnitude = i < 0 ? -(uint64_t)i : (uint64_t)i;
        if (i >= INT32_MIN && i <= INT32_MAX) {
            put_byte(w, 'i');
            put_u32(w, (uint64_t)i);
        } else
            put_limbs(w, &magnitude, 1, i < 0);
        return;
    }
    const PyInt GS *big = REF(PyInt, v);
    size_t count = (size_t)(big->size < 0 ? -big->size : big->size);
    uint64_t *limbs = resize(0, 8 * (count + 1));
    for (size_t i = 0; i < count; i++) limbs[i] = big->limbs[i];
    put_limbs(w, limbs, count, big->size < 0);
    free(limbs);
}

static void string_table_free(StringTable *t) {
    free(t->shared);
    free(t->index);
}

static uint32_t shared_slot(const StringTable *t, Value s) {
    uint32_t mask = t->capacity - 1, at = (uint32_t)(s >> 3) * 2654435761u & mask;
    while (t->index[at] && t->shared[t->index[at] - 1] != s) at = (at + 1) & mask;
    return at;
}

/* Interned strings are written once and referred to afterwards. True: a reference was written. */
static bool put_reference(Writer *w, Value s) {
    StringTable *t = &w->strings;
    if (2 * (t->count + 1) > t->capacity) {
        uint32_t n = t->capacity ? 2 * t->capacity : 64;
        t->shared = resize(t->shared, n * sizeof *t->shared);
        t->index = resize(t->index, n * sizeof *t->index);
        memset(t->index, 0, n * sizeof *t->index);
        t->capacity = n;
        for (uint32_t i = 0; i < t->count; i++) t->index[shared_slot(t, t->shared[i])] = i + 1;
    }
    uint32_t at = shared_slot(t, s);
    if (t->index[at]) {
        put_byte(w, 'r');
        put_u32(w, t->index[at] - 1);
        return true;
    }
    t->shared[t->count++] = s;
    t->index[at] = t->count;
    return false;
}

enum { FLAG_REF = 0x80 };

static void put_str(Writer *w, Value s) {
    const PyStr GS *str = REF(PyStr, s);
    bool interned = str->interned;
    unsigned flag = interned ? FLAG_REF : 0;
    if (interned && put_reference(w, s)) return;
    if (str->ascii) {
        uint32_t n = str->length;
        if (n < 256)
            put_byte(w, (interned ? 'Z' : 'z') | flag), put_byte(w, n);
        else
            put_byte(w, (interned ? 'A' : 'a') | flag), put_u32(w, n);
        const uint8_t GS *data = str_data(s);
        for (uint32_t i = 0; i < n; i++) put_byte(w, data[i]);
        return;
    }
    Value bytes = py_encode(s, "utf-8", "surrogatepass");
    if (!bytes) {
        w->failed = true;
        return;
    }
    put_byte(w, (interned ? 't' : 'u') | flag);
    put_size(w, REF(PyBytes, bytes)->length);
    for (int64_t i = 0; i < REF(PyBytes, bytes)->length; i++) put_byte(w, bytes_data(bytes)[i]);
}

static void put_buffer(Writer *w, Value v) {
    PyBuffer buffer;
    if (py_get_buffer(v, &buffer, false) < 0) {
        py_error_clear();
        fail(w, "unmarshallable object");
        return;
    }
    put_byte(w, 's');
    put_size(w, buffer.length);
    put_bytes(w, buffer.data, (size_t)buffer.length);
    py_release_buffer(&buffer);
}

/* ---- containers
 * ------------------------------------------------------------------------------------ */

static void put_object(Writer *w, Value v);

static void put_tuple(Writer *w, Value v) {
    int64_t n = tuple_length(v);
    if (n < 256)
        put_byte(w, ')'), put_byte(w, (unsigned)n);
    else
        put_byte(w, '('), put_size(w, n);
    for (int64_t i = 0; i < n; i++) put_object(w, tuple_item(v, i));
}

static void put_list(Writer *w, Value v) {
    int64_t n = py_list_length(v);
    put_byte(w, '[');
    put_size(w, n);
    for (int64_t i = 0; i < n; i++) put_object(w, py_list_item(v, i));
}

static void put_dict(Writer *w, Value v) {
    int64_t at = 0;
    Value key, value;
    put_byte(w, '{');
    while (py_dict_next(v, &at, &key, &value)) {
        put_object(w, key);
        put_object(w, value);
    }
    put_byte(w, '0');
}

static void put_set(Writer *w, Value v, unsigned type) {
    int64_t at = 0;
    Value item;
    put_byte(w, type);
    put_size(w, py_set_length(v));
    while (py_set_next(v, &at, &item)) put_object(w, item);
}

/* ---- code
 * ------------------------------------------------------------------------------------------ */

static void put_values(Writer *w, const Value *values, uint32_t n) {
    put_u32(w, n);
    for (uint32_t i = 0; i < n; i++) put_object(w, values[i]);
}

/* 7 bits a byte, low ones first; small negative numbers are small too. */
static void put_varint(Writer *w, int64_t v) {
    uint64_t u = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
    while (u > 127) put_byte(w, (unsigned)(u & 127) | 128), u >>= 7;
    put_byte(w, (unsigned)u);
}

/* Inline caches stay behind: they hold what this process has seen. Positions are differences. */
static void put_instrs(Writer *w, const VmCode *code) {
    int32_t line = 0;
    put_u32(w, code->instr_count);
    for (uint32_t at = 0; at < code->instr_count;) {
        const VmOpInfo *info = vm_op_info(code->instrs[at].op);
        const VmPosition *p = &code->positions[at];
        put_u64(w, code->instrs[at].word);
        if (info->data) put_u32(w, code->instrs[at + info->ext_words].word);
        put_varint(w, (int64_t)p->line - line);
        put_varint(w, (int64_t)p->end_line - p->line);
        put_varint(w, p->col);
        put_varint(w, p->end_col);
        line = p->line;
        at += 1u + info->ext_words;
    }
}

static void put_body(Writer *w, const VmCode *code) {
    put_object(w, code->doc);
    put_instrs(w, code);
    put_u32(w, code->handler_count);
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const VmHandler *h = &code->handlers[i];
        put_u32(w, h->start), put_u32(w, h->end), put_u32(w, h->target);
        put_u16(w, h->exception_reg), put_u16(w, h->lasti_reg);
    }
    for (uint32_t i = 0; i < code->local_count; i++) put_u32(w, (uint32_t)code->cell_of_local[i]);
    put_values(w, code->local_names, code->local_count + code->cell_count + code->free_count);
    put_values(w, code->names, code->name_count);
    put_values(w, code->constants, code->constant_count);
}

/* A number of 32 bits for the length of what comes next: where it goes. */
static size_t begin_length(Writer *w) {
    put_u32(w, 0);
    return w->length;
}
static void end_length(Writer *w, size_t start) {
    size_t end = w->length;
    w->length = start - 4;
    put_size(w, (int64_t)(end - start));
    w->length = end;
}

/* The body refers to strings of its own only, so that it can be read alone. */
static void put_head_and_body(Writer *w, const VmCode *code) {
    const uint32_t numbers[] = {
        code->flags,        code->arg_count,      code->posonly_count,
        code->kwonly_count, code->local_count,    code->cell_count,
        code->free_count,   code->register_count, (uint32_t)code->first_line};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) put_u32(w, numbers[i]);
    put_object(w, code->name);
    put_object(w, code->qualname);
    bool same = w->outer && py_str_equal(w->outer->filename, code->filename);
    put_byte(w, same);
    if (!same) put_object(w, code->filename);
    const StringTable strings = w->strings;
    const VmCode *outer = w->outer;
    w->strings = (StringTable){0};
    w->outer = code;
    size_t start = begin_length(w);
    put_body(w, code);
    end_length(w, start);
    string_table_free(&w->strings);
    w->strings = strings;
    w->outer = outer;
}

static void put_code(Writer *w, VmCode *code) {
    if (!vm_code_ready(code)) {
        w->failed = true;
        return;
    }
    put_byte(w, 'c');
    if (w->outer) {
        put_head_and_body(w, code);
        return;
    }
    size_t head = begin_length(w);
    put_u64(w, 0);
    size_t start = w->length;
    const StringTable strings = w->strings;
    w->strings = (StringTable){0};
    put_u32(w, vm_instruction_set_id());
    put_head_and_body(w, code);
    string_table_free(&w->strings);
    w->strings = strings;
    if (w->failed) return;
    size_t end = w->length;
    uint64_t sum = vm_cache_checksum(w->data + start, end - start);
    w->length = head - 4;
    put_size(w, (int64_t)(end - start));
    put_u64(w, sum);
    w->length = end;
}

/* ---- dispatch
 * -------------------------------------------------------------------------------------- */

static void put_reference_object(Writer *w, Value v) {
    switch (shape_of(v)) {
    case TYPE_INT: put_int(w, v); return;
    case TYPE_FLOAT:
        put_byte(w, 'g');
        put_double(w, py_float_value(v));
        return;
    case TYPE_COMPLEX:
        put_byte(w, 'y');
        put_double(w, REF(PyComplex, v)->real);
        put_double(w, REF(PyComplex, v)->imag);
        return;
    case TYPE_STR: put_str(w, v); return;
    case TYPE_TUPLE: put_tuple(w, v); return;
    case TYPE_LIST: put_list(w, v); return;
    case TYPE_DICT: put_dict(w, v); return;
    case TYPE_SET: put_set(w, v, '<'); return;
    case TYPE_FROZENSET: put_set(w, v, '>'); return;
    case TYPE_CODE: put_code(w, vm_code((uint32_t)REF(PyCode, v)->code_id)); return;
    default:
        if (v == py_type(TYPE_StopIteration))
            put_byte(w, 'S');
        else
            put_buffer(w, v);
    }
}

static void put_object(Writer *w, Value v) {
    if (w->failed) return;
    if (++w->depth > MARSHAL_MAX_DEPTH || vm_c_stack_is_low(vm_thread()))
        fail(w, "object too deeply nested to marshal");
    else if (v == VM_NONE)
        put_byte(w, 'N');
    else if (v == VM_TRUE)
        put_byte(w, 'T');
    else if (v == VM_FALSE)
        put_byte(w, 'F');
    else if (v == VM_ELLIPSIS)
        put_byte(w, '.');
    else if (is_int(v))
        put_int(w, v);
    else if (is_float(v)) {
        put_byte(w, 'g');
        put_double(w, float_value(v));
    } else if (is_ref(v) && v)
        put_reference_object(w, v);
    else
        fail(w, "unmarshallable object");
    w->depth--;
}

Value vm_marshal_dumps(Value v) {
    Writer w = {0};
    put_object(&w, v);
    Value bytes = w.failed ? 0 : py_bytes_new(w.data ? w.data : (uint8_t *)"", w.length);
    free(w.data);
    string_table_free(&w.strings);
    return bytes;
}
