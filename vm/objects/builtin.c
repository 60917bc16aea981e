/* builtin.c -- functions in C: their registration, signatures and calls.
 *
 * A signature text is parsed at the first call into a table of parameters. Binding follows it; the
 * texts of TypeErrors depend on the signature's form as CPython's depend on the calling convention:
 * one required positional-only parameter ("takes exactly one argument"), positional-only parameters
 * ("f expected 2 arguments, got 3"), or names ("f() missing required argument 'x' (pos 1)"). */
#include "vm/exec/arguments.h"
#include "stm/atomic.h"
#include "vm/objects/type.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { DEF_LIMIT = 1 << 20, DEF_MAP_SIZE = 1 << 15 };

static VmDef *defs; /* by id; append-only: an entry is written once, under the lock, before its id is known */
static uint32_t def_count = 1;
static uint32_t def_map[DEF_MAP_SIZE]; /* ids by def and owner: a hint against registering twice */
static pthread_mutex_t def_lock = PTHREAD_MUTEX_INITIALIZER;

VmDef *vm_def(uint64_t id) { return &defs[id]; }

static uint32_t def_append(const PyMethodDef *def, uint32_t owner, bool is_new) {
    if (!defs) {
        defs = mmap(0, DEF_LIMIT * sizeof *defs, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (defs == MAP_FAILED) stm_fatal("no address space for the table of built-in functions");
    }
    if (def_count >= DEF_LIMIT) stm_fatal("too many built-in functions");
    uint32_t id = def_count++;
    defs[id] = (VmDef){.def = def, .id = id, .owner = owner, .is_new = is_new, .drain = (uint8_t)(def->flags / PY_METHOD_DRAIN)};
    return id;
}

uint64_t vm_def_register(const PyMethodDef *def, uint32_t owner_type) {
    uint64_t hash = ((uintptr_t)def >> 4) * 0x9E3779B97F4A7C15u + owner_type;
    uint32_t *slot = &def_map[hash >> 20 & (DEF_MAP_SIZE - 1)];
    pthread_mutex_lock(&def_lock);
    uint32_t id = *slot;
    if (!id || defs[id].def != def || defs[id].owner != owner_type)
        id = *slot = def_append(def, owner_type, false);
    pthread_mutex_unlock(&def_lock);
    return id;
}

uint64_t vm_def_register_new(uint32_t owner_type) {
    static const PyMethodDef new_def = {
        "__new__", 0, 0, 0,
        "Create and return a new object.  See help(type) for accurate signature."};
    pthread_mutex_lock(&def_lock);
    uint32_t id = def_append(&new_def, owner_type, true);
    pthread_mutex_unlock(&def_lock);
    return id;
}

/* ---- signatures ------------------------------------------------------------------------------ */

/* The end of one parameter's text: a comma or the closing parenthesis at depth 0. */
static const char *param_end(const char *p) {
    int depth = 0;
    for (char quote = 0; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1])
                p++;
            else if (*p == quote)
                quote = 0;
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (strchr("([{", *p)) {
            depth++;
        } else if (strchr(")]}", *p)) {
            if (depth-- == 0) return p;
        } else if (*p == ',' && depth == 0) {
            return p;
        }
    }
    return p;
}

/* The parameter in [p, end), appended to the table; `kind` is what a plain name is here. */
static void param_add(BuiltinSignature *s, const char *p, const char *end, ParamKind kind) {
    if (!strncmp(p, "$module", 7)) return; /* functions of modules do not get their module */
    BuiltinParam *param = &s->params[s->count];
    param->kind = (uint8_t)kind;
    if (*p == '$') {
        p++;
        s->self_count = 1;
        param->kind = PARAM_POSITIONAL_ONLY;
    } else if (p[0] == '*' && p[1] == '*') {
        p += 2;
        param->kind = PARAM_KWARGS;
        s->kwargs = (int16_t)s->count;
    } else if (*p == '*') {
        p++;
        param->kind = PARAM_VARARGS;
        s->varargs = (int16_t)s->count;
    }
    const char *q = p;
    while (q < end && *q != '=' && *q != ':' && *q != ' ') q++;
    param->optional = memchr(q, '=', (size_t)(end - q)) || param->kind == PARAM_VARARGS ||
                      param->kind == PARAM_KWARGS;
    char name[128];
    size_t length = (size_t)(q - p) < sizeof name - 1 ? (size_t)(q - p) : sizeof name - 1;
    memcpy(name, p, length);
    name[length] = 0;
    param->name = py_intern_c(name);
    s->count++;
}

static void signature_summarize(BuiltinSignature *s) {
    for (unsigned i = 0; i < s->count; i++) {
        BuiltinParam *p = &s->params[i];
        if (p->kind == PARAM_POSITIONAL_ONLY) s->positional_only++;
        if (p->kind == PARAM_POSITIONAL_ONLY || p->kind == PARAM_POSITIONAL) {
            s->positional++;
            if (!p->optional) s->required++;
        }
        if (p->kind == PARAM_POSITIONAL || p->kind == PARAM_KEYWORD_ONLY) s->keywords = true;
    }
    s->simple = s->positional == s->count;
}

BuiltinSignature *builtin_parse_signature(const char *text) {
    size_t commas = 2;
    for (const char *p = text; *p; p++) commas += *p == ',';
    BuiltinSignature *s = calloc(1, sizeof *s + commas * sizeof s->params[0]);
    if (!s) stm_out_of_memory("out of memory for a signature");
    s->varargs = s->kwargs = -1;
    ParamKind kind = PARAM_POSITIONAL;
    const char *p = strchr(text, '(');
    p = p ? p + 1 : "";
    while (*p) {
        while (*p == ' ' || *p == '\n') p++;
        const char *end = param_end(p);
        if (*p == '/') {
            for (unsigned i = 0; i < s->count; i++) s->params[i].kind = PARAM_POSITIONAL_ONLY;
        } else if (*p == '*' && p + 1 == end) {
            kind = PARAM_KEYWORD_ONLY;
        } else if (p < end && strncmp(p, "$module", 7) != 0) { /* a function is not told its module */
            param_add(s, p, end, kind);
            if (s->count && s->params[s->count - 1].kind == PARAM_VARARGS) kind = PARAM_KEYWORD_ONLY;
        }
        if (*end != ',') break;
        p = end + 1;
    }
    signature_summarize(s);
    return s;
}

const BuiltinSignature *vm_def_signature(VmDef *d) {
    BuiltinSignature *s = atomic_load_acquire(&d->signature);
    if (LIKELY(s) || !d->def->signature) return s;
    BuiltinSignature *parsed = builtin_parse_signature(d->def->signature);
    if (parsed->simple && parsed->count < UINT8_MAX) atomic_store_relaxed(&d->exact, (uint8_t)(parsed->count + 1));
    if (atomic_cas_acqrel(&d->signature, &s, parsed))
        return parsed;
    free(parsed);
    return s;
}

/* ---- binding --------------------------------------------------------------------------------- */

/* What a TypeError calls the function: of a method, with its type. */
/* Methods of a class are named after the class they are called on. */
static const char *qualname_of(const char *name, const VmDef *def_or_0, Value self_or_0, char room[256]) {
    if (!def_or_0 || !def_or_0->owner) return name;
    bool of_class = def_or_0->def->flags & PY_METHOD_CLASS && self_or_0 && py_is_type(self_or_0);
    Value owner = of_class ? GET(REF(PyType, self_or_0), qualname) : py_type_name(py_type(def_or_0->owner));
    snprintf(room, 256, "%s.%s", py_str_utf8(owner, 0), name);
    return room;
}

/* Too many or too few of positional-only parameters. `given` does not count self. */
static int raise_positional(const BuiltinSignature *s, const char *name, const VmDef *def_or_0, Value self_or_0,
                            size_t given) {
    char room[256];
    const char *qualname = qualname_of(name, def_or_0, self_or_0, room);
    size_t most = (size_t)(s->positional - s->self_count);
    size_t least = (size_t)(s->required - s->self_count);
    if (s->varargs < 0 && most == 0)
        return py_raise_int(TYPE_TypeError, "%s() takes no arguments (%zu given)", qualname, given);
    if (s->simple && most == 1 && least == 1)
        return py_raise_int(TYPE_TypeError, "%s() takes exactly one argument (%zu given)", qualname,
                            given);
    size_t limit = given < least ? least : most;
    if (def_or_0 && def_or_0->def->flags & PY_METHOD_COUNTED)
        return py_raise_int(TYPE_TypeError, "%s() takes at %s %zu argument%s (%zu given)", name,
                            given < least ? "least" : "most", limit, limit == 1 ? "" : "s", given);
    const char *bound = s->varargs < 0 && least == most ? "" : given < least ? "at least " : "at most ";
    return py_raise_int(TYPE_TypeError, "%s expected %s%zu argument%s, got %zu", name, bound, limit,
                        limit == 1 ? "" : "s", given);
}

/* Too many positional arguments for parameters that have names. */
static int raise_too_many(const BuiltinSignature *s, const char *name, size_t given, size_t keywords) {
    size_t all = (size_t)(s->count - s->self_count), most = (size_t)(s->positional - s->self_count);
    if (given + keywords > all)
        return py_raise_int(TYPE_TypeError, "%s() takes at most %zu %sargument%s (%zu given)", name, all,
                            given ? "" : "keyword ", all == 1 ? "" : "s", given + keywords);
    if (most == 0) return py_raise_int(TYPE_TypeError, "%s() takes no positional arguments", name);
    return py_raise_int(TYPE_TypeError, "%s() takes %s %zu positional argument%s (%zu given)", name,
                        s->required < s->positional ? "at most" : "exactly", most,
                        most == 1 ? "" : "s", given);
}

static int raise_missing(const BuiltinSignature *s, const char *name, unsigned i, size_t given) {
    const BuiltinParam *param = &s->params[i];
    if (param->kind == PARAM_POSITIONAL_ONLY) {
        unsigned least = 0;
        for (unsigned k = s->self_count; k < s->positional_only; k++) least += !s->params[k].optional;
        return py_raise_int(TYPE_TypeError, "%s() takes %s %u positional argument%s (%zu given)", name,
                            s->required < s->positional || s->varargs >= 0 ? "at least" : "exactly",
                            least, least == 1 ? "" : "s", given);
    }
    return py_raise_int(TYPE_TypeError, "%s() missing required argument '%S' (pos %u)", name,
                        param->name, i - s->self_count + 1);
}

static int param_index(const BuiltinSignature *s, Value key) {
    for (unsigned i = s->positional_only; i < s->count; i++) {
        const BuiltinParam *p = &s->params[i];
        if (p->kind != PARAM_POSITIONAL && p->kind != PARAM_KEYWORD_ONLY) continue;
        if (p->name == key || py_str_equal(p->name, key)) return (int)i;
    }
    return -1;
}

static int bind_keywords(const BuiltinSignature *s, const char *name, const Value *values,
                         Value kwnames, size_t given, Value *out) {
    for (int64_t k = 0; k < tuple_length(kwnames); k++) {
        Value key = tuple_item(kwnames, k);
        int i = param_index(s, key);
        if (i < 0 && s->kwargs >= 0) {
            if (!out[s->kwargs] && !(out[s->kwargs] = py_dict_new())) return -1;
            if (py_dict_set(out[s->kwargs], key, values[k]) < 0) return -1;
        } else if (i < 0) {
            return py_raise_int(TYPE_TypeError, "'%S' is an invalid keyword argument for %s()", key,
                                name);
        } else if (out[i]) {
            return py_raise_int(TYPE_TypeError,
                                "argument for %s() given by name ('%S') and position (%d)", name, key,
                                i - s->self_count + 1);
        } else {
            out[i] = values[k];
        }
    }
    (void)given;
    return 0;
}

int builtin_bind(const BuiltinSignature *s, const char *name, const VmDef *def_or_0, Value self_or_0,
                 const Value *args, size_t nargs, Value kwnames, Value *out) {
    size_t keywords = kwnames ? (size_t)tuple_length(kwnames) : 0, at = 0;
    char text[256];
    memset(out, 0, s->count * sizeof *out);
    if (s->self_count) {
        if (!self_or_0 && nargs == 0)
            return py_raise_int(TYPE_TypeError, "unbound method %s() needs an argument", qualname_of(name, def_or_0, 0, text));
        out[at++] = self_or_0 ? self_or_0 : *args++;
        if (!self_or_0) nargs--;
    }
    size_t room = (size_t)s->positional - at;
    bool named = s->keywords || s->kwargs >= 0, only_kw = s->positional == s->positional_only;
    if (keywords && !named)
        return py_raise_int(TYPE_TypeError, "%s() takes no keyword arguments", qualname_of(name, def_or_0, out[0], text));
    if (nargs > room && s->varargs < 0)
        return named && !(only_kw && room) ? raise_too_many(s, name, nargs, keywords)
                                                 : raise_positional(s, name, def_or_0, out[0], nargs);
    if (named && s->varargs < 0 && s->kwargs < 0 && nargs + keywords > (size_t)(s->count - s->self_count))
        return raise_too_many(s, name, nargs, keywords);
    if (named && !only_kw)
        for (unsigned i = (unsigned)(at + nargs); i < s->positional_only; i++)
            if (!s->params[i].optional) return raise_missing(s, name, i, nargs);
    size_t direct = nargs < room ? nargs : room;
    values_copy(out + at, args, direct);
    if (s->varargs >= 0 && !(out[s->varargs] = py_tuple_from(args + direct, nargs - direct))) return -1;
    if (keywords && bind_keywords(s, name, args + nargs, kwnames, nargs, out) < 0) return -1;
    for (unsigned i = 0; i < s->count; i++)
        if (UNLIKELY(!out[i] && !s->params[i].optional))
            return named && !(only_kw && i < s->positional) ? raise_missing(s, name, i, nargs)
                         : raise_positional(s, name, def_or_0, out[0], nargs);
    return 0;
}

int builtin_bind_init(BuiltinSignature **cache, const char *text, const char *name, const Value *args,
                      size_t nargs, Value kwnames, Value *out) {
    BuiltinSignature *s = atomic_load_acquire(cache);
    if (!s) {
        s = builtin_parse_signature(text);
        atomic_store_release(cache, s);
    }
    return builtin_bind(s, name, 0, 0, args, nargs, kwnames, out);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static Value call_raw(VmDef *d, Value self_or_0, const Value *args, size_t nargs, Value kwnames) {
    if (!self_or_0) return d->def->fn(args, nargs, kwnames);
    return vm_call_raw_with(d->def->fn, self_or_0, args, nargs, kwnames);
}

/* The first built-in type in a class's MRO: its __new__ will do, though it has added nothing to the C layout. */
static const VmType *first_built_in(Value type) {
    Value mro = GET(REF(PyType, type), mro);
    int64_t i = 0;
    while (!type_vm(tuple_item(mro, i))->spec) i++;
    return type_vm(tuple_item(mro, i));
}

/* __new__ of a built-in type, called as a function: args[0] must be a class that derives from the
 * owner and has its C layout. */
static Value call_new(VmDef *d, const Value *args, size_t nargs, Value kwnames) {
    Value owner = py_type(d->owner);
    if (nargs == 0) return py_raise(TYPE_TypeError, "%F.__new__(): not enough arguments", owner);
    Value type = args[0];
    if (!py_is_type(type))
        return py_raise(TYPE_TypeError, "%F.__new__(X): X is not a type object (%T)", owner, type);
    if (!py_type_is_subtype(type, owner))
        return py_raise(TYPE_TypeError, "%F.__new__(%F): %F is not a subtype of %F", owner, type, type,
                        owner);
    const VmType *solid = vm_shapes[type_vm(type)->solid_base]->type;
    if (solid->slots->new != vm_shapes[d->owner]->type->slots->new && first_built_in(type) != vm_shapes[d->owner]->type)
        return py_raise(TYPE_TypeError, "%F.__new__(%F) is not safe, use %F.__new__()", owner, type,
                        solid->object);
    return vm_shapes[d->owner]->type->slots->new(type, args + 1, nargs - 1, kwnames);
}

Value py_builtin_call(VmDef *d, Value self_or_0, const Value *args, size_t nargs, Value kwnames) {
    if (UNLIKELY(d->is_new)) return call_new(d, args, nargs, kwnames);
    const BuiltinSignature *s = vm_def_signature(d);
    if (self_or_0 && !d->owner && has_type(self_or_0, TYPE_MODULE)) self_or_0 = 0;
    if (!s) return call_raw(d, self_or_0, args, nargs, kwnames);
    if (!s->self_count) self_or_0 = 0;
    if (LIKELY(!kwnames && s->simple && !self_or_0 && nargs == s->count))
        return d->def->fn(args, nargs, 0);
    Value bound[s->count + 1];
    if (LIKELY(!kwnames && s->simple && self_or_0 && nargs + 1 == s->count)) {
        bound[0] = self_or_0;
        values_copy(bound + 1, args, nargs);
        return d->def->fn(bound, s->count, 0);
    }
    if (UNLIKELY(kwnames && tuple_length(kwnames) == 0)) kwnames = 0;
    size_t given = nargs + (self_or_0 ? 1 : 0);
    if (!kwnames && s->simple && given >= s->required && given <= s->count) {
        size_t at = 0;
        if (self_or_0) bound[at++] = self_or_0;
        values_copy(bound + at, args, nargs);
        memset(bound + given, 0, (s->count - given) * sizeof *bound);
        return d->def->fn(bound, s->count, 0);
    }
    if (builtin_bind(s, d->def->name, d, self_or_0, args, nargs, kwnames, bound) < 0) return 0;
    return d->def->fn(bound, s->count, 0);
}

Value type_new_bound(Value type, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *signatures[TYPE_BUILTIN_COUNT]; /* by type id; parsed at first use */
    VmType *t = type_vm(type);
    while (!t->spec || !t->spec->new_fn) t = type_vm(type_base(t->object));
    BuiltinSignature *s = atomic_load_acquire(&signatures[t->id]);
    if (!s) {
        const char *text = t->spec->new_signature;
        if (!text) return vm_call_raw_with(t->spec->new_fn, type, args, nargs, kwnames); /* raw */
        s = builtin_parse_signature(text);
        atomic_store_release(&signatures[t->id], s);
    }
    if (UNLIKELY(s->self_count)) stm_fatal("new_signature of %s has a self", t->spec->doc);
    Value bound[s->count + 1];
    bound[0] = type;
    if (!kwnames && s->simple && nargs >= s->required && nargs <= s->count) {
        values_copy(bound + 1, args, nargs);
        memset(bound + 1 + nargs, 0, (s->count - nargs) * sizeof *bound);
    } else {
        const char *name = py_str_utf8(py_type_name(t->object), 0);
        if (kwnames && tuple_length(kwnames) == 0) kwnames = 0;
        if (kwnames && !s->keywords && s->kwargs < 0 && !type_takes(type, t->id, NAME(__init__)))
            kwnames = 0; /* they are for the class's own __init__ */
        if (builtin_bind(s, name, 0, 0, args, nargs, kwnames, bound + 1) < 0) return 0;
    }
    return t->spec->new_fn(bound, (size_t)s->count + 1, 0);
}
