/* collections.deque and its iterators (see PyDeque in containers.h).
 *
 * An iterator remembers first and last: whatever adds, removes or rotates changes one of them. */
#include "vm/modules/containers.h"
#include "vm/objects/str.h"

#define DEQUE(v) REF(PyDeque, v)

static int64_t deque_length(Value self) { return GET(DEQUE(self), last) - GET(DEQUE(self), first); }

/* The slot of position i; the deque has an array. */
static Value GS *slot(PyDeque GS *d, int64_t i) {
    PyArray GS *array = REF(PyArray, GET(d, items));
    return &array->items[(uint64_t)i & (array->capacity - 1)];
}
static Value deque_at(Value self, int64_t i) { /* i counts from the left end */
    Value GS *at = slot(DEQUE(self), GET(DEQUE(self), first) + i);
    stm_read(at);
    return *at;
}
static void slot_set(PyDeque GS *d, Value GS *at, Value item) {
    stm_write(REF(StmObject, d->items), at);
    *at = item;
}

/* A larger ring, the items at its start. */
static int deque_grow(PyDeque GS *d) {
    Value old = GET(d, items);
    uint64_t capacity = old ? REF(PyArray, old)->capacity * 2 : 8;
    Value array = py_array_new(capacity);
    if (!array) return -1;
    int64_t first = GET(d, first), last = GET(d, last);
    for (int64_t i = first; i < last; i++) {
        Value GS *at = slot(d, i);
        stm_read(at);
        REF(PyArray, array)->items[(uint64_t)i & (capacity - 1)] = *at;
    }
    SET(d, items, array);
    gc_retire(old);
    return 0;
}

static Value deque_pop_end(PyDeque GS *d, bool left) {
    if (!GET(d, items)) return 0;
    int64_t i = left ? GET(d, first) : GET(d, last) - 1;
    Value GS *at = slot(d, i);
    stm_read(at);
    Value item = *at;
    if (!item) return 0;
    slot_set(d, at, 0);
    if (left)
        SET(d, first, i + 1);
    else
        SET(d, last, i);
    return item;
}

static int deque_push(Value self, Value item, bool left) {
    PyDeque GS *d = DEQUE(self);
    int64_t maxlen = GET(d, maxlen);
    if (maxlen >= 0 && deque_length(self) >= maxlen) {
        if (!maxlen) return 0;
        deque_pop_end(d, !left);
    }
    int64_t i = left ? GET(d, first) - 1 : GET(d, last);
    Value GS *at = GET(d, items) ? slot(d, i) : 0;
    if (at) stm_read(at);
    if (!at || *at) {
        if (deque_grow(d) < 0) return -1;
        at = slot(d, i);
    }
    slot_set(d, at, item);
    if (left)
        SET(d, first, i);
    else
        SET(d, last, i + 1);
    return 0;
}

static void deque_empty(PyDeque GS *d) {
    SET(d, items, 0);
    SET(d, first, GET(d, last)); /* iterators see the change */
}

static int deque_extend_from(Value self, Value iterable, bool left) {
    if (iterable == self && !(iterable = py_list_from_iterable(iterable))) return -1;
    Value it = py_iter(iterable), item;
    if (!it) return -1;
    while ((item = py_next(it)) != VM_STOP)
        if (!item || deque_push(self, item, left) < 0) return -1;
    return 0;
}

/* ---- creation */

NEW_SLOT(deque_make) {
    Value self = py_alloc(type, 0);
    if (self) DEQUE(self)->maxlen = -1;
    return self;
}

static int deque_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value given[2] = {nargs > 0 ? args[0] : 0, nargs > 1 ? args[1] : 0};
    int64_t keywords = kwnames ? tuple_length(kwnames) : 0, maxlen = -1;
    if (nargs + (size_t)keywords > 2)
        return py_raise_int(TYPE_TypeError, "deque() takes at most 2 arguments (%zu given)",
                            nargs + (size_t)keywords);
    for (int64_t i = 0; i < keywords; i++) {
        Value name = tuple_item(kwnames, i);
        int which = py_str_equal_c(name, "maxlen") ? 1 : py_str_equal_c(name, "iterable") ? 0 : -1;
        if (which < 0)
            return py_raise_int(TYPE_TypeError, "'%S' is an invalid keyword argument for deque()",
                                name);
        if (given[which])
            return py_raise_int(TYPE_TypeError,
                                "argument for deque() given by name ('%S') and position (%d)", name,
                                which + 1);
        given[which] = args[nargs + (size_t)i];
    }
    if (given[1] && given[1] != VM_NONE) {
        if (!py_is_int(given[1])) return py_raise_int(TYPE_TypeError, "an integer is required");
        maxlen = py_int_i64_or_raise(given[1], "ssize_t");
        if (maxlen == -1 && py_error()) return -1;
        if (maxlen < 0) return py_raise_int(TYPE_ValueError, "maxlen must be non-negative");
    }
    SET(DEQUE(self), maxlen, maxlen);
    if (deque_length(self)) deque_empty(DEQUE(self));
    return given[0] ? deque_extend_from(self, given[0], false) : 0;
}

/* An empty one of the same type, through the type's constructor for subclasses. */
static Value deque_copy_of(Value self) {
    int64_t maxlen = GET(DEQUE(self), maxlen);
    Value limit = maxlen < 0 ? VM_NONE : int_make(maxlen);
    if (!is_exactly(self, TYPE_DEQUE)) return py_call2(py_type_of(self), self, limit);
    Value copy = deque_make(py_type(TYPE_DEQUE), 0, 0, 0);
    if (!copy) return 0;
    DEQUE(copy)->maxlen = maxlen;
    return deque_extend_from(copy, self, false) < 0 ? 0 : copy;
}

/* ---- slots */

static Value deque_repr(Value self) {
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("[...]");
    Value list = py_list_from_iterable(self), text = 0;
    Value name = py_type_name(py_type_of(self));
    int64_t maxlen = GET(DEQUE(self), maxlen);
    if (list && maxlen < 0) text = py_str_format("%S(%R)", name, list);
    if (list && maxlen >= 0)
        text = py_str_format("%S(%R, maxlen=%zd)", name, list, (ssize_t)maxlen);
    py_repr_leave(self);
    return text;
}

static Value deque_item_or_0(Value self, int64_t i) {
    return i < deque_length(self) ? deque_at(self, i) : 0;
}
static Value deque_compare(Value a, Value b, int op) {
    if (!py_is_instance_of(a, TYPE_DEQUE) || !py_is_instance_of(b, TYPE_DEQUE))
        return VM_NOT_IMPLEMENTED;
    return sequence_compare(a, b, op, deque_item_or_0, deque_length);
}

static int deque_index_of(Value self, Value key, int64_t *i) {
    if (!has_index(key))
        return py_raise_int(TYPE_TypeError, "sequence index must be integer, not '%T'", key);
    *i = py_index_int64(key, "IndexError");
    if (*i == -1 && py_error()) return -1;
    if (*i < 0) *i += deque_length(self);
    if (*i >= 0 && *i < deque_length(self)) return 0;
    return py_raise_int(TYPE_IndexError, "deque index out of range");
}
static Value deque_getitem(Value self, Value key) {
    int64_t i;
    return deque_index_of(self, key, &i) < 0 ? 0 : deque_at(self, i);
}

/* Remove item i, the shorter side moving up. */
static void deque_remove_at(Value self, int64_t i) {
    PyDeque GS *d = DEQUE(self);
    int64_t first = GET(d, first), length = deque_length(self);
    bool left = i < length / 2;
    for (; left ? i > 0 : i < length - 1; i += left ? -1 : 1)
        slot_set(d, slot(d, first + i), deque_at(self, left ? i - 1 : i + 1));
    deque_pop_end(d, left);
}

static int deque_setitem(Value self, Value key, Value value) {
    int64_t i;
    if (deque_index_of(self, key, &i) < 0) return -1;
    if (value)
        slot_set(DEQUE(self), slot(DEQUE(self), GET(DEQUE(self), first) + i), value);
    else
        deque_remove_at(self, i);
    return 0;
}

/* Position of the first equal item in [start, stop); -1 if there is none, -2 on error. May call. */
static int64_t deque_find(Value self, Value item, int64_t start, int64_t stop) {
    int64_t first = GET(DEQUE(self), first), last = GET(DEQUE(self), last);
    for (int64_t i = start; i < stop; i++) {
        int equal = py_equal(deque_at(self, i), item);
        if (equal < 0) return -2;
        if (GET(DEQUE(self), first) != first || GET(DEQUE(self), last) != last) {
            py_raise(TYPE_RuntimeError, "deque mutated during iteration");
            return -2;
        }
        if (equal) return i;
    }
    return -1;
}
static int deque_contains(Value self, Value item) {
    int64_t i = deque_find(self, item, 0, deque_length(self));
    return i == -2 ? -1 : i >= 0;
}

static Value deque_add(Value a, Value b) {
    if (!py_is_instance_of(a, TYPE_DEQUE)) return VM_NOT_IMPLEMENTED;
    if (!py_is_instance_of(b, TYPE_DEQUE)) {
        if (str_defers_to(b, py_intern_c("__radd__"))) return VM_NOT_IMPLEMENTED;
        return py_raise(TYPE_TypeError, "can only concatenate deque (not \"%T\") to deque", b);
    }
    Value sum = deque_copy_of(a);
    return sum && deque_extend_from(sum, b, false) == 0 ? sum : 0;
}
static Value deque_iadd(Value self, Value other) {
    return deque_extend_from(self, other, false) < 0 ? 0 : self;
}
static Value deque_imul(Value self, Value other) {
    if (!has_index(other)) return VM_NOT_IMPLEMENTED;
    int64_t times = py_index_int64(other, "OverflowError");
    if (times == -1 && py_error()) return 0;
    if (times <= 0) deque_empty(DEQUE(self));
    int64_t length = deque_length(self), maxlen = GET(DEQUE(self), maxlen), total;
    if (!length || times <= 1) return self;
    if (__builtin_mul_overflow(length, times, &total) || (maxlen < 0 && total > INT64_MAX / 16))
        return py_raise_memory();
    if (maxlen >= 0 && total > maxlen) { /* only the last maxlen items stay: skip whole rounds */
        int64_t rounds = maxlen / length + 2;
        if (times > rounds) times = rounds;
    }
    Value list = py_list_from_iterable(self);
    for (int64_t i = 1; list && i < times; i++)
        if (deque_extend_from(self, list, false) < 0) return 0;
    return list ? self : 0;
}
static Value deque_mul(Value a, Value b) {
    Value deque = py_is_instance_of(a, TYPE_DEQUE) ? a : b, times = deque == a ? b : a;
    if (!has_index(times)) return VM_NOT_IMPLEMENTED;
    Value copy = deque_copy_of(deque);
    return copy ? deque_imul(copy, times) : 0;
}

/* ---- methods */

METHOD(deque_append) { return deque_push(args[0], args[1], false) < 0 ? 0 : VM_NONE; }
METHOD(deque_appendleft) { return deque_push(args[0], args[1], true) < 0 ? 0 : VM_NONE; }
METHOD(deque_extend) { return deque_extend_from(args[0], args[1], false) < 0 ? 0 : VM_NONE; }
METHOD(deque_extendleft) { return deque_extend_from(args[0], args[1], true) < 0 ? 0 : VM_NONE; }
METHOD(deque_copy) { return deque_copy_of(args[0]); }
METHOD(deque_clear) {
    deque_empty(DEQUE(args[0]));
    return VM_NONE;
}
METHOD(deque_pop) {
    Value item = deque_pop_end(DEQUE(args[0]), false);
    return item ? item : py_raise(TYPE_IndexError, "pop from an empty deque");
}
METHOD(deque_popleft) {
    Value item = deque_pop_end(DEQUE(args[0]), true);
    return item ? item : py_raise(TYPE_IndexError, "pop from an empty deque");
}

METHOD(deque_count) {
    int64_t count = 0, first = GET(DEQUE(args[0]), first), last = GET(DEQUE(args[0]), last);
    for (int64_t i = 0; i < last - first; i++) {
        int equal = py_equal(deque_at(args[0], i), args[1]);
        if (equal < 0) return 0;
        count += equal;
        if (GET(DEQUE(args[0]), first) != first || GET(DEQUE(args[0]), last) != last)
            return py_raise(TYPE_RuntimeError, "deque mutated during iteration");
    }
    return int_make(count);
}
METHOD(deque_index) {
    int64_t start, stop, length = deque_length(args[0]);
    if (sequence_index_bounds(args[2], args[3], length, &start, &stop) < 0) return 0;
    if (stop > length) stop = length;
    int64_t i = deque_find(args[0], args[1], start, stop);
    if (i == -1) return py_raise(TYPE_ValueError, "%R is not in deque", args[1]);
    return i == -2 ? 0 : int_make(i);
}
METHOD(deque_remove) {
    int64_t length = deque_length(args[0]), i = deque_find(args[0], args[1], 0, length);
    if (i == -2 && py_error_is(TYPE_RuntimeError) && deque_length(args[0]) != length) {
        py_error_clear();
        return py_raise(TYPE_IndexError, "deque mutated during remove().");
    }
    if (i == -1) return py_raise(TYPE_ValueError, "%R is not in deque", args[1]);
    if (i == -2) return 0;
    deque_remove_at(args[0], i);
    return VM_NONE;
}
METHOD(deque_reverse) {
    PyDeque GS *d = DEQUE(args[0]);
    int64_t first = GET(d, first);
    for (int64_t i = 0, j = deque_length(args[0]) - 1; i < j; i++, j--) {
        Value left = deque_at(args[0], i), right = deque_at(args[0], j);
        slot_set(d, slot(d, first + i), right);
        slot_set(d, slot(d, first + j), left);
    }
    return VM_NONE;
}
METHOD(deque_rotate) {
    int64_t n = 1, length = deque_length(args[0]);
    if (args[1]) {
        Value steps = py_index(args[1]);
        if (!steps) return 0;
        n = py_index_int64(steps, "OverflowError");
        if (n == -1 && py_error()) return 0;
    }
    if (length < 2) return VM_NONE;
    n %= length;
    if (n > length / 2) n -= length;
    if (n < -length / 2) n += length;
    PyDeque GS *d = DEQUE(args[0]);
    for (; n > 0; n--)
        if (deque_push(args[0], deque_pop_end(d, false), true) < 0) return 0;
    for (; n < 0; n++)
        if (deque_push(args[0], deque_pop_end(d, true), false) < 0) return 0;
    return VM_NONE;
}
METHOD(deque_insert) {
    PyDeque GS *d = DEQUE(args[0]);
    int64_t i = py_index_int64(args[1], "OverflowError"), length = deque_length(args[0]);
    if (i == -1 && py_error()) return 0;
    if (GET(d, maxlen) >= 0 && length >= GET(d, maxlen))
        return py_raise(TYPE_IndexError, "deque already at its maximum size");
    if (i < 0 && (i += length) < 0) i = 0;
    if (i > length) i = length;
    if (deque_push(args[0], args[2], false) < 0) return 0;
    int64_t first = GET(d, first);
    for (int64_t j = length; j > i; j--) slot_set(d, slot(d, first + j), deque_at(args[0], j - 1));
    slot_set(d, slot(d, first + i), args[2]);
    return VM_NONE;
}

static Value deque_walk(uint32_t type_id, Value deque) {
    PyDeque GS *d = DEQUE(deque);
    int64_t first = GET(d, first), last = GET(d, last);
    Value it =
        iterator_new(type_id, deque, type_id == TYPE_DEQUE_ITER ? 0 : last - first - 1, last);
    if (it) REF(PyIter, it)->b = int_make(first);
    return it;
}
static Value deque_iter(Value self) { return deque_walk(TYPE_DEQUE_ITER, self); }
METHOD(deque_reversed) { return deque_walk(TYPE_DEQUE_REV_ITER, args[0]); }

METHOD(deque_reduce) {
    Value self = args[0], state = py_call_method(self, "__getstate__", 0, 0);
    Value it = state ? py_iter(self) : 0;
    int64_t maxlen = GET(DEQUE(self), maxlen);
    Value made = maxlen < 0 ? py_tuple_new(0) : py_tuple_pack(2, py_tuple_new(0), int_make(maxlen));
    return it && made ? py_tuple_pack(4, py_type_of(self), made, state, it) : 0;
}
METHOD(deque_sizeof) {
    Value items = GET(DEQUE(args[0]), items);
    size_t bytes = gc_object_size(REF(StmObject, args[0]));
    return int_make((int64_t)(bytes + (items ? gc_object_size(REF(StmObject, items)) : 0)));
}
static Value deque_maxlen(Value self) {
    int64_t maxlen = GET(DEQUE(self), maxlen);
    return maxlen < 0 ? VM_NONE : int_make(maxlen);
}

static const PyMethodDef deque_methods[] = {
    {"append", "($self, object, /)", deque_append, 0,
     "Add an element to the right side of the deque."},
    {"appendleft", "($self, object, /)", deque_appendleft, 0,
     "Add an element to the left side of the deque."},
    {"clear", "($self, /)", deque_clear, 0, "Remove all elements from the deque."},
    {"__copy__", "($self, /)", deque_copy, 0, "Return a shallow copy of a deque."},
    {"copy", "($self, /)", deque_copy, 0, "Return a shallow copy of a deque."},
    {"count", "($self, value, /)", deque_count, 0,
     "D.count(value) -- return number of occurrences of value"},
    {"extend", "($self, iterable, /)", deque_extend, 0,
     "Extend the right side of the deque with elements from the iterable"},
    {"extendleft", "($self, iterable, /)", deque_extendleft, 0,
     "Extend the left side of the deque with elements from the iterable"},
    {"index", "($self, value, start=0, stop=sys.maxsize, /)", deque_index, 0,
     "D.index(value, [start, [stop]]) -- return first index of value.\nRaises ValueError if the "
     "value is not present."},
    {"insert", "($self, index, object, /)", deque_insert, 0,
     "D.insert(index, object) -- insert object before index"},
    {"pop", "($self, /)", deque_pop, 0, "Remove and return the rightmost element."},
    {"popleft", "($self, /)", deque_popleft, 0, "Remove and return the leftmost element."},
    {"__reduce__", "($self, /)", deque_reduce, 0, "Return state information for pickling."},
    {"remove", "($self, value, /)", deque_remove, 0,
     "D.remove(value) -- remove first occurrence of value."},
    {"__reversed__", "($self, /)", deque_reversed, 0,
     "D.__reversed__() -- return a reverse iterator over the deque"},
    {"reverse", "($self, /)", deque_reverse, 0, "D.reverse() -- reverse *IN PLACE*"},
    {"rotate", "($self, n=1, /)", deque_rotate, 0,
     "Rotate the deque n steps to the right (default n=1).  If n is negative, rotates left."},
    {"__sizeof__", "($self, /)", deque_sizeof, 0,
     "D.__sizeof__() -- size of D in memory, in bytes"},
    CLASS_GETITEM,
    {0}};
static const PyGetSetDef deque_getsets[] = {
    {"maxlen", deque_maxlen, 0, "maximum size of a deque or None if unbounded"}, {0}};

const PyTypeSpec py_spec_deque = {
    .doc = "deque([iterable[, maxlen]]) --> deque object\n\nA list-like sequence optimized for "
           "data accesses near its endpoints.",
    .slots = {.new = deque_make,
              .init = deque_init,
              .repr = deque_repr,
              .hash = py_hash_unhashable,
              .richcompare = deque_compare,
              .iter = deque_iter,
              .length = deque_length,
              .getitem = deque_getitem,
              .setitem = deque_setitem,
              .contains = deque_contains,
              .add = deque_add,
              .mul = deque_mul,
              .iadd = deque_iadd,
              .imul = deque_imul},
    .methods = deque_methods,
    .getsets = deque_getsets,
    .raw_words = 3,
};

/* ---- iterators: index counts from the left end; limit is the deque's last, b its first */

static Value deque_step(Value self, int direction) {
    PyIter GS *it = REF(PyIter, self);
    Value deque = GET(it, a);
    if (!deque) return VM_STOP;
    PyDeque GS *d = DEQUE(deque);
    int64_t i = GET(it, index), length = GET(it, limit) - int_value(it->b);
    if (GET(d, last) != GET(it, limit) || GET(d, first) != int_value(it->b)) {
        iterator_end(self);
        return py_raise(TYPE_RuntimeError, "deque mutated during iteration");
    }
    if (i < 0 || i >= length) return iterator_end(self);
    SET(it, index, i + direction);
    return deque_at(deque, i);
}
static Value deque_iter_next(Value self) { return deque_step(self, 1); }
static Value deque_rev_iter_next(Value self) { return deque_step(self, -1); }

static int64_t steps_left(Value self) {
    PyIter GS *it = REF(PyIter, self);
    if (!GET(it, a)) return 0;
    int64_t i = GET(it, index);
    return is_exactly(self, TYPE_DEQUE_ITER) ? GET(it, limit) - int_value(it->b) - i : i + 1;
}
METHOD(deque_iter_length_hint) { return int_make(steps_left(args[0])); }
METHOD(deque_iter_reduce) {
    Value deque = GET(REF(PyIter, args[0]), a);
    if (!deque && !(deque = deque_make(py_type(TYPE_DEQUE), 0, 0, 0))) return 0;
    Value state = py_tuple_pack(2, deque, int_make(deque_length(deque) - steps_left(args[0])));
    return state ? py_tuple_pack(2, py_type_of(args[0]), state) : 0;
}

/* args: the class, the deque, how many items to skip */
static Value deque_iter_restore(uint32_t type_id, const Value *args) {
    if (!py_is_instance_of(args[1], TYPE_DEQUE))
        return py_raise(TYPE_TypeError, "argument 1 must be collections.deque, not %T", args[1]);
    int64_t skip = args[2] ? py_index_int64(args[2], "OverflowError") : 0;
    if (skip == -1 && py_error()) return 0;
    Value it = deque_walk(type_id, args[1]);
    if (it && skip > 0) REF(PyIter, it)->index += type_id == TYPE_DEQUE_ITER ? skip : -skip;
    return it;
}
METHOD(deque_iter_new) { return deque_iter_restore(TYPE_DEQUE_ITER, args); }
METHOD(deque_rev_iter_new) { return deque_iter_restore(TYPE_DEQUE_REV_ITER, args); }

static const PyMethodDef deque_iter_methods[] = {
    {"__length_hint__", "($self, /)", deque_iter_length_hint, 0,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", "($self, /)", deque_iter_reduce, 0, "Return state information for pickling."},
    {0}};
const PyTypeSpec py_spec_deque_iter = {
    .slots = {.iter = iterator_self, .next = deque_iter_next},
    .methods = deque_iter_methods,
    .new_signature = "(deque, index=0, /)",
    .new_fn = deque_iter_new,
    .raw_words = 2,
};
const PyTypeSpec py_spec_deque_rev_iter = {
    .slots = {.iter = iterator_self, .next = deque_rev_iter_next},
    .methods = deque_iter_methods,
    .new_signature = "(deque, index=0, /)",
    .new_fn = deque_rev_iter_new,
    .raw_words = 2,
};
