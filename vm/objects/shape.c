/* shape.c -- the tree of shapes.
 *
 * A shape is made once and never changed; a new attribute is a transition to a child. Shapes live
 * outside the transactions: an aborted transaction leaves shapes that somebody else may use later.
 *
 * I1. vm_shapes[id] is stored once, before the id reaches any object or any other shape.
 * I2. Readers take no lock: lists of children and name tables are published with release, whole.
 * I3. Writers hold shape_lock, and touch no heap memory under it (a page fault may abort by longjmp).
 * I4. Along a chain of parents, all shapes have the type, inline_slots and extra_offset of the root. */
#include "stm/atomic.h"
#include "vm/objects/shape.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef struct ShapeKid {
    Value name;
    VmShape *shape;
    struct ShapeKid *next;
} ShapeKid;

typedef struct ShapeNames { /* open addressing: name -> slot + 1 */
    uint32_t mask;
    struct {
        Value name;
        uint32_t slot;
    } at[];
} ShapeNames;

struct VmShapeTable {
    ShapeKid *kids; /* published with release (I2) */
    uint32_t kid_count;
    ShapeNames *names; /* made at the first look-up in a shape of many slots; release (I2) */
    VmShape *next_root; /* of roots: another root of the type, with other inline slots */
};

VmShape **vm_shapes;
static uint32_t shape_next_id = TYPE_BUILTIN_COUNT;
static pthread_mutex_t shape_lock = PTHREAD_MUTEX_INITIALIZER;

void shape_tables_init(void) {
    if (vm_shapes) return;
    void *table = mmap(0, SHAPE_ID_LIMIT * sizeof *vm_shapes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED) stm_fatal("no address space for the table of shapes");
    vm_shapes = table;
}

static void *shape_memory(size_t bytes) {
    void *p = calloc(1, bytes);
    if (!p) stm_out_of_memory("out of memory for shapes");
    return p;
}

/* A shape with the given id, or the next free one; not in vm_shapes yet. Under shape_lock. */
static VmShape *shape_make(VmType *type, uint32_t id) {
    VmShape *shape = shape_memory(sizeof *shape + sizeof *shape->table);
    shape->table = (struct VmShapeTable *)(shape + 1);
    shape->id = id ? id : shape_next_id++;
    if (shape->id >= SHAPE_ID_LIMIT) stm_fatal("too many shapes");
    shape->type = type;
    type->shape_count++;
    return shape;
}

static void shape_publish(VmShape *shape) {
    atomic_store_release(&vm_shapes[shape->id], shape);
}

VmType *shape_new_type(uint32_t id) {
    VmType *type = shape_memory(sizeof *type);
    pthread_mutex_lock(&shape_lock);
    VmShape *root = shape_make(type, id);
    type->id = type->root_shape = root->id;
    shape_publish(root);
    pthread_mutex_unlock(&shape_lock);
    return type;
}

void shape_set_members(VmType *type, Value names_or_0) {
    type->member_count = names_or_0 ? (uint32_t)py_list_length(names_or_0) : 0;
    if (!type->member_count) return;
    type->members = shape_memory(type->member_count * sizeof *type->members);
    for (uint32_t i = 0; i < type->member_count; i++) type->members[i] = py_list_item(names_or_0, i);
}

void shape_set_root(VmType *type, VmShape *root) {
    type->alloc_size = type->layout_size;
    if (root->extra_offset && root->extra_offset != SHAPE_EXTRA_TAIL &&
        root->extra_offset >= type->layout_size)
        type->alloc_size = root->extra_offset + 8 + 8 * root->inline_slots;
    if (type->alloc_size < 16) type->alloc_size = 16;
    type->root_shape = root->id;
}

static VmShape *root_find(VmShape *first, uint32_t inline_slots) {
    VmShape *s = first;
    while (s && s->inline_slots != inline_slots) s = atomic_load_acquire(&s->table->next_root);
    return s;
}

VmShape *shape_root(VmType *type, uint32_t inline_slots) {
    VmShape *first = vm_shapes[type->id], *s = root_find(first, inline_slots);
    if (s) return s;
    pthread_mutex_lock(&shape_lock);
    s = root_find(first, inline_slots);
    if (!s) {
        s = shape_make(type, 0);
        s->inline_slots = inline_slots;
        s->extra_offset = first->extra_offset;
        s->dict_mode = first->dict_mode;
        s->table->next_root = first->table->next_root;
        shape_publish(s);
        atomic_store_release(&first->table->next_root, s);
    }
    pthread_mutex_unlock(&shape_lock);
    return s;
}

VmShape *shape_widen(VmType *type, uint32_t inline_slots) {
    VmShape *root = shape_root(type, inline_slots);
    atomic_store_release(&type->root_shape, root->id); /* the shape is complete */
    return root;
}

VmShape *shape_dict_mode(VmType *type) {
    uint32_t id = atomic_load_acquire(&type->dict_shape);
    if (id) return vm_shapes[id];
    VmShape *first = vm_shapes[type->id];
    if (first->dict_mode) return first;
    pthread_mutex_lock(&shape_lock);
    if (!type->dict_shape) {
        VmShape *s = shape_make(type, 0);
        s->extra_offset = first->extra_offset;
        s->dict_mode = 1;
        shape_publish(s);
        atomic_store_release(&type->dict_shape, s->id);
    }
    pthread_mutex_unlock(&shape_lock);
    return vm_shapes[type->dict_shape];
}

void shape_names(const VmShape *shape, Value *out) {
    for (; shape->slot_count; shape = vm_shapes[shape->parent])
        out[shape->slot_count - 1] = shape->name;
}

/* Interned strings are at least 32 bytes apart. */
static inline uint32_t shape_hash(Value name) {
    return (uint32_t)((name >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static ShapeNames *shape_index(const VmShape *shape) {
    uint32_t size = 16;
    while (size < 2 * shape->slot_count) size *= 2;
    ShapeNames *names = shape_memory(sizeof *names + size * sizeof names->at[0]);
    names->mask = size - 1;
    for (const VmShape *s = shape; s->slot_count; s = vm_shapes[s->parent]) {
        uint32_t i = shape_hash(s->name) & names->mask;
        while (names->at[i].name) i = (i + 1) & names->mask;
        names->at[i].name = s->name;
        names->at[i].slot = s->slot_count - 1;
    }
    ShapeNames *expected = 0;
    if (atomic_cas_acqrel(&shape->table->names, &expected, names))
        return names;
    free(names);
    return expected;
}

int shape_find(const VmShape *shape, Value name) {
    if (shape->slot_count <= 6) {
        for (; shape->slot_count; shape = vm_shapes[shape->parent])
            if (shape->name == name) return (int)shape->slot_count - 1;
        return -1;
    }
    ShapeNames *names = atomic_load_acquire(&shape->table->names);
    if (UNLIKELY(!names)) names = shape_index(shape);
    for (uint32_t i = shape_hash(name) & names->mask;; i = (i + 1) & names->mask) {
        if (names->at[i].name == name) return (int)names->at[i].slot;
        if (!names->at[i].name) return -1;
    }
}

static VmShape *shape_kid(const VmShape *shape, Value name) {
    ShapeKid *kid = atomic_load_acquire(&shape->table->kids);
    for (; kid; kid = kid->next)
        if (kid->name == name) return kid->shape;
    return 0;
}

/* Instances of the type outgrow their inline slots: later ones get more. */
static void shape_learn(VmType *type, uint32_t slots) {
    if (!(type->flags & VM_TYPE_HEAP) || slots > SHAPE_MAX_INLINE) return;
    uint32_t wanted = slots <= 8 ? 8 : slots <= 12 ? 12 : SHAPE_MAX_INLINE;
    if (type->wanted_inline < wanted) atomic_store_relaxed(&type->wanted_inline, wanted);
}

VmShape *shape_add(VmShape *shape, Value name) {
    VmShape *kid = shape_kid(shape, name);
    if (LIKELY(kid)) return kid;
    VmType *type = shape->type;
    pthread_mutex_lock(&shape_lock);
    kid = shape_kid(shape, name);
    if (!kid && shape->slot_count < SHAPE_MAX_SLOTS && shape->table->kid_count < SHAPE_MAX_KIDS &&
        type->shape_count < SHAPE_MAX_PER_TYPE) {
        kid = shape_make(type, 0);
        kid->parent = shape->id;
        kid->slot_count = shape->slot_count + 1;
        kid->inline_slots = shape->inline_slots;
        kid->extra_offset = shape->extra_offset;
        kid->name = name;
        shape_publish(kid);
        ShapeKid *link = shape_memory(sizeof *link);
        *link = (ShapeKid){name, kid, shape->table->kids};
        atomic_store_release(&shape->table->kids, link);
        shape->table->kid_count++;
        if (kid->slot_count > kid->inline_slots) shape_learn(type, kid->slot_count);
    }
    pthread_mutex_unlock(&shape_lock);
    return kid;
}
