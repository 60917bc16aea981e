/* Module select: epoll. */
#define _GNU_SOURCE
#include "vm/modules/clock.h"
#include "vm/modules/layouts.h"
#include "vm/modules/select.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static PyEpoll GS *epoll_of(Value v) { return REF(PyEpoll, v); }
static int open_epoll(Value self) {
    int fd = (int)GET(epoll_of(self), fd);
    return fd >= 0 ? fd : py_raise_int(TYPE_ValueError, "I/O operation on closed epoll object");
}

static Value epoll_wrap(Value type, int fd) {
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    epoll_of(self)->fd = fd;
    gc_finalizer_register(self);
    return self;
}
FUNCTION(epoll_make) {
    int size = -1, flags = 0, fd;
    if ((args[1] && int_argument(args[1], &size) < 0) || (args[2] && int_argument(args[2], &flags) < 0)) return 0;
    if (size == 0 || size < -1) return py_raise(TYPE_ValueError, "sizehint must be positive or -1");
    if (flags & ~EPOLL_CLOEXEC) return py_raise(TYPE_OSError, "invalid flags");
    SYSTEM_CALL(fd, epoll_create1(EPOLL_CLOEXEC));
    return fd < 0 ? posix_error() : epoll_wrap(args[0], fd);
}
FUNCTION(epoll_fromfd) {
    int fd;
    return int_argument(args[1], &fd) < 0 ? 0 : epoll_wrap(args[0], fd);
}

static int close_now(Value self) {
    int fd = (int)GET(epoll_of(self), fd), result, err;
    if (fd < 0) return 0;
    SET(epoll_of(self), fd, -1);
    VM_C_SAFEPOINT(stm_become_inevitable("close"));
    VM_DETACHED("close", result = close(fd); err = errno);
    if (result == 0 || err == EINTR) return 0;
    errno = err;
    return posix_error(), -1;
}
FUNCTION(epoll_close) { return close_now(args[0]) < 0 ? 0 : VM_NONE; }
FUNCTION(epoll_enter) { return open_epoll(args[0]) < 0 ? 0 : args[0]; }
FUNCTION(epoll_fileno) {
    int fd = open_epoll(args[0]);
    return fd < 0 ? 0 : int_make(fd);
}
static Value epoll_closed(Value self) { return vm_bool(GET(epoll_of(self), fd) < 0); }

static Value control(Value self, int operation, Value fd_object, Value mask) {
    int epoll = open_epoll(self), fd, result;
    uint64_t events = EPOLLIN | EPOLLPRI | EPOLLOUT;
    if (epoll < 0 || fd_argument(fd_object, &fd) < 0 || (mask && unsigned_argument(mask, &events) < 0)) return 0;
    struct epoll_event event = {.events = (uint32_t)events, .data.fd = fd};
    SYSTEM_CALL(result, epoll_ctl(epoll, operation, fd, &event));
    return result < 0 ? posix_error() : VM_NONE;
}
FUNCTION(epoll_register) { return control(args[0], EPOLL_CTL_ADD, args[1], args[2]); }
FUNCTION(epoll_modify) { return control(args[0], EPOLL_CTL_MOD, args[1], args[2]); }
FUNCTION(epoll_unregister) { return control(args[0], EPOLL_CTL_DEL, args[1], 0); }

static Value event_list(const struct epoll_event *events, int count) {
    Value list = py_list_new(0);
    for (int i = 0; list && i < count; i++) {
        Value pair = py_tuple_pack(2, int_make(events[i].data.fd), int_make(events[i].events));
        if (!pair || py_list_append(list, pair) < 0) return 0;
    }
    return list;
}
enum { EVENTS_SMALL = 128, EVENTS_MOST = 1 << 20 };
FUNCTION(epoll_poll) {
    int epoll = open_epoll(args[0]), most = -1;
    int64_t deadline = -1;
    if (epoll < 0) return 0;
    if (args[1] && args[1] != VM_NONE) {
        int64_t ns;
        if (!py_is_float(args[1]) && !py_is_int(args[1]) && !py_type_lookup(py_type_of(args[1]), NAME(__index__)))
            return py_raise(TYPE_TypeError, "timeout must be an integer or None");
        if (clock_from_seconds(args[1], &ns) < 0) return 0;
        if (ns >= 0) deadline = clock_ns(CLOCK_MONOTONIC) + ns;
    }
    if (args[2] && int_argument(args[2], &most) < 0) return 0;
    if (most == 0 || most < -1) return py_raise(TYPE_ValueError, "maxevents must be greater than 0, got %d", most);
    struct epoll_event small[EVENTS_SMALL], *events = small;
    int room = most == -1 ? FD_SETSIZE - 1 : most > EVENTS_MOST ? EVENTS_MOST : most;
    VM_C_SAFEPOINT(stm_become_inevitable("epoll"));
    if (room > EVENTS_SMALL && !(events = malloc((size_t)room * sizeof *events))) return py_raise_memory();
    int ready, err;
    do {
        struct timespec left_room, *left = select_time_left(deadline, &left_room);
        /* milliseconds, rounded up: not to spin before the deadline */
        int ms = !left ? -1 : left->tv_sec > 1000000 ? 1000000000 : (int)(left->tv_sec * 1000 + (left->tv_nsec + 999999) / 1000000);
        VM_DETACHED("epoll", ready = (int)VM_BLOCKING(SYS_epoll_wait, epoll, (long)events, room, ms); err = errno);
    } while (ready < 0 && err == EINTR && vm_run_events_may_call() == 0);
    Value list = ready >= 0 ? event_list(events, ready) : py_error() ? 0 : py_raise_errno(err, 0);
    if (events != small) free(events);
    return list;
}

static const PyMethodDef epoll_methods[] = {
    {"fromfd", "($type, fd, /)", epoll_fromfd, PY_METHOD_CLASS, "Create an epoll object from a given control fd."},
    {"close", "($self, /)", epoll_close, 0, "Close the epoll control file descriptor."},
    {"fileno", "($self, /)", epoll_fileno, 0, "Return the epoll control file descriptor."},
    {"register", "($self, /, fd, eventmask=select.EPOLLIN|select.EPOLLPRI|select.EPOLLOUT)", epoll_register, 0, "Registers a new fd or raises an OSError if the fd is already registered."},
    {"modify", "($self, /, fd, eventmask)", epoll_modify, 0, "Modify event mask for a registered file descriptor."},
    {"unregister", "($self, /, fd)", epoll_unregister, 0, "Remove a registered file descriptor from the epoll object."},
    {"poll", "($self, /, timeout=None, maxevents=-1)", epoll_poll, 0, "Wait for events on the epoll file descriptor."},
    {"__enter__", "($self, /)", epoll_enter, 0, 0},
    {"__exit__", "($self, exc_type=None, exc_value=None, exc_tb=None, /)", epoll_close, 0, 0},
    {"__del__", "($self, /)", epoll_close, 0, 0},
    {0}};
static const PyGetSetDef epoll_getsets[] = {{"closed", epoll_closed, 0, "True if the epoll handler is closed"}, {0}};
const PyTypeSpec py_spec_epoll = {.doc = "Returns an epolling object.",
                                  .methods = epoll_methods,
                                  .getsets = epoll_getsets,
                                  .new_signature = "(sizehint=-1, flags=0)",
                                  .new_fn = epoll_make,
                                  .raw_words = GC_KIND_LEAF,
                                  .module = "select"};

#define C CONSTANT
static const IntConstant constants[] = {C(EPOLLIN), C(EPOLLOUT), C(EPOLLPRI), C(EPOLLERR), C(EPOLLHUP), C(EPOLLRDHUP), {"EPOLLET", (uint32_t)EPOLLET},
                                        C(EPOLLONESHOT), C(EPOLLEXCLUSIVE), C(EPOLLRDNORM), C(EPOLLRDBAND), C(EPOLLWRNORM), C(EPOLLWRBAND),
                                        C(EPOLLMSG), C(EPOLL_CLOEXEC)};
#undef C
int epoll_init(Value module) {
    return ADD_CONSTANTS(module, constants) < 0 ? -1 : py_module_add(module, "epoll", py_type(TYPE_EPOLL));
}
