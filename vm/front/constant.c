/* Permanent constants: what code objects refer to lives outside transactions, is shared by all
 * segments and is never freed (gc_alloc_permanent). A copy refers to permanent objects only. */
#include "vm/front/compiler.h"

/* Strings that may be names are interned, so that comparing them is comparing references. */
static bool looks_like_name(const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char ch = data[i];
        bool word = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                    (ch >= '0' && ch <= '9') || ch == '_';
        if (!word) return false;
    }
    return true;
}

static bool str_looks_like_name(Value s) {
    const PyStr GS *str = REF(PyStr, s);
    if (!str->ascii) return false;
    const uint8_t GS *data = str_data(s);
    for (uint32_t i = 0; i < str->length; i++) {
        char ch = (char)data[i];
        if (!looks_like_name(&ch, 1)) return false;
    }
    return true;
}

/* A copy of the object, word by word as its kind says; the referents are copied first. */
static Value copy_object(Value v) {
    StmObj from = REF(StmObject, v);
    unsigned kind = from->kind & GC_KIND_MASK;
    size_t bytes = gc_object_size(from), words = bytes / 8;
    bool leaf = kind == GC_KIND_LEAF || kind == GC_KIND_LEAF_LAST; /* exact types: no attributes */
    size_t raw = leaf ? words : 1 + kind;
    const uint64_t GS *source = (const uint64_t GS *)from;
    StmRef to = gc_alloc_permanent(from->shape, (uint8_t)kind, bytes);
    uint64_t GS *target = (uint64_t GS *)to;
    for (size_t i = 1; i < words; i++) {
        uint64_t word = source[i];
        if (i >= raw && word && is_ref(word)) {
            word = py_permanent(word);
            if (!word) return 0;
        }
        target[i] = word;
    }
    return (Value)to;
}

static bool is_storage(Value v) { return is_exactly(v, TYPE_ARRAY) || is_exactly(v, TYPE_RAW); }

Value py_permanent(Value v) {
    if (!is_ref(v) || gc_is_permanent((StmRef)v)) return v;
    if (is_exactly(v, TYPE_STR)) {
        if (str_looks_like_name(v)) return py_intern(v);
        if (REF(PyStr, v)->external) { /* the characters are in a buffer of their own */
            v = py_str_substring(v, 0, REF(PyStr, v)->length);
            if (!v || REF(PyStr, v)->external) return v ? py_intern(v) : 0;
        }
        return copy_object(v);
    }
    if (is_exactly(v, TYPE_INT) || is_exactly(v, TYPE_FLOAT) || is_exactly(v, TYPE_COMPLEX) ||
        is_exactly(v, TYPE_BYTES) || is_exactly(v, TYPE_TUPLE) || is_exactly(v, TYPE_FROZENSET) ||
        is_exactly(v, TYPE_SLICE) || is_storage(v))
        return copy_object(v);
    return py_raise(TYPE_SystemError, "an object of type '%T' cannot be a constant", v);
}

static Value make_items(const AstConst *k) {
    Value tuple = py_tuple_new(k->items.count);
    if (!tuple) return 0;
    for (size_t i = 0; i < k->items.count; i++) {
        Value item = constant_make(&k->items.data[i]);
        if (!item) return 0;
        REF(PyTuple, tuple)->items[i] = item;
    }
    return k->kind == CONST_FROZENSET ? py_frozenset_from_iterable(tuple) : tuple;
}

Value constant_make(const AstConst *k) {
    switch (k->kind) {
    case CONST_NONE: return VM_NONE;
    case CONST_TRUE: return VM_TRUE;
    case CONST_FALSE: return VM_FALSE;
    case CONST_ELLIPSIS: return VM_ELLIPSIS;
    case CONST_INT: return py_int_from_i64(k->integer);
    case CONST_BIGINT:
        return py_int_parse(k->bigint.digits, k->bigint.length, k->bigint.base, k->bigint.negative);
    case CONST_FLOAT: return float_make(k->real);
    case CONST_COMPLEX: return py_complex_new(k->real, k->imag);
    case CONST_STR: return py_str_new(k->bytes.data, k->bytes.length);
    case CONST_BYTES: return py_bytes_new(k->bytes.data, k->bytes.length);
    case CONST_TUPLE:
    case CONST_FROZENSET: return make_items(k);
    case CONST_INVALID: break;
    }
    return 0;
}

Value constant_value(const AstConst *k) {
    Value v = constant_make(k);
    return v ? py_permanent(v) : 0;
}
