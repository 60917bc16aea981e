/* Module _multiprocessing: semaphores between processes (POSIX named semaphores).
 *
 * Taking and giving one is seen by other processes: the transaction is inevitable first. Waiting is detached. */
#define _GNU_SOURCE
#include "vm/exec/frame.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <fcntl.h>
#include <semaphore.h>
#include <time.h>

enum { KIND_RECURSIVE, KIND_SEMAPHORE };

static PySemLock GS *sem_of(Value v) { return REF(PySemLock, v); }
static sem_t *handle_of(Value self) { return (sem_t *)(uintptr_t)sem_of(self)->handle; }
static void enter(void) { VM_C_SAFEPOINT(stm_become_inevitable("semaphore")); }
static bool is_mine(Value self) { return GET(sem_of(self), count) > 0 && GET(sem_of(self), owner) == vm_thread()->ident; }

/* ---- making ---------------------------------------------------------------------------------------------------------------- */

static Value sem_new(Value type, sem_t *handle, int kind, int most, Value name) {
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    gc_finalizer_register(self);
    PySemLock GS *lock = sem_of(self);
    lock->handle = (uint64_t)(uintptr_t)handle;
    lock->kind = (uint64_t)kind;
    lock->max_value = (uint64_t)most;
    lock->name = name;
    return self;
}
static Value sem_lock_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int kind, value, most, unlink = py_truth(args[5]);
    Path name;
    if (unlink < 0 || int_argument(args[1], &kind) < 0 || int_argument(args[2], &value) < 0 || int_argument(args[3], &most) < 0) return 0;
    if (kind != KIND_RECURSIVE && kind != KIND_SEMAPHORE) return py_raise(TYPE_ValueError, "unrecognized kind");
    if (!py_is_str(args[4])) return py_raise(TYPE_TypeError, "SemLock() argument 'name' must be str, not %T", args[4]);
    if (path_init(&name, args[4], "SemLock", "name", 0) < 0) return 0;
    enter();
    sem_t *handle = sem_open(name.text, O_CREAT | O_EXCL, 0600, (unsigned)value);
    if (handle == SEM_FAILED) return posix_error();
    if (unlink && sem_unlink(name.text) < 0) {
        posix_error();
        sem_close(handle);
        return 0;
    }
    return sem_new(args[0], handle, kind, most, unlink ? VM_NONE : args[4]);
}
FUNCTION(sem_rebuild) {
    uint64_t handle;
    int kind, most;
    Path name;
    if (unsigned_argument(args[1], &handle) < 0 || int_argument(args[2], &kind) < 0 || int_argument(args[3], &most) < 0) return 0;
    if (args[4] == VM_NONE) return sem_new(args[0], (sem_t *)(uintptr_t)handle, kind, most, VM_NONE);
    if (path_init(&name, args[4], "_rebuild", "name", 0) < 0) return 0;
    enter();
    sem_t *opened = sem_open(name.text, 0);
    return opened == SEM_FAILED ? posix_error() : sem_new(args[0], opened, kind, most, args[4]);
}
FUNCTION(sem_del) {
    enter();
    if (handle_of(args[0])) sem_close(handle_of(args[0]));
    SET(sem_of(args[0]), handle, 0);
    return VM_NONE;
}

/* ---- taking and giving -------------------------------------------------------------------------------------------------------- */

static int deadline_argument(Value timeout, struct timespec *deadline) {
    double seconds;
    if (py_as_double(timeout, &seconds) < 0) return -1;
    if (seconds < 0) seconds = 0;
    clock_gettime(CLOCK_REALTIME, deadline);
    double whole = seconds > 1e9 ? 1e9 : seconds;
    int64_t nanoseconds = (int64_t)((whole - (double)(int64_t)whole) * 1e9) + deadline->tv_nsec;
    deadline->tv_sec += (time_t)whole + nanoseconds / 1000000000;
    deadline->tv_nsec = nanoseconds % 1000000000;
    return 0;
}

static Value acquire(Value self, bool block, Value timeout) {
    struct timespec deadline;
    bool timed = timeout != VM_NONE;
    if (timed && deadline_argument(timeout, &deadline) < 0) return 0;
    if (sem_of(self)->kind == KIND_RECURSIVE && is_mine(self)) {
        SET(sem_of(self), count, GET(sem_of(self), count) + 1);
        return VM_TRUE;
    }
    sem_t *handle = handle_of(self);
    enter();
    int result = sem_trywait(handle);
    if (result < 0 && errno == EAGAIN && block) SYSTEM_CALL(result, timed ? sem_timedwait(handle, &deadline) : sem_wait(handle));
    if (result < 0) return py_error() ? 0 : errno == EAGAIN || errno == ETIMEDOUT ? VM_FALSE : posix_error();
    SET(sem_of(self), count, GET(sem_of(self), count) + 1);
    SET(sem_of(self), owner, vm_thread()->ident);
    return VM_TRUE;
}
FUNCTION(sem_acquire) {
    int block = args[1] ? py_truth(args[1]) : 1;
    return block < 0 ? 0 : acquire(args[0], block, args[2] ? args[2] : VM_NONE);
}
FUNCTION(sem_release) {
    int value;
    Value self = args[0];
    int64_t count = GET(sem_of(self), count);
    if (sem_of(self)->kind == KIND_RECURSIVE) {
        if (!is_mine(self)) return py_raise(TYPE_AssertionError, "attempt to release recursive lock not owned by thread");
        if (count > 1) {
            SET(sem_of(self), count, count - 1);
            return VM_NONE;
        }
    }
    enter();
    if (sem_of(self)->kind != KIND_RECURSIVE) {
        if (sem_getvalue(handle_of(self), &value) < 0) return posix_error();
        if (value >= (int)sem_of(self)->max_value) return py_raise(TYPE_ValueError, "semaphore or lock released too many times");
    }
    if (sem_post(handle_of(self)) < 0) return posix_error();
    SET(sem_of(self), count, GET(sem_of(self), count) - 1);
    return VM_NONE;
}
FUNCTION(sem_enter) { return acquire(args[0], true, VM_NONE); }
FUNCTION(sem_exit) { return sem_release(args, 1, 0); }

/* ---- what it is ------------------------------------------------------------------------------------------------------------------ */

FUNCTION(sem_count) { return int_make(GET(sem_of(args[0]), count)); }
FUNCTION(sem_is_mine) { return vm_bool(is_mine(args[0])); }
FUNCTION(sem_get_value) {
    int value;
    enter();
    return sem_getvalue(handle_of(args[0]), &value) < 0 ? posix_error() : int_make(value < 0 ? 0 : value);
}
FUNCTION(sem_is_zero) {
    Value value = sem_get_value(args, 1, 0);
    return value ? vm_bool(value == int_make(0)) : 0;
}
FUNCTION(sem_after_fork) {
    SET(sem_of(args[0]), count, 0);
    return VM_NONE;
}
static Value get_handle(Value self) { return py_int_from_u64(sem_of(self)->handle); }
static Value get_kind(Value self) { return int_make((int64_t)sem_of(self)->kind); }
static Value get_max(Value self) { return int_make((int64_t)sem_of(self)->max_value); }
static Value get_name(Value self) { return sem_of(self)->name; }

static const PyMethodDef sem_methods[] = {
    {"acquire", "($self, /, block=True, timeout=None)", sem_acquire, 0, "Acquire the semaphore/lock."},
    {"release", "($self, /)", sem_release, 0, "Release the semaphore/lock."},
    {"_count", "($self, /)", sem_count, 0, "Num of `acquire()`s minus num of `release()`s for this process."},
    {"_is_mine", "($self, /)", sem_is_mine, 0, "Whether the lock is owned by this thread."},
    {"_get_value", "($self, /)", sem_get_value, 0, "Get the value of the semaphore."},
    {"_is_zero", "($self, /)", sem_is_zero, 0, "Return whether semaphore has value zero."},
    {"_after_fork", "($self, /)", sem_after_fork, 0, "Rezero the net acquisition count after fork()."},
    {"_rebuild", "($type, handle, kind, maxvalue, name, /)", sem_rebuild, PY_METHOD_CLASS, 0},
    {"__enter__", "($self, /)", sem_enter, 0, "Enter the semaphore/lock."},
    {"__exit__", "($self, exc_type=None, exc_value=None, exc_tb=None, /)", sem_exit, 0, "Exit the semaphore/lock."},
    {"__del__", "($self, /)", sem_del, 0, 0},
    {0}};
static const PyGetSetDef sem_getsets[] = {{"handle", get_handle, 0, 0}, {"kind", get_kind, 0, 0}, {"maxvalue", get_max, 0, 0}, {"name", get_name, 0, 0}, {0}};
const PyTypeSpec py_spec_sem_lock = {.doc = "Semaphore/Mutex type", .methods = sem_methods, .getsets = sem_getsets, .raw_words = 5,
                                     .new_signature = "(kind, value, maxvalue, name, unlink)", .new_fn = sem_lock_new, .module = "_multiprocessing"};

FUNCTION(sem_unlink_name) {
    Path name;
    int result;
    if (path_init(&name, args[0], "sem_unlink", "name", 0) < 0) return 0;
    SYSTEM_CALL(result, sem_unlink(name.text));
    return result < 0 ? posix_error() : VM_NONE;
}
static const PyMethodDef multiprocessing_functions[] = {{"sem_unlink", "($module, name, /)", sem_unlink_name, 0, 0}, {0}};
static int multiprocessing_init(Value module) {
    Value flags = py_dict_new(), dict = REF(PyType, py_type(TYPE_SEM_LOCK))->dict;
    return !flags || py_dict_set_c(flags, "HAVE_SEM_OPEN", int_make(1)) < 0 || py_dict_set_c(flags, "HAVE_SEM_TIMEDWAIT", int_make(1)) < 0 ||
                   py_dict_set_c(dict, "SEM_VALUE_MAX", int_make(SEM_VALUE_MAX)) < 0 || py_module_add(module, "flags", flags) < 0
               ? -1
               : py_module_add_type(module, TYPE_SEM_LOCK);
}
const PyModuleDef py_module_multiprocessing = {.functions = multiprocessing_functions, .init = multiprocessing_init};
