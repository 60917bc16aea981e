/* Module _pickle: the memo of a Pickler, which objects have been written and by what number they are known; and that of an
 * Unpickler.
 *
 * `objects` is a list of them by number; VM_UNBOUND where none has this number. `table` finds an object's number by its
 * address: an open-addressing table of numbers + 1, a power of two of them, at most half of them in use.
 * An Unpickler's `memo` is a list of the objects from number 0 on; those behind a gap are in the dict `sparse_memo`.
 *
 * I1: the table is good while `table_stamp` is gc_address_stamp(); else objects may have moved, and it is made again. */
#include "vm/modules/pickle.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"

enum { LEAST_SLOTS = 32 };
typedef uint32_t GS Slot;

static PyPickler GS *pickler(Value v) { return REF(PyPickler, v); }
static uint64_t slot_count(Value table) { return REF(PyRaw, table)->capacity / sizeof(Slot); }
static Slot *slots_of(Value table) { return (Slot *)REF(PyRaw, table)->data; }

/* Where v is in a table, or the free slot for it. */
static uint64_t find_slot(Value table, Value objects, Value v) {
    uint64_t mask = slot_count(table) - 1, i = (v >> 3) * 0x9e3779b97f4a7c15 >> 32 & mask;
    const Slot *slots = slots_of(table);
    for (;; i = (i + 1) & mask) {
        stm_read(&slots[i]);
        if (!slots[i] || list_get_fast(objects, (int64_t)slots[i] - 1) == v) return i;
    }
}
static void set_slot(Value table, uint64_t i, int64_t number) {
    Slot *slot = &slots_of(table)[i];
    stm_write_plain((StmObj)REF(PyRaw, table), slot);
    *slot = (uint32_t)number + 1;
}

/* A table with room for one object more. 0 or -1. */
static int make_table(Value self) {
    Value objects = GET(pickler(self), objects);
    int64_t n = py_list_length(objects);
    uint64_t slots = LEAST_SLOTS;
    while (slots < 2 * (uint64_t)n + 2) slots *= 2;
    if (n >= UINT32_MAX / 2) return py_raise_memory(), -1;
    Value table = py_raw_new_zero(slots * sizeof(Slot));
    if (!table) return -1;
    for (int64_t i = 0; i < n; i++) {
        Value v = list_get_fast(objects, i);
        if (v != VM_UNBOUND) set_slot(table, find_slot(table, objects, v), i);
    }
    SET(pickler(self), table, table);
    SET(pickler(self), table_stamp, gc_address_stamp());
    return 0;
}
static bool table_is_good(Value self) { return GET(pickler(self), table_stamp) == gc_address_stamp() && GET(pickler(self), table); }

int64_t pickle_memo_find(Value self, Value v) {
    Value objects = GET(pickler(self), objects);
    if (!table_is_good(self) && make_table(self) < 0) return MEMO_FAILED;
    Value table = GET(pickler(self), table);
    return (int64_t)slots_of(table)[find_slot(table, objects, v)] - 1;
}

int64_t pickle_memo_add(Value self, Value v) {
    Value objects = GET(pickler(self), objects), table = GET(pickler(self), table);
    int64_t number = py_list_length(objects);
    bool good = table_is_good(self) && 2 * (uint64_t)number + 2 <= slot_count(table);
    if ((!good && make_table(self) < 0) || list_append_fast(objects, v) < 0) return MEMO_FAILED;
    table = GET(pickler(self), table);
    set_slot(table, find_slot(table, objects, v), number);
    return number;
}

int pickle_memo_clear(Value self) {
    Value objects = py_list_new(0);
    if (!objects) return -1;
    SET(pickler(self), objects, objects);
    SET(pickler(self), table, 0);
    return 0;
}

Value pickle_memo_dict(Value self) {
    Value objects = GET(pickler(self), objects), copy = py_dict_new();
    for (int64_t i = 0; copy && objects && i < py_list_length(objects); i++) {
        Value v = py_list_item(objects, i), id, pair;
        if (v == VM_UNBOUND) continue;
        if (!(id = py_int_from_u64(gc_id(v))) || !(pair = py_tuple_pack(2, int_make(i), v)) || py_dict_set(copy, id, pair) < 0) return 0;
    }
    return copy;
}

int pickle_memo_assign(Value self, Value dict) {
    Value objects = py_list_new(0), key, pair;
    for (int64_t at = 0; objects && py_dict_next(dict, &at, &key, &pair);) {
        if (!py_is_tuple(pair) || tuple_length(pair) != 2) return py_raise_int(TYPE_TypeError, "'memo' values must be 2-item tuples");
        int64_t i = py_index_int64(tuple_item(pair, 0), "OverflowError");
        if (i == -1 && py_error()) return -1;
        if (i < 0 || i > py_dict_length(dict)) return py_raise_int(TYPE_ValueError, "memo index out of range");
        while (py_list_length(objects) <= i)
            if (py_list_append(objects, VM_UNBOUND) < 0) return -1;
        py_list_set_item(objects, i, tuple_item(pair, 1));
    }
    if (!objects) return -1;
    SET(pickler(self), objects, objects);
    SET(pickler(self), table, 0);
    return 0;
}

/* ---- of an Unpickler ------------------------------------------------------------------------------------------------ */

static PyUnpickler GS *unpickler(Value v) { return REF(PyUnpickler, v); }

int unpickle_memo_clear(Value self) {
    Value memo = py_list_new(0);
    if (!memo) return -1;
    SET(unpickler(self), memo, memo);
    SET(unpickler(self), sparse_memo, 0);
    return 0;
}

Value unpickle_memo_get(Value self, Value number) {
    Value found = is_int(number) ? list_get_fast(GET(unpickler(self), memo), int_value(number)) : 0, sparse;
    if (found) return found;
    sparse = GET(unpickler(self), sparse_memo);
    return sparse ? py_dict_get(sparse, number) : VM_UNBOUND;
}

int unpickle_memo_put(Value self, Value number, Value v) {
    Value memo = GET(unpickler(self), memo), sparse = GET(unpickler(self), sparse_memo);
    if (is_int(number) && list_set_fast(memo, int_value(number), v)) return 0;
    if (number == int_make(py_list_length(memo))) return (sparse && py_dict_delete(sparse, number) < 0) ? -1 : list_append_fast(memo, v);
    if (!sparse) {
        if (!(sparse = py_dict_new())) return -1;
        SET(unpickler(self), sparse_memo, sparse);
    }
    return py_dict_set(sparse, number, v);
}

int64_t unpickle_memo_count(Value self) {
    Value sparse = GET(unpickler(self), sparse_memo);
    return py_list_length(GET(unpickler(self), memo)) + (sparse ? py_dict_length(sparse) : 0);
}

Value unpickle_memo_dict(Value self) {
    Value memo = GET(unpickler(self), memo), sparse = GET(unpickler(self), sparse_memo), copy = py_dict_new();
    for (int64_t i = 0; copy && memo && i < py_list_length(memo); i++)
        if (py_dict_set(copy, int_make(i), py_list_item(memo, i)) < 0) return 0;
    return copy && sparse && py_dict_update(copy, sparse) < 0 ? 0 : copy;
}

int unpickle_memo_assign(Value self, Value dict) {
    Value key, value;
    for (int64_t at = 0; py_dict_next(dict, &at, &key, &value);) {
        if (!py_is_int(key)) return py_raise_int(TYPE_TypeError, "memo key must be integers");
        if (py_int_compare(key, int_make(0)) < 0) return py_raise_int(TYPE_ValueError, "memo key must be positive integers.");
    }
    if (unpickle_memo_clear(self) < 0) return -1;
    for (int64_t at = 0; py_dict_next(dict, &at, &key, &value);)
        if (unpickle_memo_put(self, key, value) < 0) return -1;
    return 0;
}
