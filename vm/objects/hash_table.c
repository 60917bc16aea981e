/* The ordered hash table under dict and set (see hash_table.h): growth, insertion, deletion and the
 * look-up of keys whose comparison may call Python. */
#include "vm/objects/hash_table.h"
#include "vm/objects/found.h"

static int64_t GS *hashes_data(Value hashes) { return (int64_t GS *)REF(PyRaw, hashes)->data; }

int64_t table_entry_hash(PyTable GS *t, int64_t entry, Value key) {
    Value hashes = GET(t, hashes);
    if (!hashes) return table_simple_hash(key);
    stm_read(&hashes_data(hashes)[entry]);
    return hashes_data(hashes)[entry];
}

/* ---- looking up */

/* Keys of equal hash, by what can be compared without a call: 1, 0, or -1: not known. Tuples down to `depth` levels. */
static int keys_equal(Value x, Value y, int depth) {
    if (x == y) return 1;
    if ((is_int(x) && is_int(y)) || (is_float(x) && is_float(y))) return 0;
    if (!is_ref(x) || !is_ref(y) || REF(StmObject, x)->shape != REF(StmObject, y)->shape) return -1;
    if (is_exactly(x, TYPE_STR)) return py_str_equal(x, y);
    if (!is_exactly(x, TYPE_TUPLE) || !depth) return -1;
    int64_t length = tuple_length(x);
    if (length != tuple_length(y)) return 0;
    for (int64_t i = 0; i < length; i++) {
        int equal = keys_equal(tuple_item(x, i), tuple_item(y, i), depth - 1);
        if (equal != 1) return equal;
    }
    return 1;
}

/* 1 yes, 0 no, -1 error, 2: the table changed under the comparison, start again. */
static int match_may_call(PyTable GS *t, PyArray GS *e, int64_t n, Value k, Value key, int64_t hash,
                          int shift) {
    enum { TUPLE_LEVELS = 8 };
    if (k == key) return 1;
    if (k == VM_UNBOUND || table_entry_hash(t, n, k) != hash) return 0;
    int equal = keys_equal(k, key, TUPLE_LEVELS);
    if (equal >= 0) return equal;
    if ((equal = py_compare_bool(k, key, PY_EQ)) < 0) return -1;
    if (GET(t, entries) != VAL(e) || GET(e, items[n << shift]) != k) return 2;
    return equal;
}

int64_t table_probe_full(PyTable GS *t, Value key, int shift) {
    Value entries = GET(t, entries);
    if (UNLIKELY(!entries)) return TABLE_ABSENT;
    TablePlace at = {REF(PyArray, entries), REF(PyRaw, t->index), table_simple_hash(key)};
    return at.index ? table_walk(t, at, key, shift, true) : table_scan(t, at, key, shift, true);
}

int64_t table_find_hashed(PyTable GS *t, Value key, int64_t hash, int shift) {
restart:;
    Value entries = GET(t, entries);
    if (!entries) return TABLE_ABSENT;
    PyArray GS *e = REF(PyArray, entries);
    Value index_value = GET(t, index);
    int64_t limit = (int64_t)(e->capacity >> shift), n = -1;
    PyRaw GS *index = REF(PyRaw, index_value);
    unsigned width = index_value ? table_width_log2(index) : 0;
    uint64_t mask = index_value ? (index->capacity >> width) - 1 : 0;
    uint64_t perturb = (uint64_t)hash, slot = perturb & mask;
    for (;;) {
        if (index_value) {
            n = (int64_t)table_slot(index, width, slot) - 1;
            if (n < 0) return TABLE_ABSENT;
            slot = table_next_slot(slot, &perturb) & mask;
        } else if (++n >= limit) {
            return TABLE_ABSENT;
        }
        Value k = GET(e, items[n << shift]);
        if (!k) return TABLE_ABSENT;
        int match = match_may_call(t, e, n, k, key, hash, shift);
        if (match == 2) goto restart;
        if (match) return match == 1 ? n : TABLE_ERROR;
    }
}

int64_t table_find(PyTable GS *t, Value key, int64_t *hash, int shift) {
    if (LIKELY(table_is_simple(key))) {
        *hash = table_simple_hash(key);
        int64_t n = table_find_simple(t, key, shift);
        if (LIKELY(n != TABLE_ODD)) return n;
    } else if ((*hash = py_hash(key)) == -1) {
        return TABLE_ERROR;
    }
    return table_find_hashed(t, key, *hash, shift);
}

/* ---- growing */

/* Keys enter, leave or move: what inline caches know about their positions ends. */
static void keys_change(PyTable GS *t) {
    if (GET(t, keys_version)) SET_GUARD(t, keys_version, 0); /* read with a marker: somebody may be giving it a number */
}

static uint64_t usable(uint64_t slots) { return slots * 2 / 3; }

/* Into a fresh or prepared index, with room. */
static void index_add(PyRaw GS *index, int64_t entry, int64_t hash, bool fresh) {
    unsigned width = table_width_log2(index);
    uint64_t mask = (index->capacity >> width) - 1, perturb = (uint64_t)hash, slot = perturb & mask;
    while (table_slot(index, width, slot)) slot = table_next_slot(slot, &perturb) & mask;
    uint8_t GS *at = index->data + (slot << width);
    if (!fresh) stm_write_plain_read((StmObj)index, at); /* table_slot has marked it */
    if (width == 0)
        *at = (uint8_t)(entry + 1);
    else if (width == 1)
        *(uint16_t GS *)at = (uint16_t)(entry + 1);
    else
        *(uint32_t GS *)at = (uint32_t)(entry + 1);
}

/* What a table of at least `want` entries needs: returns the entries' capacity, and the number of
 * index slots (0: scanned). */
static uint64_t table_capacity(uint64_t want, uint64_t *slots) {
    *slots = 0;
    if (want <= TABLE_SCAN / 2) return TABLE_SCAN / 2;
    if (want <= TABLE_SCAN) return TABLE_SCAN;
    for (*slots = 16; usable(*slots) < want;) *slots *= 2;
    return usable(*slots);
}

static Value index_new(uint64_t slots) {
    return py_raw_new_zero(slots * (slots <= 256 ? 1 : slots <= 65536 ? 2 : 4));
}

static void replace_arrays(PyTable GS *t, Value index, Value entries, Value hashes) {
    vm_found_forget();
    const Value old[] = {t->index, t->entries, t->hashes};
    SET(t, index, index);
    stm_write_covered((StmObj)t, &t->entries, old[0]); /* the index changes with it */
    SET_COVERED(t, entries, entries);
    SET(t, hashes, hashes);
    for (int i = 0; i < 3; i++) gc_retire(old[i]);
}

/* A new set of arrays for at least `want` entries, filled with the live entries of `from`, put
 * into `to`, which may be the same table. */
static int rebuild(PyTable GS *to, PyTable GS *from, uint64_t want, int shift) {
    uint64_t slots, capacity = table_capacity(want, &slots);
    if (capacity > UINT32_MAX - 1) return py_raise_memory(), -1;
    Value entries = py_array_new(capacity << shift), index = 0, hashes = 0;
    Value old_hashes = GET(from, hashes), old = GET(from, entries);
    if (!entries || (slots && !(index = index_new(slots)))) return -1;
    if (old_hashes && !(hashes = py_raw_new(capacity * 8))) return -1;
    PyArray GS *source = REF(PyArray, old), *target = REF(PyArray, entries);
    int64_t fill = GET(from, fill), used = 0;
    if (fill) stm_read_range(source->items, (size_t)(fill << shift) * sizeof(Value));
    if (old_hashes) stm_read_range(hashes_data(old_hashes), (size_t)fill * 8);
    for (int64_t n = 0; n < fill; n++) {
        Value key = source->items[n << shift];
        if (key == VM_UNBOUND) continue;
        target->items[used << shift] = key;
        if (shift) target->items[2 * used + 1] = source->items[2 * n + 1];
        int64_t hash = old_hashes ? hashes_data(old_hashes)[n] : table_simple_hash(key);
        if (hashes) hashes_data(hashes)[used] = hash;
        if (index) index_add(REF(PyRaw, index), used, hash, true);
        used++;
    }
    keys_change(to);
    SET(to, fill, used);
    SET(to, used, used);
    replace_arrays(to, index, entries, hashes);
    return 0;
}

int table_resize(PyTable GS *t, int64_t want, int shift) {
    return rebuild(t, t, (uint64_t)want, shift);
}

int table_copy(PyTable GS *to, PyTable GS *from, int shift) {
    int64_t used = GET(from, used);
    return used ? rebuild(to, from, (uint64_t)used, shift) : 0;
}

/* The first key that is not simple arrives: store the hashes of the others. */
static int hashes_make(PyTable GS *t, int shift) {
    PyArray GS *e = REF(PyArray, GET(t, entries));
    Value hashes = py_raw_new((e->capacity >> shift) * 8);
    if (!hashes) return -1;
    int64_t fill = GET(t, fill);
    for (int64_t n = 0; n < fill; n++) {
        Value key = GET(e, items[n << shift]);
        hashes_data(hashes)[n] = key == VM_UNBOUND ? 0 : table_simple_hash(key);
    }
    SET(t, hashes, hashes);
    return 0;
}

/* ---- inserting, deleting */

/* Without index, hashes and deleted entries: a longer array takes the entries as they are. */
static int grow_scanned(PyTable GS *t, int64_t fill, int shift) {
    Value old = GET(t, entries), entries = py_array_new((size_t)(fill ? TABLE_SCAN : TABLE_SCAN / 2) << shift);
    if (!entries) return -1;
    if (fill) array_copy(REF(PyArray, entries), 0, REF(PyArray, old), 0, (size_t)(fill << shift));
    vm_found_forget();
    SET_COVERED(t, entries, entries);
    return 0;
}
/* Room for one entry more. */
static int grow(PyTable GS *t, int shift) {
    int64_t used = GET(t, used), fill = GET(t, fill);
    if (fill == used && fill < TABLE_SCAN && !GET(t, index) && !GET(t, hashes)) return grow_scanned(t, fill, shift);
    return table_resize(t, used + (used >> 1) + 1, shift);
}

int table_insert(PyTable GS *t, Value key, Value value, int64_t hash, int shift) {
    Value entries = GET(t, entries);
    int64_t fill = GET(t, fill);
    if (!entries || (uint64_t)fill >= REF(PyArray, entries)->capacity >> shift) {
        if (grow(t, shift) < 0) return -1;
        entries = t->entries;
        fill = t->fill;
    }
    if (!GET(t, hashes) && !table_is_simple(key) && hashes_make(t, shift) < 0) return -1;
    keys_change(t);
    /* The index changes with `entries`. Whoever writes entry `fill` has marked `fill`, and changes it: it needs no marker of its own. */
    PyArray GS *e = REF(PyArray, entries);
    Value index = t->index, hashes = t->hashes;
    if (index) index_add(REF(PyRaw, index), fill, hash, false);
    if (hashes) {
        stm_write_plain_read(REF(StmObject, hashes), &hashes_data(hashes)[fill]);
        hashes_data(hashes)[fill] = hash;
    }
    SET_VALUE_READ(e, items[fill << shift], key);
    if (shift) SET_VALUE_READ(e, items[2 * fill + 1], value);
    SET_RAW_READ(t, fill, fill + 1);
    SET_RAW_READ(t, used, GET(t, used) + 1);
    return 0;
}

void table_clear(PyTable GS *t) {
    keys_change(t);
    SET(t, used, 0);
    SET(t, fill, 0);
    replace_arrays(t, 0, 0, 0);
}

/* Who has found the entry has marked its key or its value: both change. */
void table_delete(PyTable GS *t, int64_t entry, int shift) {
    keys_change(t);
    int64_t used = GET(t, used) - 1;
    PyArray GS *e = REF(PyArray, GET(t, entries));
    if (used == 0 && GET(t, index)) {
        table_clear(t);
        return;
    }
    vm_found_forget();
    SET(e, items[entry << shift], VM_UNBOUND);
    if (shift) SET(e, items[2 * entry + 1], 0);
    SET(t, used, used);
    /* Where no index slot points at the last entries a set takes them back. A dict keeps them passed over: what is put in place of
     * a deleted key must not slip behind an iterator. */
    if (GET(t, index) || shift) return;
    int64_t fill = GET(t, fill);
    while (fill && GET(e, items[(fill - 1) << shift]) == VM_UNBOUND) {
        fill--;
        SET(e, items[fill << shift], 0);
    }
    SET(t, fill, fill);
}

/* ---- walking */

static int64_t entry_at(PyArray GS *e, int64_t n, Value *key, Value *value, int shift) {
    *key = GET(e, items[n << shift]);
    if (*key == VM_UNBOUND) return -1;
    if (value && shift) *value = GET(e, items[2 * n + 1]);
    return n;
}

int64_t table_next(PyTable GS *t, int64_t position, Value *key, Value *value, int shift) {
    int64_t fill = GET(t, fill);
    if (position < 0 || position >= fill) return -1;
    PyArray GS *e = REF(PyArray, GET(t, entries));
    for (; position < fill; position++)
        if (entry_at(e, position, key, value, shift) >= 0) return position;
    return -1;
}

int64_t table_previous(PyTable GS *t, int64_t position, Value *key, Value *value, int shift) {
    int64_t fill = GET(t, fill);
    if (position >= fill) position = fill - 1;
    if (position < 0) return -1;
    PyArray GS *e = REF(PyArray, GET(t, entries));
    for (; position >= 0; position--)
        if (entry_at(e, position, key, value, shift) >= 0) return position;
    return -1;
}

int64_t table_first(PyTable GS *t, int shift) {
    Value key;
    int64_t n = table_next(t, 0, &key, 0, shift);
    if (n <= 16 + GET(t, used)) return n;
    if (table_resize(t, t->used, shift) == 0) return 0;
    py_error_clear(); /* no memory: the table is as it was, only slower */
    return n;
}
