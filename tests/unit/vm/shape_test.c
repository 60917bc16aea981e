/* Shapes, instance attributes and what inline caches are told about them. */
#include "vm/objects/type.h"
#include "vm/runtime.h"

#include <stdio.h>
#include <stdlib.h>

static int failures;
#define CHECK(x) (void)((x) || (failures++, fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #x)))

static Value new_class(const char *name) {
    Value object = py_type(TYPE_OBJECT), bases = py_tuple_from(&object, 1);
    Value cls = py_type_new_heap(py_type(TYPE_TYPE), py_intern_c(name), bases, py_dict_new());
    if (!cls) {
        fprintf(stderr, "cannot make class %s\n", name);
        exit(1);
    }
    return cls;
}

static Value numbered(int i) {
    char text[16];
    snprintf(text, sizeof text, "a%d", i);
    return py_intern_c(text);
}

static void same_order_same_shape(void) {
    Value cls = new_class("A"), x = py_alloc(cls, 0), y = py_alloc(cls, 0);
    for (int i = 0; i < 3; i++) {
        instance_set(x, numbered(i), int_make(i));
        instance_set(y, numbered(i), int_make(10 + i));
    }
    CHECK(shape_of(x) == shape_of(y));
    CHECK(instance_get(x, numbered(2)) == int_make(2));
    CHECK(instance_get(y, numbered(0)) == int_make(10));
    CHECK(instance_get(y, numbered(9)) == VM_UNBOUND);
    CHECK(instance_count(x) == 3);
    Value z = py_alloc(cls, 0);
    instance_set(z, numbered(1), VM_NONE);
    CHECK(shape_of(z) != shape_of(x));
}

static void overflow_and_learning(void) {
    Value cls = new_class("B"), x = py_alloc(cls, 0);
    CHECK(vm_shapes[shape_of(x)]->inline_slots == SHAPE_FIRST_INLINE);
    for (int i = 0; i < 30; i++) instance_set(x, numbered(i), int_make(i));
    for (int i = 0; i < 30; i++) CHECK(instance_get(x, numbered(i)) == int_make(i));
    Value y = py_alloc(cls, 0);
    CHECK(vm_shapes[shape_of(y)]->inline_slots == SHAPE_MAX_INLINE);
    for (int i = 0; i < 30; i++) instance_set(y, numbered(i), int_make(i));
    CHECK(shape_of(x) != shape_of(y));
    for (int i = 0; i < 30; i++) CHECK(instance_get(y, numbered(i)) == int_make(i));
}

static void deletion_keeps_order(void) {
    Value cls = new_class("C"), x = py_alloc(cls, 0), names[SHAPE_MAX_SLOTS];
    for (int i = 0; i < 10; i++) instance_set(x, numbered(i), int_make(i));
    CHECK(instance_delete(x, numbered(3)) == 1);
    CHECK(instance_delete(x, numbered(3)) == 0);
    CHECK(instance_get(x, numbered(3)) == VM_UNBOUND);
    shape_names(vm_shapes[shape_of(x)], names);
    CHECK(names[2] == numbered(2) && names[3] == numbered(4) && names[8] == numbered(9));
    for (int i = 4; i < 10; i++) CHECK(instance_get(x, numbered(i)) == int_make(i));
    for (int i = 0; i < 10; i++) instance_delete(x, numbered(i));
    CHECK(instance_count(x) == 0);
}

static void dictionary_mode(void) {
    Value cls = new_class("D"), x = py_alloc(cls, 0), many = py_alloc(cls, 0);
    instance_set(x, numbered(0), int_make(7));
    Value dict = instance_dict(x);
    CHECK(vm_shapes[shape_of(x)]->dict_mode);
    CHECK(instance_dict(x) == dict);
    CHECK(py_dict_get_str(dict, numbered(0)) == int_make(7));
    instance_set(x, numbered(1), int_make(8));
    CHECK(py_dict_length(dict) == 2);
    for (int i = 0; i <= SHAPE_MAX_SLOTS; i++) instance_set(many, numbered(i), int_make(i));
    CHECK(vm_shapes[shape_of(many)]->dict_mode);
    CHECK(instance_get(many, numbered(SHAPE_MAX_SLOTS)) == int_make(SHAPE_MAX_SLOTS));
    CHECK(instance_count(many) == SHAPE_MAX_SLOTS + 1);
}

static void cached_forms(void) {
    Value cls = new_class("E"), x = py_alloc(cls, 0), name = py_intern_c("attr");
    AttrLookup load, store;
    py_attr_lookup_store(x, name, &store);
    CHECK(store.form == ATTR_ADD_INLINE);
    py_attr_lookup_load(x, name, &load);
    CHECK(load.form == ATTR_GENERIC);
    instance_set(x, name, int_make(1));
    CHECK(shape_of(x) == store.new_shape);
    py_attr_lookup_load(x, name, &load);
    CHECK(load.form == ATTR_OWN_INLINE && load.offset == store.offset);
    CHECK(*(Value GS *)(uintptr_t)(x + load.offset) == int_make(1));
    py_attr_lookup_load(x, NAME(__class__), &load);
    CHECK(load.form == ATTR_GETSET && load.getset->get(x) == cls);
    py_attr_lookup_load(x, NAME(__init__), &load);
    CHECK(load.form == ATTR_TYPE_METHOD && load.owner == TYPE_OBJECT);
}

static void versions(void) {
    Value cls = new_class("F"), bases = py_tuple_from(&cls, 1), name = py_intern_c("plain");
    Value sub = py_type_new_heap(py_type(TYPE_TYPE), py_intern_c("G"), bases, py_dict_new());
    uint64_t before = type_version(sub);
    py_type_setattr(cls, name, int_make(1));
    uint64_t added = type_version(sub);
    CHECK(added != before);
    AttrLookup load;
    py_attr_lookup_load(py_alloc(sub, 0), name, &load);
    CHECK(load.form == ATTR_TYPE_VALUE && load.value == 0);
    py_type_setattr(cls, name, int_make(2)); /* plain for plain: the same entry */
    CHECK(type_version(sub) == added && attr_entry(load.owner, load.index) == int_make(2));
    py_type_setattr(cls, name, py_type(TYPE_INT)); /* callable: another answer for caches */
    CHECK(type_version(sub) != added);
    py_type_setattr(cls, name, 0);
    CHECK(!py_type_lookup(sub, name));
}

int main(void) {
    const VmOptions options = {.program = "shape_test", .stdlib = "/usr/lib/python3.11", .no_site = true};
    if (vm_start(&options) < 0) return 1;
    same_order_same_shape();
    overflow_and_learning();
    deletion_keeps_order();
    dictionary_mode();
    cached_forms();
    versions();
    if (failures) fprintf(stderr, "%d checks failed\n", failures);
    return failures != 0;
}
