/* Module _stat: constants and tests of file modes. */
#include "vm/vm.h"
#include <sys/stat.h>

static const struct {
    const char *name;
    int value;
} stat_constants[] = {
    {"S_IFDIR", S_IFDIR}, {"S_IFCHR", S_IFCHR}, {"S_IFBLK", S_IFBLK}, {"S_IFREG", S_IFREG}, {"S_IFIFO", S_IFIFO},
    {"S_IFLNK", S_IFLNK}, {"S_IFSOCK", S_IFSOCK}, {"S_IFDOOR", 0}, {"S_IFPORT", 0}, {"S_IFWHT", 0}, {"S_ISUID", S_ISUID},
    {"S_ISGID", S_ISGID}, {"S_ISVTX", S_ISVTX}, {"S_ENFMT", S_ISGID}, {"S_IREAD", S_IRUSR}, {"S_IWRITE", S_IWUSR},
    {"S_IEXEC", S_IXUSR}, {"S_IRWXU", S_IRWXU}, {"S_IRUSR", S_IRUSR}, {"S_IWUSR", S_IWUSR}, {"S_IXUSR", S_IXUSR},
    {"S_IRWXG", S_IRWXG}, {"S_IRGRP", S_IRGRP}, {"S_IWGRP", S_IWGRP}, {"S_IXGRP", S_IXGRP}, {"S_IRWXO", S_IRWXO},
    {"S_IROTH", S_IROTH}, {"S_IWOTH", S_IWOTH}, {"S_IXOTH", S_IXOTH}, {"UF_NODUMP", 1}, {"UF_IMMUTABLE", 2}, {"UF_APPEND", 4},
    {"UF_OPAQUE", 8}, {"UF_NOUNLINK", 16}, {"UF_COMPRESSED", 32}, {"UF_HIDDEN", 32768}, {"SF_ARCHIVED", 65536},
    {"SF_IMMUTABLE", 131072}, {"SF_APPEND", 262144}, {"SF_NOUNLINK", 1048576}, {"SF_SNAPSHOT", 2097152}, {"ST_MODE", 0},
    {"ST_INO", 1}, {"ST_DEV", 2}, {"ST_NLINK", 3}, {"ST_UID", 4}, {"ST_GID", 5}, {"ST_SIZE", 6}, {"ST_ATIME", 7}, {"ST_MTIME", 8},
    {"ST_CTIME", 9}};

static int mode_argument(Value v, mode_t *mode) {
    int64_t number = py_index_int64(v, "OverflowError");
    if (number == -1 && py_error()) return -1;
    *mode = (mode_t)number;
    return 0;
}

#define TEST(name, condition)                                                                                         \
    static Value stat_##name(const Value *args, size_t nargs, Value kwnames) {                                        \
        (void)nargs, (void)kwnames;                                                                                   \
        mode_t mode;                                                                                                  \
        return mode_argument(args[0], &mode) < 0 ? 0 : vm_bool(condition);                                            \
    }
TEST(isdir, S_ISDIR(mode))
TEST(ischr, S_ISCHR(mode))
TEST(isblk, S_ISBLK(mode))
TEST(isreg, S_ISREG(mode))
TEST(isfifo, S_ISFIFO(mode))
TEST(islnk, S_ISLNK(mode))
TEST(issock, S_ISSOCK(mode))
TEST(never, mode == (mode_t)-1 && !mode)

static Value stat_imode(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    mode_t mode;
    return mode_argument(args[0], &mode) < 0 ? 0 : int_make(mode & 07777);
}
static Value stat_ifmt(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    mode_t mode;
    return mode_argument(args[0], &mode) < 0 ? 0 : int_make(mode & S_IFMT);
}

/* As `ls -l` shows it: -rwxr-xr-x. */
static Value stat_filemode(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    mode_t mode;
    if (mode_argument(args[0], &mode) < 0) return 0;
    char text[11] = "?rwxrwxrwx";
    const struct {
        mode_t type;
        char c;
    } types[] = {{S_IFREG, '-'}, {S_IFDIR, 'd'}, {S_IFLNK, 'l'}, {S_IFBLK, 'b'}, {S_IFCHR, 'c'}, {S_IFIFO, 'p'}, {S_IFSOCK, 's'}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((mode & S_IFMT) == types[i].type) text[0] = types[i].c;
    for (int bit = 0; bit < 9; bit++)
        if (!(mode & (0400 >> bit))) text[1 + bit] = '-';
    if (mode & S_ISUID) text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID) text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX) text[9] = mode & S_IXOTH ? 't' : 'T';
    return py_str_ascii(text, 10);
}

static const PyMethodDef stat_functions[] = {
    {"S_ISDIR", "($module, mode, /)", stat_isdir, 0, 0}, {"S_ISCHR", "($module, mode, /)", stat_ischr, 0, 0},
    {"S_ISBLK", "($module, mode, /)", stat_isblk, 0, 0}, {"S_ISREG", "($module, mode, /)", stat_isreg, 0, 0},
    {"S_ISFIFO", "($module, mode, /)", stat_isfifo, 0, 0}, {"S_ISLNK", "($module, mode, /)", stat_islnk, 0, 0},
    {"S_ISSOCK", "($module, mode, /)", stat_issock, 0, 0}, {"S_ISDOOR", "($module, mode, /)", stat_never, 0, 0},
    {"S_ISPORT", "($module, mode, /)", stat_never, 0, 0}, {"S_ISWHT", "($module, mode, /)", stat_never, 0, 0},
    {"S_IMODE", "($module, mode, /)", stat_imode, 0, 0}, {"S_IFMT", "($module, mode, /)", stat_ifmt, 0, 0},
    {"filemode", "($module, mode, /)", stat_filemode, 0, "Convert a file's mode to a string of the form '-rwxrwxrwx'"},
    {0}};

static int stat_init(Value module) {
    for (size_t i = 0; i < sizeof stat_constants / sizeof *stat_constants; i++)
        if (py_module_add(module, stat_constants[i].name, int_make(stat_constants[i].value)) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_stat = {.functions = stat_functions, .init = stat_init};
