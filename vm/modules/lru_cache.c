/* functools._lru_cache_wrapper. The cache is a dict in order of use, the oldest first; a hit moves
 * its entry to the end.
 *
 * For threads: a hit should write nothing that others read. So hits and misses are counted apart
 * for each segment, and while several threads run, entries keep their place until the cache is half
 * full: then order matters, since something will have to go. */
#include "vm/modules/containers.h"
#include "vm/objects/type.h"

enum { COUNT_SLOTS = 32, HITS = 0, MISSES = 1 };
#define LRU(v) REF(PyLruCache, v)

static int64_t GS *counter(Value self, size_t slot, int which) {
    return (int64_t GS *)REF(PyRaw, LRU(self)->counts)->data + 2 * slot + (size_t)which;
}
static void count(Value self, int which) {
    int64_t GS *at = counter(self, SEG->index % COUNT_SLOTS, which);
    stm_write(REF(StmObject, LRU(self)->counts), at);
    *at += 1;
}
static int64_t counted(Value self, int which) {
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT_SLOTS; i++) {
        int64_t GS *at = counter(self, i, which);
        stm_read(at);
        sum += *at;
    }
    return sum;
}
static void counts_clear(Value self) {
    for (size_t i = 0; i < 2 * COUNT_SLOTS; i++) {
        int64_t GS *at = counter(self, i / 2, (int)(i % 2));
        stm_write(REF(StmObject, LRU(self)->counts), at);
        *at = 0;
    }
}

METHOD(lru_new) {
    if (!py_callable(args[1]))
        return py_raise(TYPE_TypeError, "the first argument must be callable");
    int64_t maxsize = -1;
    if (args[2] != VM_NONE) {
        if (!has_index(args[2]))
            return py_raise(TYPE_TypeError, "maxsize should be integer or None");
        maxsize = py_index_int64(args[2], "OverflowError");
        if (maxsize == -1 && py_error()) return 0;
        if (maxsize < 0) maxsize = 0;
    }
    int typed = py_truth(args[3]);
    Value cache = py_dict_new(), counts = py_raw_new(2 * COUNT_SLOTS * sizeof(int64_t));
    Value self = typed >= 0 && cache && counts ? py_alloc(args[0], 0) : 0;
    if (!self) return 0;
    LRU(self)->maxsize = maxsize;
    LRU(self)->typed = (uint64_t)typed;
    LRU(self)->function = args[1];
    LRU(self)->cache = cache;
    LRU(self)->counts = counts;
    LRU(self)->info_type = args[4];
    counts_clear(self);
    return self;
}

/* The arguments as a key: the argument itself if there is one str or int, else a tuple (arguments,
 * a mark and name, value for each keyword, types). The mark is an object that no program can pass.
 */
static Value make_key(Value self, const Value *args, size_t nargs, Value kwnames) {
    size_t named = kwnames ? (size_t)tuple_length(kwnames) : 0, n = nargs, typed = LRU(self)->typed;
    if (nargs == 1 && !named && !typed && table_is_simple(args[0])) return args[0];
    Value key = py_tuple_new(nargs + (named ? 1 + 2 * named : 0) + (typed ? nargs + named : 0));
    if (!key) return 0;
    Value GS *to = REF(PyTuple, key)->items;
    for (size_t i = 0; i < nargs; i++) to[i] = args[i];
    if (named) to[n++] = LRU(self)->counts;
    for (size_t i = 0; i < named; i++) {
        to[n++] = tuple_item(kwnames, (int64_t)i);
        to[n++] = args[nargs + i];
    }
    for (size_t i = 0; typed && i < nargs + named; i++) to[n++] = py_type_of(args[i]);
    return key;
}

/* Entry n was used: it becomes the newest. */
static Value touch(Value self, int64_t n, int64_t hash) {
    PyTable GS *t = TABLE(LRU(self)->cache);
    Value key, value, other;
    table_next(t, n, &key, &value, DICT_SHIFT);
    if (LRU(self)->maxsize < 0) return value;
    if (SEG->multi && t->used * 2 < LRU(self)->maxsize) return value; /* a guess: no read mark */
    if (table_previous(t, INT64_MAX, &other, 0, DICT_SHIFT) == n) return value;
    table_delete(t, n, DICT_SHIFT);
    return table_insert(t, key, value, hash, DICT_SHIFT) < 0 ? 0 : value;
}

static Value lru_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value function = LRU(self)->function;
    if (LRU(self)->maxsize == 0) {
        count(self, MISSES);
        return py_call(function, args, nargs, kwnames);
    }
    Value key = make_key(self, args, nargs, kwnames);
    if (!key) return 0;
    PyTable GS *t = TABLE(LRU(self)->cache);
    int64_t hash, n = table_find(t, key, &hash, DICT_SHIFT);
    if (n == TABLE_ERROR) return 0;
    if (n >= 0) {
        count(self, HITS);
        return touch(self, n, hash);
    }
    count(self, MISSES);
    Value result = py_call(function, args, nargs, kwnames);
    if (!result) return 0;
    n = table_find_hashed(t, key, hash, DICT_SHIFT); /* the call may have stored it already */
    if (n == TABLE_ERROR) return 0;
    if (n >= 0) return result;
    if (LRU(self)->maxsize > 0 && GET(t, used) >= LRU(self)->maxsize) {
        int64_t oldest = table_first(t, DICT_SHIFT);
        if (oldest >= 0) table_delete(t, oldest, DICT_SHIFT);
    }
    return table_insert(t, key, result, hash, DICT_SHIFT) < 0 ? 0 : result;
}

static Value lru_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    return !obj_or_0 || obj_or_0 == VM_NONE ? self : py_method_new(self, obj_or_0);
}

METHOD(lru_info) {
    int64_t maxsize = LRU(args[0])->maxsize;
    Value row[4] = {int_make(counted(args[0], HITS)), int_make(counted(args[0], MISSES)),
                    maxsize < 0 ? VM_NONE : int_make(maxsize),
                    int_make(py_dict_length(LRU(args[0])->cache))};
    return py_call(LRU(args[0])->info_type, row, 4, 0);
}
METHOD(lru_clear) {
    counts_clear(args[0]);
    table_clear(TABLE(LRU(args[0])->cache));
    return VM_NONE;
}
METHOD(lru_reduce) { return py_getattr(args[0], NAME(__qualname__)); }
METHOD(lru_self) { return args[0]; }

static const PyMethodDef lru_methods[] = {
    {"cache_info", "($self, /)", lru_info, 0, "Report cache statistics"},
    {"cache_clear", "($self, /)", lru_clear, 0, "Clear the cache and cache statistics"},
    {"__reduce__", "($self, /)", lru_reduce, 0, 0},
    {"__copy__", "($self, /)", lru_self, 0, 0},
    {"__deepcopy__", "($self, memo, /)", lru_self, 0, 0},
    {0}};
const PyTypeSpec py_spec_lru_cache = {
    .doc =
        "Create a cached callable that wraps another function.\n\nuser_function:      the function "
        "being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited "
        "cache "
        "size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and "
        "f(3.0) "
        "as identical calls\n          True      cache f(3) and f(3.0) as distinct "
        "calls\n\ncache_info_type:    namedtuple class with the fields:\n                        "
        "hits "
        "misses currsize maxsize\n",
    .slots = {.call = lru_call, .descr_get = lru_get},
    .methods = lru_methods,
    .new_signature = "(user_function, maxsize, typed, cache_info_type)",
    .new_fn = lru_new,
    .raw_words = 2,
    .has_dict = true,
};
