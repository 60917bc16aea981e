/* Module resource: limits and usage. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <sys/resource.h>
#include <unistd.h>

static const PyGetSetDef rusage_fields[] = {
#define FIELD(i, name) {name, structseq_get_##i, 0, 0}
    FIELD(0, "ru_utime"), FIELD(1, "ru_stime"), FIELD(2, "ru_maxrss"), FIELD(3, "ru_ixrss"), FIELD(4, "ru_idrss"), FIELD(5, "ru_isrss"),
    FIELD(6, "ru_minflt"), FIELD(7, "ru_majflt"), FIELD(8, "ru_nswap"), FIELD(9, "ru_inblock"), FIELD(10, "ru_oublock"), FIELD(11, "ru_msgsnd"),
    FIELD(12, "ru_msgrcv"), FIELD(13, "ru_nsignals"), FIELD(14, "ru_nvcsw"), FIELD(15, "ru_nivcsw"),
#undef FIELD
    {0}};
STRUCTSEQ_SPEC(struct_rusage, "struct_rusage: Result from getrusage.", rusage_fields, "resource");

FUNCTION(resource_getrusage) {
    int who;
    struct rusage u;
    if (int_argument(args[0], &who) < 0) return 0;
    VM_C_SAFEPOINT(stm_extend_snapshot());
    if (getrusage(who, &u) < 0) return errno == EINVAL ? py_raise(TYPE_ValueError, "invalid who parameter") : posix_error();
    const Value fields[] = {float_make((double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6), float_make((double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6),
                            int_make(u.ru_maxrss), int_make(u.ru_ixrss), int_make(u.ru_idrss), int_make(u.ru_isrss), int_make(u.ru_minflt), int_make(u.ru_majflt),
                            int_make(u.ru_nswap), int_make(u.ru_inblock), int_make(u.ru_oublock), int_make(u.ru_msgsnd), int_make(u.ru_msgrcv),
                            int_make(u.ru_nsignals), int_make(u.ru_nvcsw), int_make(u.ru_nivcsw)};
    return py_structseq_new(TYPE_STRUCT_RUSAGE, fields, 16, 16);
}

static int limit_argument(Value v, int *limit) {
    if (int_argument(v, limit) < 0) return -1;
    return *limit < 0 || *limit >= RLIMIT_NLIMITS ? py_raise_int(TYPE_ValueError, "invalid resource specified") : 0;
}
static Value limit_value(rlim_t limit) { return limit == RLIM_INFINITY ? int_make(-1) : py_int_from_u64(limit); }
static Value limits_result(const struct rlimit *l) { return py_tuple_pack(2, limit_value(l->rlim_cur), limit_value(l->rlim_max)); }
static int limits_argument(Value v, struct rlimit *l) {
    Value pair = py_tuple_from_iterable(v);
    if (!pair) return -1;
    if (tuple_length(pair) != 2) return py_raise_int(TYPE_ValueError, "expected a tuple of 2 integers");
    int64_t soft = py_index_int64(tuple_item(pair, 0), "OverflowError"), hard = py_error() ? 0 : py_index_int64(tuple_item(pair, 1), "OverflowError");
    if (py_error()) return -1;
    *l = (struct rlimit){(rlim_t)soft, (rlim_t)hard};
    return 0;
}
static Value limit_error(void) {
    if (errno == EINVAL) return py_raise(TYPE_ValueError, "current limit exceeds maximum limit");
    if (errno == EPERM) return py_raise(TYPE_ValueError, "not allowed to raise maximum limit");
    return posix_error();
}
FUNCTION(resource_getrlimit) {
    int limit;
    struct rlimit l;
    if (limit_argument(args[0], &limit) < 0) return 0;
    return getrlimit((unsigned)limit, &l) < 0 ? posix_error() : limits_result(&l);
}
FUNCTION(resource_setrlimit) {
    int limit, result;
    struct rlimit l;
    if (limit_argument(args[0], &limit) < 0 || limits_argument(args[1], &l) < 0) return 0;
    SYSTEM_CALL(result, setrlimit((unsigned)limit, &l));
    return result < 0 ? limit_error() : VM_NONE;
}
FUNCTION(resource_prlimit) {
    int pid, limit, result;
    struct rlimit l, before;
    if (int_argument(args[0], &pid) < 0 || limit_argument(args[1], &limit) < 0) return 0;
    bool set = args[2] && args[2] != VM_NONE;
    if (set && limits_argument(args[2], &l) < 0) return 0;
    SYSTEM_CALL(result, prlimit(pid, (unsigned)limit, set ? &l : 0, &before));
    return result < 0 ? limit_error() : limits_result(&before);
}
FUNCTION(resource_getpagesize) { return int_make(sysconf(_SC_PAGESIZE)); }

static const PyMethodDef resource_functions[] = {
    {"getrusage", "($module, who, /)", resource_getrusage, 0, 0},
    {"getrlimit", "($module, resource, /)", resource_getrlimit, 0, 0},
    {"setrlimit", "($module, resource, limits, /)", resource_setrlimit, 0, 0},
    {"prlimit", "($module, pid, resource, limits=None, /)", resource_prlimit, 0, 0},
    {"getpagesize", "($module, /)", resource_getpagesize, 0, 0},
    {0}};
#define C CONSTANT
static const IntConstant constants[] = {
    C(RLIMIT_CPU), C(RLIMIT_FSIZE), C(RLIMIT_DATA), C(RLIMIT_STACK), C(RLIMIT_CORE), C(RLIMIT_NOFILE), {"RLIMIT_OFILE", RLIMIT_NOFILE}, C(RLIMIT_AS),
    C(RLIMIT_RSS), C(RLIMIT_NPROC), C(RLIMIT_MEMLOCK), C(RLIMIT_MSGQUEUE), C(RLIMIT_NICE), C(RLIMIT_RTPRIO), C(RLIMIT_RTTIME), C(RLIMIT_SIGPENDING),
    C(RUSAGE_SELF), C(RUSAGE_CHILDREN), C(RUSAGE_THREAD), {"RLIM_INFINITY", -1}};
#undef C
static int resource_init(Value module) {
    py_structseq_register(TYPE_STRUCT_RUSAGE, 16);
    return ADD_CONSTANTS(module, constants) < 0 || py_module_add(module, "error", py_type(TYPE_OSError)) < 0 ? -1 : py_module_add_type(module, TYPE_STRUCT_RUSAGE);
}
const PyModuleDef py_module_resource = {.functions = resource_functions, .init = resource_init};
