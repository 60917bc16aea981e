/* Inline caches. A cache word holds a shape id and the number of an entry; entries are immutable once
 * published and never removed, so that a word and its entry, read without locks, always agree: they
 * state what is true while the entry's guards hold (attr_cache.h). The word of an attribute site:
 *   bits 0-31 shape id (0: empty), 32-53 entry number, 54-63 misses so far at this site. */
#ifndef VM_EXEC_CACHE_H
#define VM_EXEC_CACHE_H

#include "stm/atomic.h"
#include "vm/exec/frame.h"
#include "vm/objects/attr_cache.h"

typedef struct VmAttrEntry {
    uint64_t version, meta_version;
    Value type;  /* whose version must be `version`: the object's type (never moves); for CLASS_* forms the class */
    Value value; /* 0: attr_entry(owner, index) */
    const PyGetSetDef *getset;
    Value name;
    uint32_t shape, offset, owner, index, new_shape;
    uint8_t form;  /* ATTR_* */
    bool store, shadows; /* shadows: ADD_INLINE of a name that the class has too */
} VmAttrEntry;

enum { CACHE_LIMIT = 1 << 18, CACHE_INDEX_BITS = 22, CACHE_MAX_MISSES = 1023 };
extern VmAttrEntry vm_attr_entries[CACHE_LIMIT]; /* [0] is not used */

/* Where a global is found. The word of a global site is the entry's number + misses << 32. */
typedef struct VmGlobalEntry {
    uint64_t globals_version, builtins_version; /* keys_version of the dicts; builtins: 0 if found in globals */
    uint32_t index;                             /* entry number in the dict */
} VmGlobalEntry;
extern VmGlobalEntry vm_global_entries[CACHE_LIMIT];

/* Acquire: the entry that the word names is complete (word_store). */
static inline uint64_t cache_word_load(const VmInstr *ext) { return atomic_load_acquire(&ext->word); }

static inline const VmAttrEntry *cache_attr_hit(Value v, uint64_t word) {
    if (UNLIKELY(!is_ref(v))) return 0;
    if (UNLIKELY(STM_OBJ(v)->shape != (uint32_t)word)) return 0;
    return &vm_attr_entries[word >> 32 & ((1u << CACHE_INDEX_BITS) - 1)];
}
static inline bool cache_version_holds(const VmAttrEntry *e) {
    return REF(PyType, e->type)->version == e->version;
}
static inline Value cache_word(Value v, uint32_t offset) {
    Value GS *word = (Value GS *)((uintptr_t)v + offset);
    stm_read(word);
    return *word;
}
static inline void cache_store_word(Value v, uint32_t offset, Value value) {
    Value GS *word = (Value GS *)((uintptr_t)v + offset);
    if (is_ref(value)) stm_write(STM_OBJ(v), word);
    else stm_write_plain(STM_OBJ(v), word);
    *word = value;
}

/* A new attribute: see instance.c, I2. */
static inline void cache_add_attr(const VmAttrEntry *e, Value v, Value value) {
    cache_store_word(v, e->offset, value);
    if (UNLIKELY(e->shadows)) stm_write_guard(STM_OBJ(v), STM_OBJ(v));
    else stm_write(STM_OBJ(v), STM_OBJ(v));
    STM_OBJ(v)->shape = e->new_shape;
}

/* The value by an entry whose shape matches, for the forms that need no frame; 0: guards do not hold or
 * another form. */
Value cache_follow_load(const VmAttrEntry *e, Value v);

/* The global by a site's word, or 0. */
static inline Value cache_load_global(VmFrame *frame, uint64_t word) {
    const VmGlobalEntry *e = &vm_global_entries[(uint32_t)word];
    PyFunction GS *function = REF(PyFunction, frame->function);
    PyDict GS *dict = REF(PyDict, function->globals);
    if (UNLIKELY(dict->keys_version != e->globals_version)) return 0; /* a guard word */
    if (e->builtins_version) {
        if (UNLIKELY(!is_ref(function->builtins))) return 0; /* exec may be given anything */
        dict = REF(PyDict, function->builtins);
        if (UNLIKELY(dict->keys_version != e->builtins_version)) return 0;
    }
    PyArray GS *entries = REF(PyArray, dict->entries);
    return GET(entries, items[2 * e->index + 1]);
}

#endif
