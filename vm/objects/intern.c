/* intern.c -- interned strings: one permanent copy of each text, shared by all threads.
 *
 * The table is outside the transactions: what it holds is permanent, equal for everybody, and an
 * insertion that an abort repeats finds what it made. It is an open-addressing array of references.
 *
 * I1. A slot goes from 0 to a reference once, published with release after the string's content.
 * I2. Readers take no lock; a writer holds intern_lock. A table that was outgrown is never freed,
 * as a reader may still be in it (the sizes double, so all old ones together are smaller than the
 *     newest). A reader in an old table that misses a string finds it under the lock.
 * I3. Nothing under the lock can fault on a page of another segment (an abort would leave the lock
 *     held): the source text is made flat before. */
#include "stm/atomic.h"
#include "vm/objects/str.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct InternTable {
    size_t mask;
    Value slots[];
} InternTable;

static pthread_mutex_t intern_lock = PTHREAD_MUTEX_INITIALIZER;
static InternTable *intern_table; /* published with release, read with acquire (I1) */
static size_t intern_count;       /* under intern_lock */
static Value intern_chars[256];
Value vm_names[NAME_COUNT];

static InternTable *intern_table_new(size_t size) {
    InternTable *table = calloc(1, sizeof *table + size * sizeof *table->slots);
    if (!table) stm_out_of_memory("out of memory for the table of interned strings");
    table->mask = size - 1;
    return table;
}

/* The slot of this text, or the empty one where it belongs. */
static Value *intern_slot(InternTable *table, const StrView *text, int64_t hash, Value *found) {
    for (size_t i = (size_t)hash & table->mask;; i = (i + 1) & table->mask) {
        Value s = atomic_load_acquire(&table->slots[i]);
        *found = s;
        if (!s) return &table->slots[i];
        PyStr GS *str = REF(PyStr, s);
        if (str->hash != hash || str->length != text->length || str->width != text->width) continue;
        const void *data = (const void *)(SEG->self_base + STM_REF(str->data));
        if (!memcmp(data, text->data, text->length * text->width)) return &table->slots[i];
    }
}

static void intern_grow(void) {
    InternTable *old = intern_table, *new = intern_table_new((old->mask + 1) * 2);
    for (size_t i = 0; i <= old->mask; i++) {
        Value s = old->slots[i];
        if (!s) continue;
        size_t at = (size_t)REF(PyStr, s)->hash & new->mask;
        while (new->slots[at]) at = (at + 1) & new->mask;
        new->slots[at] = s;
    }
    atomic_store_release(&intern_table, new);
}

static Value intern_copy(const StrView *text, int64_t hash) {
    size_t bytes = text->length * text->width;
    StmRef ref = gc_alloc_permanent(TYPE_STR, GC_KIND_LEAF, sizeof(PyStr) + bytes + 1);
    PyStr GS *str = REF(PyStr, ref);
    str->length = (uint32_t)text->length;
    str->width = (uint8_t)text->width;
    str->ascii = text->ascii;
    str->interned = 1;
    str->hash = hash;
    memcpy(stm_flat(str->data, bytes + 1, true), text->data, bytes);
    return ref;
}

static Value intern_view(const StrView *text) {
    int64_t hash = py_hash_bytes(text->data, text->length * text->width);
    Value found;
    intern_slot(atomic_load_acquire(&intern_table), text, hash, &found);
    if (LIKELY(found)) return found;
    pthread_mutex_lock(&intern_lock);
    Value *slot = intern_slot(intern_table, text, hash, &found);
    if (!found) {
        found = intern_copy(text, hash);
        atomic_store_release(slot, found);
        if (++intern_count * 2 > intern_table->mask) intern_grow();
    }
    pthread_mutex_unlock(&intern_lock);
    return found;
}

Value py_intern(Value s) {
    if (REF(PyStr, s)->interned) return s;
    StrView text = str_view(s);
    return intern_view(&text);
}

Value py_intern_ascii(const char *ascii, size_t length) {
    StrView text = {ascii, length, 1, true};
    return intern_view(&text);
}

Value py_intern_c(const char *utf8) {
    size_t length = strlen(utf8);
    for (size_t i = 0; i < length; i++)
        if (utf8[i] & 0x80) {
            Value s = py_str_new(utf8, length);
            return s ? py_intern(s) : 0;
        }
    return py_intern_ascii(utf8, length);
}

Value py_str_char(uint32_t c) {
    if (LIKELY(c < 256)) return intern_chars[c];
    Value s = py_str_alloc(1, c);
    if (s) flat_put(str_fill(s), width_for(c), 0, c);
    return s;
}

void py_intern_init(void) {
    static const char *const texts[NAME_COUNT] = {
#define NAME_ROW(id, text) text,
#include "vm/names.tbl"
#undef NAME_ROW
    };
    intern_table = intern_table_new(1 << 14);
    for (int i = 0; i < NAME_COUNT; i++) vm_names[i] = py_intern_c(texts[i]);
    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        StrView text = {&byte, 1, 1, c < 128};
        intern_chars[c] = intern_view(&text);
    }
}
