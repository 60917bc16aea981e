/* Module select: select and poll. epoll: epoll.c. */
#define _GNU_SOURCE
#include "vm/modules/select.h"
#include "vm/modules/clock.h"
#include "vm/modules/layouts.h"
#include <stdlib.h>

/* ---- time limits ------------------------------------------------------------------------------------------------- */

struct timespec *select_time_left(int64_t deadline_ns, struct timespec *out) {
    if (deadline_ns < 0) return 0;
    int64_t left = deadline_ns - clock_ns(CLOCK_MONOTONIC);
    if (left < 0) left = 0;
    *out = (struct timespec){left / 1000000000, left % 1000000000};
    return out;
}

/* ---- select ---------------------------------------------------------------------------------------------------------- */

typedef struct FdList {
    Value objects; /* list */
    int fds[FD_SETSIZE];
    int count, highest;
    fd_set set;
} FdList;

static int fd_list_from(FdList *list, Value sequence) {
    FD_ZERO(&list->set);
    list->highest = -1;
    list->count = 0;
    if (!py_type_lookup(py_type_of(sequence), NAME(__iter__)) && !py_type_lookup(py_type_of(sequence), NAME(__getitem__))) return py_raise_int(TYPE_TypeError, "arguments 1-3 must be sequences");
    Value items = py_is_list(sequence) ? sequence : py_list_from_iterable(sequence);
    if (!items || !(list->objects = py_list_new(0))) return -1;
    for (int64_t i = 0; i < py_list_length(items); i++) { /* a fileno() may change the list */
        int fd;
        Value object = py_list_item(items, i);
        if (fd_argument(object, &fd) < 0 || py_list_append(list->objects, object) < 0) return -1;
        if (fd >= FD_SETSIZE) return py_raise_int(TYPE_ValueError, "filedescriptor out of range in select()");
        if (i >= FD_SETSIZE) return py_raise_int(TYPE_ValueError, "too many file descriptors in select()");
        FD_SET(fd, &list->set);
        list->fds[list->count++] = fd;
        if (fd > list->highest) list->highest = fd;
    }
    return 0;
}
static Value ready_objects(const FdList *list, const fd_set *set) {
    Value ready = py_list_new(0);
    for (int i = 0; ready && i < list->count; i++)
        if (FD_ISSET(list->fds[i], set) && py_list_append(ready, py_list_item(list->objects, i)) < 0) return 0;
    return ready;
}

FUNCTION(select_select) {
    FdList lists[3];
    fd_set sets[3];
    int64_t deadline = -1;
    if (args[3] && args[3] != VM_NONE) {
        int64_t ns;
        if (!py_is_float(args[3]) && !py_is_int(args[3]) && !py_type_lookup(py_type_of(args[3]), NAME(__index__)))
            return py_raise(TYPE_TypeError, "timeout must be a float or None");
        if (clock_from_seconds(args[3], &ns) < 0) return 0;
        if (ns < 0) return py_raise(TYPE_ValueError, "timeout must be non-negative");
        deadline = clock_ns(CLOCK_MONOTONIC) + ns;
    }
    int highest = -1;
    for (int i = 0; i < 3; i++) {
        if (fd_list_from(&lists[i], args[i]) < 0) return 0;
        if (lists[i].highest > highest) highest = lists[i].highest;
    }
    for (;;) {
        struct timespec room, *left = select_time_left(deadline, &room);
        int ready, err;
        for (int i = 0; i < 3; i++) sets[i] = lists[i].set;
        VM_DETACHED("select", ready = (int)VM_BLOCKING(SYS_pselect6, highest + 1, (long)&sets[0], (long)&sets[1], (long)&sets[2], (long)left); err = errno);
        if (ready >= 0) break;
        if (err != EINTR) return py_raise_errno(err, 0);
        if (vm_run_events_may_call() < 0) return 0;
    }
    Value results[3];
    for (int i = 0; i < 3; i++)
        if (!(results[i] = ready_objects(&lists[i], &sets[i]))) return 0;
    return py_tuple_pack(3, results[0], results[1], results[2]);
}

/* ---- poll: the object has a dict from descriptors to events ------------------------------------------------------------ */

static Value poll_dict(Value self) { return REF(PyPoll, self)->events; }

FUNCTION(select_poll) {
    Value dict = py_dict_new(), self = dict ? py_alloc_id(TYPE_POLL, 0) : 0;
    if (self) REF(PyPoll, self)->events = dict;
    return self;
}

static int mask_argument(Value v, int64_t fallback, int64_t *mask) {
    *mask = fallback;
    if (!v) return 0;
    *mask = py_index_int64(v, "OverflowError");
    if (*mask == -1 && py_error()) return -1;
    if (*mask < 0) return py_raise_int(TYPE_ValueError, "value must be positive");
    return *mask > 0xffff ? py_raise_int(TYPE_OverflowError, "Python int too large to convert to C unsigned short") : 0;
}
FUNCTION(poll_register) {
    int fd;
    int64_t mask;
    if (fd_argument(args[1], &fd) < 0 || mask_argument(args[2], POLLIN | POLLPRI | POLLOUT, &mask) < 0) return 0;
    return py_dict_set(poll_dict(args[0]), int_make(fd), int_make(mask)) < 0 ? 0 : VM_NONE;
}
FUNCTION(poll_modify) {
    int fd;
    int64_t mask;
    if (fd_argument(args[1], &fd) < 0 || mask_argument(args[2], 0, &mask) < 0) return 0;
    if (py_dict_get(poll_dict(args[0]), int_make(fd)) == VM_UNBOUND) return py_raise_errno(ENOENT, 0);
    return py_dict_set(poll_dict(args[0]), int_make(fd), int_make(mask)) < 0 ? 0 : VM_NONE;
}
FUNCTION(poll_unregister) {
    int fd;
    if (fd_argument(args[1], &fd) < 0) return 0;
    int deleted = py_dict_delete(poll_dict(args[0]), int_make(fd));
    return deleted < 0 ? 0 : deleted ? VM_NONE : py_raise_value(TYPE_KeyError, int_make(fd));
}

enum { POLL_SMALL = 256 };
static Value poll_results(const struct pollfd *fds, nfds_t count) {
    Value list = py_list_new(0);
    for (nfds_t i = 0; list && i < count; i++) {
        if (!fds[i].revents) continue;
        Value pair = py_tuple_pack(2, int_make(fds[i].fd), int_make((uint16_t)fds[i].revents));
        if (!pair || py_list_append(list, pair) < 0) return 0;
    }
    return list;
}
static int poll_deadline(Value timeout, int64_t *deadline) {
    double ms;
    *deadline = -1;
    if (!timeout || timeout == VM_NONE) return 0;
    if (!py_is_float(timeout) && !py_is_int(timeout) && !py_type_lookup(py_type_of(timeout), NAME(__index__)))
        return py_raise_int(TYPE_TypeError, "timeout must be an integer or None");
    if (py_as_double(timeout, &ms) < 0) return -1;
    if (ms >= 9e12) return py_raise_int(TYPE_OverflowError, "timeout is too large");
    if (ms >= 0) *deadline = clock_ns(CLOCK_MONOTONIC) + (int64_t)(ms * 1e6);
    return 0;
}
/* How many are ready, or -1 with an exception. */
static Value poll_poll(const Value *args, size_t nargs, Value kwnames);
static int poll_wait_may_call(Value self, struct pollfd *fds, nfds_t n, int64_t deadline) {
    int ready, err;
    SET(REF(PyPoll, self), waiting, 1);
    vm_c_memory_enter();
    do {
        struct timespec room, *left = select_time_left(deadline, &room);
        VM_DETACHED_WAIT(poll_poll, "poll", ready = (int)VM_BLOCKING(SYS_ppoll, (long)fds, (long)n, (long)left); err = errno);
    } while (ready < 0 && err == EINTR && vm_run_events_may_call() == 0);
    vm_c_memory_leave();
    SET(REF(PyPoll, self), waiting, 0);
    return ready >= 0 || py_error() ? ready : (py_raise_errno(err, 0), -1);
}
FUNCTION(poll_poll) {
    int64_t deadline;
    if (poll_deadline(args[1], &deadline) < 0) return 0;
    if (GET(REF(PyPoll, args[0]), waiting)) return py_raise(TYPE_RuntimeError, "concurrent poll() invocation");
    struct pollfd small[POLL_SMALL], *fds = small;
    Value dict = poll_dict(args[0]), key, mask;
    int64_t count = py_dict_length(dict), position = 0;
    VM_C_SAFEPOINT(stm_become_inevitable("poll"));
    if (count > POLL_SMALL && !(fds = malloc((size_t)count * sizeof *fds))) return py_raise_memory();
    nfds_t n = 0;
    while (py_dict_next(dict, &position, &key, &mask)) fds[n++] = (struct pollfd){.fd = (int)int_value(key), .events = (short)int_value(mask)};
    Value list = poll_wait_may_call(args[0], fds, n, deadline) >= 0 ? poll_results(fds, n) : 0;
    if (fds != small) free(fds);
    return list;
}

static const PyMethodDef poll_methods[] = {
    {"register", "($self, fd, eventmask=select.POLLIN|select.POLLPRI|select.POLLOUT, /)", poll_register, 0, "Register a file descriptor with the polling object."},
    {"modify", "($self, fd, eventmask, /)", poll_modify, 0, "Modify an already registered file descriptor."},
    {"unregister", "($self, fd, /)", poll_unregister, 0, "Remove a file descriptor being tracked by the polling object."},
    {"poll", "($self, timeout=None, /)", poll_poll, 0, "Polls the set of registered file descriptors."},
    {0}};
const PyTypeSpec py_spec_poll = {.methods = poll_methods, .raw_words = 1, .module = "select"};

/* ---- the module ---------------------------------------------------------------------------------------------------------- */

static const PyMethodDef select_functions[] = {
    {"select", "($module, rlist, wlist, xlist, timeout=None, /)", select_select, 0, "Wait until one or more file descriptors are ready for some kind of I/O."},
    {"poll", "($module, /)", select_poll, 0, "Returns a polling object."},
    {0}};
#define C CONSTANT
static const IntConstant constants[] = {C(POLLIN), C(POLLPRI), C(POLLOUT), C(POLLERR), C(POLLHUP), C(POLLNVAL), C(POLLRDNORM), C(POLLRDBAND),
                                        C(POLLWRNORM), C(POLLWRBAND), C(POLLMSG), C(POLLRDHUP), C(PIPE_BUF)};
#undef C
static int select_init(Value module) {
    return ADD_CONSTANTS(module, constants) < 0 || py_module_add(module, "error", py_type(TYPE_OSError)) < 0 ? -1 : epoll_init(module);
}
const PyModuleDef py_module_select = {.doc = "This module supports asynchronous I/O on multiple file descriptors.", .functions = select_functions, .init = select_init};
