/* Module _bisect. Arguments of all functions: a, x, lo, hi, key. */
#include "vm/modules/containers.h"

/* The position for x: right of equal items, or left of them. -1 on error. May call. */
static int64_t bisect(const Value *args, bool right, Value x) {
    Value a = args[0], key = args[4] && args[4] != VM_NONE ? args[4] : 0;
    int64_t low = args[2] ? py_index_int64(args[2], "OverflowError") : 0, high = -1;
    if (low == -1 && py_error()) return -1;
    if (low < 0) return py_raise_int(TYPE_ValueError, "lo must be non-negative");
    if (args[3] && args[3] != VM_NONE) {
        high = py_index_int64(args[3], "OverflowError");
        if (high == -1 && py_error()) return -1;
    }
    if (high == -1 && (high = py_length(a)) < 0) return -1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        Value item = is_exactly(a, TYPE_LIST) ? list_get_fast(a, middle) : 0;
        if (!item && !(item = py_getitem(a, py_int_from_i64(middle)))) return -1;
        if (key && !(item = py_call1(key, item))) return -1;
        int less = right ? py_compare_bool(x, item, PY_LT) : py_compare_bool(item, x, PY_LT);
        if (less < 0) return -1;
        if (less == right)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static Value found(const Value *args, bool right) {
    int64_t i = bisect(args, right, args[1]);
    return i < 0 ? 0 : py_int_from_i64(i);
}
/* insort compares the key of x. */
static Value inserted(const Value *args, bool right) {
    Value x = args[1];
    if (args[4] && args[4] != VM_NONE && !(x = py_call1(args[4], x))) return 0;
    int64_t i = bisect(args, right, x);
    if (i < 0) return 0;
    Value at[2] = {py_int_from_i64(i), args[1]};
    return py_call_method(args[0], "insert", 2, at) ? VM_NONE : 0;
}

METHOD(bisect_right) { return found(args, true); }
METHOD(bisect_left) { return found(args, false); }
METHOD(insort_right) { return inserted(args, true); }
METHOD(insort_left) { return inserted(args, false); }

#define SIGNATURE "(a, x, lo=0, hi=None, *, key=None)"
static const PyMethodDef bisect_functions[] = {
    {"bisect_right", SIGNATURE, bisect_right, 0,
     "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value "
     "i "
     "is such that all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already "
     "appears in the list, a.insert(i, x) will\ninsert just after the rightmost x already there."},
    {"bisect", SIGNATURE, bisect_right, 0, "Alias of bisect_right."},
    {"bisect_left", SIGNATURE, bisect_left, 0,
     "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value "
     "i "
     "is such that all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already "
     "appears in the list, a.insert(i, x) will\ninsert just before the leftmost x already there."},
    {"insort_right", SIGNATURE, insort_right, 0,
     "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, "
     "insert it to the right of the rightmost x."},
    {"insort", SIGNATURE, insort_right, 0, "Alias of insort_right."},
    {"insort_left", SIGNATURE, insort_left, 0,
     "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, "
     "insert it to the left of the leftmost x."},
    {0}};

const PyModuleDef py_module_bisect = {.doc = "Bisection algorithms.",
                                      .functions = bisect_functions};
