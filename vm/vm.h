/* vm: the object model's public interface. Each group names the file that defines it.
 *
 * Conventions. A function that returns Value returns 0 on failure with the exception set in the
 * thread; one that returns int or int64_t returns -1 with the exception set. "May call" means that
 * Python code may run inside (through vm_call_nested), during which a transaction may end: mutable
 * objects must be read again afterwards, while the references in C locals stay valid (the C stack
 * is scanned conservatively). All operations below that dispatch on an arbitrary object's type may
 * call, unless they say otherwise; constructors and exact-type functions may not. */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/object.h"
#include <stdarg.h>

/* ---- built-in functions and types (builtin.c)
 * --------------------------------------------------------------- */

/* A function in C. With a signature, the arguments arrive bound: args[i] is parameter i (self
 * first, for methods), 0 where an optional one was not given, a tuple for *args, a dict (or 0) for
 * **kwargs; nargs is the number of parameters; kwnames is 0. Without ("raw"), args holds nargs
 * positional arguments followed by the values of the names in the tuple kwnames (or 0). args is
 * flat memory outside the heap, a root of the caller's. */
typedef Value (*PyFn)(const Value *args, size_t nargs, Value kwnames);
typedef struct PyMethodDef {
    const char *name;
    const char *signature; /* as __text_signature__: "($self, object, /)", "(iterable, /, *,
                              key=None)"; 0: raw */
    PyFn fn;
    uint32_t flags; /* PY_METHOD_* */
    const char *doc;
} PyMethodDef;
enum {
    PY_METHOD_CLASS = 1,
    PY_METHOD_STATIC = 2,
    PY_METHOD_COUNTED = 4, /* a wrong number of arguments is worded "f() takes at most 3 arguments" */
    PY_METHOD_SLOT = 8,    /* does what the slot of that name does, and stands for its wrapper */
    PY_METHOD_DRAIN = 256  /* times a VM_RETURN_DRAIN_*: the first argument is an iterable that is gone through whole (exec/drain.h) */
}; /* in a type: classmethod (args[0] is the class), staticmethod */
typedef struct PyGetSetDef {
    const char *name;
    Value (*get)(Value self);
    int (*set)(Value self, Value value_or_0); /* 0: read-only */
    const char *doc;
} PyGetSetDef; /* its descriptor: getset_descriptor, or member_descriptor if members.tbl lists it */

typedef Value (*PyUnaryFn)(Value);
typedef Value (*PyBinaryFn)(Value, Value);
typedef struct PyBuffer PyBuffer;
typedef struct PySlots {
#define UNARY(f)                           Value (*f)(Value)
#define NEXT(f)                            Value (*f)(Value) /* VM_STOP at the end */
#define BINARY(f)                          Value (*f)(Value, Value)
#define METHOD_ONE(f)                      Value (*f)(Value self, Value arg)
#define TERNARY(f)                         Value (*f)(Value, Value, Value mod_or_None)
#define HASH(f)                            int64_t (*f)(Value)
#define CALL(f)                            Value (*f)(Value self, const Value *args, size_t nargs, Value kwnames)
#define SETATTR(f)                         int (*f)(Value self, Value name, Value value_or_0)
#define SETITEM(f)                         int (*f)(Value self, Value key, Value value_or_0)
#define COMPARE(f)                         Value (*f)(Value self, Value other, int op) /* PY_LT ..; VM_NOT_IMPLEMENTED */
#define DESCR_GET(f)                       Value (*f)(Value self, Value obj_or_0, Value type)
#define DESCR_SET(f)                       int (*f)(Value self, Value obj, Value value_or_0)
#define NEW(f)                             Value (*f)(Value type, const Value *args, size_t nargs, Value kwnames)
#define INIT(f)                            int (*f)(Value self, const Value *args, size_t nargs, Value kwnames)
#define INQUIRY(f)                         int (*f)(Value)
#define LENGTH(f)                          int64_t (*f)(Value)
#define CONTAINS(f)                        int (*f)(Value self, Value item)
#define SLOT(field, kind, name, reflected) kind(field);
#include "vm/slots.tbl"
#undef SLOT
#undef UNARY
#undef NEXT
#undef BINARY
#undef METHOD_ONE
#undef TERNARY
#undef HASH
#undef CALL
#undef SETATTR
#undef SETITEM
#undef COMPARE
#undef DESCR_GET
#undef DESCR_SET
#undef NEW
#undef INIT
#undef INQUIRY
#undef LENGTH
#undef CONTAINS
    int (*get_buffer)(Value self, PyBuffer *buffer, bool writable);
    void (*release_buffer)(Value self, PyBuffer *buffer);
} PySlots;
enum { PY_LT, PY_LE, PY_EQ, PY_NE, PY_GT, PY_GE };

/* What a built-in type is; one `const PyTypeSpec py_spec_<c_name>` per row of types.tbl. Slots left
 * 0 are inherited. `hash = py_hash_unhashable` makes unhashable. new_signature documents and binds
 * the arguments of __new__ if `new_fn` is set (args[0] is the class); otherwise slots.new parses
 * them. */
typedef struct PyTypeSpec {
    const char *doc;
    PySlots slots;
    const PyMethodDef *methods; /* ended by {0} */
    const PyGetSetDef *getsets;
    const char *new_signature; /* "(x=0, /)" */
    PyFn new_fn;
    uint8_t raw_words;  /* header kind of instances: 0..12 raw words before the Values, or
                           GC_KIND_LEAF */
    bool has_dict;      /* instances have attributes: `extra` follows the layout */
    const char *module; /* default "builtins" */
} PyTypeSpec;
#define TYPE(id, cname, name, base, layout, flags) extern const PyTypeSpec py_spec_##cname;
#include "vm/types.tbl"
#undef TYPE

Value py_builtin_new(const PyMethodDef *def, Value self_or_0, Value module_name_or_0);
typedef struct PyModuleDef { /* a C module; one row per module in vm/modules/modules.tbl:
                                MODULE(c_name, "python name") */
    const char *doc;
    const PyMethodDef *functions;
    int (*init)(Value module); /* adds constants and types, or 0; runs once, at import */
} PyModuleDef;
Value py_module_new(Value name);
Value py_module_dict(Value module); /* does not call */
int py_module_add(Value module, const char *name, Value value);
int py_module_add_type(Value module, uint32_t type_id); /* under the type's own name */
Value py_import(const char *name); /* import and return the (sub)module named */
Value py_import_attr(const char *module, const char *name);

/* ---- instances, attributes, types (object.c shape.c type.c attribute.c)
 * ---------------------------------------- */

static inline Value py_type(uint32_t type_id) { return vm_shapes[type_id]->type->object; }
VmType *vm_type(Value type_object);
/* A new instance of a type whose C layout is complete: header set, every raw word 0, every Value 0.
 * `type_object` may be a subclass. `payload` bytes are added for variable-sized layouts. 0 on
 * failure. Does not call. */
Value py_alloc(Value type_object, size_t payload);
Value py_alloc_id(uint32_t type_id, size_t payload); /* exactly this built-in type */
bool py_type_is_subtype(Value type, Value base);     /* by MRO; does not call */
static inline bool py_is_instance_of(Value v, uint32_t type_id) {
    return py_type_is_subtype(py_type_of(v), py_type(type_id));
}
int py_isinstance(Value v, Value type_or_tuple); /* with __instancecheck__ */
int py_issubclass(Value v, Value type_or_tuple);
Value py_type_lookup(
    Value type,
    Value name); /* along the MRO, no descriptors; 0 without exception if absent; does not call */
Value py_lookup_special(
    Value v, Value name); /* on the type, bound; 0 without exception if absent, with one on error */
Value py_getattr(Value v, Value name);
Value py_getattr_c(Value v, const char *name);
Value py_getattr_opt(Value v, Value name); /* VM_UNBOUND instead of AttributeError */
int py_setattr(Value v, Value name, Value value_or_0);
Value py_generic_getattr(Value v, Value name); /* object.__getattribute__ */
int py_generic_setattr(Value v, Value name, Value value_or_0);
Value py_instance_dict(
    Value v); /* __dict__: materialises the view; 0 + exception if there is none */
Value py_type_name(Value type);                                              /* __name__ */
Value py_type_new_heap(Value metatype, Value name, Value bases, Value dict); /* type.__new__ */
int py_type_setattr(Value type, Value name, Value value_or_0);
int64_t py_hash_unhashable(Value v);
int64_t py_identity_hash(Value v); /* object.__hash__ */

/* ---- generic operations (operation.c, call.c)
 * -------------------------------------------------------------------- */

Value py_repr(Value v);
Value py_str(Value v);
Value py_ascii(Value v);
Value py_format(Value v, Value spec_str);
int64_t py_hash(Value v); /* -1 on failure; never -1 on success */
int py_truth(Value v);    /* 1, 0, -1 */
Value py_compare(Value a, Value b, int op);
int py_compare_bool(Value a, Value b, int op);
int py_equal(Value a, Value b); /* identity first, as containers do */
int64_t py_length(Value v);
int64_t py_length_hint(Value v, int64_t fallback);
Value py_getitem(Value v, Value key);
int py_setitem(Value v, Value key, Value value_or_0);
int py_contains(Value container, Value item);
Value py_iter(Value v);
bool py_iterable(Value v); /* has its type __iter__ or __getitem__ (even if that raises)? */
Value py_next(Value iterator); /* VM_STOP at the end, 0 on error */
enum { /* binary operators, in the order of the slots; in-place ones are + PY_OP_INPLACE */
       PY_OP_ADD,
       PY_OP_SUB,
       PY_OP_MUL,
       PY_OP_MATMUL,
       PY_OP_TRUEDIV,
       PY_OP_FLOORDIV,
       PY_OP_MOD,
       PY_OP_DIVMOD,
       PY_OP_POW,
       PY_OP_LSHIFT,
       PY_OP_RSHIFT,
       PY_OP_AND,
       PY_OP_XOR,
       PY_OP_OR,
       PY_OP_COUNT,
       PY_OP_INPLACE = 16
};
Value py_binary(int op, Value a, Value b);
Value py_power(Value a, Value b, Value mod);
Value py_negative(Value v);
Value py_positive(Value v);
Value py_invert(Value v);
Value py_absolute(Value v);
Value py_index(Value v); /* an int object by __index__, TypeError otherwise */
Value py_index_exact(Value v); /* the same, not of a subclass (bool is one) */
int py_warn_int_subclass(const char *method, Value result); /* DeprecationWarning; 0 or -1 */
int64_t py_index_int64(
    Value v,
    const char *overflow_type_or_0); /* clipped if 0 (slices), else that error, -1 and exception */
Value py_call(Value callable, const Value *args, size_t nargs, Value kwnames);
Value py_call0(Value callable);
Value py_call1(Value callable, Value a);
Value py_call2(Value callable, Value a, Value b);
Value py_call3(Value callable, Value a, Value b, Value c);
Value py_call_method(Value v, const char *name, size_t nargs, const Value *args);
Value py_call_kw(Value callable, Value args_tuple, Value kwargs_dict_or_0);
bool py_callable(Value v);
Value py_function_new(Value code, Value globals); /* a plain function without defaults (function.c) */
/* Enter the interpreter from C: the only way (call.c). */
Value vm_call_nested(Value callable, const Value *args, size_t nargs, Value kwnames);
int py_enter_recursion(
    const char *where); /* 0, or -1 with RecursionError; pair with py_leave_recursion */
void py_leave_recursion(void);
int py_repr_enter(Value v); /* 1: v is being repr'd already; 0; -1. Pair 0 with py_repr_leave */
void py_repr_leave(Value v);

/* ---- exceptions (exceptions.c, error.c)
 * ---------------------------------------------------------------------------- */

/* Raise; the result is always 0, so that `return py_raise(...)` fits. Format: %s %d %u %ld %zd %zu
 * %c %x %% as printf, and for Values: %R repr, %S str, %A ascii, %T name of its type, %N name of
 * this type object, %F the same with the module of a built-in one, as %T. */
Value py_raise(uint32_t type_id, const char *format, ...);
int py_raise_int(uint32_t type_id, const char *format, ...); /* the same, -1 */
Value py_raise_value(uint32_t type_id, Value arg);  /* with this single argument (KeyError) */
Value py_raise_object(Value exception);             /* an instance */
Value py_raise_errno(int err, Value filename_or_0); /* OSError of the right subclass */
Value py_raise_memory(void);
Value py_error(void);               /* the exception set, or 0 */
bool py_error_is(uint32_t type_id); /* one is set and is an instance */
void py_error_clear(void);
Value py_error_take(void); /* returns and clears */
void py_error_restore(Value exception_or_0);
Value py_format_message(const char *format, va_list ap); /* a str */
int py_warn(uint32_t category_type_id, int stack_level, const char *format,
            ...); /* -1 if turned into an error */
void py_write_unraisable(Value where_or_0);
void py_write_unraisable_message(const char *message_or_0, Value where_or_0); /* instead of "Exception ignored in" */

/* ---- numbers (int.c int_text.c float.c float_text.c complex.c)
 * ------------------------------------------------------ */

Value py_int_box(int64_t i); /* any, in the heap where it does not fit */
static inline Value py_int_from_i64(int64_t i) { return LIKELY(int_fits(i)) ? int_make(i) : py_int_box(i); }
Value py_int_from_u64(uint64_t i);
Value py_int_from_double(double d); /* truncates; OverflowError, ValueError for inf, nan */
Value py_int_from_limbs(const uint64_t *limbs, size_t count, bool negative);
Value py_int_parse(const char *ascii_digits, size_t length, int base,
                   bool negative); /* checked digits only */
int py_int_as_i64(Value v,
                  int64_t *out); /* 0; 1: does not fit (no exception) ; v is any py_is_int */
int64_t py_int_i64_or_raise(
    Value v,
    const char *c_type); /* OverflowError "Python int too large to convert to C <c_type>" */
double py_int_as_double(Value v);   /* -1.0 and OverflowError if too large */
Value py_int_add(Value a, Value b); /* these take any py_is_int, never call */
Value py_int_sub(Value a, Value b);
Value py_int_mul(Value a, Value b);
Value py_int_floordiv(Value a, Value b);
Value py_int_mod(Value a, Value b);
Value py_int_lshift(Value a, Value b);
int py_int_compare(Value a, Value b); /* <0, 0, >0 */
int64_t py_int_hash(Value v);
Value py_int_to_str(Value v, int base, bool prefix);
double py_float_value(Value v);         /* tagged, boxed or subclass */
int py_as_double(Value v, double *out); /* float, int or __float__/__index__; 0 or -1 */
int64_t py_float_hash(double d);
Value py_float_repr(double d); /* shortest that reads back */
size_t py_double_format(char *out, size_t out_size, double d, char code, int precision,
                        bool alternate); /* code: e f g r */
int py_double_parse(const char *text, size_t length,
                    double *out); /* 0 or -1, correctly rounded, no exception */
Value py_complex_new(double real, double imag);

/* ---- text and bytes (str*.c bytes*.c codec.c format.c)
 * ----------------------------------------------------------------- */

Value py_str_new(const char *utf8,
                 size_t length); /* UTF-8 with surrogates allowed; assumes valid */
Value py_str_c(const char *utf8);
Value py_str_ascii(const char *ascii, size_t length);
Value py_str_alloc(
    size_t length,
    uint32_t max_char); /* uninitialised; fill through str_data before anything else */
Value py_str_from_u32(const uint32_t *chars, size_t length);
Value py_str_char(uint32_t c);                /* cached for < 256 */
Value py_str_format(const char *format, ...); /* as py_raise's */
Value py_str_concat(Value a, Value b);
Value py_str_substring(Value s, size_t start, size_t end);
Value py_str_join(Value separator, Value sequence);
int py_str_equal(Value a, Value b); /* exact content, never calls */
int py_str_equal_c(Value s, const char *ascii);
int py_str_compare(Value a, Value b);
int64_t py_str_hash(Value s);
int64_t py_hash_bytes(const void *data, size_t length); /* SipHash-1-3, keyed by PYTHONHASHSEED */
Value py_intern(Value s); /* permanent, equal strings give the identical reference */
Value py_intern_c(const char *utf8);
/* UTF-8 of s, NUL-terminated, valid until the caller's frame next reaches a safepoint; 0 +
 * UnicodeEncodeError for surrogates. */
const char *py_str_utf8(Value s, size_t *length_or_0);
typedef struct {
    Value raw;
    size_t length, capacity;
    uint8_t width;
    uint32_t max_char;
} PyStrBuilder; /* in C locals only */
void py_builder_init(PyStrBuilder *b);
int py_builder_char(PyStrBuilder *b, uint32_t c);
int py_builder_str(PyStrBuilder *b, Value s);
int py_builder_ascii(PyStrBuilder *b, const char *s, size_t length);
Value py_builder_finish(PyStrBuilder *b);
Value py_decode(const char *data, size_t length, const char *encoding, const char *errors);
Value py_encode(Value s, const char *encoding, const char *errors); /* bytes */
/* __format__ of the numbers (format.c); the spec is a str. */
Value py_format_int(Value v, Value spec);
Value py_format_float(Value v, Value spec);
Value py_format_complex(Value v, Value spec);
Value py_decode_fs(const char *data, size_t length);                /* surrogateescape */
Value py_bytes_new(const void *data_or_0,
                   size_t length); /* flat source outside the heap; 0: uninitialised */
static inline const uint8_t GS *bytes_data(Value v) { return REF(PyBytes, v)->data; }

/* Buffers: flat view of bytes-like objects. The exporter's memory does not move while held (export
 * count). */
struct PyBuffer {
    Value owner;
    void *data /* flat */;
    StmRef ref;
    int64_t length;
    bool readonly;
    int64_t item_size;
    char format[8];
};
int py_get_buffer(Value v, PyBuffer *buffer,
                  bool writable); /* TypeError "a bytes-like object is required, not '%T'" */
void py_release_buffer(PyBuffer *buffer);

/* ---- containers (tuple.c list.c dict.c set.c ...): exact or subclass storage, never call unless
 * said ----------------- */

Value py_tuple_new(size_t length); /* items 0, to be filled by the maker */
Value py_tuple_from(const Value *items, size_t length);
Value py_tuple_pack(size_t length, ...);
static inline int64_t tuple_length(Value t) { return REF(PyTuple, t)->length; }
static inline Value tuple_item(Value t, int64_t i) { return REF(PyTuple, t)->items[i]; }
Value py_list_new(size_t length); /* items VM_NONE */
Value py_list_from(const Value *items, size_t length);
int py_list_append(Value list, Value item);
int64_t py_list_length(Value list);
Value py_list_item(Value list, int64_t i); /* no bounds check */
void py_list_set_item(Value list, int64_t i, Value item);
int py_list_extend(Value list, Value iterable); /* may call */
Value py_list_to_tuple(Value list);
Value py_list_from_iterable(Value iterable);  /* may call; always a new list */
Value py_tuple_from_iterable(Value iterable); /* may call; a tuple is returned as it is */
int py_list_sort(Value list, Value key_or_None, bool reverse); /* may call */
Value py_dict_new(void);
Value py_dict_get(Value dict,
                  Value key); /* VM_UNBOUND if absent; 0 on error; may call for odd keys */
Value py_dict_get_str(Value dict,
                      Value str_key); /* exact str key: VM_UNBOUND if absent, never fails or calls
                                         unless the dict has keys that are not str */
Value py_dict_get_c(Value dict, const char *key);
int py_dict_set(Value dict, Value key, Value value); /* may call for odd keys */
int py_dict_set_c(Value dict, const char *key, Value value);
int py_dict_delete(Value dict, Value key); /* 1 deleted, 0 absent, -1 */
Value py_dict_pop(Value dict, Value key);  /* VM_UNBOUND if absent */
Value py_dict_setdefault(Value dict, Value key, Value value);
int64_t py_dict_length(Value dict);
bool py_dict_next(Value dict, int64_t *position, Value *key,
                  Value *value); /* start at 0; false at the end */
Value py_dict_copy(Value dict);
int py_dict_update(Value dict, Value mapping_or_iterable); /* may call */
int py_dict_merge_unique(Value dict, Value mapping, Value callable); /* **kwargs of a call: TypeError on duplicates */
Value py_callable_text(Value callable); /* how errors about a call name the callable: "module.qualname()" */
Value py_dict_keys_list(Value dict);
int64_t py_dict_entry_index(Value dict,
                            Value str_key); /* entry number or -1: for inline caches; never calls */
uint64_t py_dict_keys_version(Value dict);  /* gives the dict a version if it has none */
static inline Value dict_entry_value(Value dict, int64_t entry) { /* marked read */
    PyArray GS *entries = REF(PyArray, REF(PyDict, dict)->entries);
    return GET(entries, items[2 * entry + 1]);
}
void py_dict_entry_set(Value dict, int64_t entry, Value value);
Value py_set_new(void);
int py_set_add(Value set, Value item);
int py_set_contains(Value set, Value item);
int py_set_discard(Value set, Value item);
int64_t py_set_length(Value set);
bool py_set_next(Value set, int64_t *position, Value *item);
int py_set_update(Value set, Value iterable);
Value py_frozenset_from_iterable(Value iterable);
Value py_frozenset_empty(void); /* the one there is, as a constant */
Value py_slice_new(Value start, Value stop, Value step);
/* slice.indices: 0, or -1 with an exception; start, stop, step and the number of items for a
 * sequence of `length`. */
int py_slice_indices(Value slice, int64_t length, int64_t *start, int64_t *stop, int64_t *step,
                     int64_t *count);
Value py_array_new(size_t capacity); /* PyArray with items 0; for list storage and attributes */
Value py_raw_new(size_t bytes);      /* PyRaw, not initialised */
Value py_raw_new_zero(size_t bytes);

/* ---- names used by C code: NAME(append) is the interned string "append" (names.tbl)
 * ------------------------------------- */
enum {
#define NAME_ROW(id, text) NAME_##id,
#include "vm/names.tbl"
#undef NAME_ROW
    NAME_COUNT
};
extern Value vm_names[NAME_COUNT];
#define NAME(id) (vm_names[NAME_##id])

/* Does the class take a special method from this built-in type? Keywords of a call are errors to a __new__ if its class
 * has the built-in __init__, and the other way round. */
static inline bool type_takes(Value type, uint32_t type_id, Value name) {
    return py_type_lookup(type, name) == py_type_lookup(py_type(type_id), name);
}

#endif
