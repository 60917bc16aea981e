/* Storage of containers: PyArray (Values) and PyRaw (bytes). Python code never sees one, so their
 * types have no methods. A fresh one may be filled without barriers until the next safepoint. */
#include "vm/objects/list.h"

Value py_array_new(size_t capacity) {
    if (UNLIKELY(capacity > (SIZE_MAX >> 8))) return py_raise_memory();
    size_t bytes = sizeof(PyArray) + capacity * sizeof(Value);
    StmRef ref = gc_alloc(TYPE_ARRAY, 1 | GCK_MUTABLE, bytes);
    if (UNLIKELY(!ref)) return py_raise_memory();
    PyArray GS *array = REF(PyArray, ref);
    array->capacity = capacity;
    if (bytes <= GC_MAX_SMALL)
        for (size_t i = 0; i < capacity; i++) array->items[i] = 0;
    return ref;
}

Value py_raw_new(size_t bytes) {
    if (UNLIKELY(bytes > (SIZE_MAX >> 8))) return py_raise_memory();
    StmRef ref = gc_alloc(TYPE_RAW, GC_KIND_LEAF | GCK_MUTABLE, sizeof(PyRaw) + bytes);
    if (UNLIKELY(!ref)) return py_raise_memory();
    REF(PyRaw, ref)->capacity = bytes;
    return ref;
}

Value py_raw_new_zero(size_t bytes) {
    Value raw = py_raw_new(bytes);
    if (raw && bytes <= GC_MAX_SMALL) { /* large ones are zero */
        uint64_t GS *words = (uint64_t GS *)REF(PyRaw, raw)->data;
        for (size_t i = 0; i < bytes / 8; i++) words[i] = 0;
    }
    return raw;
}

void array_copy(PyArray GS *to, size_t to_index, PyArray GS *from, size_t from_index,
                size_t count) {
    if (!count) return;
    stm_read_range(&from->items[from_index], count * sizeof(Value));
    if (count < 64) {
        for (size_t i = 0; i < count; i++) to->items[to_index + i] = from->items[from_index + i];
        return;
    }
    void *target = stm_flat(&to->items[to_index], count * sizeof(Value), true);
    memcpy(target, stm_flat(&from->items[from_index], count * sizeof(Value), false),
           count * sizeof(Value));
}

void array_move(PyArray GS *array, size_t to, size_t from, size_t count) {
    if (!count || to == from) return;
    size_t low = to < from ? to : from, high = (to < from ? from : to) + count;
    stm_write_range((StmObj)array, &array->items[low], (high - low) * sizeof(Value));
    Value *flat = stm_flat(&array->items[low], (high - low) * sizeof(Value), true);
    memmove(flat + (to - low), flat + (from - low), count * sizeof(Value));
}

void array_clear(PyArray GS *array, size_t start, size_t count) {
    if (!count) return;
    stm_write_range((StmObj)array, &array->items[start], count * sizeof(Value));
    for (size_t i = 0; i < count; i++) array->items[start + i] = 0;
}

const PyTypeSpec py_spec_array_storage = {.raw_words = 1};
const PyTypeSpec py_spec_raw_storage = {.raw_words = GC_KIND_LEAF};
