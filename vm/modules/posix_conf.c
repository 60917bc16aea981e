/* Module posix: configuration values of the system. */
#define _GNU_SOURCE
#include "vm/modules/posix.h"
#include "vm/objects/int.h"
#include <stdlib.h>
#include <unistd.h>

typedef struct ConfName {
    const char *name;
    int number;
} ConfName;
#define POSIX_SC(name) {#name, _##name},
static const ConfName sysconf_table[] = {
#include "vm/modules/posix_conf.tbl"
};
#undef POSIX_SC
#define POSIX_PC(name) {#name, _##name},
static const ConfName pathconf_table[] = {
#include "vm/modules/posix_conf.tbl"
};
#undef POSIX_PC
#define POSIX_CS(name) {#name, _##name},
static const ConfName confstr_table[] = {
#include "vm/modules/posix_conf.tbl"
};
#undef POSIX_CS
#define COUNT(table) (sizeof(table) / sizeof *(table))

static int name_argument(Value v, const ConfName *table, size_t count, int *number) {
    if (!py_is_str(v)) {
        if (py_is_int(v)) return int_argument(v, number);
        return py_raise_int(TYPE_TypeError, "configuration names must be strings or integers");
    }
    for (size_t i = 0; i < count; i++)
        if (py_str_equal_c(v, table[i].name)) return *number = table[i].number, 0;
    return py_raise_int(TYPE_ValueError, "unrecognized configuration name");
}

POSIX(posix_sysconf) {
    int number;
    if (name_argument(args[0], sysconf_table, COUNT(sysconf_table), &number) < 0) return 0;
    errno = 0;
    long value = sysconf(number);
    return value == -1 && errno ? posix_error() : int_make(value);
}

static Value path_value(const Path *path, int number) {
    long value;
    int err;
    VM_DETACHED("pathconf", errno = 0; value = path->fd >= 0 ? fpathconf(path->fd, number) : pathconf(path->text, number); err = errno);
    errno = err;
    return value == -1 && err ? path_error(path) : int_make(value);
}
POSIX(posix_pathconf) {
    int number;
    Path path;
    if (path_init(&path, args[0], "pathconf", "path", PATH_FD) < 0 || name_argument(args[1], pathconf_table, COUNT(pathconf_table), &number) < 0) return 0;
    return path_value(&path, number);
}
POSIX(posix_fpathconf) {
    int number;
    Path path = {.object = 0};
    if (fd_argument(args[0], &path.fd) < 0 || name_argument(args[1], pathconf_table, COUNT(pathconf_table), &number) < 0) return 0;
    return path_value(&path, number);
}
POSIX(posix_confstr) {
    int number;
    char text[4096];
    if (name_argument(args[0], confstr_table, COUNT(confstr_table), &number) < 0) return 0;
    errno = 0;
    size_t length = confstr(number, text, sizeof text);
    if (length == 0) return errno ? posix_error() : VM_NONE;
    return py_decode_fs(text, length - 1 < sizeof text ? length - 1 : sizeof text - 1);
}

const PyMethodDef posix_conf_functions[] = {
    {"sysconf", "($module, name, /)", posix_sysconf, 0, "Return an integer-valued system configuration variable."},
    {"pathconf", "($module, /, path, name)", posix_pathconf, 0, "Return the configuration limit name for the file or directory path."},
    {"fpathconf", "($module, fd, name, /)", posix_fpathconf, 0, "Return the configuration limit name for the file descriptor fd."},
    {"confstr", "($module, name, /)", posix_confstr, 0, "Return a string-valued system configuration variable."},
    {0}};

static int add_names(Value module, const char *name, const ConfName *table, size_t count) {
    Value names = py_dict_new();
    for (size_t i = 0; names && i < count; i++)
        if (py_dict_set_c(names, table[i].name, int_make(table[i].number)) < 0) return -1;
    return py_module_add(module, name, names);
}
int posix_conf_init(Value module) {
    return add_names(module, "sysconf_names", sysconf_table, COUNT(sysconf_table)) < 0 ||
                   add_names(module, "pathconf_names", pathconf_table, COUNT(pathconf_table)) < 0 ||
                   add_names(module, "confstr_names", confstr_table, COUNT(confstr_table)) < 0
               ? -1
               : 0;
}
