/* Naming objects for the event log: which list item, dict key or attribute a granule of the heap is.
 *
 * D1. Nothing here touches the thread's own view of the heap: that could fault and abort. All is read from the committed heap
 *     (stm_base_flat), which other threads may be changing: every reference is checked before it is followed, and what
 *     is printed is a name, never used for anything else.
 *
 * Storage (PyArray, PyRaw) does not know its owner. It is looked for among the old objects, a bounded number of them, and
 * remembered. */
#include "vm/exec/describe.h"
#include "stm/atomic.h"
#include "vm/objects/shape.h"
#include <stdio.h>

typedef struct Text {
    char *out;
    size_t size, used;
} Text;

__attribute__((format(printf, 2, 3))) static void print(Text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->out + t->used, t->size - t->used, format, args);
    va_end(args);
    if (n > 0) t->used = t->used + (size_t)n < t->size ? t->used + (size_t)n : t->size - 1;
}

/* ---- looking at the committed heap ----------------------------------------------------------------------------------- */

static const uint64_t *words_at(StmRef ref) { return stm_base_flat(ref); }
static uint64_t word(StmRef object, size_t offset) { return words_at(object)[offset / 8]; }
#define FIELD(layout, object, field) word(object, offsetof(layout, field))

/* The object that covers `ref`, with a shape that exists; 0: none. */
static StmRef object_at(uint64_t ref) {
    if (ref < HEAP_START || ref >= stm_heap_end() || ref & 7) return 0;
    bool permanent = gc_block_states[ref >> GC_BLOCK_SHIFT] == GC_BLOCK_PERMANENT; /* only ever named by its start */
    StmRef object = permanent ? ref : gc_object_at(ref);
    if (!object) return 0;
    uint32_t shape = (uint32_t)word(object, 0);
    return shape && shape < SHAPE_ID_LIMIT && vm_shapes[shape] ? object : 0;
}
static VmShape *shape_at(StmRef object) { return vm_shapes[(uint32_t)word(object, 0)]; }
static bool is_a(StmRef object, uint32_t layout_type) { return shape_at(object)->type->solid_base == layout_type; }

static void print_str(Text *t, StmRef str) {
    if (object_at(str) != str || shape_at(str)->type->id != TYPE_STR) {
        print(t, "?");
        return;
    }
    const PyStr *s = stm_base_flat(str);
    enum { SHOWN = 60 };
    if (s->external) {
        print(t, "...");
        return;
    }
    for (uint32_t i = 0; i < s->length && i < SHOWN; i++) {
        uint32_t c = s->width == 1   ? s->data[i]
                     : s->width == 2 ? ((const uint16_t *)s->data)[i]
                                     : ((const uint32_t *)s->data)[i];
        if (c == '"' || c == '\\') print(t, "\\%c", (char)c);
        else if (c >= ' ' && c < 127) print(t, "%c", (char)c);
        else print(t, "\\u%04x", c & 0xffff);
    }
    if (s->length > SHOWN) print(t, "...");
}

static void print_value(Text *t, Value v) {
    if (is_int(v)) print(t, "%ld", (long)int_value(v));
    else if (is_float(v)) print(t, "%g", float_value(v));
    else if (v == VM_NONE || v == VM_TRUE || v == VM_FALSE) print(t, "%s", v == VM_NONE ? "None" : v == VM_TRUE ? "True" : "False");
    else if (object_at(v) == v && shape_at(v)->type->id == TYPE_STR) {
        print(t, "'");
        print_str(t, v);
        print(t, "'");
    } else if (object_at(v) == v) {
        print(t, "<");
        print_str(t, FIELD(PyType, shape_at(v)->type->object, name));
        print(t, ">");
    } else print(t, "?");
}

static void print_type(Text *t, StmRef object) {
    print(t, "\"type\":\"");
    print_str(t, FIELD(PyType, shape_at(object)->type->object, name));
    print(t, "\"");
}

/* ---- who owns what ------------------------------------------------------------------------------------------------------ */

enum { OWNER_CACHE = 512, OWNER_WORDS = 24, SCAN_BLOCKS = 8192 };
static struct { /* hints: any thread, racing; checked at every use */
    StmRef object, owner;
} owners[OWNER_CACHE];

static bool refers(StmRef owner, StmRef object) {
    size_t bytes = (size_t)(word(owner, 0) >> 48) * 8;
    for (size_t i = 8; i < bytes && i < OWNER_WORDS * 8; i += 8)
        if (word(owner, i) == object) return true;
    return false;
}

static bool may_own(StmRef owner, bool storage) {
    VmType *type = shape_at(owner)->type;
    if (storage) return type->id != TYPE_ARRAY && type->id != TYPE_RAW && type->id != TYPE_TUPLE;
    return type->id == TYPE_MODULE || type->solid_base == TYPE_TYPE || (type->flags & VM_TYPE_HEAP);
}

static StmRef search_block(StmRef block, StmRef object, bool storage) {
    const uint64_t *words = words_at(block);
    for (size_t i = 0; i < (1u << GC_BLOCK_SHIFT) / 8; i++) {
        if (words[i] != object) continue;
        StmRef owner = object_at(block + i * 8);
        if (owner && owner != object && may_own(owner, storage) && refers(owner, object)) return owner;
    }
    return 0;
}

/* The container of some storage, or the module, class or instance that has `object` for its dict or in an attribute. */
static StmRef owner_of(StmRef object, bool storage) {
    size_t slot = (object >> 4) * 0x9e3779b97f4a7c15u >> 55;
    StmRef known = atomic_load_relaxed(&owners[slot].object) == object ? atomic_load_relaxed(&owners[slot].owner) : 0;
    if (known == 1) return 0; /* looked for in vain */
    if (known && object_at(known) == known && refers(known, object)) return known;
    StmRef owner = 0;
    unsigned looked = 0;
    for (StmRef block = HEAP_START; block < stm_heap_end() && !owner && looked < SCAN_BLOCKS; block += 1u << GC_BLOCK_SHIFT) {
        if (gc_block_states[block >> GC_BLOCK_SHIFT] != GC_BLOCK_SMALL) continue;
        looked++;
        owner = search_block(block, object, storage);
    }
    atomic_store_relaxed(&owners[slot].owner, owner ? owner : 1);
    atomic_store_relaxed(&owners[slot].object, object);
    return owner;
}

/* ---- what a granule is ---------------------------------------------------------------------------------------------------- */

static void print_attribute(Text *t, VmShape *shape, size_t slot) {
    if (slot >= shape->slot_count || slot >= SHAPE_MAX_SLOTS) return;
    Value names[SHAPE_MAX_SLOTS];
    shape_names(shape, names);
    print(t, ",\"attr\":\"");
    print_str(t, names[slot]);
    print(t, "\"");
}

/* Where a dict belongs to, if to something that has a name. */
static void print_dict_owner(Text *t, StmRef dict) {
    StmRef owner = owner_of(dict, false);
    if (!owner) return;
    if (shape_at(owner)->type->id == TYPE_MODULE) {
        print(t, ",\"of\":\"module ");
        print_str(t, FIELD(PyModule, owner, name));
    } else if (is_a(owner, TYPE_TYPE)) {
        print(t, ",\"of\":\"class ");
        print_str(t, FIELD(PyType, owner, name));
    } else {
        print(t, ",\"of\":\"instance of ");
        print_str(t, FIELD(PyType, shape_at(owner)->type->object, name));
    }
    print(t, "\"");
}

static void describe_storage(Text *t, StmRef storage, size_t offset) {
    StmRef owner = owner_of(storage, true);
    if (!owner) {
        print(t, "\"type\":\"storage\"");
        if (shape_at(storage)->type->id == TYPE_ARRAY && offset >= sizeof(PyArray)) print(t, ",\"index\":%zu", (offset - sizeof(PyArray)) / 8);
        return;
    }
    print_type(t, owner);
    bool in_items = shape_at(storage)->type->id == TYPE_ARRAY && offset >= sizeof(PyArray);
    size_t item = in_items ? (offset - sizeof(PyArray)) / 8 : 0;
    if (is_a(owner, TYPE_DICT)) {
        if (in_items && FIELD(PyDict, owner, entries) == storage) {
            print(t, ",\"key\":\"");
            print_value(t, word(storage, sizeof(PyArray) + (item & ~(size_t)1) * 8));
            print(t, "\"");
        } else print(t, ",\"part\":\"keys\"");
        print_dict_owner(t, owner);
    } else if (is_a(owner, TYPE_LIST) && in_items) print(t, ",\"index\":%zu", item);
    else if (in_items && shape_at(owner)->slot_count > shape_at(owner)->inline_slots)
        print_attribute(t, shape_at(owner), shape_at(owner)->inline_slots + item);
}

static void describe_fields(Text *t, StmRef object, size_t offset) {
    VmShape *shape = shape_at(object);
    print_type(t, object);
    if (offset == 0) {
        print(t, ",\"part\":\"attributes\"");
        return;
    }
    if (is_a(object, TYPE_TYPE)) {
        print(t, ",\"of\":\"class ");
        print_str(t, FIELD(PyType, object, name));
        print(t, "\",\"part\":\"attributes\"");
    } else if (is_a(object, TYPE_DICT) && offset < sizeof(PyDict)) {
        print(t, ",\"part\":\"keys\"");
        print_dict_owner(t, object);
    } else if (is_a(object, TYPE_LIST) && offset < sizeof(PyList)) {
        print(t, ",\"part\":\"length\"");
    } else if (shape->extra_offset && shape->extra_offset != SHAPE_EXTRA_TAIL && offset > shape->extra_offset) {
        print_attribute(t, shape, (offset - shape->extra_offset) / 8 - 1);
    }
}

void vm_describe_object(StmRef granule, char *out, size_t size) {
    Text t = {.out = out, .size = size};
    out[0] = 0;
    StmRef object = object_at(granule);
    if (!object) return;
    uint32_t id = shape_at(object)->type->id;
    if (id == TYPE_ARRAY || id == TYPE_RAW) describe_storage(&t, object, granule - object);
    else describe_fields(&t, object, granule - object);
}
