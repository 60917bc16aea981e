/* Reading the marshal format: see code_cache.h. Every length is checked against what is left before
 * anything is allocated for it; code is checked by its checksum, by the ranges of its fields, and
 * by the verifier. Nothing here reaches a safepoint, so references may stand in C memory. */
#include "vm/exec/code_cache.h"
#include "vm/exec/frame.h"
#include "vm/exec/opinfo.h"
#include "vm/exec/verify_code.h"
#include "vm/front/compiler.h"
#include <stdlib.h>

typedef struct {
    const uint8_t *next, *end;
    int depth;
    bool failed;
    Value *refs; /* what FLAG_REF marks, in order; VM_UNBOUND while it is being read */
    size_t ref_count, ref_capacity;
} Reader;

enum { FLAG_REF = 0x80 };
#define READ_NULL VM_STOP /* the end mark of a dict */

static Value fail(Reader *r, uint32_t type, const char *message) {
    if (!r->failed) py_raise(type, "%s", message);
    r->failed = true;
    return 0;
}
static Value bad(Reader *r, const char *what) {
    if (!r->failed) py_raise(TYPE_ValueError, "bad marshal data (%s)", what);
    r->failed = true;
    return 0;
}

static bool has(Reader *r, uint64_t n) {
    if (!r->failed && (uint64_t)(r->end - r->next) >= n) return true;
    fail(r, TYPE_EOFError, "marshal data too short");
    return false;
}

static uint32_t get_byte(Reader *r) { return has(r, 1) ? *r->next++ : 0; }
static uint32_t get_u16(Reader *r) {
    uint32_t low = get_byte(r);
    return low | get_byte(r) << 8;
}
static uint32_t get_u32(Reader *r) {
    uint32_t low = get_u16(r);
    return low | get_u16(r) << 16;
}
static uint64_t get_u64(Reader *r) {
    uint64_t low = get_u32(r);
    return low | (uint64_t)get_u32(r) << 32;
}
static double get_double(Reader *r) {
    uint64_t bits = get_u64(r);
    double d;
    memcpy(&d, &bits, 8);
    return d;
}

/* A number of items of at least `item_size` bytes each. */
static uint32_t get_count(Reader *r, uint32_t item_size, const char *what) {
    uint32_t n = get_u32(r);
    if (n > INT32_MAX)
        bad(r, what);
    else
        has(r, (uint64_t)n * item_size);
    return r->failed ? 0 : n;
}

static void *memory(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (!p) stm_out_of_memory("out of memory while reading marshal data");
    return p;
}

/* ---- references
 * -------------------------------------------------------------------------------------- */

static size_t reserve_ref(Reader *r) {
    if (r->ref_count == r->ref_capacity) {
        r->ref_capacity = r->ref_capacity ? 2 * r->ref_capacity : 64;
        r->refs = realloc(r->refs, r->ref_capacity * sizeof *r->refs);
        if (!r->refs) stm_out_of_memory("out of memory while reading marshal data");
    }
    r->refs[r->ref_count] = VM_UNBOUND;
    return r->ref_count++;
}

static Value get_ref(Reader *r) {
    uint32_t n = get_u32(r);
    if (r->failed) return 0;
    if (n >= r->ref_count || r->refs[n] == VM_UNBOUND) return bad(r, "invalid reference");
    return r->refs[n];
}

/* ---- numbers and text
 * ---------------------------------------------------------------------------------- */

static Value get_long(Reader *r) {
    int32_t count = (int32_t)get_u32(r);
    bool negative = count < 0;
    uint64_t n = negative ? -(uint64_t)count & UINT32_MAX : (uint64_t)count;
    if (n > INT32_MAX) return bad(r, "long size out of range");
    if (!has(r, 2 * n)) return 0;
    size_t limb_count = (size_t)((15 * n + 63) / 64);
    uint64_t *limbs = memory(limb_count + 1, 8);
    uint32_t digit = 0;
    for (uint64_t i = 0; i < n; i++) {
        digit = get_u16(r);
        if (digit > 0x7fff) bad(r, "digit out of range in long");
        uint64_t bit = 15 * i;
        limbs[bit / 64] |= (uint64_t)digit << bit % 64;
        if (bit % 64 > 49) limbs[bit / 64 + 1] |= (uint64_t)digit >> (64 - bit % 64);
    }
    if (n && !digit) bad(r, "unnormalized long data");
    while (limb_count && !limbs[limb_count - 1]) limb_count--;
    Value v = r->failed ? 0 : py_int_from_limbs(limbs, limb_count, negative);
    free(limbs);
    return v;
}

/* A number as text, of the oldest versions of the format. */
static double get_text_double(Reader *r) {
    char text[256];
    uint32_t n = get_byte(r);
    double d = 0;
    if (!has(r, n)) return 0;
    memcpy(text, r->next, n);
    r->next += n;
    if (py_double_parse(text, n, &d) < 0) bad(r, "not a number");
    return d;
}

static Value get_ascii(Reader *r, uint32_t n, bool interned) {
    if (!has(r, n)) return 0;
    for (uint32_t i = 0; i < n; i++)
        if (r->next[i] > 127) return bad(r, "string is not ASCII");
    Value s = py_str_ascii((const char *)r->next, n);
    r->next += n;
    return s && interned ? py_intern(s) : s;
}

static Value get_utf8(Reader *r, bool interned) {
    uint32_t n = get_count(r, 1, "string size out of range");
    if (r->failed) return 0;
    Value s = py_decode((const char *)r->next, n, "utf-8", "surrogatepass");
    r->next += n;
    return s && interned ? py_intern(s) : s;
}

static Value get_bytes(Reader *r) {
    uint32_t n = get_count(r, 1, "bytes object size out of range");
    if (r->failed) return 0;
    Value v = py_bytes_new(r->next, n);
    r->next += n;
    return v;
}

/* ---- containers
 * ---------------------------------------------------------------------------------------- */

static Value get_object(Reader *r);

static Value get_item(Reader *r) {
    Value v = get_object(r);
    if (v == READ_NULL) return fail(r, TYPE_TypeError, "NULL object in marshal data for object");
    return v;
}

static Value get_tuple(Reader *r, uint32_t n) {
    Value *items = memory(n, sizeof *items);
    for (uint32_t i = 0; i < n && !r->failed; i++) items[i] = get_item(r);
    Value v = r->failed ? 0 : py_tuple_from(items, n);
    free(items);
    return v;
}

static Value get_list(Reader *r, Value list, uint32_t n) {
    for (uint32_t i = 0; i < n && list; i++) {
        Value item = get_item(r);
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list;
}

static Value get_dict(Reader *r, Value dict) {
    while (dict) {
        Value key = get_object(r);
        if (key == READ_NULL) return dict;
        Value value = key ? get_item(r) : 0;
        if (!value || py_dict_set(dict, key, value) < 0) return 0;
    }
    return 0;
}

static Value get_set(Reader *r, uint32_t n, bool frozen) {
    Value set = py_set_new();
    for (uint32_t i = 0; i < n && set; i++) {
        Value item = get_item(r);
        if (!item || py_set_add(set, item) < 0) return 0;
    }
    return set && frozen ? py_frozenset_from_iterable(set) : set;
}

/* ---- code
 * ---------------------------------------------------------------------------------------------- */

static Value *get_values(Reader *r, uint32_t *count, bool names) {
    *count = get_count(r, 1, "table size out of range");
    Value *values = memory(*count, sizeof *values);
    for (uint32_t i = 0; i < *count && !r->failed; i++) {
        Value v = get_item(r);
        if (v && names && !is_exactly(v, TYPE_STR)) bad(r, "name is not a string");
        if (v && !r->failed)
            v = names ? py_intern(v) : is_exactly(v, TYPE_CODE) ? v : py_permanent(v);
        if (!v) r->failed = true;
        values[i] = v;
    }
    return values;
}

static int64_t get_varint(Reader *r) {
    uint64_t u = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        uint32_t byte = get_byte(r);
        u |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128)) return (int64_t)(u >> 1 ^ -(u & 1));
    }
    bad(r, "number out of range");
    return 0;
}

enum { MIN_WORD_BYTES = 4 }; /* an instruction of three words takes 12 bytes at least */

static void get_instrs(Reader *r, VmCode *code) {
    uint32_t n = code->instr_count = get_count(r, MIN_WORD_BYTES, "code size out of range");
    int32_t line = 0;
    code->instrs = memory(n, sizeof *code->instrs);
    code->positions = memory(n, sizeof *code->positions);
    for (uint32_t at = 0; at < n && !r->failed;) {
        VmInstr *i = &code->instrs[at];
        i->word = get_u64(r);
        if (i->op >= OP_COUNT || i->op == OP_EXT) bad(r, "unknown instruction");
        if (r->failed) return;
        uint32_t ext = vm_op_info(i->op)->ext_words;
        if (ext >= n - at) bad(r, "code size out of range");
        if (r->failed) return;
        if (vm_op_info(i->op)->data) i[ext].word = get_u32(r);
        VmPosition p;
        p.line = line = (int32_t)(line + get_varint(r));
        p.end_line = (int32_t)(line + get_varint(r));
        p.col = (int16_t)get_varint(r);
        p.end_col = (int16_t)get_varint(r);
        for (uint32_t k = 0; k <= ext; k++) code->positions[at++] = p;
    }
}

static void get_handlers(Reader *r, VmCode *code) {
    uint32_t n = code->handler_count = get_count(r, 16, "table size out of range");
    code->handlers = memory(n, sizeof *code->handlers);
    for (uint32_t i = 0; i < n; i++) {
        VmHandler *h = &code->handlers[i];
        h->start = get_u32(r), h->end = get_u32(r), h->target = get_u32(r);
        h->exception_reg = (uint16_t)get_u16(r), h->lasti_reg = (uint16_t)get_u16(r);
    }
}

static Value get_text(Reader *r) {
    Value v = get_item(r);
    if (v && !is_exactly(v, TYPE_STR)) return bad(r, "name is not a string");
    v = v ? py_permanent(v) : 0;
    if (!v) r->failed = true;
    return v;
}

static bool sane(const VmCode *code, uint32_t name_count) {
    uint64_t fixed = (uint64_t)code->local_count + code->cell_count + code->free_count;
    uint64_t parameters = (uint64_t)code->arg_count + code->kwonly_count +
                          !!(code->flags & CODE_VARARGS) + !!(code->flags & CODE_VARKEYWORDS);
    if (code->register_count > UINT16_MAX + 1u || fixed > code->register_count) return false;
    if (fixed != name_count || parameters > code->local_count) return false;
    if (code->posonly_count > code->arg_count) return false;
    for (uint32_t i = 0; i < code->local_count; i++)
        if (code->cell_of_local[i] < -1 || code->cell_of_local[i] >= (int64_t)code->local_count)
            return false;
    return true;
}

static void get_code_fields(Reader *r, VmCode *code) {
    if (get_u32(r) != vm_instruction_set_id()) {
        bad(r, "code of another version");
        return;
    }
    uint32_t *numbers[] = {
        &code->flags,        &code->arg_count,      &code->posonly_count,
        &code->kwonly_count, &code->local_count,    &code->cell_count,
        &code->free_count,   &code->register_count, (uint32_t *)&code->first_line};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) *numbers[i] = get_u32(r);
    get_instrs(r, code);
    get_handlers(r, code);
    if (code->local_count > UINT16_MAX + 1u) bad(r, "too many variables");
    if (r->failed || !has(r, 4ull * code->local_count)) return;
    code->cell_of_local = memory(code->local_count, sizeof *code->cell_of_local);
    for (uint32_t i = 0; i < code->local_count; i++) code->cell_of_local[i] = (int32_t)get_u32(r);
    uint32_t local_names;
    code->local_names = get_values(r, &local_names, true);
    code->names = get_values(r, &code->name_count, true);
    code->constants = get_values(r, &code->constant_count, false);
    code->name = get_text(r);
    code->qualname = get_text(r);
    code->filename = get_text(r);
    Value doc = get_item(r);
    code->doc = doc ? py_permanent(doc) : 0;
    if (!r->failed && (!code->doc || !sane(code, local_names))) bad(r, "inconsistent code");
}

static void free_fields(VmCode *code) {
    free(code->instrs);
    free(code->positions);
    free(code->handlers);
    free(code->cell_of_local);
    free(code->local_names);
    free(code->names);
    free(code->constants);
}

static Value get_code(Reader *r) {
    uint32_t length = get_count(r, 1, "code size out of range");
    uint64_t sum = get_u64(r);
    if (!has(r, length)) return 0;
    if (vm_cache_checksum(r->next, length) != sum) return bad(r, "checksum of code");
    VmCode fields = {0};
    char text[200];
    const uint8_t *end = r->end;
    r->end = r->next + length;
    get_code_fields(r, &fields);
    if (!r->failed && r->next != r->end) bad(r, "code is longer than its fields");
    r->end = end;
    if (!r->failed && vm_code_fault(&fields, text, sizeof text)) bad(r, text);
    if (r->failed) {
        free_fields(&fields);
        return 0;
    }
    VmCode *code = vm_code_new();
    fields.id = code->id;
    *code = fields;
    return py_code_object(code);
}

/* ---- dispatch
 * ------------------------------------------------------------------------------------------- */

static Value get_payload(Reader *r, unsigned type, size_t ref) {
    Value v;
    switch (type) {
    case 'N': return VM_NONE;
    case 'T': return VM_TRUE;
    case 'F': return VM_FALSE;
    case '.': return VM_ELLIPSIS;
    case 'S': return py_type(TYPE_StopIteration);
    case '0': return READ_NULL;
    case 'i': return int_make((int32_t)get_u32(r));
    case 'I': return py_int_from_i64((int64_t)get_u64(r));
    case 'l': return get_long(r);
    case 'g': return float_make(get_double(r));
    case 'f': return float_make(get_text_double(r));
    case 'y': {
        double real = get_double(r);
        return py_complex_new(real, get_double(r));
    }
    case 'x': {
        double real = get_text_double(r);
        return py_complex_new(real, get_text_double(r));
    }
    case 's': return get_bytes(r);
    case 'z': return get_ascii(r, get_byte(r), false);
    case 'Z': return get_ascii(r, get_byte(r), true);
    case 'a': return get_ascii(r, get_count(r, 1, "string size out of range"), false);
    case 'A': return get_ascii(r, get_count(r, 1, "string size out of range"), true);
    case 'u': return get_utf8(r, false);
    case 't': return get_utf8(r, true);
    case ')': return get_tuple(r, get_byte(r));
    case '(': return get_tuple(r, get_count(r, 1, "tuple size out of range"));
    case '[':
    case '{': /* may contain themselves */
        v = type == '[' ? py_list_new(0) : py_dict_new();
        if (v && ref != SIZE_MAX) r->refs[ref] = v;
        return type == '{' ? get_dict(r, v)
                           : get_list(r, v, get_count(r, 1, "list size out of range"));
    case '<':
    case '>': return get_set(r, get_count(r, 1, "set size out of range"), type == '>');
    case 'c': return get_code(r);
    case 'r': return get_ref(r);
    default: return bad(r, "unknown type code");
    }
}

static Value get_object(Reader *r) {
    if (!has(r, 1)) return 0;
    unsigned byte = *r->next++, type = byte & ~(unsigned)FLAG_REF;
    size_t ref = byte & FLAG_REF && type != 'r' ? reserve_ref(r) : SIZE_MAX;
    if (++r->depth > MARSHAL_MAX_DEPTH || vm_c_stack_is_low(vm_thread())) fail(r, TYPE_ValueError, "recursion limit exceeded");
    Value v = r->failed ? 0 : get_payload(r, type, ref);
    r->depth--;
    if (r->failed || !v) {
        r->failed = true;
        return 0;
    }
    if (ref != SIZE_MAX) r->refs[ref] = v;
    return v;
}

Value vm_marshal_loads(const uint8_t *data, size_t length, size_t *used) {
    Reader r = {.next = data, .end = data + length};
    Value v = get_object(&r);
    if (v == READ_NULL) v = fail(&r, TYPE_TypeError, "NULL object in marshal data for object");
    free(r.refs);
    if (used) *used = (size_t)(r.next - data);
    return v;
}
