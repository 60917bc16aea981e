/* Iterators over a dict's keys, values and items, forwards and backwards: index is the next entry
 * number, limit the dict's length at the start, b how many entries were passed over (deleted ones). */
#include "vm/objects/dict.h"
#include "vm/objects/iterators.h"

static bool is_reverse(uint32_t type_id) {
    return type_id == TYPE_DICT_REV_KEY_ITER || type_id == TYPE_DICT_REV_VALUE_ITER ||
           type_id == TYPE_DICT_REV_ITEM_ITER;
}

Value dict_iter_new(uint32_t type_id, Value dict) {
    int64_t start = is_reverse(type_id) ? GET(TABLE(dict), fill) - 1 : 0;
    Value it = iterator_new(type_id, dict, start, py_dict_length(dict));
    if (it) REF(PyIter, it)->b = int_make(0);
    return it;
}

/* Advance: the key and value of the next entry; 1, 0 at the end, -1. */
static int advance(Value self, Value *key, Value *value, bool reverse) {
    PyIter GS *it = REF(PyIter, self);
    Value dict = GET(it, a);
    if (!dict) return 0;
    if (py_dict_length(dict) != GET(it, limit)) {
        SET(it, limit, -1); /* the error stays */
        return py_raise_int(TYPE_RuntimeError, "dictionary changed size during iteration");
    }
    int64_t at = GET(it, index);
    int64_t n = reverse ? table_previous(TABLE(dict), at, key, value, DICT_SHIFT)
                        : table_next(TABLE(dict), at, key, value, DICT_SHIFT);
    if (n < 0) {
        iterator_end(self);
        return 0;
    }
    if (!reverse && (n != at || at >= GET(it, limit))) {
        int64_t passed = int_value(GET(it, b)), yielded = at - passed;
        if (yielded >= GET(it, limit)) {
            iterator_end(self);
            return py_raise_int(TYPE_RuntimeError, "dictionary keys changed during iteration");
        }
        SET_VALUE(it, b, int_make(passed + n - at));
    }
    SET(it, index, reverse ? n - 1 : n + 1);
    return 1;
}

#define ITERATOR(name, reverse, result)                                                            \
    static Value name(Value self) {                                                                \
        Value key, value;                                                                          \
        int state = advance(self, &key, &value, reverse);                                          \
        return state > 0 ? (result) : state == 0 ? VM_STOP : 0;                                    \
    }
ITERATOR(next_key, false, key)
ITERATOR(next_value, false, value)
ITERATOR(next_item, false, py_tuple_pack(2, key, value))
ITERATOR(previous_key, true, key)
ITERATOR(previous_value, true, value)
ITERATOR(previous_item, true, py_tuple_pack(2, key, value))

METHOD(length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value dict = GET(it, a), key;
    int64_t count = 0, n = GET(it, index);
    if (!dict || py_dict_length(dict) != GET(it, limit)) return int_make(0);
    if (is_reverse(shape_of(args[0])))
        for (; (n = table_previous(TABLE(dict), n, &key, 0, DICT_SHIFT)) >= 0; n--) count++;
    else
        for (; (n = table_next(TABLE(dict), n, &key, 0, DICT_SHIFT)) >= 0; n++) count++;
    return int_make(count);
}

/* The rest as a list, from a copy of the iterator. */
METHOD(reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value copy = iterator_new(shape_of(args[0]), GET(it, a), GET(it, index), GET(it, limit));
    if (copy) REF(PyIter, copy)->b = GET(it, b);
    Value list = copy ? py_list_from_iterable(copy) : 0;
    return list ? iterator_reduce_list(list) : 0;
}

static const PyMethodDef iter_methods[] = {
    {"__length_hint__", "($self, /)", length_hint, 0,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", "($self, /)", reduce, 0, "Return state information for pickling."},
    {0}};

#define ITER_SPEC(cname, step)                                                                     \
    const PyTypeSpec py_spec_##cname = {                                                           \
        .slots = {.iter = iterator_self, .next = step},                                            \
        .methods = iter_methods,                                                                   \
        .raw_words = 2,                                                                            \
    }
ITER_SPEC(dict_key_iter, next_key);
ITER_SPEC(dict_value_iter, next_value);
ITER_SPEC(dict_item_iter, next_item);
ITER_SPEC(dict_rev_key_iter, previous_key);
ITER_SPEC(dict_rev_value_iter, previous_value);
ITER_SPEC(dict_rev_item_iter, previous_item);
