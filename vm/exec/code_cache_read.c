/* Reading the marshal format: see code_cache.h. Every length is checked against what is left before
 * anything is allocated for it; code is checked by its checksum, by the ranges of its fields, and
 * by the verifier. Nothing here reaches a safepoint or touches what others may own, so references may stand in C
 * memory and no abort leaves a lock behind. */
#include "vm/exec/code_cache.h"
#include "vm/exec/frame.h"
#include "vm/exec/opinfo.h"
#include "vm/exec/verify_code.h"
#include "vm/front/compiler.h"
#include "vm/objects/str.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct {
    const uint8_t *next, *end;
    const VmCode *outer; /* the code whose body this is, or 0 */
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
#define LITTLE_ENDIAN_NUMBER(name, type)                                                           \
    static type name(Reader *r) {                                                                  \
        type v = 0;                                                                                \
        if (has(r, sizeof v)) memcpy(&v, r->next, sizeof v), r->next += sizeof v;                  \
        return v;                                                                                  \
    }
LITTLE_ENDIAN_NUMBER(get_u16, uint16_t)
LITTLE_ENDIAN_NUMBER(get_u32, uint32_t)
LITTLE_ENDIAN_NUMBER(get_u64, uint64_t)
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
    const char *text = (const char *)r->next;
    r->next += n;
    return interned ? py_intern_ascii(text, n) : py_str_ascii(text, n);
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
    if (r->next < r->end && *r->next < 128) { /* nearly all */
        u = *r->next++;
        return (int64_t)(u >> 1 ^ -(u & 1));
    }
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

/* What the fields of the head say of each other. */
static bool head_is_sane(const VmCode *code) {
    uint64_t fixed = (uint64_t)code->local_count + code->cell_count + code->free_count;
    uint64_t parameters = (uint64_t)code->arg_count + code->kwonly_count +
                          !!(code->flags & CODE_VARARGS) + !!(code->flags & CODE_VARKEYWORDS);
    if (code->register_count > UINT16_MAX + 1u || fixed > code->register_count) return false;
    return parameters <= code->local_count && code->posonly_count <= code->arg_count;
}

static bool body_is_sane(const VmCode *code, uint32_t name_count) {
    if (code->fixed_count != name_count) return false;
    for (uint32_t i = 0; i < code->local_count; i++)
        if (code->cell_of_local[i] < -1 || code->cell_of_local[i] >= (int64_t)code->local_count)
            return false;
    return true;
}

static Value get_code_head(Reader *r) {
    VmCode fields = {0};
    uint32_t *numbers[] = {
        &fields.flags,        &fields.arg_count,      &fields.posonly_count,
        &fields.kwonly_count, &fields.local_count,    &fields.cell_count,
        &fields.free_count,   &fields.register_count, (uint32_t *)&fields.first_line};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) *numbers[i] = get_u32(r);
    fields.name = get_text(r);
    fields.qualname = get_text(r);
    fields.filename = get_byte(r) && r->outer ? r->outer->filename : get_text(r);
    fields.unread_length = get_count(r, 1, "code size out of range");
    fields.unread = r->next;
    if (!r->failed && !head_is_sane(&fields)) bad(r, "inconsistent code");
    if (r->failed) return 0;
    r->next += fields.unread_length;
    VmCode *code = vm_code_new();
    fields.id = code->id;
    *code = fields;
    return py_code_object(code);
}

static void get_doc(Reader *r, VmCode *code) {
    Value doc = get_item(r);
    if (doc && !code->doc) code->doc = py_permanent(doc);
    r->failed |= !doc || !code->doc;
}

static void get_code_body(Reader *r, VmCode *code) {
    get_doc(r, code);
    get_instrs(r, code);
    get_handlers(r, code);
    if (r->failed || !has(r, 4ull * code->local_count)) return;
    code->cell_of_local = memory(code->local_count, sizeof *code->cell_of_local);
    for (uint32_t i = 0; i < code->local_count; i++) code->cell_of_local[i] = (int32_t)get_u32(r);
    uint32_t local_names;
    code->local_names = get_values(r, &local_names, true);
    code->names = get_values(r, &code->name_count, true);
    code->constants = get_values(r, &code->constant_count, false);
    if (!r->failed && !body_is_sane(code, local_names)) bad(r, "inconsistent code");
    if (!r->failed && r->next != r->end) bad(r, "code is longer than its fields");
}

static void free_body(VmCode *code) {
    free(code->instrs);
    free(code->positions);
    free(code->handlers);
    free(code->cell_of_local);
    free(code->local_names);
    free(code->names);
    free(code->constants);
}

static pthread_mutex_t bodies_lock = PTHREAD_MUTEX_INITIALIZER; /* C memory alone within: no abort */

/* Of two threads that read a body at once, the first one's stays. */
static void publish_body(VmCode *code, VmCode *body) {
    pthread_mutex_lock(&bodies_lock);
    if (code->instrs) {
        free_body(body);
    } else {
        code->instr_count = body->instr_count, code->positions = body->positions;
        code->handler_count = body->handler_count, code->handlers = body->handlers;
        code->constant_count = body->constant_count, code->constants = body->constants;
        code->name_count = body->name_count, code->names = body->names;
        code->local_names = body->local_names, code->cell_of_local = body->cell_of_local;
        if (!code->doc) atomic_store_release(&code->doc, body->doc); /* pairs with vm_code_doc */
        atomic_store_release(&code->instrs, body->instrs); /* pairs with vm_code_ready and py_function_new */
        atomic_store_release(&code->simple_args, vm_code_simple_args(code)); /* ... and with CALL */
    }
    pthread_mutex_unlock(&bodies_lock);
}

bool vm_code_read(VmCode *code) {
    char text[200];
    /* Once it is published, its users change other fields of it without the lock (liveness). */
    pthread_mutex_lock(&bodies_lock);
    bool published = code->instrs != NULL;
    VmCode body = {0};
    if (!published) body = *code;
    pthread_mutex_unlock(&bodies_lock);
    if (published) return true;
    Reader r = {.next = code->unread, .end = code->unread + code->unread_length, .outer = code};
    get_code_body(&r, &body);
    free(r.refs);
    if (!r.failed && vm_code_fault(&body, text, sizeof text)) bad(&r, text);
    if (r.failed) free_body(&body);
    else publish_body(code, &body);
    return !r.failed;
}

/* What property and functools.wraps ask of every function is no reason to read it all. */
Value vm_code_doc(VmCode *code) {
    Value doc = atomic_load_acquire(&code->doc); /* pairs with the exchange below */
    if (doc) return doc;
    VmCode body = {0};
    Reader r = {.next = code->unread, .end = code->unread + code->unread_length, .outer = code};
    get_doc(&r, &body);
    free(r.refs);
    if (r.failed) return 0;
    pthread_mutex_lock(&bodies_lock); /* vm_code_read copies the whole struct under it */
    bool first = atomic_cas_acqrel(&code->doc, &doc, body.doc);
    pthread_mutex_unlock(&bodies_lock);
    return first ? body.doc : doc;
}

/* Code inside a body has no frame of its own. The bytes are kept for what is read later. */
static Value get_code(Reader *r) {
    if (r->outer) return get_code_head(r);
    uint32_t length = get_count(r, 1, "code size out of range");
    uint64_t sum = get_u64(r);
    if (!has(r, length)) return 0;
    if (vm_cache_checksum(r->next, length) != sum) return bad(r, "checksum of code");
    uint8_t *bytes = memory(length, 1);
    memcpy(bytes, r->next, length);
    r->next += length;
    Reader inner = {.next = bytes, .end = bytes + length, .depth = r->depth};
    if (get_u32(&inner) != vm_instruction_set_id()) bad(&inner, "code of another version");
    Value v = inner.failed ? 0 : get_code_head(&inner);
    if (v && inner.next != inner.end) v = bad(&inner, "code is longer than its fields");
    if (v && !vm_code_read(vm_code((uint32_t)REF(PyCode, v)->code_id))) v = 0;
    free(inner.refs);
    r->failed |= !v;
    if (!v) free(bytes);
    return v;
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
