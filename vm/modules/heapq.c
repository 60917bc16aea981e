/* Module _heapq: binary heaps in lists. Comparisons may call Python, which may change the list: its
 * length is checked after each, and items are read again. */
#include "vm/modules/containers.h"

/* Is a < b (min-heap), or b < a (max-heap)? */
static int before(Value a, Value b, bool max) {
    if (is_int(a) && is_int(b))
        return max ? int_value(b) < int_value(a) : int_value(a) < int_value(b);
    return max ? py_compare_bool(b, a, PY_LT) : py_compare_bool(a, b, PY_LT);
}

/* `argument`: as errors name it, "heappop() argument". */
static int check_heap(Value heap, const char *argument) {
    if (py_is_list(heap)) return 0;
    return py_raise_int(TYPE_TypeError, "%s must be list, not %T", argument, heap);
}
static int changed(void) {
    return py_raise_int(TYPE_RuntimeError, "list changed size during iteration");
}
static void swap(Value heap, int64_t i, int64_t j) {
    Value x = list_get_fast(heap, i), y = list_get_fast(heap, j);
    list_set_fast(heap, i, y);
    list_set_fast(heap, j, x);
}

/* The item at `position` moves towards the root, not beyond `start`. */
static int sift_down(Value heap, int64_t start, int64_t position, bool max) {
    int64_t length = py_list_length(heap);
    while (position > start) {
        int64_t parent = (position - 1) >> 1;
        int less = before(list_get_fast(heap, position), list_get_fast(heap, parent), max);
        if (less < 0) return -1;
        if (py_list_length(heap) != length) return changed();
        if (!less) break;
        swap(heap, position, parent);
        position = parent;
    }
    return 0;
}

/* The item at `position` moves down to a leaf along the smaller children, then up to its place:
 * fewer comparisons than stopping early, as most items taken from the end belong near the leaves.
 */
static int sift_up(Value heap, int64_t position, bool max) {
    int64_t length = py_list_length(heap), start = position;
    while (position < length / 2) {
        int64_t child = 2 * position + 1;
        if (child + 1 < length) {
            int left = before(list_get_fast(heap, child), list_get_fast(heap, child + 1), max);
            if (left < 0) return -1;
            if (py_list_length(heap) != length) return changed();
            if (!left) child++;
        }
        swap(heap, position, child);
        position = child;
    }
    return sift_down(heap, start, position, max);
}

static Value pop_last(Value heap) {
    int64_t length = py_list_length(heap);
    if (!length) return py_raise(TYPE_IndexError, "index out of range");
    Value item = py_list_item(heap, length - 1);
    return list_splice(REF(PyList, heap), length - 1, length, 0, 0, 0) < 0 ? 0 : item;
}

static Value heap_pop(Value heap, bool max) {
    if (check_heap(heap, max ? "_heappop_max() argument" : "heappop() argument") < 0) return 0;
    Value last = pop_last(heap);
    if (!last || !py_list_length(heap)) return last;
    Value top = py_list_item(heap, 0);
    py_list_set_item(heap, 0, last);
    return sift_up(heap, 0, max) < 0 ? 0 : top;
}
static Value heap_replace(Value heap, Value item, bool max) {
    if (check_heap(heap, max ? "_heapreplace_max() argument 1" : "heapreplace() argument 1") < 0)
        return 0;
    if (!py_list_length(heap)) return py_raise(TYPE_IndexError, "index out of range");
    Value top = py_list_item(heap, 0);
    py_list_set_item(heap, 0, item);
    return sift_up(heap, 0, max) < 0 ? 0 : top;
}
static Value heapify(Value heap, bool max) {
    if (check_heap(heap, max ? "_heapify_max() argument" : "heapify() argument") < 0) return 0;
    for (int64_t i = py_list_length(heap) / 2 - 1; i >= 0; i--)
        if (sift_up(heap, i, max) < 0) return 0;
    return VM_NONE;
}

METHOD(heapq_push) {
    if (check_heap(args[0], "heappush() argument 1") < 0 || py_list_append(args[0], args[1]) < 0)
        return 0;
    return sift_down(args[0], 0, py_list_length(args[0]) - 1, false) < 0 ? 0 : VM_NONE;
}
METHOD(heapq_pushpop) {
    if (check_heap(args[0], "heappushpop() argument 1") < 0) return 0;
    if (!py_list_length(args[0])) return args[1];
    int less = before(py_list_item(args[0], 0), args[1], false);
    if (less < 0) return 0;
    if (!less) return args[1];
    if (!py_list_length(args[0])) return py_raise(TYPE_IndexError, "index out of range");
    return heap_replace(args[0], args[1], false);
}
METHOD(heapq_pop) { return heap_pop(args[0], false); }
METHOD(heapq_replace) { return heap_replace(args[0], args[1], false); }
METHOD(heapq_heapify) { return heapify(args[0], false); }
METHOD(heapq_pop_max) { return heap_pop(args[0], true); }
METHOD(heapq_replace_max) { return heap_replace(args[0], args[1], true); }
METHOD(heapq_heapify_max) { return heapify(args[0], true); }

static const PyMethodDef heapq_functions[] = {
    {"heappush", "(heap, item, /)", heapq_push, 0,
     "Push item onto heap, maintaining the heap invariant."},
    {"heappushpop", "(heap, item, /)", heapq_pushpop, 0,
     "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined "
     "action runs more efficiently than heappush() followed by\na separate call to heappop()."},
    {"heappop", "(heap, /)", heapq_pop, 0,
     "Pop the smallest item off the heap, maintaining the heap invariant."},
    {"heapreplace", "(heap, item, /)", heapq_replace, 0,
     "Pop and return the current smallest value, and add the new item."},
    {"heapify", "(heap, /)", heapq_heapify, 0,
     "Transform list into a heap, in-place, in O(len(heap)) time."},
    {"_heappop_max", "(heap, /)", heapq_pop_max, 0, "Maxheap variant of heappop."},
    {"_heapreplace_max", "(heap, item, /)", heapq_replace_max, 0,
     "Maxheap variant of heapreplace."},
    {"_heapify_max", "(heap, /)", heapq_heapify_max, 0, "Maxheap variant of heapify."},
    {0}};

const PyModuleDef py_module_heapq = {.doc = "Heap queue algorithm (a.k.a. priority queue).",
                                     .functions = heapq_functions};
