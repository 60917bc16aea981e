/* set and frozenset: the interface for C code (vm.h) and the operations between two sets. */
#include "vm/objects/set.h"

Value py_set_new(void) { return py_alloc_id(TYPE_SET, 0); }

int py_set_add(Value set, Value item) {
    int64_t hash, n = table_find(TABLE(set), item, &hash, SET_SHIFT);
    if (n == TABLE_ABSENT) return table_insert(TABLE(set), item, 0, hash, SET_SHIFT);
    return n >= 0 ? 0 : -1;
}

int py_set_contains(Value set, Value item) {
    int64_t hash, n = table_find(TABLE(set), item, &hash, SET_SHIFT);
    return n >= 0 ? 1 : n == TABLE_ABSENT ? 0 : -1;
}

int py_set_discard(Value set, Value item) {
    int64_t hash, n = table_find(TABLE(set), item, &hash, SET_SHIFT);
    if (n < 0) return n == TABLE_ABSENT ? 0 : -1;
    table_delete(TABLE(set), n, SET_SHIFT);
    return 1;
}

int64_t py_set_length(Value set) { return GET(TABLE(set), used); }

bool py_set_next(Value set, int64_t *position, Value *item) {
    int64_t n = table_next(TABLE(set), *position, item, 0, SET_SHIFT);
    if (n < 0) return false;
    *position = n + 1;
    return true;
}

/* ---- with hashes at hand: these call __eq__ at most */

static int64_t find_entry(Value set, Value key, int64_t hash) {
    if (table_is_simple(key)) {
        int64_t n = table_find_simple(TABLE(set), key, SET_SHIFT);
        if (n != TABLE_ODD) return n;
    }
    return table_find_hashed(TABLE(set), key, hash, SET_SHIFT);
}

/* The next entry of a set that may change while we walk: `position` counts entries. */
static bool next_hashed(Value set, int64_t *position, Value *key, int64_t *hash) {
    int64_t n = table_next(TABLE(set), *position, key, 0, SET_SHIFT);
    if (n < 0) return false;
    *hash = table_entry_hash(TABLE(set), n, *key);
    *position = n + 1;
    return true;
}

int set_merge(Value set, Value other) {
    if (set == other) return 0;
    if (!GET(TABLE(set), fill)) return table_copy(TABLE(set), TABLE(other), SET_SHIFT);
    Value key;
    int64_t hash;
    for (int64_t position = 0; next_hashed(other, &position, &key, &hash);) {
        int64_t n = find_entry(set, key, hash);
        if (n == TABLE_ERROR) return -1;
        if (n == TABLE_ABSENT && table_insert(TABLE(set), key, 0, hash, SET_SHIFT) < 0) return -1;
    }
    return 0;
}

int set_remove_all(Value set, Value other) {
    if (set == other) {
        table_clear(TABLE(set));
        return 0;
    }
    Value key;
    int64_t hash;
    for (int64_t position = 0; next_hashed(other, &position, &key, &hash);) {
        int64_t n = find_entry(set, key, hash);
        if (n == TABLE_ERROR) return -1;
        if (n >= 0) table_delete(TABLE(set), n, SET_SHIFT);
    }
    return 0;
}

int set_keep_common(Value set, Value other) {
    if (set == other) return 0;
    Value common = set_empty_like(set), key;
    int64_t hash;
    if (!common) return -1;
    bool swap = py_set_length(set) > py_set_length(other);
    Value walk = swap ? other : set, probe = swap ? set : other;
    for (int64_t position = 0; next_hashed(walk, &position, &key, &hash);) {
        int64_t n = find_entry(probe, key, hash);
        if (n == TABLE_ERROR) return -1;
        if (n >= 0 && table_insert(TABLE(common), key, 0, hash, SET_SHIFT) < 0) return -1;
    }
    table_clear(TABLE(set));
    return table_copy(TABLE(set), TABLE(common), SET_SHIFT);
}

int set_toggle_all(Value set, Value other) {
    if (set == other) {
        table_clear(TABLE(set));
        return 0;
    }
    Value key;
    int64_t hash;
    for (int64_t position = 0; next_hashed(other, &position, &key, &hash);) {
        int64_t n = find_entry(set, key, hash);
        if (n == TABLE_ERROR) return -1;
        if (n >= 0)
            table_delete(TABLE(set), n, SET_SHIFT);
        else if (table_insert(TABLE(set), key, 0, hash, SET_SHIFT) < 0)
            return -1;
    }
    return 0;
}

int set_is_subset(Value a, Value b) {
    if (py_set_length(a) > py_set_length(b)) return 0;
    Value key;
    int64_t hash;
    for (int64_t position = 0; next_hashed(a, &position, &key, &hash);) {
        int64_t n = find_entry(b, key, hash);
        if (n < 0) return n == TABLE_ABSENT ? 0 : -1;
    }
    return 1;
}

/* ---- construction */

Value set_empty_like(Value set) {
    return py_alloc_id(is_frozen(set) ? TYPE_FROZENSET : TYPE_SET, 0);
}

Value set_copy_of(Value set) {
    Value copy = set_empty_like(set);
    if (!copy || table_copy(TABLE(copy), TABLE(set), SET_SHIFT) < 0) return 0;
    return copy;
}

int py_set_update(Value set, Value iterable) {
    if (is_any_set(iterable)) return set_merge(set, iterable);
    if (is_exactly(iterable, TYPE_DICT)) {
        Value key;
        int64_t used = py_dict_length(iterable);
        for (int64_t position = 0; py_dict_next(iterable, &position, &key, 0);) {
            int64_t hash = table_entry_hash(TABLE(iterable), position - 1, key);
            int64_t n = find_entry(set, key, hash);
            if (n == TABLE_ERROR) return -1;
            if (n == TABLE_ABSENT && table_insert(TABLE(set), key, 0, hash, SET_SHIFT) < 0)
                return -1;
            if (py_dict_length(iterable) != used)
                return py_raise_int(TYPE_RuntimeError, "dictionary changed size during iteration");
        }
        return 0;
    }
    Value it = py_iter(iterable), item;
    if (!it) return -1;
    while ((item = py_next(it)) != VM_STOP)
        if (!item || py_set_add(set, item) < 0) return -1;
    return 0;
}

Value set_from_any(Value iterable) {
    if (is_any_set(iterable)) return iterable;
    Value set = py_set_new();
    return set && py_set_update(set, iterable) == 0 ? set : 0;
}

Value py_frozenset_from_iterable(Value iterable) {
    if (is_exactly(iterable, TYPE_FROZENSET)) return iterable;
    Value set = py_alloc_id(TYPE_FROZENSET, 0);
    if (!set || py_set_update(set, iterable) < 0) return 0;
    return py_set_length(set) ? set : py_frozenset_empty();
}
