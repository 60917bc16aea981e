/* Module _posixshmem: POSIX shared memory. */
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <fcntl.h>
#include <sys/mman.h>

static int name_argument(Path *name, Value v, const char *function) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "%s() argument 'path' must be str, not %T", function, v);
    return path_init(name, v, function, "path", 0);
}
FUNCTION(shmem_open) {
    Path name;
    int flags, mode = 0777, fd;
    if (name_argument(&name, args[0], "shm_open") < 0 || int_argument(args[1], &flags) < 0 || (args[2] && int_argument(args[2], &mode) < 0)) return 0;
    SYSTEM_CALL(fd, shm_open(name.text, flags, (mode_t)mode));
    return fd < 0 ? path_error(&name) : int_make(fd);
}
FUNCTION(shmem_unlink) {
    Path name;
    int result;
    if (name_argument(&name, args[0], "shm_unlink") < 0) return 0;
    SYSTEM_CALL(result, shm_unlink(name.text));
    return result < 0 ? path_error(&name) : VM_NONE;
}
static const PyMethodDef shmem_functions[] = {
    {"shm_open", "($module, /, path, flags, mode=511)", shmem_open, 0, "Open a shared memory object.  Returns a file descriptor (integer)."},
    {"shm_unlink", "($module, /, path)", shmem_unlink, 0, "Remove a shared memory object (similar to unlink())."},
    {0}};
const PyModuleDef py_module_posixshmem = {.doc = "POSIX shared memory module", .functions = shmem_functions};
