/* Functions in C: registered definitions, signatures, calls. */
#ifndef VM_OBJECTS_BUILTIN_H
#define VM_OBJECTS_BUILTIN_H

#include "vm/vm.h"

typedef enum {
    PARAM_POSITIONAL_ONLY,
    PARAM_POSITIONAL,
    PARAM_VARARGS,
    PARAM_KEYWORD_ONLY,
    PARAM_KWARGS
} ParamKind;

typedef struct BuiltinParam {
    Value name; /* interned */
    uint8_t kind;
    bool optional;
} BuiltinParam;

/* A signature, parsed once; immutable. */
typedef struct BuiltinSignature {
    uint16_t count;      /* parameters, self included */
    uint16_t self_count; /* 1: the first one is $self, $type, $module */
    uint16_t positional; /* parameters that may be given by position, self included */
    uint16_t positional_only;
    uint16_t required;   /* positional parameters without default */
    int16_t varargs, kwargs; /* index or -1 */
    bool keywords;       /* some parameter may be given by name */
    bool simple;         /* nothing but positional-or-only parameters: no varargs, kwargs, kw-only */
    BuiltinParam params[];
} BuiltinSignature;

/* A registered PyMethodDef: never freed. */
typedef struct VmDef {
    const PyMethodDef *def;
    BuiltinSignature *signature; /* 0: raw, or not parsed yet; published with release */
    uint32_t id;
    uint32_t owner; /* type id, or 0: a function of a module */
    bool is_new;    /* __new__ of the owner */
    uint8_t drain;  /* a VM_RETURN_DRAIN_*, or 0 */
    uint8_t exact;  /* 1 + the number of arguments that need no binding, once the signature is parsed; 0: none, or not yet */
} VmDef;

/* May the function in C be called with these arguments as they are? Self among them, no keywords. */
static inline bool vm_def_fits(const VmDef *d, size_t nargs) { return atomic_load_relaxed(&d->exact) == nargs + 1; }
VmDef *vm_def(uint64_t id);
uint64_t vm_def_register(const PyMethodDef *def, uint32_t owner_type);
/* The __new__ of a built-in type. */
uint64_t vm_def_register_new(uint32_t owner_type);
/* Parses at the first use. 0 for raw functions. */
const BuiltinSignature *vm_def_signature(VmDef *def);

/* Call: `self_or_0` goes before the arguments; without it, and for a function that has a self, it is
 * args[0]. Checks and binds; the self is not checked (descriptor.c does). */
Value py_builtin_call(VmDef *def, Value self_or_0, const Value *args, size_t nargs, Value kwnames);
/* Parses the text of a signature; immutable, never freed. */
BuiltinSignature *builtin_parse_signature(const char *text);
/* Binds args to `out` (signature->count words). `name` is the function's own name, `qualname` the
 * one with its type. 0, or -1 with TypeError. */
int builtin_bind(const BuiltinSignature *s, const char *name, const VmDef *def_or_0, Value self_or_0,
                 const Value *args, size_t nargs, Value kwnames, Value *out);
/* For an __init__ in C: binds by a signature text whose parsed form `cache` keeps. 0 or -1. */
int builtin_bind_init(BuiltinSignature **cache, const char *text, const char *name, const Value *args,
                      size_t nargs, Value kwnames, Value *out);

#endif
