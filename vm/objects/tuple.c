/* tuple. Immutable, so its reads need no barriers. */
#include "vm/objects/hash_table.h"
#include "vm/objects/str.h"

Value py_tuple_new(size_t length) {
    if (UNLIKELY(length > (SIZE_MAX >> 8))) return py_raise_memory();
    size_t bytes = sizeof(PyTuple) + length * sizeof(Value);
    StmRef ref = gc_alloc(TYPE_TUPLE, 1, bytes);
    if (UNLIKELY(!ref)) return py_raise_memory();
    REF(PyTuple, ref)->length = (int64_t)length;
    if (bytes <= GC_MAX_SMALL)
        for (size_t i = 0; i < length; i++) REF(PyTuple, ref)->items[i] = 0;
    return ref;
}

Value py_tuple_from(const Value *items, size_t length) {
    Value tuple = py_tuple_new(length);
    if (!tuple) return 0;
    for (size_t i = 0; i < length; i++) REF(PyTuple, tuple)->items[i] = items[i];
    return tuple;
}

Value py_tuple_pack(size_t length, ...) {
    Value tuple = py_tuple_new(length);
    if (!tuple) return 0;
    va_list ap;
    va_start(ap, length);
    for (size_t i = 0; i < length; i++) REF(PyTuple, tuple)->items[i] = va_arg(ap, Value);
    va_end(ap);
    return tuple;
}

Value py_tuple_from_iterable(Value iterable) {
    if (is_exactly(iterable, TYPE_TUPLE)) return iterable;
    if (is_exactly(iterable, TYPE_LIST)) return py_list_to_tuple(iterable);
    Value list = py_list_from_iterable(iterable);
    return list ? py_list_to_tuple(list) : 0;
}

static Value tuple_make(Value type, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames) && type_takes(type, TYPE_TUPLE, NAME(__init__)))
        return py_raise(TYPE_TypeError, "tuple() takes no keyword arguments");
    if (nargs > 1) return py_raise(TYPE_TypeError, "tuple expected at most 1 argument, got %zu", nargs);
    Value tuple = nargs ? py_tuple_from_iterable(args[0]) : py_tuple_new(0);
    if (!tuple || type == py_type(TYPE_TUPLE)) return tuple;
    int64_t length = tuple_length(tuple);
    Value instance = py_alloc(type, (size_t)length * sizeof(Value));
    if (!instance) return 0;
    REF(PyTuple, instance)->length = length;
    for (int64_t i = 0; i < length; i++) REF(PyTuple, instance)->items[i] = tuple_item(tuple, i);
    return instance;
}

static int64_t tuple_length_slot(Value self) { return tuple_length(self); }

/* The hash of an item, which may be nested deeply. May call. */
static int64_t item_hash(Value item) {
    if (table_is_simple(item)) return table_simple_hash(item);
    if (!is_ref(item)) return py_hash(item);
    if (py_enter_recursion(" while hashing an object") < 0) return -1;
    int64_t hash = py_hash(item);
    py_leave_recursion();
    return hash;
}

/* xxHash64's round over the items' hashes, as published, without the final mix. May call. */
static int64_t tuple_hash(Value self) {
    const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u,
                   prime5 = 2870177450012600261u;
    int64_t length = tuple_length(self);
    uint64_t acc = prime5;
    for (int64_t i = 0; i < length; i++) {
        int64_t hash = item_hash(tuple_item(self, i));
        if (hash == -1) return -1;
        acc += (uint64_t)hash * prime2;
        acc = (acc << 31 | acc >> 33) * prime1;
    }
    acc += (uint64_t)length ^ (prime5 ^ 3527539);
    return acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
}

static Value tuple_compare(Value a, Value b, int op) {
    if (!py_is_tuple(a) || !py_is_tuple(b)) return VM_NOT_IMPLEMENTED;
    int64_t n = tuple_length(a), m = tuple_length(b);
    bool equality = op == PY_EQ || op == PY_NE;
    if (equality && n != m) return vm_bool(op == PY_NE);
    for (int64_t i = 0; i < n && i < m; i++) {
        Value x = tuple_item(a, i), y = tuple_item(b, i);
        int equal = x == y ? 1 : is_int(x) && is_int(y) ? 0 : py_compare_bool(x, y, PY_EQ);
        if (equal < 0) return 0;
        if (!equal) return equality ? vm_bool(op == PY_NE) : py_compare(x, y, op);
    }
    return py_compare(int_make(n), int_make(m), op);
}

static Value tuple_repr(Value self) {
    int64_t length = tuple_length(self);
    if (!length) return py_str_c("()");
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("(...)");
    PyStrBuilder b;
    py_builder_init(&b);
    bool ok = py_builder_char(&b, '(') == 0;
    for (int64_t i = 0; ok && i < length; i++) {
        Value item = py_repr(tuple_item(self, i));
        ok =
            item && (i == 0 || py_builder_ascii(&b, ", ", 2) == 0) && py_builder_str(&b, item) == 0;
    }
    ok = ok && py_builder_ascii(&b, length == 1 ? ",)" : ")", length == 1 ? 2 : 1) == 0;
    py_repr_leave(self);
    return ok ? py_builder_finish(&b) : 0;
}

static Value tuple_slice(Value self, int64_t start, int64_t step, int64_t count) {
    if (count == tuple_length(self) && step == 1 && is_exactly(self, TYPE_TUPLE)) return self;
    Value tuple = py_tuple_new((size_t)count);
    if (!tuple) return 0;
    for (int64_t i = 0; i < count; i++)
        REF(PyTuple, tuple)->items[i] = tuple_item(self, start + i * step);
    return tuple;
}

static Value tuple_getitem(Value self, Value key) {
    if (is_exactly(key, TYPE_SLICE)) {
        int64_t start, stop, step, count;
        if (py_slice_indices(key, tuple_length(self), &start, &stop, &step, &count) < 0) return 0;
        return tuple_slice(self, start, step, count);
    }
    if (!has_index(key))
        return py_raise(TYPE_TypeError, "tuple indices must be integers or slices, not %T", key);
    int64_t i = is_int(key) ? int_value(key) : py_index_int64(key, "IndexError");
    if (i == -1 && !is_int(key) && py_error()) return 0;
    if (i < 0) i += tuple_length(self);
    if (i < 0 || i >= tuple_length(self))
        return py_raise(TYPE_IndexError, "tuple index out of range");
    return tuple_item(self, i);
}

static int tuple_contains(Value self, Value item) {
    for (int64_t i = 0; i < tuple_length(self); i++) {
        int equal = py_equal(tuple_item(self, i), item);
        if (equal) return equal;
    }
    return 0;
}

static Value tuple_add(Value a, Value b) {
    if (!py_is_tuple(a)) return VM_NOT_IMPLEMENTED;
    if (!py_is_tuple(b)) {
        if (str_defers_to(b, py_intern_c("__radd__"))) return VM_NOT_IMPLEMENTED;
        return py_raise(TYPE_TypeError, "can only concatenate tuple (not \"%T\") to tuple", b);
    }
    int64_t n = tuple_length(a), m = tuple_length(b);
    if (!n && is_exactly(b, TYPE_TUPLE)) return b;
    if (!m && is_exactly(a, TYPE_TUPLE)) return a;
    Value sum = py_tuple_new((size_t)(n + m));
    if (!sum) return 0;
    for (int64_t i = 0; i < n; i++) REF(PyTuple, sum)->items[i] = tuple_item(a, i);
    for (int64_t i = 0; i < m; i++) REF(PyTuple, sum)->items[n + i] = tuple_item(b, i);
    return sum;
}

static Value tuple_mul(Value a, Value b) {
    if (!py_is_tuple(a)) {
        Value swap = a;
        a = b;
        b = swap;
    }
    if (!has_index(b)) return VM_NOT_IMPLEMENTED;
    int64_t times = py_index_int64(b, "OverflowError"), n = tuple_length(a), total;
    if (times == -1 && py_error()) return 0;
    if (times < 0) times = 0;
    if (is_exactly(a, TYPE_TUPLE) && (times == 1 || !n)) return a;
    if (__builtin_mul_overflow(n, times, &total) || total > INT64_MAX / 16)
        return py_raise_memory();
    Value product = py_tuple_new((size_t)total);
    if (!product || !n) return product;
    for (int64_t at = 0; at < total; at += n)
        for (int64_t i = 0; i < n; i++) REF(PyTuple, product)->items[at + i] = tuple_item(a, i);
    return product;
}

static Value tuple_index(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int64_t start, stop;
    if (sequence_index_bounds(args[2], args[3], tuple_length(args[0]), &start, &stop) < 0) return 0;
    for (int64_t i = start; i < stop && i < tuple_length(args[0]); i++) {
        int equal = py_equal(tuple_item(args[0], i), args[1]);
        if (equal) return equal < 0 ? 0 : int_make(i);
    }
    return py_raise(TYPE_ValueError, "tuple.index(x): x not in tuple");
}

static Value tuple_count(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int64_t count = 0;
    for (int64_t i = 0; i < tuple_length(args[0]); i++) {
        int equal = py_equal(tuple_item(args[0], i), args[1]);
        if (equal < 0) return 0;
        count += equal;
    }
    return int_make(count);
}

static Value tuple_getnewargs(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_tuple_pack(1,
                         py_tuple_from_iterable(tuple_slice(args[0], 0, 1, tuple_length(args[0]))));
}

static Value tuple_iter(Value self) {
    Value it = py_alloc_id(TYPE_TUPLE_ITER, 0);
    if (it) REF(PyIter, it)->a = self;
    return it;
}

static const PyMethodDef tuple_methods[] = {
    {"__getnewargs__", "($self, /)", tuple_getnewargs, 0, 0},
    {"index", "($self, value, start=0, stop=sys.maxsize, /)", tuple_index, 0,
     "Return first index of value.\n\nRaises ValueError if the value is not present."},
    {"count", "($self, value, /)", tuple_count, 0, "Return number of occurrences of value."},
    CLASS_GETITEM,
    {0}};

const PyTypeSpec py_spec_tuple = {
    .doc = "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an "
           "empty tuple.\nIf iterable is specified the tuple is initialized from iterable's "
           "items.\n\nIf the argument is a tuple, the return value is the same object.",
    .slots = {.new = tuple_make,
              .repr = tuple_repr,
              .hash = tuple_hash,
              .richcompare = tuple_compare,
              .iter = tuple_iter,
              .length = tuple_length_slot,
              .getitem = tuple_getitem,
              .contains = tuple_contains,
              .add = tuple_add,
              .mul = tuple_mul},
    .methods = tuple_methods,
    .raw_words = 1,
};
