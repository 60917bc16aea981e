/* The ordered hash table under dict and set: entries in insertion order, and an index of entry
 * numbers. PyDict and PySet have the same words (keys_version is a set's hash, 0 while the table
 * changes), so one set of functions serves both: `shift` is 1 for dicts (key, value) and 0 for sets
 * (key only); entry n's key is items[n << shift].
 *
 * I1: entries[0, fill) have a key: a value, or VM_UNBOUND once deleted; from fill on it is 0.
 * I2: no index while there are at most TABLE_SCAN entries: they are scanned. Otherwise the index
 * has a power of two of slots, 1, 2 or 4 bytes wide by its size; a slot holds entry number + 1, or
 *     0. A deleted entry keeps its slot until the next resize.
 * I3: hashes == 0 means every key is an exact str or a tagged int, whose hash is at hand: then a
 *     tagged int matches by identity alone.
 * I4: whatever moves entries makes a new entries array: who kept the old reference sees the change.
 * I5: a look-up marks what decided the answer: the entry that was found (its key or, by who goes on to read it, its value) or the
 *     empty slot. Neither `used` nor `fill`, so it does not conflict with other threads' insertions. What it passes on the way
 *     needs no marker: in an index, a slot in use and the key behind it never become another key's. `entries`, which changes with
 *     every rebuild, is a covered word (stm/README.md): entries and index stand for it. So its marker is needed only where there
 *     are none, and by look-ups that read other objects than these two before they know the answer: those behind the first step. */
#ifndef VM_OBJECTS_HASH_TABLE_H
#define VM_OBJECTS_HASH_TABLE_H

#include "vm/objects/list.h"

typedef PyDict PyTable;
enum {
    TABLE_ABSENT = -1,
    TABLE_ERROR = -2, /* exception set */
    TABLE_ODD = -3,   /* a key of another type with this hash: only table_find_hashed can tell */
    TABLE_UNSURE = -4, /* it takes a call of C to tell */
    TABLE_SCAN = 8
};
#define DICT_SHIFT 1
#define SET_SHIFT  0
#define TABLE(v)   REF(PyTable, v)

static inline unsigned table_width_log2(PyRaw GS *index) {
    return index->capacity <= 256 ? 0 : index->capacity <= 131072 ? 1 : 2;
}
static inline uint64_t table_next_slot(uint64_t slot, uint64_t *perturb) {
    *perturb >>= 5;
    return slot * 5 + *perturb + 1;
}
/* What is in a slot of the index: marked if nothing (I5). */
static inline uint32_t table_slot(PyRaw GS *index, unsigned width_log2, uint64_t slot) {
    uint8_t GS *at = index->data + (slot << width_log2);
    uint32_t n = width_log2 == 0 ? *at : width_log2 == 1 ? *(uint16_t GS *)at : *(uint32_t GS *)at;
    if (!n) stm_read(at);
    return n;
}

static inline bool table_is_simple(Value key) { return is_int(key) || is_exactly(key, TYPE_STR); }
static inline int64_t table_str_hash(Value str) {
    int64_t hash = REF(PyStr, str)->hash;
    return LIKELY(hash != 0) ? hash : py_str_hash(str);
}
/* An int that is its own hash: nearly all tagged ones. */
static inline bool table_hashes_itself(int64_t i) { return i >= 0 && i < (INT64_C(1) << 61) - 1; }
static inline int64_t table_simple_hash(Value key) {
    if (!is_int(key)) return table_str_hash(key);
    int64_t i = int_value(key);
    return LIKELY(table_hashes_itself(i)) ? i : py_int_hash(key);
}

/* 1: entry key `k` matches the exact str or tagged int `key`; 0: no; TABLE_ODD (I3); TABLE_UNSURE: without `full`, it takes a call to tell. */
static inline int table_match_simple(PyTable GS *t, int64_t entry, Value k, Value key, int64_t hash, bool full) {
    if (LIKELY(k == key)) return 1;
    if (is_exactly(k, TYPE_STR)) { /* nearly always their hashes differ */
        int64_t other = full ? table_str_hash(k) : REF(PyStr, k)->hash;
        if (other != hash) return full || other ? 0 : TABLE_UNSURE;
        if (is_int(key)) return 0;
        PyStr GS *a = REF(PyStr, k), *b = REF(PyStr, key);
        if (a->interned & b->interned) return 0;
        return !full ? TABLE_UNSURE : a->length == b->length && py_str_equal(k, key);
    }
    if (is_int(k) || k == VM_UNBOUND) return 0;
    if (!full) return TABLE_UNSURE;
    Value hashes = GET(t, hashes);
    return hashes && ((int64_t GS *)REF(PyRaw, hashes)->data)[entry] == hash ? TABLE_ODD : 0;
}

/* Where a look-up has got to. */
typedef struct TablePlace {
    PyArray GS *e;
    PyRaw GS *index; /* null: there is none */
    int64_t hash;
} TablePlace;

static inline __attribute__((always_inline)) int64_t table_walk_wide(PyTable GS *t, TablePlace at, unsigned width, Value key, int shift,
                                                                     bool full) {
    uint64_t mask = (at.index->capacity >> width) - 1, perturb = (uint64_t)at.hash;
    for (uint64_t slot = perturb & mask;; slot = table_next_slot(slot, &perturb) & mask) {
        int64_t n = (int64_t)table_slot(at.index, width, slot) - 1;
        if (n < 0) return TABLE_ABSENT;
        int match = table_match_simple(t, n, at.e->items[n << shift], key, at.hash, full);
        if (match) return match > 0 ? n : match;
    }
}
/* The walk through an index: a loop for each width of its slots. */
static inline __attribute__((always_inline)) int64_t table_walk(PyTable GS *t, TablePlace at, Value key, int shift, bool full) {
    switch (table_width_log2(at.index)) {
    case 0: return table_walk_wide(t, at, 0, key, shift, full);
    case 1: return table_walk_wide(t, at, 1, key, shift, full);
    default: return table_walk_wide(t, at, 2, key, shift, full);
    }
}
/* Its first step, where mostly it ends. TABLE_UNSURE: it goes on. */
static inline __attribute__((always_inline)) int64_t table_first_slot(TablePlace at, unsigned width, Value key, int shift) {
    int64_t n = (int64_t)table_slot(at.index, width, (uint64_t)at.hash & ((at.index->capacity >> width) - 1)) - 1;
    if (UNLIKELY(n < 0)) return TABLE_ABSENT;
    return LIKELY(at.e->items[n << shift] == key) ? n : TABLE_UNSURE;
}

/* The entries one by one, where there is no index: for `key` itself (or TABLE_UNSURE). */
static inline int64_t table_scan_same(TablePlace at, Value key, int shift) {
    int64_t limit = (int64_t)(at.e->capacity >> shift);
    for (int64_t n = 0; n < limit; n++)
        if (GET(at.e, items[n << shift]) == key) return n;
    return TABLE_UNSURE;
}
/* The same for what equals it. */
static inline int64_t table_scan(PyTable GS *t, TablePlace at, Value key, int shift, bool full) {
    int64_t limit = (int64_t)(at.e->capacity >> shift);
    for (int64_t n = 0; n < limit; n++) {
        Value k = GET(at.e, items[n << shift]);
        if (!k) break;
        int match = table_match_simple(t, n, k, key, at.hash, full);
        if (match) return match > 0 ? n : match;
    }
    return TABLE_ABSENT;
}

/* The first step of the look-up of an exact str or tagged int in an index, which finds it by identity: its result, or TABLE_UNSURE: if
 * at->e is set, table_scan_same or, once `entries` is marked (I5), table_walk or table_scan can go on; else only table_probe_full can
 * tell. */
static inline __attribute__((always_inline)) int64_t table_begin(PyTable GS *t, Value key, int shift, TablePlace *at) {
    at->e = 0;
    at->index = 0;
    if (is_int(key)) {
        at->hash = int_value(key);
        if (UNLIKELY(!table_hashes_itself(at->hash))) return TABLE_UNSURE;
    } else {
        at->hash = REF(PyStr, key)->hash;
        if (UNLIKELY(!at->hash)) return TABLE_UNSURE;
    }
    /* The key is read before the words of the table, and `entries` last: each may have to be waited for (F2), and of what changes
     * meanwhile only `entries` tells. */
    __asm__("" : "+r"(t) : "r"(at->hash));
    Value index = t->index;
    __asm__("" : "+r"(t) : "r"(index));
    Value entries = t->entries;
    if (UNLIKELY(!entries)) {
        stm_read(&t->entries);
        return TABLE_ABSENT;
    }
    at->index = REF(PyRaw, index);
    at->e = REF(PyArray, entries);
    if (!at->index) return TABLE_UNSURE;
    switch (table_width_log2(at->index)) {
    case 0: return table_first_slot(*at, 0, key, shift);
    case 1: return table_first_slot(*at, 1, key, shift);
    default: return table_first_slot(*at, 2, key, shift);
    }
}
/* hash_table.c: with calls of py_str_hash and py_str_equal. */
int64_t table_probe_full(PyTable GS *t, Value key, int shift);

/* Entry number of an exact str or tagged int, TABLE_ABSENT or TABLE_ODD. Never calls Python or fails. The caller marks the entry
 * (I5). */
static inline int64_t table_probe(PyTable GS *t, Value key, int shift) {
    TablePlace at;
    int64_t n = table_begin(t, key, shift, &at);
    if (at.e && !at.index) n = table_scan_same(at, key, shift);
    return LIKELY(n != TABLE_UNSURE) ? n : table_probe_full(t, key, shift);
}
/* The same, marking the key of what it finds. */
static inline int64_t table_find_simple(PyTable GS *t, Value key, int shift) {
    int64_t n = table_probe(t, key, shift);
    if (n >= 0) stm_read(&REF(PyArray, t->entries)->items[n << shift]);
    return n;
}

/* hash_table.c. The tables with keys that are not simple may call __hash__ and __eq__. */
int64_t table_find_hashed(PyTable GS *t, Value key, int64_t hash, int shift);
/* Hash and look up: entry number, TABLE_ABSENT or TABLE_ERROR; *hash is set unless on error. */
int64_t table_find(PyTable GS *t, Value key, int64_t *hash, int shift);
/* Add a key known to be absent (checked after the last call of Python). 0 or -1 with MemoryError.
 */
int table_insert(PyTable GS *t, Value key, Value value, int64_t hash, int shift);
void table_delete(PyTable GS *t, int64_t entry, int shift);
void table_clear(PyTable GS *t);
/* Rebuild with room for `want` entries, without deleted ones. 0 or -1 with MemoryError. */
int table_resize(PyTable GS *t, int64_t want, int shift);
/* Fill the empty, fresh table `to` with the entries of `from`. 0 or -1 with MemoryError. */
int table_copy(PyTable GS *to, PyTable GS *from, int shift);
/* The next live entry at or after `position` or -1; *key and *value (may be 0) are set. */
int64_t table_next(PyTable GS *t, int64_t position, Value *key, Value *value, int shift);
int64_t table_previous(PyTable GS *t, int64_t position, Value *key, Value *value, int shift);
/* The first live entry or -1; squeezes out deleted ones when they have become many. */
int64_t table_first(PyTable GS *t, int shift);
int64_t table_entry_hash(PyTable GS *t, int64_t entry, Value key);

#endif
