/* Parts of module _pickle. */
#ifndef VM_MODULES_PICKLE_H
#define VM_MODULES_PICKLE_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/builtin.h"
#include "vm/objects/bytes.h"
#include "vm/objects/set.h"

enum { PICKLE_DEFAULT = 4, PICKLE_HIGHEST = 5, PICKLE_BATCH = 1000, PICKLE_FRAME = 64 * 1024, PICKLE_FRAME_LEAST = 4 };

/* Opcodes; the letters are the format's. */
enum {
    OP_MARK = '(', OP_STOP = '.', OP_POP = '0', OP_POP_MARK = '1', OP_DUP = '2', OP_FLOAT = 'F', OP_INT = 'I', OP_BININT = 'J', OP_BININT1 = 'K',
    OP_LONG = 'L', OP_BININT2 = 'M', OP_NONE = 'N', OP_PERSID = 'P', OP_BINPERSID = 'Q', OP_REDUCE = 'R', OP_STRING = 'S', OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U', OP_UNICODE = 'V', OP_BINUNICODE = 'X', OP_APPEND = 'a', OP_BUILD = 'b', OP_GLOBAL = 'c', OP_DICT = 'd', OP_EMPTY_DICT = '}',
    OP_APPENDS = 'e', OP_GET = 'g', OP_BINGET = 'h', OP_INST = 'i', OP_LONG_BINGET = 'j', OP_LIST = 'l', OP_EMPTY_LIST = ']', OP_OBJ = 'o', OP_PUT = 'p',
    OP_BINPUT = 'q', OP_LONG_BINPUT = 'r', OP_SETITEM = 's', OP_TUPLE = 't', OP_EMPTY_TUPLE = ')', OP_SETITEMS = 'u', OP_BINFLOAT = 'G',
    OP_BINBYTES = 'B', OP_SHORT_BINBYTES = 'C', OP_PROTO = 0x80, OP_NEWOBJ, OP_EXT1, OP_EXT2, OP_EXT4, OP_TUPLE1, OP_TUPLE2, OP_TUPLE3, OP_NEWTRUE, OP_NEWFALSE,
    OP_LONG1, OP_LONG4, OP_SHORT_BINUNICODE, OP_BINUNICODE8, OP_BINBYTES8, OP_EMPTY_SET, OP_ADDITEMS, OP_FROZENSET, OP_NEWOBJ_EX, OP_STACK_GLOBAL,
    OP_MEMOIZE, OP_FRAME, OP_BYTEARRAY8, OP_NEXT_BUFFER, OP_READONLY_BUFFER
};

/* A dump under way. */
typedef struct Pickle {
    Value pickler;
    ByteBuilder out, frame; /* what waits for its frame to end, while `framing` */
    Value write;            /* of the file, or 0 */
    Value persistent_id, reducer_override, dispatch_table /* dict or other mapping */; /* or 0 */
    int protocol;
    bool binary, fast, fix_imports, framing;
} Pickle;

/* pickle_save.c: 0 or -1. */
int pickle_put(Pickle *p, const void *data, size_t n);
int pickle_op(Pickle *p, uint8_t op);
int pickle_save(Pickle *p, Value v, bool ask_persistent);
int pickle_memoize(Pickle *p, Value v);
/* 1: written as a reference to the memo; 0: not there; -1. */
int pickle_get(Pickle *p, Value v);
int pickle_items(Pickle *p, Value iterator);
int pickle_pairs(Pickle *p, Value iterator);
int pickle_dump(Value pickler, Value v, Value write_or_0, Value *bytes_or_0);
/* pickle_memo.c */
enum { MEMO_ABSENT = -1, MEMO_FAILED = -2 /* exception set */ };
int64_t pickle_memo_find(Value pickler, Value v); /* its number, or one of these */
int64_t pickle_memo_add(Value pickler, Value v);  /* what is not there: its number or MEMO_FAILED */
int pickle_memo_clear(Value pickler);
Value pickle_memo_dict(Value pickler); /* {id: (number, object)} */
int pickle_memo_assign(Value pickler, Value dict);
int unpickle_memo_clear(Value unpickler);
Value unpickle_memo_get(Value unpickler, Value number); /* VM_UNBOUND: nothing */
int unpickle_memo_put(Value unpickler, Value number, Value v);
int64_t unpickle_memo_count(Value unpickler);
Value unpickle_memo_dict(Value unpickler); /* {number: object} */
int unpickle_memo_assign(Value unpickler, Value dict);
/* pickle_reduce.c */
int pickle_save_object(Pickle *p, Value v); /* by reducers */
int pickle_save_reduced(Pickle *p, Value reduced, Value object_or_0);
int pickle_save_global(Pickle *p, Value v, Value name_or_0);
/* Names of Python 2 and 3 for each other, by two dicts of _compat_pickle: of (module, name), else of the module. 0 or -1. */
int pickle_map_names(const char *of_names, const char *of_modules, Value *module, Value *name);
/* pickle_load.c */
Value pickle_load_bytes(Value unpickler, Value bytes_like);
/* By name: VM_UNBOUND if absent. */
Value pickle_attribute(Value module, Value dotted, Value *parent_or_0);
int pickle_save_buffer(Pickle *p, Value v);
/* From arguments: -1 with an exception. */
int pickler_setup(Value self, Value protocol_or_0, Value fix_imports_or_0, Value callback_or_0);
int unpickler_setup(Value self, Value fix_imports_or_0, Value encoding_or_0, Value errors_or_0, Value buffers_or_0);

#endif
