/* Filling and following inline caches: attributes, methods, globals. See cache.h.
 *
 * Entries are shared between sites through a hash table by shape, name and kind, so a site that sees
 * several shapes finds them again without asking the type, and a hot class makes few entries. A site that
 * has missed too often is left alone (its word keeps the last entry, the hash table serves it).
 *
 * I1. An entry is complete before its number is published (release), and never changes.
 * I2. An entry holds a reference only to what is old: it does not move, and while the guards hold, the
 *     class keeps it alive. Where the lookup says "young" (value 0), methods are not cached yet but a minor
 *     collection is asked for: after it they can be. */
#include "vm/exec/cache.h"
#include "vm/exec/interp.h"
#include "vm/objects/type.h"

VmAttrEntry vm_attr_entries[CACHE_LIMIT];
VmGlobalEntry vm_global_entries[CACHE_LIMIT];
static uint32_t attr_count = 1, global_count = 1;

/* Entry 0 is what an empty cache word names: no dict has its version. */
__attribute__((constructor)) static void cache_init(void) {
    vm_global_entries[0].globals_version = UINT64_MAX;
}

enum { HASH_SIZE = 1 << 13 };
static uint32_t attr_hash[HASH_SIZE]; /* entry numbers; a hint that may be overwritten */

/* Release: pairs with cache_word_load. */
static inline void word_store(const VmInstr *ext, uint64_t word) {
    atomic_store_release((uint64_t *)&ext->word, word);
}

/* Something young could not be cached. Where that happens often the collector runs at the next safepoint: what survives is
 * old then. The first calls of what a module has just defined are not worth a collection. */
static void want_collection(void) {
    enum { OFTEN = 256 };
    static uint32_t times; /* a hint */
    if (atomic_add_relaxed(&times, 1) % OFTEN != OFTEN - 1) return;
    StmSegment *segment = (StmSegment *)(SEG->self_base + SEG_OFFSET);
    atomic_or_relaxed(&segment->control, STM_CTL_COLLECT);
}

/* ---- entries of attributes -------------------------------------------------------------------- */

static inline uint32_t attr_hash_of(uint32_t shape, Value name, bool store) {
    uint64_t h = (shape * UINT64_C(0x9E3779B97F4A7C15)) ^ (name >> 3) ^ store;
    return (uint32_t)((h * UINT64_C(0xD6E8FEB86659FD93)) >> 51);
}

static bool guards_hold(const VmAttrEntry *e, Value v) {
    switch (e->form) {
    case ATTR_MODULE_VALUE:
        return REF(PyDict, py_module_dict(v))->keys_version == e->version;
    case ATTR_CLASS_VALUE:
    case ATTR_CLASS_METHOD:
        return v == e->type && REF(PyType, v)->version == e->version &&
               (!e->meta_version || REF(PyType, py_type_of(v))->version == e->meta_version);
    default: return cache_version_holds(e);
    }
}

static uint32_t attr_find(Value v, Value name, bool store) {
    uint32_t shape = shape_of(v);
    uint32_t n = atomic_load_acquire(&attr_hash[attr_hash_of(shape, name, store)]);
    const VmAttrEntry *e = &vm_attr_entries[n];
    if (!n || e->shape != shape || e->name != name || e->store != store) return 0;
    return guards_hold(e, v) ? n : 0;
}

static bool holds_function(uint8_t form) {
    return form == ATTR_TYPE_METHOD || form == ATTR_TYPE_CLASSMETHOD || form == ATTR_PROPERTY ||
           form == ATTR_CLASS_METHOD;
}

/* The number of a new entry, or 0: not to be cached. */
static uint32_t attr_add(Value v, Value name, const AttrLookup *found, bool store) {
    if (found->form == ATTR_GENERIC) return 0;
    if (holds_function(found->form) && !found->value) {
        want_collection();
        return 0;
    }
    uint32_t n = atomic_add_relaxed(&attr_count, 1);
    if (n >= CACHE_LIMIT) {
        atomic_store_relaxed(&attr_count, CACHE_LIMIT);
        return 0;
    }
    bool of_class = found->form == ATTR_CLASS_VALUE || found->form == ATTR_CLASS_METHOD;
    vm_attr_entries[n] = (VmAttrEntry){.version = found->version,
                                       .meta_version = found->meta_version,
                                       .type = of_class ? v : py_type_of(v),
                                       .value = found->value,
                                       .getset = found->getset,
                                       .name = name,
                                       .shape = found->shape,
                                       .offset = found->offset,
                                       .owner = found->owner,
                                       .index = found->index,
                                       .new_shape = found->new_shape,
                                       .form = found->form,
                                       .shadows = found->shadows,
                                       .store = store};
    if (vm_attr_entries[n].offset == SHAPE_EXTRA_TAIL && found->form != ATTR_OWN_EXTRA) return 0;
    atomic_store_release(&attr_hash[attr_hash_of(found->shape, name, store)], n);
    return n;
}

/* The entry for v.name, found or made; the site's word is set to it. 0: the general way. */
static const VmAttrEntry *attr_entry_for(const VmInstr *ext, Value v, Value name, bool store) {
    uint64_t word = cache_word_load(ext);
    uint64_t misses = word >> (32 + CACHE_INDEX_BITS);
    uint32_t n = attr_find(v, name, store);
    if (!n) {
        if (misses >= CACHE_MAX_MISSES) return 0;
        AttrLookup found;
        if (store) py_attr_lookup_store(v, name, &found);
        else py_attr_lookup_load(v, name, &found);
        n = attr_add(v, name, &found, store);
    }
    if (misses < CACHE_MAX_MISSES) misses++;
    uint64_t id = n ? (uint64_t)shape_of(v) | (uint64_t)n << 32
                    : word & ((UINT64_C(1) << (32 + CACHE_INDEX_BITS)) - 1);
    word_store(ext, id | misses << (32 + CACHE_INDEX_BITS));
    return n ? &vm_attr_entries[n] : 0;
}

/* ---- loads ------------------------------------------------------------------------------------ */

static Value own_extra(const VmAttrEntry *e, Value v) {
    Value GS *word = attr_extra_word(v, e->offset);
    stm_read(word);
    return GET(REF(PyArray, *word), items[e->index]);
}

static Value entry_value(const VmAttrEntry *e) {
    return e->value ? e->value : attr_entry(e->owner, e->index);
}

Value cache_follow_load(const VmAttrEntry *e, Value v) {
    if (UNLIKELY(!guards_hold(e, v))) return 0;
    switch (e->form) {
    case ATTR_OWN_INLINE:
    case ATTR_MEMBER: return cache_word(v, e->offset); /* 0: unset */
    case ATTR_OWN_EXTRA: return own_extra(e, v);
    case ATTR_TYPE_VALUE:
    case ATTR_CLASS_VALUE: return entry_value(e);
    case ATTR_TYPE_METHOD: {
        Value method = entry_value(e); /* a method of a built-in type becomes a bound built-in */
        return has_type(method, TYPE_FUNCTION) ? py_method_new(method, v) : descr_bind(method, v, py_type_of(v));
    }
    case ATTR_TYPE_CLASSMETHOD: return py_method_new(entry_value(e), py_type_of(v));
    case ATTR_CLASS_METHOD: return py_method_new(entry_value(e), v);
    case ATTR_MODULE_VALUE: {
        Value value = dict_entry_value(py_module_dict(v), e->index);
        return value == VM_UNBOUND ? 0 : value;
    }
    default: return 0;
    }
}

/* A getter or setter that is a Python function: its frame. */
static Value push_accessor(VmThread *thread, Value function, const Value *args, size_t nargs,
                           uint16_t result_reg, uint8_t action) {
    VmFrame *pushed = vm_bind_frame(thread, function, args, nargs, 0);
    if (!pushed) return 0;
    pushed->result_reg = result_reg;
    pushed->action = action;
    return VM_PUSHED;
}

Value vm_load_attr(VmThread *thread, VmFrame *frame) {
    const VmInstr *pc = frame->pc;
    Value v = frame->registers[pc->b], name = frame->code->names[pc->c];
    const VmAttrEntry *e = attr_entry_for(pc + 1, v, name, false);
    if (e) {
        Value value = cache_follow_load(e, v);
        if (value) return value;
        if (e->form == ATTR_GETSET) return e->getset->get(v);
        if (e->form == ATTR_PROPERTY) {
            Value getter = GET(REF(PyProperty, entry_value(e)), get);
            if (getter && has_type(getter, TYPE_FUNCTION))
                return push_accessor(thread, getter, &v, 1, pc->a, VM_RETURN_NEXT);
        }
    }
    return py_getattr(v, name);
}

Value vm_load_method(VmThread *thread, VmFrame *frame) {
    (void)thread;
    const VmInstr *pc = frame->pc;
    Value v = frame->registers[pc->b], name = frame->code->names[pc->c], value = 0;
    Value *out = &frame->registers[pc->a];
    const VmAttrEntry *e = attr_entry_for(pc + 1, v, name, false);
    if (e && e->form == ATTR_TYPE_METHOD) {
        out[0] = entry_value(e);
        out[1] = v;
        return 1;
    }
    if (e && e->form == ATTR_TYPE_CLASSMETHOD) {
        out[0] = entry_value(e);
        out[1] = py_type_of(v);
        return 1;
    }
    if (e && e->form == ATTR_CLASS_METHOD) {
        out[0] = entry_value(e);
        out[1] = v;
        return 1;
    }
    if (e) value = cache_follow_load(e, v);
    if (!value) {
        AttrLookup found;
        py_attr_lookup_load(v, name, &found);
        if (found.form == ATTR_TYPE_METHOD) {
            out[0] = found.value ? found.value : attr_entry(found.owner, found.index);
            out[1] = v;
            return 1;
        }
        value = py_getattr(v, name);
        if (!value) return 0;
    }
    frame->registers[pc->a] = value;
    frame->registers[pc->a + 1] = VM_UNBOUND;
    return 1;
}

/* ---- stores ----------------------------------------------------------------------------------- */

/* True: done. */
static bool follow_store(const VmAttrEntry *e, Value v, Value value) {
    switch (e->form) {
    case ATTR_OWN_INLINE:
    case ATTR_MEMBER: cache_store_word(v, e->offset, value); return true;
    case ATTR_ADD_INLINE:
        cache_add_attr(e, v, value);
        return true;
    case ATTR_OWN_EXTRA: {
        Value GS *word = attr_extra_word(v, e->offset);
        stm_read(word);
        SET(REF(PyArray, *word), items[e->index], value);
        return true;
    }
    case ATTR_MODULE_VALUE: py_dict_entry_set(py_module_dict(v), e->index, value); return true;
    default: return false;
    }
}

Value vm_store_attr(VmThread *thread, VmFrame *frame) {
    const VmInstr *pc = frame->pc;
    Value v = frame->registers[pc->a], value = frame->registers[pc->b];
    Value name = frame->code->names[pc->c];
    const VmAttrEntry *e = attr_entry_for(pc + 1, v, name, true);
    if (e) {
        if (follow_store(e, v, value)) return 1;
        if (e->form == ATTR_GETSET) return e->getset->set(v, value) < 0 ? 0 : 1;
        if (e->form == ATTR_PROPERTY) {
            Value setter = GET(REF(PyProperty, entry_value(e)), set), args[2] = {v, value};
            if (setter && has_type(setter, TYPE_FUNCTION))
                return push_accessor(thread, setter, args, 2, 0, VM_RETURN_DISCARD);
        }
    }
    return py_setattr(v, name, value) < 0 ? 0 : 1;
}

/* ---- globals ---------------------------------------------------------------------------------- */

static void global_publish(const VmInstr *ext, uint64_t globals_version, uint64_t builtins_version,
                           int64_t index) {
    uint64_t misses = cache_word_load(ext) >> 32;
    if (misses >= CACHE_MAX_MISSES) return;
    uint32_t n = atomic_add_relaxed(&global_count, 1);
    if (n >= CACHE_LIMIT) {
        atomic_store_relaxed(&global_count, CACHE_LIMIT);
        return;
    }
    vm_global_entries[n] = (VmGlobalEntry){globals_version, builtins_version, (uint32_t)index};
    word_store(ext, n | (misses + 1) << 32);
}

/* Module code defines names one by one, so caching at its first run would only make entries: a site
 * caches when it is met for the second time. */
static bool met_before(const VmInstr *ext) {
    if (cache_word_load(ext) >> 32) return true;
    word_store(ext, UINT64_C(1) << 32);
    return false;
}

Value vm_load_global(VmThread *thread, VmFrame *frame) {
    (void)thread;
    const VmInstr *pc = frame->pc;
    Value name = frame->code->names[pc->b];
    Value globals = frame_globals(frame), builtins = frame_builtins(frame);
    bool cache = met_before(pc + 1) && is_exactly(globals, TYPE_DICT) && is_exactly(builtins, TYPE_DICT);
    Value value = vm_namespace_get(globals, name);
    if (!value) return 0;
    if (value != VM_UNBOUND) {
        int64_t index = cache ? py_dict_entry_index(globals, name) : -1;
        if (index >= 0) global_publish(pc + 1, py_dict_keys_version(globals), 0, index);
        return value;
    }
    value = vm_namespace_get(builtins, name);
    if (value == VM_UNBOUND) {
        vm_raise_name_error(name);
        return 0;
    }
    int64_t index = cache && value ? py_dict_entry_index(builtins, name) : -1;
    if (index >= 0)
        global_publish(pc + 1, py_dict_keys_version(globals), py_dict_keys_version(builtins), index);
    return value;
}

int vm_store_global(VmThread *thread, VmFrame *frame) {
    (void)thread;
    const VmInstr *pc = frame->pc;
    Value globals = frame_globals(frame), name = frame->code->names[pc->b];
    Value value = frame->registers[pc->a];
    if (!is_exactly(globals, TYPE_DICT)) return py_setitem(globals, name, value);
    const VmGlobalEntry *e = &vm_global_entries[(uint32_t)cache_word_load(pc + 1)];
    if (e->globals_version && REF(PyDict, globals)->keys_version == e->globals_version) {
        py_dict_entry_set(globals, e->index, value);
        return 0;
    }
    if (py_dict_set(globals, name, value) < 0) return -1;
    int64_t index = met_before(pc + 1) ? py_dict_entry_index(globals, name) : -1;
    if (index >= 0) global_publish(pc + 1, py_dict_keys_version(globals), 0, index);
    return 0;
}
