/* Parts of module posix.
 *
 * System calls run detached: between SYSTEM_CALL's two halves no transaction runs and no heap object may be touched, so
 * arguments are copied to C memory first (paths to arrays on the stack, since detaching may jump and malloc'ed memory would be
 * lost) and results made after. The transaction that follows is inevitable up to the next safepoint. */
#ifndef VM_MODULES_POSIX_H
#define VM_MODULES_POSIX_H

#include "vm/exec/blocking.h"
#include "vm/exec/safepoint.h"
#include "vm/objects/structseq.h"
#include "vm/vm.h"
#include <errno.h>
#include <limits.h>

#define POSIX(name)                                                                                                   \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

/* A system call has failed with this error: is it worth another try? After EINTR, unless a handler raised; and where no descriptor is
 * free, once files that nobody refers to are closed. */
bool vm_system_call_again_may_call(int err, unsigned *tries);

/* result = expression, detached, again where that may help (if a signal's handler raises, result is -1 and py_error() is set). */
#define SYSTEM_CALL(result, expression)                                                                               \
    do {                                                                                                              \
        int system_call_errno;                                                                                        \
        unsigned system_call_tries = 0;                                                                               \
        do {                                                                                                          \
            (result) = -1;                                                                                            \
            errno = EINTR;                                                                                            \
            if (vm_check_events_may_call() < 0) break;                                                                \
            VM_DETACHED("system call", errno = 0; (result) = (expression); system_call_errno = errno);                \
            errno = system_call_errno;                                                                                \
        } while ((result) == -1 && vm_system_call_again_may_call(system_call_errno, &system_call_tries));             \
    } while (0)

typedef struct Path {
    char text[PATH_MAX + 256];
    int fd;          /* -1: text is meant */
    bool is_bytes;
    Value object;    /* for error messages */
} Path;
enum { PATH_FD = 1, PATH_NONE = 2 }; /* also takes an open descriptor; None, as "." */
/* 0, or -1 with TypeError, ValueError (embedded null byte). */
int path_init(Path *path, Value v, const char *function, const char *argument, int allowed);
Value path_result(const Path *path, const char *text, size_t length); /* str or bytes, as the path was */
/* OSError for errno with the path's object as filename, or what is pending already. */
Value path_error(const Path *path);
Value posix_error(void);
int fd_argument(Value v, int *fd);         /* int or an object with fileno() */
int dir_fd_argument(Value v_or_0, int *fd); /* None or absent: AT_FDCWD */
int int_argument(Value v, int *out);
Value fspath(Value v);                     /* os.fspath: str or bytes */

int owner_argument(Value v, const char *kind, uint32_t *id); /* of a user ("uid") or group ("gid"); -1 is all ones */
/* A program's arguments and environment as C arrays of malloc'ed strings; 0 with an exception. */
char **posix_arguments(Value argv, const char *function);
char **posix_environment(Value mapping);
void posix_strings_free(char **strings);

extern const PyMethodDef posix_stat_functions[], posix_dir_functions[], posix_process_functions[], posix_fd_functions[], posix_ids_functions[],
    posix_wait_functions[], posix_io_functions[], posix_xattr_functions[], posix_conf_functions[];
int posix_process_init(void);
int posix_conf_init(Value module);
Value posix_stat_path(const Path *path, int dir_fd, bool follow); /* stat_result */

#endif
