/* Naming objects for the event log: which list item, dict key or attribute a granule of the heap is.
 *
 * D1. Nothing here touches the thread's own view of the heap: that could fault and abort. All is read from the committed heap
 *     (stm_base_flat), which other threads may be changing: every reference is checked before it is followed, and what
 *     is printed is a name, never used for anything else.
 * D2. An object's header is read once, into a Seen, and everything asked of it is asked of that shape: the memory may become
 *     another object's, or nothing, between two looks.
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

typedef struct Seen { /* D2; ref 0: nothing there */
    StmRef ref;
    uint64_t header;
    VmShape *shape;
} Seen;
#define FIELD(layout, object, field) word((object).ref, offsetof(layout, field))

/* The object that covers `ref`, if its header makes sense. */
static Seen object_at(uint64_t ref) {
    Seen seen = {0};
    if (ref < HEAP_START || ref >= stm_heap_end() || ref & 7) return seen;
    bool permanent = gc_block_states[ref >> GC_BLOCK_SHIFT] == GC_BLOCK_PERMANENT; /* only ever named by its start */
    StmRef object = permanent ? ref : gc_object_at(ref);
    if (!object) return seen;
    uint64_t header = atomic_load_relaxed(words_at(object));
    uint32_t id = (uint32_t)header;
    VmShape *shape = id && id < SHAPE_ID_LIMIT ? vm_shapes[id] : NULL;
    if (shape) seen = (Seen){object, header, shape};
    return seen;
}
/* The object that starts at `ref`. */
static Seen object_from(uint64_t ref) {
    Seen seen = object_at(ref);
    return seen.ref == ref ? seen : (Seen){0};
}
static bool is_a(Seen object, uint32_t layout_type) { return object.shape->type->solid_base == layout_type; }
static uint32_t type_id(Seen object) { return object.ref ? object.shape->type->id : 0; }

static void print_str(Text *t, StmRef ref) {
    Seen str = object_from(ref);
    if (type_id(str) != TYPE_STR) {
        print(t, "?");
        return;
    }
    const PyStr *s = stm_base_flat(ref);
    enum { SHOWN = 60 };
    uint32_t length = s->length, width = s->width;
    if (s->external) {
        print(t, "...");
        return;
    }
    for (uint32_t i = 0; i < length && i < SHOWN; i++) {
        uint32_t c = width == 1 ? s->data[i] : width == 2 ? ((const uint16_t *)s->data)[i] : ((const uint32_t *)s->data)[i];
        if (c == '"' || c == '\\') print(t, "\\%c", (char)c);
        else if (c >= ' ' && c < 127) print(t, "%c", (char)c);
        else print(t, "\\u%04x", c & 0xffff);
    }
    if (length > SHOWN) print(t, "...");
}

static void print_type_name(Text *t, Seen object) { print_str(t, word(object.shape->type->object, offsetof(PyType, name))); }

static void print_value(Text *t, Value v) {
    if (is_int(v)) print(t, "%ld", (long)int_value(v));
    else if (is_float(v)) print(t, "%g", float_value(v));
    else if (v == VM_NONE || v == VM_TRUE || v == VM_FALSE) print(t, "%s", v == VM_NONE ? "None" : v == VM_TRUE ? "True" : "False");
    else {
        Seen object = object_from(v);
        if (type_id(object) == TYPE_STR) {
            print(t, "'");
            print_str(t, v);
            print(t, "'");
        } else if (object.ref) {
            print(t, "<");
            print_type_name(t, object);
            print(t, ">");
        } else print(t, "?");
    }
}

static void print_type(Text *t, Seen object) {
    print(t, "\"type\":\"");
    print_type_name(t, object);
    print(t, "\"");
}

/* ---- who owns what ------------------------------------------------------------------------------------------------------ */

enum { OWNER_CACHE = 512, OWNER_WORDS = 24, SCAN_BLOCKS = 8192 };
static struct { /* hints: any thread, racing; checked at every use */
    StmRef object, owner;
} owners[OWNER_CACHE];

static bool refers(Seen owner, StmRef object) {
    size_t bytes = (size_t)(owner.header >> 48) * 8;
    for (size_t i = 8; i < bytes && i < OWNER_WORDS * 8; i += 8)
        if (word(owner.ref, i) == object) return true;
    return false;
}

static bool may_own(Seen owner, bool storage) {
    VmType *type = owner.shape->type;
    if (storage) return type->id != TYPE_ARRAY && type->id != TYPE_RAW && type->id != TYPE_TUPLE;
    return type->id == TYPE_MODULE || type->solid_base == TYPE_TYPE || (type->flags & VM_TYPE_HEAP);
}

static Seen search_block(StmRef block, StmRef object, bool storage) {
    const uint64_t *words = words_at(block);
    for (size_t i = 0; i < (1u << GC_BLOCK_SHIFT) / 8; i++) {
        if (words[i] != object) continue;
        Seen owner = object_at(block + i * 8);
        if (owner.ref && owner.ref != object && may_own(owner, storage) && refers(owner, object)) return owner;
    }
    return (Seen){0};
}

/* The container of some storage, or the module, class or instance that has `object` for its dict or in an attribute. */
static Seen owner_of(StmRef object, bool storage) {
    size_t slot = (object >> 4) * 0x9e3779b97f4a7c15u >> 55;
    StmRef known = atomic_load_relaxed(&owners[slot].object) == object ? atomic_load_relaxed(&owners[slot].owner) : 0;
    if (known == 1) return (Seen){0}; /* looked for in vain */
    Seen owner = known ? object_from(known) : (Seen){0};
    if (owner.ref && refers(owner, object)) return owner;
    owner = (Seen){0};
    unsigned looked = 0;
    for (StmRef block = HEAP_START; block < stm_heap_end() && !owner.ref && looked < SCAN_BLOCKS; block += 1u << GC_BLOCK_SHIFT) {
        if (gc_block_states[block >> GC_BLOCK_SHIFT] != GC_BLOCK_SMALL) continue;
        looked++;
        owner = search_block(block, object, storage);
    }
    atomic_store_relaxed(&owners[slot].owner, owner.ref ? owner.ref : 1);
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
    Seen owner = owner_of(dict, false);
    if (!owner.ref) return;
    if (type_id(owner) == TYPE_MODULE) {
        print(t, ",\"of\":\"module ");
        print_str(t, FIELD(PyModule, owner, name));
    } else if (is_a(owner, TYPE_TYPE)) {
        print(t, ",\"of\":\"class ");
        print_str(t, FIELD(PyType, owner, name));
    } else {
        print(t, ",\"of\":\"instance of ");
        print_type_name(t, owner);
    }
    print(t, "\"");
}

static void describe_storage(Text *t, Seen storage, size_t offset) {
    Seen owner = owner_of(storage.ref, true);
    bool in_items = type_id(storage) == TYPE_ARRAY && offset >= sizeof(PyArray);
    size_t item = in_items ? (offset - sizeof(PyArray)) / 8 : 0;
    if (!owner.ref) {
        print(t, "\"type\":\"storage\"");
        if (in_items) print(t, ",\"index\":%zu", item);
        return;
    }
    print_type(t, owner);
    if (is_a(owner, TYPE_DICT)) {
        if (in_items && FIELD(PyDict, owner, entries) == storage.ref) {
            print(t, ",\"key\":\"");
            print_value(t, word(storage.ref, sizeof(PyArray) + (item & ~(size_t)1) * 8));
            print(t, "\"");
        } else print(t, ",\"part\":\"keys\"");
        print_dict_owner(t, owner.ref);
    } else if (is_a(owner, TYPE_LIST) && in_items) print(t, ",\"index\":%zu", item);
    else if (in_items && owner.shape->slot_count > owner.shape->inline_slots)
        print_attribute(t, owner.shape, owner.shape->inline_slots + item);
}

static void describe_fields(Text *t, Seen object, size_t offset) {
    VmShape *shape = object.shape;
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
        print_dict_owner(t, object.ref);
    } else if (is_a(object, TYPE_LIST) && offset < sizeof(PyList)) {
        print(t, ",\"part\":\"length\"");
    } else if (shape->extra_offset && shape->extra_offset != SHAPE_EXTRA_TAIL && offset > shape->extra_offset) {
        print_attribute(t, shape, (offset - shape->extra_offset) / 8 - 1);
    }
}

void vm_describe_object(StmRef granule, char *out, size_t size) {
    Text t = {.out = out, .size = size};
    out[0] = 0;
    Seen object = object_at(granule);
    if (!object.ref) return;
    uint32_t id = type_id(object);
    if (id == TYPE_ARRAY || id == TYPE_RAW) describe_storage(&t, object, granule - object.ref);
    else describe_fields(&t, object, granule - object.ref);
}
