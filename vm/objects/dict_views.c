/* dict_keys, dict_values, dict_items: views of a dict (the PyWrapped's `inner`). Keys and items are
 * set-like. */
#include "vm/objects/dict.h"
#include "vm/objects/iterators.h"
#include "vm/objects/set.h"

Value dict_view_new(uint32_t type_id, Value dict) {
    Value view = py_alloc_id(type_id, 0);
    if (view) REF(PyWrapped, view)->inner = dict;
    return view;
}

static Value dict_of(Value view) { return REF(PyWrapped, view)->inner; }
static int64_t view_length(Value self) { return py_dict_length(dict_of(self)); }

static Value keys_iter(Value self) { return dict_iter_new(TYPE_DICT_KEY_ITER, dict_of(self)); }
static Value values_iter(Value self) { return dict_iter_new(TYPE_DICT_VALUE_ITER, dict_of(self)); }
static Value items_iter(Value self) { return dict_iter_new(TYPE_DICT_ITEM_ITER, dict_of(self)); }
METHOD(keys_reversed) { return dict_iter_new(TYPE_DICT_REV_KEY_ITER, dict_of(args[0])); }
METHOD(values_reversed) { return dict_iter_new(TYPE_DICT_REV_VALUE_ITER, dict_of(args[0])); }
METHOD(items_reversed) { return dict_iter_new(TYPE_DICT_REV_ITEM_ITER, dict_of(args[0])); }

static int keys_contains(Value self, Value key) {
    Value value = py_dict_get(dict_of(self), key);
    return value ? value != VM_UNBOUND : -1;
}
static int items_contains(Value self, Value item) {
    if (!py_is_tuple(item) || tuple_length(item) != 2) return 0;
    Value value = py_dict_get(dict_of(self), tuple_item(item, 0));
    if (!value) return -1;
    return value == VM_UNBOUND ? 0 : py_equal(value, tuple_item(item, 1));
}

static Value view_repr(Value self) {
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("...");
    Value list = py_list_from_iterable(self);
    Value text = list ? py_str_format("%T(%R)", self, list) : 0;
    py_repr_leave(self);
    return text;
}

/* ---- set operations of keys and items */

static bool is_set_view(Value v) {
    return py_is_instance_of(v, TYPE_DICT_KEYS) || py_is_instance_of(v, TYPE_DICT_ITEMS);
}

/* Is every item of `a` in `b`? */
static int all_in(Value a, Value b) {
    Value it = py_iter(a), item;
    if (!it) return -1;
    while ((item = py_next(it)) != VM_STOP) {
        int found = item ? py_contains(b, item) : -1;
        if (found <= 0) return found;
    }
    return 1;
}

static Value view_compare(Value a, Value b, int op) {
    if (!is_set_view(a) || (!is_any_set(b) && !is_set_view(b))) return VM_NOT_IMPLEMENTED;
    int64_t n = py_length(a), m = py_length(b);
    if (n < 0 || m < 0) return 0;
    int result = 0;
    switch (op) {
    case PY_EQ:
    case PY_NE:
        if (n == m) result = all_in(a, b);
        if (op == PY_NE && result >= 0) result = !result;
        break;
    case PY_LT: result = n < m ? all_in(a, b) : 0; break;
    case PY_LE: result = n <= m ? all_in(a, b) : 0; break;
    case PY_GT: result = n > m ? all_in(b, a) : 0; break;
    default: result = n >= m ? all_in(b, a) : 0; break;
    }
    return result < 0 ? 0 : vm_bool(result);
}

/* A new set with the items of `left`, changed by an operation with `right`. */
static Value view_operate(Value left, Value right, int (*operation)(Value, Value)) {
    Value set = py_set_new(), other;
    if (!set || py_set_update(set, left) < 0 || !(other = set_from_any(right))) return 0;
    return operation(set, other) == 0 ? set : 0;
}
static Value view_or(Value a, Value b) {
    Value set = py_set_new();
    return set && py_set_update(set, a) == 0 && py_set_update(set, b) == 0 ? set : 0;
}
static Value view_sub(Value a, Value b) { return view_operate(a, b, set_remove_all); }
static Value view_xor(Value a, Value b) { return view_operate(a, b, set_toggle_all); }

/* Only items of `other` need be hashable: those of the view are looked up. */
static Value view_and(Value a, Value b) {
    Value view = is_set_view(a) ? a : b, other = view == a ? b : a;
    if (is_set_view(other) && view_length(other) > view_length(view)) {
        Value swap = view;
        view = other;
        other = swap;
    }
    Value set = py_set_new(), it = set ? py_iter(other) : 0, item;
    if (!it) return 0;
    while ((item = py_next(it)) != VM_STOP) {
        int found = item ? py_contains(view, item) : -1;
        if (found < 0 || (found && py_set_add(set, item) < 0)) return 0;
    }
    return set;
}

METHOD(view_isdisjoint) {
    Value it = py_iter(args[1]), item;
    if (!it) return 0;
    while ((item = py_next(it)) != VM_STOP) {
        int found = item ? py_contains(args[0], item) : -1;
        if (found) return found < 0 ? 0 : VM_FALSE;
    }
    return VM_TRUE;
}

static Value view_mapping(Value self) {
    return py_call1(py_type(TYPE_MAPPINGPROXY), dict_of(self));
}
static const PyGetSetDef view_getsets[] = {
    {"mapping", view_mapping, 0, "dictionary that this view refers to"}, {0}};

#define SET_METHODS(reversed_fn)                                                                   \
    {                                                                                              \
        {"isdisjoint", "($self, other, /)", view_isdisjoint, 0,                                    \
         "Return True if the view and the given iterable have a null intersection."},              \
            {"__reversed__", "($self, /)", reversed_fn, 0,                                         \
             "Return a reverse iterator over the dict keys."},                                     \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
static const PyMethodDef keys_methods[] = SET_METHODS(keys_reversed);
static const PyMethodDef items_methods[] = SET_METHODS(items_reversed);
static const PyMethodDef values_methods[] = {{"__reversed__", "($self, /)", values_reversed, 0,
                                              "Return a reverse iterator over the dict values."},
                                             {0}};

#define SET_VIEW_SLOTS(name)                                                                       \
    {                                                                                              \
        .repr = view_repr, .hash = py_hash_unhashable, .richcompare = view_compare,                \
        .iter = name##_iter, .length = view_length, .contains = name##_contains, .sub = view_sub,  \
        .and_ = view_and, .xor = view_xor, .or_ = view_or                                          \
    }
const PyTypeSpec py_spec_dict_keys = {
    .slots = SET_VIEW_SLOTS(keys), .methods = keys_methods, .getsets = view_getsets};
const PyTypeSpec py_spec_dict_items = {
    .slots = SET_VIEW_SLOTS(items), .methods = items_methods, .getsets = view_getsets};
const PyTypeSpec py_spec_dict_values = {
    .slots = {.repr = view_repr, .iter = values_iter, .length = view_length},
    .methods = values_methods,
    .getsets = view_getsets};
