/* instance.c -- attributes of an instance, by its shape.
 *
 * An instance of a type with attributes is: C layout, `extra` word, inline slots. Attributes in
 * insertion order fill the inline slots, then the PyArray in `extra`. Objects whose payload reaches
 * to their end have `extra` as their last word and no inline slots. In dictionary mode `extra` is
 * the dict (0: empty). An instance goes to dictionary mode when its __dict__ is asked for or a cap
 * is reached, and never comes back; its __dict__ so keeps its identity.
 *
 * I1. Slots beyond the shape's slot_count hold 0: they are visited by the collector.
 * I2. Inline caches compare the shape without a read marker, then mark the slot that they read or write. So a transaction
 *     that makes an attribute's slot mean something else must change that slot, or write the header as a guard word
 *     (stm_write_guard); and it must do that too when the object gets a name that its class has, since a cached "the class
 *     has it" has marked nothing of the object. All else reads the header with a marker (shape_mark). */
#include "vm/objects/shape.h"

bool instance_has_attributes(Value v) {
    return is_ref(v) && vm_shapes[STM_OBJ(v)->shape]->extra_offset != 0;
}

static void instance_set_shape(Value v, const VmShape *shape, bool guard) { /* I2 */
    if (guard) stm_write_guard(STM_OBJ(v), STM_OBJ(v));
    else stm_write(STM_OBJ(v), STM_OBJ(v));
    STM_OBJ(v)->shape = shape->id;
}

static inline Value GS *inline_slot(Value v, const VmShape *shape, uint32_t i) {
    return (Value GS *)((uintptr_t)v + shape->extra_offset + 8 + 8 * i);
}

static Value word_get(Value GS *word) {
    stm_read(word);
    return *word;
}

static void word_set(Value v, Value GS *word, Value value) {
    stm_write(STM_OBJ(v), word);
    *word = value;
}

static Value slot_get(Value v, const VmShape *shape, uint32_t i) {
    if (i < shape->inline_slots) return word_get(inline_slot(v, shape, i));
    PyArray GS *extra = REF(PyArray, word_get(attr_extra_word(v, shape->extra_offset)));
    return word_get(&extra->items[i - shape->inline_slots]);
}

/* The slot exists. */
static void slot_set(Value v, const VmShape *shape, uint32_t i, Value value) {
    if (i < shape->inline_slots) {
        word_set(v, inline_slot(v, shape, i), value);
        return;
    }
    Value extra = word_get(attr_extra_word(v, shape->extra_offset));
    word_set(extra, &REF(PyArray, extra)->items[i - shape->inline_slots], value);
}

/* Room for slot i: the array in `extra` grows. */
static int slot_reserve(Value v, const VmShape *shape, uint32_t i) {
    if (i < shape->inline_slots) return 0;
    uint64_t need = i - shape->inline_slots + 1;
    Value GS *word = attr_extra_word(v, shape->extra_offset);
    Value old = word_get(word);
    uint64_t capacity = old ? REF(PyArray, old)->capacity : 0;
    if (need <= capacity) return 0;
    Value array = py_array_new(capacity ? 2 * capacity : 4);
    if (!array) return -1;
    for (uint64_t k = 0; k < capacity; k++)
        word_set(array, &REF(PyArray, array)->items[k], word_get(&REF(PyArray, old)->items[k]));
    word_set(v, word, array);
    return 0;
}

Value instance_get(Value v, Value name) {
    const VmShape *shape = vm_shapes[shape_mark(v)];
    if (!shape->extra_offset) return VM_UNBOUND;
    if (shape->dict_mode) {
        Value dict = word_get(attr_extra_word(v, shape->extra_offset));
        return dict ? py_dict_get_str(dict, name) : VM_UNBOUND;
    }
    int i = shape_find(shape, name);
    return i < 0 ? VM_UNBOUND : slot_get(v, shape, (uint32_t)i);
}

int64_t instance_count(Value v) {
    const VmShape *shape = vm_shapes[shape_mark(v)];
    if (!shape->extra_offset || !shape->dict_mode) return shape->slot_count;
    Value dict = word_get(attr_extra_word(v, shape->extra_offset));
    return dict ? py_dict_length(dict) : 0;
}

Value instance_dict_copy(Value v) {
    const VmShape *shape = vm_shapes[shape_mark(v)];
    if (shape->dict_mode) {
        Value dict = word_get(attr_extra_word(v, shape->extra_offset));
        return dict ? py_dict_copy(dict) : py_dict_new();
    }
    Value dict = py_dict_new(), names[SHAPE_MAX_SLOTS];
    if (!dict) return 0;
    shape_names(shape, names);
    for (uint32_t i = 0; i < shape->slot_count; i++)
        if (py_dict_set(dict, names[i], slot_get(v, shape, i)) < 0) return 0;
    return dict;
}

int instance_set_dict(Value v, Value dict) {
    const VmShape *shape = vm_shapes[shape_mark(v)];
    if (!shape->dict_mode) {
        for (uint32_t i = 0; i < shape->inline_slots && i < shape->slot_count; i++)
            word_set(v, inline_slot(v, shape, i), 0);
        instance_set_shape(v, shape_dict_mode(shape->type), true); /* names then come and go in the dict */
    }
    word_set(v, attr_extra_word(v, shape->extra_offset), dict);
    return 0;
}

Value instance_dict(Value v) {
    const VmShape *shape = vm_shapes[shape_mark(v)];
    if (shape->dict_mode) {
        Value dict = word_get(attr_extra_word(v, shape->extra_offset));
        if (dict) return dict;
    }
    Value dict = instance_dict_copy(v);
    if (!dict || instance_set_dict(v, dict) < 0) return 0;
    return dict;
}

int instance_set(Value v, Value name, Value value) {
    VmShape *shape = vm_shapes[shape_mark(v)];
    if (!shape->dict_mode) {
        int i = shape_find(shape, name);
        if (i >= 0) {
            slot_set(v, shape, (uint32_t)i, value);
            return 0;
        }
        VmShape *wider = shape_add(shape, name);
        if (wider) {
            if (slot_reserve(v, wider, shape->slot_count) < 0) return -1;
            slot_set(v, wider, shape->slot_count, value);
            instance_set_shape(v, wider, SEG->multi && py_type_lookup(shape->type->object, name));
            return 0;
        }
    }
    Value dict = instance_dict(v);
    return dict ? py_dict_set(dict, name, value) : -1;
}

/* Without attribute number `gone`: the others move down. 0 when a cap is reached. */
static VmShape *shape_without(VmShape *shape, uint32_t gone) {
    Value names[SHAPE_MAX_SLOTS];
    shape_names(shape, names);
    VmShape *s = shape;
    while (s->slot_count > gone) s = vm_shapes[s->parent];
    for (uint32_t i = gone + 1; s && i < shape->slot_count; i++) s = shape_add(s, names[i]);
    return s;
}

int instance_delete(Value v, Value name) {
    VmShape *shape = vm_shapes[shape_mark(v)];
    if (!shape->extra_offset) return 0;
    if (!shape->dict_mode) {
        int i = shape_find(shape, name);
        if (i < 0) return 0;
        VmShape *smaller = shape_without(shape, (uint32_t)i);
        if (smaller) {
            bool same = false; /* a slot keeps its value, but becomes another attribute's */
            for (uint32_t k = (uint32_t)i + 1; k < shape->slot_count; k++) {
                Value moved = slot_get(v, shape, k);
                same |= slot_get(v, shape, k - 1) == moved;
                slot_set(v, shape, k - 1, moved);
            }
            slot_set(v, shape, shape->slot_count - 1, 0);
            instance_set_shape(v, smaller, same);
            return 1;
        }
    }
    Value dict = instance_dict(v);
    return dict ? py_dict_delete(dict, name) : -1;
}

int instance_set_class(Value v, VmType *type) {
    VmShape *shape = vm_shapes[shape_mark(v)];
    if (shape->dict_mode) {
        instance_set_shape(v, shape_dict_mode(type), true);
        return 0;
    }
    Value names[SHAPE_MAX_SLOTS];
    shape_names(shape, names);
    VmShape *s = shape_root(type, shape->inline_slots);
    for (uint32_t i = 0; s && i < shape->slot_count; i++) s = shape_add(s, names[i]);
    if (!s) {
        if (!instance_dict(v)) return -1;
        s = shape_dict_mode(type);
    }
    instance_set_shape(v, s, true);
    return 0;
}
