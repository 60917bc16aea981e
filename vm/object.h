/* Layouts of heap objects. Each is: header, raw words, then Values to the end (stm/layout.h: the
 * kind says how many raw words), so collector and undo list need no code per type. Fields are words
 * of 8 bytes unless noted. Objects whose type has attributes end with `extra` at the shape's
 * extra_offset (object.c: instance attributes). */
#ifndef VM_OBJECT_H
#define VM_OBJECT_H

#include "vm/value.h"
#include <string.h>

enum {
    TYPE_NONE = 0,
#define TYPE(id, cname, name, base, layout, flags) TYPE_##id,
#include "vm/types.tbl"
#undef TYPE
    TYPE_BUILTIN_COUNT
};

typedef struct {
    StmObject head;
    uint64_t capacity;
    Value items[];
} PyArray; /* kind 1; unused items are 0 */
typedef struct {
    StmObject head;
    uint64_t capacity;
    uint8_t data[];
} PyRaw; /* kind LEAF; capacity in bytes */

typedef struct {
    StmObject head;
    int64_t size;
    uint64_t limbs[];
} PyInt; /* |size| limbs, sign of size; LEAF */
typedef struct {
    StmObject head;
    double value;
} PyFloat;
typedef struct {
    StmObject head;
    double real, imag;
} PyComplex;

/* Immutable text; use str_data(). `width` bytes a character, the narrowest that fits. */
typedef struct {
    StmObject head;
    uint32_t length;  /* characters */
    uint8_t width;    /* 1, 2 or 4 */
    uint8_t ascii;    /* all characters < 128: then data is also its UTF-8 */
    uint8_t interned; /* in the intern table: equal interned strings are identical */
    uint8_t
        external; /* data is the Value of a PyRaw that holds the characters (a builder's buffer) */
    int64_t hash; /* 0: not computed yet (idempotent, no barrier) */
    uint8_t data[];
} PyStr;
typedef struct {
    StmObject head;
    int64_t length;
    int64_t hash;
    uint8_t data[];
} PyBytes; /* a NUL follows */
/* The storage of bytearray and array.array: all in bytes. */
typedef struct {
    StmObject head;
    int64_t length, start, exports;
    uint64_t typecode; /* of array.array */
    Value raw;         /* non-moving PyRaw or 0 */
    Value holds;       /* list of weak references to PyBufferHolds, or 0 */
} PyByteArray;
typedef struct {
    StmObject head;
    int64_t length;
    Value items[];
} PyTuple; /* kind 1 */
typedef struct {
    StmObject head;
    int64_t length;
    Value items;
} PyList; /* items: PyArray or 0 */

/* Ordered, compact. entries holds key, value, key, value ... in insertion order; a deleted entry
 * has key VM_UNBOUND. */
typedef struct {
    StmObject head;
    int64_t used; /* live entries */
    int64_t fill; /* entries in use, deleted ones included */
    uint64_t
        keys_version; /* 0, or a number never used for another set of (key, entry position) pairs: a
                         transactional field, set to 0 when a key is added, removed or moved */
    Value index;      /* PyRaw: open-addressing table of entry numbers */
    Value entries;    /* PyArray */
    Value hashes;     /* PyRaw of int64 per entry, or 0 while all keys are exact str or tagged ints */
} PyDict;
typedef struct {
    StmObject head;
    int64_t used, fill, hash;
    Value index, entries, hashes;
} PySet; /* entries: keys only */
typedef struct {
    StmObject head;
    Value start, stop, step, length;
} PyRange;
typedef struct {
    StmObject head;
    Value start, stop, step;
} PySlice;
typedef struct {
    StmObject head;
    int64_t next, step, remaining, start;
} PyRangeIter;
/* Iterators in C: `a`, `b`, `c` are the iterator's own business, `index` a counter. */
typedef struct {
    StmObject head;
    int64_t index, limit;
    Value a, b, c;
} PyIter;

typedef struct {
    StmObject head;
    uint64_t version; /* 0, or never used before: changes with every change of an attribute of it or
                         of a base */
    uint64_t id;      /* of its VmType */
    uint64_t flags;   /* VM_TYPE_HAS_DEL, VM_TYPE_ABSTRACT: they come and go with attributes. A guard word */
    Value name, qualname, module, bases, base, mro, dict, subclasses /* list of types or 0 */,
        doc;
    /* then `extra` for attributes that a metaclass instance may carry: type's dict is `dict`, not
     * extra */
} PyType;

typedef struct {
    StmObject head;
    uint64_t code_id;
} PyCode; /* permanent; see exec/code.h */
typedef struct {
    StmObject head;
    uint64_t version; /* changes when code, defaults or kwdefaults are assigned */
    uint64_t code_id;
    Value code, globals, builtins, name, qualname, doc, module, defaults /* tuple or None */,
        kwdefaults /* dict or None */, closure /* tuple of cells or None */,
        annotations /* dict, tuple of name/value pairs, or 0 */, extra;
} PyFunction;
typedef struct {
    StmObject head;
    Value func, self;
} PyMethod;
typedef struct {
    StmObject head;
    uint64_t def_id;
    Value self, module;
} PyBuiltin; /* id of its PyMethodDef */
typedef struct {
    StmObject head;
    uint64_t def_id, extra_raw;
    Value owner, name;
} PyMethodDescr;
typedef struct {
    StmObject head;
    uint64_t offset, kind; /* MEMBER_*, or the built-in type whose getset number `offset` this is */
    Value owner, name;
} PyMemberDescr;
enum { MEMBER_WORD = 0, MEMBER_NAMED = UINT32_MAX }; /* of __slots__: a word of the object, or among its attributes */
typedef struct {
    StmObject head;
    Value get, set, del, doc, name;
} PyProperty;
typedef struct {
    StmObject head;
    Value inner;
} PyWrapped;
typedef struct {
    StmObject head;
    Value type, obj, obj_type;
} PySuper;
typedef struct {
    StmObject head;
    Value dict, name;
} PyModule;
typedef struct {
    StmObject head;
    Value origin, args, parameters, starred;
} PyGenericAlias;
typedef struct {
    StmObject head;
    Value value;
} PyCell; /* VM_UNBOUND: empty */
typedef struct {
    StmObject head;
    uint64_t lasti, lineno; /* lasti: CODE_WORD times the instruction's number */
    Value next, frame;
} PyTraceback;
/* Generator, coroutine, async generator: a frame that is not on a thread's Python stack. */
typedef struct {
    StmObject head;
    uint64_t code_id, lasti;        /* lasti: the instruction at which it stands */
    uint64_t state;                 /* GEN_* (exec/generator.h) */
    uint64_t flags;                 /* GEN_FLAG_* */
    Value function, name, qualname; /* function: 0 once finished */
    Value handled;                  /* the exception it is handling while suspended, or VM_NONE */
    Value frame;                    /* PyFrameObject or 0 */
    Value origin, finalizer;        /* cr_origin; hook of async generators, locals of a module's coroutine; or 0 */
    Value registers[];
} PyGenerator;
typedef struct {
    StmObject head;
    uint64_t state;
    Value generator, value, args; /* asend: value; athrow: args (tuple, or 0 for aclose) */
} PyAsyncGenOp;
typedef struct {
    StmObject head;
    uint64_t code_id, lasti;
    uint64_t flags;  /* FRAME_OBJECT_* (exec/frame.h) */
    uint64_t traced; /* number after that of the instruction that was announced last to `trace`; 0: none */
    Value function, back, trace, locals, generator;
    Value registers[]; /* locals, cells, free variables, once the frame has been left */
} PyFrameObject;
typedef struct {
    StmObject head;
    uint64_t target;      /* a reference held weakly: gc keeps it up to date, 0: dead */
    Value callback, hash; /* or 0 */
} PyWeakref;
typedef struct {
    StmObject head;
    uint64_t locked, owner, count;
} PyLock;

/* Exceptions: `extra` (attributes) follows each layout's fields. */
#define PY_EXCEPTION_FIELDS                                                                        \
    StmObject head;                                                                                \
    uint64_t suppress_context;                                                                     \
    Value args, notes, traceback, context, cause
typedef struct {
    PY_EXCEPTION_FIELDS;
} PyException;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value message, exceptions;
} PyExceptionGroup;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value code;
} PySystemExit;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value value;
} PyStopIteration;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value obj, name;
} PyAttributeError;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value name;
} PyNameError;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value msg, name, path;
} PyImportError;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value err, strerror, filename, filename2, written;
} PyOSError;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line;
} PySyntaxError;
typedef struct {
    PY_EXCEPTION_FIELDS;
    Value encoding, object, start, end, reason;
} PyUnicodeError;

/* Shapes (hidden classes) and the static part of types: C memory, append-only, ids never reused. */
typedef struct VmType VmType;
typedef struct VmShape {
    uint32_t id;
    uint32_t parent; /* shape without the last attribute; 0: a root */
    VmType *type;
    uint32_t slot_count;        /* attributes */
    uint32_t inline_slots;      /* how many of them fit behind `extra` in the object */
    uint32_t extra_offset;      /* bytes from the object to its `extra` word; 0: no attributes;
                                   SHAPE_EXTRA_TAIL: last word.      extra is 0, a PyArray of the attributes
                                   beyond inline_slots, or the dict in dictionary mode */
    uint8_t dict_mode;          /* attributes live in the PyDict in `extra` */
    Value name;                 /* of the last attribute: interned, permanent */
    struct VmShapeTable *table; /* object.c: names and transitions */
} VmShape;
#define SHAPE_EXTRA_TAIL UINT32_MAX
extern VmShape **vm_shapes;

struct PySlots;
struct PyTypeSpec;
struct VmType {
    uint32_t id, root_shape; /* shape of a new instance */
    uint32_t flags;          /* VM_TYPE_* */
    uint32_t basic_size;     /* bytes of the C layout, without extra and slots */
    uint8_t kind;            /* header kind of instances */
    uint32_t solid_base;     /* id of the built-in type whose C layout instances have */
    const struct PySlots
        *slots; /* built-in: its own, inherited filled in; Python class: py_generic_slots */
    const struct PyTypeSpec *spec; /* 0 for Python classes */
    Value object;                  /* the PyType; never moves */
    uint32_t layout_size;   /* basic_size and the words of __slots__: `extra` or the payload follows */
    uint32_t layout_type;   /* id of the type that last added to the C layout: conflicts, __class__ */
    uint32_t dict_shape;    /* shape of instances in dictionary mode; 0: not made yet */
    uint32_t wanted_inline; /* inline slots that new instances should get (learned) */
    uint32_t shape_count;   /* made for this type: capped */
    uint32_t alloc_size;    /* bytes of a new instance of a fixed size, as the type was made */
    uint32_t member_count;  /* of __slots__: their names, interned and in order */
    Value *members;
};
enum {
    VM_TYPE_BASE = 1,      /* may be subclassed */
    VM_TYPE_MUTABLE = 2,   /* instances go to mutable blocks */
    VM_TYPE_VARSIZE = 4,   /* payload reaches to the end: attributes in the last word */
    VM_TYPE_HEAP = 8,      /* made by Python code */
    VM_TYPE_HAS_DICT = 16, /* instances have attributes */
    VM_TYPE_EXCEPTION = 32,
    VM_TYPE_HAS_DEL = 64,   /* in PyType.flags: __del__ found in the MRO */
    VM_TYPE_ABSTRACT = 128, /* in PyType.flags: __abstractmethods__ is not empty */
    VM_TYPE_WEAKREF = 256, /* instances may be referred to weakly */
    VM_TYPE_NO_NEW = 512,  /* cannot be instantiated from Python */
    /* subclass-of-built-in bits, as in CPython's fast checks */
    VM_TYPE_INT_SUB = 1 << 16,
    VM_TYPE_STR_SUB = 1 << 17,
    VM_TYPE_BYTES_SUB = 1 << 18,
    VM_TYPE_TUPLE_SUB = 1 << 19,
    VM_TYPE_LIST_SUB = 1 << 20,
    VM_TYPE_DICT_SUB = 1 << 21,
    VM_TYPE_TYPE_SUB = 1 << 22,
    VM_TYPE_FLOAT_SUB = 1 << 23,
    VM_TYPE_SET_SUB = 1 << 24,
    VM_TYPE_MAPPING = 1 << 25,
    VM_TYPE_SEQUENCE = 1 << 26 /* for match statements */
};

extern const uint32_t vm_immediate_shapes[8]; /* by v >> 3, for ...100 */
static inline uint32_t shape_of(Value v) {
    if (LIKELY(is_ref(v))) return REF(StmObject, v)->shape;
    if (is_int(v)) return TYPE_INT;
    if (is_float(v)) return TYPE_FLOAT;
    return vm_immediate_shapes[v >> 3];
}
static inline VmType *vm_type_of(Value v) { return vm_shapes[shape_of(v)]->type; }
static inline Value py_type_of(Value v) { return vm_type_of(v)->object; }
static inline bool is_exactly(Value v, uint32_t type_id) {
    return shape_of(v) == type_id;
} /* built-in, no attributes set */
/* Of exactly this built-in type, whatever attributes have been set on it (each makes another shape). */
static inline bool has_type(Value v, uint32_t type_id) {
    return is_ref(v) && vm_shapes[REF(StmObject, v)->shape]->type->id == type_id;
}
static inline bool type_flag(Value v, uint32_t flag) { return (vm_type_of(v)->flags & flag) != 0; }

static inline bool py_is_str(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_STR_SUB); }
static inline bool py_is_int(Value v) {
    return is_int(v) || is_bool(v) || (is_ref(v) && type_flag(v, VM_TYPE_INT_SUB));
}
static inline bool py_is_bytes(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_BYTES_SUB); }
static inline bool py_is_tuple(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_TUPLE_SUB); }
static inline bool py_is_list(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_LIST_SUB); }
static inline bool py_is_dict(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_DICT_SUB); }
static inline bool py_is_type(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_TYPE_SUB); }
static inline bool py_is_float(Value v) {
    return is_float(v) || (is_ref(v) && type_flag(v, VM_TYPE_FLOAT_SUB));
}
static inline bool py_is_exception(Value v) { return is_ref(v) && type_flag(v, VM_TYPE_EXCEPTION); }

static inline const uint8_t GS *str_data(Value s) {
    PyStr GS *str = REF(PyStr, s);
    return UNLIKELY(str->external) ? REF(PyRaw, *(Value GS *)str->data)->data : str->data;
}
static inline uint32_t str_char(const uint8_t GS *data, unsigned width, size_t i) {
    return width == 1   ? data[i]
           : width == 2 ? ((const uint16_t GS *)data)[i]
                        : ((const uint32_t GS *)data)[i];
}

/* Values of a C array, as arguments: `from` may be NULL where n is 0, which memcpy does not allow. */
static inline void values_copy(Value *to, const Value *from, size_t n) {
    if (n) memcpy(to, from, n * sizeof *to);
}

/* Barriers by field: GET marks and reads a mutable field, SET marks, prepares and writes. */
#define GET(p, field) (stm_read(&(p)->field), (p)->field)
#define SET(p, field, v)                                                                           \
    do {                                                                                           \
        stm_write((StmObj)(p), &(p)->field);                                                       \
        (p)->field = (v);                                                                          \
    } while (0)
/* SET of a Value that often is no reference. */
#define SET_VALUE(p, field, v)                                                                     \
    do {                                                                                           \
        Value set_ = (v);                                                                          \
        stm_read(&(p)->field);                                                                     \
        SET_VALUE_READ(p, field, set_);                                                            \
    } while (0)
/* SET_VALUE, and a store to a raw word, of what has just been read by GET: the marker is there. */
#define SET_VALUE_READ(p, field, v)                                                                \
    do {                                                                                           \
        Value value_ = (v);                                                                        \
        if (is_ref(value_)) stm_write_read((StmObj)(p), &(p)->field);                              \
        else stm_write_plain_read((StmObj)(p), &(p)->field);                                       \
        (p)->field = value_;                                                                       \
    } while (0)
#define SET_RAW_READ(p, field, v)                                                                  \
    do {                                                                                           \
        stm_write_plain_read((StmObj)(p), &(p)->field);                                            \
        (p)->field = (v);                                                                          \
    } while (0)
/* A guard word (stm_write_guard): read as it is, written by this. */
#define SET_GUARD(p, field, v)                                                                     \
    do {                                                                                           \
        stm_write_guard((StmObj)(p), &(p)->field);                                                 \
        (p)->field = (v);                                                                          \
    } while (0)
/* A covered word (stm_write_covered): who reads it as it is goes straight to a GET in the object that it refers to; where there is
 * none, or not that item, it takes a GET of something that then changes too. */
#define SET_COVERED(p, field, v)                                                                   \
    do {                                                                                           \
        stm_write_covered((StmObj)(p), &(p)->field, (p)->field);                                   \
        (p)->field = (v);                                                                          \
    } while (0)

#endif
