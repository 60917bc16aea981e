/* Module posix: extended attributes of files, owners and nodes. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The three forms of a call: by descriptor, following links, not following. */
#define BY_KIND(result, path, follow, name, ...)                                                                      \
    do {                                                                                                              \
        if ((path).fd >= 0) SYSTEM_CALL(result, f##name((path).fd, __VA_ARGS__));                                     \
        else if (follow) SYSTEM_CALL(result, name((path).text, __VA_ARGS__));                                         \
        else SYSTEM_CALL(result, l##name((path).text, __VA_ARGS__));                                                  \
    } while (0)

static int path_argument(Path *path, Value v, Value follow_or_0, const char *function, int allowed, int *follow) {
    *follow = follow_or_0 ? py_truth(follow_or_0) : 1;
    if (*follow < 0 || path_init(path, v, function, "path", allowed) < 0) return -1;
    if (path->fd >= 0 && !*follow) return py_raise_int(TYPE_ValueError, "%s: cannot use fd and follow_symlinks together", function);
    return 0;
}

enum { ROOM = XATTR_SIZE_MAX };
POSIX(posix_getxattr) {
    Path path, name;
    int follow;
    FlatBytes room;
    ssize_t got;
    if (path_argument(&path, args[0], args[2], "getxattr", PATH_FD, &follow) < 0 || path_init(&name, args[1], "getxattr", "attribute", 0) < 0 ||
        flat_bytes_room(&room, ROOM) < 0)
        return 0;
    BY_KIND(got, path, follow, getxattr, name.text, room.data, ROOM);
    Value result = got < 0 ? path_error(&path) : py_bytes_new(room.data, (size_t)got);
    flat_bytes_free(&room);
    return result;
}
POSIX(posix_setxattr) {
    Path path, name;
    int follow, flags = 0, result;
    FlatBytes value;
    if (path_argument(&path, args[0], args[4], "setxattr", PATH_FD, &follow) < 0 || path_init(&name, args[1], "setxattr", "attribute", 0) < 0 ||
        (args[3] && int_argument(args[3], &flags) < 0) || flat_bytes(&value, args[2]) < 0)
        return 0;
    BY_KIND(result, path, follow, setxattr, name.text, value.data, value.length, flags);
    flat_bytes_free(&value);
    return result < 0 ? path_error(&path) : VM_NONE;
}
POSIX(posix_removexattr) {
    Path path, name;
    int follow, result;
    if (path_argument(&path, args[0], args[2], "removexattr", PATH_FD, &follow) < 0 || path_init(&name, args[1], "removexattr", "attribute", 0) < 0) return 0;
    BY_KIND(result, path, follow, removexattr, name.text);
    return result < 0 ? path_error(&path) : VM_NONE;
}
POSIX(posix_listxattr) {
    Path path;
    int follow;
    FlatBytes room;
    ssize_t got;
    if (path_argument(&path, args[0], args[1], "listxattr", PATH_FD | PATH_NONE, &follow) < 0 || flat_bytes_room(&room, ROOM) < 0) return 0;
    BY_KIND(got, path, follow, listxattr, (char *)room.data, ROOM);
    Value list = got < 0 ? path_error(&path) : py_list_new(0);
    for (ssize_t at = 0; list && at < got;) {
        size_t length = strlen((char *)room.data + at);
        Value name = py_decode_fs((char *)room.data + at, length);
        if (!name || py_list_append(list, name) < 0) list = 0;
        at += (ssize_t)length + 1;
    }
    flat_bytes_free(&room);
    return list;
}

/* ---- owners and nodes -------------------------------------------------------------------------------------------------------------- */

static int owner_arguments(const Value *args, uint32_t *user, uint32_t *group) {
    return owner_argument(args[0], "uid", user) < 0 || owner_argument(args[1], "gid", group) < 0 ? -1 : 0;
}
POSIX(posix_chown) {
    Path path;
    uint32_t user, group;
    int dir_fd, follow, result;
    if (path_argument(&path, args[0], args[4], "chown", PATH_FD, &follow) < 0 || owner_arguments(args + 1, &user, &group) < 0 ||
        dir_fd_argument(args[3], &dir_fd) < 0)
        return 0;
    if (path.fd >= 0) SYSTEM_CALL(result, fchown(path.fd, user, group));
    else SYSTEM_CALL(result, fchownat(dir_fd, path.text, user, group, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return result < 0 ? path_error(&path) : VM_NONE;
}
POSIX(posix_lchown) {
    Path path;
    uint32_t user, group;
    int result;
    if (path_init(&path, args[0], "lchown", "path", 0) < 0 || owner_arguments(args + 1, &user, &group) < 0) return 0;
    SYSTEM_CALL(result, lchown(path.text, user, group));
    return result < 0 ? path_error(&path) : VM_NONE;
}
POSIX(posix_fchown) {
    int fd, result;
    uint32_t user, group;
    if (int_argument(args[0], &fd) < 0 || owner_arguments(args + 1, &user, &group) < 0) return 0;
    SYSTEM_CALL(result, fchown(fd, user, group));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_mknod) {
    Path path;
    int mode = 0600, dir_fd, result;
    uint64_t device = 0;
    if (path_init(&path, args[0], "mknod", "path", 0) < 0 || (args[1] && int_argument(args[1], &mode) < 0) ||
        (args[2] && unsigned_argument(args[2], &device) < 0) || dir_fd_argument(args[3], &dir_fd) < 0)
        return 0;
    SYSTEM_CALL(result, mknodat(dir_fd, path.text, (mode_t)mode, (dev_t)device));
    return result < 0 ? path_error(&path) : VM_NONE;
}

#define ROW(name, signature, text) {#name, "($module, " signature ")", posix_##name, 0, text}
const PyMethodDef posix_xattr_functions[] = {
    ROW(getxattr, "/, path, attribute, *, follow_symlinks=True", "Return the value of extended attribute attribute on path."),
    ROW(setxattr, "/, path, attribute, value, flags=0, *, follow_symlinks=True", "Set extended attribute attribute on path to value."),
    ROW(removexattr, "/, path, attribute, *, follow_symlinks=True", "Remove extended attribute attribute on path."),
    ROW(listxattr, "/, path=None, *, follow_symlinks=True", "Return a list of extended attributes on path."),
    ROW(chown, "/, path, uid, gid, *, dir_fd=None, follow_symlinks=True", "Change the owner and group id of path to the numeric uid and gid."),
    ROW(lchown, "/, path, uid, gid", "Change the owner and group id of path, without following symbolic links."),
    ROW(fchown, "/, fd, uid, gid", "Change the owner and group id of the file specified by file descriptor."),
    ROW(mknod, "/, path, mode=384, device=0, *, dir_fd=None", "Create a node in the file system."),
    {0}};
