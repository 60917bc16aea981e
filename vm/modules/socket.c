/* Module _socket: the socket type. Addresses and look-ups: socket_address.c. */
#define _GNU_SOURCE
#include "stm/atomic.h"
#include "vm/audit.h"
#include "vm/modules/socket.h"
#include "vm/modules/clock.h"
#include "vm/objects/builtin.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

int64_t socket_default_timeout = -1;
MODULE_EXCEPTION(socket_herror, 0, "socket");
MODULE_EXCEPTION(socket_gaierror, 0, "socket");

/* ---- waiting --------------------------------------------------------------------------------------------------- */

/* 1 ready, 0 the deadline has passed, -1 exception. */
static int wait_until(int fd, bool writing, int64_t deadline_ns) {
    for (;;) {
        int64_t left = deadline_ns - clock_ns(CLOCK_MONOTONIC);
        if (left < 0) left = 0;
        struct timespec wait = {left / 1000000000, left % 1000000000};
        struct pollfd poller = {.fd = fd, .events = writing ? POLLOUT : POLLIN};
        int ready, err;
        VM_DETACHED("socket", ready = (int)VM_BLOCKING(SYS_ppoll, (long)&poller, 1, (long)&wait); err = errno);
        if (ready >= 0) return ready;
        if (err != EINTR) return errno = err, posix_error(), -1;
        if (vm_run_events_may_call() < 0) return -1;
    }
}

static int64_t deadline_of(Value self) {
    int64_t timeout = GET(socket_of(self), timeout);
    return timeout > 0 ? clock_ns(CLOCK_MONOTONIC) + timeout : -1;
}
static ssize_t call_until(Value self, bool writing, SocketCall *call, void *context, int64_t deadline) {
    int fd = (int)GET(socket_of(self), fd);
    for (;;) {
        if (deadline >= 0) {
            int ready = wait_until(fd, writing, deadline);
            if (ready == 0) py_raise(TYPE_TimeoutError, "timed out");
            if (ready <= 0) return -1;
        }
        ssize_t result;
        SYSTEM_CALL(result, call(fd, context));
        if (result >= 0) return result;
        if (py_error()) return -1;
        if (deadline >= 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) continue;
        posix_error();
        return -1;
    }
}
ssize_t socket_call(Value self, bool writing, SocketCall *call, void *context) {
    return call_until(self, writing, call, context, deadline_of(self));
}

int socket_timeout_argument(Value v, int64_t *ns) {
    *ns = -1;
    if (v == VM_NONE) return 0;
    if (clock_from_seconds(v, ns) < 0) return -1;
    return *ns < 0 ? py_raise_int(TYPE_ValueError, "Timeout value out of range") : 0;
}

static int set_nonblocking(int fd, bool on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0) return posix_error(), -1;
    return 0;
}
static int set_timeout(Value self, int64_t ns) {
    SET(socket_of(self), timeout, ns);
    VM_C_SAFEPOINT(stm_become_inevitable("socket"));
    return set_nonblocking((int)GET(socket_of(self), fd), ns >= 0);
}

/* ---- making and closing ------------------------------------------------------------------------------------------ */

static Value socket_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    socket_of(self)->fd = -1;
    socket_of(self)->timeout = -1;
    gc_finalizer_register(self);
    return self;
}

static int adopt_fd(Value self, int fd, int *family, int *type, int *proto) {
    SocketAddress address = {.length = sizeof address.storage};
    socklen_t size = sizeof *type;
    if (fd < 0) return py_raise_int(TYPE_ValueError, "negative file descriptor");
    if (*family == -1) {
        if (getsockname(fd, &address.any, &address.length) < 0) return posix_error(), -1;
        *family = address.any.sa_family;
    }
    if (*type == -1 && getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &size) < 0) return posix_error(), -1;
    size = sizeof *proto;
    if (*proto == -1 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, proto, &size) < 0) return posix_error(), -1;
    (void)self;
    return 0;
}

FUNCTION(socket_setup) {
    int family = -1, type = -1, proto = -1, fd = -1;
    if ((args[1] && int_argument(args[1], &family) < 0) || (args[2] && int_argument(args[2], &type) < 0) || (args[3] && int_argument(args[3], &proto) < 0)) return 0;
    if (VM_AUDIT("socket.__new__", py_tuple_pack(4, args[0], int_make(family), int_make(type), int_make(proto))) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("socket"));
    if (args[4] && args[4] != VM_NONE) {
        if (int_argument(args[4], &fd) < 0 || adopt_fd(args[0], fd, &family, &type, &proto) < 0) return 0;
    } else {
        if (family == -1) family = AF_INET;
        if (type == -1) type = SOCK_STREAM;
        if (proto == -1) proto = 0;
        SYSTEM_CALL(fd, socket(family, type | SOCK_CLOEXEC, proto));
        if (fd < 0) return posix_error();
    }
    PySocket GS *s = socket_of(args[0]);
    int64_t timeout = type & SOCK_NONBLOCK ? 0 : atomic_load_relaxed(&socket_default_timeout);
    SET(s, fd, fd);
    SET(s, family, family);
    SET(s, type, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC));
    SET(s, proto, proto);
    SET(s, timeout, timeout);
    if (timeout > 0 && set_nonblocking(fd, true) < 0) return 0;
    return VM_NONE;
}
static int socket_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *parsed;
    Value bound[5] = {self};
    if (builtin_bind_init(&parsed, "(family=-1, type=-1, proto=-1, fileno=None)", "socket", args, nargs, kwnames, bound + 1) < 0) return -1;
    return socket_setup(bound, 5, 0) ? 0 : -1;
}

/* The descriptor is forgotten before it is closed: close must happen once. */
static int close_now(Value self) {
    int fd = (int)GET(socket_of(self), fd), result, err;
    if (fd < 0) return 0;
    SET(socket_of(self), fd, -1);
    VM_C_SAFEPOINT(stm_become_inevitable("close"));
    VM_DETACHED("close", result = close(fd); err = errno);
    if (result == 0 || err == ECONNRESET || err == EINTR) return 0;
    errno = err;
    return posix_error(), -1;
}
FUNCTION(socket_close_method) { return close_now(args[0]) < 0 ? 0 : VM_NONE; }
FUNCTION(socket_detach) {
    int64_t fd = GET(socket_of(args[0]), fd);
    SET(socket_of(args[0]), fd, -1);
    return int_make(fd);
}
FUNCTION(socket_del) {
    if (GET(socket_of(args[0]), fd) < 0) return VM_NONE;
    if (py_warn(TYPE_ResourceWarning, 1, "unclosed %R", args[0]) < 0) py_write_unraisable(args[0]);
    return close_now(args[0]) < 0 ? 0 : VM_NONE;
}

static Value socket_repr(Value self) {
    PySocket GS *s = socket_of(self);
    return py_str_format("<socket object, fd=%ld, family=%d, type=%d, proto=%d>", (long)GET(s, fd), (int)GET(s, family), (int)GET(s, type), (int)GET(s, proto));
}

/* ---- connections ----------------------------------------------------------------------------------------------------- */

static ssize_t do_accept(int fd, void *context) {
    SocketAddress *address = context;
    address->length = sizeof address->storage;
    return VM_BLOCKING(SYS_accept4, fd, (long)&address->any, (long)&address->length, SOCK_CLOEXEC);
}
FUNCTION(socket_accept) {
    SocketAddress address;
    ssize_t fd = socket_call(args[0], false, do_accept, &address);
    return fd < 0 ? 0 : py_tuple_pack(2, int_make(fd), address_to(&address, (int)fd));
}

static ssize_t do_bind(int fd, void *context) {
    SocketAddress *address = context;
    return bind(fd, &address->any, address->length);
}
FUNCTION(socket_bind) {
    SocketAddress address;
    if (address_from(&address, (int)GET(socket_of(args[0]), family), args[1], "bind") < 0) return 0;
    if (VM_AUDIT("socket.bind", py_tuple_pack(2, args[0], args[1])) < 0) return 0;
    return call_until(args[0], true, do_bind, &address, -1) < 0 ? 0 : VM_NONE;
}
FUNCTION(socket_listen) {
    int backlog = SOMAXCONN < 128 ? SOMAXCONN : 128, fd = (int)GET(socket_of(args[0]), fd), result;
    if (args[1] && int_argument(args[1], &backlog) < 0) return 0;
    SYSTEM_CALL(result, listen(fd, backlog < 0 ? 0 : backlog));
    return result < 0 ? posix_error() : VM_NONE;
}

/* errno of a connection attempt, 0 when it stands; -1 with an exception (a handler raised, time is over). */
static int connect_errno(Value self, SocketAddress *address) {
    int fd = (int)GET(socket_of(self), fd), result, err;
    int64_t timeout = GET(socket_of(self), timeout), deadline = deadline_of(self);
    VM_DETACHED("connect", result = (int)VM_BLOCKING(SYS_connect, fd, (long)&address->any, address->length); err = errno);
    if (result == 0) return 0;
    if (err == EINTR && vm_run_events_may_call() < 0) return -1;
    if (err != EINTR && !(err == EINPROGRESS && timeout > 0)) return err;
    if (deadline < 0) deadline = INT64_MAX / 2;
    int ready = wait_until(fd, true, deadline);
    if (ready == 0) py_raise(TYPE_TimeoutError, "timed out");
    if (ready <= 0) return -1;
    socklen_t size = sizeof err;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) < 0 ? errno : err == EISCONN ? 0 : err;
}
FUNCTION(socket_connect) {
    SocketAddress address;
    if (address_from(&address, (int)GET(socket_of(args[0]), family), args[1], "connect") < 0) return 0;
    int err = connect_errno(args[0], &address);
    return err < 0 ? 0 : err ? py_raise_errno(err, 0) : VM_NONE;
}
FUNCTION(socket_connect_ex) {
    SocketAddress address;
    if (address_from(&address, (int)GET(socket_of(args[0]), family), args[1], "connect_ex") < 0) return 0;
    int err = connect_errno(args[0], &address);
    if (err >= 0) return int_make(err);
    if (!py_error_is(TYPE_TimeoutError)) return 0;
    py_error_clear();
    return int_make(EAGAIN);
}

FUNCTION(socket_shutdown) {
    int how, fd = (int)GET(socket_of(args[0]), fd), result;
    if (int_argument(args[1], &how) < 0) return 0;
    SYSTEM_CALL(result, shutdown(fd, how));
    return result < 0 ? posix_error() : VM_NONE;
}

static Value name_of(Value self, int (*ask)(int, struct sockaddr *, socklen_t *)) {
    SocketAddress address = {.length = sizeof address.storage};
    int fd = (int)GET(socket_of(self), fd), result;
    SYSTEM_CALL(result, ask(fd, &address.any, &address.length));
    return result < 0 ? posix_error() : address_to(&address, fd);
}
static int ask_name(int fd, struct sockaddr *a, socklen_t *n) { return getsockname(fd, a, n); }
static int ask_peer(int fd, struct sockaddr *a, socklen_t *n) { return getpeername(fd, a, n); }
FUNCTION(socket_getsockname) { return name_of(args[0], ask_name); }
FUNCTION(socket_getpeername) { return name_of(args[0], ask_peer); }

/* ---- data -------------------------------------------------------------------------------------------------------------- */

typedef struct Transfer {
    void *data;
    size_t length;
    int flags;
    SocketAddress *address; /* or 0 */
} Transfer;
static ssize_t do_receive(int fd, void *context) {
    Transfer *t = context;
    if (t->address) t->address->length = sizeof t->address->storage;
    return VM_BLOCKING(SYS_recvfrom, fd, (long)t->data, (long)t->length, t->flags, t->address ? (long)&t->address->any : 0,
                       t->address ? (long)&t->address->length : 0);
}
static ssize_t do_send(int fd, void *context) {
    Transfer *t = context;
    return VM_BLOCKING(SYS_sendto, fd, (long)t->data, (long)t->length, t->flags, t->address ? (long)&t->address->any : 0,
                       t->address ? t->address->length : 0);
}

static int flags_argument(Value v, int *flags) {
    *flags = 0;
    return v ? int_argument(v, flags) : 0;
}
/* Bytes received, at most `wanted`; `into_or_0` takes them if given, and the result is their number. */
static Value receive(Value self, int64_t wanted, Value flags, Value into_or_0, SocketAddress *address, const char *name) {
    Transfer t = {.address = address};
    FlatBytes room;
    if (flags_argument(flags, &t.flags) < 0) return 0;
    if (wanted < 0) return py_raise(TYPE_ValueError, "negative buffersize in %s", name);
    if (flat_bytes_room(&room, (size_t)wanted) < 0) return 0;
    t.data = room.data, t.length = room.length;
    ssize_t got = socket_call(self, false, do_receive, &t);
    Value result = 0;
    PyBuffer view;
    if (got >= 0 && !into_or_0) result = py_bytes_new(room.data, (size_t)got);
    if (got >= 0 && into_or_0 && py_get_buffer(into_or_0, &view, true) == 0) {
        memcpy(view.data, room.data, (size_t)(got < view.length ? got : view.length));
        py_release_buffer(&view);
        result = int_make(got);
    }
    flat_bytes_free(&room);
    return result;
}
static Value receive_into(const Value *args, SocketAddress *address, const char *name) {
    PyBuffer view;
    int64_t wanted = args[2] ? py_index_int64(args[2], "OverflowError") : 0;
    if ((wanted == -1 && py_error()) || py_get_buffer(args[1], &view, true) < 0) return 0;
    int64_t length = view.length;
    py_release_buffer(&view);
    if (wanted > length) return py_raise(TYPE_ValueError, "buffer too small for requested bytes");
    return receive(args[0], wanted ? wanted : length, args[3], args[1], address, name);
}
static Value with_address(Value self, Value received, const SocketAddress *address) {
    return received ? py_tuple_pack(2, received, address->length ? address_to(address, (int)GET(socket_of(self), fd)) : VM_NONE) : 0;
}
FUNCTION(socket_recv) {
    int64_t wanted = py_index_int64(args[1], "OverflowError");
    return wanted == -1 && py_error() ? 0 : receive(args[0], wanted, args[2], 0, 0, "recv");
}
FUNCTION(socket_recvfrom) {
    SocketAddress address;
    int64_t wanted = py_index_int64(args[1], "OverflowError");
    if (wanted == -1 && py_error()) return 0;
    return with_address(args[0], receive(args[0], wanted, args[2], 0, &address, "recvfrom"), &address);
}
FUNCTION(socket_recv_into) { return receive_into(args, 0, "recv_into"); }
FUNCTION(socket_recvfrom_into) {
    SocketAddress address;
    return with_address(args[0], receive_into(args, &address, "recvfrom_into"), &address);
}

static Value send_data(Value self, Value data, Value flags, SocketAddress *address, bool all) {
    Transfer t = {.address = address};
    FlatBytes bytes;
    if (flags_argument(flags, &t.flags) < 0 || flat_bytes(&bytes, data) < 0) return 0;
    t.data = bytes.data, t.length = bytes.length;
    int64_t deadline = deadline_of(self);
    ssize_t sent;
    do {
        sent = call_until(self, true, do_send, &t, deadline);
        if (sent > 0) t.data = (char *)t.data + sent, t.length -= (size_t)sent;
    } while (all && sent >= 0 && t.length && (vm_run_events_may_call() == 0 || (sent = -1, false)));
    flat_bytes_free(&bytes);
    return sent < 0 ? 0 : all ? VM_NONE : int_make(sent);
}
FUNCTION(socket_send) { return send_data(args[0], args[1], args[2], 0, false); }
FUNCTION(socket_sendall) { return send_data(args[0], args[1], args[2], 0, true); }
FUNCTION(socket_sendto) { /* sendto(data[, flags], address): raw */
    SocketAddress address;
    if (nargs < 3 || nargs > 4) return py_raise(TYPE_TypeError, "sendto() takes 2 or 3 arguments (%zu given)", nargs - 1);
    if (address_from(&address, (int)GET(socket_of(args[0]), family), args[nargs - 1], "sendto") < 0) return 0;
    return send_data(args[0], args[1], nargs == 4 ? args[2] : 0, &address, false);
}

/* ---- options --------------------------------------------------------------------------------------------------------------- */

FUNCTION(socket_setsockopt) {
    int level, name, fd = (int)GET(socket_of(args[0]), fd), value, result;
    FlatBytes bytes = {.length = 0};
    if (int_argument(args[1], &level) < 0 || int_argument(args[2], &name) < 0) return 0;
    if (py_is_int(args[3])) {
        if (int_argument(args[3], &value) < 0) return 0;
        SYSTEM_CALL(result, setsockopt(fd, level, name, &value, sizeof value));
    } else if (args[3] == VM_NONE) {
        int length;
        if (!args[4] || int_argument(args[4], &length) < 0) return py_error() ? 0 : py_raise(TYPE_TypeError, "setsockopt() takes exactly 4 arguments (3 given)");
        SYSTEM_CALL(result, setsockopt(fd, level, name, 0, (socklen_t)length));
    } else {
        if (flat_bytes(&bytes, args[3]) < 0) return 0;
        SYSTEM_CALL(result, setsockopt(fd, level, name, bytes.data, (socklen_t)bytes.length));
        flat_bytes_free(&bytes);
    }
    return result < 0 ? posix_error() : VM_NONE;
}
FUNCTION(socket_getsockopt) {
    int level, name, fd = (int)GET(socket_of(args[0]), fd), value = 0, size = 0, result;
    if (int_argument(args[1], &level) < 0 || int_argument(args[2], &name) < 0 || (args[3] && int_argument(args[3], &size) < 0)) return 0;
    if (size < 0 || size > 1024) return py_raise(TYPE_OSError, "getsockopt buflen out of range");
    uint8_t data[1024];
    socklen_t length = size ? (socklen_t)size : sizeof value;
    SYSTEM_CALL(result, getsockopt(fd, level, name, size ? (void *)data : &value, &length));
    return result < 0 ? posix_error() : size ? py_bytes_new(data, length) : int_make(value);
}

FUNCTION(socket_settimeout) {
    int64_t ns;
    return socket_timeout_argument(args[1], &ns) < 0 || set_timeout(args[0], ns) < 0 ? 0 : VM_NONE;
}
FUNCTION(socket_setblocking) {
    int blocking = py_truth(args[1]);
    return blocking < 0 || set_timeout(args[0], blocking ? -1 : 0) < 0 ? 0 : VM_NONE;
}
static Value socket_timeout(Value self) {
    int64_t ns = GET(socket_of(self), timeout);
    return ns < 0 ? VM_NONE : float_make((double)ns / 1e9);
}
FUNCTION(socket_gettimeout) { return socket_timeout(args[0]); }
FUNCTION(socket_getblocking) { return vm_bool(GET(socket_of(args[0]), timeout) != 0); }
FUNCTION(socket_fileno) { return int_make(GET(socket_of(args[0]), fd)); }
static Value socket_family(Value self) { return int_make(GET(socket_of(self), family)); }
static Value socket_type(Value self) { return int_make(GET(socket_of(self), type)); }
static Value socket_proto(Value self) { return int_make(GET(socket_of(self), proto)); }

static const PyMethodDef socket_methods[] = {
    {"_accept", "($self, /)", socket_accept, 0, "Wait for an incoming connection: (descriptor, address)."},
    {"bind", "($self, address, /)", socket_bind, 0, "Bind the socket to a local address."},
    {"close", "($self, /)", socket_close_method, 0, "Close the socket."},
    {"connect", "($self, address, /)", socket_connect, 0, "Connect the socket to a remote address."},
    {"connect_ex", "($self, address, /)", socket_connect_ex, 0, "This is like connect(address), but returns an error code (the errno value) instead of raising."},
    {"detach", "($self, /)", socket_detach, 0, "Close the socket object without closing the underlying file descriptor."},
    {"fileno", "($self, /)", socket_fileno, 0, "Return the integer file descriptor of the socket."},
    {"getpeername", "($self, /)", socket_getpeername, 0, "Return the address of the remote endpoint."},
    {"getsockname", "($self, /)", socket_getsockname, 0, "Return the address of the local endpoint."},
    {"getsockopt", "($self, level, option, buffersize=0, /)", socket_getsockopt, 0, "Get a socket option."},
    {"setsockopt", "($self, level, option, value, optlen=0, /)", socket_setsockopt, 0, "Set a socket option."},
    {"gettimeout", "($self, /)", socket_gettimeout, 0, "Returns the timeout in seconds (float) associated with socket operations."},
    {"settimeout", "($self, timeout, /)", socket_settimeout, 0, "Set a timeout on socket operations."},
    {"getblocking", "($self, /)", socket_getblocking, 0, "Returns True if socket is in blocking mode, or False if it is in non-blocking mode."},
    {"setblocking", "($self, flag, /)", socket_setblocking, 0, "Set the socket to blocking (flag is true) or non-blocking (false)."},
    {"listen", "($self, backlog=128, /)", socket_listen, 0, "Enable a server to accept connections."},
    {"recv", "($self, buffersize, flags=0, /)", socket_recv, 0, "Receive up to buffersize bytes from the socket."},
    {"recvfrom", "($self, buffersize, flags=0, /)", socket_recvfrom, 0, "Like recv(buffersize, flags) but also return the sender's address info."},
    {"recv_into", "($self, /, buffer, nbytes=0, flags=0)", socket_recv_into, 0, "A version of recv() that stores its data into a buffer rather than creating a new bytes object."},
    {"recvfrom_into", "($self, /, buffer, nbytes=0, flags=0)", socket_recvfrom_into, 0, "Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info."},
    {"send", "($self, data, flags=0, /)", socket_send, 0, "Send a data string to the socket; the number of bytes sent."},
    {"sendall", "($self, data, flags=0, /)", socket_sendall, 0, "Send a data string to the socket, all of it."},
    {"sendmsg", "($self, buffers, ancdata=<unrepresentable>, flags=0, address=None, /)", socket_sendmsg, 0, "Send normal and ancillary data to the socket, gathering the\nnon-ancillary data from a series of buffers."},
    {"recvmsg", "($self, bufsize, ancbufsize=0, flags=0, /)", socket_recvmsg, 0, "Receive normal data (up to bufsize bytes) and ancillary data from the\nsocket."},
    {"recvmsg_into", "($self, buffers, ancbufsize=0, flags=0, /)", socket_recvmsg_into, 0, "Receive normal data and ancillary data from the socket, scattering the\nnon-ancillary data into a series of buffers."},
    {"sendto", 0, socket_sendto, 0, "Like send(data, flags) but allows specifying the destination address."},
    {"shutdown", "($self, how, /)", socket_shutdown, 0, "Shut down the reading side of the socket, the writing side of the socket, or both ends."},
    {"__del__", "($self, /)", socket_del, 0, 0},
    {0}};
static const PyGetSetDef socket_getsets[] = {{"family", socket_family, 0, "the socket family"},
                                             {"type", socket_type, 0, "the socket type"},
                                             {"proto", socket_proto, 0, "the socket protocol"},
                                             {"timeout", socket_timeout, 0, "the socket timeout"},
                                             {0}};
const PyTypeSpec py_spec_socket = {.doc = "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object",
                                   .slots = {.new = socket_new, .init = socket_init, .repr = socket_repr},
                                   .methods = socket_methods,
                                   .getsets = socket_getsets,
                                   .raw_words = GC_KIND_LEAF,
                                   .module = "_socket"};

/* ---- the module ---------------------------------------------------------------------------------------------------------------- */

FUNCTION(socket_socketpair) {
    int family = AF_UNIX, type = SOCK_STREAM, proto = 0, fds[2], result;
    if ((args[0] && args[0] != VM_NONE && int_argument(args[0], &family) < 0) || (args[1] && int_argument(args[1], &type) < 0) || (args[2] && int_argument(args[2], &proto) < 0)) return 0;
    SYSTEM_CALL(result, socketpair(family, type | SOCK_CLOEXEC, proto, fds));
    if (result < 0) return posix_error();
    Value sockets[2];
    for (int i = 0; i < 2; i++) {
        const Value arguments[] = {int_make(family), int_make(type), int_make(proto), int_make(fds[i])};
        if (!(sockets[i] = py_call(py_type(TYPE_SOCKET), arguments, 4, 0))) return 0;
    }
    return py_tuple_pack(2, sockets[0], sockets[1]);
}
FUNCTION(socket_dup) {
    int fd, copy;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(copy, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return copy < 0 ? posix_error() : int_make(copy);
}
FUNCTION(socket_close) {
    int fd, result, err;
    if (fd_argument(args[0], &fd) < 0) return 0;
    VM_DETACHED("close", result = close(fd); err = errno);
    return result < 0 && err != ECONNRESET && err != EINTR ? py_raise_errno(err, 0) : VM_NONE;
}
FUNCTION(socket_getdefaulttimeout) {
    int64_t ns = atomic_load_relaxed(&socket_default_timeout);
    return ns < 0 ? VM_NONE : float_make((double)ns / 1e9);
}
FUNCTION(socket_setdefaulttimeout) {
    int64_t ns;
    if (socket_timeout_argument(args[0], &ns) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("setdefaulttimeout"));
    atomic_store_relaxed(&socket_default_timeout, ns);
    return VM_NONE;
}

static const PyMethodDef socket_functions[] = {
    {"socketpair", "($module, family=None, type=SOCK_STREAM, proto=0, /)", socket_socketpair, 0, "Create a pair of socket objects from the sockets returned by the platform socketpair() function."},
    {"dup", "($module, fd, /)", socket_dup, 0, "Duplicate an integer socket file descriptor."},
    {"close", "($module, fd, /)", socket_close, 0, "Close an integer socket file descriptor."},
    {"getdefaulttimeout", "($module, /)", socket_getdefaulttimeout, 0, "Returns the default timeout in seconds (float) for new socket objects."},
    {"setdefaulttimeout", "($module, timeout, /)", socket_setdefaulttimeout, 0, "Set the default timeout in seconds (float) for new socket objects."},
    {0}};

static int socket_module_init(Value module) {
    for (const PyMethodDef *def = socket_address_functions; def->name; def++)
        if (py_module_add(module, def->name, py_builtin_new(def, module, py_intern_c("_socket"))) < 0) return -1;
    if (socket_add_constants(module) < 0) return -1;
    return py_module_add(module, "socket", py_type(TYPE_SOCKET)) < 0 || py_module_add(module, "SocketType", py_type(TYPE_SOCKET)) < 0 ||
                   py_module_add(module, "error", py_type(TYPE_OSError)) < 0 || py_module_add(module, "timeout", py_type(TYPE_TimeoutError)) < 0 ||
                   py_module_add(module, "herror", py_type(TYPE_SOCKET_HERROR)) < 0 || py_module_add(module, "gaierror", py_type(TYPE_SOCKET_GAIERROR)) < 0
               ? -1
               : py_module_add(module, "has_ipv6", VM_TRUE);
}
const PyModuleDef py_module_socket = {.doc = "Implementation module for socket operations.\n\nSee the socket module for documentation.",
                                      .functions = socket_functions,
                                      .init = socket_module_init};
