/* Module posix: names: directories, links, listing. */
#define _GNU_SOURCE
#include "vm/modules/layouts.h"
#include "vm/modules/posix.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- changing names ------------------------------------------------------------------------------------------------------------------ */

POSIX(posix_mkdir) {
    Path path;
    int mode = 0777, dir_fd, result;
    if (path_init(&path, args[0], "mkdir", "path", 0) < 0 || (args[1] && int_argument(args[1], &mode) < 0) || dir_fd_argument(args[2], &dir_fd) < 0) return 0;
    SYSTEM_CALL(result, mkdirat(dir_fd, path.text, (mode_t)mode));
    return result < 0 ? path_error(&path) : VM_NONE;
}

static Value remove_entry(const Value *args, const char *function, int flags) {
    Path path;
    int dir_fd, result;
    if (path_init(&path, args[0], function, "path", 0) < 0 || dir_fd_argument(args[1], &dir_fd) < 0) return 0;
    SYSTEM_CALL(result, unlinkat(dir_fd, path.text, flags));
    return result < 0 ? path_error(&path) : VM_NONE;
}
POSIX(posix_unlink) { return remove_entry(args, "unlink", 0); }
POSIX(posix_remove) { return remove_entry(args, "remove", 0); }
POSIX(posix_rmdir) { return remove_entry(args, "rmdir", AT_REMOVEDIR); }

/* OSError with both names. */
static Value pair_error(const Path *from, const Path *to) {
    if (py_error()) return 0;
    Value args = py_tuple_pack(5, int_make(errno), py_str_c(strerror(errno)), from->object, VM_NONE, to->object);
    Value exception = args ? py_call_kw(py_type(TYPE_OSError), args, 0) : 0;
    return exception ? py_raise_object(exception) : 0;
}

static Value rename_paths(const Value *args, const char *function) {
    Path from, to;
    int from_fd, to_fd, result;
    if (path_init(&from, args[0], function, "src", 0) < 0 || path_init(&to, args[1], function, "dst", 0) < 0 ||
        dir_fd_argument(args[2], &from_fd) < 0 || dir_fd_argument(args[3], &to_fd) < 0)
        return 0;
    SYSTEM_CALL(result, renameat(from_fd, from.text, to_fd, to.text));
    return result < 0 ? pair_error(&from, &to) : VM_NONE;
}
POSIX(posix_rename) { return rename_paths(args, "rename"); }
POSIX(posix_replace) { return rename_paths(args, "replace"); }

POSIX(posix_link) {
    Path from, to;
    int from_fd, to_fd, follow = args[4] ? py_truth(args[4]) : 1, result;
    if (follow < 0 || path_init(&from, args[0], "link", "src", 0) < 0 || path_init(&to, args[1], "link", "dst", 0) < 0 ||
        dir_fd_argument(args[2], &from_fd) < 0 || dir_fd_argument(args[3], &to_fd) < 0)
        return 0;
    SYSTEM_CALL(result, linkat(from_fd, from.text, to_fd, to.text, args[4] && follow ? AT_SYMLINK_FOLLOW : 0));
    return result < 0 ? pair_error(&from, &to) : VM_NONE;
}

POSIX(posix_symlink) {
    Path from, to;
    int dir_fd, result;
    if (path_init(&from, args[0], "symlink", "src", 0) < 0 || path_init(&to, args[1], "symlink", "dst", 0) < 0 || dir_fd_argument(args[3], &dir_fd) < 0) return 0;
    SYSTEM_CALL(result, symlinkat(from.text, dir_fd, to.text));
    return result < 0 ? pair_error(&from, &to) : VM_NONE;
}

POSIX(posix_readlink) {
    Path path;
    char target[PATH_MAX];
    int dir_fd;
    ssize_t result;
    if (path_init(&path, args[0], "readlink", "path", 0) < 0 || dir_fd_argument(args[1], &dir_fd) < 0) return 0;
    SYSTEM_CALL(result, readlinkat(dir_fd, path.text, target, sizeof target));
    return result < 0 ? path_error(&path) : path_result(&path, target, (size_t)result);
}

POSIX(posix_mkfifo) {
    Path path;
    int mode = 0666, dir_fd, result;
    if (path_init(&path, args[0], "mkfifo", "path", 0) < 0 || (args[1] && int_argument(args[1], &mode) < 0) || dir_fd_argument(args[2], &dir_fd) < 0) return 0;
    SYSTEM_CALL(result, mkfifoat(dir_fd, path.text, (mode_t)mode));
    return result < 0 ? path_error(&path) : VM_NONE;
}

POSIX(posix_truncate) {
    Path path;
    int64_t length = py_index_int64(args[1], "OverflowError");
    int result;
    if ((length == -1 && py_error()) || path_init(&path, args[0], "truncate", "path", PATH_FD) < 0) return 0;
    if (path.fd >= 0) SYSTEM_CALL(result, ftruncate(path.fd, length));
    else SYSTEM_CALL(result, truncate(path.text, length));
    return result < 0 ? path_error(&path) : VM_NONE;
}

/* ---- the current directory ---------------------------------------------------------------------------------------------------------------- */

POSIX(posix_chdir) {
    Path path;
    int result;
    if (path_init(&path, args[0], "chdir", "path", PATH_FD) < 0) return 0;
    if (path.fd >= 0) SYSTEM_CALL(result, fchdir(path.fd));
    else SYSTEM_CALL(result, chdir(path.text));
    return result < 0 ? path_error(&path) : VM_NONE;
}
POSIX(posix_fchdir) {
    int fd, result;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, fchdir(fd));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_getcwd) {
    char text[PATH_MAX];
    return getcwd(text, sizeof text) ? py_decode_fs(text, strlen(text)) : posix_error();
}
POSIX(posix_getcwdb) {
    char text[PATH_MAX];
    return getcwd(text, sizeof text) ? py_bytes_new(text, strlen(text)) : posix_error();
}

/* ---- listing ---------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Entry {
    uint64_t ino;
    uint8_t type;
    char name[]; /* NUL-terminated, padded to 8 */
} Entry;

/* All entries of a directory but . and .., read detached into C memory: a buffer of Entry, or 0 with errno. */
static char *read_directory(const Path *path, size_t *size) {
    int fd = path->fd >= 0 ? fcntl(path->fd, F_DUPFD_CLOEXEC, 0) : -1;
    DIR *dir = path->fd >= 0 ? (fd >= 0 ? fdopendir(fd) : 0) : opendir(path->text);
    if (!dir) {
        if (fd >= 0) close(fd);
        return 0;
    }
    if (path->fd >= 0) rewinddir(dir);
    size_t room = 1 << 14, used = 0;
    char *buffer = malloc(room);
    for (struct dirent *d; buffer && (d = readdir(dir));) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        size_t need = (offsetof(Entry, name) + strlen(d->d_name) + 8) & ~(size_t)7;
        if (used + need > room) buffer = realloc(buffer, room *= 2);
        if (!buffer) break;
        Entry *entry = (Entry *)(buffer + used);
        entry->ino = d->d_ino;
        entry->type = d->d_type;
        strcpy(entry->name, d->d_name);
        used += need;
    }
    closedir(dir);
    *size = used;
    return buffer;
}

static const Entry *next_entry(const Entry *entry) {
    return (const Entry *)((const char *)entry + ((offsetof(Entry, name) + strlen(entry->name) + 8) & ~(size_t)7));
}

/* The entries of args[0]; the caller frees them. */
static char *list_argument(Path *path, Value v, const char *function, size_t *size) {
    if (path_init(path, v, function, "path", PATH_FD | PATH_NONE) < 0) return 0;
    char *buffer;
    int err;
    unsigned tries = 0;
    do VM_DETACHED(function, buffer = read_directory(path, size); err = errno);
    while (!buffer && vm_system_call_again_may_call(err, &tries));
    if (!buffer) path_error(path);
    return buffer;
}

POSIX(posix_listdir) {
    Path path;
    size_t size;
    char *buffer = list_argument(&path, args[0], "listdir", &size);
    Value list = buffer ? py_list_new(0) : 0;
    for (const Entry *e = (Entry *)buffer; list && (const char *)e < buffer + size; e = next_entry(e)) {
        Value name = path_result(&path, e->name, strlen(e->name));
        if (!name || py_list_append(list, name) < 0) list = 0;
    }
    free(buffer);
    return list;
}

static Value join_path(const Path *path, const char *name) {
    char joined[PATH_MAX + 512];
    size_t length = path->fd >= 0 ? 0 : strlen(path->text);
    if (path->fd >= 0) snprintf(joined, sizeof joined, "%s", name);
    else snprintf(joined, sizeof joined, "%s%s%s", path->text, length && path->text[length - 1] == '/' ? "" : "/", name);
    return path_result(path, joined, strlen(joined));
}

POSIX(posix_scandir) {
    Path path;
    size_t size;
    char *buffer = list_argument(&path, args[0], "scandir", &size);
    Value list = buffer ? py_list_new(0) : 0;
    for (const Entry *e = (Entry *)buffer; list && (const char *)e < buffer + size; e = next_entry(e)) {
        Value name = path_result(&path, e->name, strlen(e->name)), full = name ? join_path(&path, e->name) : 0;
        Value entry = full ? py_alloc_id(TYPE_DIR_ENTRY, 0) : 0;
        if (entry) {
            DirEntry GS *d = REF(DirEntry, entry);
            d->type = e->type;
            d->ino = e->ino;
            d->dir_fd = path.fd >= 0 ? path.fd : AT_FDCWD;
            d->name = name;
            d->path = full;
        }
        if (!entry || py_list_append(list, entry) < 0) list = 0;
    }
    free(buffer);
    Value iterator = list ? py_alloc_id(TYPE_SCANDIR_ITER, 0) : 0;
    if (iterator) REF(ScandirIter, iterator)->entries = list;
    return iterator;
}

static Value scandir_next(Value self) {
    ScandirIter GS *it = REF(ScandirIter, self);
    Value entries = GET(it, entries);
    uint64_t i = GET(it, index);
    if (!entries || i >= (uint64_t)py_list_length(entries)) return VM_STOP;
    SET(it, index, i + 1);
    return py_list_item(entries, (int64_t)i);
}
static Value scandir_self(Value self) { return self; }
POSIX(scandir_enter) { return args[0]; }
POSIX(scandir_close) {
    SET(REF(ScandirIter, args[0]), entries, 0);
    return VM_NONE;
}
static const PyMethodDef scandir_methods[] = {{"__enter__", "($self, /)", scandir_enter, 0, 0},
                                              {"__exit__", "($self, /, *args)", scandir_close, 0, 0},
                                              {"close", "($self, /)", scandir_close, 0, 0},
                                              {0}};
const PyTypeSpec py_spec_scandir_iter = {.slots = {.iter = scandir_self, .next = scandir_next}, .methods = scandir_methods, .raw_words = 1, .module = "posix"};

/* ---- DirEntry ---------------------------------------------------------------------------------------------------------------------------------- */

static Value entry_stat_cached(Value self, bool follow) {
    DirEntry GS *e = REF(DirEntry, self);
    bool same = e->type != DT_LNK && e->type != DT_UNKNOWN; /* no link: stat and lstat agree */
    Value known = follow && !same ? GET(e, stat) : GET(e, lstat);
    if (known) return known;
    Path path;
    if (path_init(&path, e->path, "DirEntry", "path", 0) < 0) return 0;
    Value result = posix_stat_path(&path, (int)REF(DirEntry, self)->dir_fd, follow);
    if (!result) return 0;
    if (follow && !same) SET(e, stat, result);
    else SET(e, lstat, result);
    return result;
}

/* Is the entry of this type (S_IFDIR ...)? A file that has vanished is none. */
static Value entry_is(Value self, bool follow, unsigned d_type, mode_t format) {
    DirEntry GS *e = REF(DirEntry, self);
    bool need_stat = e->type == DT_UNKNOWN || (follow && e->type == DT_LNK);
    if (!need_stat) return vm_bool(e->type == d_type);
    Value st = entry_stat_cached(self, follow);
    if (!st) {
        if (!py_error_is(TYPE_FileNotFoundError)) return 0;
        py_error_clear();
        return VM_FALSE;
    }
    return vm_bool((int_value(tuple_item(st, 0)) & S_IFMT) == format);
}

static int follow_of(Value v) { return v ? py_truth(v) : 1; }
POSIX(entry_is_dir) {
    int follow = follow_of(args[1]);
    return follow < 0 ? 0 : entry_is(args[0], follow, DT_DIR, S_IFDIR);
}
POSIX(entry_is_file) {
    int follow = follow_of(args[1]);
    return follow < 0 ? 0 : entry_is(args[0], follow, DT_REG, S_IFREG);
}
POSIX(entry_is_symlink) { return entry_is(args[0], false, DT_LNK, S_IFLNK); }
POSIX(entry_stat) {
    int follow = follow_of(args[1]);
    return follow < 0 ? 0 : entry_stat_cached(args[0], follow);
}
POSIX(entry_inode) { return py_int_from_u64(REF(DirEntry, args[0])->ino); }
POSIX(entry_fspath) { return REF(DirEntry, args[0])->path; }
POSIX(entry_class_getitem) { return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]); }
static Value entry_name(Value self) { return REF(DirEntry, self)->name; }
static Value entry_path(Value self) { return REF(DirEntry, self)->path; }
static Value entry_repr(Value self) { return py_str_format("<DirEntry %R>", REF(DirEntry, self)->name); }

static const PyMethodDef entry_methods[] = {
    {"is_dir", "($self, /, *, follow_symlinks=True)", entry_is_dir, 0, "Return True if the entry is a directory; cached per entry."},
    {"is_file", "($self, /, *, follow_symlinks=True)", entry_is_file, 0, "Return True if the entry is a file; cached per entry."},
    {"is_symlink", "($self, /)", entry_is_symlink, 0, "Return True if the entry is a symbolic link; cached per entry."},
    {"stat", "($self, /, *, follow_symlinks=True)", entry_stat, 0, "Return stat_result object for the entry; cached per entry."},
    {"inode", "($self, /)", entry_inode, 0, "Return inode of the entry; cached per entry."},
    {"__fspath__", "($self, /)", entry_fspath, 0, "Returns the path for the entry."},
    {"__class_getitem__", "($type, item, /)", entry_class_getitem, PY_METHOD_CLASS, "See PEP 585"},
    {0}};
static const PyGetSetDef entry_getsets[] = {{"name", entry_name, 0, "the entry's base filename, relative to scandir() \"path\" argument"},
                                            {"path", entry_path, 0, "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)"},
                                            {0}};
const PyTypeSpec py_spec_dir_entry = {.slots = {.repr = entry_repr}, .methods = entry_methods, .getsets = entry_getsets, .raw_words = 3, .module = "os"};

const PyMethodDef posix_dir_functions[] = {
    {"mkdir", "($module, /, path, mode=511, *, dir_fd=None)", posix_mkdir, 0, "Create a directory."},
    {"unlink", "($module, /, path, *, dir_fd=None)", posix_unlink, 0, "Remove a file (same as remove())."},
    {"remove", "($module, /, path, *, dir_fd=None)", posix_remove, 0, "Remove a file (same as unlink())."},
    {"rmdir", "($module, /, path, *, dir_fd=None)", posix_rmdir, 0, "Remove a directory."},
    {"rename", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", posix_rename, 0, "Rename a file or directory."},
    {"replace", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", posix_replace, 0, "Rename a file or directory, overwriting the destination."},
    {"link", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", posix_link, 0, "Create a hard link to a file."},
    {"symlink", "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)", posix_symlink, 0, "Create a symbolic link pointing to src named dst."},
    {"readlink", "($module, /, path, *, dir_fd=None)", posix_readlink, 0, "Return a string representing the path to which the symbolic link points."},
    {"mkfifo", "($module, /, path, mode=438, *, dir_fd=None)", posix_mkfifo, 0, "Create a \"fifo\" (a POSIX named pipe)."},
    {"truncate", "($module, /, path, length)", posix_truncate, 0, "Truncate a file, specified by path, to a specific length."},
    {"chdir", "($module, /, path)", posix_chdir, 0, "Change the current working directory to the specified path."},
    {"fchdir", "($module, /, fd)", posix_fchdir, 0, "Change to the directory of the given file descriptor."},
    {"getcwd", "($module, /)", posix_getcwd, 0, "Return a unicode string representing the current working directory."},
    {"getcwdb", "($module, /)", posix_getcwdb, 0, "Return a bytes string representing the current working directory."},
    {"listdir", "($module, /, path=None)", posix_listdir, 0, "Return a list containing the names of the files in the directory."},
    {"scandir", "($module, /, path=None)", posix_scandir, 0, "Return an iterator of DirEntry objects for given path."},
    {0}};
